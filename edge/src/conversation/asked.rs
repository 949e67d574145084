//! Questions as learners ask them, found among those of the packs by the real encoder.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::Path;

use curriculum::Language;

use super::meaning::Meaning;
use crate::dialogue::{SAME_QUESTION, same_question};

/// One question asked, and the stored wording that is meant; none where the packs hold no answer.
struct Asked {
    words: String,
    meant: Option<String>,
}

fn asked() -> Vec<Asked> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/questions-asked.txt");
    let text = std::fs::read_to_string(path).expect("the questions are in the repository");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(" | "));
    let asked = |(words, meant): (&str, &str)| Asked {
        words: words.to_owned(),
        meant: Some(meant.to_owned()).filter(|meant| meant != "-"),
    };
    pairs.map(asked).collect()
}

/// Every stored question: its wordings and its answer.
fn stored() -> Vec<(Vec<String>, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../curriculum/packs");
    let mut files = Vec::new();
    for course in std::fs::read_dir(&folder).expect("the packs are in the repository") {
        let course = course.expect("a readable folder").path();
        if !course.join("course.toml").is_file() {
            continue;
        }
        for file in std::fs::read_dir(&course).expect("a readable folder") {
            let path = file.expect("a readable folder").path();
            files.push(curriculum::source::SourceFile {
                path: path
                    .strip_prefix(&folder)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .into_owned(),
                text: std::fs::read_to_string(&path).expect("a readable lesson"),
            });
        }
    }
    let (source, _) = curriculum::source::read(&files);
    let lessons = source.courses.iter().flat_map(|course| &course.lessons);
    let known = lessons.flat_map(|lesson| &lesson.lesson.questions);
    let english = known.filter_map(|known| {
        let wordings = known.question.exact(Language::ENGLISH)?;
        Some((
            wordings.clone(),
            known.answer.exact(Language::ENGLISH)?.clone(),
        ))
    });
    english.collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Told what was asked, told something else, and how many could be found.
#[derive(Default)]
struct Count {
    right: u32,
    wrong: u32,
    held: u32,
}

#[test]
fn most_of_what_is_told_is_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut meaning = Meaning::open(folder.path()).unwrap();
    let stored = stored();
    let texts: Vec<(usize, &str, &str)> = stored
        .iter()
        .enumerate()
        .flat_map(|(n, (wordings, answer))| {
            wordings
                .iter()
                .map(move |w| (n, w.as_str(), answer.as_str()))
        })
        .collect();
    let flat: Vec<&str> = texts.iter().flat_map(|(_, w, a)| [*w, *a]).collect();
    let Some(vectors) = meaning.vectors(&flat).unwrap() else {
        println!("questions are not looked for: the sentence encoder is not installed");
        return;
    };
    let mut counts: BTreeMap<bool, Count> = BTreeMap::new();
    for (line, asked) in asked().iter().enumerate() {
        let vector = meaning.vectors(&[asked.words.as_str()]).unwrap().unwrap();
        let likeness: Vec<f32> = vectors.iter().map(|v| cosine(v, &vector[0])).collect();
        let (best, sum) = same_question(&likeness).unwrap();
        let found = texts[best].0;
        let is_meant = asked
            .meant
            .as_ref()
            .is_some_and(|meant| stored[found].0.contains(meant));
        let other = likeness.chunks(2).zip(&texts).filter(|(_, t)| t.0 != found);
        let other = other
            .map(|(pair, _)| pair[0] + 0.2 * pair[1])
            .fold(0.0, f32::max);
        println!(
            "ASKED\t{line}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            asked.words,
            asked.meant.as_deref().unwrap_or("-"),
            u8::from(is_meant),
            likeness[2 * best],
            likeness[2 * best + 1],
            other,
            texts[best].1,
            texts[best].2
        );
        let count = counts.entry(line % 2 == 0).or_default();
        count.held += u32::from(asked.meant.is_some());
        if sum >= SAME_QUESTION {
            count.right += u32::from(is_meant);
            count.wrong += u32::from(!is_meant);
        }
    }
    for (odd, count) in &counts {
        println!(
            "questions asked, {} lines: {} of {} told are what was asked; {} of {} found",
            if *odd { "odd" } else { "even" },
            count.right,
            count.right + count.wrong,
            count.right,
            count.held
        );
        assert!(count.right * 100 >= (count.right + count.wrong) * 95);
    }
}
