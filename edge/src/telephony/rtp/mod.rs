//! RTP: datagrams become frames of 20 ms, and frames datagrams.
//!
//! In:      RTP and RTCP from one peer; frames to say.
//! Out:     `FromLearner`, one frame every 20 ms, and keys; RTP and RTCP.
//! Touches: `telephony`, `models`. The clock and the network, in `port` only.
//! Invariant: one peer is listened to; memory is bounded whatever arrives.

mod coding;
mod conceal;
mod control;
mod inbound;
mod jitter;
mod keys;
mod latch;
mod outbound;
mod packet;
mod port;

pub(crate) use coding::Coding;
pub(crate) use port::{Ended, Media, Order, Port, run};
