//! A telephone in plain Python, which waits for the box to speak before it answers.

use edge::telephony::{FromLearner, Line, ToLearner};
use models::audio::{SampleRate, Samples};
use tokio::process::Command;

use crate::site::{self, Heard, has, listen, peers, soon};
use crate::tones;

/// Speaks for a second, then again after each key or word of the learner.
async fn converse(mut line: Line) -> Heard {
    let mut heard = Heard::default();
    let speech = tones::frames(&tones::BOX[..2]);
    loop {
        for frame in &speech {
            let _ = line.to_learner.send(ToLearner::Audio(*frame)).await;
        }
        let mut ended = false;
        let mut silence = 0;
        let mut spoken = false;
        listen(&mut line, &mut heard, |_, event| match event {
            FromLearner::HungUp => {
                ended = true;
                true
            }
            FromLearner::Key(_) => true,
            FromLearner::Audio(frame) => {
                let loud = tones::pitch_of(&frame.0, &tones::LEARNER).is_some();
                spoken |= loud;
                silence = if loud { 0 } else { silence + 1 };
                spoken && silence > 10
            }
            _ => false,
        })
        .await;
        if ended {
            return heard;
        }
    }
}

#[tokio::test]
async fn a_conversation_by_voice_and_keys_is_answered_at_each_step() {
    if !has("python3") {
        return;
    }
    let probe = Command::new("python3")
        .args(["-W", "ignore", "-c", "import audioop"])
        .output();
    if !probe.await.unwrap().status.success() {
        eprintln!("skipped: this Python has no audioop");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let word = Samples::from_pcm16(SampleRate::TELEPHONE, &tones::samples(&tones::LEARNER[..1]));
    models::wav::write(&folder.path().join("word.wav"), &word).unwrap();
    let script = r##"[{"key": "5"}, {"say": "word.wav"}, {"key": "#"}, {"bye": true}]"##;
    std::fs::write(folder.path().join("script.json"), script).unwrap();
    let mut site = site::open(2, "").await;
    let phone = Command::new("python3")
        .args(["-W", "ignore"])
        .arg(peers().join("phone.py"))
        .arg(site.trunk.address.to_string())
        .arg(folder.path().join("script.json"))
        .arg(folder.path().join("out"))
        .args(["--calls", "2", "--stagger", "0.1"])
        .kill_on_drop(true)
        .output();
    let phone = tokio::spawn(phone);
    let mut calls = Vec::new();
    for _ in 0..2 {
        calls.push(tokio::spawn(converse(site::answer(&mut site).await)));
    }
    for call in calls {
        let heard = call.await.unwrap();
        assert_eq!(heard.keys, "5#");
        assert_eq!(heard.tones(), [tones::LEARNER[0]]);
    }
    let output = soon(phone).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let report: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(report["failed"], serde_json::json!([]), "{report}");
    assert_eq!(report["unanswered_steps"], 0, "{report}");
    assert_eq!(report["replies"], 6, "{report}");
}
