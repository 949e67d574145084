use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::install::{FolderError, models_dir};

/// The folder of the runtime library below the models folder, and its file.
const LIBRARY: [&str; 2] = ["onnxruntime", "libonnxruntime.so"];

#[derive(Clone, Debug, thiserror::Error)]
pub enum OnnxError {
    #[error("{0}")]
    Folder(String),
    #[error(
        "find the ONNX runtime at {}: run `ishuri-models fetch --only onnxruntime` or set ORT_DYLIB_PATH",
        path.display()
    )]
    NoLibrary { path: PathBuf },
    #[error("start the ONNX runtime {}: {reason}", path.display())]
    Library { path: PathBuf, reason: String },
    #[error("open {}: {reason}", path.display())]
    Model { path: PathBuf, reason: String },
}

impl From<FolderError> for OnnxError {
    fn from(error: FolderError) -> Self {
        OnnxError::Folder(error.to_string())
    }
}

/// A session for the model at `path`.
///
/// # Errors
/// When the runtime or the model cannot be loaded; the message names the file.
pub(crate) fn open_session(path: &Path) -> Result<Session, OnnxError> {
    start()?;
    configured()
        .and_then(|mut builder| builder.commit_from_file(path))
        .map_err(|error| OnnxError::Model {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

/// One thread and no spinning: on two cores with several calls, a second thread that spins while
/// it waits doubled both processor time and delay.
fn configured() -> ort::Result<SessionBuilder> {
    Ok(Session::builder()?
        .with_optimization_level(GraphOptimizationLevel::Level3)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?)
}

/// Loads the runtime library, once in the life of the program.
fn start() -> Result<(), OnnxError> {
    static STARTED: OnceLock<Result<(), OnnxError>> = OnceLock::new();
    STARTED
        .get_or_init(|| {
            let path = library()?;
            let builder = ort::init_from(&path).map_err(|error| OnnxError::Library {
                path,
                reason: error.to_string(),
            })?;
            // False only says that somebody else started the runtime first, which serves as well.
            let _first = builder.with_name("ishuri").commit();
            Ok(())
        })
        .clone()
}

fn library() -> Result<PathBuf, OnnxError> {
    let path = match std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => LIBRARY
            .iter()
            .fold(models_dir()?, |path, part| path.join(part)),
    };
    if path.is_file() {
        Ok(path)
    } else {
        Err(OnnxError::NoLibrary { path })
    }
}
