//! The outbox: messages to send, until it is known what became of them.

use curriculum::id::LearnerId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::learner::RowError;
use super::sealing::{BoxSecret, TelephoneId};
use crate::phone_number::PhoneNumber;

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It answers a message.
    Reply,
    /// The learner asked for it otherwise, as homework after a call: not after STOP.
    Asked,
}

/// A message to write down.
#[derive(Clone, Debug)]
pub(crate) struct NewLetter<'a> {
    pub(crate) telephone: TelephoneId,
    pub(crate) learner: Option<LearnerId>,
    pub(crate) kind: Kind,
    /// The message it answers, and which of its answers it is.
    pub(crate) answers: Option<(i64, u8)>,
    /// The route it should go by, if that is up.
    pub(crate) route: Option<&'a str>,
    pub(crate) text: &'a str,
    /// The conversation is over with it.
    pub(crate) ends: bool,
    pub(crate) parts: u32,
    pub(crate) due_ms: i64,
    pub(crate) now_ms: i64,
}

/// A message that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) outbox_id: i64,
    pub(crate) telephone: TelephoneId,
    pub(crate) to: PhoneNumber,
    pub(crate) route: Option<String>,
    pub(crate) text: String,
    pub(crate) ends: bool,
    pub(crate) tries: u32,
    pub(crate) made_ms: i64,
}

/// Writes a message down; a message is answered once by each of its answers.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    new: &NewLetter<'_>,
) -> Result<(), RowError> {
    let kind = match new.kind {
        Kind::Reply => "reply",
        Kind::Asked => "asked",
    };
    transaction
        .prepare_cached(
            "INSERT INTO outbox (telephone_id, learner_id, kind, inbox_id, place, route, parts,
             text_sealed, state, due_ms, made_ms, ends)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'waiting', ?9, ?10, ?11)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            new.telephone.0,
            new.learner.map(|learner| learner.0.to_be_bytes()),
            kind,
            new.answers.map(|(inbox_id, _)| inbox_id),
            new.answers.map_or(0, |(_, place)| place),
            new.route,
            new.parts,
            secret.seal.seal(new.text.as_bytes())?.0,
            new.due_ms,
            new.now_ms,
            new.ends,
        ])?;
    Ok(())
}

/// What is due, oldest first, but at most one of a telephone: its messages go in order.
///
/// `not` are messages under way already. Where messages are not wanted any more only replies go.
pub(crate) fn due(
    connection: &Connection,
    secret: &BoxSecret,
    now_ms: i64,
    most: usize,
    not: &dyn Fn(i64) -> bool,
) -> Result<Vec<Due>, RowError> {
    let mut statement = connection.prepare_cached(
        "SELECT outbox.outbox_id, outbox.telephone_id, number_sealed, route, text_sealed, tries,
         made_ms, ends FROM outbox JOIN telephone USING (telephone_id)
         WHERE outbox.state = 'waiting' AND due_ms <= ?1
         AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'waiting'
             AND earlier.telephone_id = outbox.telephone_id AND earlier.kind = 'reply'
             AND earlier.outbox_id < outbox.outbox_id)
         AND (stopped = 0 OR kind = 'reply')
         ORDER BY due_ms, outbox.outbox_id LIMIT ?2",
    )?;
    let rows = statement.query_map(params![now_ms, i64::try_from(most).unwrap_or(0)], |row| {
        let outbox_id: i64 = row.get(0)?;
        let telephone = TelephoneId(row.get(1)?);
        let number: Vec<u8> = row.get(2)?;
        let route: Option<String> = row.get(3)?;
        let text: Vec<u8> = row.get(4)?;
        Ok((
            outbox_id,
            telephone,
            number,
            route,
            text,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
        ))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (outbox_id, telephone, number, route, text, tries, made_ms, ends) = row?;
        if not(outbox_id) {
            continue;
        }
        let number = String::from_utf8_lossy(&secret.seal.unseal(&number)?).into_owned();
        let to = PhoneNumber::parse(&number).map_err(|error| RowError::Broken {
            table: "telephone",
            what: error.to_string(),
        })?;
        let text = String::from_utf8_lossy(&secret.seal.unseal(&text)?).into_owned();
        found.push(Due {
            outbox_id,
            telephone,
            to,
            route,
            text,
            ends,
            tries,
            made_ms,
        });
    }
    Ok(found)
}

