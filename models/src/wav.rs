//! WAV files in and out: PCM of 8, 16, 24 and 32 bits, float, A-law and mu-law, one or two
//! channels, any rate. Files come from strangers: every length is checked before it is used.

use crate::audio::{SampleRate, Samples};
use crate::g711::{decode_alaw, decode_ulaw};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest recording read: an answer by telephone is seconds, a story minutes.
pub const DURATION_MAX: Duration = Duration::from_secs(15 * 60);
/// Fifteen minutes of 16-bit stereo at 48 kHz.
pub const SIZE_BYTES_MAX: u64 = 15 * 60 * 48_000 * 4 + 65_536;

/// Chunks before the audio; recorders write a handful.
const CHUNKS_MAX: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum WavError {
    #[error("read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("read {}: {fault}", path.display())]
    Faulty { path: PathBuf, fault: WavFault },
    #[error("write {}: {source}", path.display())]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// What is wrong with the bytes of a WAV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WavFault {
    #[error("it is not a WAV file (no RIFF/WAVE at its start)")]
    NotWav,
    #[error("it is larger than {SIZE_BYTES_MAX} bytes")]
    TooLarge,
    #[error("it plays longer than {} minutes", DURATION_MAX.as_secs() / 60)]
    TooLong,
    #[error("its format chunk is missing or cut short")]
    NoFormat,
    #[error("it has no audio (no data chunk)")]
    NoData,
    #[error("it has {0} channels: one or two are understood")]
    Channels(u16),
    #[error("it has {0} samples a second: 4000 to 192000 are understood")]
    Rate(u32),
    #[error("it is coded as format {tag} with {bits} bits: save it as 16-bit PCM")]
    Coding { tag: u16, bits: u16 },
}

/// The audio of the file at `path`, channels mixed into one.
///
/// # Errors
/// [`WavError`] naming the file and what is wrong with it.
pub fn read(path: &Path) -> Result<Samples, WavError> {
    let failed = |source| WavError::Read {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(SIZE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    parse(&bytes).map_err(|fault| WavError::Faulty {
        path: path.to_owned(),
        fault,
    })
}

/// The audio in the bytes of a WAV file, channels mixed into one.
///
/// A data chunk that claims more than the file holds, as a recorder leaves it when its battery
/// dies or its output is a pipe, is read to the end of the file.
///
/// # Errors
/// [`WavFault`] saying what is wrong.
pub fn parse(bytes: &[u8]) -> Result<Samples, WavFault> {
    if bytes.len() as u64 > SIZE_BYTES_MAX {
        return Err(WavFault::TooLarge);
    }
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err(WavFault::NotWav);
    }
    let mut rest = &bytes[12..];
    let mut format = None;
    for _ in 0..CHUNKS_MAX {
        let Some((name, body, after)) = next_chunk(rest) else {
            break;
        };
        match &name {
            b"fmt " => format = Some(Format::parse(body)?),
            b"data" => return format.ok_or(WavFault::NoFormat)?.decode(body),
            _ => {}
        }
        rest = after;
    }
    Err(if format.is_some() {
        WavFault::NoData
    } else {
        WavFault::NoFormat
    })
}

/// Writes `samples` as 16-bit PCM.
///
/// # Errors
/// [`WavError::Write`] naming the file.
pub fn write(path: &Path, samples: &Samples) -> Result<(), WavError> {
    std::fs::write(path, encode(samples)).map_err(|source| WavError::Write {
        path: path.to_owned(),
        source,
    })
}

/// The bytes of a 16-bit PCM WAV file.
pub fn encode(samples: &Samples) -> Vec<u8> {
    let rate = samples.rate().hz();
    let data_len = u32::try_from(samples.values().len() * 2).unwrap_or(u32::MAX - 36);
    let mut bytes = Vec::with_capacity(44 + data_len as usize);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + data_len).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16u32.to_le_bytes());
    bytes.extend_from_slice(&Coding::PCM_TAG.to_le_bytes());
    bytes.extend_from_slice(&1u16.to_le_bytes());
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&(rate * 2).to_le_bytes());
    bytes.extend_from_slice(&2u16.to_le_bytes());
    bytes.extend_from_slice(&16u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&data_len.to_le_bytes());
    bytes.extend(
        samples
            .to_pcm16()
            .iter()
            .flat_map(|value| value.to_le_bytes()),
    );
    bytes
}

/// Name, body and what follows; the body of a chunk that claims too much ends with the file.
fn next_chunk(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (len, rest) = rest.split_first_chunk::<4>()?;
    let claimed = u32::from_le_bytes(*len) as usize;
    let body = &rest[..claimed.min(rest.len())];
    // Chunks start on even offsets.
    let after = rest
        .get(claimed.saturating_add(claimed % 2)..)
        .unwrap_or(&[]);
    Some((*name, body, after))
}

