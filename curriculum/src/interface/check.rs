//! The checks every interface file must pass before it is used.

use super::{Form, Saying, Wording};
use crate::Language;

/// Longest sentence, in words: what a child keeps in mind while listening.
pub const SENTENCE_WORDS_MAX: usize = 12;

/// GSM 03.38 basic set without escapes and line ends: anything else triples the price of a message.
pub const GSM7_BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
    ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\n";

/// Longest text form of one saying, so that it fits one message with a question after it.
const TEXT_CHARS_MAX: usize = 150;

/// One fault in an interface file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which file.
    pub language: Language,
    /// Which saying.
    pub saying: Saying,
    /// What is wrong with it.
    pub fault: String,
}

/// Every fault of one file.
pub fn check(wording: &Wording) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &saying in Saying::ALL {
        for form in [Form::Voice, Form::Text] {
            for text in wording.variants(saying, form) {
                let faults = faults(saying, form, text);
                findings.extend(faults.into_iter().map(|fault| Finding {
                    language: wording.language,
                    saying,
                    fault: format!("{fault} in `{text}`"),
                }));
            }
        }
    }
    findings
}

/// The sentences of a text: what ends in `.`, `!`, `?` or `:` followed by a space or the end.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .char_indices()
            .find(|&(at, c)| {
                matches!(c, '.' | '!' | '?' | ':')
                    && rest[at + 1..]
                        .chars()
                        .next()
                        .is_none_or(char::is_whitespace)
            })
            .map_or(rest.len(), |(at, _)| at + 1);
        let (sentence, after) = rest.split_at(end);
        rest = after;
        Some(sentence)
    })
}

fn faults(saying: Saying, form: Form, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let plain = text.replace(['{', '}'], "");
    if let Some(outside) = plain.chars().find(|&c| !GSM7_BASIC.contains(c)) {
        faults.push(format!("`{outside}` is outside GSM-7"));
    }
    for sentence in sentences(&plain) {
        let words = sentence.split_whitespace().count();
        if words > SENTENCE_WORDS_MAX {
            faults.push(format!("a sentence of {words} words"));
        }
    }
    if form == Form::Text && plain.chars().count() > TEXT_CHARS_MAX {
        faults.push(format!("{} characters", plain.chars().count()));
    }
    for hole in holes(text) {
        if !saying.holes().contains(&hole) {
            faults.push(format!("`{{{hole}}}` is not known here"));
        }
    }
    for hole in saying.holes() {
        if form == Form::Voice && !holes(text).any(|found| found == *hole) {
            faults.push(format!("`{{{hole}}}` is not used"));
        }
    }
    faults
}

fn holes(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .map(|after| after.split('}').next().unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::super::Meaning;
    use super::*;

    const FILES: [&str; 3] = [
        include_str!("../../packs/interface/en.toml"),
        include_str!("../../packs/interface/rw.toml"),
        include_str!("../../packs/interface/sw.toml"),
    ];

    #[test]
    fn every_language_file_passes_the_checks() {
        for file in FILES {
            let wording = Wording::parse(file).unwrap();
            assert_eq!(check(&wording), [], "{}", wording.language);
        }
    }

    #[test]
    fn only_english_has_been_reviewed() {
        for file in FILES {
            let wording = Wording::parse(file).unwrap();
            assert_eq!(wording.draft, wording.language != Language::ENGLISH);
        }
    }

    #[test]
    fn no_word_of_one_language_means_two_things() {
        let may_share = |a: Meaning, b: Meaning| {
            // A subject and a language carry one name; a feeling may be said with a plain word.
            let subject = |m| matches!(m, Meaning::English | Meaning::NameOfEnglish);
            let numbered = |m| {
                matches!(
                    m,
                    Meaning::First | Meaning::Second | Meaning::Third | Meaning::Fourth
                )
            };
            let feeling = |m| matches!(m, Meaning::Good | Meaning::Middling | Meaning::Low);
            (subject(a) && subject(b)) || numbered(a) || numbered(b) || feeling(a) || feeling(b)
        };
        for file in FILES {
            let wording = Wording::parse(file).unwrap();
            for &a in Meaning::ALL {
                for &b in Meaning::ALL.iter().filter(|&&b| b > a && !may_share(a, b)) {
                    for word in wording.words(a) {
                        assert!(
                            !wording.words(b).contains(word),
                            "{}: `{word}` means {a:?} and {b:?}",
                            wording.language
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_with_a_key_too_few_or_too_many_is_refused() {
        let without = FILES[0].replacen("menu = {", "menus = {", 1);
        assert!(Wording::parse(&without).is_err());
        let without = FILES[0].replacen("\nmore = ", "\n# more = ", 1);
        assert!(Wording::parse(&without).is_err());
    }

    #[test]
    fn text_is_cut_at_sentence_ends_only() {
        let cut: Vec<_> = sentences("It is 2.50. Try! Ready").collect();
        assert_eq!(cut, ["It is 2.50.", "Try!", "Ready"]);
    }
}
