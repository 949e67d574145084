//! The jitter buffer: samples by RTP timestamp, given out 160 at a time on the line's own clock.
//!
//! Keyed by timestamp and not by sequence number, because keys share the sequence (RFC 4733) and
//! gateways send packets of 10, 20 or 30 ms. It waits 40 to 120 ms, as little as the network
//! allows: grows when packets come late, shrinks in silence when all come early. That also takes
//! up the drift between the gateway's clock and ours.

use std::collections::VecDeque;

use models::audio::AudioFrame;

const FRAME: usize = AudioFrame::LEN;

/// How long the earliest packets wait to be heard, in samples.
const DELAY_MIN: i64 = 320;
const DELAY_MAX: i64 = 960;

/// A packet further than this from what is expected, in samples, belongs to another time base.
const JUMP: i64 = 8_000;

/// More than this, in samples, is never kept, silence or not.
const KEPT_MAX: usize = 1_760;

/// Late packets in a row after which the time base must have moved.
const LATE_MAX: u32 = 10;

/// Arrivals that are looked at together: one second of 20 ms packets.
const WINDOW: u32 = 50;

/// A frame whose every sample is below this is silence, and may be left out unheard.
const SILENT: i16 = 400;

/// Once this many samples passed with nothing, it is a pause and no loss.
const PAUSE: i64 = 1_600;

/// The level that is silence, in -dBov.
const NO_NOISE: u8 = 127;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    Kept,
    /// Its time to be heard was over.
    Late,
    /// A straggler of the source before this one, or the first packet of another time base.
    Ignored,
}

/// 20 ms as far as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pulled {
    pub(crate) samples: [Option<i16>; FRAME],
    /// Something that was sent is missing here.
    pub(crate) lost: bool,
    /// The level, in -dBov, of the noise that belongs where nothing was sent.
    pub(crate) comfort: Option<u8>,
}

#[derive(Debug)]
pub(crate) struct Jitter {
    source: Option<Source>,
    /// The timestamp of the next sample to give out, beyond 32 bits.
    next: i64,
    samples: VecDeque<Option<i16>>,
    /// The timestamp after the newest sample that came.
    newest: i64,
    comfort: Option<Comfort>,
    jumped: bool,
    late_in_a_row: u32,
    seen: Seen,
    wanted: Wanted,
}

/// A stretch in which nothing is sent.
#[derive(Clone, Copy, Debug)]
struct Comfort {
    from: i64,
    /// Where audio begins again, once it has.
    until: i64,
    level: u8,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    before: Option<u32>,
    /// Packets of the new source so far; the one before may not return at once.
    packets: u32,
}

/// How early packets came lately, in samples before their time; negative is late.
#[derive(Clone, Copy, Debug)]
struct Seen {
    arrivals: u32,
    late: u32,
    least: i64,
    most: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    Longer,
    Shorter,
}

impl Seen {
    const NONE: Seen = Seen {
        arrivals: 0,
        late: 0,
        least: i64::MAX,
        most: i64::MIN,
    };
}

impl Jitter {
    pub(crate) fn new() -> Jitter {
        Jitter {
            source: None,
            next: 0,
            samples: VecDeque::new(),
            newest: 0,
            comfort: None,
            jumped: false,
            late_in_a_row: 0,
            seen: Seen::NONE,
            wanted: Wanted::Nothing,
        }
    }

    /// Takes the samples of one packet. `begins` is its marker bit: a talkspurt begins here, and
    /// may do so on another time base.
    pub(crate) fn handle_audio(
        &mut self,
        ssrc: u32,
        timestamp: u32,
        begins: bool,
        samples: &[i16],
    ) -> Arrival {
        let Some(at) = self.place(ssrc, timestamp, begins) else {
            return Arrival::Ignored;
        };
        let slack = at - self.next;
        let end = at + samples.len() as i64;
        self.newest = self.newest.max(end);
        self.see(slack);
        if end <= self.next {
            self.late_in_a_row += 1;
            if self.late_in_a_row >= LATE_MAX {
                self.begin(timestamp);
            }
            return Arrival::Late;
        }
        self.late_in_a_row = 0;
        self.keep(slack, samples);
        Arrival::Kept
    }

