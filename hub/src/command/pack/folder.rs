//! Reading a folder of sources.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use curriculum::source::SourceFile;

/// Deepest folder looked into: `packs/COURSE/LESSON.toml`.
const DEPTH_MAX: usize = 3;

/// Every `.toml` file of a folder in the order of paths.
pub(super) fn read_folder(folder: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let mut paths = Vec::new();
    list(folder, 0, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        bail!("no .toml file in {}", folder.display());
    }
    let files = paths.iter().map(|path| {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        let relative = path.strip_prefix(folder).unwrap_or(path);
        let parts = relative.iter().map(|part| part.to_string_lossy());
        Ok(SourceFile {
            path: parts.collect::<Vec<_>>().join("/"),
            text,
        })
    });
    files.collect()
}

fn list(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("list {}", folder.display()))?
            .path();
        if path.is_dir() {
            if depth < DEPTH_MAX {
                list(&path, depth + 1, paths)?;
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
    }
    Ok(())
}
