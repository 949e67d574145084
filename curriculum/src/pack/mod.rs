//! Pack: the signed file that carries courses.
//!
//! In:      `Source`, or the bytes of a file from anywhere.
//! Out:     the bytes of a pack, its contents once verified, and `Finding`s.
//! Touches: `answer`, `combination`, `course`, `exercise`, `finding`, `formula`, `grade`, `gsm7`, `id`, `number`, `number_words`,
//!          `question`, `skill`, `source`, `tutor`. No clock, disk or network.
//! Invariant: nothing of a pack is used before its signature and hashes are verified.

mod census;
mod check;
mod content;
mod file;
mod key;
mod limits;
mod manifest;
mod read;
mod write;

pub use census::{Census, ModuleCensus, census};
pub use check::check;
pub use content::CodingError;
pub use file::{ReadError, SignedManifest, join, split};
pub use key::{KeyError, PublicKey, SecretKey};
pub use limits::{CONTENT_BYTES_MAX, CONTENTS_MAX, MANIFEST_BYTES_MAX, PACK_BYTES_MAX};
pub use manifest::{ContentHash, Entry, EntryKind, Manifest, PackId};
pub use read::{Pack, look, read};
pub use write::{WriteError, write};
