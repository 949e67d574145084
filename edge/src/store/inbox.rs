//! The inbox: messages as they came, each answered once.

use curriculum::answer::Channel;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::learner::RowError;
use super::sealing::{BoxSecret, TelephoneId};

/// A carrier brings again what it did not hear acknowledged: the same words in another session, so
/// soon after, if they were among the last of the session before.
const AGAIN_MS: i64 = 60_000;
const LAST_MS: i64 = 5_000;
/// The same words of the same telephone within so long are one message, sent by a shaking thumb.
const TWICE_MS: i64 = 3_000;
/// Dead letters that are kept.
const DEAD_LETTERS_MAX: i64 = 1_000;

/// A whole message to take in.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage<'a> {
    pub(crate) telephone: TelephoneId,
    pub(crate) route: &'a str,
    pub(crate) session: i64,
    pub(crate) channel: Channel,
    pub(crate) provider_id: Option<&'a str>,
    pub(crate) sent_ms: Option<i64>,
    pub(crate) text: &'a str,
    pub(crate) at_ms: i64,
}

/// A message that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) inbox_id: i64,
    pub(crate) telephone: TelephoneId,
    pub(crate) route: String,
    pub(crate) channel: Channel,
    pub(crate) text: String,
}

/// How busy a telephone has been before a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recent {
    pub(crate) last_minute: u32,
    pub(crate) last_hour: u32,
    /// Messages in a row, within ten minutes, with the very words of this one.
    pub(crate) alike: u32,
}

/// Takes a message in; `None` if it was taken in before.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    new: &NewMessage<'_>,
) -> Result<Option<i64>, RowError> {
    let digest = secret.digest(&[&new.telephone.0, new.text.as_bytes()]);
    let provider_id = new.provider_id.map(|id| secret.digest(&[id.as_bytes()]));
    if is_repeated(transaction, new, &digest, provider_id.as_ref())? {
        return Ok(None);
    }
    transaction
        .prepare_cached(
            "INSERT INTO inbox (telephone_id, route, session, channel, provider_id, digest, length,
             sent_ms, at_ms, text_sealed, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'waiting')",
        )?
        .execute(params![
            new.telephone.0,
            new.route,
            new.session,
            channel_number(new.channel),
            provider_id,
            digest,
            i64::try_from(new.text.len()).unwrap_or(i64::MAX),
            new.sent_ms,
            new.at_ms,
            secret.seal.seal(new.text.as_bytes())?.0,
        ])?;
    Ok(Some(transaction.last_insert_rowid()))
}

