//! whisper.cpp as it comes: the baseline that every figure stands beside.

use whisper_rs::{FullParams, SamplingStrategy, WhisperState};

use crate::audio::{SampleRate, Samples};
use crate::resample::resample;

use super::engine::{Engine, EngineError};

/// whisper.cpp's own loop with its own settings: full context, temperature fallback, free text.
pub struct StockWhisper {
    state: WhisperState,
}

impl StockWhisper {
    /// # Errors
    /// [`EngineError::State`] when there is no memory for it.
    pub fn new(engine: &Engine) -> Result<StockWhisper, EngineError> {
        Ok(StockWhisper {
            state: engine.state()?,
        })
    }

    /// The text of `samples`, on one thread.
    ///
    /// # Errors
    /// [`EngineError::Run`] when whisper.cpp fails.
    pub fn transcribe(&mut self, samples: &Samples) -> Result<String, EngineError> {
        let heard = resample(samples, SampleRate::HEARING);
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        params.set_n_threads(1);
        params.set_language(Some("en"));
        params.set_no_context(true);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_timestamps(false);
        self.state
            .full(params, heard.values())
            .map_err(EngineError::Run)?;
        let segments = self
            .state
            .as_iter()
            .map(|segment| segment.to_str_lossy().map(|text| text.into_owned()));
        let texts: Result<Vec<String>, _> = segments.collect();
        Ok(texts.map_err(EngineError::Run)?.concat().trim().to_owned())
    }
}