    /// Takes a comfort noise packet: from here on nothing is sent until the learner speaks.
    pub(crate) fn handle_comfort(&mut self, ssrc: u32, timestamp: u32, level: u8) {
        if let Some(at) = self.place(ssrc, timestamp, false) {
            self.comfort = Some(Comfort {
                from: at,
                until: i64::MAX,
                level,
            });
        }
    }

    /// Takes note of a key: while one is told of, a telephone may send no audio, and that is no
    /// loss. The timestamp is that of the press, however long it lasts.
    pub(crate) fn handle_key(&mut self, ssrc: u32, timestamp: u32) {
        let distance = self.distance(timestamp);
        let ours = self.source.is_some_and(|source| source.ssrc == ssrc);
        if ours && distance.abs() <= JUMP {
            self.comfort.get_or_insert(Comfort {
                from: self.next + distance,
                until: i64::MAX,
                level: NO_NOISE,
            });
        }
    }

    /// The next 20 ms. To be called every 20 ms.
    pub(crate) fn poll_frame(&mut self) -> Pulled {
        let mut pulled = Pulled {
            samples: [None; FRAME],
            lost: false,
            comfort: None,
        };
        if self.source.is_none() {
            return pulled;
        }
        self.judge();
        if self.wanted == Wanted::Longer {
            // Holding back one frame makes all that follow wait 20 ms more.
            self.wanted = Wanted::Nothing;
            pulled.lost = true;
            return pulled;
        }
        if self.samples.len() > KEPT_MAX || (self.wanted == Wanted::Shorter && self.is_silent()) {
            self.wanted = Wanted::Nothing;
            self.advance();
        }
        for (slot, sample) in pulled.samples.iter_mut().zip(&self.samples) {
            *slot = *sample;
        }
        self.comfort = self.comfort.filter(|comfort| comfort.until > self.next);
        let end = self.next + FRAME as i64;
        let comfort = self.comfort.filter(|comfort| comfort.from < end);
        pulled.comfort = comfort.map(|comfort| comfort.level);
        let missing = pulled.samples.iter().any(Option::is_none);
        let paused = self.next > self.newest + PAUSE || comfort.is_some();
        pulled.lost = missing && !paused;
        self.advance();
        pulled
    }

    /// Where a packet belongs, having begun anew if it is of another source or time base.
    fn place(&mut self, ssrc: u32, timestamp: u32, begins: bool) -> Option<i64> {
        match self.source {
            Some(source) if source.before == Some(ssrc) && source.packets < WINDOW => return None,
            Some(ref mut source) if source.ssrc == ssrc => {
                source.packets = source.packets.saturating_add(1);
            }
            previous => {
                self.source = Some(Source {
                    ssrc,
                    before: previous.map(|source| source.ssrc),
                    packets: 0,
                });
                self.begin(timestamp);
            }
        }
        let distance = self.distance(timestamp);
        if distance.abs() <= JUMP {
            self.jumped = false;
            return Some(self.next + distance);
        }
        if !self.jumped && !begins {
            self.jumped = true;
            return None;
        }
        self.begin(timestamp);
        Some(self.next + DELAY_MIN)
    }

    /// How far a timestamp is from the next sample to give out: right as long as it is below half
    /// the circle of timestamps.
    fn distance(&self, timestamp: u32) -> i64 {
        i64::from(timestamp.wrapping_sub(self.next as u32) as i32)
    }

