//! Spelling: how many slips apart two words are.

/// Longest word compared, in letters: longer ones are equal or they are not.
const LETTERS_MAX: usize = 40;

/// Slips between two words: letters left out, added, changed, or two neighbours swapped
/// (Damerau 1964, each letter moved at most once).
pub(super) fn slips(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > LETTERS_MAX || b.len() > LETTERS_MAX {
        return if a == b { 0 } else { LETTERS_MAX };
    }
    let width = b.len() + 1;
    let mut rows: Vec<usize> = (0..width).collect();
    for i in 1..=a.len() {
        rows.push(i);
        for j in 1..=b.len() {
            let at = |i: usize, j: usize| rows[i * width + j];
            let changed = at(i - 1, j - 1) + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(at(i - 1, j) + 1).min(at(i, j - 1) + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(at(i - 2, j - 2) + 1);
            }
            rows.push(least);
        }
    }
    rows.last().copied().unwrap_or(0)
}

/// True if `typed` is most likely a slip of the pen for `meant`.
pub(super) fn is_slip_of(typed: &str, meant: &str) -> bool {
    if typed == meant {
        return true;
    }
    // A changed digit is another number, never a slip.
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    if has_digit(typed) || has_digit(meant) {
        return false;
    }
    let length = meant.chars().count();
    let allowed = match length {
        0..=3 => 0,
        4..=7 => 1,
        8..=11 => 2,
        _ => 3,
    };
    if keys(typed).is_some_and(|typed| Some(typed) == keys(meant)) {
        return true;
    }
    let slips = slips(typed, meant);
    // In a short word a changed first letter makes another word: goat, boat, coat.
    slips <= allowed && (length > 5 || typed.chars().next() == meant.chars().next())
}

/// True if the words differ only by an ending that is grammar: `walk`, `walks`, `walked`.
pub(super) fn differ_by_ending(a: &str, b: &str) -> bool {
    const ENDINGS: [&str; 8] = ["s", "es", "d", "ed", "ing", "er", "ies", "ly"];
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let extends = |stem: &str| {
        ENDINGS
            .iter()
            .any(|ending| long.strip_prefix(stem) == Some(*ending))
    };
    a != b
        && (extends(short)
            || short.strip_suffix(['e', 'y']).is_some_and(extends)
            || ENDINGS.iter().any(|ending| {
                let stem = short.strip_suffix(ending).filter(|stem| stem.len() >= 3);
                stem.is_some_and(extends)
            }))
}

/// The telephone keys of a longer word: typed with predictive text, or with a press too few or too
/// many, it comes out as another word of the same keys.
fn keys(word: &str) -> Option<String> {
    let key = |c: char| match c {
        'a'..='c' => Some('2'),
        'd'..='f' => Some('3'),
        'g'..='i' => Some('4'),
        'j'..='l' => Some('5'),
        'm'..='o' => Some('6'),
        'p'..='s' => Some('7'),
        't'..='v' => Some('8'),
        'w'..='z' => Some('9'),
        _ => None,
    };
    // Short words share their keys with many others.
    if word.len() < 6 {
        return None;
    }
    word.chars().map(key).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slips_are_counted_as_damerau_did() {
        for (a, b, expected) in [
            ("", "", 0),
            ("ca", "abc", 3),
            ("market", "market", 0),
            ("markte", "market", 1),
            ("maket", "market", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(slips(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn short_words_are_not_stretched_into_others() {
        for (typed, meant, expected) in [
            ("maket", "market", true),
            ("goat", "boat", false),
            ("cat", "car", false),
            ("hospitl", "hospital", true),
            ("umbrela", "umbrella", true),
            ("river", "liver", false),
            ("becuase", "because", true),
        ] {
            assert_eq!(is_slip_of(typed, meant), expected, "{typed} for {meant}");
        }
    }

    #[test]
    fn endings_are_grammar_not_spelling() {
        for (a, b) in [
            ("walk", "walks"),
            ("walked", "walks"),
            ("baby", "babies"),
            ("make", "making"),
        ] {
            assert!(differ_by_ending(a, b), "{a} {b}");
        }
        assert!(!differ_by_ending("goat", "goad"));
    }

    proptest! {
        #[test]
        fn slips_are_a_distance(a in "[a-d]{0,7}", b in "[a-d]{0,7}") {
            prop_assert_eq!(slips(&a, &b), slips(&b, &a));
            prop_assert_eq!(slips(&a, &b) == 0, a == b);
            prop_assert!(slips(&a, &b) <= a.len().max(b.len()));
        }
    }
}
