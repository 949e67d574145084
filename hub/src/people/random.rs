//! Unguessable values.

use crate::store::StoreError;

/// So many random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Broken {
        what: format!("random bytes: {error}"),
    })?;
    Ok(bytes)
}

/// Letters and digits that nobody mistakes for each other when read aloud [Crockford].
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `length` random characters of five bits each.
pub(crate) fn token(length: usize) -> Result<String, StoreError> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Broken {
        what: format!("random bytes: {error}"),
    })?;
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    Ok(bytes.iter().map(letter).collect())
}
