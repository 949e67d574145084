//! The hub's end of a session: who speaks, what to look up and commit, what to answer.
//!
//! Sans-IO: a message becomes a [`Task`] for whoever holds the database, and what that found and
//! committed becomes an answer. The machine itself answers nothing that was not committed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::batch::{Item, unpack};
use crate::box_id::{BoxId, Epoch};
use crate::chain::{History, Step, link};
use crate::contact::{Contact, Generation, Greeting, Hello};
use crate::cursor::{ChainHash, Mark, Tag};
use crate::lane::{Lane, Seq};
use crate::message::{Ack, Batch, Message, Ready, Refuse, Single, Wait, Welcome, Why};

/// A box that says nothing for so long is gone.
pub const SILENCE: Duration = Duration::from_secs(120);

/// One session of the hub with a box.
#[derive(Debug)]
pub struct Receiver {
    /// As its certificate says.
    peer: BoxId,
    generation: Generation,
    nonce: Option<u64>,
    outbox: VecDeque<Message>,
    deadline: Instant,
}

/// Something to look up and commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Decide with [`crate::contact::greet`], then [`Receiver::handle_greeted`].
    Greet(Hello),
    /// Note with [`crate::contact::confirm`].
    Confirm(Epoch, Contact),
    /// Place with [`crate::chain::place`], then [`Receiver::handle_stored`].
    Store(Parcel),
}

/// Entries of one lane as they arrived, by whichever way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Whose.
    pub box_id: BoxId,
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// Number of the first.
    pub first: Seq,
    /// Tag of the entry before it.
    pub before: Tag,
    /// The entries.
    pub items: Vec<Item>,
    /// What proves them.
    pub proof: Proof,
}

/// How the entries of a parcel are proved to be what the card holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The last one's hash leads here.
    Tag(Tag),
    /// A single entry, kept whether or not its claimed hash is right.
    Claimed(ChainHash),
}

/// What became of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Committed, on this history.
    Kept(History),
    /// The entry before it is not here; the main chain ends at this mark.
    NoParent(Mark),
    /// Its entries do not lead to its proof.
    Broken,
}

/// A message that ends the session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// The certificate names another box.
    #[error("receive from box {peer}: its hello says box {said}")]
    OtherBox {
        /// By certificate.
        peer: BoxId,
        /// By hello.
        said: BoxId,
    },
    /// A message out of turn.
    #[error("receive from box {0}: a message out of turn")]
    OutOfTurn(BoxId),
}

impl Receiver {
    /// Begins a session with the box a certificate names.
    pub fn new(peer: BoxId, generation: Generation, now: Instant) -> Self {
        Self {
            peer,
            generation,
            nonce: None,
            outbox: VecDeque::new(),
            deadline: now + SILENCE,
        }
    }

    /// Takes a message; `None` if it was answered at once.
    ///
    /// # Errors
    /// If no honest box would have sent it.
    pub fn handle_message(
        &mut self,
        now: Instant,
        message: Message,
    ) -> Result<Option<Task>, ReceiveError> {
        self.deadline = now + SILENCE;
        match (self.nonce, message) {
            (None, Message::Hello(hello)) if hello.box_id == self.peer => {
                self.nonce = Some(hello.nonce);
                Ok(Some(Task::Greet(hello)))
            }
            (None, Message::Hello(hello)) => Err(ReceiveError::OtherBox {
                peer: self.peer,
                said: hello.box_id,
            }),
            (Some(_), Message::Ready(Ready { epoch, contact })) => {
                Ok(Some(Task::Confirm(epoch, contact)))
            }
            (Some(_), Message::Batch(batch)) => Ok(self.batch(&batch).map(Task::Store)),
            (Some(_), Message::Single(single)) => {
                Ok(Some(Task::Store(Parcel::single(self.peer, single))))
            }
            _ => Err(ReceiveError::OutOfTurn(self.peer)),
        }
    }

    /// A greeting is committed.
    pub fn handle_greeted(&mut self, greeting: Greeting, hub_ms: u64) {
        self.outbox.push_back(Message::Welcome(Welcome {
            nonce: self.nonce.unwrap_or_default(),
            generation: self.generation,
            contact: greeting.life.issued,
            epoch: greeting.epoch,
            hub_ms,
            resumes: greeting.resumes,
        }));
    }

