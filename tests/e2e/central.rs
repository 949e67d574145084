//! The hub on a real PostgreSQL: killed, doubled, and brought back.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use curriculum::Language;
use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::grade::Outcome as Graded;
use curriculum::id::{AttemptId, ExerciseId, LearnerId, SessionId, SkillId};
use curriculum::time::UtcOffset;
use edge::conversation::Record;
use edge::dialogue::{EnrolmentFact, Fact};
use edge::phone_number::PhoneNumber;
use edge::uplink::{Sent, UplinkError, send};
use rusqlite::{Connection, OpenFlags};
use sync::quic::{Identity, Profile};
use sync::sender::{Allowance, Outcome};
use tests::{HubProcess, Postgres, binary, output, post};

const ANYWHERE: &str = "127.0.0.1:0";
const DRAINED: Outcome = Outcome::Drained {
    renew: false,
    left: 0,
};

fn hub(data: &Path, url: &str) -> Command {
    let mut command = Command::new(binary("ishuri-hub"));
    command
        .env("ISHURI_HUB__DATABASE", url)
        .env("ISHURI_HUB__DATA", data);
    command
}

/// A claim for a box.
fn claim(data: &Path, url: &str) -> String {
    let made =
        output(hub(data, url).args(["box", "claim", "--json", "--name", "b", "--place", "North"]));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    made["claim"].as_str().unwrap().to_owned()
}

/// Joins a hub; what was said, and whether the box has a certificate now.
fn join(data: &Path, page: SocketAddr, claim: &str) -> (String, bool) {
    let told = Command::new(binary("ishuri-edge"))
        .args([
            "commission",
            "--hub",
            &format!("http://{page}"),
            "--claim",
            claim,
            "--data",
        ])
        .arg(data)
        .output()
        .unwrap();
    let said = [told.stdout, told.stderr].concat();
    let certificate = data.join("identity/certificate.pem").exists();
    (String::from_utf8_lossy(&said).into_owned(), certificate)
}

fn enrol(record: &Record, learner: u128) {
    let enrolled = EnrolmentFact::LearnerEnrolled {
        learner: LearnerId(learner),
        name: "Aline".to_owned(),
        language: Language::KINYARWANDA,
        age: Some(9),
        at: record.now(),
    };
    write(record, vec![enrolled.into()]);
}

fn answer(record: &Record, learner: u128, first: u128, count: u128) {
    let facts = (first..first + count).map(|number| {
        Fact::AttemptMade(Attempt {
            id: AttemptId(number << 64 | learner),
            learner: LearnerId(learner),
            session: SessionId(learner * 100),
            exercise: ExerciseId::new("ma1.add-10.both").unwrap(),
            skill: SkillId::new("ma1.add-10").unwrap(),
            numbers: vec![2, 3],
            at: record.now(),
            channel: Channel::Sms,
            outcome: if number % 3 > 0 {
                Graded::Right
            } else {
                Graded::NotYet
            },
            difficulty: 15,
            luck_percent: 0,
            attempt_number: 1,
            hints: 0,
            latency_ms: 2100,
            misconception: None,
            review: false,
        })
    });
    write(record, facts.collect());
}

fn write(record: &Record, facts: Vec<Fact>) {
    let number = PhoneNumber::parse("0788123456").unwrap();
    let telephone = record.meet(&number).unwrap();
    record.write(telephone, facts, None).unwrap();
}

async fn up(record: &Record, data: &Path, hub: SocketAddr) -> Result<Sent, UplinkError> {
    let identity = Identity::open(&data.join("identity")).unwrap();
    let mut allowance = Allowance::UNLIMITED;
    send(record, &identity, hub, (Profile::Narrow, &mut allowance)).await
}

