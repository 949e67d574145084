//! Sentences of three languages, divided into those learned from and those kept for measuring.

use std::fs;
use std::path::Path;

use curriculum::Language;
use curriculum::language_guess::GUESSED;

/// A sentence, its language, and whether it is kept for measuring.
pub struct Sentence {
    pub language: Language,
    pub text: String,
    pub held_out: bool,
}

/// African Storybook stories (CC BY) and Common Voice Kinyarwanda sentences (CC0) under `data`.
///
/// Two stories of five are held out, by number: translations of one story share their names. One
/// sentence of three of Common Voice is held out.
pub fn sentences(data: &Path) -> std::io::Result<Vec<Sentence>> {
    let mut found = Vec::new();
    for language in GUESSED {
        let mut paths: Vec<_> = fs::read_dir(data.join("stories").join(language.as_str()))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.sort();
        for path in paths {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let number = name
                .as_deref()
                .and_then(|name| name.get(..4)?.parse::<u32>().ok());
            let held_out = matches!(number.unwrap_or(0) % 5, 0 | 1);
            let story = fs::read_to_string(&path)?;
            found.extend(story_sentences(&story).map(|text| Sentence {
                language,
                text,
                held_out,
            }));
        }
    }
    let voice = fs::read_to_string(data.join("language/commonvoice-rw-dev.csv"))?;
    for (index, line) in voice.lines().skip(1).enumerate() {
        let text = line
            .splitn(3, ',')
            .nth(2)
            .unwrap_or("")
            .trim_matches('"')
            .to_owned();
        let held_out = index % 3 == 0;
        found.push(Sentence {
            language: Language::KINYARWANDA,
            text,
            held_out,
        });
    }
    Ok(found)
}

/// The sentences of a story without its headings and attribution.
fn story_sentences(story: &str) -> impl Iterator<Item = String> + '_ {
    story
        .lines()
        .take_while(|line| !line.starts_with("* License"))
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split_inclusive(['.', '!', '?']))
        .map(|sentence| sentence.trim().to_owned())
        .filter(|sentence| !sentence.is_empty())
}

/// Every run of `length` words of a sentence, each word in one run at most.
pub fn windows(text: &str, length: usize) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .chunks_exact(length)
        .map(|run| run.join(" "))
        .collect()
}