    /// A parcel is committed, or was not taken. `last` is the mark of its last entry.
    pub fn handle_stored(&mut self, parcel: &Parcel, stored: Stored, last: Mark) {
        let (epoch, lane, first) = (parcel.epoch, parcel.lane, parcel.first);
        let refuse = |why| {
            Message::Refuse(Refuse {
                epoch,
                lane,
                first,
                why,
            })
        };
        self.outbox.push_back(match stored {
            Stored::Kept(history) => Message::Ack(Ack {
                generation: self.generation,
                epoch,
                lane,
                mark: last,
                branch: history == History::Branch,
            }),
            Stored::NoParent(main) => refuse(Why::NoParent(main)),
            Stored::Broken => refuse(Why::Broken),
        });
    }

    /// The hub has no room for this session now.
    pub fn handle_full(&mut self, retry_after: Duration) {
        let retry_after_s = u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX);
        self.outbox.push_back(Message::Wait(Wait { retry_after_s }));
    }

    /// What to transmit next.
    pub fn poll_transmit(&mut self) -> Option<Message> {
        self.outbox.pop_front()
    }

    /// When the box has been silent for too long.
    pub fn poll_timeout(&self) -> Instant {
        self.deadline
    }

    fn batch(&mut self, batch: &Batch) -> Option<Parcel> {
        let parcel = Parcel::batch(self.peer, batch);
        if parcel.is_none() {
            let (epoch, lane, first, why) = (batch.epoch, batch.lane, batch.first, Why::Broken);
            self.outbox.push_back(Message::Refuse(Refuse {
                epoch,
                lane,
                first,
                why,
            }));
        }
        parcel
    }
}

impl Parcel {
    /// The entries of a batch; `None` if it cannot be read.
    pub fn batch(box_id: BoxId, batch: &Batch) -> Option<Self> {
        let items = unpack(&batch.packed).ok()?;
        let whole = !items.is_empty() && batch.first.0 > 0;
        let last = batch.first.0.checked_add(items.len() as u64)?;
        (whole && i64::try_from(last).is_ok()).then_some(())?;
        Some(Self {
            box_id,
            epoch: batch.epoch,
            lane: batch.lane,
            first: batch.first,
            before: batch.before,
            items,
            proof: Proof::Tag(batch.after),
        })
    }

    fn single(box_id: BoxId, single: Single) -> Self {
        let (stamp, frame) = (single.stamp, single.frame);
        Self {
            box_id,
            epoch: single.epoch,
            lane: single.lane,
            first: single.seq,
            before: single.before,
            items: vec![Item { stamp, frame }],
            proof: Proof::Claimed(single.hash),
        }
    }

    /// Every entry's hash, given its parent's; `None` if they do not lead to the proof.
    pub fn hashes(&self, parent: &ChainHash) -> Option<Vec<ChainHash>> {
        if let Proof::Claimed(hash) = self.proof {
            return Some(vec![hash]);
        }
        let mut before = *parent;
        let numbered = (self.first.0..).map(Seq).zip(&self.items);
        let hashes: Vec<ChainHash> = numbered
            .map(|(seq, item)| {
                before = link(&before, seq, item.stamp, &item.frame);
                before
            })
            .collect();
        (self.proof == Proof::Tag(Tag::of(&before))).then_some(hashes)
    }

    /// True if an entry's hash is what the card claims and not what its bytes give.
    pub fn is_forced(&self, parent: &ChainHash) -> bool {
        let (Proof::Claimed(hash), [item]) = (self.proof, &self.items[..]) else {
            return false;
        };
        link(parent, self.first, item.stamp, &item.frame) != hash
    }

    /// The mark of the last entry.
    pub fn last(&self, hashes: &[ChainHash]) -> Mark {
        let seq = Seq(self.first.0 + (hashes.len() as u64).saturating_sub(1));
        let tag = hashes.last().map_or(self.before, Tag::of);
        Mark { seq, tag }
    }
}

/// On which history a parcel ended.
pub fn history_of(steps: &[Step]) -> History {
    if steps.contains(&Step::Branch) {
        History::Branch
    } else {
        History::Main
    }
}
