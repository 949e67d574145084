//! Clauses: a text cut where a speaker breathes. Pure.
//!
//! The voice hears a comma, a full stop or a question mark only if each clause goes to the
//! phonemiser alone and its mark is put back after it.

/// A sentence is cut at a mark once it is this long, so that its first sound is not late and its
/// rendering fits in memory: four seconds of speech take 100 MB.
const CUT_CHARS: usize = 70;

/// One without marks is cut between words at this length.
pub const SENTENCE_CHARS_MAX: usize = 140;

/// What is said in one breath, up to and with its closing mark.
///
/// Invariant: at least one clause; only the last clause closes a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    clauses: Vec<Clause>,
}

/// Words without marks, and the mark after them.
///
/// Invariant: `words` has a letter or digit, and neither ends of it is white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    words: String,
    mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Comma,
    Semicolon,
    Colon,
    FullStop,
    Question,
    Exclamation,
}

impl Sentence {
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// How many pauses a speaker makes before the end.
    pub fn breaths(&self) -> usize {
        self.clauses.len() - 1
    }
}

impl Clause {
    pub fn words(&self) -> &str {
        &self.words
    }

    pub fn mark(&self) -> Mark {
        self.mark
    }
}

impl Mark {
    pub fn as_char(self) -> char {
        match self {
            Mark::Comma => ',',
            Mark::Semicolon => ';',
            Mark::Colon => ':',
            Mark::FullStop => '.',
            Mark::Question => '?',
            Mark::Exclamation => '!',
        }
    }

    pub fn ends_sentence(self) -> bool {
        matches!(self, Mark::FullStop | Mark::Question | Mark::Exclamation)
    }
}

/// The sentences of a text in which numbers and abbreviations are already words.
///
/// A text without a closing mark is closed by a full stop; a line break closes a sentence.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut cut = Cut::default();
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        let run = chars[at..].iter().take_while(|&&c| strength(c) > 0).count();
        if run == 0 {
            cut.word(c, before, chars.get(at + 1).copied());
            at += 1;
            continue;
        }
        let after = chars.get(at + run).copied();
        let mark = strongest(&chars[at..at + run]);
        if is_inside_word(before, c, run, after) || is_initial(&cut.words, c, run) {
            cut.words.push(c);
        } else {
            cut.close(mark);
        }
        at += run;
    }
    cut.finish()
}

#[derive(Default)]
struct Cut {
    done: Vec<Sentence>,
    clauses: Vec<Clause>,
    words: String,
    /// Characters of the sentence so far.
    length: usize,
}

impl Cut {
    /// Keeps what is part of a word; quotes and brackets are not spoken.
    fn word(&mut self, c: char, before: Option<char>, after: Option<char>) {
        let in_word = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
        let kept = match c {
            '\'' | '\u{2019}' if in_word(before) && in_word(after) => '\'',
            '-' | '\u{2010}' | '\u{2011}' if in_word(before) && in_word(after) => '-',
            '"'
            | '\''
            | '\u{2018}'..='\u{201f}'
            | '«'
            | '»'
            | '*'
            | '_'
            | '`'
            | '~'
            | '#'
            | '-' => ' ',
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        };
        if kept == ' ' && (self.words.is_empty() || self.words.ends_with(' ')) {
            return;
        }
        if kept == ' ' && self.length >= SENTENCE_CHARS_MAX {
            self.close(Mark::FullStop);
            return;
        }
        self.words.push(kept);
        self.length += 1;
    }

    fn close(&mut self, mark: Mark) {
        let words = std::mem::take(&mut self.words);
        let words = words.trim_end();
        let full = mark.ends_sentence() || self.length >= CUT_CHARS;
        if words.contains(char::is_alphanumeric) {
            self.clauses.push(Clause {
                words: words.to_owned(),
                mark,
            });
        } else if mark.ends_sentence() {
            // A mark by itself, as in `"Yes". …`, makes the clause before it an end.
            if let Some(last) = self.clauses.last_mut() {
                last.mark = mark;
            }
        }
        if full && !self.clauses.is_empty() {
            self.done.push(Sentence {
                clauses: std::mem::take(&mut self.clauses),
            });
            self.length = 0;
        }
    }

    fn finish(mut self) -> Vec<Sentence> {
        self.close(Mark::FullStop);
        self.done
    }
}

/// How strongly a character closes: 0 not at all, 1 a clause, more a sentence.
fn strength(c: char) -> u8 {
    match c {
        ',' | '،' | ';' | ':' | '\u{2013}' | '\u{2014}' | '(' | ')' | '[' | ']' => 1,
        '.' | '\u{2026}' | '\n' => 2,
        '!' => 3,
        '?' => 4,
        _ => 0,
    }
}

