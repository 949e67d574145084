use std::ops::Range;
use std::sync::Arc;

use harper_core::linting::{Lint, LintGroup, LintKind, Linter, Suggestion};
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
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut slips: Vec<Slip> = self
            .rules
            .lint(&document)
            .into_iter()
            .filter_map(|lint| slip(lint, text, &starts))
            .filter(|slip| slip.kind != SlipKind::Spelling || counts_as_misspelt(slip, text, origin))
            .collect();
        slips.sort_by_key(|slip| (slip.span.start, slip.kind));
        // Two rules that see one place see one slip.
        slips.dedup_by(|later, earlier| later.span.start < earlier.span.end);
        slips
    }
}

fn slip(lint: Lint, text: &str, starts: &[usize]) -> Option<Slip> {
    let kind = match lint.lint_kind {
        LintKind::Agreement => SlipKind::Agreement,
        LintKind::Grammar | LintKind::Usage => SlipKind::Grammar,
        LintKind::WordOrder => SlipKind::WordOrder,
        LintKind::Eggcorn | LintKind::Malapropism | LintKind::WordChoice => SlipKind::WordChoice,
        LintKind::Repetition => SlipKind::Repetition,
        LintKind::Spelling | LintKind::Typo => SlipKind::Spelling,
        // Capitals, marks, hyphens, taste and region.
        _ => return None,
    };
    let span = *starts.get(lint.span.start)?..*starts.get(lint.span.end)?;
    let here = text.get(span.clone())?;
    let suggestions = lint.suggestions.into_iter().take(SUGGESTIONS_MAX).map(|suggestion| match suggestion {
        Suggestion::ReplaceWith(chars) => chars.into_iter().collect(),
        Suggestion::InsertAfter(chars) => here.chars().chain(chars).collect(),
        Suggestion::Remove => String::new(),
    });
    let suggestions = suggestions.collect();
    Some(Slip { kind, span, message: lint.message, suggestions })
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
        let found: Vec<_> = slips.iter().map(|slip| (slip.kind, &text[slip.span.clone()])).collect();
        assert_eq!(found, [(kind, words)], "{text}");
    }

    #[test]
    fn exploration() {
        let mut grammar = Grammar::load();
        for text in [
            "She go to school every day.", "I has two brother.", "I read an book.", "I eat a apple.",
            "He don't like rice.", "I am agree with you.", "This is more better.", "I see the the cow.",
            "They was happy.", "I seen him yesterday.", "Their going to the market.", "my freind is good",
            "He have three goat", "I goed home", "we is here", "she can to swim", "I am go to school",
            "There is many people", "I have much friends", "he is taller then me", "i could of gone",
            "She go to school every day", "the childrens play",
        ] {
            let slips = grammar.check(text, Origin::Written);
            println!("{text}: {:?}", slips.iter().map(|s| (s.kind, &text[s.span.clone()], s.suggestions.first(), &s.message)).collect::<Vec<_>>());
        }
    }
}
