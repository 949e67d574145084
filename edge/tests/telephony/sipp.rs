//! Cases with sipp: load, keys from recordings, a full box, beeps, registration, OPTIONS.

use std::path::Path;

use edge::telephony::{FromLearner, Line};
use tokio::process::{Child, Command};

use crate::site::{self, Heard, Site, free_port, has, listen, peers, soon};

struct Sipp {
    process: Child,
    folder: tempfile::TempDir,
    port: u16,
}

/// Starts a scenario; `target` is called, or none waited for.
fn start(scenario: &str, target: Option<std::net::SocketAddr>, extra: &[&str]) -> Sipp {
    let folder = tempfile::tempdir().unwrap();
    let (port, audio) = (free_port(), free_port());
    let mut command = Command::new("sipp");
    if let Some(target) = target {
        command.arg(target.to_string());
    }
    let log = std::fs::File::create(folder.path().join("screen")).unwrap();
    let process = command
        .arg("-sf")
        .arg(peers().join(scenario))
        .args(["-i", "127.0.0.1", "-p", &port.to_string()])
        .args(["-mi", "127.0.0.1", "-mp", &audio.to_string()])
        .args([
            "-s",
            "learn",
            "-nostdin",
            "-timeout",
            "55",
            "-timeout_error",
        ])
        .args(["-trace_logs", "-log_file", "messages"])
        .args(extra)
        .current_dir(folder.path())
        .stdin(std::process::Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    Sipp {
        process,
        folder,
        port,
    }
}

/// Waits for its verdict: sipp ends with 0 only if every step of every call was as written.
async fn passed(mut sipp: Sipp) {
    let status = soon(sipp.process.wait()).await.unwrap();
    let screen = read(sipp.folder.path(), "screen");
    assert!(status.success(), "sipp: {status}\n{screen}");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_default()
}

async fn hear_out(mut line: Line) -> Heard {
    let mut heard = Heard::default();
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::HungUp
    })
    .await;
    heard
}

#[tokio::test]
async fn calls_with_30_ms_packets_and_recorded_keys_are_heard_whole() {
    let pcap = Path::new("/usr/share/sip-tester/g711a.pcap");
    if !has("sipp") {
        return;
    }
    if !pcap.exists() || !is_root() {
        eprintln!("skipped: sipp plays recordings for root only");
        return;
    }
    let mut site = site::open(3, "").await;
    let many = ["-m", "3", "-l", "3", "-r", "3"];
    let sipp = start("uac_dtmf.xml", Some(site.trunk.address), &many);
    let mut calls = Vec::new();
    for _ in 0..3 {
        calls.push(tokio::spawn(hear_out(site::answer(&mut site).await)));
    }
    for call in calls {
        let heard = call.await.unwrap();
        assert_eq!(heard.keys, "5#");
        let loud = heard
            .audio
            .iter()
            .filter(|sample| sample.unsigned_abs() > 1_000)
            .count();
        assert!(loud > 4_000, "{loud}");
    }
    passed(sipp).await;
    assert_eq!(site.counts.answered.get(), 3);
    // Packets of 30 ms are no loss: only the gaps around the recordings may be made up.
    let concealed = site.counts.frames_concealed.get();
    assert!(concealed <= 3 * 40, "{concealed}");
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[tokio::test]
async fn a_full_box_is_busy_at_once_and_knows_whom_it_turned_away() {
    if !has("sipp") {
        return;
    }
    let mut site: Site = site::open(1, "").await;
    let _taken = site.lines.take().unwrap();
    passed(start(
        "uac_busy.xml",
        Some(site.trunk.address),
        &["-m", "2"],
    ))
    .await;
    for _ in 0..2 {
        assert!(soon(site.trunk.turned_away.recv()).await.is_some());
    }
    assert_eq!(site.counts.turned_away.get(), 2);
    assert!(site.trunk.rings.try_recv().is_err());
}

#[tokio::test]
async fn a_call_given_up_while_it_rings_is_a_beep() {
    if !has("sipp") {
        return;
    }
    let mut site = site::open(4, "").await;
    for transport in ["u1", "t1"] {
        let extra = ["-m", "3", "-l", "1", "-t", transport];
        let sipp = start("uac_cancel.xml", Some(site.trunk.address), &extra);
        for _ in 0..3 {
            let mut ring = soon(site.trunk.rings.recv()).await.unwrap();
            soon(ring.cancelled()).await;
            assert_eq!(format!("{:?}", ring.caller), "Number(+234…09)");
        }
        passed(sipp).await;
    }
    assert_eq!(site.counts.given_up.get(), 6);
}

#[tokio::test]
async fn the_box_registers_with_a_digest() {
    if !has("sipp") {
        return;
    }
    let sipp = start("uas_registrar.xml", None, &["-m", "1"]);
    let registration = format!(
        "[registration]\nserver = \"127.0.0.1:{}\"\nuser = \"edge\"\npassword = \"secret\"",
        sipp.port
    );
    let site = site::open(1, &registration).await;
    let folder = sipp.folder.path().to_owned();
    let Sipp {
        mut process,
        folder: kept,
        ..
    } = sipp;
    let status = soon(process.wait()).await.unwrap();
    assert!(status.success(), "{}", read(&folder, "screen"));
    let messages = read(&folder, "messages");
    assert!(messages.contains("digest valid: true"), "{messages}");
    drop((kept, site));
}

#[tokio::test]
async fn options_are_answered_over_udp_and_tcp() {
    if !has("sipp") {
        return;
    }
    let site = site::open(1, "").await;
    for transport in ["u1", "t1"] {
        let extra = ["-m", "3", "-t", transport];
        passed(start("options.xml", Some(site.trunk.address), &extra)).await;
    }
}