fn strongest(run: &[char]) -> Mark {
    // Of equals the first wins: in `;—` the semicolon.
    let strong = run.iter().rev().max_by_key(|&&c| strength(c));
    match strong {
        Some('?') => Mark::Question,
        Some('!') => Mark::Exclamation,
        Some('.' | '\u{2026}' | '\n') => Mark::FullStop,
        Some(':') => Mark::Colon,
        Some(';') => Mark::Semicolon,
        _ => Mark::Comma,
    }
}

/// `3.5`, `7:30` and `ishuri.rw`, should they come this far, are one word each.
fn is_inside_word(before: Option<char>, mark: char, run: usize, after: Option<char>) -> bool {
    let alphanumeric = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
    run == 1 && matches!(mark, '.' | ',' | ':') && alphanumeric(before) && alphanumeric(after)
}

/// The stop after one capital, as in `J. Mugisha`.
fn is_initial(words: &str, mark: char, run: usize) -> bool {
    let mut back = words.chars().rev();
    run == 1
        && mark == '.'
        && back.next().is_some_and(|c| c.is_uppercase() && c != 'I')
        && back.next().is_none_or(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sentences are parted by `|`; within one, each clause is followed by its mark.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(show(&sentences(text)), expected);
    }

    fn show(sentences: &[Sentence]) -> String {
        let show = |s: &Sentence| {
            let clauses = s
                .clauses
                .iter()
                .map(|c| format!("{}{}", c.words, c.mark.as_char()));
            clauses.collect::<Vec<_>>().join(" ")
        };
        sentences.iter().map(show).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn every_mark_is_kept_with_its_clause() {
        check(
            "Right? Yes, it is. Well done!",
            "Right? | Yes, it is. | Well done!",
        );
        check(
            "Press one for English, two for Kinyarwanda.",
            "Press one for English, two for Kinyarwanda.",
        );
        check(
            "Listen: three birds; two fly away",
            "Listen: three birds; two fly away.",
        );
    }

    #[test]
    fn brackets_and_dashes_are_heard_as_commas() {
        check("The cow (a female) eats.", "The cow, a female, eats.");
        check("Maize — not beans — grows.", "Maize, not beans, grows.");
        check("Well-known, isn't it?", "Well-known, isn't it?");
        check(
            "He said \u{201c}go\u{201d}. Then: 'stop'!",
            "He said go. | Then: stop!",
        );
    }

    #[test]
    fn of_several_marks_the_strongest_counts() {
        check("What?! Really...", "What? | Really.");
        check("\"Yes.\" \"No.\"", "Yes. | No.");
        check("one,, two", "one, two.");
    }

    #[test]
    fn a_line_break_closes() {
        check("First line\nSecond line", "First line. | Second line.");
    }

    #[test]
    fn stops_inside_words_do_not_close() {
        check(
            "J. Mugisha and A. B. Keza came.",
            "J. Mugisha and A. B. Keza came.",
        );
        check("You and I. We go.", "You and I. | We go.");
        check("See ishuri.rw today", "See ishuri.rw today.");
    }

    #[test]
    fn nothing_to_say_is_no_sentence() {
        check("", "");
        check(" ... ?! \n — ()", "");
    }

    #[test]
    fn a_long_sentence_is_cut_where_it_hurts_least() {
        let long = format!("{}, and so on, {}", "word ".repeat(32), "more ".repeat(60));
        let cut = sentences(&long);
        assert!(cut.len() >= 2);
        assert!(cut[0].clauses.last().unwrap().words.ends_with("word"));
        for sentence in &cut {
            let length: usize = sentence
                .clauses
                .iter()
                .map(|c| c.words.chars().count())
                .sum();
            assert!(length <= SENTENCE_CHARS_MAX + 20, "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_every_clause_has_words(text in "[a-zA-Z0-9 ,.?!:;()'\"\u{2014}\n-]{0,300}") {
            let cut = sentences(&text);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            let mut kept = String::new();
            for sentence in &cut {
                prop_assert!(!sentence.clauses.is_empty());
                for clause in &sentence.clauses {
                    prop_assert!(clause.words.contains(char::is_alphanumeric));
                    prop_assert_eq!(clause.words.trim(), clause.words.as_str());
                    kept.push_str(&letters(&clause.words));
                }
            }
            prop_assert_eq!(kept, letters(&text));
        }

        #[test]
        fn any_text_at_all_is_cut(text in any::<String>()) {
            sentences(&text);
        }
    }
}