#[derive(Clone, Copy)]
enum Coding {
    Unsigned8,
    Signed16,
    Signed24,
    Signed32,
    Float32,
    Float64,
    ALaw,
    MuLaw,
}

impl Coding {
    const PCM_TAG: u16 = 1;
    const EXTENSIBLE_TAG: u16 = 0xfffe;

    fn parse(tag: u16, bits: u16) -> Result<Coding, WavFault> {
        match (tag, bits) {
            (Self::PCM_TAG, 8) => Ok(Coding::Unsigned8),
            (Self::PCM_TAG, 16) => Ok(Coding::Signed16),
            (Self::PCM_TAG, 24) => Ok(Coding::Signed24),
            (Self::PCM_TAG, 32) => Ok(Coding::Signed32),
            (3, 32) => Ok(Coding::Float32),
            (3, 64) => Ok(Coding::Float64),
            (6, 8) => Ok(Coding::ALaw),
            (7, 8) => Ok(Coding::MuLaw),
            _ => Err(WavFault::Coding { tag, bits }),
        }
    }

    fn sample_len(self) -> usize {
        match self {
            Coding::Unsigned8 | Coding::ALaw | Coding::MuLaw => 1,
            Coding::Signed16 => 2,
            Coding::Signed24 => 3,
            Coding::Signed32 | Coding::Float32 => 4,
            Coding::Float64 => 8,
        }
    }

    /// `bytes` is exactly one sample.
    fn decode(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Coding::Unsigned8, &[a]) => (f32::from(a) - 128.0) / 128.0,
            (Coding::ALaw, &[a]) => f32::from(decode_alaw(a)) / 32_768.0,
            (Coding::MuLaw, &[a]) => f32::from(decode_ulaw(a)) / 32_768.0,
            (Coding::Signed16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Coding::Signed24, &[a, b, c]) => {
                i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0
            }
            (Coding::Signed32, &[a, b, c, d]) => {
                i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0
            }
            (Coding::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Coding::Float64, &[a, b, c, d, e, f, g, h]) => {
                f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
            }
            _ => 0.0,
        }
    }
}

#[derive(Clone, Copy)]
struct Format {
    coding: Coding,
    rate: SampleRate,
    channels: usize,
}

impl Format {
    fn parse(body: &[u8]) -> Result<Format, WavFault> {
        let word = |at: usize| {
            let bytes = body.get(at..at + 2).ok_or(WavFault::NoFormat)?;
            Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
        };
        let (tag, channels, bits) = (word(0)?, word(2)?, word(14)?);
        let hz = u32::from(word(4)?) | (u32::from(word(6)?) << 16);
        // An extensible format names its coding in the first two bytes of a GUID.
        let tag = if tag == Coding::EXTENSIBLE_TAG {
            word(24)?
        } else {
            tag
        };
        if !(1..=2).contains(&channels) {
            return Err(WavFault::Channels(channels));
        }
        Ok(Format {
            coding: Coding::parse(tag, bits)?,
            rate: SampleRate::new(hz).map_err(|_| WavFault::Rate(hz))?,
            channels: usize::from(channels),
        })
    }