/// The carrier has it: its words are forgotten, its parts are counted. A receipt that came before
/// counts now.
pub(crate) fn submitted(
    transaction: &Transaction<'_>,
    outbox_id: i64,
    (route, ids): (&str, &[String]),
    (now_ms, day): (i64, i32),
) -> Result<(), RowError> {
    transaction
        .prepare_cached(
            "UPDATE outbox SET state = 'submitted', route = ?2, text_sealed = NULL,
             submitted_ms = ?3, tries = tries + 1, reason = NULL
             WHERE outbox_id = ?1 AND state = 'waiting'",
        )?
        .execute(params![outbox_id, route, now_ms])?;
    for id in ids.iter().filter(|id| !id.is_empty()) {
        transaction
            .prepare_cached(
                "INSERT INTO outbox_part (route, provider_id, outbox_id, at_ms)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (route, provider_id) DO UPDATE SET
                 fate = CASE WHEN outbox_part.outbox_id IS NULL THEN fate END,
                 outbox_id = excluded.outbox_id, at_ms = excluded.at_ms",
            )?
            .execute(params![route, id, outbox_id, now_ms])?;
    }
    transaction
        .prepare_cached(
            "INSERT INTO text_cost (telephone_id, learner_id, day, parts_out)
             SELECT telephone_id, coalesce(learner_id, x''), ?2, parts FROM outbox
             WHERE outbox_id = ?1
             ON CONFLICT DO UPDATE SET parts_out = parts_out + excluded.parts_out",
        )?
        .execute(params![outbox_id, day])?;
    settle(transaction, outbox_id)
}

/// It was not taken: it waits again, or is given up for good.
pub(crate) fn refused(
    transaction: &Transaction<'_>,
    outbox_id: i64,
    reason: &str,
    again_ms: Option<i64>,
) -> Result<(), RowError> {
    let sql = match again_ms {
        Some(_) => {
            "UPDATE outbox SET due_ms = ?3, tries = tries + 1, reason = ?2
             WHERE outbox_id = ?1 AND state = 'waiting'"
        }
        None => {
            "UPDATE outbox SET state = 'dead', text_sealed = NULL, tries = tries + 1, reason = ?2
             WHERE outbox_id = ?1 AND state = 'waiting' AND ?3 IS NULL"
        }
    };
    transaction
        .prepare_cached(sql)?
        .execute(params![outbox_id, reason, again_ms])?;
    Ok(())
}

