//! Loops: a recogniser that has lost the sound says the same again and again.

/// The longest phrase looked for, in tokens.
const PERIOD_MAX: usize = 8;
/// Copies of a phrase that make a loop: people do say "no, no, no".
const COPIES_MIN: usize = 4;

/// Where a loop at the end of `tokens` begins its second copy, if there is a loop.
///
/// What comes before is the text with the phrase said once.
pub(super) fn loop_start<T: PartialEq>(tokens: &[T]) -> Option<usize> {
    (1..=PERIOD_MAX).find_map(|period| {
        let end = tokens.len();
        let same = |at: &usize| tokens[*at] == tokens[*at - period];
        let repeated = (period..end).rev().take_while(same).count();
        // `repeated` tokens equal the token one period before: that many over one whole copy.
        let copies = repeated / period + 1;
        (copies >= COPIES_MIN).then_some(end - repeated)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, once: Option<&str>) {
        let words: Vec<&str> = text.split(' ').collect();
        let found = loop_start(&words).map(|start| words[..start].join(" "));
        assert_eq!(found.as_deref(), once, "{text}");
    }

    #[test]
    fn four_copies_are_a_loop_and_three_are_speech() {
        check("no no no", None);
        check("no no no no", Some("no"));
        check(
            "he said going to go going to go going to go going to go",
            Some("he said going to go"),
        );
        check("a b a b a b", None);
        check("one two three four", None);
        check("five five five five was said", None);
    }

    proptest! {
        #[test]
        fn a_repeated_phrase_is_found_and_cut_to_one(
            before in proptest::collection::vec(100u32..200, 0..6),
            phrase in proptest::collection::vec(0u32..50, 1..=PERIOD_MAX),
            copies in COPIES_MIN..8,
        ) {
            let mut tokens = before.clone();
            for _ in 0..copies {
                tokens.extend(&phrase);
            }
            let start = loop_start(&tokens);
            prop_assert!(start.is_some_and(|start| start <= before.len() + phrase.len()));
            prop_assert!(start.is_some_and(|start| start > before.len()));
        }

        #[test]
        fn tokens_that_all_differ_are_no_loop(len in 0usize..200) {
            let tokens: Vec<usize> = (0..len).collect();
            prop_assert_eq!(loop_start(&tokens), None);
        }
    }
}
