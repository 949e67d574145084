//! The two codings of ordinary telephone audio.

use models::g711;

/// G.711, under the payload types RFC 3551 fixes for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Ulaw,
    Alaw,
}

impl Coding {
    pub(crate) fn payload_type(self) -> u8 {
        match self {
            Coding::Ulaw => 0,
            Coding::Alaw => 8,
        }
    }

    pub(crate) fn of_payload_type(payload_type: u8) -> Option<Coding> {
        match payload_type {
            0 => Some(Coding::Ulaw),
            8 => Some(Coding::Alaw),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Coding::Ulaw => "PCMU",
            Coding::Alaw => "PCMA",
        }
    }

    pub(crate) fn encode(self, samples: &[i16]) -> Vec<u8> {
        let law = match self {
            Coding::Ulaw => g711::encode_ulaw,
            Coding::Alaw => g711::encode_alaw,
        };
        samples.iter().map(|&sample| law(sample)).collect()
    }

    pub(crate) fn decode(self, octets: &[u8]) -> Vec<i16> {
        let law = match self {
            Coding::Ulaw => g711::decode_ulaw,
            Coding::Alaw => g711::decode_alaw,
        };
        octets.iter().map(|&octet| law(octet)).collect()
    }
}
