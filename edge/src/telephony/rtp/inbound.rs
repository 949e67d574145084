//! The peer's stream: datagrams in, a frame every 20 ms and keys out. No clock, no network.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use models::audio::AudioFrame;

use crate::telephony::counts::Counts;

use super::coding::Coding;
use super::conceal::Concealer;
use super::control::{self, Reception};
use super::jitter::{Arrival, Jitter};
use super::keys::Keys;
use super::latch::Latch;
use super::packet::{Packet, is_control};

/// Comfort noise (RFC 3389) under its fixed payload type.
const COMFORT_NOISE: u8 = 13;

/// The level taken where a comfort noise packet names none, in -dBov.
const COMFORT_LEVEL: u8 = 65;

#[derive(Debug)]
pub(crate) struct Inbound {
    latch: Latch,
    began: Instant,
    keys_type: Option<u8>,
    keys: Keys,
    jitter: Jitter,
    concealer: Concealer,
    reception: Option<Reception>,
    /// The peer sends nothing while its side is silent: it said so by its last audio packet.
    silent: bool,
    /// When control last came.
    control: Option<Instant>,
    counts: Counts,
}

impl Inbound {
    /// `announced` may send; `keys_type` is the payload type agreed for keys.
    pub(crate) fn new(
        announced: &[IpAddr],
        keys_type: Option<u8>,
        now: Instant,
        counts: Counts,
    ) -> Inbound {
        Inbound {
            latch: Latch::new(announced, now),
            began: now,
            keys_type,
            keys: Keys::default(),
            jitter: Jitter::new(),
            concealer: Concealer::new(),
            reception: None,
            silent: false,
            control: None,
            counts,
        }
    }

    /// Listens to another address from now on, as a re-INVITE may ask.
    pub(crate) fn move_to(&mut self, announced: &[IpAddr], keys_type: Option<u8>, now: Instant) {
        self.latch = Latch::new(announced, now);
        self.keys_type = keys_type;
    }

    /// Takes a datagram of the audio port; returns the key that was pressed, if it tells of one.
    pub(crate) fn handle_datagram(
        &mut self,
        source: SocketAddr,
        datagram: &[u8],
        now: Instant,
    ) -> Option<char> {
        if is_control(datagram) {
            self.handle_control(source, datagram, now);
            return None;
        }
        let Ok(packet) = Packet::parse(datagram) else {
            self.counts.malformed.inc();
            return None;
        };
        if !self.latch.admit(source, now) {
            self.counts.rtp_strangers.inc();
            return None;
        }
        self.receive(&packet, now);
        if Some(packet.payload_type) == self.keys_type {
            self.jitter.handle_key(packet.ssrc, packet.timestamp);
            return self.keys.handle_event(packet.timestamp, packet.payload);
        }
        self.hear(&packet);
        None
    }

    /// Takes a datagram of the control port.
    pub(crate) fn handle_control(&mut self, source: SocketAddr, datagram: &[u8], now: Instant) {
        let ours = self.latch.source();
        if ours.is_some_and(|ours| ours.ip().to_canonical() != source.ip().to_canonical()) {
            self.counts.rtp_strangers.inc();
            return;
        }
        match control::read(datagram) {
            Ok(heard) => {
                self.control = Some(now);
                if let (Some((ssrc, middle)), Some(reception)) =
                    (heard.sender_report, &mut self.reception)
                    && reception.ssrc() == ssrc
                {
                    reception.handle_report(middle, now);
                }
            }
            Err(_) => {
                self.counts.malformed.inc();
            }
        }
    }

    /// The next frame; to be called every 20 ms.
    pub(crate) fn poll_frame(&mut self) -> AudioFrame {
        let pulled = self.jitter.poll_frame();
        if pulled.lost {
            self.counts.frames_concealed.inc();
        }
        self.concealer.fill(&pulled)
    }

