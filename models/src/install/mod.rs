//! Installation: the files of each speech model, in their place, whole and checked.
//!
//! In:      the catalogue; packages, a folder or an address.
//! Out:     paths of installed files.
//! Touches: the models folder, the Python package client, curl; `catalogue`, `convert`. No engine.
//! Invariant: a file in the models folder under its own name was complete when it was put there.

mod address;
mod client;
mod error;
mod event;
mod fetch;
mod folder;
mod lock;
mod package;
mod place;
mod record;
mod stick;
mod verify;

pub use error::InstallError;
pub use event::Event;
pub use fetch::{Request, fetch};
pub use folder::{FolderError, installed_file, models_dir};
pub use record::{State, state};
pub use verify::{Finding, FindingKind, verify};
