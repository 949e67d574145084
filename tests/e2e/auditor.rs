//! The auditor: reads a box's database by itself, in plain SQL, and judges whether it is whole.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use sync::box_id::{BoxId, Epoch};
use sync::chain::{genesis, link};
use sync::cursor::ChainHash;
use sync::envelope::Frame;
use sync::event::{AttemptV1, Event, Reading};
use sync::hlc::{Hlc, Stamp};
use sync::lane::{Lane, Seq};

/// What a box holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Held {
    /// By their identifier.
    pub(crate) attempts: BTreeMap<u128, AttemptV1>,
    /// Facts in the journal, of all lanes.
    pub(crate) facts: usize,
    /// The sealed states of dialogues, by telephone. The seal has fresh randomness: each that is
    /// written differs from the one before.
    pub(crate) dialogues: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// Opens the database of a folder to read it, which first takes back what a cut left half done.
pub(crate) fn connect(data: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(data.join("box.sqlite"), flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// What is held, after a proof that it is whole: SQLite's own check, every hash of the journal from
/// its beginning, and every attempt once in its table and once in the journal.
///
/// # Errors
/// What is not whole, in words.
pub(crate) fn audit(connection: &Connection) -> Result<Held, String> {
    let sql = |error: rusqlite::Error| error.to_string();
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(sql)?;
    if check != "ok" {
        return Err(check);
    }
    let mut held = Held {
        attempts: attempts(connection)?,
        ..Held::default()
    };
    let mut told: BTreeMap<u128, AttemptV1> = BTreeMap::new();
    for event in journal(connection)? {
        held.facts += 1;
        if let Some(Event::Attempt(attempt)) = event
            && let Some(twice) = told.insert(attempt.attempt, attempt)
        {
            return Err(format!("the journal tells twice of {:x}", twice.attempt));
        }
    }
    if told != held.attempts {
        let (rows, facts) = (held.attempts.len(), told.len());
        return Err(format!("{rows} attempts, but the journal tells of {facts}"));
    }
    held.dialogues = dialogues(connection)?;
    Ok(held)
}

/// The sealed states of all dialogues.
pub(crate) fn dialogues(
    connection: &Connection,
) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>, String> {
    let mut statement = connection
        .prepare("SELECT telephone_id, dialogue FROM telephone")
        .map_err(|error| error.to_string())?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let rows = rows.and_then(Iterator::collect);
    rows.map_err(|error| error.to_string())
}

pub(crate) fn attempts(connection: &Connection) -> Result<BTreeMap<u128, AttemptV1>, String> {
    let sql = |error: rusqlite::Error| error.to_string();
    let mut statement = connection
        .prepare("SELECT attempt_id, body FROM attempt")
        .map_err(sql)?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?)))
        .map_err(sql)?;
    let mut attempts = BTreeMap::new();
    for row in rows {
        let (id, body): (_, Vec<u8>) = row.map_err(sql)?;
        let (kind, schema) = (AttemptV1::KIND, AttemptV1::SCHEMA);
        match Event::from_frame(&Frame { kind, schema, body }) {
            Ok(Reading::Known(Event::Attempt(attempt)))
                if attempt.attempt == u128::from_be_bytes(id) =>
            {
                attempts.insert(attempt.attempt, attempt);
            }
            other => return Err(format!("a row of `attempt` is {other:?}")),
        }
    }
    Ok(attempts)
}

/// The facts of the journal, their chains followed from the first.
fn journal(connection: &Connection) -> Result<Vec<Option<Event>>, String> {
    let sql = |error: rusqlite::Error| error.to_string();
    let box_id: [u8; 16] = connection
        .query_row("SELECT box_id FROM journal_identity", [], |row| row.get(0))
        .map_err(sql)?;
    let mut statement = connection
        .prepare(
            "SELECT epoch, lane, seq, hlc, boot, monotonic_ms, frame, hash FROM journal
             ORDER BY epoch, lane, seq",
        )
        .map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    let mut ends: BTreeMap<(u32, u8), (u64, ChainHash)> = BTreeMap::new();
    let mut events = Vec::new();
    while let Some(row) = rows.next().map_err(sql)? {
        let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned).map_err(sql);
        let (epoch, lane): (u32, u8) = (row.get(0).map_err(sql)?, row.get(1).map_err(sql)?);
        let place = Lane::from_number(lane).ok_or(format!("lane {lane} is none"))?;
        let begin = || (0, genesis(BoxId(box_id), Epoch(epoch), place));
        let (last, before) = ends.remove(&(epoch, lane)).unwrap_or_else(begin);
        let stamp = Stamp {
            hlc: Hlc(number(3)?),
            boot: row.get(4).map_err(sql)?,
            monotonic_ms: number(5)?,
        };
        let frame: Vec<u8> = row.get(6).map_err(sql)?;
        let hash: ChainHash = row.get(7).map_err(sql)?;
        let seq = number(2)?;
        if seq != last + 1 || link(&before, Seq(seq), stamp, &frame) != hash {
            return Err(format!("lane {lane} breaks between {last} and {seq}"));
        }
        ends.insert((epoch, lane), (seq, hash));
        let frame = Frame::from_bytes(&frame).map_err(|error| error.to_string())?;
        match Event::from_frame(&frame) {
            Ok(Reading::Known(event)) => events.push(Some(event)),
            Ok(Reading::Unknown) => events.push(None),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(events)
}