/// Every entry of a box: its key, stamp, frame and hash, as text.
fn journal(data: &Path) -> String {
    let file = data.join("box.sqlite");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT epoch || '|' || lane || '|' || seq || '|' || hlc || '|' || boot || '|' ||
                      monotonic_ms || '|' || lower(hex(frame)) || '|' || lower(hex(hash))
               FROM journal ORDER BY epoch, lane, seq";
    let mut statement = connection.prepare(sql).unwrap();
    let lines = statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

fn models(data: &Path) -> String {
    let file = data.join("box.sqlite");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT lower(hex(learner_id)) || '|' || lower(hex(model)) FROM learner ORDER BY learner_id";
    let mut statement = connection.prepare(sql).unwrap();
    let lines = statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

/// Both hold the same, bit for bit, as `psql` and SQLite tell it.
#[track_caller]
fn check_equal(postgres: &Postgres, database: &str, data: &Path) {
    let entries = "SELECT epoch, lane, seq, hlc, boot, monotonic_ms, encode(frame, 'hex'),
                          encode(hash, 'hex') FROM entry ORDER BY epoch, lane, seq";
    assert!(
        postgres.ask(database, entries) == journal(data),
        "an entry differs"
    );
    let folds =
        "SELECT encode(learner_id, 'hex'), encode(model, 'hex') FROM learner ORDER BY learner_id";
    assert!(
        postgres.ask(database, folds) == models(data),
        "a fold differs"
    );
    let attempts = "SELECT count(*) FROM learning WHERE kind = 104";
    let counted = "SELECT sum(attempts) FROM sitting";
    let told = postgres.ask(database, attempts);
    assert_eq!(
        postgres.ask(database, counted),
        told,
        "an attempt is counted once"
    );
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

#[test]
fn a_killed_hub_and_a_killed_server_lose_and_double_nothing() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let url = postgres.database("facts");
    let folder = tempfile::tempdir().unwrap();
    let (central, data) = (folder.path().join("hub"), folder.path().join("box"));
    let mut running = HubProcess::start_on(&central, ANYWHERE.parse().unwrap(), Some(&url));
    let at = running.boxes;
    let (said, joined) = join(&data, running.page, &claim(&central, &url));
    assert!(joined, "{said}");
    let record = Arc::new(Record::open(&data, UtcOffset::KIGALI).unwrap());
    enrol(&record, 1);
    let runtime = runtime();
    let mut next = 1;
    for cut in ["hub", "server"] {
        for _ in 0..40 {
            answer(&record, 1, next, 50);
            next += 50;
        }
        let before = postgres.ask("facts", "SELECT count(*) FROM entry");
        let (sending, own) = (Arc::clone(&record), data.clone());
        let task = runtime.spawn(async move { up(&sending, &own, at).await });
        // The first new rows are committed: others are under way.
        while postgres.ask("facts", "SELECT count(*) FROM entry") == before {
            std::thread::yield_now();
        }
        if cut == "hub" {
            running.kill();
            task.abort();
            running = HubProcess::start_on(&central, at, Some(&url));
        } else {
            // The same session goes on: the hub tries again until the server is back.
            postgres.crash();
            let sent = runtime.block_on(task).unwrap().unwrap();
            assert_eq!(sent.outcome, DRAINED);
        }
    }
    let sent = runtime.block_on(up(&record, &data, at)).unwrap();
    assert_eq!(sent.outcome, DRAINED);
    check_equal(&postgres, "facts", &data);
    assert_eq!(postgres.ask("facts", "SELECT count(*) FROM alarm"), "0");
    drop(running);
}

#[test]
fn two_hubs_on_one_database_are_one_hub() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let url = postgres.database("two");
    let folder = tempfile::tempdir().unwrap();
    // One folder of keys for both.
    let central = folder.path().join("hub");
    let start = || HubProcess::start_on(&central, ANYWHERE.parse().unwrap(), Some(&url));
    let first = start();
    let second = start();
    let boxes: Vec<PathBuf> = (0..6)
        .map(|n| folder.path().join(format!("box{n}")))
        .collect();
    for pair in boxes.chunks(2) {
        let claim = claim(&central, &url);
        let tries: Vec<(String, bool)> = std::thread::scope(|scope| {
            let pages = [first.page, second.page];
            let tries: Vec<_> = pair
                .iter()
                .zip(pages)
                .map(|(data, page)| {
                    scope.spawn({
                        let claim = &claim;
                        move || join(data, page, claim)
                    })
                })
                .collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let winners = tries.iter().filter(|(_, joined)| *joined).count();
        assert_eq!(winners, 1, "{tries:?}");
        let loser = tries.iter().find(|(_, joined)| !joined).unwrap();
        assert!(
            loser.0.contains("has been used by another box"),
            "{}",
            loser.0
        );
    }
    let data = boxes
        .iter()
        .find(|data| data.join("identity/certificate.pem").exists())
        .unwrap();
    let record = Record::open(data, UtcOffset::KIGALI).unwrap();
    enrol(&record, 1);
    let runtime = runtime();
    for (turn, at) in [first.boxes, second.boxes, first.boxes, second.boxes]
        .into_iter()
        .enumerate()
    {
        answer(&record, 1, turn as u128 * 100 + 1, 100);
        let sent = runtime.block_on(up(&record, data, at)).unwrap();
        assert_eq!(sent.outcome, DRAINED);
    }
    check_equal(&postgres, "two", data);
    assert_eq!(postgres.ask("two", "SELECT count(*) FROM alarm"), "0");
}

#[test]
fn a_claim_is_good_for_one_box_in_its_time_and_with_its_proof() {
    let folder = tempfile::tempdir().unwrap();
    let central = folder.path().join("hub");
    let running = HubProcess::start(&central, ANYWHERE.parse().unwrap());
    let url = format!("sqlite://{}", central.join("hub.sqlite").display());
    let good = claim(&central, &url);
    let data = folder.path().join("box");
    let mut mistyped = good.clone().into_bytes();
    mistyped[3] = if mistyped[3] == b'A' { b'B' } else { b'A' };
    let (said, joined) = join(&data, running.page, &String::from_utf8(mistyped).unwrap());
    assert!(!joined && said.contains("mistaken"), "{said}");
    let unknown = "0000-0000-0000-0000-0000-0000-00";
    let (said, joined) = join(&data, running.page, unknown);
    assert!(!joined, "{said}");
    // Whoever has seen the claim's number but not the claim proves nothing.
    let secret = sync::claim::Claim::read(&good).unwrap();
    let id: String = secret
        .id()
        .0
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let forged = serde_json::json!({ "claim": id, "request": "x", "proof": "00" }).to_string();
    let kind = ["content-type: application/json".to_owned()];
    assert_eq!(
        post(running.page, "/api/v1/commission", &kind, &forged).status,
        403
    );
    let (said, joined) = join(&data, running.page, &good);
    assert!(joined, "{said}");
    // Again by the same box: its answer may have been lost.
    let (said, _) = join(&data, running.page, &good);
    assert!(said.contains("4/4"), "{said}");
    let other = folder.path().join("other");
    let (said, joined) = join(&other, running.page, &good);
    assert!(!joined && said.contains("used by another box"), "{said}");
    let record = Record::open(&data, UtcOffset::KIGALI).unwrap();
    output(hub(&central, &url).args(["box", "revoke", &record.box_id().to_string()]));
    let (said, _) = join(&data, running.page, &good);
    assert!(said.contains("it needs a new claim"), "{said}");
}

#[test]
fn a_hub_restored_from_its_backup_is_offered_again_what_it_lost() {
    let folder = tempfile::tempdir().unwrap();
    let central = folder.path().join("hub");
    let running = HubProcess::start(&central, ANYWHERE.parse().unwrap());
    let at = running.boxes;
    let url = format!("sqlite://{}", central.join("hub.sqlite").display());
    let data = folder.path().join("box");
    let (said, joined) = join(&data, running.page, &claim(&central, &url));
    assert!(joined, "{said}");
    let record = Record::open(&data, UtcOffset::KIGALI).unwrap();
    enrol(&record, 1);
    answer(&record, 1, 1, 30);
    let runtime = runtime();
    runtime.block_on(up(&record, &data, at)).unwrap();
    // While it runs.
    let backup = folder.path().join("backup");
    let program = || Command::new(binary("ishuri-hub"));
    output(
        program()
            .args(["backup", "--data"])
            .arg(&central)
            .arg("--to")
            .arg(&backup),
    );
    answer(&record, 1, 100, 40);
    runtime.block_on(up(&record, &data, at)).unwrap();
    running.kill();
    let fresh = folder.path().join("fresh");
    output(
        program()
            .args(["restore", "--from"])
            .arg(&backup)
            .arg("--data")
            .arg(&fresh),
    );
    let again = program()
        .args(["restore", "--from"])
        .arg(&backup)
        .arg("--data")
        .arg(&fresh)
        .output()
        .unwrap();
    assert!(!again.status.success(), "no hub is written over");
    let _running = HubProcess::start(&fresh, at);
    // A hub that was set back is greeted again: lives that the first greeting did not name follow.
    let sent = runtime.block_on(up(&record, &data, at)).unwrap();
    let left = 0;
    assert_eq!(sent.outcome, Outcome::Drained { renew: true, left });
    let sent = runtime.block_on(up(&record, &data, at)).unwrap();
    assert_eq!(sent.outcome, DRAINED);
    let file = fresh.join("hub.sqlite");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let one = |sql| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(one("SELECT count(*) FROM learning"), 70);
    assert_eq!(one("SELECT sum(attempts) FROM sitting"), 70);
    assert_eq!(one("SELECT count(*) FROM alarm"), 0);
}
