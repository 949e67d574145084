//! Where tests find recordings and models that are not part of the repository.

use std::path::{Path, PathBuf};

/// A path below the data folder (`$ISHURI_DATA`, else `shared/data` beside the workspace), or
/// `None`, said on standard error, where it is absent.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ISHURI_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    present(folder.join(path))
}

/// A file of an installed model, or `None`, said on standard error, where it is absent.
pub(crate) fn model(id: &str, file: &str) -> Option<PathBuf> {
    present(crate::install::models_dir().ok()?.join(id).join(file))
}

fn present(path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}
