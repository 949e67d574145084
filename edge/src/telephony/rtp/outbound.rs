//! Our own stream: a packet every 20 ms, silence too, so that the way through stays open.

use models::audio::AudioFrame;

use super::coding::Coding;
use super::control::Sent;
use super::packet::Packet;

#[derive(Debug)]
pub(crate) struct Outbound {
    ssrc: u32,
    sequence: u16,
    sent: Sent,
    begins: bool,
}

impl Outbound {
    /// `random` decides where the source, sequence and timestamp begin (RFC 3550, 5.1).
    pub(crate) fn new(random: u64) -> Outbound {
        let [a, b, c, d, e, f, g, h] = random.to_be_bytes();
        Outbound {
            ssrc: u32::from_be_bytes([a, b, c, d]),
            sequence: u16::from_be_bytes([e, f]) >> 1,
            sent: Sent {
                timestamp: u32::from_be_bytes([g, h, a, e]),
                ..Sent::default()
            },
            begins: true,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    pub(crate) fn sent(&self) -> Sent {
        self.sent
    }

    /// The packet of one frame.
    pub(crate) fn packet(&mut self, coding: Coding, frame: &AudioFrame) -> Vec<u8> {
        let payload = coding.encode(&frame.0);
        let packet = Packet {
            payload_type: coding.payload_type(),
            marker: std::mem::take(&mut self.begins),
            sequence: self.sequence,
            timestamp: self.sent.timestamp,
            ssrc: self.ssrc,
            payload: &payload,
        };
        let written = packet.write().unwrap_or_default();
        self.sequence = self.sequence.wrapping_add(1);
        self.sent.packets = self.sent.packets.wrapping_add(1);
        self.sent.octets = self.sent.octets.wrapping_add(payload.len() as u32);
        self.pass();
        written
    }

    /// Lets 20 ms pass unsent, as on hold: time goes on, and sound begins anew after it.
    pub(crate) fn skip(&mut self) {
        self.begins = true;
        self.pass();
    }

    fn pass(&mut self) {
        self.sent.timestamp = self.sent.timestamp.wrapping_add(AudioFrame::LEN as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_while_nothing_is_sent() {
        let mut outbound = Outbound::new(u64::MAX);
        let first = outbound.packet(Coding::Ulaw, &AudioFrame::SILENCE);
        outbound.skip();
        let second = outbound.packet(Coding::Alaw, &AudioFrame::SILENCE);
        let third = outbound.packet(Coding::Alaw, &AudioFrame::SILENCE);
        let [first, second, third] = [&first, &second, &third].map(|p| Packet::parse(p).unwrap());
        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(320));
        assert_eq!(third.timestamp, second.timestamp.wrapping_add(160));
        assert_eq!(
            (first.marker, second.marker, third.marker),
            (true, true, false)
        );
        assert_eq!((first.payload[0], second.payload[0]), (0xff, 0xd5));
        assert_eq!(outbound.sent().octets, 480);
    }
}