    fn decode(self, data: &[u8]) -> Result<Samples, WavFault> {
        let sample_len = self.coding.sample_len();
        let instants = data.chunks_exact(sample_len * self.channels);
        if instants.len() > self.rate.samples_in(DURATION_MAX) {
            return Err(WavFault::TooLong);
        }
        let mixed = instants.map(|instant| {
            let sum: f32 = instant
                .chunks_exact(sample_len)
                .map(|one| self.coding.decode(one))
                .sum();
            sum / self.channels as f32
        });
        Ok(Samples::new(self.rate, mixed.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn by_hound(
        spec: hound::WavSpec,
        write: impl Fn(&mut hound::WavWriter<Cursor<&mut Vec<u8>>>),
    ) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = hound::WavWriter::new(Cursor::new(&mut bytes), spec).unwrap();
        write(&mut writer);
        writer.finalize().unwrap();
        bytes
    }

    fn spec(channels: u16, bits: u16, format: hound::SampleFormat) -> hound::WavSpec {
        hound::WavSpec {
            channels,
            sample_rate: 11_025,
            bits_per_sample: bits,
            sample_format: format,
        }
    }

    /// A WAV file with the given format words and data.
    fn raw(tag: u16, channels: u16, hz: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        bytes.extend([tag.to_le_bytes(), channels.to_le_bytes()].concat());
        bytes.extend(hz.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn files_written_by_hound_are_read_alike() {
        use hound::SampleFormat::{Float, Int};
        for bits in [8, 16, 24, 32] {
            let scale = 2f32.powi(i32::from(bits) - 1);
            let values: Vec<i32> = [-1.0, -0.5, 0.0, 0.25, 0.75]
                .map(|part| (part * scale) as i32)
                .to_vec();
            let bytes = by_hound(spec(1, bits, Int), |writer| {
                values
                    .iter()
                    .for_each(|&value| writer.write_sample(value).unwrap());
            });
            let samples = parse(&bytes).unwrap();
            assert_eq!(
                samples.values(),
                [-1.0, -0.5, 0.0, 0.25, 0.75],
                "{bits} bits"
            );
            assert_eq!(samples.rate().hz(), 11_025);
        }
        let bytes = by_hound(spec(2, 32, Float), |writer| {
            [0.5f32, 0.25, -1.0, 1.0]
                .iter()
                .for_each(|&value| writer.write_sample(value).unwrap());
        });
        assert_eq!(parse(&bytes).unwrap().values(), [0.375, 0.0]);
    }

    #[test]
    fn files_written_here_are_read_by_hound() {
        let pcm: Vec<i16> = (-500..500).map(|n| n * 64).collect();
        let bytes = encode(&Samples::from_pcm16(SampleRate::VOICE, &pcm));
        let mut reader = hound::WavReader::new(Cursor::new(bytes)).unwrap();
        assert_eq!(reader.spec().sample_rate, 22_050);
        assert_eq!(
            reader
                .samples::<i16>()
                .map(Result::unwrap)
                .collect::<Vec<_>>(),
            pcm
        );
    }

    #[test]
    fn companded_telephone_recordings_are_read() {
        assert_eq!(
            parse(&raw(6, 1, 8_000, 8, &[0xd5, 0x2a]))
                .unwrap()
                .to_pcm16(),
            [8, -32_256]
        );
        assert_eq!(
            parse(&raw(7, 1, 8_000, 8, &[0xff, 0x00]))
                .unwrap()
                .to_pcm16(),
            [0, -32_124]
        );
    }

    #[track_caller]
    fn check_fault(bytes: &[u8], fault: WavFault) {
        assert_eq!(parse(bytes).unwrap_err(), fault);
    }

    #[test]
    fn every_fault_is_named() {
        check_fault(b"", WavFault::NotWav);
        check_fault(b"RIFFxxxxAVI LIST", WavFault::NotWav);
        check_fault(b"RIFF\0\0\0\0WAVE", WavFault::NoFormat);
        check_fault(
            b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff\x01\0",
            WavFault::NoFormat,
        );
        check_fault(b"RIFF\0\0\0\0WAVEdata\x02\0\0\0\0\0", WavFault::NoFormat);
        check_fault(&raw(1, 1, 8_000, 16, &[])[..36], WavFault::NoData);
        check_fault(&raw(1, 0, 8_000, 16, &[0, 0]), WavFault::Channels(0));
        check_fault(&raw(1, 6, 8_000, 16, &[0, 0]), WavFault::Channels(6));
        check_fault(&raw(1, 1, 0, 16, &[0, 0]), WavFault::Rate(0));
        check_fault(
            &raw(1, 1, 4_000_000_000, 16, &[0, 0]),
            WavFault::Rate(4_000_000_000),
        );
        check_fault(
            &raw(85, 2, 44_100, 0, &[0, 0]),
            WavFault::Coding { tag: 85, bits: 0 },
        );
        check_fault(&raw(6, 1, 4_000, 8, &vec![0; 3_600_001]), WavFault::TooLong);
    }

    #[test]
    fn a_recording_cut_short_keeps_what_it_has() {
        let whole = raw(1, 1, 8_000, 16, &[1, 0, 2, 0, 3, 0]);
        let cut = &whole[..whole.len() - 3];
        assert_eq!(parse(cut).unwrap().to_pcm16(), [1]);
    }

    #[test]
    fn the_file_that_cannot_be_read_is_named() {
        let error = read(Path::new("/nowhere/answer.wav"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("read /nowhere/answer.wav: "), "{error}");
    }

    /// How many hostile files to try; a longer run sets `ISHURI_FUZZ_CASES`.
    fn cases() -> u32 {
        std::env::var("ISHURI_FUZZ_CASES")
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(2_000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(cases()))]

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
            let _ = parse(&[b"RIFF\0\0\0\0WAVE", &bytes[..]].concat());
            let _ = parse(&[b"RIFF\0\0\0\0WAVEfmt ", &bytes[..]].concat());
        }

        #[test]
        fn no_damage_to_a_good_file_makes_the_reader_panic(
            tag in prop::sample::select(vec![1u16, 3, 6, 7, 0xfffe]),
            channels in 0u16..4,
            bits in prop::sample::select(vec![8u16, 16, 24, 32, 64]),
            damage in proptest::collection::vec((0usize..80, any::<u8>()), 0..6),
            keep in 0usize..90,
        ) {
            let mut bytes = raw(tag, channels, 8_000, bits, &[7; 36]);
            for (at, byte) in damage {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            bytes.truncate(keep);
            if let Ok(samples) = parse(&bytes) {
                prop_assert!(samples.values().len() <= bytes.len());
                prop_assert!(samples.values().iter().all(|value| value.abs() <= 1.0));
            }
        }
    }
}
