//! Sound: words that East African speakers of English, and recognisers listening to them, mix up.

/// What a word sounds like, with the contrasts merged that many speakers do not make: r and l, b
/// and v, p and f, th and s and t and z, long and short vowels, a vowel added after a consonant.
///
/// Two words with one key may still be two answers: misconceptions are always looked at first.
pub(super) fn key(word: &str) -> String {
    let mut text = word.to_lowercase();
    for (from, to) in SPELLINGS {
        text = text.replace(from, to);
    }
    let mut key = String::new();
    for c in text.chars() {
        let sound = match c {
            'l' | 'r' => 'r',
            'b' | 'v' => 'b',
            'p' | 'f' => 'p',
            't' | 's' | 'z' | 'c' => 's',
            'd' => 'd',
            'g' | 'j' => 'j',
            'k' | 'q' | 'x' => 'k',
            'm' | 'n' => 'n',
            'a' | 'e' => 'a',
            'i' | 'y' => 'i',
            'o' | 'u' => 'o',
            'w' => 'w',
            'h' => continue,
            other => other,
        };
        if !key.ends_with(sound) {
            key.push(sound);
        }
    }
    // A vowel is often added after a last consonant, and a last -e is not spoken.
    let consonants = key.chars().filter(|c| !"aio".contains(*c)).count();
    if key.chars().count() > 3 && consonants > 1 {
        key.truncate(key.trim_end_matches(['a', 'i', 'o']).len());
    }
    key
}

/// Spellings of one sound, longest first.
const SPELLINGS: [(&str, &str); 21] = [
    ("ough", "o"),
    ("eigh", "e"),
    ("tion", "shon"),
    ("igh", "i"),
    ("wr", "r"),
    ("kn", "n"),
    ("wh", "w"),
    ("ph", "f"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("ca", "ka"),
    ("co", "ko"),
    ("cu", "ku"),
    ("ee", "i"),
    ("ea", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("ai", "e"),
    ("ay", "e"),
    ("th", "t"),
];

/// Words that sound alike to anybody.
const HOMOPHONES: [&[&str]; 26] = [
    &["to", "too", "two"],
    &["for", "four", "fore"],
    &["won", "one"],
    &["ate", "eight"],
    &["their", "there", "they're"],
    &["see", "sea"],
    &["be", "bee"],
    &["hear", "here"],
    &["know", "no"],
    &["right", "write"],
    &["son", "sun"],
    &["week", "weak"],
    &["meet", "meat"],
    &["read", "red"],
    &["blue", "blew"],
    &["buy", "by", "bye"],
    &["flour", "flower"],
    &["hour", "our"],
    &["mail", "male"],
    &["new", "knew"],
    &["pair", "pear"],
    &["piece", "peace"],
    &["road", "rode"],
    &["sell", "cell"],
    &["wait", "weight"],
    &["wood", "would"],
];

/// True if `heard` may be `meant` as said aloud.
pub(super) fn is_alike(heard: &str, meant: &str) -> bool {
    heard == meant
        || HOMOPHONES
            .iter()
            .any(|set| set.contains(&heard) && set.contains(&meant))
        || (meant.chars().count() >= 3 && key(heard) == key(meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_contrasts_sound_alike() {
        for (heard, meant) in [
            ("lice", "rice"),
            ("berry", "very"),
            ("pish", "fish"),
            ("sink", "think"),
            ("tree", "three"),
            ("ship", "sheep"),
            ("to", "two"),
            ("breadi", "bread"),
            ("flower", "flour"),
        ] {
            assert!(
                is_alike(heard, meant),
                "{heard} for {meant}: {} {}",
                key(heard),
                key(meant)
            );
        }
    }

    #[test]
    fn other_words_do_not() {
        for (heard, meant) in [
            ("goat", "cow"),
            ("market", "river"),
            ("in", "on"),
            ("book", "look"),
        ] {
            assert!(
                !is_alike(heard, meant),
                "{heard} for {meant}: {} {}",
                key(heard),
                key(meant)
            );
        }
    }
}