    /// Begins anew with the packet at `timestamp`, to be heard after the least delay.
    fn begin(&mut self, timestamp: u32) {
        self.samples.clear();
        self.samples.resize(DELAY_MIN as usize, Some(0));
        // A whole circle above zero, so that nothing is ever before the beginning of time.
        self.next = (1 << 32) + i64::from(timestamp) - DELAY_MIN;
        self.newest = self.next + DELAY_MIN;
        self.comfort = None;
        self.jumped = false;
        self.late_in_a_row = 0;
        self.seen = Seen::NONE;
        self.wanted = Wanted::Nothing;
    }

    fn keep(&mut self, slack: i64, samples: &[i16]) {
        for (n, &sample) in samples.iter().enumerate() {
            let Ok(index) = usize::try_from(slack + n as i64) else {
                continue;
            };
            if index >= self.samples.len() {
                self.samples.resize(index + 1, None);
            }
            // What was given once is not changed by a copy that says otherwise.
            self.samples[index].get_or_insert(sample);
        }
        let begins = self.next + slack;
        if let Some(comfort) = &mut self.comfort
            && begins >= comfort.from
        {
            comfort.until = comfort.until.min(begins);
        }
    }

    fn see(&mut self, slack: i64) {
        self.seen.arrivals += 1;
        self.seen.late += u32::from(slack < 0);
        self.seen.least = self.seen.least.min(slack);
        self.seen.most = self.seen.most.max(slack);
    }

    /// Decides from the last arrivals whether to wait longer or shorter.
    fn judge(&mut self) {
        let Seen {
            arrivals,
            late,
            least,
            most,
        } = self.seen;
        let frame = FRAME as i64;
        // Two late packets are no accident; a second one need not be waited for the window.
        if late >= 2 {
            if most + frame <= DELAY_MAX {
                self.wanted = Wanted::Longer;
            }
            self.seen = Seen::NONE;
        } else if arrivals >= WINDOW {
            let to_spare = late == 0 && least >= frame + frame / 2 && most >= DELAY_MIN + frame;
            self.wanted = if to_spare {
                Wanted::Shorter
            } else {
                Wanted::Nothing
            };
            self.seen = Seen::NONE;
        }
    }

    fn is_silent(&self) -> bool {
        self.samples.len() >= FRAME
            && self
                .samples
                .iter()
                .take(FRAME)
                .all(|sample| sample.is_some_and(|sample| sample.unsigned_abs() < SILENT as u16))
    }

