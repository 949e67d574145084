//! RTCP (RFC 3550, 6): sender and receiver reports, because some gateways drop a call without.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Between reports (RFC 3550, 6.2: at least 5 s).
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;

/// Packets per compound that are looked at.
const PACKETS_MAX: usize = 16;

/// What we received of the peer's stream (RFC 3550, A.3 and A.8).
#[derive(Debug)]
pub(crate) struct Reception {
    ssrc: u32,
    base: u32,
    /// The highest sequence number, extended by the turns it took.
    highest: u32,
    received: u32,
    expected_before: u32,
    received_before: u32,
    transit: Option<i64>,
    jitter: f64,
    report: Option<(u32, Instant)>,
}

/// What we sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) packets: u32,
    pub(crate) octets: u32,
    /// The timestamp of the next packet.
    pub(crate) timestamp: u32,
}

/// What a peer's compound packet says that matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The middle of the NTP time of a sender report.
    pub(crate) sender_report: Option<(u32, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a datagram as RTCP")]
pub(crate) struct ControlError;

impl Reception {
    pub(crate) fn new(ssrc: u32, sequence: u16) -> Reception {
        Reception {
            ssrc,
            base: sequence.into(),
            highest: sequence.into(),
            received: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0.0,
            report: None,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// `arrived` is the time of arrival in samples of our clock.
    pub(crate) fn handle_packet(&mut self, sequence: u16, timestamp: u32, arrived: i64) {
        self.received = self.received.wrapping_add(1);
        let ahead = sequence.wrapping_sub(self.highest as u16);
        if ahead < 0x8000 {
            self.highest = self.highest.wrapping_add(ahead.into());
        }
        // Wrapping timestamps: only differences of transit count.
        let transit = i64::from((arrived as u32).wrapping_sub(timestamp));
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit as u32).wrapping_sub(before as u32) as i32;
            self.jitter += (f64::from(difference.unsigned_abs()) - self.jitter) / 16.0;
        }
    }

    pub(crate) fn handle_report(&mut self, middle: u32, now: Instant) {
        self.report = Some((middle, now));
    }

    /// The report block since the last one.
    fn block(&mut self, now: Instant) -> [u8; 24] {
        let expected = self.highest.wrapping_sub(self.base).wrapping_add(1);
        let lost = (i64::from(expected) - i64::from(self.received)).clamp(-0x80_0000, 0x7f_ffff);
        let expected_lately = expected.wrapping_sub(self.expected_before);
        let received_lately = self.received.wrapping_sub(self.received_before);
        self.expected_before = expected;
        self.received_before = self.received;
        let lost_lately = expected_lately.saturating_sub(received_lately);
        let fraction = (lost_lately * 256)
            .checked_div(expected_lately)
            .unwrap_or(0)
            .min(255);
        let (last, delay) = self.report.map_or((0, 0), |(middle, at)| {
            let since = now.duration_since(at).as_secs_f64() * 65_536.0;
            (middle, since as u32)
        });
        let mut block = [0; 24];
        block[..4].copy_from_slice(&self.ssrc.to_be_bytes());
        block[4..8].copy_from_slice(&(lost as i32).to_be_bytes());
        block[4] = fraction as u8;
        block[8..12].copy_from_slice(&self.highest.to_be_bytes());
        block[12..16].copy_from_slice(&(self.jitter as u32).to_be_bytes());
        block[16..20].copy_from_slice(&last.to_be_bytes());
        block[20..].copy_from_slice(&delay.to_be_bytes());
        block
    }
}

/// A compound of one report and our name in this call, which says nothing about the box.
pub(crate) fn report(
    ssrc: u32,
    sent: Sent,
    reception: Option<&mut Reception>,
    now: Instant,
    wall: SystemTime,
) -> Vec<u8> {
    let block = reception.map(|reception| reception.block(now));
    let mut body = ssrc.to_be_bytes().to_vec();
    let kind = if sent.packets > 0 {
        body.extend_from_slice(&ntp(wall).to_be_bytes());
        body.extend_from_slice(&sent.timestamp.to_be_bytes());
        body.extend_from_slice(&sent.packets.to_be_bytes());
        body.extend_from_slice(&sent.octets.to_be_bytes());
        SENDER_REPORT
    } else {
        RECEIVER_REPORT
    };
    body.extend(block.into_iter().flatten());
    let mut compound = packet(kind, u8::from(block.is_some()), &body);
    let name = format!("{ssrc:08x}");
    let mut chunk = ssrc.to_be_bytes().to_vec();
    chunk.extend_from_slice(&[1, name.len() as u8]);
    chunk.extend_from_slice(name.as_bytes());
    // The list ends with a zero octet and is filled to a whole word.
    chunk.resize((chunk.len() + 1).next_multiple_of(4), 0);
    compound.extend(packet(DESCRIPTION, 1, &chunk));
    compound
}

fn packet(kind: u8, count: u8, body: &[u8]) -> Vec<u8> {
    let words = (body.len() / 4) as u16;
    let mut packet = vec![0x80 | count, kind];
    packet.extend_from_slice(&words.to_be_bytes());
    packet.extend_from_slice(body);
    packet
}

/// Seconds since 1900 in 32.32 bits (RFC 3550, 4).
fn ntp(wall: SystemTime) -> u64 {
    const SINCE_1900: u64 = 2_208_988_800;
    let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (since.as_secs().wrapping_add(SINCE_1900) << 32) | fraction
}

/// Reads a compound packet.
///
/// # Errors
/// [`ControlError`] unless every packet in it is whole.
pub(crate) fn read(mut datagram: &[u8]) -> Result<Heard, ControlError> {
    let mut heard = Heard::default();
    for _ in 0..PACKETS_MAX {
        let &[first, kind, high, low, ..] = datagram else {
            break;
        };
        let size = (usize::from(u16::from_be_bytes([high, low])) + 1) * 4;
        if first >> 6 != 2 || size > datagram.len() {
            return Err(ControlError);
        }
        let (packet, rest) = datagram.split_at(size);
        if kind == SENDER_REPORT {
            heard.sender_report = Some(sender_report(packet)?);
        }
        datagram = rest;
    }
    if datagram.is_empty() {
        Ok(heard)
    } else {
        Err(ControlError)
    }
}

/// Who sent a sender report, and the middle 32 bits of its NTP time.
fn sender_report(packet: &[u8]) -> Result<(u32, u32), ControlError> {
    let word = |at: usize| -> Result<u32, ControlError> {
        let octets = packet.get(at..at + 4).ok_or(ControlError)?;
        let octets = octets.try_into().map_err(|_| ControlError)?;
        Ok(u32::from_be_bytes(octets))
    };
    let (seconds, fraction) = (word(8)?, word(12)?);
    Ok((word(4)?, (seconds << 16) | (fraction >> 16)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reception(sequences: impl IntoIterator<Item = u16>) -> Reception {
        let mut sequences = sequences.into_iter().peekable();
        let mut reception = Reception::new(9, *sequences.peek().unwrap());
        for sequence in sequences {
            let at = u32::from(sequence) * 160;
            reception.handle_packet(sequence, at, i64::from(at) + 400);
        }
        reception
    }

    /// Fraction lost, total lost, highest sequence number.
    fn losses(reception: &mut Reception) -> (u8, u32, u32) {
        let block = reception.block(Instant::now());
        let lost = u32::from_be_bytes([0, block[5], block[6], block[7]]);
        let highest = u32::from_be_bytes([block[8], block[9], block[10], block[11]]);
        (block[4], lost, highest)
    }

    #[test]
    fn losses_are_counted_over_the_turn_of_the_sequence() {
        let all = (65_500..=65_535).chain(0..64);
        assert_eq!(losses(&mut reception(all)), (0, 0, 65_536 + 63));
        let half = (0..100u16).filter(|n| n % 2 == 0 || *n == 99);
        let mut half = reception(half);
        assert_eq!(losses(&mut half), (125, 49, 99));
        assert_eq!(losses(&mut half).0, 0);
    }

    #[test]
    fn a_late_packet_does_not_turn_the_sequence() {
        assert_eq!(losses(&mut reception([10, 12, 11, 13])), (0, 0, 13));
    }

    #[test]
    fn an_even_stream_has_no_jitter() {
        assert!(reception(0..100).jitter < 0.001);
    }

    /// Laid out by hand from RFC 3550, 6.4.1 and 6.5.
    #[test]
    fn a_report_is_a_whole_compound() {
        let sent = Sent {
            packets: 2,
            octets: 320,
            timestamp: 160,
        };
        let wall = UNIX_EPOCH + Duration::from_millis(1_500);
        let mut reception = reception(0..10);
        let bytes = report(
            0x0102_0304,
            sent,
            Some(&mut reception),
            Instant::now(),
            wall,
        );
        assert_eq!(bytes[..4], [0x81, 200, 0, 12]);
        assert_eq!(bytes[4..8], [1, 2, 3, 4]);
        assert_eq!(bytes[8..16], [0x83, 0xaa, 0x7e, 0x81, 0x80, 0, 0, 0]);
        assert_eq!(bytes[52..56], [0x81, 202, 0, 4]);
        assert_eq!(bytes[60..62], [1, 8]);
        assert_eq!(bytes.len(), 72);
        let heard = read(&bytes).unwrap();
        assert_eq!(heard.sender_report, Some((0x0102_0304, 0x7e81_8000)));
    }

    proptest! {
        #[test]
        fn no_datagram_panics(datagram in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&datagram);
            let framed = [&[0x81, 200, 0, 1][..], &datagram].concat();
            let _ = read(&framed);
        }
    }
}