/// What became of a part; `ids` are the forms its identifier may have been given in. True if the
/// part is known.
pub(crate) fn receipt(
    transaction: &Transaction<'_>,
    (route, ids): (&str, &[String]),
    fate: &str,
    now_ms: i64,
) -> Result<bool, RowError> {
    for id in ids {
        let known: Option<Option<i64>> = transaction
            .prepare_cached(
                "SELECT outbox_id FROM outbox_part WHERE route = ?1 AND provider_id = ?2",
            )?
            .query_row(params![route, id], |row| row.get(0))
            .optional()?;
        let Some(outbox_id) = known else { continue };
        transaction
            .prepare_cached(
                "UPDATE outbox_part SET fate = ?3, at_ms = ?4
                 WHERE route = ?1 AND provider_id = ?2",
            )?
            .execute(params![route, id, fate, now_ms])?;
        if let Some(outbox_id) = outbox_id {
            settle(transaction, outbox_id)?;
        }
        return Ok(true);
    }
    // It may be for a part whose name we have not been told yet: kept in every form.
    for id in ids {
        transaction
            .prepare_cached(
                "INSERT INTO outbox_part (route, provider_id, fate, at_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![route, id, fate, now_ms])?;
    }
    Ok(false)
}

/// A message is delivered when all its parts are, and failed when one is.
fn settle(transaction: &Transaction<'_>, outbox_id: i64) -> Result<(), RowError> {
    transaction
        .prepare_cached(
            "UPDATE outbox SET state = CASE
                 WHEN (SELECT count(*) FROM outbox_part
                       WHERE outbox_id = ?1 AND fate = 'failed') > 0 THEN 'failed'
                 WHEN (SELECT count(*) FROM outbox_part
                       WHERE outbox_id = ?1 AND fate = 'delivered') >= parts THEN 'delivered'
                 ELSE state END
             WHERE outbox_id = ?1 AND state IN ('submitted', 'failed', 'delivered')",
        )?
        .execute([outbox_id])?;
    Ok(())
}

/// Forgets messages older than this, with their parts.
pub(crate) fn forget(transaction: &Transaction<'_>, before_ms: i64) -> Result<(), RowError> {
    transaction.execute("DELETE FROM outbox_part WHERE at_ms < ?1", [before_ms])?;
    transaction.execute(
        "DELETE FROM outbox WHERE made_ms < ?1 AND state <> 'waiting'",
        [before_ms],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{database, telephone};

    struct Desk {
        _folder: tempfile::TempDir,
        connection: Connection,
        secret: BoxSecret,
        telephone: TelephoneId,
    }

    fn desk() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = database::open(&folder.path().join("box.sqlite")).unwrap();
        let secret = BoxSecret::open(folder.path()).unwrap();
        let number = PhoneNumber::parse("0788123456").unwrap();
        let transaction = connection.transaction().unwrap();
        let telephone = telephone::meet(&transaction, &secret, &number).unwrap();
        transaction.commit().unwrap();
        Desk {
            _folder: folder,
            connection,
            secret,
            telephone,
        }
    }

    impl Desk {
        fn change<T>(&mut self, change: impl FnOnce(&Transaction<'_>, &BoxSecret) -> T) -> T {
            let transaction = self.connection.transaction().unwrap();
            let changed = change(&transaction, &self.secret);
            transaction.commit().unwrap();
            changed
        }

        fn add(&mut self, kind: Kind, answers: Option<(i64, u8)>, text: &str) {
            let telephone = self.telephone;
            self.change(|transaction, secret| {
                let new = NewLetter {
                    telephone,
                    learner: Some(LearnerId(11)),
                    kind,
                    answers,
                    route: Some("mtn"),
                    text,
                    ends: false,
                    parts: 2,
                    due_ms: 5,
                    now_ms: 5,
                };
                add(transaction, secret, &new).unwrap();
            });
        }

        fn due(&self, now_ms: i64) -> Vec<String> {
            let due = due(&self.connection, &self.secret, now_ms, 10, &|_| false).unwrap();
            due.into_iter().map(|due| due.text).collect()
        }

        fn submit(&mut self, outbox_id: i64, ids: &[&str]) {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            self.change(|transaction, _| {
                submitted(transaction, outbox_id, ("mtn", &ids), (9, 20_000)).unwrap();
            });
        }

        fn receipt(&mut self, ids: &[&str], fate: &str) -> bool {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            self.change(|transaction, _| receipt(transaction, ("mtn", &ids), fate, 9).unwrap())
        }

        fn state(&self, outbox_id: i64) -> String {
            self.connection
                .query_row(
                    "SELECT state FROM outbox WHERE outbox_id = ?1",
                    [outbox_id],
                    |row| row.get(0),
                )
                .unwrap()
        }
    }

    #[test]
    fn a_telephone_s_messages_go_in_order_and_each_answer_once() {
        let mut desk = desk();
        for _twice in 0..2 {
            desk.add(Kind::Reply, Some((1, 0)), "first");
        }
        desk.add(Kind::Reply, Some((2, 0)), "second");
        assert!(desk.due(4).is_empty());
        assert_eq!(desk.due(5), ["first"]);
        desk.submit(1, &["a", "b"]);
        assert_eq!(desk.due(5), ["second"]);
    }

    #[test]
    fn a_message_is_delivered_when_all_its_parts_are() {
        let mut desk = desk();
        desk.add(Kind::Reply, None, "long");
        assert!(
            !desk.receipt(&["a"], "delivered"),
            "before its name is known"
        );
        desk.submit(1, &["a", "b"]);
        assert_eq!(desk.state(1), "submitted");
        assert!(desk.receipt(&["zz", "b"], "delivered"));
        assert_eq!(desk.state(1), "delivered");
        desk.receipt(&["b"], "failed");
        assert_eq!(desk.state(1), "failed");
    }

    #[test]
    fn a_name_that_a_carrier_uses_again_is_the_later_message_s() {
        let mut desk = desk();
        desk.add(Kind::Reply, Some((1, 0)), "one");
        desk.add(Kind::Reply, Some((2, 0)), "two");
        desk.submit(1, &["a", "7"]);
        desk.receipt(&["a"], "delivered");
        desk.receipt(&["7"], "delivered");
        desk.submit(2, &["8", "7"]);
        desk.receipt(&["8"], "delivered");
        assert_eq!(desk.state(2), "submitted", "the receipt of 7 was another's");
        desk.receipt(&["7"], "delivered");
        assert_eq!(desk.state(2), "delivered");
    }

    #[test]
    fn after_stop_only_replies_are_sent() {
        let mut desk = desk();
        desk.add(Kind::Asked, None, "come back");
        let telephone = desk.telephone;
        desk.change(|transaction, _| telephone::set_stopped(transaction, telephone, true).unwrap());
        assert!(desk.due(9).is_empty());
        desk.change(|transaction, _| {
            telephone::set_stopped(transaction, telephone, false).unwrap();
        });
        assert_eq!(desk.due(9), ["come back"]);
    }

    #[test]
    fn a_refused_message_waits_or_is_given_up() {
        let mut desk = desk();
        desk.add(Kind::Reply, None, "hello");
        desk.change(|transaction, _| refused(transaction, 1, "busy", Some(70)).unwrap());
        assert!(desk.due(69).is_empty());
        assert_eq!(desk.due(70), ["hello"]);
        desk.change(|transaction, _| refused(transaction, 1, "no such number", None).unwrap());
        assert_eq!(desk.state(1), "dead");
    }

    #[test]
    fn parts_are_counted_by_learner_and_day() {
        let mut desk = desk();
        for (id, answers) in [(1, (1, 0)), (2, (2, 0))] {
            desk.add(Kind::Reply, Some(answers), "text");
            desk.submit(id, &[]);
        }
        let parts: i64 = desk
            .connection
            .query_row(
                "SELECT parts_out FROM text_cost WHERE day = 20000",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(parts, 4);
    }
}
