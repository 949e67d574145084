//! One RTP packet (RFC 3550, 5.1).

use rtp_types::RtpPacket;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) payload_type: u8,
    /// A talkspurt, or a key, begins here.
    pub(crate) marker: bool,
    pub(crate) sequence: u16,
    /// In samples, from a random beginning, wrapping.
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) payload: &'a [u8],
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a datagram as RTP")]
pub(crate) struct PacketError;

impl<'a> Packet<'a> {
    pub(crate) fn parse(datagram: &'a [u8]) -> Result<Packet<'a>, PacketError> {
        let packet = RtpPacket::parse(datagram).map_err(|_| PacketError)?;
        let begin = packet.payload_offset();
        let payload = datagram
            .get(begin..begin.saturating_add(packet.payload().len()))
            .ok_or(PacketError)?;
        Ok(Packet {
            payload_type: packet.payload_type(),
            marker: packet.marker_bit(),
            sequence: packet.sequence_number(),
            timestamp: packet.timestamp(),
            ssrc: packet.ssrc(),
            payload,
        })
    }

    /// # Errors
    /// [`PacketError`] for a payload type above 127.
    pub(crate) fn write(&self) -> Result<Vec<u8>, PacketError> {
        rtp_types::RtpPacketBuilder::<&[u8], &[u8]>::new()
            .payload_type(self.payload_type)
            .marker_bit(self.marker)
            .sequence_number(self.sequence)
            .timestamp(self.timestamp)
            .ssrc(self.ssrc)
            .payload(self.payload)
            .write_vec()
            .map_err(|_| PacketError)
    }
}

/// Whether a datagram on a port shared with RTP is RTCP (RFC 5761, 4).
pub(crate) fn is_control(datagram: &[u8]) -> bool {
    datagram.len() >= 8 && datagram[0] >> 6 == 2 && (192..=223).contains(&datagram[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            payload_type in 0u8..128,
            marker: bool,
            sequence: u16,
            timestamp: u32,
            ssrc: u32,
            payload in proptest::collection::vec(any::<u8>(), 0..400),
        ) {
            let packet =
                Packet { payload_type, marker, sequence, timestamp, ssrc, payload: &payload };
            let written = packet.write().unwrap();
            prop_assert_eq!(Packet::parse(&written).unwrap(), packet);
        }

        #[test]
        fn no_datagram_panics(datagram in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Packet::parse(&datagram);
            let _ = is_control(&datagram);
        }
    }

    /// Written by hand from RFC 3550, 5.1: version 2, padding of 3, one contributing source, an
    /// extension of one word.
    #[test]
    fn padding_sources_and_extensions_are_no_audio() {
        let datagram = [
            0xb1, 0x80, 0x00, 0x01, 0, 0, 0, 160, 0, 0, 0, 7, // fixed header
            0, 0, 0, 9, // contributing source
            0xbe, 0xde, 0x00, 0x01, 1, 2, 3, 4, // extension
            0xff, 0x7f, // audio
            0, 0, 3, // padding
        ];
        let packet = Packet::parse(&datagram).unwrap();
        assert_eq!(packet.payload, [0xff, 0x7f]);
        assert!(packet.marker);
        assert_eq!(
            (packet.sequence, packet.timestamp, packet.ssrc),
            (1, 160, 7)
        );
    }
}
