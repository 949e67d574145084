//! The journal: append inside the caller's transaction, read from a cursor.
//!
//! Each lane is numbered densely from 1 within an epoch, and each entry's hash covers the one
//! before it, so that a gap, a change or a second history cannot go unseen.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::box_id::{BoxId, Epoch};
use crate::chain::{genesis, link};
use crate::envelope::FrameError;
use crate::event::Event;
use crate::hlc::{Clock, Hlc, Stamp};
use crate::lane::{Lane, Seq};
use crate::limits::{READ_BYTES_MAX, READ_ENTRIES_MAX};

/// A journal of one box, opened. Holds no entries: those live in the caller's database.
#[derive(Debug)]
pub struct Journal {
    box_id: BoxId,
    epoch: Epoch,
    clock: Clock,
}

/// A fact as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its lane.
    pub lane: Lane,
    /// Its number in the lane.
    pub seq: Seq,
    /// When it happened.
    pub stamp: Stamp,
    /// The frame's bytes, exactly as hashed.
    pub frame: Vec<u8>,
    /// BLAKE3 over its key, stamp and frame and the hash before it.
    pub hash: [u8; 32],
}

/// Readings of the clocks when the box starts, handed in.
#[derive(Clone, Copy, Debug)]
pub struct StartClock {
    /// The operating system's time, in milliseconds since 1970.
    pub wall_ms: u64,
    /// Milliseconds since the box started.
    pub monotonic_ms: u64,
    /// When this program was built, in milliseconds since 1970.
    pub built_ms: u64,
}

/// Why the journal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite refused.
    #[error("use the journal: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The fact is larger than an entry may be.
    #[error("append to the journal: {0}")]
    Frame(#[from] FrameError),
    /// A row that this program did not write.
    #[error("read the journal: {what} in lane {lane} at {seq}")]
    Broken {
        /// What is wrong with it.
        what: &'static str,
        /// Number of its lane.
        lane: u8,
        /// Its number.
        seq: u64,
    },
}

