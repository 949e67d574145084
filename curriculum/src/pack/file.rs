//! The layout of a pack file.
//!
//! ```text
//! "ISHURIPK"  version u16  manifest length u32  manifest  signer 32  signature 64  contents…
//! ```
//! The version is that of the manifest's form. Numbers are little-endian. Contents follow in the
//! order of the manifest, without gaps; the signature is over the manifest's bytes, the manifest
//! names each content by hash.

use std::collections::BTreeMap;

use super::content::{CodingError, decode_beginning, decode_manifest};
use super::key::PublicKey;
use super::limits::{CONTENT_BYTES_MAX, CONTENTS_MAX, MANIFEST_BYTES_MAX, PACK_BYTES_MAX};
use super::manifest::{ContentHash, Manifest, PLAIN_FORMAT, PURPOSE, PackId, TUTOR_FORMAT};

const MAGIC: &[u8; 8] = b"ISHURIPK";
const HEAD_BYTES: usize = 14;

/// A manifest whose signature was verified: all that is needed to ask for the contents one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedManifest {
    pub(super) bytes: Vec<u8>,
    pub(super) signature: [u8; 64],
    /// Who signed it.
    pub signer: PublicKey,
    /// What it says.
    pub manifest: Manifest,
}

/// Why bytes are not a pack that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not a pack file at all.
    #[error("read pack: not a pack file")]
    Magic,
    /// Made by a newer program.
    #[error(
        "read pack: version {found} of the file or content form is not known here: update first"
    )]
    Version {
        /// The version found.
        found: u16,
    },
    /// Cut short, or with bytes after its end.
    #[error("read pack: {found} bytes, expected {expected}")]
    Size {
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        expected: usize,
    },
    /// Over one of the limits.
    #[error("read pack: {what} is {found}, at most {limit}")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The signature is not by its signer over this manifest.
    #[error("read pack: signature does not match: the file was changed or damaged")]
    Signature,
    /// Signed, but by nobody this box trusts.
    #[error("read pack: signed by {0}, whom this box does not trust")]
    Untrusted(PublicKey),
    /// A content that is not the one the manifest names.
    #[error("read pack: content `{0}` is damaged")]
    Hash(String),
    /// A content that is not there.
    #[error("read pack: content `{0}` is missing")]
    Missing(String),
    /// The manifest cannot be understood.
    #[error("read manifest of pack")]
    Manifest(#[source] CodingError),
    /// A content cannot be understood.
    #[error("read content `{code}` of pack")]
    Content {
        /// The content.
        code: String,
        /// What is not right with it.
        source: CodingError,
    },
    /// Contents that do not fit together.
    #[error("read pack: {0}")]
    Order(String),
}

impl SignedManifest {
    /// Verifies the signature, then reads what was signed.
    ///
    /// # Errors
    /// If the signature does not match, or the manifest is not understood or over a limit.
    pub fn read(bytes: &[u8], signer: PublicKey, signature: &[u8; 64]) -> Result<Self, ReadError> {
        bound("manifest in bytes", bytes.len(), MANIFEST_BYTES_MAX)?;
        if !signer.verifies(bytes, signature) {
            return Err(ReadError::Signature);
        }
        // The form first: a manifest of a later one cannot be understood further.
        let beginning = decode_beginning(bytes).map_err(ReadError::Manifest)?;
        if beginning.purpose != PURPOSE {
            return Err(ReadError::Magic);
        }
        known_form(beginning.content_format)?;
        let manifest = decode_manifest(bytes).map_err(ReadError::Manifest)?;
        bound("contents", manifest.contents.len(), CONTENTS_MAX)?;
        for entry in &manifest.contents {
            bound("content in bytes", entry.size(), CONTENT_BYTES_MAX)?;
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            signature: *signature,
            signer,
            manifest,
        })
    }

    /// The bytes that are signed and hashed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signature over them.
    pub fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    /// The pack's identifier: BLAKE3 of the manifest.
    pub fn id(&self) -> PackId {
        PackId::of_manifest(&self.bytes)
    }

    /// Hashes of contents that are not among those already there, each once, in order.
    pub fn missing(&self, have: impl Fn(ContentHash) -> bool) -> Vec<ContentHash> {
        let mut missing = Vec::new();
        for entry in &self.manifest.contents {
            if !have(entry.hash) && !missing.contains(&entry.hash) {
                missing.push(entry.hash);
            }
        }
        missing
    }
}

