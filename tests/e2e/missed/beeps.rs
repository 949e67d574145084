//! A box with one line and a gateway: the second caller, and those who hang up before the answer, are
//! called back over SIP, each once.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tests::{BoxConfig, BoxProcess};

use crate::ear::{in_words, installed};
use crate::phone::{Call, peer, phone};

const HOLDS: &str = "+250788000401";
const TURNED_AWAY: &str = "+250788000402";
const UNREACHED: &str = "+250788000403";
const TWICE: &str = "+250788000404";
/// Whoever beeps to be called back hangs up before the box answers.
const BEEP: [&str; 2] = ["--beep", "0.25"];

/// `tests/peers/gateway.py`; ended when dropped.
struct Gateway {
    child: Child,
    port: u16,
    /// What it says of each call of the box.
    said: Receiver<String>,
}

impl Gateway {
    fn open(out: &Path) -> Gateway {
        let mut child = peer("gateway.py")
            .arg(out)
            .args(["--refuse", UNREACHED, "--seconds", "7"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap();
        let port = port.strip_prefix("port ").unwrap().parse().unwrap();
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Gateway { child, port, said }
    }

    /// The next thing it says.
    fn next(&self) -> String {
        let said = self.said.recv_timeout(Duration::from_secs(60));
        said.expect("the box calls within a minute")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[test]
fn whom_the_box_could_not_answer_is_called_back_once_and_after_two_failures_texted() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let gateway = Gateway::open(folder);
    let mut config = BoxConfig::new(&folder.join("data"), 1);
    config.gateway_port = Some(gateway.port);
    config.more = "[missed_calls]\nretry_after_s = 2\nquiet_from = \"00:00\"\n\
                   quiet_until = \"00:00\"\n"
        .to_owned();
    let place = BoxProcess::start(&config);
    let sip = place.sip.as_str();

    // The only line is taken; the second caller is told so, and called back when it is free.
    std::thread::scope(|scope| {
        let holds = scope.spawn(|| {
            let script = r#"[{"wait": 3, "patience": 2}, {"bye": true, "patience": 1}]"#;
            phone(sip, folder, &Call::of("holds", HOLDS, script))
        });
        until("the first call", || {
            place.metric("ishuri_conversation_calls ") == 1
        });
        let refused = phone(sip, folder, &Call::of("second", TURNED_AWAY, "[]"));
        assert_eq!(refused.refused, Some(486));
        assert_eq!(holds.join().unwrap().refused, None);
    });
    assert_eq!(gateway.next(), format!("invited {TURNED_AWAY}"));
    // While that call is taught, two more beep, one of them twice.
    for number in [UNREACHED, TWICE, TWICE] {
        let mut beep = Call::of("beep", number, "[]");
        beep.more = BEEP.iter().map(Into::into).collect();
        let refused = phone(sip, folder, &beep).refused;
        assert!(matches!(refused, Some(486 | 487)), "{refused:?}");
    }
    assert_eq!(gateway.next(), format!("taught {TURNED_AWAY}"));
    let heard = in_words(&folder.join("250788000402.wav"));
    assert!(heard.contains("press 1"), "`{heard}`");

    let mut said: Vec<String> = (0..6).map(|_| gateway.next()).collect();
    println!("{said:?}");
    assert_eq!(
        said[0],
        format!("invited {UNREACHED}"),
        "who beeped first is called first"
    );
    said.sort_unstable();
    let expected = [
        format!("invited {UNREACHED}"),
        format!("invited {UNREACHED}"),
        format!("invited {TWICE}"),
        format!("refused {UNREACHED}"),
        format!("refused {UNREACHED}"),
        format!("taught {TWICE}"),
    ];
    assert_eq!(said, expected);

    // Its power goes, and comes back: nobody is called again.
    until("the outcome to be written", || {
        place.metric("ishuri_conversation_calls ") == 0
    });
    place.kill();
    let place = BoxProcess::start(&config);
    until("beeps to be looked at", || {
        place.page("/healthz").contains("ok")
    });
    let again = gateway.said.recv_timeout(Duration::from_secs(3));
    assert!(again.is_err(), "{again:?}");
}

/// Waits for something that must come about, at most a minute.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
