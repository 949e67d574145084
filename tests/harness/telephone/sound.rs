//! Sound as a telephone has it: 20 ms frames of 8 kHz, A-law (ITU-T G.711), wav files.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// 20 ms of 8 kHz.
pub type Frame = [i16; 160];

/// Below a part of the loudest frame this small, what stands at a recording's edges is no speech:
/// -30 dB.
const EDGE: f32 = 0.03;

/// Root mean square, of 32,768.
pub fn loudness(samples: &[i16]) -> f32 {
    let energy: f64 = samples.iter().map(|&value| f64::from(value).powi(2)).sum();
    (energy / samples.len().max(1) as f64).sqrt() as f32
}

/// Speech without the silence around it: its first frame and its last are loud.
pub fn trimmed(samples: &[i16]) -> Vec<Frame> {
    let frames = samples.chunks(160).map(|chunk| {
        let mut frame = [0; 160];
        frame[..chunk.len()].copy_from_slice(chunk);
        frame
    });
    let frames: Vec<Frame> = frames.collect();
    let loudest = frames.iter().map(|f| loudness(f)).fold(0.0, f32::max);
    let loud = |frame: &Frame| loudness(frame) > EDGE * loudest;
    let first = frames.iter().position(loud).unwrap_or(0);
    let last = frames.iter().rposition(loud).map_or(0, |last| last + 1);
    frames[first..last.max(first)].to_vec()
}

/// A wav file of 8 kHz, one channel, 16 bits.
///
/// # Errors
/// When it cannot be read or is another kind of file.
pub fn recording(path: &Path) -> io::Result<Vec<i16>> {
    samples_of(&std::fs::read(path)?)
}

/// Text in a voice of `espeak-ng` (such as `en-us`, or `en-us+f3`), as `sox` makes it fit a
/// telephone.
///
/// # Errors
/// When either program is absent or fails.
pub fn espeak(text: &str, voice: &str, words_a_minute: u16) -> io::Result<Vec<i16>> {
    let mut voice = Command::new("espeak-ng")
        .args([
            "-v",
            voice,
            "-s",
            &words_a_minute.to_string(),
            "--stdout",
            text,
        ])
        .stdout(Stdio::piped())
        .spawn()?;
    let spoken = voice.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let narrow = Command::new("sox")
        .args(["-D", "-t", "wav", "-", "-r", "8000", "-c", "1", "-b", "16"])
        .args(["-t", "wav", "-", "gain", "-3"])
        .stdin(spoken)
        .stderr(Stdio::null())
        .output()?;
    voice.wait()?;
    samples_of(&narrow.stdout)
}

fn samples_of(wav: &[u8]) -> io::Result<Vec<i16>> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let field = |at: usize, size: usize| wav.get(at..at + size);
    let format = field(20, 16).ok_or_else(|| broken("no wav file"))?;
    if format[..2] != [1, 0] || format[2..4] != [1, 0] || format[4..8] != 8_000_u32.to_le_bytes() {
        return Err(broken("not one channel of 8 kHz"));
    }
    let data = wav.windows(4).position(|name| name == b"data");
    let data = data.ok_or_else(|| broken("no sound in the wav file"))?;
    let pairs = wav.get(data + 8..).unwrap_or_default().chunks_exact(2);
    Ok(pairs
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect())
}

/// Writes two channels of 8 kHz, the shorter filled with silence.
///
/// # Errors
/// When the file cannot be written.
pub fn write_wav(path: &Path, left: &[i16], right: &[i16]) -> io::Result<()> {
    let length = left.len().max(right.len());
    let bytes = length as u32 * 4;
    let mut wav = Vec::with_capacity(44 + bytes as usize);
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend([16, 0, 0, 0, 1, 0, 2, 0]);
    wav.extend(8_000_u32.to_le_bytes());
    wav.extend(32_000_u32.to_le_bytes());
    wav.extend([4, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    for at in 0..length {
        for side in [left, right] {
            wav.extend(side.get(at).copied().unwrap_or(0).to_le_bytes());
        }
    }
    std::fs::write(path, wav)
}

/// A-law of one sample (G.711, table 1a, even bits inverted).
pub(super) fn to_alaw(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0x80 } else { 0 };
    let size = (if sample >= 0 { sample } else { !sample }) >> 4;
    let coded = match size {
        0..=31 => size,
        _ => {
            let segment = 12 - size.leading_zeros() as i16;
            segment << 4 | (size >> (segment - 1) & 0x0f)
        }
    };
    (sign | coded as u8) ^ 0x55
}

pub(super) fn from_alaw(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 0x0f) << 4);
    let size = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    if byte & 0x80 == 0 { -size } else { size }
}