    fn advance(&mut self) {
        let given = self.samples.len().min(FRAME);
        self.samples.drain(..given);
        self.next += FRAME as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Loud and never twice the same, so that order and completeness show.
    fn sample(n: usize) -> i16 {
        1_000 + (n % 30_000) as i16
    }

    fn audio(packets: usize, size: usize) -> Vec<Vec<i16>> {
        (0..packets)
            .map(|p| (p * size..(p + 1) * size).map(sample).collect())
            .collect()
    }

    /// Plays packets that each arrive `delays[n]` samples after they were sent; a negative delay
    /// is a lost packet. Returns what was given out, silence of the beginning left out.
    fn play(begin: u32, size: usize, packets: &[Vec<i16>], delays: &[i64]) -> Vec<Option<i16>> {
        let mut jitter = Jitter::new();
        let mut arriving: Vec<(i64, usize)> = delays
            .iter()
            .enumerate()
            .filter(|(_, delay)| **delay >= 0)
            .map(|(n, delay)| ((n * size) as i64 + delay, n))
            .collect();
        arriving.sort_unstable();
        let mut arriving = arriving.into_iter().peekable();
        let mut heard = Vec::new();
        let length = (packets.len() * size) as i64 + 4_000;
        for clock in (0..length).step_by(FRAME) {
            while let Some((_, n)) = arriving.next_if(|(at, _)| *at <= clock) {
                let timestamp = begin.wrapping_add((n * size) as u32);
                jitter.handle_audio(7, timestamp, n == 0, &packets[n]);
            }
            heard.extend_from_slice(&jitter.poll_frame().samples);
        }
        heard.retain(|sample| *sample != Some(0));
        heard
    }

    fn given(heard: &[Option<i16>]) -> Vec<i16> {
        heard.iter().flatten().copied().collect()
    }

    #[test]
    fn an_even_stream_comes_out_whole_for_every_packet_size() {
        for size in [80, 160, 240, 320] {
            let packets = audio(100, size);
            let heard = play(0, size, &packets, &[0; 100]);
            assert_eq!(given(&heard), packets.concat(), "{size} samples a packet");
        }
    }

    #[test]
    fn the_timestamp_may_wrap() {
        let packets = audio(100, 160);
        let heard = play(u32::MAX - 5_000, 160, &packets, &[0; 100]);
        assert_eq!(given(&heard), packets.concat());
    }

    #[test]
    fn a_lost_packet_leaves_a_hole_of_its_size_in_its_place() {
        let packets = audio(100, 240);
        let mut delays = [0; 100];
        delays[40] = -1;
        let heard = play(0, 240, &packets, &delays);
        let begin = heard.iter().position(Option::is_some).unwrap();
        let hole = &heard[begin + 40 * 240..begin + 41 * 240];
        assert!(hole.iter().all(Option::is_none));
        let expected: Vec<i16> = packets
            .iter()
            .enumerate()
            .filter(|(n, _)| *n != 40)
            .flat_map(|(_, packet)| packet.clone())
            .collect();
        assert_eq!(given(&heard), expected);
    }

    #[test]
    fn a_key_in_the_place_of_audio_is_no_loss_however_long_it_is_held() {
        let mut jitter = Jitter::new();
        let mut lost = 0;
        for n in 0..400u32 {
            if (50..250).contains(&n) {
                jitter.handle_key(1, 50 * 160);
            } else {
                jitter.handle_audio(1, n * 160, false, &[5; 160]);
            }
            lost += u32::from(jitter.poll_frame().lost);
        }
        assert_eq!(lost, 0);
        assert_eq!(jitter.poll_frame().samples[0], Some(5));
    }

    #[test]
    fn another_source_begins_anew_and_its_forerunner_stays_away() {
        let mut jitter = Jitter::new();
        jitter.handle_audio(1, 50_000, true, &[1; 160]);
        assert_eq!(jitter.handle_audio(2, 9, false, &[2; 160]), Arrival::Kept);
        assert_eq!(
            jitter.handle_audio(1, 50_160, false, &[1; 160]),
            Arrival::Ignored
        );
        let heard: Vec<i16> = (0..4)
            .flat_map(|_| jitter.poll_frame().samples)
            .flatten()
            .collect();
        assert_eq!(heard[heard.len() - 160..], [2; 160]);
        assert!(!heard.contains(&1));
    }

    #[test]
    fn one_mad_timestamp_changes_nothing_and_a_new_time_base_is_followed() {
        let mut jitter = Jitter::new();
        jitter.handle_audio(1, 1_000, true, &[1; 160]);
        assert_eq!(
            jitter.handle_audio(1, 900_000, false, &[9; 160]),
            Arrival::Ignored
        );
        assert_eq!(
            jitter.handle_audio(1, 1_160, false, &[1; 160]),
            Arrival::Kept
        );
        assert_eq!(
            jitter.handle_audio(1, 900_000, false, &[9; 160]),
            Arrival::Ignored
        );
        assert_eq!(
            jitter.handle_audio(1, 900_160, false, &[9; 160]),
            Arrival::Kept
        );
    }

    #[test]
    fn comfort_noise_fills_until_speech_returns() {
        let mut jitter = Jitter::new();
        jitter.handle_audio(1, 0, true, &[5; 160]);
        jitter.handle_comfort(1, 160, 60);
        let pulled: Vec<Pulled> = (0..20).map(|_| jitter.poll_frame()).collect();
        assert_eq!(pulled[19].comfort, Some(60));
        assert!(pulled.iter().all(|pulled| !pulled.lost));
        jitter.handle_audio(1, 20 * 160, true, &[6; 160]);
        let pulled: Vec<Pulled> = (0..4).map(|_| jitter.poll_frame()).collect();
        assert!(pulled.iter().any(|pulled| pulled.samples[0] == Some(6)));
        assert_eq!(pulled[3].comfort, None);
    }

    #[test]
    fn a_pause_without_comfort_noise_is_no_loss_for_long() {
        let mut jitter = Jitter::new();
        jitter.handle_audio(1, 0, true, &[5; 160]);
        let lost = (0..100).filter(|_| jitter.poll_frame().lost).count();
        assert!(lost <= 11, "{lost}");
    }

    /// How many samples wait at the end, with packets that come `early` of every 100 on time and
    /// the rest 90 ms late.
    fn waiting(packets: usize, late_every: usize, clock: f64) -> usize {
        let mut jitter = Jitter::new();
        let mut next = 0;
        let mut queue: Vec<(f64, usize)> = (0..packets)
            .map(|n| {
                let late = if late_every > 0 && n % late_every == 0 {
                    720.0
                } else {
                    0.0
                };
                ((n * 160) as f64 * clock + late, n)
            })
            .collect();
        queue.sort_by(|a, b| a.0.total_cmp(&b.0));
        for tick in 0..packets {
            while next < queue.len() && queue[next].0 <= (tick * 160) as f64 {
                let n = queue[next].1;
                jitter.handle_audio(1, (n * 160) as u32, n == 0, &[3; 160]);
                next += 1;
            }
            jitter.poll_frame();
        }
        jitter.samples.len()
    }

    #[test]
    fn the_delay_grows_with_lateness_and_shrinks_in_silence() {
        let calm = waiting(1_000, 0, 1.0);
        assert!((160..=320).contains(&calm), "{calm}");
        let rough = waiting(1_000, 10, 1.0);
        assert!((560..=960).contains(&rough), "{rough}");
    }

    #[test]
    fn a_clock_that_drifts_is_followed() {
        // 200 parts in a million is worse than any telephone.
        for clock in [0.9998, 1.0002] {
            let waiting = waiting(60_000, 0, clock);
            assert!(waiting <= 960, "{clock}: {waiting}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Delays within the buffer's least wait change nothing: all comes out, once, in order.
        #[test]
        fn jitter_within_the_wait_is_not_heard(
            begin: u32,
            size in prop::sample::select(vec![80usize, 160, 240]),
            delays in prop::collection::vec(0i64..=160, 60),
        ) {
            let packets = audio(60, size);
            // The first packet sets the time.
            let mut delays = delays;
            delays[0] = 0;
            let heard = play(begin, size, &packets, &delays);
            prop_assert_eq!(given(&heard), packets.concat());
        }

        /// Whatever is lost, late or out of order: what comes out is in order, and nothing twice.
        #[test]
        fn what_comes_out_is_in_order(
            begin: u32,
            delays in prop::collection::vec(-200i64..=1_200, 150),
        ) {
            let packets = audio(150, 160);
            let mut delays = delays;
            delays[0] = 0;
            let heard = given(&play(begin, 160, &packets, &delays));
            prop_assert!(heard.windows(2).all(|pair| pair[0] < pair[1]));
        }

        /// Any packets at all: never more kept than the bound, never a panic.
        #[test]
        fn memory_is_bounded(
            packets in prop::collection::vec(
                (0u32..3, any::<u32>(), any::<bool>(), 0usize..1_500, any::<bool>()), 0..300),
        ) {
            let mut jitter = Jitter::new();
            for (ssrc, timestamp, begins, size, polls) in packets {
                jitter.handle_audio(ssrc, timestamp, begins, &vec![1; size]);
                jitter.handle_comfort(ssrc, timestamp.wrapping_add(7), 40);
                if polls {
                    jitter.poll_frame();
                }
                prop_assert!(jitter.samples.len() <= JUMP as usize + 1_500 + 1);
            }
        }
    }
}
