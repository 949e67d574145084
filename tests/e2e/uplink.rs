//! A box's facts on their way to a real hub over QUIC, while the hub is killed and cards are set back.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use curriculum::answer::Channel;
use curriculum::attempt::Attempt;
use curriculum::grade::Outcome as Graded;
use curriculum::id::{AttemptId, ExerciseId, LearnerId, SessionId, SkillId};
use curriculum::time::UtcOffset;
use curriculum::{Language, Timestamp};
use edge::conversation::Record;
use edge::dialogue::{ConsentBy, EnrolmentFact, Fact};
use edge::phone_number::PhoneNumber;
use edge::uplink::{Sent, UplinkError, send};
use rusqlite::{Connection, OpenFlags};
use sync::lane::Lane;
use sync::quic::{Identity, Profile};
use sync::sender::{Allowance, Outcome};
use tests::{HubProcess, binary, output};

/// Far less than the silence after which a session is given up.
const NOTICED: Duration = Duration::from_secs(20);
const ANYWHERE: &str = "127.0.0.1:0";

/// A box with its certificate, beside a hub's folder.
struct Place {
    _folder: tempfile::TempDir,
    hub: PathBuf,
    data: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let (hub, data) = (folder.path().join("hub"), folder.path().join("box"));
    let edge = binary("ishuri-edge");
    let request = output(
        Command::new(&edge)
            .args(["uplink", "request", "--data"])
            .arg(&data),
    );
    std::fs::create_dir_all(&hub).unwrap();
    let answer = HubProcess::sign(&hub, &request);
    output(
        Command::new(&edge)
            .args(["uplink", "accept", "--data"])
            .arg(&data)
            .arg(answer),
    );
    Place {
        _folder: folder,
        hub,
        data,
    }
}

fn record(data: &Path) -> Arc<Record> {
    Arc::new(Record::open(data, UtcOffset::KIGALI).unwrap())
}

fn enrol(record: &Record, learner: u128) {
    let (at, learner) = (record.now(), LearnerId(learner));
    let enrolled = EnrolmentFact::LearnerEnrolled {
        learner,
        name: "Aline".to_owned(),
        language: Language::KINYARWANDA,
        age: Some(9),
        at,
    };
    let consent = EnrolmentFact::ConsentGiven {
        learner,
        by: ConsentBy::Guardian,
        wording: 1,
        channel: Channel::Sms,
        at,
    };
    write(record, vec![enrolled.into(), consent.into()]);
}

