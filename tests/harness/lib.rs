//! Tests: what more than one room is needed for.
//!
//! In:      the binaries and the public parts of every crate.
//! Out:     passed or failed, with the place.
//! Touches: `curriculum`, `models`, `sync`, `edge`, `hub`.
//! Invariant: a test waits on events, never on time.

mod binary;
mod box_process;
pub mod figures;
mod http;
mod hub;
pub mod learner;
mod measured_box;
mod postgres;
mod recorder;
mod recording;
pub mod solo;
pub mod telephone;

pub use binary::{binary, output};
pub use box_process::{BoxConfig, BoxProcess, type_to};
pub use http::{Answer, get, post};
pub use hub::HubProcess;
pub use measured_box::MeasuredBox;
pub use postgres::Postgres;
pub use recorder::Recorder;
pub use recording::Recording;
