//! The telephones of `tests/peers`, each a program that shares no code with the box.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// What a telephone is told to do.
pub(crate) struct Call {
    name: String,
    number: String,
    script: String,
    /// More of its arguments.
    pub(crate) more: Vec<OsString>,
}

/// What came of a call.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The status it was refused with.
    pub(crate) refused: Option<u64>,
}

impl Call {
    /// `script` is described in `phone.py`.
    pub(crate) fn of(name: &str, number: &str, script: &str) -> Call {
        Call {
            name: name.to_owned(),
            number: number.to_owned(),
            script: script.to_owned(),
            more: Vec::new(),
        }
    }
}

pub(crate) fn peer(name: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(name);
    let mut command = Command::new("python3");
    command.args(["-W", "ignore"]).arg(script);
    command
}

/// Calls, does what the script says, and comes back when the call is over.
pub(crate) fn phone(sip: &str, folder: &Path, call: &Call) -> Heard {
    let script = folder.join(format!("{}.json", call.name));
    std::fs::write(&script, &call.script).unwrap();
    let out = folder.join(&call.name);
    let ran = peer("phone.py")
        .arg(sip)
        .args([&script, &out])
        .args(["--from", &call.number])
        .args(&call.more)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{}: {error}", call.name);
    let said = String::from_utf8(ran.stdout).unwrap();
    let report: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(report["failed"], serde_json::json!([]), "{}", call.name);
    Heard {
        refused: report["refused"][0].as_u64(),
    }
}
