//! Calls with baresip, in both directions: tones both ways, keys, hold.

use std::path::Path;

use edge::phone_number::PhoneNumber;
use edge::telephony::FromLearner;
use models::audio::{SampleRate, Samples};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UdpSocket};
use tokio::process::{Child, Command};

use crate::site::{self, Heard, free_port, has, listen, play_tones, soon};
use crate::tones;

struct Baresip {
    process: Child,
    folder: tempfile::TempDir,
    sip: u16,
    keyboard: u16,
    control: u16,
}

impl Baresip {
    /// `dial` is called at once; without it baresip answers whoever calls.
    fn start(dial: Option<String>, codec: &str) -> Baresip {
        let folder = tempfile::tempdir().unwrap();
        let (sip, keyboard, control, audio) = (free_port(), free_port(), free_port(), free_port());
        let speech = folder.path().join("speech.wav");
        // The call ends where the file does.
        let mut samples = tones::samples(&tones::LEARNER);
        samples.resize(samples.len() + 8_000 * 55, 0);
        write_wav(&speech, &samples);
        std::fs::write(
            folder.path().join("config"),
            format!(
                "poll_method epoll\nsip_listen 127.0.0.1:{sip}\ncall_max_calls 4\n\
                 audio_player aubridge,null\naudio_source aufile,{speech}\n\
                 audio_alert aubridge,alert\naudio_level no\nausrc_format s16\n\
                 auplay_format s16\nauenc_format s16\naudec_format s16\n\
                 audio_buffer 20-160\naudio_channels 1-1\naudio_srate 8000-8000\n\
                 audio_telev_pt 101\nrtp_ports {audio}-{last}\nrtcp_mux no\n\
                 jitter_buffer_delay 5-10\nnet_interface 127.0.0.1\n\
                 module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\n\
                 module aubridge.so\nmodule sndfile.so\nmodule uuid.so\n\
                 module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
                 module_app cons.so\ncons_listen 127.0.0.1:{keyboard}\n\
                 ctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {folder}\n",
                speech = speech.display(),
                folder = folder.path().display(),
                last = audio + 20,
            ),
        )
        .unwrap();
        let mode = if dial.is_some() { "manual" } else { "auto" };
        std::fs::write(
            folder.path().join("accounts"),
            format!(
                "<sip:+250788000001@127.0.0.1:{sip}>;regint=0;answermode={mode};\
                 audio_codecs={codec}/8000/1;ptime=20\n"
            ),
        )
        .unwrap();
        let mut command = Command::new("baresip");
        command.arg("-f").arg(folder.path()).args(["-t", "58"]);
        if let Some(target) = dial {
            command.args(["-e", &format!("/dial {target}")]);
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let process = command
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Baresip {
            process,
            folder,
            sip,
            keyboard,
            control,
        }
    }

    async fn press(&self, key: char) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let target = ("127.0.0.1", self.keyboard);
        socket.send_to(&[key as u8], target).await.unwrap();
    }

    /// Sends a command as its control module wants it: a netstring of JSON.
    async fn command(&self, command: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.control))
            .await
            .unwrap();
        let text = format!("{{\"command\":\"{command}\",\"token\":\"t\"}}");
        let framed = format!("{}:{text},", text.len());
        stream.write_all(framed.as_bytes()).await.unwrap();
    }

    /// Ends it, and returns the tones it heard.
    async fn heard(mut self) -> Vec<u32> {
        self.command("quit").await;
        soon(self.process.wait()).await.unwrap();
        let mut names = std::fs::read_dir(self.folder.path()).unwrap();
        let dump = names.find_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name.starts_with("dump") && name.ends_with("dec.wav")).then_some(path)
        });
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        let dump = dump.unwrap_or_else(|| panic!("baresip recorded nothing: {log}"));
        let wav = std::fs::read(dump).unwrap();
        // The header of a plain WAV file is 44 octets.
        let samples: Vec<i16> = wav[44..]
            .chunks_exact(2)
            .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        tones::heard(&samples, &tones::BOX)
    }
}

fn write_wav(path: &Path, samples: &[i16]) {
    models::wav::write(path, &Samples::from_pcm16(SampleRate::TELEPHONE, samples)).unwrap();
}

/// Whether `heard` goes through all the box's tones, in their order, wherever it begins.
fn is_all_of_the_box(heard: &[u32]) -> bool {
    let next = |tone: u32| {
        let at = tones::BOX.iter().position(|&found| found == tone);
        at.map(|at| tones::BOX[(at + 1) % tones::BOX.len()])
    };
    heard.len() >= tones::BOX.len() && heard.windows(2).all(|pair| next(pair[0]) == Some(pair[1]))
}

#[tokio::test]
async fn a_call_carries_tones_both_ways_keys_and_hold() {
    if !has("baresip") {
        return;
    }
    let mut site = site::open(2, "").await;
    let peer = Baresip::start(Some(format!("sip:learn@{}", site.trunk.address)), "PCMU");
    let mut line = site::answer(&mut site).await;
    assert_eq!(format!("{:?}", line.caller), "Number(+250…01)");
    play_tones(&line);
    let mut heard = Heard::default();
    listen(&mut line, &mut heard, |heard, _| {
        heard.tones().len() == tones::LEARNER.len()
    })
    .await;
    assert_eq!(heard.tones(), tones::LEARNER);
    for key in "123#".chars() {
        peer.press(key).await;
        listen(&mut line, &mut heard, |_, event| {
            *event == FromLearner::Key(key)
        })
        .await;
    }
    peer.press('x').await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::Held
    })
    .await;
    peer.press('X').await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::Resumed
    })
    .await;
    peer.command("hangup").await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::HungUp
    })
    .await;
    assert_eq!(heard.keys, "123#");
    assert_eq!(site.counts.rtp_strangers.get(), 0);
    let tones = peer.heard().await;
    assert!(is_all_of_the_box(&tones[..tones.len().min(5)]), "{tones:?}");
    // Its place is free again, and nothing is left to end.
    assert!(site.trunk.close(std::time::Duration::from_secs(20)).await);
    assert_eq!(site.lines.taken(), 0);
}

#[tokio::test]
async fn the_box_calls_and_hangs_up() {
    if !has("baresip") {
        return;
    }
    let peer = Baresip::start(None, "PCMA");
    let gateway = format!("[[gateways]]\naddress = \"127.0.0.1\"\nport = {}", peer.sip);
    let site = site::open(1, &gateway).await;
    let number = PhoneNumber::parse("+250788000001").unwrap();
    let mut line = loop {
        // It may not listen yet: the first invitations are refused by nobody and sent again.
        match soon(site.trunk.dial(&number)).await {
            Ok(line) => break line,
            Err(error) => eprintln!("not yet: {error}"),
        }
    };
    play_tones(&line);
    let mut heard = Heard::default();
    listen(&mut line, &mut heard, |heard, _| {
        heard.tones().len() == tones::LEARNER.len()
    })
    .await;
    assert_eq!(heard.tones(), tones::LEARNER);
    assert_eq!(site.lines.taken(), 1);
    assert!(site.trunk.close(std::time::Duration::from_secs(20)).await);
    let tones = peer.heard().await;
    assert!(is_all_of_the_box(&tones[..tones.len().min(5)]), "{tones:?}");
    assert_eq!(site.lines.taken(), 0);
}
