//! A claim: the secret by which a box and a hub that never met trust each other, once.
//!
//! 128 random bits, printed or read as a QR code. The secret itself never travels: both ends prove
//! that they hold it, over everything they say. So it matters to nobody what carries the words, and
//! a box needs no certificate authority before it has the hub's own.

use std::fmt;

/// The secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Claim([u8; 16]);

/// What is said with it; each in a context of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The box's request for a certificate.
    Request,
    /// The hub's answer: certificates and a place.
    Answer,
    /// What the box found when it looked at itself.
    Receipt,
}

/// By this the hub finds the claim. It tells nothing about the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimId(pub [u8; 16]);

/// What proofs are made with. The hub keeps it until the claim is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClaimKey([u8; 32]);

/// Text that is no claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Too short or too long.
    #[error("read claim: it has 28 letters and digits, this has {0}")]
    Length(usize),
    /// A letter that claims do not have.
    #[error("read claim: `{0}` is in no claim")]
    Letter(char),
    /// Two characters are swapped, or one is mistaken.
    #[error("read claim: a letter is mistaken; compare it again")]
    Check,
}

/// Letters and digits that nobody mistakes for each other when read aloud [Crockford].
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of the secret, and of its check.
const LETTERS: usize = 26;
const CHECK: usize = 2;

impl Claim {
    /// From random bytes.
    pub fn new(secret: [u8; 16]) -> Self {
        Self(secret)
    }

    /// Reads what somebody typed: letters of either case, spaces and dashes anywhere, and the
    /// letters O, I and L for the digits they look like.
    ///
    /// # Errors
    /// If it is no claim.
    pub fn read(text: &str) -> Result<Self, ClaimError> {
        let mut fives = Vec::with_capacity(LETTERS + CHECK);
        for letter in text.chars().filter(|letter| !" -\t\r\n".contains(*letter)) {
            let plain = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let five = ALPHABET
                .iter()
                .position(|known| char::from(*known) == plain);
            fives.push(five.ok_or(ClaimError::Letter(letter))? as u128);
        }
        if fives.len() != LETTERS + CHECK {
            return Err(ClaimError::Length(fives.len()));
        }
        let (secret, check) = fives.split_at(LETTERS);
        // 26 letters are 130 bits; the first two are always zero.
        if secret[0] >= 8 {
            return Err(ClaimError::Check);
        }
        let number = secret.iter().fold(0, |number, five| number << 5 | five);
        let claim = Self(number.to_be_bytes());
        if claim.check().as_slice() == check {
            Ok(claim)
        } else {
            Err(ClaimError::Check)
        }
    }

    /// By this the hub finds it.
    pub fn id(&self) -> ClaimId {
        let hash = blake3::derive_key("ishuri 2026-11 claim id", &self.0);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        ClaimId(id)
    }

    /// What proofs are made with.
    pub fn key(&self) -> ClaimKey {
        ClaimKey(blake3::derive_key("ishuri 2026-11 claim key", &self.0))
    }

    fn check(self) -> [u128; CHECK] {
        let hash = blake3::derive_key("ishuri 2026-11 claim check", &self.0);
        [u128::from(hash[0] & 31), u128::from(hash[1] & 31)]
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u128::from_be_bytes(self.0);
        let secret = (0..LETTERS).rev().map(|place| number >> (5 * place) & 31);
        for (index, five) in secret.chain(self.check()).enumerate() {
            if index > 0 && index % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(ALPHABET[five as usize]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim(…)")
    }
}

impl ClaimKey {
    /// As the hub keeps it.
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// As the hub kept it.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Proof, in hexadecimal, that who says these words holds the claim.
    pub fn prove(&self, said: Said, words: &[&str]) -> String {
        self.tag(said, words).to_hex().to_string()
    }

    /// Whether a proof is right. Takes as long for a wrong one.
    pub fn holds(&self, said: Said, words: &[&str], proof: &str) -> bool {
        // Equality of hashes does not stop at the first byte that differs.
        blake3::Hash::from_hex(proof).is_ok_and(|proof| proof == self.tag(said, words))
    }

    fn tag(&self, said: Said, words: &[&str]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[match said {
            Said::Request => 1,
            Said::Answer => 2,
            Said::Receipt => 3,
        }]);
        for word in words {
            // Each with its length, so that no two lists run together to the same bytes.
            hasher.update(&(word.len() as u64).to_be_bytes());
            hasher.update(word.as_bytes());
        }
        hasher.finalize()
    }
}

impl fmt::Debug for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_claim_is_read_back_as_people_type_it(secret: [u8; 16]) {
            let claim = Claim::new(secret);
            let text = claim.to_string();
            prop_assert_eq!(text.len(), 34);
            prop_assert_eq!(Claim::read(&text), Ok(claim));
            let typed = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            prop_assert_eq!(Claim::read(&typed), Ok(claim));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Ok(claim) = Claim::read(&text) {
                prop_assert_eq!(Claim::read(&claim.to_string()), Ok(claim));
            }
        }
    }

    #[test]
    fn nearly_every_mistaken_letter_is_noticed() {
        let text = Claim::new([0x5a; 16]).to_string();
        let mut missed = 0;
        for place in text
            .char_indices()
            .filter(|(_, letter)| *letter != '-')
            .map(|(at, _)| at)
        {
            for letter in ALPHABET {
                let mut typed = text.clone().into_bytes();
                typed[place] = *letter;
                let typed = String::from_utf8(typed).unwrap();
                missed += usize::from(typed != text && Claim::read(&typed).is_ok());
            }
        }
        assert!(missed <= 4, "{missed} of 868 mistakes passed");
    }

    #[test]
    fn a_proof_holds_for_its_words_and_its_context_alone() {
        let key = Claim::new([7; 16]).key();
        let proof = key.prove(Said::Request, &["a", "bc"]);
        assert!(key.holds(Said::Request, &["a", "bc"], &proof));
        assert!(!key.holds(Said::Request, &["ab", "c"], &proof));
        assert!(!key.holds(Said::Answer, &["a", "bc"], &proof));
        assert!(!key.holds(Said::Request, &["a", "bc"], ""));
        assert!(
            !Claim::new([8; 16])
                .key()
                .holds(Said::Request, &["a", "bc"], &proof)
        );
    }
}
