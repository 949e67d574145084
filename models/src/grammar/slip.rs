use std::ops::Range;
use std::sync::Arc;

use harper_core::linting::{Lint, LintGroup, LintKind, Suggestion};
use harper_core::spell::FstDictionary;
use harper_core::{Dialect, Document};

/// The longest text that is checked; the rest of a longer one is passed over.
pub const TEXT_BYTES_MAX: usize = 4_096;

/// What could stand instead is at most this many texts.
const SUGGESTIONS_MAX: usize = 3;

/// One place where the text departs from standard (British) English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    pub kind: SlipKind,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// One English sentence saying why.
    pub message: String,
    /// What could stand in place of the span, best first; empty text where it should go.
    pub suggestions: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlipKind {
    /// `she go`, `two brother`, `an book`.
    Agreement,
    /// Any other form that does not fit its sentence.
    Grammar,
    /// `I no longer` for `no longer I`.
    WordOrder,
    /// A word taken for another: `their going`.
    WordChoice,
    /// `the the`.
    Repetition,
    /// Only in written text.
    Spelling,
}

/// Where a text came from: speech recognition spells by itself, so its spelling says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Spoken,
    Written,
}

/// The rules and the dictionary, loaded. Keep it: loading takes longer than checking.
pub struct Grammar {
    dictionary: Arc<FstDictionary>,
    rules: LintGroup,
}

impl Grammar {
    pub fn load() -> Self {
        let dictionary = FstDictionary::curated();
        let rules = LintGroup::new_curated(dictionary.clone(), Dialect::British);
        Self { dictionary, rules }
    }

    /// The slips in `text`, in order. None means that nothing certain was found, not that all is
    /// right.
    pub fn check(&mut self, text: &str, origin: Origin) -> Vec<Slip> {
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        let document = Document::new_plain_english(text, &self.dictionary);
        let starts: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let mut slips: Vec<Slip> = self
            .rules
            .organized_lints(&document)
            .into_iter()
            .flat_map(|(rule, lints)| {
                lints
                    .into_iter()
                    .map(move |lint| (kind(&rule, &lint), lint))
            })
            .filter_map(|(kind, lint)| slip(kind?, lint, text, &starts))
            .filter(|slip| {
                slip.kind != SlipKind::Spelling || counts_as_misspelt(slip, text, origin)
            })
            .collect();
        slips.sort_by_key(|slip| (slip.span.start, slip.kind));
        // Two rules that see one place see one slip.
        slips.dedup_by(|later, earlier| later.span.start < earlier.span.end);
        slips
    }
}

/// Nothing for what concerns capitals, marks, hyphens, taste and region.
fn kind(rule: &str, lint: &Lint) -> Option<SlipKind> {
    match (rule, lint.lint_kind) {
        ("AnA", _) | (_, LintKind::Agreement) => Some(SlipKind::Agreement),
        (_, LintKind::Grammar | LintKind::Usage) => Some(SlipKind::Grammar),
        (_, LintKind::WordOrder) => Some(SlipKind::WordOrder),
        (_, LintKind::Eggcorn | LintKind::Malapropism | LintKind::WordChoice) => {
            Some(SlipKind::WordChoice)
        }
        (_, LintKind::Repetition) => Some(SlipKind::Repetition),
        (_, LintKind::Spelling | LintKind::Typo) => Some(SlipKind::Spelling),
        _ => None,
    }
}

fn slip(kind: SlipKind, lint: Lint, text: &str, starts: &[usize]) -> Option<Slip> {
    let span = *starts.get(lint.span.start)?..*starts.get(lint.span.end)?;
    let here = text.get(span.clone())?;
    let suggestions = lint
        .suggestions
        .into_iter()
        .take(SUGGESTIONS_MAX)
        .map(|suggestion| match suggestion {
            Suggestion::ReplaceWith(chars) => chars.into_iter().collect(),
            Suggestion::InsertAfter(chars) => here.chars().chain(chars).collect(),
            Suggestion::Remove => String::new(),
        });
    let suggestions = suggestions.collect();
    Some(Slip {
        kind,
        span,
        message: lint.message,
        suggestions,
    })
}

