//! Every role tries every way in: as a page, as CSV and as JSON, with identifiers of its own place,
//! of another's, and guessed ones.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use curriculum::Language;
use curriculum::id::LearnerId;
use curriculum::time::UtcOffset;
use edge::conversation::Record;
use edge::dialogue::EnrolmentFact;
use edge::phone_number::PhoneNumber;
use sync::quic::{Identity, Profile};
use sync::sender::Allowance;
use tests::{Answer, HubProcess, Postgres, binary, get, output, post};

/// Learners of two schools; what belongs to the other one must never be seen.
const OURS: u128 = 0x0199_0000_0000_7000_8000_0000_0000_00a1;
const THEIRS: u128 = 0x0199_0000_0000_7000_8000_0000_0000_00b2;
const OUR_PLACE: &str = "North/Musanze/GS Ours";
const THEIR_PLACE: &str = "South/Huye/GS Theirs";
const PASSWORD: &str = "correct horse battery";

/// Which capability opens which way in. A way in that is not here fails the test.
const WAYS: [(&str, &str); 8] = [
    ("/overview", "overview"),
    ("/place/{id}", "overview"),
    ("/learner/{id}", "learner"),
    ("/help", "help"),
    ("/boxes", "boxes"),
    ("/users", "users"),
    ("/audit", "audit"),
    ("/children", "children"),
];

fn hub(data: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(binary("ishuri-hub"));
    command.envs(database.map(|url| ("ISHURI_HUB__DATABASE", url)));
    command.env("ISHURI_HUB__DATA", data);
    command
}

