//! The hub: sessions in memory, rows on a disk that keeps what was committed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sync::box_id::Epoch;
use sync::chain::{History, Parent, Step, genesis, place};
use sync::contact::{
    Contact, Generation, Greeting, Hello, Known, Life, Place, Seen, confirm, greet,
};
use sync::cursor::{ChainHash, Mark, Tag};
use sync::lane::{Lane, Seq};
use sync::message::Message;
use sync::receiver::{Parcel, Receiver, Stored, Task, history_of};

use crate::auditor::HubRow;
use crate::card::BOX;
use crate::plan::Break;

type Row = (ChainHash, Vec<u8>);

/// What is committed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) generation: Generation,
    latest: u32,
    lives: BTreeMap<Epoch, Life>,
    main: BTreeMap<(Epoch, Lane), Vec<Row>>,
    branches: BTreeMap<(Epoch, Lane, Seq, ChainHash), Vec<u8>>,
}

#[derive(Debug)]
pub(crate) struct Central {
    pub(crate) rows: Rows,
    sessions: BTreeMap<u64, Receiver>,
    built: Break,
}

/// Work that waits for its commit.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) session: u64,
    task: Task,
}

impl Central {
    pub(crate) fn new(rows: Rows, built: Break) -> Self {
        Self {
            rows,
            sessions: BTreeMap::new(),
            built,
        }
    }

    /// Takes a message; answers that need no commit, and work that does.
    pub(crate) fn hear(
        &mut self,
        session: u64,
        message: Message,
        now: Instant,
    ) -> (Vec<Message>, Option<Pending>) {
        let generation = self.rows.generation;
        if matches!(message, Message::Hello(_)) {
            let begin = || Receiver::new(BOX, generation, now);
            self.sessions.entry(session).or_insert_with(begin);
        }
        let Some(receiver) = self.sessions.get_mut(&session) else {
            return (Vec::new(), None);
        };
        let Ok(task) = receiver.handle_message(now, message) else {
            // Doubled or overtaken: a connection would have kept the order, so this one is over.
            self.sessions.remove(&session);
            return (Vec::new(), None);
        };
        let early = self.built == Break::AckBeforeCommit;
        if let (Some(Task::Store(parcel)), true) = (&task, early) {
            let (stored, last) = self.rows.clone().keep(parcel, Break::Nothing);
            receiver.handle_stored(parcel, stored, last);
        }
        let answers = std::iter::from_fn(|| receiver.poll_transmit()).collect();
        (answers, task.map(|task| Pending { session, task }))
    }

    /// Commits; the answers that follow.
    pub(crate) fn commit(&mut self, pending: &Pending, fresh: u64, hub_ms: u64) -> Vec<Message> {
        let built = self.built;
        let greeting = match &pending.task {
            Task::Greet(hello) => Some(self.rows.greet(hello, Contact(fresh), built)),
            Task::Confirm(epoch, contact) => {
                if let Some(life) = self.rows.lives.get_mut(epoch) {
                    *life = confirm(*life, *contact);
                }
                None
            }
            Task::Store(_) => None,
        };
        let kept = match &pending.task {
            Task::Store(parcel) => Some(self.rows.keep(parcel, built)),
            Task::Greet(_) | Task::Confirm(..) => None,
        };
        let Some(receiver) = self.sessions.get_mut(&pending.session) else {
            return Vec::new();
        };
        if let Some(greeting) = greeting {
            receiver.handle_greeted(greeting, hub_ms);
        }
        if let (Some((stored, last)), Task::Store(parcel)) = (kept, &pending.task)
            && built != Break::AckBeforeCommit
        {
            receiver.handle_stored(parcel, stored, last);
        }
        std::iter::from_fn(|| receiver.poll_transmit()).collect()
    }

