//! G.711 companding, as ITU-T G.711 (1988) defines it: one octet for each telephone sample.
//!
//! The recordings and simulated lines of this crate need it; live calls have their own in
//! `edge/telephony`.

/// The A-law octet of a 16-bit sample (13 bits count).
pub fn encode_alaw(sample: i16) -> u8 {
    let (sign, magnitude) = if sample >= 0 {
        (0x80, sample >> 3)
    } else {
        // One's complement, so that -1 and 0 fall in the two smallest steps of their signs.
        (0x00, !sample >> 3)
    };
    let segment = (16 - (magnitude as u16).leading_zeros()).saturating_sub(5) as u8;
    let step = if segment < 2 {
        magnitude >> 1
    } else {
        magnitude >> segment
    };
    // Even bits are inverted on the line (G.711 table 1a, note 2).
    (sign | (segment << 4) | (step & 0x0f) as u8) ^ 0x55
}

/// The 16-bit sample in the middle of an A-law step.
pub fn decode_alaw(octet: u8) -> i16 {
    let octet = octet ^ 0x55;
    let segment = (octet & 0x70) >> 4;
    let step = (i16::from(octet & 0x0f) << 4) + 8;
    let magnitude = if segment == 0 {
        step
    } else {
        (step + 0x100) << (segment - 1)
    };
    if octet & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// The mu-law octet of a 16-bit sample (14 bits count).
pub fn encode_ulaw(sample: i16) -> u8 {
    const BIAS: u16 = 33;
    const LOUDEST: u16 = 8_159;
    let magnitude = (sample >> 2).unsigned_abs().min(LOUDEST) + BIAS;
    let sign = if sample < 0 { 0x00 } else { 0x80 };
    // The bias makes six bits of the smallest magnitude; the loudest is one above the last step.
    let segment = 16 - magnitude.leading_zeros() - 6;
    if segment > 7 {
        return sign;
    }
    let step = (magnitude >> (segment + 1)) & 0x0f;
    !((sign ^ 0x80) | (segment << 4) as u8 | step as u8)
}

/// The 16-bit sample in the middle of a mu-law step.
pub fn decode_ulaw(octet: u8) -> i16 {
    let octet = !octet;
    let segment = (octet & 0x70) >> 4;
    let magnitude = (((i16::from(octet & 0x0f) << 3) + 0x84) << segment) - 0x84;
    if octet & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn hex(bytes: &[u8]) -> String {
        Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The hashes are those of the tables that CPython's `audioop` (itself from Sun's `g711.c`)
    /// makes: `lin2alaw` and `lin2ulaw` of every 16-bit sample from -32768 up, `alaw2lin` and `ulaw2lin` of every
    /// octet from 0 up, samples little-endian.
    #[test]
    fn every_value_agrees_with_an_independent_codec() {
        let encoded: Vec<u8> = (i16::MIN..=i16::MAX).map(encode_alaw).collect();
        assert_eq!(
            hex(&encoded),
            "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"
        );
        let encoded: Vec<u8> = (i16::MIN..=i16::MAX).map(encode_ulaw).collect();
        assert_eq!(
            hex(&encoded),
            "81d633c9e6972a18c74a58720b96cb8ca0bdd096d4060b646dd708c3b846019a"
        );
        let decode = |law: fn(u8) -> i16| -> Vec<u8> {
            (0..=u8::MAX)
                .flat_map(|octet| law(octet).to_le_bytes())
                .collect()
        };
        assert_eq!(
            hex(&decode(decode_alaw)),
            "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174"
        );
        assert_eq!(
            hex(&decode(decode_ulaw)),
            "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827"
        );
    }

    #[test]
    fn coding_what_was_decoded_changes_nothing() {
        for octet in 0..=u8::MAX {
            assert_eq!(encode_alaw(decode_alaw(octet)), octet);
        }
    }
}