fn is_repeated(
    transaction: &Transaction<'_>,
    new: &NewMessage<'_>,
    digest: &[u8; 16],
    provider_id: Option<&[u8; 16]>,
) -> Result<bool, RowError> {
    if let Some(id) = provider_id {
        let known = transaction
            .prepare_cached("SELECT 1 FROM inbox WHERE route = ?1 AND provider_id = ?2")?
            .exists(params![new.route, id])?;
        return Ok(known);
    }
    if let Some(sent_ms) = new.sent_ms {
        let known = transaction
            .prepare_cached(
                "SELECT 1 FROM inbox WHERE telephone_id = ?1 AND digest = ?2 AND sent_ms = ?3",
            )?
            .exists(params![new.telephone.0, digest, sent_ms])?;
        return Ok(known);
    }
    let latest = transaction
        .prepare_cached(
            "SELECT session, at_ms FROM inbox
             WHERE telephone_id = ?1 AND digest = ?2 AND at_ms > ?3 ORDER BY at_ms DESC LIMIT 1",
        )?
        .query_row(
            params![new.telephone.0, digest, new.at_ms - AGAIN_MS],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()?;
    let Some((session, at_ms)) = latest else {
        return Ok(false);
    };
    if new.at_ms - at_ms < TWICE_MS {
        return Ok(true);
    }
    if session == new.session {
        return Ok(false);
    }
    let last: i64 = transaction
        .prepare_cached("SELECT max(at_ms) FROM inbox WHERE session = ?1")?
        .query_row([session], |row| row.get(0))?;
    Ok(at_ms >= last - LAST_MS)
}

/// How busy the telephone has been before this message.
pub(crate) fn recent(
    connection: &Connection,
    telephone: TelephoneId,
    inbox_id: i64,
    now_ms: i64,
) -> Result<Recent, RowError> {
    let since = |ms: i64| -> Result<u32, RowError> {
        Ok(connection
            .prepare_cached(
                "SELECT count(*) FROM inbox
                 WHERE telephone_id = ?1 AND at_ms > ?2 AND inbox_id <> ?3 AND inbox_id < ?3",
            )?
            .query_row(params![telephone.0, now_ms - ms, inbox_id], |row| {
                row.get(0)
            })?)
    };
    let mut statement = connection.prepare_cached(
        "SELECT digest FROM inbox WHERE telephone_id = ?1 AND at_ms > ?2 AND inbox_id <= ?3
         ORDER BY inbox_id DESC LIMIT 64",
    )?;
    let digests: Vec<Vec<u8>> = statement
        .query_map(params![telephone.0, now_ms - 600_000, inbox_id], |row| {
            row.get(0)
        })?
        .collect::<Result<_, _>>()?;
    let alike = digests.iter().skip(1).take_while(|d| *d == &digests[0]);
    Ok(Recent {
        last_minute: since(60_000)?,
        last_hour: since(3_600_000)?,
        alike: u32::try_from(alike.count()).unwrap_or(u32::MAX),
    })
}

/// The words of a message that waits; `None` if it does not wait any more.
pub(crate) fn find(
    connection: &Connection,
    secret: &BoxSecret,
    inbox_id: i64,
) -> Result<Option<Waiting>, RowError> {
    let row = connection
        .prepare_cached(
            "SELECT telephone_id, route, channel, text_sealed FROM inbox
             WHERE inbox_id = ?1 AND state = 'waiting'",
        )?
        .query_row([inbox_id], |row| {
            let telephone = TelephoneId(row.get(0)?);
            let (route, channel) = (row.get::<_, String>(1)?, row.get::<_, u8>(2)?);
            Ok((telephone, route, channel, row.get::<_, Vec<u8>>(3)?))
        })
        .optional()?;
    let Some((telephone, route, channel, sealed)) = row else {
        return Ok(None);
    };
    let text = secret.seal.unseal(&sealed)?;
    Ok(Some(Waiting {
        inbox_id,
        telephone,
        route,
        channel: channel_of(channel),
        text: String::from_utf8_lossy(&text).into_owned(),
    }))
}

/// Messages that wait, oldest first: what a box that was off goes on with.
pub(crate) fn waiting(connection: &Connection) -> Result<Vec<(i64, TelephoneId)>, RowError> {
    let mut statement = connection.prepare_cached(
        "SELECT inbox_id, telephone_id FROM inbox WHERE state = 'waiting' ORDER BY inbox_id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, TelephoneId(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// It is answered, or needs no answer: its words are forgotten.
pub(crate) fn settle(transaction: &Transaction<'_>, inbox_id: i64) -> Result<bool, RowError> {
    let settled = transaction
        .prepare_cached(
            "UPDATE inbox SET state = 'answered', text_sealed = NULL
             WHERE inbox_id = ?1 AND state = 'waiting'",
        )?
        .execute([inbox_id])?;
    Ok(settled == 1)
}

/// It is not answered, for this reason.
pub(crate) fn hold(
    transaction: &Transaction<'_>,
    inbox_id: i64,
    reason: &str,
) -> Result<(), RowError> {
    transaction
        .prepare_cached(
            "UPDATE inbox SET state = 'held', reason = ?2, text_sealed = NULL
             WHERE inbox_id = ?1 AND state = 'waiting'",
        )?
        .execute(params![inbox_id, reason])?;
    Ok(())
}

/// A part of a long text, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptPart {
    pub(crate) part_id: i64,
    pub(crate) at_ms: i64,
    pub(crate) octets: Vec<u8>,
}

/// Keeps a part; its octets are written by the caller's own format.
pub(crate) fn keep_part(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    (telephone, route, session, channel): (TelephoneId, &str, i64, Channel),
    at_ms: i64,
    octets: &[u8],
) -> Result<(), RowError> {
    transaction
        .prepare_cached(
            "INSERT INTO inbox_part (telephone_id, route, session, channel, at_ms, part_sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            telephone.0,
            route,
            session,
            channel_number(channel),
            at_ms,
            secret.seal.seal(octets)?.0
        ])?;
    Ok(())
}

/// The parts of a telephone, in the order in which they came.
pub(crate) fn parts(
    connection: &Connection,
    secret: &BoxSecret,
    telephone: TelephoneId,
) -> Result<Vec<KeptPart>, RowError> {
    let mut statement = connection.prepare_cached(
        "SELECT part_id, at_ms, part_sealed FROM inbox_part WHERE telephone_id = ?1
         ORDER BY part_id",
    )?;
    let rows = statement.query_map([telephone.0], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
    })?;
    let mut parts = Vec::new();
    for row in rows {
        let (part_id, at_ms, sealed) = row?;
        let octets = secret.seal.unseal(&sealed)?;
        parts.push(KeptPart {
            part_id,
            at_ms,
            octets,
        });
    }
    Ok(parts)
}

