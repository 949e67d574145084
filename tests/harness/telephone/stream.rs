//! The audio of one call: RTP (RFC 3550) with keys (RFC 4733), a packet every 20 ms.

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ear::Ear;
use super::faults::{Chance, Faults};
use super::sound::{Frame, from_alaw, to_alaw};

pub(super) const PACKET: Duration = Duration::from_millis(20);
const AUDIO_TYPE: u8 = 8;
const KEYS_TYPE: u8 = 101;
const KEYS: &str = "0123456789*#";
/// A press lasts 80 ms: four packets, the last sent three times.
const PRESS: [(bool, u16); 6] = [
    (false, 160),
    (false, 320),
    (false, 480),
    (true, 640),
    (true, 640),
    (true, 640),
];
const DATAGRAM_MAX: usize = 2_048;

/// Something to send; answered with the times of its first packet and its last.
pub(super) struct Job {
    pub(super) what: What,
    pub(super) sent: Sender<(Instant, Instant)>,
}

pub(super) enum What {
    Speech(Vec<Frame>),
    Key(char),
}

/// What the two directions share.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) ear: Ear,
    pub(super) closed: AtomicBool,
    /// Sound that came and is on its way back, if the line echoes.
    echo: Mutex<VecDeque<Frame>>,
    pub(super) said: Mutex<Vec<i16>>,
}

/// Sends until the line is closed.
pub(super) struct Mouth {
    pub(super) line: Arc<Line>,
    pub(super) socket: UdpSocket,
    pub(super) target: SocketAddr,
    pub(super) faults: Faults,
    pub(super) chance: Chance,
    /// How loud what came goes back, and how many frames later.
    pub(super) echo: Option<(f32, usize)>,
    pub(super) jobs: Receiver<Job>,
}