impl Journal {
    /// Creates the tables if they are missing and starts a boot.
    ///
    /// `fresh` is the identity a new journal takes; an existing one keeps its own.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn open(
        transaction: &Transaction<'_>,
        fresh: BoxId,
        start: StartClock,
    ) -> Result<Self, JournalError> {
        transaction.execute_batch(include_str!("journal.sql"))?;
        let known = transaction
            .query_row(
                "SELECT box_id, epoch, boot, hlc FROM journal_identity",
                [],
                |row| {
                    let numbers: (u32, u32, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
                    Ok((row.get::<_, [u8; 16]>(0)?, numbers))
                },
            )
            .optional()?;
        let (box_id, (epoch, boot, hlc)) = known.unwrap_or((fresh.0, (Epoch::FIRST.0, 0, 0)));
        let boot = boot.saturating_add(1);
        transaction.execute(
            "INSERT INTO journal_identity (one, box_id, epoch, boot, hlc) VALUES (1, ?1, ?2, ?3, ?4)
             ON CONFLICT (one) DO UPDATE SET boot = excluded.boot",
            params![box_id, epoch, boot, hlc],
        )?;
        let last = Hlc(hlc.cast_unsigned());
        let clock = Clock::start(
            boot,
            start.wall_ms,
            start.monotonic_ms,
            last,
            start.built_ms,
        );
        Ok(Self {
            box_id: BoxId(box_id),
            epoch: Epoch(epoch),
            clock,
        })
    }

    /// Whose journal this is.
    pub fn box_id(&self) -> BoxId {
        self.box_id
    }

    /// Which life of the box.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Goes on in a life that is durable since [`Journal::adopt`] was committed.
    pub fn take_up(&mut self, epoch: Epoch) {
        self.epoch = epoch;
    }

    /// Takes the hub's time. The order of facts never goes back.
    pub fn set_clock(&mut self, hub_ms: u64, monotonic_ms: u64) {
        self.clock.set(hub_ms, monotonic_ms);
    }

    /// Time as believed, in milliseconds since 1970.
    pub fn now_ms(&self, monotonic_ms: u64) -> u64 {
        self.clock.physical_ms(monotonic_ms)
    }

    /// Appends a fact to its lane. Durable when the caller's transaction commits; if it is rolled
    /// back the entry and its number never were.
    ///
    /// # Errors
    /// If the fact is too large or SQLite refuses.
    pub fn append(
        &mut self,
        transaction: &Transaction<'_>,
        event: &Event,
        monotonic_ms: u64,
    ) -> Result<Entry, JournalError> {
        let lane = event.lane();
        let frame = event.to_frame()?.to_bytes()?;
        let (last, before) = self.head(transaction, lane)?;
        let (seq, stamp) = (last.next(), self.clock.stamp(monotonic_ms));
        let hash = link(&before, seq, stamp, &frame);
        transaction
            .prepare_cached(
                "INSERT INTO journal (epoch, lane, seq, hlc, boot, monotonic_ms, frame, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                self.epoch.0,
                lane.number(),
                seq.0.cast_signed(),
                stamp.hlc.0.cast_signed(),
                stamp.boot,
                stamp.monotonic_ms.cast_signed(),
                frame,
                hash
            ])?;
        transaction
            .prepare_cached("UPDATE journal_identity SET hlc = ?1")?
            .execute([stamp.hlc.0.cast_signed()])?;
        Ok(Entry {
            lane,
            seq,
            stamp,
            frame,
            hash,
        })
    }

    /// Number and chain hash of the last entry of a lane; zero and the genesis hash before the
    /// first.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn head(
        &self,
        connection: &Connection,
        lane: Lane,
    ) -> Result<(Seq, [u8; 32]), JournalError> {
        self.head_of(connection, self.epoch, lane)
    }

    /// The same of any life.
    pub(crate) fn head_of(
        &self,
        connection: &Connection,
        epoch: Epoch,
        lane: Lane,
    ) -> Result<(Seq, [u8; 32]), JournalError> {
        let head = connection
            .prepare_cached(
                "SELECT seq, hash FROM journal WHERE epoch = ?1 AND lane = ?2
                 ORDER BY seq DESC LIMIT 1",
            )?
            .query_row(params![epoch.0, lane.number()], |row| {
                Ok((Seq(row.get::<_, i64>(0)?.cast_unsigned()), row.get(1)?))
            })
            .optional()?;
        Ok(head.unwrap_or_else(|| (Seq(0), genesis(self.box_id, self.epoch, lane))))
    }

    /// Entries of a lane after a cursor, in order: at most [`READ_ENTRIES_MAX`] and
    /// [`READ_BYTES_MAX`], but always at least one if there is one.
    ///
    /// # Errors
    /// If SQLite refuses or a row is broken.
    pub fn read(
        &self,
        connection: &Connection,
        lane: Lane,
        after: Seq,
    ) -> Result<Vec<Entry>, JournalError> {
        self.read_of(connection, self.epoch, lane, after, READ_ENTRIES_MAX)
    }

    /// The same of any life, at most `entries_max`.
    pub(crate) fn read_of(
        &self,
        connection: &Connection,
        epoch: Epoch,
        lane: Lane,
        after: Seq,
        entries_max: usize,
    ) -> Result<Vec<Entry>, JournalError> {
        let mut statement = connection.prepare_cached(
            "SELECT seq, hlc, boot, monotonic_ms, frame, hash FROM journal
             WHERE epoch = ?1 AND lane = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4",
        )?;
        let limit = i64::try_from(entries_max.min(READ_ENTRIES_MAX)).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![
            epoch.0,
            lane.number(),
            after.0.cast_signed(),
            limit
        ])?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let entry = entry(row, lane)?;
            bytes += entry.frame.len();
            if bytes > READ_BYTES_MAX && !entries.is_empty() {
                break;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Recomputes every hash of a lane from its beginning and returns how many entries are whole.
    ///
    /// # Errors
    /// Naming the first entry that is missing or does not match.
    pub fn verify(&self, connection: &Connection, lane: Lane) -> Result<u64, JournalError> {
        let (mut last, mut before) = (Seq(0), genesis(self.box_id, self.epoch, lane));
        loop {
            let entries = self.read(connection, lane, last)?;
            if entries.is_empty() {
                return Ok(last.0);
            }
            for entry in entries {
                let broken = |what| JournalError::Broken {
                    what,
                    lane: lane.number(),
                    seq: entry.seq.0,
                };
                if entry.seq != last.next() {
                    return Err(broken("a gap before the entry"));
                }
                if link(&before, entry.seq, entry.stamp, &entry.frame) != entry.hash {
                    return Err(broken("a hash that does not match"));
                }
                (last, before) = (entry.seq, entry.hash);
            }
        }
    }
}

