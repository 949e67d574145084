//! Every bound of the journal and of the wire, with the relations between them.

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

/// Most entries of one batch.
pub const BATCH_ENTRIES_MAX: usize = 1024;

/// Most bytes of frames in one batch, before they are packed.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;

/// Bytes a sender may have under way before it waits: enough to fill a satellite link.
pub const WINDOW_BYTES: usize = 256 * 1024;

/// The same for telemetry and blobs, so that an urgent fact finds the modem's buffer short.
pub const LOW_WINDOW_BYTES: usize = 32 * 1024;

/// Most batches of one lane under way.
pub const FLIGHTS_MAX: usize = 64;

/// After so many refusals a lane is left for this session.
pub const STRIKES_MAX: u32 = 64;

/// Most bytes of one message on the wire: a batch that could not be made smaller.
pub const MESSAGE_BYTES_MAX: usize = 320 * 1024;

/// Most bytes of a limited lane that one session takes from the day's budget.
pub const RESERVE_BYTES_MAX: u64 = 256 * 1024;

/// Most lanes of lives that one hello may name.
pub const STANDINGS_MAX: usize = 96;

const _: () = assert!(FRAME_BYTES_MAX <= READ_BYTES_MAX);
const _: () = assert!(FRAME_BYTES_MAX <= BATCH_BYTES_MAX);
const _: () = assert!(BATCH_BYTES_MAX + BATCH_ENTRIES_MAX * 48 + 1024 <= MESSAGE_BYTES_MAX);
const _: () = assert!(BATCH_ENTRIES_MAX <= READ_ENTRIES_MAX);
const _: () = assert!(BATCH_ENTRIES_MAX <= u16::MAX as usize);
const _: () = assert!(LOW_WINDOW_BYTES <= WINDOW_BYTES);
const _: () = assert!(MESSAGE_BYTES_MAX <= u32::MAX as usize);
const _: () = assert!(BODY_BYTES_MAX <= u32::MAX as usize);