/// Names are no misspellings, and no dictionary of English holds those of Rwanda.
fn counts_as_misspelt(slip: &Slip, text: &str, origin: Origin) -> bool {
    let word = &text[slip.span.clone()];
    let is_name = word.starts_with(char::is_uppercase);
    origin == Origin::Written && !is_name && !slip.suggestions.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` has one slip, of this kind, on these words.
    #[track_caller]
    fn check(grammar: &mut Grammar, text: &str, kind: SlipKind, words: &str) {
        let slips = grammar.check(text, Origin::Written);
        let found: Vec<_> = slips
            .iter()
            .map(|slip| (slip.kind, &text[slip.span.clone()]))
            .collect();
        assert_eq!(found, [(kind, words)], "{text}");
    }

    #[test]
    fn slips_that_learners_make_are_found() {
        let mut grammar = Grammar::load();
        let mut check = |text, kind, words| check(&mut grammar, text, kind, words);
        check("She go to school every day.", SlipKind::Agreement, "go");
        check("He don't like rice.", SlipKind::Agreement, "don't");
        check("They was happy.", SlipKind::Agreement, "was");
        check("I eat a apple.", SlipKind::Agreement, "a");
        check("I goed home", SlipKind::Grammar, "goed");
        check("Their going to the market.", SlipKind::Grammar, "Their");
        check("i could of gone", SlipKind::WordChoice, "could of");
        check("I see the the cow.", SlipKind::Repetition, "the the");
        check("my freind is good", SlipKind::Spelling, "freind");
    }

    #[test]
    fn a_slip_says_what_could_stand_there() {
        let slips = Grammar::load().check("She go home.", Origin::Spoken);
        assert_eq!(slips[0].suggestions, ["goes"]);
        assert!(slips[0].message.contains("agree"));
    }

    #[test]
    fn spelling_of_speech_and_of_names_is_nobodys_slip() {
        let mut grammar = Grammar::load();
        assert_eq!(grammar.check("my freind is good", Origin::Spoken), []);
        assert_eq!(
            grammar.check("Uwimana and Keza live in Musanze.", Origin::Written),
            []
        );
    }

    /// Published stories for children, as they stand and as a recogniser might write them.
    #[test]
    fn right_sentences_are_left_alone() {
        let Some(folder) = crate::testing::data("stories/en") else {
            return;
        };
        let mut stories: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        stories.sort();
        let mut grammar = Grammar::load();
        let (mut sentences, mut written, mut spoken) = (0, 0, 0);
        for story in stories.iter().step_by(24) {
            let text = std::fs::read_to_string(story).unwrap();
            let lines = text
                .lines()
                .filter(|line| !line.starts_with(['#', '*']) && !line.is_empty());
            for sentence in lines.flat_map(|line| line.split_inclusive(". ")) {
                let heard = sentence
                    .to_lowercase()
                    .replace(['.', ',', '!', '?', '"', '\u{201c}', '\u{201d}'], "");
                let counts = |slips: Vec<Slip>| {
                    usize::from(slips.iter().any(|slip| slip.kind != SlipKind::Spelling))
                };
                sentences += 1;
                written += counts(grammar.check(sentence, Origin::Written));
                spoken += counts(grammar.check(&heard, Origin::Spoken));
            }
        }
        println!("{sentences} sentences: {written} flagged as written, {spoken} as heard");
        assert!(sentences > 500);
        assert!(written * 100 <= sentences * 2 && spoken * 100 <= sentences * 2);
    }

    #[test]
    fn every_span_is_a_part_of_the_text() {
        use proptest::prelude::*;
        let grammar = std::cell::RefCell::new(Grammar::load());
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(300));
        let texts = "([a-zA-Zéñ 0-9.,'\u{1F600}]{0,60}|(a |an |the |she |go |is |\u{1F600}){0,12})";
        let checked = runner.run(&texts, |text| {
            for slip in grammar.borrow_mut().check(&text, Origin::Written) {
                prop_assert!(text.get(slip.span).is_some());
            }
            Ok(())
        });
        checked.unwrap();
    }
}