struct Packets {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

impl Mouth {
    pub(super) fn run(mut self) {
        let mut packets = Packets {
            ssrc: self.chance.number() as u32,
            sequence: self.chance.number() as u16 >> 1,
            timestamp: self.chance.number() as u32,
        };
        let wire = self.wire();
        let mut due = Instant::now();
        let mut saying: Option<(VecDeque<Frame>, Instant, Sender<_>)> = None;
        while !self.line.closed.load(Ordering::Relaxed) {
            if saying.is_none() {
                match self.jobs.try_recv() {
                    Ok(Job {
                        what: What::Key(key),
                        sent,
                    }) => {
                        let began = Instant::now();
                        due = self.press(key, &mut packets, &wire, due);
                        // Nobody waits where the call has just been given up.
                        let _given_up = sent.send((began, Instant::now()));
                        continue;
                    }
                    Ok(Job {
                        what: What::Speech(frames),
                        sent,
                    }) => {
                        saying = Some((frames.into(), Instant::now(), sent));
                    }
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
                }
            }
            let said = saying.as_mut().and_then(|(frames, ..)| frames.pop_front());
            let frame = self.with_echo(said.unwrap_or([0; 160]));
            lock(&self.line.said).extend_from_slice(&frame);
            self.send(packets.audio(&frame), &wire);
            if saying
                .as_ref()
                .is_some_and(|(frames, ..)| frames.is_empty())
                && let Some((_, began, sent)) = saying.take()
            {
                let _given_up = sent.send((began, Instant::now()));
            }
            due += PACKET;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    /// Presses a key; gives when the next packet is due.
    fn press(
        &mut self,
        key: char,
        packets: &mut Packets,
        wire: &Sender<(Instant, Vec<u8>)>,
        mut due: Instant,
    ) -> Instant {
        let event = KEYS.find(key).unwrap_or(0) as u8;
        for (nth, (end, length)) in PRESS.into_iter().enumerate() {
            let packet = packets.key(event, end, length, nth == 0);
            self.send(packet, wire);
            due += PACKET;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let length = PRESS.len() as u32 * 160;
        packets.timestamp = packets.timestamp.wrapping_add(length);
        let silence = [0; 160 * PRESS.len()];
        lock(&self.line.said).extend_from_slice(&silence);
        due
    }

    fn with_echo(&self, mut frame: Frame) -> Frame {
        let Some((gain, late)) = self.echo else {
            return frame;
        };
        let mut echo = lock(&self.line.echo);
        // The echo never lags further behind than its delay, whatever the clocks do.
        while echo.len() > late + 2 {
            echo.pop_front();
        }
        if echo.len() > late
            && let Some(back) = echo.pop_front()
        {
            for (value, back) in frame.iter_mut().zip(back) {
                *value = value.saturating_add((f32::from(back) * gain) as i16);
            }
        }
        frame
    }

    fn send(&mut self, packet: Vec<u8>, wire: &Sender<(Instant, Vec<u8>)>) {
        if self.faults.is_none() {
            // A box that has hung up refuses it: that shows elsewhere.
            let _refused = self.socket.send_to(&packet, self.target);
        } else if let Some(late) = self.faults.delay(&mut self.chance) {
            let _closed = wire.send((Instant::now() + late, packet));
        }
    }

    /// Packets that are to leave later, each at its own time.
    fn wire(&self) -> Sender<(Instant, Vec<u8>)> {
        let (wire, packets) = channel::<(Instant, Vec<u8>)>();
        if self.faults.is_none() {
            return wire;
        }
        let (socket, target) = (self.socket.try_clone(), self.target);
        std::thread::spawn(move || {
            let Ok(socket) = socket else { return };
            let mut waiting = BTreeMap::new();
            let mut count = 0_u64;
            loop {
                let next = waiting.keys().next().map(|&(due, _): &(Instant, u64)| due);
                let pause = next.map_or(Duration::from_secs(1), |due| {
                    due.saturating_duration_since(Instant::now())
                });
                match packets.recv_timeout(pause) {
                    Ok((due, packet)) => {
                        count += 1;
                        waiting.insert((due, count), packet);
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                while let Some(first) = waiting.first_entry()
                    && first.key().0 <= Instant::now()
                {
                    let _refused = socket.send_to(&first.remove(), target);
                }
            }
        });
        wire
    }
}

impl Packets {
    fn header(&mut self, kind: u8, marked: bool) -> Vec<u8> {
        let mut packet = vec![0x80, kind | if marked { 0x80 } else { 0 }];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        packet
    }

    fn audio(&mut self, frame: &Frame) -> Vec<u8> {
        let mut packet = self.header(AUDIO_TYPE, false);
        packet.extend(frame.iter().map(|&sample| to_alaw(sample)));
        self.timestamp = self.timestamp.wrapping_add(160);
        packet
    }

    fn key(&mut self, event: u8, end: bool, length: u16, first: bool) -> Vec<u8> {
        let mut packet = self.header(KEYS_TYPE, first);
        packet.extend([event, if end { 0x8a } else { 0x0a }]);
        packet.extend(length.to_be_bytes());
        packet
    }
}

/// Listens until the line is closed.
pub(super) fn listen(
    line: &Line,
    socket: &UdpSocket,
    faults: Faults,
    mut chance: Chance,
    echoes: bool,
) {
    let mut datagram = [0; DATAGRAM_MAX];
    while !line.closed.load(Ordering::Relaxed) {
        let Ok(size) = socket.recv(&mut datagram) else {
            continue;
        };
        let at = Instant::now();
        let packet = &datagram[..size];
        if size != 172 || packet[1] & 0x7f != AUDIO_TYPE {
            continue;
        }
        let mut frame = [0; 160];
        for (value, &byte) in frame.iter_mut().zip(&packet[12..]) {
            *value = from_alaw(byte);
        }
        // A packet that the line makes late is noted as late; one that it loses is not.
        let Some(late) = faults.delay(&mut chance) else {
            continue;
        };
        line.ear.note(at + late, &frame);
        if echoes {
            lock(&line.echo).push_back(frame);
        }
    }
}

pub(super) fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
