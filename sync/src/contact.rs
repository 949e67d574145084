//! First words of a session: is this the box it says it is, in which of its lives, and from where
//! does it go on?
//!
//! A card that was copied or set back speaks with the right key and a wrong history. Two things
//! give it away: the contact number, drawn by the hub at each session, which two copies cannot both
//! know; and the chain hashes. Either way the speaker gets a new epoch, in which no key can meet
//! another's, and what it wrote before is kept beside the other history.

use bincode::{Decode, Encode};

use crate::box_id::{BoxId, Epoch};
use crate::cursor::{Mark, Standing};
use crate::lane::Lane;

/// Which life of the hub's database: 1, and the time in seconds since 1970 (or one more than before)
/// whenever it is brought back from a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Generation(pub u32);

/// A number the hub draws at random for each session and the box keeps for the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Contact(pub u64);

/// A box's first words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Hello {
    /// Who.
    pub box_id: BoxId,
    /// The life in which it writes.
    pub epoch: Epoch,
    /// The generation of the hub it met last.
    pub generation: Generation,
    /// The contact number kept from that session; 0 before the first.
    pub contact: Contact,
    /// Comes back in the welcome, so that an old welcome is not taken for this one's.
    pub nonce: u64,
    /// The lanes of its current life, and those of older ones that are not drained.
    pub standings: Vec<Standing>,
}

/// What the hub remembers of one life of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    /// The hub's own generation when it drew `issued`.
    pub generation: Generation,
    /// The number drawn at the last session.
    pub issued: Contact,
    /// The last number the box has shown that it keeps.
    pub confirmed: Contact,
}

/// What the hub holds of one lane that a hello names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seen {
    /// The end of the main chain.
    pub main: Mark,
    /// Where the box's acknowledged entry is.
    pub acked: Place,
    /// Where the box's last entry is.
    pub head: Place,
}

/// Where the hub holds an entry. Number 0 is always on the main chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// On the main chain.
    Main,
    /// On a branch.
    Branch,
    /// Nowhere.
    Absent,
}

/// Everything the hub knows that a greeting depends on.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The hub's generation.
    pub generation: Generation,
    /// The highest epoch ever granted to this box or heard from it.
    pub latest: Epoch,
    /// The life the hello names, if it was met.
    pub life: Option<Life>,
    /// One for each standing of the hello, in its order.
    pub seen: &'a [Seen],
}

/// Why a box got a new epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alarm {
    /// It kept the number of an older session: it was set back, or it is a copy.
    OldContact,
    /// It has fewer entries than it once sent: it was set back.
    Behind,
    /// It has other entries than it once sent.
    Diverged,
}

/// Where a box goes on in one lane: a point of its own chain that the hub holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Origin {
    /// After its last entry: the hub has all.
    Head,
    /// After the entry it knows as acknowledged.
    Acked,
    /// From its first entry.
    Start,
}

/// The hub's offer for one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Resume {
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// What is certain.
    pub from: Origin,
    /// The end of the main chain: if the box has the same entry there, it goes on after it.
    pub main: Mark,
}

/// The hub's decision about a hello: to be written, committed, then told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The life in which the box writes from now on.
    pub epoch: Epoch,
    /// What the hub remembers of that life.
    pub life: Life,
    /// Why the life is a new one.
    pub alarm: Option<Alarm>,
    /// One for each standing.
    pub resumes: Vec<Resume>,
}

/// Decides about a hello. `fresh` is a number never drawn before.
pub fn greet(hello: &Hello, known: &Known<'_>, fresh: Contact) -> Greeting {
    let alarm = old_contact(hello, known).or_else(|| contradiction(hello, known.seen));
    let heard = hello.standings.iter().map(|standing| standing.epoch);
    // A hub that was set back has forgotten which epochs it granted. Its generation is a time in
    // seconds, so that it lies above all of them: a box is granted less than one a second.
    let forgotten = Epoch(known.generation.0);
    let latest = heard.chain([known.latest, hello.epoch, forgotten]).max();
    let (epoch, confirmed) = match alarm {
        // Never one that was granted before: that welcome may still arrive at somebody.
        Some(_) => (latest.unwrap_or(hello.epoch).next(), Contact::default()),
        None => (hello.epoch, hello.contact),
    };
    let life = Life {
        generation: known.generation,
        issued: fresh,
        confirmed,
    };
    let resumes = hello.standings.iter().zip(known.seen).map(offer).collect();
    Greeting {
        epoch,
        life,
        alarm,
        resumes,
    }
}

/// The life after the box has shown that it keeps a number.
#[must_use]
pub fn confirm(life: Life, shown: Contact) -> Life {
    let confirmed = if shown == life.issued {
        shown
    } else {
        life.confirmed
    };
    Life { confirmed, ..life }
}

/// A number that is neither the last drawn nor, while that is not confirmed, the one before.
///
/// Until it is confirmed the welcome may have been lost, and the box honestly keeps the older one.
/// After the hub itself was set back, numbers it drew in its lost days are unknown to it: then only
/// the chain can tell.
fn old_contact(hello: &Hello, known: &Known<'_>) -> Option<Alarm> {
    let life = known.life?;
    let judged = life.generation == known.generation;
    let right = hello.contact == life.issued || hello.contact == life.confirmed;
    (judged && !right).then_some(Alarm::OldContact)
}

fn contradiction(hello: &Hello, seen: &[Seen]) -> Option<Alarm> {
    let current = hello.standings.iter().zip(seen);
    current
        .filter(|(standing, _)| standing.epoch == hello.epoch)
        .find_map(|(standing, seen)| {
            let apart = |mark: Mark, place| match place {
                Place::Main => false,
                Place::Branch => true,
                Place::Absent => mark.seq <= seen.main.seq,
            };
            if apart(standing.head, seen.head) || apart(standing.acked, seen.acked) {
                Some(Alarm::Diverged)
            } else if standing.head.seq < seen.main.seq {
                Some(Alarm::Behind)
            } else {
                None
            }
        })
}

fn offer((standing, seen): (&Standing, &Seen)) -> Resume {
    let from = match (seen.head, seen.acked) {
        (Place::Main | Place::Branch, _) => Origin::Head,
        (Place::Absent, Place::Main | Place::Branch) => Origin::Acked,
        (Place::Absent, Place::Absent) => Origin::Start,
    };
    Resume {
        epoch: standing.epoch,
        lane: standing.lane,
        from,
        main: seen.main,
    }
}
