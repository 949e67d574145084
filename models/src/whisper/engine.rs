//! The model itself, one decoder step at a time.
//!
//! `whisper_full` hides its loop; restricting, scoring and cancelling an answer need the loop in
//! our hands. So this drives the parts: spectrogram, encoder, then single decoder steps.

use curriculum::Language;

use super::decoder::log_sum;
use super::grammar::normalise;
use crate::audio::{SampleRate, Samples};
use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperState,
};

/// A token of the model's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(i32);

impl Token {
    pub(super) fn at(index: usize) -> Token {
        Token(index as i32)
    }

    /// Place in a row of logits.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("load speech model {}: {source}", path.display())]
    Load { path: PathBuf, source: WhisperError },
    #[error("find memory for a recognition: {0}")]
    State(WhisperError),
    #[error("recognise speech: whisper.cpp says {0}")]
    Run(WhisperError),
    #[error("listen for {language}: this speech model does not know it")]
    Language { language: Language },
    #[error("recognise audio of {hz} Hz: Whisper hears 16000 Hz")]
    Rate { hz: u32 },
}

/// Without flash attention every head's attention is a matrix of its own: 77 MB at 1,024 positions for
/// the tiny model, which hears as well with it. The base model does not: of six "Bread" two were "Brad".
const FLASH_STATE_MAX: u32 = 384;

/// A loaded model, shared by any number of ears.
pub struct Engine {
    context: WhisperContext,
    /// Text of each token that is whole UTF-8, as it is and normalised; the others are pieces of
    /// rare letters.
    pieces: Vec<Option<(String, String)>>,
    brackets: Vec<Token>,
    ends: Vec<Token>,
}

impl Engine {
    /// # Errors
    /// [`EngineError::Load`] when the file is absent or not a ggml Whisper model.
    pub fn load(path: &Path) -> Result<Engine, EngineError> {
        // Without this whisper.cpp writes dozens of lines to standard error.
        whisper_rs::install_logging_hooks();
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(false);
        parameters.flash_attn(audio_state(path).is_some_and(|state| state <= FLASH_STATE_MAX));
        let context = WhisperContext::new_with_params(path, parameters).map_err(|source| {
            EngineError::Load {
                path: path.to_owned(),
                source,
            }
        })?;
        let end_of_text = context.token_eot();
        let text_of = |token| {
            let bytes = context.token_to_bytes(token).ok()?;
            let text = std::str::from_utf8(bytes).ok()?;
            Some((text.to_owned(), normalise(text).trim().to_owned()))
        };
        let pieces: Vec<Option<(String, String)>> = (0..end_of_text).map(text_of).collect();
        let tokens_where = |wanted: fn(&str) -> bool| -> Vec<Token> {
            let pieces = pieces.iter().enumerate();
            pieces
                .filter(|(_, piece)| piece.as_ref().is_some_and(|(text, _)| wanted(text)))
                .map(|(at, _)| Token::at(at))
                .collect()
        };
        let brackets = tokens_where(|piece| piece.trim_start().starts_with(['[', '(', '*', '♪']));
        let ends = tokens_where(|piece| matches!(piece, "." | "!" | "?" | "..." | "!!" | "?!"));
        Ok(Engine {
            brackets,
            ends,
            pieces,
            context,
        })
    }

    /// Everything one recognition at a time needs; made once, used for every utterance.
    pub fn ear(&self, threads: usize) -> Result<Ear, EngineError> {
        let state = self.state()?;
        Ok(Ear {
            state,
            threads: threads.max(1),
        })
    }

    pub(super) fn state(&self) -> Result<WhisperState, EngineError> {
        self.context.create_state().map_err(EngineError::State)
    }

    pub fn is_multilingual(&self) -> bool {
        self.context.is_multilingual()
    }

    /// Encoder positions of a full 30 s window.
    pub fn audio_context_max(&self) -> usize {
        self.context.n_audio_ctx() as usize
    }

    pub(super) fn end_of_text(&self) -> Token {
        Token(self.context.token_eot())
    }

    pub(super) fn start_of_transcript(&self) -> Token {
        Token(self.context.token_sot())
    }

    pub(super) fn no_speech(&self) -> Token {
        Token(self.context.token_nosp())
    }

    pub(super) fn first_timestamp(&self) -> Token {
        Token(self.context.token_beg())
    }

