//! The GSM 7-bit alphabet: what one text message can hold (3GPP TS 23.038, section 6.2.1).

/// Septets in one message; a longer text is cut into parts of 153.
pub const MESSAGE_SEPTETS: usize = 160;

/// The default alphabet in order of its codes; code 27 is the escape, shown as U+001B.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Characters of the extension table, each an escape and a code.
const EXTENDED: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

/// How a character is sent: its code, after an escape if it is in the extension table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// One septet.
    Basic(u8),
    /// The escape 27 and this septet.
    Extended(u8),
}

/// The code of a character, or `None` outside the alphabet.
pub fn code(c: char) -> Option<Code> {
    if c == '\u{1b}' {
        return None;
    }
    let extended = EXTENDED.iter().find(|(character, _)| *character == c);
    if let Some((_, code)) = extended {
        return Some(Code::Extended(*code));
    }
    let index = BASIC.chars().position(|character| character == c)?;
    u8::try_from(index).ok().map(Code::Basic)
}

/// The character that a code stands for, or `None` where the extension table has none.
pub fn character(code: Code) -> Option<char> {
    match code {
        Code::Basic(septet) => BASIC.chars().nth(usize::from(septet)),
        Code::Extended(septet) => {
            let found = EXTENDED.iter().find(|(_, code)| *code == septet);
            found.map(|(character, _)| *character)
        }
    }
}

/// Septets that `text` takes, or `None` if a character is outside the alphabet.
pub fn septets(text: &str) -> Option<usize> {
    text.chars()
        .map(|c| match code(c)? {
            Code::Basic(_) => Some(1),
            Code::Extended(_) => Some(2),
        })
        .sum()
}

/// The characters of `text` that the alphabet does not have, each once.
pub fn foreign(text: &str) -> Vec<char> {
    let mut foreign: Vec<char> = text.chars().filter(|&c| code(c).is_none()).collect();
    foreign.sort_unstable();
    foreign.dedup();
    foreign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_codes_of_the_standard() {
        assert_eq!(BASIC.chars().count(), 128);
        for (c, expected) in [
            ('@', 0x00),
            ('\n', 0x0a),
            ('Δ', 0x10),
            ('Æ', 0x1c),
            (' ', 0x20),
            ('¤', 0x24),
            ('0', 0x30),
            ('¡', 0x40),
            ('A', 0x41),
            ('§', 0x5f),
            ('¿', 0x60),
            ('a', 0x61),
            ('à', 0x7f),
        ] {
            assert_eq!(code(c), Some(Code::Basic(expected)), "{c:?}");
        }
        assert_eq!(code('€'), Some(Code::Extended(0x65)));
        for c in ['’', 'ç', '`', '\u{1b}', 'ʼ', '–', '\t'] {
            assert_eq!(code(c), None, "{c:?}");
        }
    }

    #[test]
    fn a_code_is_the_character_that_it_was_made_from() {
        for c in (0..128).filter_map(|septet| character(Code::Basic(septet))) {
            assert_eq!(code(c).is_some(), c != '\u{1b}', "{c:?}");
            assert_eq!(code(c).and_then(character), code(c).map(|_| c));
        }
        for (c, septet) in EXTENDED {
            assert_eq!(character(Code::Extended(septet)), Some(c));
        }
        assert_eq!(character(Code::Extended(0x41)), None);
        assert_eq!(character(Code::Basic(128)), None);
    }

    #[test]
    fn extended_characters_take_two_septets() {
        assert_eq!(septets("2 + 3 = ?"), Some(9));
        assert_eq!(septets("[a]"), Some(5));
        assert_eq!(septets("don’t"), None);
        assert_eq!(foreign("don’t – don’t"), ['–', '’']);
        assert_eq!(septets(""), Some(0));
    }
}
