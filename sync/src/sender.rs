//! The box's end of a session: greet, send what the hub lacks by priority, take acknowledgements.
//!
//! Sans-IO: the caller hands in messages, journal entries and time, and polls until nothing comes.
//! It never waits for an acknowledgement before it sends more, within a window of bytes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::batch::{BatchError, Dialect, Item, pack};
use crate::box_id::Epoch;
use crate::chain::resume;
use crate::contact::{Contact, Generation, Hello};
use crate::cursor::{Mark, Standing, Tag};
use crate::journal::Entry;
use crate::lane::{Lane, Seq};
use crate::limits::{
    BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, FLIGHTS_MAX, LOW_WINDOW_BYTES, STRIKES_MAX, WINDOW_BYTES,
};
use crate::message::{Ack, Batch, Message, Ready, Refuse, Single, Welcome, Why};

/// With no word from the hub for so long the session is over: narrow links are slow, dead ones
/// silent.
pub const STALL: Duration = Duration::from_secs(90);

/// One session of a box.
#[derive(Debug)]
pub struct Sender {
    hello: Hello,
    allowance: Allowance,
    phase: Phase,
    generation: Generation,
    epoch: Epoch,
    streams: Vec<Stream>,
    outbox: VecDeque<Message>,
    acked: VecDeque<(Epoch, Lane, Mark)>,
    adoption: Option<Adoption>,
    renew: bool,
    deadline: Instant,
    dialect: Dialect,
}

/// Bytes each lane may still send today. Control and payments are never held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance(pub [u64; Lane::ALL.len()]);

/// What a welcome changes on the box: to be made durable in one transaction, then told to
/// [`Sender::handle_adopted`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The life in which the box writes from now on.
    pub epoch: Epoch,
    /// For the next session.
    pub contact: Contact,
    /// The hub's.
    pub generation: Generation,
    /// The hub's time, in milliseconds since 1970.
    pub hub_ms: u64,
    /// The hub was set back: every mark acknowledged before is void, also of lives that were drained
    /// and are told to nobody.
    pub forget: bool,
}

/// Entries that the sender wants read from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// After this number.
    pub after: Seq,
    /// Up to this one.
    pub upto: Seq,
    /// At most so many.
    pub entries_max: usize,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that may be sent is durable at the hub.
    Drained {
        /// Greet again soon: the box wrote beside another history and gets a life of its own, or the
        /// hub was set back and is offered older lives again.
        renew: bool,
        /// Entries kept back by an allowance or a broken journal.
        left: u64,
    },
    /// The hub asked to come again later.
    Wait(Duration),
    /// Nothing was heard for [`STALL`].
    Stalled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Greeting,
    Adopting,
    Open,
    Over(Outcome),
}

#[derive(Debug)]
struct Stream {
    standing: Standing,
    sent: Mark,
    flights: VecDeque<Flight>,
    entries_max: usize,
    single: bool,
    strikes: u32,
    stuck: bool,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    before: Mark,
    last: Mark,
    bytes: usize,
}

impl Allowance {
    /// Nothing is held back.
    pub const UNLIMITED: Self = Self([u64::MAX; Lane::ALL.len()]);

    fn allows(&self, lane: Lane) -> bool {
        self.left(lane) > 0
    }

    fn left(&self, lane: Lane) -> u64 {
        match lane {
            Lane::Control | Lane::Payments => u64::MAX,
            lane => self.0[usize::from(lane.number())],
        }
    }

    fn spend(&mut self, lane: Lane, bytes: usize) {
        let left = &mut self.0[usize::from(lane.number())];
        if *left != u64::MAX {
            *left = left.saturating_sub(bytes as u64);
        }
    }

    fn close(&mut self, lane: Lane) {
        self.0[usize::from(lane.number())] = 0;
    }
}

impl Sender {
    /// Begins a session; the hello is the first thing to transmit.
    pub fn new(hello: Hello, allowance: Allowance, now: Instant) -> Self {
        let outbox = VecDeque::from([Message::Hello(hello.clone())]);
        Self {
            allowance,
            phase: Phase::Greeting,
            generation: hello.generation,
            epoch: hello.epoch,
            streams: Vec::new(),
            outbox,
            acked: VecDeque::new(),
            adoption: None,
            renew: false,
            deadline: now + STALL,
            dialect: Dialect::First,
            hello,
        }
    }