    /// Where our audio should go, once the peer's has come.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.latch.source()
    }

    /// How long nothing at all has come. From a peer that keeps silence to itself, control is a
    /// sign of life too.
    pub(crate) fn quiet_for(&self, now: Instant) -> Duration {
        let heard = self.latch.last().unwrap_or(self.began);
        let control = self.control.filter(|_| self.silent);
        now.duration_since(control.map_or(heard, |control| control.max(heard)))
    }

    pub(crate) fn reception(&mut self) -> Option<&mut Reception> {
        self.reception.as_mut()
    }

    fn receive(&mut self, packet: &Packet<'_>, now: Instant) {
        let known = self
            .reception
            .as_ref()
            .is_some_and(|reception| reception.ssrc() == packet.ssrc);
        if !known {
            self.reception = Some(Reception::new(packet.ssrc, packet.sequence));
            self.keys.reset();
        }
        let arrived = now.duration_since(self.began).as_micros() * 8 / 1_000;
        if let Some(reception) = &mut self.reception {
            reception.handle_packet(packet.sequence, packet.timestamp, arrived as i64);
        }
    }

    fn hear(&mut self, packet: &Packet<'_>) {
        self.silent = packet.payload_type == COMFORT_NOISE;
        if self.silent {
            let level = packet
                .payload
                .first()
                .map_or(COMFORT_LEVEL, |level| level & 0x7f);
            self.jitter
                .handle_comfort(packet.ssrc, packet.timestamp, level);
            return;
        }
        let Some(coding) = Coding::of_payload_type(packet.payload_type) else {
            self.counts.malformed.inc();
            return;
        };
        let samples = coding.decode(packet.payload);
        let arrival =
            self.jitter
                .handle_audio(packet.ssrc, packet.timestamp, packet.marker, &samples);
        if arrival == Arrival::Late {
            self.counts.packets_late.inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "127.0.0.1:4000";

    struct Call {
        inbound: Inbound,
        counts: Counts,
        now: Instant,
    }

    fn call() -> Call {
        let (counts, now) = (Counts::default(), Instant::now());
        let announced = ["127.0.0.1".parse().unwrap()];
        Call {
            inbound: Inbound::new(&announced, Some(101), now, counts.clone()),
            counts,
            now,
        }
    }

    fn packet(payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let packet = Packet {
            payload_type,
            marker: false,
            sequence,
            timestamp,
            ssrc: 77,
            payload,
        };
        packet.write().unwrap()
    }

    impl Call {
        fn receive(&mut self, source: &str, datagram: &[u8]) -> Option<char> {
            let source = source.parse().unwrap();
            self.inbound.handle_datagram(source, datagram, self.now)
        }
    }

    #[test]
    fn audio_with_keys_in_its_sequence_loses_nothing() {
        let mut call = call();
        let mut sequence = 0;
        let mut keys = String::new();
        let mut frames = Vec::new();
        for n in 0..50u32 {
            call.receive(PEER, &packet(0, sequence, n * 160, &[0x20; 160]));
            sequence += 1;
            if (20..28).contains(&n) {
                let event = [5, u8::from(n > 25) << 7, 0, 160];
                keys.extend(call.receive(PEER, &packet(101, sequence, 3_200, &event)));
                sequence += 1;
            }
            frames.push(call.inbound.poll_frame());
        }
        assert_eq!(keys, "5");
        assert_eq!(call.counts.frames_concealed.get(), 0);
        let loud = frames.iter().filter(|frame| frame.0[0] != 0).count();
        assert!(loud >= 47, "{loud}");
    }

    #[test]
    fn a_stranger_is_counted_and_not_heard() {
        let mut call = call();
        call.receive(PEER, &packet(0, 1, 160, &[0xff; 160]));
        let spoken = call.receive("127.0.0.1:9", &packet(101, 2, 160, &[9, 0, 0, 0]));
        assert_eq!(spoken, None);
        assert_eq!(call.counts.rtp_strangers.get(), 1);
        assert_eq!(call.inbound.source(), Some(PEER.parse().unwrap()));
    }

    #[test]
    fn a_line_is_quiet_for_as_long_as_nothing_came() {
        let mut call = call();
        let later = call.now + Duration::from_secs(5);
        assert_eq!(call.inbound.quiet_for(later), Duration::from_secs(5));
        call.now = later;
        call.receive(PEER, &packet(0, 1, 160, &[0xff; 160]));
        assert_eq!(call.inbound.quiet_for(later), Duration::ZERO);
    }

    #[test]
    fn control_is_a_sign_of_life_only_from_who_keeps_silence_to_itself() {
        let mut call = call();
        let begin = call.now;
        let later = begin + Duration::from_secs(5);
        let report = [0x80, 201, 0, 1, 0, 0, 0, 77];
        let peer = PEER.parse().unwrap();
        call.receive(PEER, &packet(0, 1, 160, &[0xff; 160]));
        call.inbound.handle_control(peer, &report, later);
        assert_eq!(call.inbound.quiet_for(later), Duration::from_secs(5));
        call.receive(PEER, &packet(13, 2, 320, &[60]));
        assert_eq!(call.inbound.quiet_for(later), Duration::ZERO);
    }

    /// 20 s of a tone over a line that loses 5 % and delays up to 60 ms, at random: the line the
    /// box is made for.
    #[test]
    fn a_bad_line_leaves_no_holes_in_speech() {
        let mut random = 0x5eed_0000_0000_0001u64;
        let mut next = move |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let tone: Vec<i16> = (0..160_000)
            .map(|n| ((f64::from(n) * 200.0 * std::f64::consts::TAU / 8_000.0).sin() * 8e3) as i16)
            .collect();
        let mut arriving: Vec<(u64, u32)> = Vec::new();
        for n in 0..1_000u32 {
            if next(100) >= 5 {
                arriving.push((u64::from(n) * 20 + next(60), n));
            }
        }
        arriving.sort_unstable();
        let lost = 1_000 - arriving.len() as u64;
        let mut call = call();
        let begin = call.now;
        let mut packets = arriving.iter().peekable();
        let (mut loud, mut frames) = (0, 0);
        for tick in 0..1_000u64 {
            while let Some((at, n)) = packets.next_if(|(at, _)| *at <= tick * 20) {
                call.now = begin + Duration::from_millis(*at);
                let samples = &tone[*n as usize * 160..][..160];
                let octets = Coding::Ulaw.encode(samples);
                call.receive(PEER, &packet(0, *n as u16, n * 160, &octets));
            }
            let frame = call.inbound.poll_frame();
            let energy: f64 = frame.0.iter().map(|&s| f64::from(s).powi(2)).sum();
            // The beginning waits for the first packet.
            if tick > 10 {
                frames += 1;
                loud += u32::from((energy / 160.0).sqrt() > 4_000.0);
            }
        }
        let made_up = call.counts.frames_concealed.get();
        assert!(
            f64::from(loud) / f64::from(frames) > 0.98,
            "{loud} of {frames}"
        );
        // Beyond what the line lost, little is made up: the wait adapts to its delays.
        assert!(made_up < lost + 40, "{made_up} made up, {lost} lost");
        assert!(
            call.counts.packets_late.get() < 30,
            "{:?}",
            call.counts.packets_late
        );
    }

    /// `ISHURI_FUZZ_RUNS` inputs (3,000 unless set), the same for the same number.
    #[test]
    fn no_stream_of_broken_datagrams_panics() {
        let runs = std::env::var("ISHURI_FUZZ_RUNS")
            .ok()
            .and_then(|runs| runs.parse().ok());
        let mut random = 0x1234_5678_9abc_def1u64;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut call = call();
        for _ in 0..runs.unwrap_or(3_000u32) {
            let types = [0, 8, 13, 101, 96, 200, 201];
            let mut datagram = packet(
                types[(next() % 7) as usize] & 0x7f,
                next() as u16,
                next() as u32 >> (next() % 24),
                &vec![next() as u8; (next() % 400) as usize],
            );
            for _ in 0..next() % 4 {
                let at = (next() % datagram.len() as u64) as usize;
                datagram[at] = next() as u8;
            }
            datagram.truncate((next() % (datagram.len() as u64 + 1)) as usize);
            call.now += Duration::from_millis(next() % 40);
            call.receive(PEER, &datagram);
            let source = PEER.parse().unwrap();
            call.inbound.handle_control(source, &datagram, call.now);
            call.inbound.poll_frame();
        }
    }
}
