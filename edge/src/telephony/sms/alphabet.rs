//! The alphabets of a text message: GSM 7-bit with its extension table, and UTF-16 (3GPP TS 23.038).

use curriculum::gsm7::{Code, character, code};

/// The septet that announces one of the extension table.
pub(super) const ESCAPE: u8 = 0x1b;

/// Which alphabet a message is written in. One foreign character makes all of it UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// One septet in an octet: as SMPP carries it, and before it is packed for a modem.
    Gsm7,
    /// UCS-2 in the standard; UTF-16 in every telephone, so that a character may take two units.
    Ucs2,
}

/// The septets of a text, one in an octet; `None` if it has a character outside the alphabet.
pub fn septets(text: &str) -> Option<Vec<u8>> {
    let mut septets = Vec::with_capacity(text.len());
    for c in text.chars() {
        match code(c)? {
            Code::Basic(septet) => septets.push(septet),
            Code::Extended(septet) => septets.extend([ESCAPE, septet]),
        }
    }
    Some(septets)
}

/// The text of septets. What the extension table does not have is read from the basic one, as the
/// standard asks; an escape at the end, and an octet that is no septet, is a space.
pub fn text_of_septets(septets: &[u8]) -> String {
    let mut text = String::with_capacity(septets.len());
    let mut rest = septets.iter().copied();
    while let Some(septet) = rest.next() {
        let found = if septet == ESCAPE {
            rest.next()
                .and_then(|septet| character(Code::Extended(septet)).or_else(|| plain(septet)))
        } else {
            plain(septet)
        };
        text.push(found.unwrap_or(' '));
    }
    text
}

fn plain(septet: u8) -> Option<char> {
    character(Code::Basic(septet)).filter(|c| *c != '\u{1b}')
}

/// UTF-16, the high octet of each unit first.
pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// The text of UTF-16 octets; what is half of a character, or half of a unit, is U+FFFD.
pub fn text_of_utf16(octets: &[u8]) -> String {
    let units = octets.chunks(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0xfffd,
    });
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The text with typographic characters written as the GSM alphabet can: a curly quote, a dash or
/// a letter's accent is not worth two more parts. A text that would be UTF-16 all the same, or
/// whose meaning would change, comes back as it was.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match fold(c) {
            _ if code(c).is_some() => folded.push(c),
            Some(plain) => folded.push_str(plain),
            None => return text.to_owned(),
        }
    }
    folded
}

/// What stands for a foreign character without loss of meaning. Raised digits and fractions are
/// deliberately absent: 3² is not 32.
fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        '‘' | '’' | '‚' | '‛' | 'ʼ' | '`' | '´' | '′' | 'ʻ' => "'",
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => "\"",
        '–' | '—' | '‒' | '―' | '‐' | '‑' | '−' | '•' | '·' => "-",
        '…' => "...",
        '×' => "x",
        '÷' => "/",
        '\u{a0}' | '\u{202f}' | '\u{2000}'..='\u{200a}' | '\t' | '\u{2028}' | '\u{3000}' => " ",
        '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{2060}' | '\u{feff}' => "",
        'á' | 'â' | 'ã' | 'ā' => "a",
        'Á' | 'À' | 'Â' | 'Ã' | 'Ā' => "A",
        'ç' => "c",
        'ê' | 'ë' | 'ē' => "e",
        'È' | 'Ê' | 'Ë' | 'Ē' => "E",
        'í' | 'î' | 'ï' | 'ī' => "i",
        'Í' | 'Ì' | 'Î' | 'Ï' | 'Ī' => "I",
        'ó' | 'ô' | 'õ' | 'ō' => "o",
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ō' => "O",
        'ú' | 'û' | 'ū' => "u",
        'Ú' | 'Ù' | 'Û' | 'Ū' => "U",
        'ý' | 'ÿ' => "y",
        'œ' => "oe",
        'Œ' => "OE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_fold(text: &str, expected: &str) {
        assert_eq!(folded(text), expected);
    }

    #[test]
    fn typography_is_folded_where_meaning_is_kept() {
        check_fold("Don’t say “five” — say 5…", "Don't say \"five\" - say 5...");
        check_fold(
            "n’ibisubizo\u{a0}: 3 × 4 − 2 = ?",
            "n'ibisubizo : 3 x 4 - 2 = ?",
        );
        check_fold("leçon, fenêtre, cœur", "lecon, fenetre, coeur");
    }

    #[test]
    fn what_would_lose_its_meaning_stays_as_it_was() {
        for text in ["3² ’tis", "½ “half”", "well done 🙂 – bravo", "ŋa’ŋa"] {
            check_fold(text, text);
        }
    }

    #[test]
    fn septets_that_stand_for_nothing_are_still_read() {
        assert_eq!(text_of_septets(&[0x48, 0x1b, 0x41]), "HA");
        assert_eq!(text_of_septets(&[0x48, 0x1b]), "H ");
        assert_eq!(text_of_septets(&[0x48, 0xc8, 0x1b, 0x1b, 0x48]), "H  H");
        assert_eq!(
            text_of_utf16(&[0xd8, 0x3d, 0x00, 0x41, 0x00]),
            "\u{fffd}A\u{fffd}"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_in_an_alphabet_is_read_back(text in "\\PC{0,200}") {
            if let Some(septets) = septets(&text) {
                prop_assert_eq!(text_of_septets(&septets), text.clone());
            }
            prop_assert_eq!(text_of_utf16(&utf16(&text)), text);
        }

        #[test]
        fn folding_twice_is_folding_once(text in "[a-z’“”–…éçâ² 🙂]{0,60}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once.clone());
            prop_assert!(once == text || septets(&once).is_some());
        }
    }
}