/// `count` attempts, fifty to a turn, with identifiers from `first`.
fn answer(record: &Record, learner: u128, first: u128, count: u128) {
    let numbers: Vec<u128> = (first..first + count).collect();
    for turn in numbers.chunks(50) {
        let facts = turn.iter().map(|number| {
            let Timestamp(at) = record.now();
            let right = number % 3 > 0;
            Fact::AttemptMade(Attempt {
                id: AttemptId(*number << 64 | 7),
                learner: LearnerId(learner),
                session: SessionId(learner * 100),
                exercise: ExerciseId::new("ma1.add-10.both").unwrap(),
                skill: SkillId::new("ma1.add-10").unwrap(),
                numbers: vec![2, 3],
                at: Timestamp(at),
                channel: Channel::Sms,
                outcome: if right { Graded::Right } else { Graded::NotYet },
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

type Row = (u32, u8, i64, i64, u32, i64, Vec<u8>, Vec<u8>);

/// Every entry, as the box has it or as the hub's main chains have it.
fn entries(database: &Path, table: &str) -> Vec<Row> {
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = format!(
        "SELECT epoch, lane, seq, hlc, boot, monotonic_ms, frame, hash FROM {table}
         ORDER BY epoch, lane, seq"
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
        ))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn count(database: &Path, sql: &str) -> i64 {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY);
    connection
        .unwrap()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

fn models(database: &Path) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT learner_id, model FROM learner ORDER BY learner_id";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Both hold the same, bit for bit: journal and chains, and each learner's fold.
#[track_caller]
fn check_equal(place: &Place) {
    let (own, central) = (place.data.join("box.sqlite"), place.hub.join("hub.sqlite"));
    let (here, there) = (entries(&own, "journal"), entries(&central, "entry"));
    assert_eq!(here.len(), there.len());
    assert!(here == there, "an entry differs");
    assert_eq!(models(&own), models(&central), "a fold differs");
    assert_eq!(count(&central, "SELECT count(*) FROM parked"), 0);
    assert_eq!(
        count(
            &central,
            "SELECT count(*) FROM entry WHERE quarantine IS NOT NULL"
        ),
        0
    );
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn a_hub_killed_in_the_middle_has_every_fact_once_in_the_end() {
    let place = place();
    let record = record(&place.data);
    let central = place.hub.join("hub.sqlite");
    enrol(&record, 1);
    enrol(&record, 2);
    let runtime = runtime();
    let mut hub = HubProcess::start(&place.hub, ANYWHERE.parse().unwrap());
    let at = hub.boxes;
    let (mut next, mut cut) = (1, 0);
    while cut < 3 {
        answer(&record, 1 + next % 2, next, 3000);
        next += 3000;
        let (sending, data) = (Arc::clone(&record), place.data.clone());
        let before = count(&central, "SELECT count(*) FROM entry");
        let task = runtime.spawn(async move { up(&sending, &data, at).await });
        // The first new rows are committed: others are under way.
        while count(&central, "SELECT count(*) FROM entry") == before {
            std::thread::yield_now();
        }
        hub.kill();
        let there = count(&central, "SELECT count(*) FROM entry");
        let written = count(
            &place.data.join("box.sqlite"),
            "SELECT count(*) FROM journal",
        );
        cut += i64::from(there < written);
        // Lessons go on while the hub is away.
        answer(&record, 1, next, 100);
        next += 100;
        hub = HubProcess::start(&place.hub, at);
        // The new hub knows nothing of the session, and says so at once.
        let ended = runtime.block_on(async { tokio::time::timeout(NOTICED, task).await });
        let ended = ended.expect("a hub that came back is noticed").unwrap();
        assert!(ended.is_err() || there == written, "{ended:?}");
    }
    let sent = runtime.block_on(up(&record, &place.data, at)).unwrap();
    assert_eq!(
        sent.outcome,
        Outcome::Drained {
            renew: false,
            left: 0
        }
    );
    check_equal(&place);
    let alarms = count(&central, "SELECT count(*) FROM alarm");
    assert_eq!(alarms, 0, "a killed hub is no reason to doubt the box");
}

#[test]
fn a_card_set_back_gets_a_life_of_its_own_and_both_histories_are_kept() {
    let place = place();
    let runtime = runtime();
    let hub = HubProcess::start(&place.hub, ANYWHERE.parse().unwrap());
    let own = place.data.join("box.sqlite");
    let first = record(&place.data);
    enrol(&first, 1);
    answer(&first, 1, 1, 20);
    runtime
        .block_on(up(&first, &place.data, hub.boxes))
        .unwrap();
    drop(first);
    let image = std::fs::read(&own).unwrap();
    let second = record(&place.data);
    answer(&second, 1, 100, 30);
    runtime
        .block_on(up(&second, &place.data, hub.boxes))
        .unwrap();
    drop(second);
    for name in ["box.sqlite-wal", "box.sqlite-shm"] {
        let _absent = std::fs::remove_file(place.data.join(name));
    }
    std::fs::write(&own, image).unwrap();
    let third = record(&place.data);
    answer(&third, 1, 200, 5);
    runtime
        .block_on(up(&third, &place.data, hub.boxes))
        .unwrap();
    answer(&third, 1, 300, 7);
    let sent = runtime
        .block_on(up(&third, &place.data, hub.boxes))
        .unwrap();
    assert_eq!(
        sent.outcome,
        Outcome::Drained {
            renew: false,
            left: 0
        }
    );
    let central = place.hub.join("hub.sqlite");
    assert_eq!(
        count(&central, "SELECT count(*) FROM entry WHERE epoch = 1"),
        2 + 20 + 30
    );
    assert_eq!(count(&central, "SELECT count(*) FROM branch_entry"), 5);
    assert_eq!(
        count(&central, "SELECT count(*) FROM entry WHERE epoch = 2"),
        7
    );
    assert_eq!(
        count(
            &central,
            "SELECT count(*) FROM alarm WHERE what LIKE 'OldContact%'"
        ),
        1
    );
}

#[test]
fn a_hub_brought_back_from_a_backup_is_offered_again_what_it_lost() {
    let place = place();
    let runtime = runtime();
    let record = record(&place.data);
    let central = place.hub.join("hub.sqlite");
    enrol(&record, 1);
    let hub = HubProcess::start(&place.hub, ANYWHERE.parse().unwrap());
    let at = hub.boxes;
    runtime.block_on(up(&record, &place.data, at)).unwrap();
    hub.kill();
    let backup = place.hub.join("backup.sqlite");
    Connection::open(&central)
        .unwrap()
        .execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
        .unwrap();
    let hub = HubProcess::start(&place.hub, at);
    answer(&record, 1, 1, 200);
    runtime.block_on(up(&record, &place.data, at)).unwrap();
    hub.kill();
    for name in ["hub.sqlite-wal", "hub.sqlite-shm"] {
        let _absent = std::fs::remove_file(place.hub.join(name));
    }
    std::fs::rename(&backup, &central).unwrap();
    output(
        Command::new(binary("ishuri-hub"))
            .args(["restored", "--data"])
            .arg(&place.hub),
    );
    let _hub = HubProcess::start(&place.hub, at);
    answer(&record, 1, 500, 10);
    runtime.block_on(up(&record, &place.data, at)).unwrap();
    check_equal(&place);
    assert_eq!(count(&central, "SELECT count(*) FROM alarm"), 0);
}

#[test]
fn a_day_budget_holds_across_sessions_and_restarts() {
    let place = place();
    let runtime = runtime();
    let hub = HubProcess::start(&place.hub, ANYWHERE.parse().unwrap());
    let central = place.hub.join("hub.sqlite");
    let identity = Identity::open(&place.data.join("identity")).unwrap();
    let mut budget = Allowance::UNLIMITED;
    let progress = usize::from(Lane::Progress.number());
    budget.0[progress] = 9_000;
    let (mut spent, mut there) = (0, Vec::new());
    for session in 0..4 {
        // A box that starts anew each time.
        let record = record(&place.data);
        if session == 0 {
            enrol(&record, 1);
        }
        answer(&record, 1, 1 + session * 400, 400);
        let (day, mut share) = record.reserve(budget).unwrap();
        let before = share.0[progress];
        let sending = send(&record, &identity, hub.boxes, (Profile::Narrow, &mut share));
        runtime.block_on(sending).unwrap();
        spent += before - share.0[progress];
        record.give_back(day, share).unwrap();
        there.push(count(&central, "SELECT count(*) FROM entry"));
    }
    assert!((8_000..=9_000).contains(&spent), "{spent} bytes of 9,000");
    assert!(there[0] > 0 && there[3] == there[2], "{there:?}");
    assert!(
        there[3] < 1_602,
        "all came through a closed door: {there:?}"
    );
    let record = record(&place.data);
    let sent = runtime
        .block_on(up(&record, &place.data, hub.boxes))
        .unwrap();
    assert!(
        matches!(sent.outcome, Outcome::Drained { left: 0, .. }),
        "{sent:?}"
    );
    check_equal(&place);
}

#[test]
fn a_revoked_box_is_not_heard() {
    let place = place();
    let runtime = runtime();
    let record = record(&place.data);
    enrol(&record, 1);
    let hub = HubProcess::start(&place.hub, ANYWHERE.parse().unwrap());
    let mut revoke = Command::new(binary("ishuri-hub"));
    revoke.args(["box", "revoke", "--data"]).arg(&place.hub);
    output(revoke.arg(record.box_id().to_string()));
    let refused = runtime.block_on(up(&record, &place.data, hub.boxes));
    assert!(matches!(refused, Err(UplinkError::Link(_))), "{refused:?}");
    let central = place.hub.join("hub.sqlite");
    assert_eq!(count(&central, "SELECT count(*) FROM entry"), 0);
}