    pub(super) fn transcribe_task(&self) -> Token {
        Token(self.context.token_transcribe())
    }

    /// The token that names a language (ISO 639-1), where this model knows it.
    pub(super) fn language(&self, code: &str) -> Option<Token> {
        let id = whisper_rs::get_lang_id(code)?;
        self.is_multilingual()
            .then(|| Token(self.context.token_lang(id)))
    }

    /// Tokens that open a description of a sound rather than words.
    pub(super) fn brackets(&self) -> &[Token] {
        &self.brackets
    }

    /// The bytes of a token; none where it is not text.
    pub(super) fn bytes(&self, token: Token) -> &[u8] {
        self.context.token_to_bytes(token.0).unwrap_or_default()
    }

    /// Whether a token opens a description of a sound.
    pub(super) fn is_sound(&self, token: Token) -> bool {
        self.brackets.binary_search(&token).is_ok()
    }

    /// Every token of text that satisfies `wanted` (asked with its text and its normalised word),
    /// with its text.
    pub(super) fn tokens_where(&self, wanted: impl Fn(&str, &str) -> bool) -> Vec<(Token, &str)> {
        let pieces = self.pieces.iter().enumerate();
        pieces
            .filter_map(|(at, piece)| {
                piece
                    .as_ref()
                    .map(|(text, word)| (Token::at(at), text, word))
            })
            .filter(|(_, text, word)| wanted(text, word))
            .map(|(token, text, _)| (token, text.as_str()))
            .collect()
    }

    /// Chance, as a logarithm, that the text is over: its end, a timestamp or a full stop.
    pub(super) fn log_chance_of_end(&self, after: &[f32]) -> f32 {
        let timestamps = after[self.first_timestamp().index()..].iter().copied();
        let stops = self.ends.iter().map(|token| after[token.index()]);
        log_sum(
            timestamps
                .chain(stops)
                .chain([after[self.end_of_text().index()]]),
        )
    }
}

/// The working memory of one recognition at a time.
pub struct Ear {
    state: WhisperState,
    threads: usize,
}

impl Ear {
    /// Runs the encoder over `samples` with `audio_context` positions of 20 ms.
    pub(super) fn listen(
        &mut self,
        samples: &Samples,
        audio_context: usize,
    ) -> Result<(), EngineError> {
        if samples.rate() != SampleRate::HEARING {
            return Err(EngineError::Rate {
                hz: samples.rate().hz(),
            });
        }
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        params.set_audio_ctx(audio_context as c_int);
        params.set_n_threads(self.threads as c_int);
        params.set_print_progress(false);
        params.set_no_context(true);
        params.set_language(Some("en"));
        // SAFETY: the callback reads nothing through its pointers, so the user data may stay null.
        #[expect(
            unsafe_code,
            reason = "whisper-rs has no safe way to set the audio context alone"
        )]
        unsafe {
            params.set_start_encoder_callback(Some(stop_before_encoder));
        }
        // `full` computes the spectrogram, takes note of the audio context and is then stopped:
        // the only door whisper.cpp has to the audio context.
        self.state
            .full(params, samples.values())
            .map_err(EngineError::Run)?;
        self.state.encode(0, self.threads).map_err(EngineError::Run)
    }

    /// Feeds `token` at `position`, after the tokens before that position.
    pub(super) fn step(&mut self, token: Token, position: usize) -> Result<(), EngineError> {
        self.state
            .decode(&[token.0], position, self.threads)
            .map_err(EngineError::Run)
    }

    /// One logit for each token of the vocabulary: what may follow the last step.
    pub(super) fn logits(&self) -> Result<&[f32], EngineError> {
        self.state.get_logits().map_err(EngineError::Run)
    }
}

/// Tells whisper.cpp not to go on to its own loop.
#[expect(unsafe_code, reason = "the signature of a whisper.cpp callback")]
unsafe extern "C" fn stop_before_encoder(
    _context: *mut whisper_rs::whisper_rs_sys::whisper_context,
    _state: *mut whisper_rs::whisper_rs_sys::whisper_state,
    _user_data: *mut c_void,
) -> bool {
    false
}

/// Width of the encoder, the fourth number of a ggml file; `None` where whisper.cpp will say why.
fn audio_state(path: &Path) -> Option<u32> {
    let mut head = [0; 16];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    let state = head.last_chunk::<4>()?;
    Some(u32::from_le_bytes(*state))
}
