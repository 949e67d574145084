//! What a box remembers of the hub, beside its journal: the contact, and how far each lane is there.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::box_id::Epoch;
use crate::chain::genesis;
use crate::contact::{Contact, Generation, Hello};
use crate::cursor::{ChainHash, Mark, Standing, Tag};
use crate::journal::{Entry, Journal, JournalError};
use crate::lane::{Lane, Seq};
use crate::limits::STANDINGS_MAX;
use crate::sender::{Adoption, Want};

impl Journal {
    /// The first words of a session. `nonce` is drawn for it.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn hello(&self, connection: &Connection, nonce: u64) -> Result<Hello, JournalError> {
        let kept = connection
            .prepare_cached("SELECT generation, contact FROM journal_contact")?
            .query_row([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        let (generation, contact) = kept.unwrap_or_default();
        Ok(Hello {
            box_id: self.box_id(),
            epoch: self.epoch(),
            generation: Generation(generation),
            contact: Contact(contact.cast_unsigned()),
            nonce,
            standings: self.standings(connection)?,
        })
    }

    /// The lanes of this life, and those of older ones that are not drained, newest life first.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn standings(&self, connection: &Connection) -> Result<Vec<Standing>, JournalError> {
        let mut standings = Vec::new();
        let newest = connection
            .prepare_cached("SELECT max(epoch) FROM journal")?
            .query_row([], |row| row.get::<_, Option<u32>>(0))?;
        let mut epoch = newest.map(Epoch);
        while let Some(life) = epoch {
            for lane in Lane::ALL {
                let (seq, hash) = self.head_of(connection, life, lane)?;
                let (head, acked) = (Mark::new(seq, &hash), self.acked(connection, life, lane)?);
                let drained = life != self.epoch() && head == acked;
                if seq > Seq(0) && !drained && standings.len() < STANDINGS_MAX {
                    standings.push(Standing {
                        epoch: life,
                        lane,
                        head,
                        acked,
                    });
                }
            }
            epoch = connection
                .prepare_cached("SELECT max(epoch) FROM journal WHERE epoch < ?1")?
                .query_row([life.0], |row| row.get::<_, Option<u32>>(0))?
                .map(Epoch);
        }
        Ok(standings)
    }

    /// The tag of an entry; the genesis tag at 0.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn tag(
        &self,
        connection: &Connection,
        epoch: Epoch,
        lane: Lane,
        seq: Seq,
    ) -> Result<Option<Tag>, JournalError> {
        if seq == Seq(0) {
            return Ok(Some(Tag::of(&genesis(self.box_id(), epoch, lane))));
        }
        let hash = connection
            .prepare_cached("SELECT hash FROM journal WHERE epoch = ?1 AND lane = ?2 AND seq = ?3")?
            .query_row(
                params![epoch.0, lane.number(), seq.0.cast_signed()],
                |row| row.get::<_, ChainHash>(0),
            )
            .optional()?;
        Ok(hash.as_ref().map(Tag::of))
    }

    /// The entries a sender wants.
    ///
    /// # Errors
    /// If SQLite refuses or a row is broken.
    pub fn wanted(&self, connection: &Connection, want: &Want) -> Result<Vec<Entry>, JournalError> {
        self.read_of(
            connection,
            want.epoch,
            want.lane,
            want.after,
            want.entries_max,
        )
    }

    /// Writes what a welcome changes. After the commit, [`Journal::take_up`].
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn adopt(transaction: &Transaction<'_>, adoption: &Adoption) -> Result<(), JournalError> {
        transaction.execute("UPDATE journal_identity SET epoch = ?1", [adoption.epoch.0])?;
        if adoption.forget {
            transaction.execute("DELETE FROM journal_acked", [])?;
        }
        transaction.execute(
            "INSERT INTO journal_contact (one, generation, contact) VALUES (1, ?1, ?2)
             ON CONFLICT (one) DO UPDATE SET generation = excluded.generation, contact = excluded.contact",
            params![adoption.generation.0, adoption.contact.0.cast_signed()],
        )?;
        Ok(())
    }

    /// Notes how far the hub is.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn keep_acked(
        transaction: &Transaction<'_>,
        (epoch, lane, mark): (Epoch, Lane, Mark),
    ) -> Result<(), JournalError> {
        transaction
            .prepare_cached(
                "INSERT INTO journal_acked (epoch, lane, seq, tag) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (epoch, lane) DO UPDATE SET seq = excluded.seq, tag = excluded.tag",
            )?
            .execute(params![
                epoch.0,
                lane.number(),
                mark.seq.0.cast_signed(),
                mark.tag.0
            ])?;
        Ok(())
    }

    fn acked(
        &self,
        connection: &Connection,
        epoch: Epoch,
        lane: Lane,
    ) -> Result<Mark, JournalError> {
        let kept = connection
            .prepare_cached("SELECT seq, tag FROM journal_acked WHERE epoch = ?1 AND lane = ?2")?
            .query_row(params![epoch.0, lane.number()], |row| {
                let seq = Seq(row.get::<_, i64>(0)?.cast_unsigned());
                Ok(Mark {
                    seq,
                    tag: Tag(row.get(1)?),
                })
            })
            .optional()?;
        let start = Mark::new(Seq(0), &genesis(self.box_id(), epoch, lane));
        Ok(kept.unwrap_or(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::box_id::BoxId;
    use crate::event::{EnrolmentV1, Event};
    use crate::journal::StartClock;

    const START: StartClock = StartClock {
        wall_ms: 1_790_000_000_000,
        monotonic_ms: 0,
        built_ms: 1_780_000_000_000,
    };

    fn write(connection: &mut Connection, journal: &mut Journal, course: &str) {
        let transaction = connection.transaction().unwrap();
        let event = Event::Enrolment(EnrolmentV1 {
            learner: 1,
            course: course.to_owned(),
            at_ms: 5,
        });
        journal.append(&transaction, &event, 10).unwrap();
        transaction.commit().unwrap();
    }

    #[test]
    fn a_new_life_begins_beside_what_the_old_one_still_has_to_send() {
        let mut connection = Connection::open_in_memory().unwrap();
        let transaction = connection.transaction().unwrap();
        let mut journal = Journal::open(&transaction, BoxId([1; 16]), START).unwrap();
        transaction.commit().unwrap();
        write(&mut connection, &mut journal, "a");
        let adoption = Adoption {
            epoch: Epoch(4),
            contact: Contact(u64::MAX),
            generation: Generation(2),
            hub_ms: 0,
            forget: false,
        };
        let transaction = connection.transaction().unwrap();
        Journal::adopt(&transaction, &adoption).unwrap();
        transaction.commit().unwrap();
        journal.take_up(adoption.epoch);
        write(&mut connection, &mut journal, "b");
        let hello = journal.hello(&connection, 3).unwrap();
        assert_eq!((hello.epoch, hello.contact), (Epoch(4), Contact(u64::MAX)));
        let lives: Vec<_> = hello.standings.iter().map(|s| s.epoch).collect();
        assert_eq!(lives, [Epoch(4), Epoch(1)]);
        let (old, head) = (hello.standings[1], hello.standings[1].head);
        let transaction = connection.transaction().unwrap();
        Journal::keep_acked(&transaction, (old.epoch, old.lane, head)).unwrap();
        let again = Journal::open(&transaction, BoxId([9; 16]), START).unwrap();
        transaction.commit().unwrap();
        let lives: Vec<_> = again.standings(&connection).unwrap();
        assert_eq!(lives.len(), 1, "a drained life is not told again");
        assert_eq!(again.epoch(), Epoch(4), "the new life outlives the power");
    }
}
