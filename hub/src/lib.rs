//! Hub: the central server, and the tools of those who make content.
//!
//! In:      content as text files.
//! Out:     signed packs.
//! Touches: `curriculum`, `sync`.
//! Invariant: nothing unsigned leaves the hub.
