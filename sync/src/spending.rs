//! Spending: bytes each lane has sent in a day, so that neither a session nor a power cut forgets them.
//!
//! A session takes its bytes before it begins, and gives back at its end what it did not use. Whoever
//! is cut off in between has spent too much by one session's share at most, never too little.

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::journal::{Journal, JournalError};
use crate::lane::Lane;
use crate::limits::RESERVE_BYTES_MAX;
use crate::sender::Allowance;

/// Days whose spending is remembered: a clock that jumps back by less finds it again.
const DAYS_KEPT: i64 = 40;

impl Journal {
    /// Takes one session's share of what a day's budget has left. Lanes without a limit keep none.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn reserve(
        transaction: &Transaction<'_>,
        day: i64,
        budget: &Allowance,
    ) -> Result<Allowance, JournalError> {
        let old = day.saturating_sub(DAYS_KEPT);
        transaction.execute("DELETE FROM journal_spent WHERE day < ?1", [old])?;
        let mut share = *budget;
        for lane in Lane::ALL {
            let limit = &mut share.0[usize::from(lane.number())];
            if *limit == u64::MAX {
                continue;
            }
            let spent = spent(transaction, day, lane)?;
            *limit = limit.saturating_sub(spent).min(RESERVE_BYTES_MAX);
            keep(transaction, (day, lane), spent.saturating_add(*limit))?;
        }
        Ok(share)
    }

    /// Gives back what is left of a share.
    ///
    /// # Errors
    /// If SQLite refuses.
    pub fn give_back(
        transaction: &Transaction<'_>,
        day: i64,
        left: &Allowance,
    ) -> Result<(), JournalError> {
        for lane in Lane::ALL {
            let left = left.0[usize::from(lane.number())];
            if left != u64::MAX {
                let spent = spent(transaction, day, lane)?;
                keep(transaction, (day, lane), spent.saturating_sub(left))?;
            }
        }
        Ok(())
    }
}

fn spent(transaction: &Transaction<'_>, day: i64, lane: Lane) -> Result<u64, JournalError> {
    let spent = transaction
        .prepare_cached("SELECT bytes FROM journal_spent WHERE day = ?1 AND lane = ?2")?
        .query_row(params![day, lane.number()], |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(spent.unwrap_or_default().cast_unsigned())
}

fn keep(
    transaction: &Transaction<'_>,
    (day, lane): (i64, Lane),
    bytes: u64,
) -> Result<(), JournalError> {
    transaction
        .prepare_cached(
            "INSERT INTO journal_spent (day, lane, bytes) VALUES (?1, ?2, ?3)
             ON CONFLICT (day, lane) DO UPDATE SET bytes = excluded.bytes",
        )?
        .execute(params![day, lane.number(), bytes.cast_signed()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::box_id::BoxId;
    use crate::journal::StartClock;

    fn opened() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        let transaction = connection.transaction().unwrap();
        let start = StartClock {
            wall_ms: 0,
            monotonic_ms: 0,
            built_ms: 1,
        };
        Journal::open(&transaction, BoxId([1; 16]), start).unwrap();
        transaction.commit().unwrap();
        connection
    }

    fn budget(progress: u64) -> Allowance {
        let mut budget = Allowance::UNLIMITED;
        budget.0[usize::from(Lane::Progress.number())] = progress;
        budget
    }

    /// Each letter is a session of 1,000 bytes: `s` ends well, `x` is cut off, `d` is the next day.
    #[track_caller]
    fn check(day_bytes: u64, sessions: &str, expected_sent: u64) {
        let mut connection = opened();
        let (mut day, mut sent) = (100, 0);
        for letter in sessions.chars() {
            if letter == 'd' {
                day += 1;
                continue;
            }
            let transaction = connection.transaction().unwrap();
            let mut share = Journal::reserve(&transaction, day, &budget(day_bytes)).unwrap();
            transaction.commit().unwrap();
            let left = &mut share.0[usize::from(Lane::Progress.number())];
            let used = 1_000.min(*left);
            *left -= used;
            sent += used;
            if letter == 's' {
                let transaction = connection.transaction().unwrap();
                Journal::give_back(&transaction, day, &share).unwrap();
                transaction.commit().unwrap();
            }
        }
        assert_eq!(sent, expected_sent, "{sessions}");
    }

    #[test]
    fn a_budget_holds_across_sessions_until_the_next_day() {
        check(2_500, "ssss", 2_500);
        check(2_500, "ssssdss", 4_500);
        check(u64::MAX, "sss", 3_000);
    }

    #[test]
    fn a_session_that_was_cut_off_has_spent_its_whole_share() {
        check(2_500, "xs", 1_000);
        check(2 * RESERVE_BYTES_MAX, "xs", 2_000);
    }
}
