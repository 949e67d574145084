//! A folder or USB stick as the source: files as installed, raw inputs, or packages.

use std::path::{Path, PathBuf};

use super::package::wheel_in;
use crate::catalogue::{File, Package, Source};

/// What a folder holds of a file.
pub(super) enum Found<'a> {
    /// The file itself.
    File(PathBuf),
    /// A package with the file inside.
    Package(PathBuf, &'a Package),
}

/// Looks for `MODEL/NAME` (as a models folder has it), then `NAME`, then a package with it.
pub(super) fn find<'a>(folder: &Path, id: &str, file: &'a File) -> Option<Found<'a>> {
    let own = folder.join(id).join(&file.name);
    if own.is_file() {
        return Some(Found::File(own));
    }
    let loose = folder.join(&file.name);
    if loose.is_file() {
        return Some(Found::File(loose));
    }
    file.sources.iter().find_map(|source| match source {
        Source::Package(package) => {
            wheel_in(folder, package).map(|wheel| Found::Package(wheel, package))
        }
        _ => None,
    })
}

/// What to put into the folder, for the message when it is not there.
pub(super) fn wanted(id: &str, file: &File) -> String {
    let mut ways = vec![format!("{id}/{}", file.name)];
    for source in &file.sources {
        if let Source::Package(package) = source {
            ways.push(format!(
                "the wheel of {} {}",
                package.package, package.version
            ));
        }
    }
    ways.join(" or ")
}