/// Splits a pack file into its signed manifest and its contents, whose hashes are verified.
///
/// # Errors
/// If any byte is not as it should be; never panics, whatever the bytes.
pub fn split(bytes: &[u8]) -> Result<(SignedManifest, BTreeMap<ContentHash, &[u8]>), ReadError> {
    bound("pack in bytes", bytes.len(), PACK_BYTES_MAX)?;
    let mut rest = bytes;
    let mut take = |count: usize| -> Result<&[u8], ReadError> {
        let short = ReadError::Size {
            found: bytes.len(),
            expected: bytes.len() - rest.len() + count,
        };
        let (taken, after) = rest.split_at_checked(count).ok_or(short)?;
        rest = after;
        Ok(taken)
    };
    if take(MAGIC.len()).map_err(|_| ReadError::Magic)? != MAGIC {
        return Err(ReadError::Magic);
    }
    let found = u16::from_le_bytes(array(take(2)?));
    known_form(found)?;
    let length = u32::from_le_bytes(array(take(4)?));
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    bound("manifest in bytes", length, MANIFEST_BYTES_MAX)?;
    let manifest = take(length)?;
    let signer = PublicKey::from_bytes(array(take(32)?));
    let signature: [u8; 64] = array(take(64)?);
    let signed = SignedManifest::read(manifest, signer, &signature)?;
    if signed.manifest.content_format != found {
        return Err(ReadError::Version { found });
    }
    let mut contents = BTreeMap::new();
    for entry in &signed.manifest.contents {
        let content = take(entry.size())?;
        if ContentHash::of(content) != entry.hash {
            return Err(ReadError::Hash(entry.code.clone()));
        }
        contents.insert(entry.hash, content);
    }
    if !rest.is_empty() {
        return Err(ReadError::Size {
            found: bytes.len(),
            expected: bytes.len() - rest.len(),
        });
    }
    Ok((signed, contents))
}

/// Joins a signed manifest and its contents into a pack file.
///
/// # Errors
/// If a content is missing or is not the one the manifest names.
pub fn join<'a>(
    signed: &SignedManifest,
    content: impl Fn(ContentHash) -> Option<&'a [u8]>,
) -> Result<Vec<u8>, ReadError> {
    let length = u32::try_from(signed.bytes.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEAD_BYTES + signed.bytes.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&signed.manifest.content_format.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&signed.bytes);
    bytes.extend_from_slice(signed.signer.as_bytes());
    bytes.extend_from_slice(&signed.signature);
    for entry in &signed.manifest.contents {
        let content = content(entry.hash).ok_or_else(|| ReadError::Missing(entry.code.clone()))?;
        if ContentHash::of(content) != entry.hash || content.len() != entry.size() {
            return Err(ReadError::Hash(entry.code.clone()));
        }
        bytes.extend_from_slice(content);
        bound("pack in bytes", bytes.len(), PACK_BYTES_MAX)?;
    }
    Ok(bytes)
}

fn known_form(found: u16) -> Result<(), ReadError> {
    match found {
        PLAIN_FORMAT | TUTOR_FORMAT => Ok(()),
        _ => Err(ReadError::Version { found }),
    }
}

fn bound(what: &'static str, found: usize, limit: usize) -> Result<(), ReadError> {
    if found > limit {
        return Err(ReadError::Limit { what, found, limit });
    }
    Ok(())
}

/// `bytes` are as many as the array holds: `take` was asked for that many.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}
