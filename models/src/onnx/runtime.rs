use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ort::ep::CPU;
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

/// What a session does with the memory of one run when the next begins.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum WorkingMemory {
    /// Kept: fastest, and right where every run is small.
    Kept,
    /// Given back: a voice needs 30 MB for each second it speaks.
    GivenBack,
}

/// A session for the model at `path`.
///
/// # Errors
/// When the runtime or the model cannot be loaded; the message names the file.
pub(crate) fn open_session(path: &Path, memory: WorkingMemory) -> Result<Session, OnnxError> {
    start()?;
    let session = configured(memory)
        .and_then(|mut builder| builder.commit_from_file(path))
        .map_err(|error| OnnxError::Model {
            path: path.to_owned(),
            reason: error.to_string(),
        });
    give_memory_back();
    session
}

/// Returns what loading left behind to the system: 8-bit weights are unfolded through copies, and
/// glibc keeps 60 MB of them, a good part of what a small box has.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "there is no other way to ask glibc")]
fn give_memory_back() {
    unsafe extern "C" {
        fn malloc_trim(keep: usize) -> std::ffi::c_int;
    }
    // SAFETY: glibc's malloc_trim takes no pointer, may be called from any thread at any time and
    // moves nothing that is in use.
    let _returned = unsafe { malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_memory_back() {}

/// One thread and no spinning: on two cores with several calls, a second thread that spins while
/// it waits doubled both processor time and delay.
fn configured(memory: WorkingMemory) -> ort::Result<SessionBuilder> {
    let kept = memory == WorkingMemory::Kept;
    Ok(Session::builder()?
        .with_execution_providers([CPU::default().with_arena_allocator(kept).build()])?
        .with_memory_pattern(kept)?
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
