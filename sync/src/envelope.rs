//! The envelope of a fact: `version, type, schema, length, body`, little-endian.
//!
//! bincode is positional: a body can be read only by who knows its exact schema. The envelope can
//! be read by everybody for ever, so that a hub keeps facts it does not understand yet.

use crate::limits::{BODY_BYTES_MAX, HEADER_BYTES};

/// The only version of the envelope so far.
pub const VERSION: u8 = 1;

/// A fact as bytes, with what is needed to find out how to read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Which kind of event; see [`crate::event`].
    pub kind: u16,
    /// Which frozen form of that kind.
    pub schema: u16,
    /// The event in that form.
    pub body: Vec<u8>,
}

/// Bytes that are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Fewer bytes than the header announces.
    #[error("read frame: {got} of {needed} bytes")]
    Short {
        /// Bytes there.
        got: usize,
        /// Bytes announced.
        needed: usize,
    },
    /// Bytes after the end of the body.
    #[error("read frame: {0} bytes after its end")]
    Trailing(usize),
    /// A version this program does not know.
    #[error("read frame: unknown version {0}")]
    Version(u8),
    /// A body over the limit.
    #[error("read frame: body of {0} bytes, at most {BODY_BYTES_MAX} are allowed")]
    Large(usize),
}

impl Frame {
    /// The bytes that are stored, hashed and sent.
    ///
    /// # Errors
    /// If the body is over [`BODY_BYTES_MAX`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, FrameError> {
        if self.body.len() > BODY_BYTES_MAX {
            return Err(FrameError::Large(self.body.len()));
        }
        let length = u32::try_from(self.body.len()).expect("checked against a smaller limit");
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.body.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.kind.to_le_bytes());
        bytes.extend_from_slice(&self.schema.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&self.body);
        Ok(bytes)
    }

    /// Reads exactly one frame.
    ///
    /// # Errors
    /// If the bytes are not one whole frame of a known version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        let short = |needed| FrameError::Short {
            got: bytes.len(),
            needed,
        };
        let (header, body) = bytes
            .split_at_checked(HEADER_BYTES)
            .ok_or(short(HEADER_BYTES))?;
        let [version, k0, k1, s0, s1, l0, l1, l2, l3] = *header else {
            return Err(short(HEADER_BYTES));
        };
        if version != VERSION {
            return Err(FrameError::Version(version));
        }
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > BODY_BYTES_MAX {
            return Err(FrameError::Large(length));
        }
        match body.len() {
            got if got < length => Err(short(HEADER_BYTES + length)),
            got if got > length => Err(FrameError::Trailing(got - length)),
            _ => Ok(Self {
                kind: u16::from_le_bytes([k0, k1]),
                schema: u16::from_le_bytes([s0, s1]),
                body: body.to_vec(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_frame_survives_its_bytes(kind: u16, schema: u16, body: Vec<u8>) {
            let frame = Frame { kind, schema, body };
            prop_assert_eq!(Frame::from_bytes(&frame.to_bytes().unwrap()), Ok(frame));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            if let Ok(frame) = Frame::from_bytes(&bytes) {
                prop_assert_eq!(frame.to_bytes().unwrap(), bytes);
            }
        }

        #[test]
        fn a_cut_frame_is_refused(body: Vec<u8>, cut: prop::sample::Index) {
            let bytes = Frame { kind: 1, schema: 1, body }.to_bytes().unwrap();
            prop_assert!(Frame::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        }
    }

    #[test]
    fn a_body_over_the_limit_is_refused_on_both_sides() {
        let frame = Frame {
            kind: 1,
            schema: 1,
            body: vec![0; BODY_BYTES_MAX + 1],
        };
        assert_eq!(frame.to_bytes(), Err(FrameError::Large(BODY_BYTES_MAX + 1)));
        let mut bytes = Frame {
            kind: 1,
            schema: 1,
            body: vec![],
        }
        .to_bytes()
        .unwrap();
        bytes[5..9].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(
            Frame::from_bytes(&bytes),
            Err(FrameError::Large(u32::MAX as usize))
        );
    }
}