    /// The hub reads these codings.
    #[must_use]
    pub fn speaking(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Takes a message of the hub. `own` tells the tag of the box's own entry at a number, the
    /// genesis tag at 0. Messages that do not fit are passed over: they are of another session.
    pub fn handle_message(
        &mut self,
        now: Instant,
        message: &Message,
        own: impl Fn(Epoch, Lane, Seq) -> Option<Tag>,
    ) {
        match (self.phase, message) {
            (Phase::Greeting, Message::Welcome(welcome)) if welcome.nonce == self.hello.nonce => {
                self.welcome(welcome, own);
            }
            (Phase::Open, Message::Ack(ack)) if ack.generation == self.generation => self.ack(ack),
            (Phase::Open, Message::Refuse(refuse)) => self.refuse(refuse, own),
            (Phase::Over(_), _) => return,
            (_, Message::Wait(wait)) => {
                let after = Duration::from_secs(u64::from(wait.retry_after_s));
                self.phase = Phase::Over(Outcome::Wait(after));
            }
            _ => return,
        }
        self.deadline = now + STALL;
    }

    /// The adoption is durable.
    pub fn handle_adopted(&mut self, now: Instant) {
        if self.phase == Phase::Adopting {
            self.phase = Phase::Open;
            self.deadline = now + STALL;
        }
    }

    /// Entries that were wanted, in order from the one after [`Want::after`].
    ///
    /// # Errors
    /// If they cannot be packed: then the stream is left for this session.
    pub fn handle_entries(&mut self, want: &Want, entries: &[Entry]) -> Result<(), BatchError> {
        let wanted = |stream: &&mut Stream| {
            let standing = stream.standing;
            (standing.epoch, standing.lane, stream.sent.seq) == (want.epoch, want.lane, want.after)
        };
        let Some(stream) = self.streams.iter_mut().find(wanted) else {
            return Ok(());
        };
        let mut bytes = 0;
        let fits = |(entry, seq): &(&Entry, u64)| {
            bytes += entry.frame.len();
            entry.seq.0 == *seq && entry.seq <= want.upto && bytes <= BATCH_BYTES_MAX
        };
        let numbered = entries.iter().zip(want.after.0 + 1..);
        let taken: Vec<&Entry> = numbered
            .take(want.entries_max)
            .take_while(fits)
            .map(|(entry, _)| entry)
            .collect();
        if taken.is_empty() {
            // The journal has a hole; what lies behind it cannot be proved.
            stream.stuck = true;
            return Ok(());
        }
        let left = self.allowance.left(want.lane);
        let (message, last, bytes) = match stream.fitting(taken, left, self.dialect) {
            Ok(Some(made)) => made,
            Ok(None) => {
                // Not even one entry fits into what is left of the day.
                self.allowance.close(want.lane);
                return Ok(());
            }
            Err(error) => {
                stream.stuck = true;
                return Err(error);
            }
        };
        let before = stream.sent;
        stream.sent = last;
        stream.flights.push_back(Flight {
            before,
            last,
            bytes,
        });
        self.allowance.spend(want.lane, bytes);
        self.outbox.push_back(message);
        Ok(())
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if now >= self.deadline && !matches!(self.phase, Phase::Over(_)) {
            self.phase = Phase::Over(Outcome::Stalled);
        }
    }

    /// When [`Sender::handle_timeout`] should be called.
    pub fn poll_timeout(&self) -> Instant {
        self.deadline
    }

    /// What to make durable.
    pub fn poll_adoption(&mut self) -> Option<Adoption> {
        self.adoption.take()
    }

    /// What to transmit next.
    pub fn poll_transmit(&mut self) -> Option<Message> {
        self.outbox.pop_front()
    }

    /// What the hub holds by now: worth remembering, but not worth a flush of its own.
    pub fn poll_acked(&mut self) -> Option<(Epoch, Lane, Mark)> {
        self.acked.pop_front()
    }

    /// What to read from the journal next: the highest lane with room to send.
    pub fn poll_want(&self) -> Option<Want> {
        if self.phase != Phase::Open {
            return None;
        }
        let flying = |streams: &[Stream], low: bool| -> usize {
            let counted = streams.iter().filter(|stream| !low || stream.is_low());
            counted.map(Stream::flying_bytes).sum()
        };
        let room = flying(&self.streams, false) < WINDOW_BYTES;
        let low_room = flying(&self.streams, true) < LOW_WINDOW_BYTES;
        let ready = |stream: &&Stream| {
            stream.has_more()
                && stream.flights.len() < FLIGHTS_MAX
                && self.allowance.allows(stream.standing.lane)
                && room
                && (low_room || !stream.is_low())
        };
        let stream = self.streams.iter().find(ready)?;
        Some(Want {
            epoch: stream.standing.epoch,
            lane: stream.standing.lane,
            after: stream.sent.seq,
            upto: stream.standing.head.seq,
            entries_max: stream.entries_max,
        })
    }

    /// Set once the session is over.
    pub fn poll_outcome(&self) -> Option<Outcome> {
        match self.phase {
            Phase::Over(outcome) => Some(outcome),
            Phase::Open if self.outbox.is_empty() => {
                let done = |stream: &Stream| {
                    let held = stream.stuck || !self.allowance.allows(stream.standing.lane);
                    stream.flights.is_empty() && (held || !stream.has_more())
                };
                let left = |stream: &Stream| stream.standing.head.seq.0 - stream.sent.seq.0;
                self.streams.iter().all(done).then(|| Outcome::Drained {
                    renew: self.renew,
                    left: self.streams.iter().map(left).sum(),
                })
            }
            _ => None,
        }
    }

    /// What is left of the allowance.
    pub fn allowance(&self) -> Allowance {
        self.allowance
    }

    fn welcome(&mut self, welcome: &Welcome, own: impl Fn(Epoch, Lane, Seq) -> Option<Tag>) {
        for standing in &self.hello.standings {
            let (epoch, lane) = (standing.epoch, standing.lane);
            let mut offers = welcome.resumes.iter();
            let offer = offers.find(|offer| (offer.epoch, offer.lane) == (epoch, lane));
            let from = offer.and_then(|offer| resume(offer, standing, |seq| own(epoch, lane, seq)));
            if let Some(sent) = from {
                self.acked.push_back((epoch, lane, sent));
                self.streams.push(Stream::new(*standing, sent));
            }
        }
        // Highest lane first, and within it the oldest life.
        self.streams
            .sort_by_key(|stream| (stream.standing.lane, stream.standing.epoch));
        let met = self.hello.generation != Generation::default();
        let forget = met && welcome.generation != self.hello.generation;
        (self.epoch, self.generation) = (welcome.epoch, welcome.generation);
        self.adoption = Some(Adoption {
            epoch: welcome.epoch,
            contact: welcome.contact,
            generation: welcome.generation,
            hub_ms: welcome.hub_ms,
            forget,
        });
        // Lives that this hello did not name are offered in the next.
        self.renew |= forget;
        self.outbox.push_back(Message::Ready(Ready {
            epoch: welcome.epoch,
            contact: welcome.contact,
        }));
        self.phase = Phase::Adopting;
    }

    fn ack(&mut self, ack: &Ack) {
        let Some(stream) = self.stream(ack.epoch, ack.lane) else {
            return;
        };
        let mut flights = stream.flights.iter();
        let Some(index) = flights.position(|flight| flight.last == ack.mark) else {
            return;
        };
        stream.flights.drain(..=index);
        stream.entries_max = (stream.entries_max * 2).min(BATCH_ENTRIES_MAX);
        stream.single = false;
        self.renew |= ack.branch && ack.epoch == self.epoch;
        self.acked.push_back((ack.epoch, ack.lane, ack.mark));
    }

    fn refuse(&mut self, refuse: &Refuse, own: impl Fn(Epoch, Lane, Seq) -> Option<Tag>) {
        let (epoch, lane) = (refuse.epoch, refuse.lane);
        let Some(stream) = self.stream(epoch, lane) else {
            return;
        };
        let mut flights = stream.flights.iter();
        let Some(index) = flights.position(|flight| flight.before.seq.next() == refuse.first)
        else {
            return;
        };
        let refused = stream.flights[index];
        stream.flights.truncate(index);
        stream.strikes += 1;
        stream.stuck = stream.strikes > STRIKES_MAX;
        match refuse.why {
            Why::Broken => {
                let entries = refused.last.seq.0 - refused.before.seq.0;
                // Halved until the broken one stands alone; then it goes as it lies on the card.
                stream.single = entries == 1;
                let half = usize::try_from(entries / 2).unwrap_or(BATCH_ENTRIES_MAX);
                stream.entries_max = half.clamp(1, BATCH_ENTRIES_MAX);
                stream.sent = refused.before;
            }
            Why::NoParent(main) => {
                let shared = own(epoch, lane, main.seq) == Some(main.tag);
                let start = own(epoch, lane, Seq(0)).map(|tag| Mark { seq: Seq(0), tag });
                match (shared && main.seq <= stream.standing.head.seq, start) {
                    (true, _) => stream.sent = main,
                    (false, Some(start)) => stream.sent = start,
                    (false, None) => stream.stuck = true,
                }
            }
        }
    }

    fn stream(&mut self, epoch: Epoch, lane: Lane) -> Option<&mut Stream> {
        let mut streams = self.streams.iter_mut();
        streams.find(|stream| (stream.standing.epoch, stream.standing.lane) == (epoch, lane))
    }
}

impl Stream {
    fn new(standing: Standing, sent: Mark) -> Self {
        Self {
            standing,
            sent,
            flights: VecDeque::new(),
            entries_max: BATCH_ENTRIES_MAX,
            single: false,
            strikes: 0,
            stuck: false,
        }
    }

