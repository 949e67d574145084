//! The manifest: what a pack holds, by hash.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Language;

use super::key::write_hex;

/// The BLAKE3 hash by which a content is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 32]);

/// The BLAKE3 hash of a manifest: names one version of a pack and all that it holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PackId(pub [u8; 32]);

/// What a pack says of itself; these bytes are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`PURPOSE`]: a signature over something else cannot be passed off as one over a manifest.
    pub purpose: String,
    /// How contents are written: [`PLAIN_FORMAT`] or [`TUTOR_FORMAT`].
    pub content_format: u16,
    /// The same for every version of a pack.
    pub name: String,
    /// Grows with every published change: the newest complete version is used.
    pub version: u64,
    /// Languages in which at least one lesson can be taught.
    pub languages: Vec<Language>,
    /// The contents in the order they follow: each course, then its lessons; then the tutor's own
    /// words.
    pub contents: Vec<Entry>,
}

/// One content of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// A course or a lesson.
    pub kind: EntryKind,
    /// Its code.
    pub code: String,
    /// Its hash.
    pub hash: ContentHash,
    /// Its size.
    pub size_bytes: u32,
}

/// What a content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A course: its title and the order of its lessons.
    Course,
    /// A lesson with everything in it.
    Lesson,
    /// What the tutor says outside lessons in one language, as its file. From [`TUTOR_FORMAT`] on.
    Interface,
    /// Phrases that must alarm in one language, as their file. From [`TUTOR_FORMAT`] on.
    Safeguarding,
}

/// First field of every manifest.
pub const PURPOSE: &str = "ishuri pack manifest";

/// Form of a pack that holds courses and lessons alone.
///
/// A form changes when an older box could not read it; a box refuses packs of a form it does not
/// know, by name, and keeps the last one it has. A pack is written in the oldest form that holds all
/// that is in it.
pub const PLAIN_FORMAT: u16 = 1;

/// Form of a pack that holds the tutor's own words too.
pub const TUTOR_FORMAT: u16 = 2;

/// What stands first in every manifest of every form.
#[derive(Deserialize)]
pub(super) struct Beginning {
    pub(super) purpose: String,
    pub(super) content_format: u16,
}

impl Entry {
    pub(super) fn size(&self) -> usize {
        usize::try_from(self.size_bytes).unwrap_or(usize::MAX)
    }
}

impl ContentHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl PackId {
    pub(super) fn of_manifest(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Display for PackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

impl fmt::Debug for PackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackId({self})")
    }
}