/// Telephones whose parts are all at least as old as this, with how the last of them came.
pub(crate) fn late_parts(
    connection: &Connection,
    before_ms: i64,
) -> Result<Vec<(TelephoneId, String, i64, Channel)>, RowError> {
    let mut statement = connection.prepare_cached(
        "SELECT telephone_id, route, session, channel, max(at_ms) AS last FROM inbox_part
         GROUP BY telephone_id HAVING last <= ?1",
    )?;
    let rows = statement.query_map([before_ms], |row| {
        let channel: u8 = row.get(3)?;
        let telephone = TelephoneId(row.get(0)?);
        Ok((telephone, row.get(1)?, row.get(2)?, channel_of(channel)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets a telephone's parts that came no later than this.
pub(crate) fn forget_parts(
    transaction: &Transaction<'_>,
    telephone: TelephoneId,
    until_ms: i64,
) -> Result<(), RowError> {
    transaction.execute(
        "DELETE FROM inbox_part WHERE telephone_id = ?1 AND at_ms <= ?2",
        params![telephone.0, until_ms],
    )?;
    Ok(())
}

/// Keeps what could not be read or answered; the oldest make room.
pub(crate) fn keep_dead_letter(
    transaction: &Transaction<'_>,
    secret: &BoxSecret,
    (route, reason): (&str, &str),
    octets: &[u8],
    at_ms: i64,
) -> Result<(), RowError> {
    transaction.execute(
        "INSERT INTO dead_letter (at_ms, route, reason, octets_sealed) VALUES (?1, ?2, ?3, ?4)",
        params![at_ms, route, reason, secret.seal.seal(octets)?.0],
    )?;
    transaction.execute(
        "DELETE FROM dead_letter WHERE dead_letter_id <= ?1 - ?2",
        params![transaction.last_insert_rowid(), DEAD_LETTERS_MAX],
    )?;
    Ok(())
}

/// Forgets answered messages older than this.
pub(crate) fn forget(transaction: &Transaction<'_>, before_ms: i64) -> Result<(), RowError> {
    transaction.execute(
        "DELETE FROM inbox WHERE at_ms < ?1 AND state <> 'waiting'",
        [before_ms],
    )?;
    Ok(())
}

fn channel_number(channel: Channel) -> u8 {
    sync::event::channel_number(channel)
}

fn channel_of(number: u8) -> Channel {
    let all = [
        Channel::Sms,
        Channel::Ussd,
        Channel::Whatsapp,
        Channel::Terminal,
        Channel::Voice,
    ];
    let found = all
        .into_iter()
        .find(|channel| channel_number(*channel) == number);
    found.unwrap_or(Channel::Sms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone_number::PhoneNumber;
    use crate::store::database;

    struct Desk {
        _folder: tempfile::TempDir,
        connection: Connection,
        secret: BoxSecret,
    }

    fn desk() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let connection = database::open(&folder.path().join("box.sqlite")).unwrap();
        let secret = BoxSecret::open(folder.path()).unwrap();
        Desk {
            _folder: folder,
            connection,
            secret,
        }
    }

    impl Desk {
        fn telephone(&self) -> TelephoneId {
            self.secret
                .telephone_id(&PhoneNumber::parse("0788123456").unwrap())
        }

        /// Takes "7" in; true if it is new.
        fn take(
            &mut self,
            session: i64,
            id: Option<&str>,
            sent_ms: Option<i64>,
            at_s: i64,
        ) -> bool {
            self.take_text("7", session, id, sent_ms, at_s)
        }

        fn take_text(
            &mut self,
            text: &str,
            session: i64,
            id: Option<&str>,
            sent_ms: Option<i64>,
            at_s: i64,
        ) -> bool {
            let telephone = self.telephone();
            let transaction = self.connection.transaction().unwrap();
            let new = NewMessage {
                telephone,
                route: "mtn",
                session,
                channel: Channel::Sms,
                provider_id: id,
                sent_ms,
                text,
                at_ms: at_s * 1000,
            };
            let added = add(&transaction, &self.secret, &new).unwrap();
            transaction.commit().unwrap();
            added.is_some()
        }
    }

    #[test]
    fn a_provider_s_identifier_makes_a_message_once() {
        let mut desk = desk();
        assert!(desk.take(1, Some("a"), None, 0));
        assert!(!desk.take(2, Some("a"), None, 90_000));
        assert!(desk.take(2, Some("b"), None, 90_000));
    }

    #[test]
    fn the_carrier_s_time_tells_messages_apart() {
        let mut desk = desk();
        assert!(desk.take(1, None, Some(5), 0));
        assert!(!desk.take(2, None, Some(5), 9_000));
        assert!(desk.take(2, None, Some(6), 9_000));
    }

    #[test]
    fn without_either_only_what_a_broken_session_repeats_is_a_repeat() {
        let mut desk = desk();
        assert!(desk.take(1, None, None, 100));
        assert!(!desk.take(1, None, None, 102), "pressed twice");
        assert!(
            desk.take(1, None, None, 110),
            "the answer to the next question"
        );
        assert!(
            !desk.take(2, None, None, 130),
            "brought again by the next session"
        );
        assert!(desk.take(2, None, None, 200));
        // It was not among the last of its session: its acknowledgement was heard.
        assert!(desk.take(3, None, None, 300));
        assert!(desk.take_text("menu", 3, None, None, 310));
        assert!(desk.take(4, None, None, 320));
    }

    #[test]
    fn words_are_forgotten_once_they_are_answered() {
        let mut desk = desk();
        desk.take(1, Some("a"), None, 0);
        let found = find(&desk.connection, &desk.secret, 1).unwrap().unwrap();
        assert_eq!((found.text.as_str(), found.channel), ("7", Channel::Sms));
        assert_eq!(waiting(&desk.connection).unwrap(), [(1, desk.telephone())]);
        let transaction = desk.connection.transaction().unwrap();
        assert!(settle(&transaction, 1).unwrap());
        assert!(!settle(&transaction, 1).unwrap(), "answered once");
        transaction.commit().unwrap();
        assert_eq!(find(&desk.connection, &desk.secret, 1).unwrap(), None);
        assert!(waiting(&desk.connection).unwrap().is_empty());
    }

    #[test]
    fn what_a_telephone_sends_is_counted_before_the_message() {
        let mut desk = desk();
        for at_s in [0, 3000, 3590, 3594] {
            assert!(desk.take(1, Some(&format!("{at_s}")), None, at_s));
        }
        let recent = recent(&desk.connection, desk.telephone(), 4, 3_594_000).unwrap();
        assert_eq!(
            recent,
            Recent {
                last_minute: 1,
                last_hour: 3,
                alike: 2
            }
        );
    }
}