fn entry(row: &rusqlite::Row<'_>, lane: Lane) -> Result<Entry, JournalError> {
    let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let stamp = Stamp {
        hlc: Hlc(number(1)?),
        boot: row.get(2)?,
        monotonic_ms: number(3)?,
    };
    Ok(Entry {
        lane,
        seq: Seq(number(0)?),
        stamp,
        frame: row.get(4)?,
        hash: row.get(5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::WishV1;
    use crate::event::{EnrolmentV1, Reading};

    const START: StartClock = StartClock {
        wall_ms: 1_790_000_000_000,
        monotonic_ms: 0,
        built_ms: 1_780_000_000_000,
    };

    fn journal(connection: &mut Connection) -> Journal {
        let transaction = connection.transaction().unwrap();
        let journal = Journal::open(&transaction, BoxId([1; 16]), START).unwrap();
        transaction.commit().unwrap();
        journal
    }

    fn enrolment(course: &str) -> Event {
        Event::Enrolment(EnrolmentV1 {
            learner: 1,
            course: course.to_owned(),
            at_ms: 5,
        })
    }

    fn write(connection: &mut Connection, journal: &mut Journal, events: &[Event]) {
        let transaction = connection.transaction().unwrap();
        for event in events {
            journal.append(&transaction, event, 10).unwrap();
        }
        transaction.commit().unwrap();
    }

    #[test]
    fn what_is_appended_is_read_back_in_order_and_numbered_densely() {
        let mut connection = Connection::open_in_memory().unwrap();
        let mut journal = journal(&mut connection);
        let wish = Event::Wish(WishV1 {
            learner: None,
            wish: 0,
            at_ms: 5,
        });
        write(
            &mut connection,
            &mut journal,
            &[enrolment("a"), wish, enrolment("b")],
        );
        let entries = journal.read(&connection, Lane::Progress, Seq(0)).unwrap();
        let numbers: Vec<_> = entries.iter().map(|entry| entry.seq.0).collect();
        assert_eq!(numbers, [1, 2]);
        let frame = crate::envelope::Frame::from_bytes(&entries[1].frame).unwrap();
        assert_eq!(
            Event::from_frame(&frame),
            Ok(Reading::Known(enrolment("b")))
        );
        assert_eq!(
            journal
                .read(&connection, Lane::Control, Seq(0))
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            journal.read(&connection, Lane::Progress, Seq(1)).unwrap(),
            entries[1..]
        );
    }

    #[test]
    fn a_transaction_that_is_rolled_back_never_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        let mut journal = journal(&mut connection);
        let transaction = connection.transaction().unwrap();
        journal.append(&transaction, &enrolment("a"), 10).unwrap();
        transaction.rollback().unwrap();
        write(&mut connection, &mut journal, &[enrolment("b")]);
        assert_eq!(journal.verify(&connection, Lane::Progress).unwrap(), 1);
    }

    #[test]
    fn a_changed_or_missing_entry_is_found() {
        let events: Vec<_> = (0..20)
            .map(|number| enrolment(&format!("c{number}")))
            .collect();
        for fault in [
            "UPDATE journal SET frame = zeroblob(12) WHERE seq = 7",
            "UPDATE journal SET monotonic_ms = 11 WHERE seq = 7",
            "DELETE FROM journal WHERE seq = 7",
        ] {
            let mut connection = Connection::open_in_memory().unwrap();
            let mut journal = journal(&mut connection);
            write(&mut connection, &mut journal, &events);
            assert_eq!(journal.verify(&connection, Lane::Progress).unwrap(), 20);
            connection.execute(fault, []).unwrap();
            let found = journal
                .verify(&connection, Lane::Progress)
                .unwrap_err()
                .to_string();
            assert!(
                found.ends_with("at 7") || found.ends_with("at 8"),
                "{fault}: {found}"
            );
        }
    }

    #[test]
    fn the_order_goes_on_after_a_reboot_with_a_dead_clock() {
        let mut connection = Connection::open_in_memory().unwrap();
        let mut first = journal(&mut connection);
        write(&mut connection, &mut first, &[enrolment("a")]);
        let transaction = connection.transaction().unwrap();
        let dead = StartClock {
            wall_ms: 0,
            ..START
        };
        let mut second = Journal::open(&transaction, BoxId([9; 16]), dead).unwrap();
        second.append(&transaction, &enrolment("b"), 0).unwrap();
        transaction.commit().unwrap();
        assert_eq!(
            second.box_id(),
            BoxId([1; 16]),
            "a journal keeps its identity"
        );
        let entries = second.read(&connection, Lane::Progress, Seq(0)).unwrap();
        assert!(entries[0].stamp.hlc < entries[1].stamp.hlc);
        assert_ne!(entries[0].stamp.boot, entries[1].stamp.boot);
    }
}
