//! Wording: answers and accepted answers brought to one form before they are compared.

/// Lower-case words without marks; contractions are written out.
pub(super) fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .chars()
        .map(|c| {
            if matches!(c, '\u{2019}' | '\u{2018}' | '`' | '^') {
                '\''
            } else {
                c
            }
        })
        .flat_map(char::to_lowercase)
        .collect();
    let mut found = Vec::new();
    for word in plain.split(|c: char| !c.is_alphanumeric() && c != '\'') {
        let word = word.trim_matches('\'');
        if word.is_empty() {
            continue;
        }
        match expanded(word) {
            Some((first, second)) => found.extend([first, second.to_owned()]),
            None => found.push(word.replace('\'', "")),
        }
    }
    found
}

/// `it's` is `it is`, `don't` is `do not`.
fn expanded(word: &str) -> Option<(String, &'static str)> {
    if let Some(verb) = word.strip_suffix("n't") {
        let verb = match verb {
            "ca" => "can",
            "wo" => "will",
            "sha" => "shall",
            other => other,
        };
        return Some((verb.to_owned(), "not"));
    }
    if word == "cannot" {
        return Some(("can".to_owned(), "not"));
    }
    let (stem, ending) = word.split_once('\'')?;
    let full = match ending {
        "m" => "am",
        "re" => "are",
        "ll" => "will",
        "ve" => "have",
        "s" if PRONOUNS.contains(&stem) => "is",
        _ => return None,
    };
    Some((stem.to_owned(), full))
}

const PRONOUNS: [&str; 9] = [
    "it", "he", "she", "that", "there", "what", "where", "who", "here",
];

/// Words around an answer that say nothing about it, in the taught languages.
const AROUND: [&str; 62] = [
    "um",
    "uh",
    "er",
    "eh",
    "ah",
    "hmm",
    "ok",
    "okay",
    "please",
    "sir",
    "madam",
    "teacher",
    "well",
    "maybe",
    "think",
    "guess",
    "say",
    "answer",
    "my",
    "your",
    "you",
    "thank",
    "thanks",
    "hello",
    "mwarimu",
    "murakoze",
    "igisubizo",
    "nkeka",
    "ko",
    "ari",
    "ndatekereza",
    "ni",
    "cyane",
    "nyabuneka",
    "wenda",
    "mwalimu",
    "tafadhali",
    "asante",
    "jibu",
    "langu",
    "nadhani",
    "nafikiri",
    "kwamba",
    "labda",
    "option",
    "letter",
    "number",
    "choice",
    "word",
    "inyuguti",
    "nimero",
    "namba",
    "nambari",
    "herufi",
    "chaguo",
    "the",
    "a",
    "an",
    "is",
    "it",
    "i",
    "that",
];

/// True for a word that may stand around an answer.
pub(super) fn is_around(word: &str) -> bool {
    AROUND.contains(&word)
}

/// Without articles and politeness; unchanged if nothing else would be left.
pub(super) fn core(words: &[String]) -> Vec<String> {
    let kept: Vec<String> = words
        .iter()
        .filter(|word| !is_around(word))
        .cloned()
        .collect();
    if kept.is_empty() {
        words.to_vec()
    } else {
        kept
    }
}

/// True if any word turns the sense round.
pub(super) fn is_negation(word: &str) -> bool {
    const NEGATIONS: [&str; 15] = [
        "not", "no", "never", "none", "without", "nothing", "nor", "neither", "si", "sio", "siyo",
        "ntabwo", "oya", "hapana", "ntago",
    ];
    NEGATIONS.contains(&word)
}

/// What follows the last word that takes back what came before, if anything does.
pub(super) fn after_correction(words: &[String]) -> &[String] {
    const TAKES: [&str; 9] = [
        "sorry",
        "wait",
        "actually",
        "no",
        "oya",
        "hapana",
        "samahani",
        "mbabarira",
        "mean",
    ];
    let at = words
        .iter()
        .rposition(|word| TAKES.contains(&word.as_str()));
    match at {
        Some(at) if at > 0 && at + 1 < words.len() => &words[at + 1..],
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(words(text).join(" "), expected);
    }

    #[test]
    fn contractions_and_marks_are_written_out() {
        check("It's NOT there!", "it is not there");
        check("I don’t, can't, won't.", "i do not can not will not");
        check("Aline's goat", "alines goat");
        check("n'umunani", "numunani");
    }

    #[test]
    fn the_core_is_never_empty() {
        assert_eq!(core(&words("I think it is the goat, teacher")), ["goat"]);
        assert_eq!(core(&words("a")), ["a"]);
    }

    #[test]
    fn a_correction_leaves_what_follows() {
        assert_eq!(after_correction(&words("goat sorry cow")), ["cow"]);
        assert_eq!(after_correction(&words("no goat")).len(), 2);
    }
}
