//! Passwords: Argon2id, as PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use super::random::random;
use crate::store::StoreError;

/// Shortest password that is taken.
pub(super) const LENGTH_MIN: usize = 10;

/// 19 MiB, two passes, one lane: the first choice of OWASP's password storage cheat sheet.
fn argon() -> Result<Argon2<'static>, StoreError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Takes some 20 ms: not to be called on a thread that serves others.
pub(super) fn hash(password: &str) -> Result<String, StoreError> {
    let salt = random::<16>()?;
    let hash: PasswordHash = argon()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(broken)?;
    Ok(hash.to_string())
}

/// Whether it is the password. As slow as [`hash`].
pub(super) fn fits(password: &str, stored: &str) -> bool {
    let parsed = PasswordHash::new(stored);
    match (parsed, argon()) {
        (Ok(hash), Ok(argon)) => argon.verify_password(password.as_bytes(), &hash).is_ok(),
        _ => false,
    }
}

fn broken(error: impl std::fmt::Display) -> StoreError {
    StoreError::Broken {
        what: format!("password: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_fits_its_hash() {
        let stored = hash("correct horse battery").unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(fits("correct horse battery", &stored));
        assert!(!fits("correct horse batterz", &stored));
        assert!(!fits("correct horse battery", "not a hash"));
        assert_ne!(stored, hash("correct horse battery").unwrap());
    }
}
