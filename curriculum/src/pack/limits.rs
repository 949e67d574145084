//! How large a pack and its parts may be.

/// Largest pack, in bytes: ten times all content written so far.
pub const PACK_BYTES_MAX: usize = 16 << 20;

/// Largest manifest, in bytes.
pub const MANIFEST_BYTES_MAX: usize = 1 << 20;

/// Largest single content, in bytes: a lesson takes about 50,000.
pub const CONTENT_BYTES_MAX: usize = 1 << 20;

/// Most contents of a pack.
pub const CONTENTS_MAX: usize = 4_096;

/// Most exercises of a lesson.
pub const EXERCISES_MAX: usize = 512;

const _: () = assert!(CONTENT_BYTES_MAX <= PACK_BYTES_MAX);
const _: () = assert!(MANIFEST_BYTES_MAX <= PACK_BYTES_MAX);
// A listed content takes at least its hash.
const _: () = assert!(CONTENTS_MAX * 32 <= MANIFEST_BYTES_MAX);
