//! Codes of a second factor: RFC 6238 over RFC 4226, six digits, thirty seconds, HMAC-SHA-1.

use ring::hmac;

/// Length of a secret, as RFC 4226 asks (section 4, R6).
pub(crate) const SECRET_BYTES: usize = 20;
const STEP_MS: i64 = 30_000;

/// The step in which a code is right, if it is right now, in the step before or in the next: a
/// telephone's clock may be off by one.
pub(crate) fn step_of(secret: &[u8], code: &str, now_ms: i64) -> Option<i64> {
    let now = now_ms / STEP_MS;
    // Compared without stopping at the first digit that differs.
    let fits = |step: i64| {
        let expected = digits(secret, step);
        let pairs = expected.bytes().zip(code.bytes());
        code.len() == expected.len() && pairs.fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    };
    [now - 1, now, now + 1].into_iter().find(|step| fits(*step))
}

/// What an authenticator application reads.
pub(crate) fn address(secret: &[u8], login: &str) -> String {
    let secret = base32(secret);
    format!("otpauth://totp/Ishuri:{login}?secret={secret}&issuer=Ishuri")
}

fn digits(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 15);
    let four = tag[offset..].first_chunk().copied().unwrap_or_default();
    let number = u32::from_be_bytes(four) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// RFC 4648, without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let number = u64::from_be_bytes(padded);
        let letters = (group.len() * 8).div_ceil(5);
        for index in 0..letters {
            let five = (number >> (35 - 5 * index)) & 31;
            text.push(char::from(ALPHABET[five as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the SHA-1 rows; its eight digits end in our six.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let check = |seconds: i64, code: &str| {
            assert_eq!(digits(b"12345678901234567890", seconds / 30), code);
        };
        check(59, "287082");
        check(1_111_111_109, "081804");
        check(1_111_111_111, "050471");
        check(1_234_567_890, "005924");
        check(2_000_000_000, "279037");
        check(20_000_000_000, "353130");
    }

    #[test]
    fn a_code_holds_for_a_step_before_and_after() {
        let (secret, at) = (b"12345678901234567890", 1_111_111_109_000);
        let now = at / STEP_MS;
        assert_eq!(step_of(secret, "081804", at), Some(now));
        assert_eq!(step_of(secret, "081804", at + STEP_MS), Some(now));
        assert_eq!(step_of(secret, "081804", at + 3 * STEP_MS), None);
        assert_eq!(step_of(secret, "08180", at), None);
    }

    /// RFC 4648, section 10.
    #[test]
    fn secrets_are_written_in_base32() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(b"f"), "MY");
    }
}
