//! Whisper's tokens, as OpenAI ships them: one line per token, base64 and rank.

use super::error::{ConvertError, malformed};

/// GPT-2's vocabulary has 50 256 tokens, the multilingual one 50 257.
const TOKENS_MAX: usize = 50_300;
const TOKEN_BYTES_MAX: usize = 512;

#[derive(Debug)]
pub struct Vocabulary {
    /// In the order of rank; the special tokens after them are whisper.cpp's own business.
    pub(super) tokens: Vec<Vec<u8>>,
}

/// # Errors
/// When a line is not a token and a rank, or the ranks are not 0, 1, 2 and so on.
pub fn read_vocabulary(text: &[u8]) -> Result<Vocabulary, ConvertError> {
    let mut tokens = Vec::new();
    for line in text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let wrong = |fault: &str| {
            malformed(
                "the vocabulary",
                format!("line {}: {fault}", tokens.len() + 1),
            )
        };
        let space = line.iter().position(|byte| *byte == b' ');
        let (token, rank) = line.split_at(space.ok_or_else(|| wrong("no rank"))?);
        let rank = std::str::from_utf8(&rank[1..])
            .ok()
            .and_then(|rank| rank.parse().ok());
        if rank != Some(tokens.len()) {
            return Err(wrong("its rank is out of order"));
        }
        let token = decode(token).ok_or_else(|| wrong("its token is not base64"))?;
        if token.len() > TOKEN_BYTES_MAX || tokens.len() >= TOKENS_MAX {
            return Err(wrong("too large"));
        }
        tokens.push(token);
    }
    Ok(Vocabulary { tokens })
}

/// RFC 4648 section 4, padding required. A lone `=` is an empty token in OpenAI's own file.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text == b"=" {
        return Some(Vec::new());
    }
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for symbol in &text[..text.len() - padding] {
        let six = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_rfc_4648_section_10() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes.as_bytes());
        }
        for broken in ["Zg", "Zg=", "Z===", "Zm9*", "===="] {
            assert_eq!(decode(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn ranks_must_count_up() {
        assert_eq!(
            read_vocabulary(b"IQ== 0\nIg== 1\n= 2\n").unwrap().tokens,
            [&b"!"[..], b"\"", b""]
        );
        for broken in [
            "IQ== 1\n",
            "IQ== 0\nIg== 0\n",
            "IQ==0\n",
            "IQ== x\n",
            "I 0\n",
        ] {
            assert!(read_vocabulary(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
