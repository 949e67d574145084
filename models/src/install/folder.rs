//! Where the models are on this machine.

use std::env;
use std::path::{Path, PathBuf};

use thiserror::Error;

#[derive(Debug, Error)]
pub enum FolderError {
    #[error("find the models folder: set ISHURI_MODELS, ISHURI_CACHE or HOME")]
    NoHome,
    #[error("find {} of speech model {id}: run `ishuri-models fetch --only {id}`", path.display())]
    NotInstalled { id: String, path: PathBuf },
}

/// `$ISHURI_MODELS`, else `models` in `$ISHURI_CACHE`, else in `$HOME/.cache/ishuri`.
///
/// The folder need not exist yet.
///
/// # Errors
/// When none of the three variables is set.
pub fn models_dir() -> Result<PathBuf, FolderError> {
    choose(|name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    })
}

/// Path of one file of an installed model, such as `("whisper-tiny.en", "ggml-f16.bin")`.
///
/// # Errors
/// When the file is not there; the message says how to fetch it.
pub fn installed_file(id: &str, file: &str) -> Result<PathBuf, FolderError> {
    installed_in(&models_dir()?, id, file)
}

fn installed_in(models: &Path, id: &str, file: &str) -> Result<PathBuf, FolderError> {
    let path = models.join(id).join(file);
    if path.is_file() {
        Ok(path)
    } else {
        Err(FolderError::NotInstalled {
            id: id.to_owned(),
            path,
        })
    }
}

fn choose(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, FolderError> {
    if let Some(models) = variable("ISHURI_MODELS") {
        return Ok(models);
    }
    if let Some(cache) = variable("ISHURI_CACHE") {
        return Ok(cache.join("models"));
    }
    let home = variable("HOME").ok_or(FolderError::NoHome)?;
    Ok(home.join(".cache/ishuri/models"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(set: &[(&str, &str)], expected: Option<&str>) {
        let chosen = choose(|name| {
            set.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| PathBuf::from(value))
        });
        assert_eq!(chosen.ok(), expected.map(PathBuf::from));
    }

    #[test]
    fn the_nearest_setting_wins() {
        check(
            &[
                ("HOME", "/h"),
                ("ISHURI_CACHE", "/c"),
                ("ISHURI_MODELS", "/m"),
            ],
            Some("/m"),
        );
        check(&[("HOME", "/h"), ("ISHURI_CACHE", "/c")], Some("/c/models"));
        check(&[("HOME", "/h")], Some("/h/.cache/ishuri/models"));
        check(&[], None);
    }

    #[test]
    fn a_missing_file_says_how_to_fetch_it() {
        let empty = tempfile::tempdir().unwrap();
        let error = installed_in(empty.path(), "whisper-tiny.en", "ggml-f16.bin").unwrap_err();
        assert!(
            error.to_string().contains("fetch --only whisper-tiny.en"),
            "{error}"
        );
    }
}