    /// A session that was silent for too long is forgotten.
    pub(crate) fn forget_silent(&mut self, now: Instant) {
        self.sessions
            .retain(|_, receiver| receiver.poll_timeout() + Duration::from_secs(1) > now);
    }
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self {
            generation: Generation(1),
            ..Self::default()
        }
    }

    pub(crate) fn audited(&self) -> Vec<HubRow> {
        let main = self.main.iter().flat_map(|((epoch, lane), rows)| {
            rows.iter().zip(1..).map(|((_, frame), seq)| HubRow {
                epoch: epoch.0,
                lane: lane.number(),
                seq,
                main: true,
                frame: frame.clone(),
            })
        });
        let branches = self
            .branches
            .iter()
            .map(|((epoch, lane, seq, _), frame)| HubRow {
                epoch: epoch.0,
                lane: lane.number(),
                seq: seq.0,
                main: false,
                frame: frame.clone(),
            });
        main.chain(branches).collect()
    }

    fn end(&self, epoch: Epoch, lane: Lane) -> Mark {
        let rows = self.main.get(&(epoch, lane)).map_or(&[][..], |rows| rows);
        let genesis = genesis(BOX, epoch, lane);
        let hash = rows.last().map_or(&genesis, |(hash, _)| hash);
        Mark::new(Seq(rows.len() as u64), hash)
    }

    fn parent(&self, epoch: Epoch, lane: Lane, mark: Mark) -> Option<Parent> {
        let (hash, history) = (genesis(BOX, epoch, lane), History::Main);
        let Some(index) = mark.seq.0.checked_sub(1) else {
            return (Tag::of(&hash) == mark.tag).then_some(Parent { hash, history });
        };
        let main = self
            .main
            .get(&(epoch, lane))
            .and_then(|rows| rows.get(index as usize));
        if let Some((hash, _)) = main.filter(|(hash, _)| Tag::of(hash) == mark.tag) {
            return Some(Parent {
                hash: *hash,
                history,
            });
        }
        let from = (epoch, lane, mark.seq, [0; 32]);
        let upto = (epoch, lane, mark.seq, [255; 32]);
        let mut branch = self
            .branches
            .range(from..=upto)
            .map(|((.., hash), _)| *hash);
        let hash = branch.find(|hash| Tag::of(hash) == mark.tag)?;
        let history = History::Branch;
        Some(Parent { hash, history })
    }

    fn greet(&mut self, hello: &Hello, fresh: Contact, built: Break) -> Greeting {
        let place = |epoch, lane, mark| match self.parent(epoch, lane, mark) {
            Some(Parent {
                history: History::Main,
                ..
            }) => Place::Main,
            Some(_) => Place::Branch,
            None => Place::Absent,
        };
        let seen: Vec<Seen> = hello
            .standings
            .iter()
            .map(|standing| Seen {
                main: self.end(standing.epoch, standing.lane),
                acked: place(standing.epoch, standing.lane, standing.acked),
                head: place(standing.epoch, standing.lane, standing.head),
            })
            .collect();
        let known = Known {
            generation: self.generation,
            latest: Epoch(self.latest),
            life: self.lives.get(&hello.epoch).copied(),
            seen: &seen,
        };
        let mut greeting = greet(hello, &known, fresh);
        if built == Break::ReusedEpoch {
            greeting.epoch = hello.epoch;
        }
        self.lives.insert(greeting.epoch, greeting.life);
        self.latest = self.latest.max(greeting.epoch.0);
        greeting
    }

    fn keep(&mut self, parcel: &Parcel, built: Break) -> (Stored, Mark) {
        let (epoch, lane) = (parcel.epoch, parcel.lane);
        let before = Mark {
            seq: Seq(parcel.first.0 - 1),
            tag: parcel.before,
        };
        let Some(parent) = self.parent(epoch, lane, before) else {
            return (Stored::NoParent(self.end(epoch, lane)), before);
        };
        let Some(hashes) = parcel.hashes(&parent.hash) else {
            return (Stored::Broken, before);
        };
        let main = self.main.entry((epoch, lane)).or_default();
        let stored = |seq: Seq| {
            let there = main.get(seq.0 as usize - 1).map(|(hash, _)| *hash);
            let claimed = hashes.get((seq.0 - parcel.first.0) as usize).copied();
            if built == Break::NoHashCompare {
                there.and(claimed)
            } else {
                there
            }
        };
        let steps = place(parent.history, parcel.first, &hashes, stored);
        for (index, step) in steps.iter().enumerate() {
            let (hash, frame) = (hashes[index], parcel.items[index].frame.clone());
            let seq = Seq(parcel.first.0 + index as u64);
            match step {
                Step::Same => {}
                Step::Main => main.push((hash, frame)),
                Step::Branch => {
                    self.branches.insert((epoch, lane, seq, hash), frame);
                }
            }
        }
        (Stored::Kept(history_of(&steps)), parcel.last(&hashes))
    }
}