/// A box that joined with a claim for a place, and brought a learner.
fn box_with(
    learner: u128,
    (name, place): (&str, &str),
    hub_data: &Path,
    database: Option<&str>,
    running: &HubProcess,
) {
    let folder = tempfile::tempdir().unwrap();
    let made = output(
        hub(hub_data, database).args(["box", "claim", "--json", "--name", name, "--place", place]),
    );
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let claim = made["claim"].as_str().unwrap();
    let page = format!("http://{}", running.page);
    let joined = Command::new(binary("ishuri-edge"))
        .args(["commission", "--hub", &page, "--claim", claim, "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&joined.stdout).into_owned();
    assert!(
        said.contains("4/4 receipt"),
        "{said}{}",
        String::from_utf8_lossy(&joined.stderr)
    );
    let record = Record::open(folder.path(), UtcOffset::KIGALI).unwrap();
    let telephone = record
        .meet(&PhoneNumber::parse("0788123456").unwrap())
        .unwrap();
    let at = record.now();
    let enrolled = EnrolmentFact::LearnerEnrolled {
        learner: LearnerId(learner),
        name: "Aline".to_owned(),
        language: Language::KINYARWANDA,
        age: Some(9),
        at,
    };
    record
        .write(telephone, vec![enrolled.into()], None)
        .unwrap();
    let identity = Identity::open(&folder.path().join("identity")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut allowance = Allowance::UNLIMITED;
    let sent = edge::uplink::send(
        &record,
        &identity,
        running.boxes,
        (Profile::Narrow, &mut allowance),
    );
    runtime.block_on(sent).unwrap();
}

fn add_user(role: &str, place: Option<&str>, hub_data: &Path, database: Option<&str>) {
    use std::io::Write as _;
    let mut command = hub(hub_data, database);
    command.args(["user", "add", role, "--role", role, "--password-stdin"]);
    if let Some(place) = place {
        command.args(["--place", place]);
    }
    if role == "parent" {
        command.args(["--child", &format!("{OURS:032x}")]);
    }
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.wait().unwrap().success());
}

fn log_in(page: SocketAddr, login: &str) -> String {
    let body = serde_json::json!({ "login": login, "password": PASSWORD }).to_string();
    let kind = ["content-type: application/json".to_owned()];
    let answer = post(page, "/api/v1/login", &kind, &body);
    assert_eq!(answer.status, 200, "{login}: {}", answer.body);
    let value: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    value["token"].as_str().unwrap().to_owned()
}

/// The matrix as its file has it, read without the hub's help.
fn matrix() -> BTreeMap<(String, String), String> {
    let text = include_str!("../../hub/src/people/permissions.tsv");
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let roles: Vec<&str> = lines.next().unwrap().split('\t').skip(1).collect();
    let mut cells = BTreeMap::new();
    for line in lines {
        let mut words = line.split('\t');
        let capability = words.next().unwrap();
        for (role, word) in roles.iter().zip(words) {
            cells.insert((capability.to_owned(), (*role).to_owned()), word.to_owned());
        }
    }
    cells
}

/// The same thing asked for three ways.
fn three_ways(page: SocketAddr, path: &str, token: &str) -> [Answer; 3] {
    let cookie = [format!("cookie: ishuri={token}")];
    let bearer = [format!("authorization: Bearer {token}")];
    [
        get(page, path, &cookie),
        get(page, &format!("{path}?as=csv"), &cookie),
        get(page, &format!("/api/v1{path}"), &bearer),
    ]
}

fn no_role_sees_more_than_its_cell(database: Option<&str>) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let running = HubProcess::start_on(data, "127.0.0.1:0".parse().unwrap(), database);
    let page = running.page;
    box_with(OURS, ("ours", OUR_PLACE), data, database, &running);
    box_with(THEIRS, ("theirs", THEIR_PLACE), data, database, &running);
    let cells = matrix();
    let roles: BTreeSet<&String> = cells.keys().map(|(_, role)| role).collect();
    assert_eq!(roles.len(), 9);
    for role in &roles {
        // Those above all see all places, by their place and not by their role.
        let place = (role.as_str() != "super_admin").then_some(OUR_PLACE);
        add_user(role, place, data, database);
    }
    each_way_in_is_tried(page);
    let above = log_in(page, "super_admin");
    let (our_school, their_school) = (
        school(page, &above, OUR_PLACE),
        school(page, &above, THEIR_PLACE),
    );
    for role in &roles {
        let token = log_in(page, role);
        for (path, capability) in WAYS {
            let cell = &cells[&(capability.to_owned(), (*role).clone())];
            for (whose, id) in ids_of(path, (&our_school, &their_school)) {
                let all = role.as_str() == "super_admin";
                let expected = match (cell.as_str(), whose) {
                    ("-", _) => 403,
                    (_, "ours") => 200,
                    (_, "theirs") if all => 200,
                    _ => 404,
                };
                let at = path.replace("{id}", &id);
                for answer in three_ways(page, &at, &token) {
                    assert_eq!(
                        answer.status, expected,
                        "{role} {at} ({whose}): {}",
                        answer.body
                    );
                    let theirs = format!("{:08x}", THEIRS & 0xffff_ffff);
                    for secret in ["Theirs", "Huye", &theirs, "theirs"] {
                        let echoed = whose == "theirs" && at.contains(secret);
                        assert!(
                            all || echoed || !answer.body.contains(secret),
                            "{role} {at} shows {secret}"
                        );
                    }
                }
            }
        }
        let nobody = three_ways(page, "/overview", "0000");
        assert_eq!(nobody.map(|answer| answer.status), [303, 303, 401]);
    }
    let verified = output(hub(data, database).args(["audit", "verify"]));
    assert!(verified.contains(" rows "), "{verified}");
}

fn each_way_in_is_tried(page: SocketAddr) {
    let document = get(page, "/api/v1/openapi.json", &[]);
    let document: serde_json::Value = serde_json::from_str(&document.body).unwrap();
    let paths = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str);
    let described: BTreeSet<&str> = paths.filter(|path| *path != "/login").collect();
    let tried: BTreeSet<&str> = WAYS.iter().map(|(path, _)| *path).collect();
    assert_eq!(described, tried);
}

/// What is asked for: one's own, another's, and what nobody has.
fn ids_of(path: &str, (our_school, their_school): (&str, &str)) -> Vec<(&'static str, String)> {
    match path {
        "/place/{id}" => vec![
            ("ours", our_school.to_owned()),
            ("theirs", their_school.to_owned()),
            ("guessed", "0000000000".to_owned()),
        ],
        "/learner/{id}" => vec![
            ("ours", format!("{OURS:032x}")),
            ("theirs", format!("{THEIRS:032x}")),
            ("guessed", format!("{:032x}", OURS + 1)),
        ],
        _ => vec![("ours", String::new())],
    }
}

/// The identifier of a school, as its page above links to it.
fn school(page: SocketAddr, token: &str, path: &str) -> String {
    let mut id = "all".to_owned();
    for name in path.split('/') {
        let bearer = [format!("authorization: Bearer {token}")];
        let answer = get(page, &format!("/api/v1/place/{id}"), &bearer);
        let value: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        let rows = value["tables"]["places"]["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row[0]["text"] == name).unwrap();
        id = row[0]["to"]
            .as_str()
            .unwrap()
            .trim_start_matches("/place/")
            .to_owned();
    }
    id
}

#[test]
fn no_role_sees_more_than_its_cell_on_sqlite() {
    no_role_sees_more_than_its_cell(None);
}

#[test]
fn no_role_sees_more_than_its_cell_on_postgresql() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let url = postgres.database("matrix");
    no_role_sees_more_than_its_cell(Some(&url));
}
