//! Writing a pack: the same courses, version and key give the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use crate::Language;
use crate::course::Course;
use crate::tutor::{Role, TutorText};

use super::content::{CodingError, CourseContent, bounded, encode_content, encode_manifest};
use super::file::{ReadError, SignedManifest, join};
use super::key::SecretKey;
use super::limits::CONTENTS_MAX;
use super::manifest::{
    ContentHash, Entry, EntryKind, Manifest, PLAIN_FORMAT, PURPOSE, TUTOR_FORMAT,
};

/// Why courses cannot become a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A content over its limit.
    #[error("write content `{code}`")]
    Content {
        /// The content.
        code: String,
        /// What is not right with it.
        source: CodingError,
    },
    /// A manifest over its limit.
    #[error("write manifest")]
    Manifest(#[source] CodingError),
    /// The whole over its limit.
    #[error("write pack")]
    Whole(#[source] ReadError),
}

/// The bytes of a pack holding `courses` and the tutor's own `words`, signed with `key`.
///
/// `name` stays the same over all versions of a pack; `version` grows with each.
///
/// # Errors
/// If a part is over its limit.
pub fn write(
    name: &str,
    version: u64,
    courses: &[Course],
    words: &[TutorText],
    key: &SecretKey,
) -> Result<Vec<u8>, WriteError> {
    let mut contents: BTreeMap<ContentHash, Vec<u8>> = BTreeMap::new();
    let mut entries = Vec::new();
    let mut languages: BTreeSet<Language> = BTreeSet::new();
    let mut add = |kind, code: &str, encoded: Result<Vec<u8>, CodingError>| {
        let content = |source| WriteError::Content {
            code: code.to_owned(),
            source,
        };
        let bytes = encoded.map_err(content)?;
        let hash = ContentHash::of(&bytes);
        entries.push(Entry {
            kind,
            code: code.to_owned(),
            hash,
            size_bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        });
        contents.insert(hash, bytes);
        Ok(())
    };
    for course in courses {
        let content = encode_content(&CourseContent::of(course));
        add(EntryKind::Course, course.id.as_str(), content)?;
        for lesson in &course.lessons {
            languages.extend(&lesson.languages);
            add(
                EntryKind::Lesson,
                lesson.id.as_str(),
                encode_content(lesson),
            )?;
        }
    }
    for text in words {
        let bytes = bounded(text.text.as_bytes());
        add(kind(text.role), text.language.as_str(), bytes)?;
    }
    let plain = words.is_empty();
    let manifest = Manifest {
        purpose: PURPOSE.to_owned(),
        content_format: if plain { PLAIN_FORMAT } else { TUTOR_FORMAT },
        name: name.to_owned(),
        version,
        languages: languages.into_iter().collect(),
        contents: entries,
    };
    if manifest.contents.len() > CONTENTS_MAX {
        let found = manifest.contents.len();
        return Err(WriteError::Whole(ReadError::Limit {
            what: "contents",
            found,
            limit: CONTENTS_MAX,
        }));
    }
    let bytes = encode_manifest(&manifest).map_err(WriteError::Manifest)?;
    let signed = SignedManifest {
        signature: key.sign(&bytes),
        signer: key.public(),
        bytes,
        manifest,
    };
    join(&signed, |hash| contents.get(&hash).map(Vec::as_slice)).map_err(WriteError::Whole)
}

fn kind(role: Role) -> EntryKind {
    match role {
        Role::Interface => EntryKind::Interface,
        Role::Safeguarding => EntryKind::Safeguarding,
    }
}
