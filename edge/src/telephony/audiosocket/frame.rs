//! One AudioSocket frame: a kind, a length in two octets (big-endian), a payload.

use models::audio::AudioFrame;
use tokio_util::bytes::{Buf, BufMut, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

const HANG_UP: u8 = 0x00;
const NAME: u8 = 0x01;
const KEY: u8 = 0x03;
const AUDIO: u8 = 0x10;
const FAULT: u8 = 0xff;

const HEAD: usize = 3;

/// What the exchange sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    HangUp,
    /// The call's UUID; the first frame.
    Name(u128),
    Key(char),
    /// Samples at 8 kHz, as many as came.
    Audio(Vec<i16>),
    /// The exchange met an error.
    Fault,
    /// A kind this server has no use for, such as audio at another rate.
    Other(u8),
}

/// What we send: the only two kinds an exchange takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "almost every value is audio: boxing it would allocate 50 times a second for nothing"
)]
pub(super) enum Said {
    HangUp,
    Audio(AudioFrame),
}

#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    #[error(
        "read an AudioSocket frame of kind {kind:#04x}: {size_bytes} octets are no payload of it"
    )]
    Size { kind: u8, size_bytes: usize },
    #[error("read or write an AudioSocket frame")]
    Stream(#[from] std::io::Error),
}

/// Frames on a stream, however TCP cuts it.
#[derive(Debug, Default)]
pub(super) struct Frames;

impl Decoder for Frames {
    type Item = Frame;
    type Error = FrameError;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let &[kind, high, low, ..] = &buffer[..] else {
            return Ok(None);
        };
        let size_bytes = usize::from(u16::from_be_bytes([high, low]));
        if buffer.len() < HEAD + size_bytes {
            buffer.reserve(HEAD + size_bytes - buffer.len());
            return Ok(None);
        }
        buffer.advance(HEAD);
        let payload = buffer.split_to(size_bytes);
        let wrong = FrameError::Size { kind, size_bytes };
        Ok(Some(match kind {
            HANG_UP => Frame::HangUp,
            NAME => {
                let name = payload[..].try_into().map_err(|_| wrong)?;
                Frame::Name(u128::from_be_bytes(name))
            }
            KEY => match payload[..] {
                [key] => key_of(key).map_or(Frame::Other(kind), Frame::Key),
                _ => return Err(wrong),
            },
            AUDIO if size_bytes % 2 == 1 => return Err(wrong),
            AUDIO => Frame::Audio(
                payload
                    .chunks_exact(2)
                    .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
                    .collect(),
            ),
            FAULT => Frame::Fault,
            other => Frame::Other(other),
        }))
    }
}

impl Encoder<Said> for Frames {
    type Error = FrameError;

    fn encode(&mut self, said: Said, buffer: &mut BytesMut) -> Result<(), FrameError> {
        match said {
            Said::HangUp => buffer.put_slice(&[HANG_UP, 0, 0]),
            Said::Audio(frame) => {
                buffer.put_u8(AUDIO);
                buffer.put_u16((frame.0.len() * 2) as u16);
                for sample in frame.0 {
                    buffer.put_i16_le(sample);
                }
            }
        }
        Ok(())
    }
}

fn key_of(octet: u8) -> Option<char> {
    let key = char::from(octet).to_ascii_uppercase();
    matches!(key, '0'..='9' | '*' | '#' | 'A'..='D').then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(mut pieces: BytesMut) -> Result<Vec<Frame>, FrameError> {
        let mut frames = Vec::new();
        while let Some(frame) = Frames.decode(&mut pieces)? {
            frames.push(frame);
        }
        Ok(frames)
    }

    /// The first frame as Asterisk's documentation shows it.
    #[test]
    fn the_first_frame_names_the_call() {
        let octets = [
            0x01, 0x00, 0x10, 0x40, 0x32, 0x5e, 0xc2, 0x5e, 0xfd, 0x4b, 0xd3, 0x80, 0x5f, 0x53,
            0x57, 0x6e, 0x58, 0x1d, 0x13,
        ];
        let name = 0x4032_5ec2_5efd_4bd3_805f_5357_6e58_1d13;
        let frames = read(BytesMut::from(&octets[..])).unwrap();
        assert_eq!(frames, [Frame::Name(name)]);
    }

    #[test]
    fn audio_is_little_endian_and_keys_are_letters() {
        let octets = [
            0x10, 0, 4, 0x01, 0x02, 0xff, 0xff, 0x03, 0, 1, b'#', 0x00, 0, 0, 0x77, 0, 0,
        ];
        let frames = read(BytesMut::from(&octets[..])).unwrap();
        let expected = [
            Frame::Audio(vec![0x0201, -1]),
            Frame::Key('#'),
            Frame::HangUp,
            Frame::Other(0x77),
        ];
        assert_eq!(frames, expected);
    }

    #[test]
    fn a_payload_that_cannot_be_is_an_error() {
        for octets in [&[0x01, 0, 2, 0, 0][..], &[0x10, 0, 1, 0], &[0x03, 0, 0]] {
            assert!(read(BytesMut::from(octets)).is_err(), "{octets:?}");
        }
    }

    proptest! {
        /// However the stream is cut, the same frames come out.
        #[test]
        fn cuts_change_nothing(
            samples in prop::collection::vec(any::<i16>(), 0..300),
            cuts in prop::collection::vec(1usize..40, 1..60),
        ) {
            let mut stream = vec![0x10];
            stream.extend(((samples.len() * 2) as u16).to_be_bytes());
            stream.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
            stream.extend([0x03, 0, 1, b'7']);
            let mut buffer = BytesMut::new();
            let mut frames = Vec::new();
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                let (piece, left) = rest.split_at((*cut).min(rest.len()));
                rest = left;
                buffer.extend_from_slice(piece);
                while let Some(frame) = Frames.decode(&mut buffer).unwrap() {
                    frames.push(frame);
                }
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(frames, [Frame::Audio(samples), Frame::Key('7')]);
        }
    }

    /// `ISHURI_FUZZ_RUNS` streams (3,000 unless set) of random octets in random pieces.
    #[test]
    fn no_stream_panics() {
        let runs = std::env::var("ISHURI_FUZZ_RUNS")
            .ok()
            .and_then(|runs| runs.parse().ok());
        let mut random = 0x0dd0_5eed_0dd0_5eedu64;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        for _ in 0..runs.unwrap_or(3_000u32) {
            let mut buffer = BytesMut::new();
            for _ in 0..next() % 12 {
                let kinds = [0, 1, 3, 0x10, 0x11, 0xff, next() as u8];
                buffer.put_u8(kinds[(next() % 7) as usize]);
                buffer.put_u16((next() % 40) as u16);
                for _ in 0..next() % 40 {
                    buffer.put_u8(next() as u8);
                }
                while let Ok(Some(_)) = Frames.decode(&mut buffer) {}
            }
        }
    }
}
