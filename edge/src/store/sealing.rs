//! Keys of the box and of each learner, and what is sealed with them.
//!
//! XChaCha20-Poly1305 (RFC 8439 with the 24-byte nonce of draft-irtf-cfrg-xchacha): nonces may be
//! random. Telephones are found by a keyed hash, so that the database alone does not tell numbers.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use sync::event::Sealed;

use crate::phone_number::PhoneNumber;

const NONCE_BYTES: usize = 24;

/// A key for sealing. Prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

/// The box's own secret, from which its keys are derived.
#[derive(Debug)]
pub(crate) struct BoxSecret {
    /// Seals learners' keys and numbers.
    pub(crate) seal: Key,
    telephone: Key,
}

/// A keyed hash of a telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TelephoneId(pub(crate) [u8; 16]);

/// Why something could not be sealed or read.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The secret file could not be used.
    #[error("use the box's secret {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The secret file is not 32 bytes long.
    #[error("use the box's secret {0}: it must hold 32 bytes; restore it from the backup")]
    Length(PathBuf),
    /// The operating system gave no random bytes.
    #[error("draw random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// Sealed with another key, or changed since.
    #[error("unseal: not sealed with this key")]
    Key,
}

impl Key {
    /// A fresh key.
    pub(crate) fn random() -> Result<Self, SealError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    /// Seals words.
    pub(crate) fn seal(&self, words: &[u8]) -> Result<Sealed, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        let sealed = cipher
            .encrypt(XNonce::from_slice(&nonce), words)
            .map_err(|_| SealError::Key)?;
        Ok(Sealed([&nonce[..], &sealed].concat()))
    }

    /// Reads what was sealed with this key.
    pub(crate) fn unseal(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, words) = sealed.split_at_checked(NONCE_BYTES).ok_or(SealError::Key)?;
        let cipher = XChaCha20Poly1305::new(&self.0.into());
        cipher
            .decrypt(XNonce::from_slice(nonce), words)
            .map_err(|_| SealError::Key)
    }

    /// This key sealed with another.
    pub(crate) fn sealed_with(&self, other: &Self) -> Result<Sealed, SealError> {
        other.seal(&self.0)
    }

    /// A key that was sealed with this one.
    pub(crate) fn unseal_key(&self, sealed: &[u8]) -> Result<Self, SealError> {
        self.unseal(sealed)?
            .try_into()
            .map(Self)
            .map_err(|_| SealError::Key)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl BoxSecret {
    /// Reads the secret of a folder; draws one, readable by its owner only, if there is none.
    pub(crate) fn open(folder: &Path) -> Result<Self, SealError> {
        let path = folder.join("secret");
        let file = |source| SealError::File {
            path: path.clone(),
            source,
        };
        let mut secret = Vec::new();
        match fs::File::open(&path) {
            Ok(opened) => {
                opened.take(33).read_to_end(&mut secret).map_err(file)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                secret = Key::random()?.0.to_vec();
                create(&path, &secret).map_err(file)?;
            }
            Err(error) => return Err(file(error)),
        }
        if secret.len() != 32 {
            return Err(SealError::Length(path));
        }
        let derive = |purpose| Key(blake3::derive_key(purpose, &secret));
        Ok(Self {
            seal: derive("ishuri 2026 box seal"),
            telephone: derive("ishuri 2026 telephone identifier"),
        })
    }

    /// The identifier of a telephone on this box.
    pub(crate) fn telephone_id(&self, number: &PhoneNumber) -> TelephoneId {
        let hash = blake3::keyed_hash(&self.telephone.0, number.e164().as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_bytes()[..16]);
        TelephoneId(id)
    }

    /// A keyed hash of words, to know them again without keeping them.
    pub(crate) fn digest(&self, words: &[&[u8]]) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_keyed(&self.telephone.0);
        for word in words {
            hasher.update(&(word.len() as u64).to_be_bytes());
            hasher.update(word);
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        digest
    }
}

/// Writes a secret so that it is either whole or not there.
fn create(path: &Path, secret: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_with_its_own_key_only() {
        let (key, other) = (Key::random().unwrap(), Key::random().unwrap());
        let sealed = key.seal("Aline".as_bytes()).unwrap();
        assert_eq!(key.unseal(&sealed.0).unwrap(), b"Aline");
        assert!(other.unseal(&sealed.0).is_err());
        let mut changed = sealed.0.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(key.unseal(&changed).is_err());
        assert!(key.unseal(&sealed.0[..10]).is_err());
        assert_ne!(
            key.seal(b"Aline").unwrap(),
            sealed,
            "a nonce is never used again"
        );
    }

    #[test]
    fn a_secret_is_drawn_once_and_a_broken_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let number = PhoneNumber::parse("0788123456").unwrap();
        let first = BoxSecret::open(folder.path())
            .unwrap()
            .telephone_id(&number);
        assert_eq!(
            BoxSecret::open(folder.path())
                .unwrap()
                .telephone_id(&number),
            first
        );
        fs::write(folder.path().join("secret"), b"short").unwrap();
        assert!(matches!(
            BoxSecret::open(folder.path()),
            Err(SealError::Length(_))
        ));
    }
}
