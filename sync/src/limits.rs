//! Every bound of the journal, with the relations between them.

/// Largest body of one event, in bytes: a transcript of a long turn with room to spare.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a frame before its body.
pub const HEADER_BYTES: usize = 9;

/// Largest frame.
pub const FRAME_BYTES_MAX: usize = HEADER_BYTES + BODY_BYTES_MAX;

/// Most entries one read of the journal returns.
pub const READ_ENTRIES_MAX: usize = 4096;

/// Most bytes of frames one read returns, the first entry always included.
pub const READ_BYTES_MAX: usize = 1024 * 1024;

/// A box that was off for longer than this and then claims a later time is not believed.
pub const CLOCK_AHEAD_DAYS_MAX: u64 = 3 * 366;

const _: () = assert!(FRAME_BYTES_MAX <= READ_BYTES_MAX);
const _: () = assert!(BODY_BYTES_MAX <= u32::MAX as usize);
