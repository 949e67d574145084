//! Text as plain words: case, punctuation and drawn-out letters do not matter.

/// Lower-case words of letters and digits; apostrophes are dropped, not split at ("don't" → "dont").
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            let word = words.last_mut().expect("the list is never empty");
            // "noooo" is "no": a third letter in a row is never spelling.
            let drawn_out = word.chars().rev().take(2).filter(|&l| l == c).count() == 2;
            if !drawn_out || c.is_numeric() {
                word.push(c);
            }
        } else if !matches!(c, '\'' | '’' | '‘' | '`')
            && words.last().is_some_and(|w| !w.is_empty())
        {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// True if `a` becomes `b` by one letter added, dropped, changed, or two neighbours swapped.
pub(super) fn one_slip_apart(a: &str, b: &str) -> bool {
    // Bytes do for letters: these languages are written in ASCII, and this runs for every word.
    let (short, long) = if a.len() <= b.len() {
        (a.as_bytes(), b.as_bytes())
    } else {
        (b.as_bytes(), a.as_bytes())
    };
    if long.len() > short.len() + 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (short_rest, long_rest) = (&short[same..], &long[same..]);
    if short.len() < long.len() {
        return short_rest == &long_rest[1..];
    }
    match (short_rest, long_rest) {
        ([], []) => true,
        ([_, x @ ..], [_, y @ ..]) if x == y => true,
        ([a, b, x @ ..], [c, d, y @ ..]) => a == d && b == c && x == y,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain() {
        assert_eq!(words("  Don't STOP!!! Noooo"), ["dont", "stop", "noo"]);
        assert!(words(" ?! ").is_empty());
    }

    #[test]
    fn one_slip_is_one_letter() {
        for (a, b) in [
            ("father", "fater"),
            ("beats", "beets"),
            ("hits", "hist"),
            ("a", "a"),
        ] {
            assert!(one_slip_apart(a, b) && one_slip_apart(b, a), "{a} {b}");
        }
        for (a, b) in [("beats", "boots"), ("ab", "abcd"), ("abc", "cba")] {
            assert!(!one_slip_apart(a, b) && !one_slip_apart(b, a), "{a} {b}");
        }
    }
}