    fn has_more(&self) -> bool {
        !self.stuck && self.sent.seq < self.standing.head.seq
    }

    fn is_low(&self) -> bool {
        self.standing.lane >= Lane::Telemetry
    }

    fn flying_bytes(&self) -> usize {
        self.flights.iter().map(|flight| flight.bytes).sum()
    }

    /// As many of the entries as fit into so many bytes; none if not even one does.
    fn fitting(
        &self,
        mut entries: Vec<&Entry>,
        bytes_max: u64,
        dialect: Dialect,
    ) -> Result<Option<(Message, Mark, usize)>, BatchError> {
        while let Some(last) = entries.last() {
            let last = Mark::new(last.seq, &last.hash);
            let (message, bytes) = self.message(&entries, last, dialect)?;
            if bytes as u64 <= bytes_max {
                return Ok(Some((message, last, bytes)));
            }
            // Smaller batches cost more by the entry: an eighth less than would fit by the rule of
            // three.
            let fit = entries.len() as u64 * bytes_max / bytes as u64 * 7 / 8;
            let fit = (fit as usize).min(entries.len() - 1);
            entries.truncate(if fit == 0 && entries.len() > 1 {
                1
            } else {
                fit
            });
        }
        Ok(None)
    }

    fn message(
        &self,
        entries: &[&Entry],
        last: Mark,
        dialect: Dialect,
    ) -> Result<(Message, usize), BatchError> {
        let Standing { epoch, lane, .. } = self.standing;
        let before = self.sent.tag;
        if let ([entry], true) = (entries, self.single) {
            let (seq, stamp, hash) = (entry.seq, entry.stamp, entry.hash);
            let frame = entry.frame.clone();
            let bytes = frame.len() + hash.len();
            let single = Single {
                epoch,
                lane,
                seq,
                before,
                stamp,
                frame,
                hash,
            };
            return Ok((Message::Single(single), bytes));
        }
        let item = |entry: &&Entry| Item {
            stamp: entry.stamp,
            frame: entry.frame.clone(),
        };
        let packed = pack(&entries.iter().map(item).collect::<Vec<_>>(), dialect)?;
        let bytes = packed.payload.len() + crate::message::BATCH_AROUND_BYTES;
        let (first, after) = (self.sent.seq.next(), last.tag);
        let batch = Batch {
            epoch,
            lane,
            first,
            before,
            after,
            packed,
        };
        Ok((Message::Batch(batch), bytes))
    }
}
