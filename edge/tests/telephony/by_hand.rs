//! Messages written by hand: what the other peers do not do.

use std::net::SocketAddr;

use edge::telephony::{AnswerError, FromLearner, Line, Refusal};
use tokio::net::UdpSocket;

use crate::site::{self, Heard, Site, freed, listen, soon};
use crate::tones;

/// A telephone that says exactly what it is told to.
pub struct Hand {
    pub sip: UdpSocket,
    pub audio: UdpSocket,
    pub target: SocketAddr,
    call: String,
    branch: u32,
    /// The box's tag, once it has one.
    tag: String,
    contact: String,
}

impl Hand {
    pub async fn new(site: &Site) -> Hand {
        let sip = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let own = sip.local_addr().unwrap();
        let call = format!("{}@hand", own.port());
        Hand {
            sip,
            audio: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            target: site.trunk.address,
            call,
            branch: 0,
            tag: String::new(),
            contact: format!("sip:hand@{own}"),
        }
    }

    fn request(&self, method: &str, seq: u32, headers: &str, body: &str) -> String {
        let (own, target, call, tag) = (
            self.sip.local_addr().unwrap(),
            self.target,
            &self.call,
            &self.tag,
        );
        let (branch, contact) = (self.branch, &self.contact);
        let kind = if body.starts_with("v=0") {
            "Content-Type: application/sdp\r\n"
        } else {
            ""
        };
        format!(
            "{method} sip:learn@{target} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK{call}{branch}{seq}\r\nMax-Forwards: 70\r\n\
             From: <sip:+250788000005@{own}>;tag=hand\r\nTo: <sip:learn@{target}>{tag}\r\n\
             Call-ID: {call}\r\nCSeq: {seq} {method}\r\nContact: <{contact}>\r\n\
             {headers}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    pub async fn send(&mut self, method: &str, seq: u32, headers: &str, body: &str) {
        self.branch += 1;
        self.resend(method, seq, headers, body).await;
    }

    /// The same again, under the same branch.
    pub async fn resend(&self, method: &str, seq: u32, headers: &str, body: &str) {
        let request = self.request(method, seq, headers, body);
        self.sip
            .send_to(request.as_bytes(), self.target)
            .await
            .unwrap();
    }

    /// The next message that begins so; others are passed over.
    pub async fn receive(&mut self, begins: &str) -> String {
        let mut buffer = [0; 4_096];
        loop {
            let size = soon(self.sip.recv(&mut buffer)).await.unwrap();
            let message = String::from_utf8_lossy(&buffer[..size]).into_owned();
            if message.starts_with(begins) {
                let to = message
                    .lines()
                    .find(|line| line.starts_with("To:"))
                    .unwrap_or("");
                if let Some((_, tag)) = to.split_once(";tag=") {
                    self.tag = format!(";tag={tag}");
                }
                return message;
            }
        }
    }

    pub fn sdp(&self, direction: &str) -> String {
        let port = self.audio.local_addr().unwrap().port();
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/8000\r\n{direction}"
        )
    }

    /// Rings and is answered; returns the box's answer too.
    pub async fn call(&mut self, site: &mut Site, headers: &str, body: &str) -> (Line, String) {
        self.send("INVITE", 1, headers, body).await;
        let ring = soon(site.trunk.rings.recv()).await.unwrap();
        let answering = tokio::spawn(ring.answer());
        let answer = self.receive("SIP/2.0 200").await;
        let acknowledged = if body.is_empty() {
            self.sdp("")
        } else {
            String::new()
        };
        self.send("ACK", 1, "", &acknowledged).await;
        (soon(answering).await.unwrap().unwrap(), answer)
    }

    /// Sends a tone as packets of `size` samples, in a burst: the box's own clock paces it.
    async fn speak(&self, port: u16, ssrc: u32, begin: u32, size: usize, count: usize) {
        let samples = tones::samples(&tones::LEARNER[..1]);
        for n in 0..count {
            let mut packet = vec![0x80, 0];
            packet.extend((n as u16).to_be_bytes());
            packet.extend((begin.wrapping_add((n * size) as u32)).to_be_bytes());
            packet.extend(ssrc.to_be_bytes());
            let audio = samples.iter().skip(n * size).take(size);
            packet.extend(audio.map(|&sample| models::g711::encode_ulaw(sample)));
            self.audio
                .send_to(&packet, ("127.0.0.1", port))
                .await
                .unwrap();
        }
    }
}

/// An answer to a request of the box.
pub fn response(request: &str, status: &str, headers: &str, body: &str) -> String {
    let copied = request.lines().filter_map(|line| {
        let named = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
        let kept = named.iter().any(|name| line.starts_with(name));
        let tag = if line.starts_with("To:") && !line.contains(";tag=") {
            ";tag=gateway"
        } else {
            ""
        };
        kept.then(|| format!("{line}{tag}\r\n"))
    });
    let copied: String = copied.collect();
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    format!(
        "SIP/2.0 {status}\r\n{copied}{headers}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn audio_port(description: &str) -> u16 {
    let line = description
        .lines()
        .find(|line| line.starts_with("m=audio "))
        .unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_late_offer_is_answered_in_the_acknowledgement() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    let (mut line, answer) = hand.call(&mut site, "", "").await;
    assert!(answer.contains("m=audio"), "{answer}");
    hand.speak(audio_port(&answer), 7, 0, 160, 10).await;
    let mut heard = Heard::default();
    listen(&mut line, &mut heard, |heard, _| !heard.tones().is_empty()).await;
    // The box speaks to the address of the acknowledgement.
    let mut buffer = [0; 400];
    assert!(soon(hand.audio.recv(&mut buffer)).await.unwrap() > 12);
}

#[tokio::test]
async fn an_invitation_said_twice_rings_once_and_is_answered_again() {
    let mut site = site::open(2, "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    hand.send("INVITE", 1, "", &body).await;
    hand.receive("SIP/2.0 180").await;
    hand.resend("INVITE", 1, "", &body).await;
    hand.receive("SIP/2.0 180").await;
    let ring = soon(site.trunk.rings.recv()).await.unwrap();
    let answering = tokio::spawn(ring.answer());
    hand.receive("SIP/2.0 200").await;
    // Our acknowledgement is lost: the box says it again by itself.
    hand.receive("SIP/2.0 200").await;
    hand.send("ACK", 1, "", "").await;
    soon(answering).await.unwrap().unwrap();
    assert!(site.trunk.rings.try_recv().is_err());
    assert_eq!(site.counts.rings.get(), 1);
}

#[tokio::test]
async fn keys_by_info_hold_by_address_and_session_timers_are_understood() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    let timer = "Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n";
    let body = hand.sdp("");
    let (mut line, answer) = hand.call(&mut site, timer, &body).await;
    assert!(
        answer.contains("Session-Expires: 1800;refresher=uac"),
        "{answer}"
    );
    assert!(answer.contains("Require: timer"), "{answer}");
    let mut heard = Heard::default();

    let relay = "Content-Type: application/dtmf-relay\r\n";
    hand.send("INFO", 2, relay, "Signal=7\r\nDuration=160\r\n")
        .await;
    hand.receive("SIP/2.0 200").await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::Key('7')
    })
    .await;

    let held = hand
        .sdp("")
        .replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0");
    hand.send("INVITE", 3, timer, &held).await;
    let answer = hand.receive("SIP/2.0 200").await;
    assert!(answer.contains("Session-Expires: 1800"), "{answer}");
    hand.send("ACK", 3, "", "").await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::Held
    })
    .await;

    hand.send("INVITE", 4, timer, &body).await;
    hand.receive("SIP/2.0 200").await;
    hand.send("ACK", 4, "", "").await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::Resumed
    })
    .await;

    hand.send("UPDATE", 5, timer, "").await;
    let answer = hand.receive("SIP/2.0 200").await;
    assert!(
        answer.contains("Session-Expires: 1800;refresher=uac"),
        "{answer}"
    );
    hand.send("OPTIONS", 6, "", "").await;
    hand.receive("SIP/2.0 200").await;

    hand.send("BYE", 7, "", "").await;
    hand.receive("SIP/2.0 200").await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::HungUp
    })
    .await;
}

#[tokio::test]
async fn the_coding_may_change_and_the_offer_be_left_to_us() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    let (mut line, answer) = hand.call(&mut site, "", &body).await;
    assert!(answer.contains("RTP/AVP 0 97"), "{answer}");
    let mut heard = Heard::default();

    let other = body.replace("RTP/AVP 0 97", "RTP/AVP 8 97");
    hand.send("INVITE", 2, "", &other).await;
    let answer = hand.receive("SIP/2.0 200").await;
    assert!(answer.contains("RTP/AVP 8 97"), "{answer}");
    hand.send("ACK", 2, "", "").await;
    let mut packet = [0; 400];
    while packet[1] & 0x7f != 8 {
        soon(hand.audio.recv(&mut packet)).await.unwrap();
    }

    // No offer: ours goes in the answer, and the acknowledgement holds the call.
    hand.send("INVITE", 3, "", "").await;
    let answer = hand.receive("SIP/2.0 200").await;
    assert!(answer.contains("m=audio"), "{answer}");
    let held = hand.sdp("a=sendonly\r\n");
    hand.send("ACK", 3, "", &held).await;
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::Held
    })
    .await;
}

#[tokio::test]
async fn a_session_we_are_to_renew_is_renewed() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    let timer = "Supported: timer\r\nSession-Expires: 2;refresher=uas\r\n";
    let (line, answer) = hand.call(&mut site, timer, &body).await;
    assert!(
        answer.contains("Session-Expires: 2;refresher=uas"),
        "{answer}"
    );
    for _ in 0..2 {
        let renewal = hand.receive("INVITE").await;
        assert!(
            renewal.contains("Session-Expires: 2;refresher=uac"),
            "{renewal}"
        );
        assert!(renewal.contains("m=audio"), "{renewal}");
        let own = hand.sip.local_addr().unwrap();
        let contact = format!("Contact: <sip:hand@{own}>\r\n");
        let renewed = response(&renewal, "200 OK", &contact, &hand.sdp(""));
        hand.sip
            .send_to(renewed.as_bytes(), hand.target)
            .await
            .unwrap();
        hand.receive("ACK").await;
    }
    drop(line);
    hand.receive("BYE").await;
}

#[tokio::test]
async fn a_contact_that_is_a_name_is_said_goodbye_where_it_called_from() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    hand.contact = "sip:gateway@gateway.local".to_owned();
    let body = hand.sdp("");
    let (line, _) = hand.call(&mut site, "", &body).await;
    drop(line);
    hand.receive("BYE").await;
}

#[tokio::test]
async fn a_stranger_is_not_heard_and_another_source_of_the_peer_is() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    let (mut line, answer) = hand.call(&mut site, "", &body).await;
    let port = audio_port(&answer);
    hand.speak(port, 7, 1_000, 240, 12).await;
    let mut heard = Heard::default();
    listen(&mut line, &mut heard, |heard, _| !heard.tones().is_empty()).await;
    // From another port: not the call's.
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let packet = [&[0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9][..], &[0x10; 160]].concat();
    for _ in 0..5 {
        stranger
            .send_to(&packet, ("127.0.0.1", port))
            .await
            .unwrap();
    }
    // The peer changes its source, as a gateway does that begins to play something else.
    heard.audio.clear();
    hand.speak(port, 8, 90_000, 160, 12).await;
    listen(&mut line, &mut heard, |heard, _| !heard.tones().is_empty()).await;
    assert_eq!(site.counts.rtp_strangers.get(), 5);
}

#[tokio::test]
async fn what_the_box_cannot_do_is_refused_by_its_status() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    // Only a coding we do not have.
    let foreign = hand.sdp("").replace("RTP/AVP 0 97", "RTP/AVP 18");
    hand.send("INVITE", 1, "", &foreign).await;
    hand.receive("SIP/2.0 488").await;
    hand.send("ACK", 1, "", "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    hand.send("INVITE", 1, "Require: 100rel\r\n", &body).await;
    let answer = hand.receive("SIP/2.0 420").await;
    assert!(answer.contains("Unsupported: 100rel"), "{answer}");
    hand.send("ACK", 1, "", "").await;
    // A dialog nobody knows.
    let mut hand = Hand::new(&site).await;
    hand.tag = ";tag=nobody".to_owned();
    hand.send("BYE", 9, "", "").await;
    hand.receive("SIP/2.0 481").await;
    hand.tag.clear();
    hand.send("SUBSCRIBE", 1, "", "").await;
    hand.receive("SIP/2.0 405").await;
    // The box decides.
    for (refusal, status) in [
        (Refusal::Busy, "SIP/2.0 486"),
        (Refusal::Unavailable, "SIP/2.0 503"),
        (Refusal::Declined, "SIP/2.0 603"),
    ] {
        let mut hand = Hand::new(&site).await;
        hand.send("INVITE", 1, "", &body).await;
        let ring = soon(site.trunk.rings.recv()).await.unwrap();
        ring.refuse(refusal).await;
        hand.receive(status).await;
        hand.resend("ACK", 1, "", "").await;
        freed(&site).await;
    }
    // Each of them gave its line back.
    let mut hand = Hand::new(&site).await;
    let (line, _) = hand.call(&mut site, "", &body).await;
    assert_eq!(site.lines.taken(), 1);
    drop(line);
    hand.receive("BYE").await;
}

#[tokio::test]
async fn a_dropped_ring_is_refused_and_one_given_up_cannot_be_answered() {
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    hand.send("INVITE", 1, "", &body).await;
    drop(soon(site.trunk.rings.recv()).await.unwrap());
    hand.receive("SIP/2.0 503").await;
    hand.resend("ACK", 1, "", "").await;
    freed(&site).await;
    let mut hand = Hand::new(&site).await;
    hand.send("INVITE", 1, "", &body).await;
    hand.receive("SIP/2.0 180").await;
    let mut ring = soon(site.trunk.rings.recv()).await.unwrap();
    hand.tag.clear();
    hand.resend("CANCEL", 1, "", "").await;
    hand.receive("SIP/2.0 487").await;
    soon(ring.cancelled()).await;
    let error = soon(ring.answer()).await.unwrap_err();
    assert_eq!(error, AnswerError::GivenUp);
}

#[tokio::test]
async fn who_is_no_gateway_is_not_answered() {
    let gateway = "[[gateways]]\naddress = \"192.0.2.1\"";
    let site = site::open(1, gateway).await;
    let mut hand = Hand::new(&site).await;
    for seq in 1..4 {
        hand.send("OPTIONS", seq, "", "").await;
    }
    let counted = async {
        while site.counts.uninvited.get() < 3 {
            tokio::task::yield_now().await;
        }
    };
    soon(counted).await;
    let mut buffer = [0; 100];
    assert!(hand.sip.try_recv(&mut buffer).is_err());
}

#[tokio::test]
async fn a_closing_trunk_says_goodbye_and_takes_no_more() {
    let mut site = site::open(2, "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    let (mut line, _) = hand.call(&mut site, "", &body).await;
    let closing = tokio::spawn(site.trunk.close(std::time::Duration::from_secs(20)));
    let bye = hand.receive("BYE").await;
    let answer = response(&bye, "200 OK", "", "");
    hand.sip
        .send_to(answer.as_bytes(), hand.target)
        .await
        .unwrap();
    assert!(soon(closing).await.unwrap());
    let mut heard = Heard::default();
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::HungUp
    })
    .await;
    assert_eq!(site.lines.taken(), 0);
}

#[tokio::test]
async fn a_call_given_up_at_the_moment_of_its_answer_leaves_nothing_behind() {
    let mut site = site::open(1, "").await;
    for n in 0..10 {
        let mut hand = Hand::new(&site).await;
        let body = hand.sdp("");
        hand.send("INVITE", 1, "", &body).await;
        hand.receive("SIP/2.0 180").await;
        let ring = soon(site.trunk.rings.recv()).await.unwrap();
        let tag = std::mem::take(&mut hand.tag);
        let answering = tokio::spawn(ring.answer());
        for _ in 0..n {
            tokio::task::yield_now().await;
        }
        hand.resend("CANCEL", 1, "", "").await;
        loop {
            let answer = hand.receive("SIP/2.0").await;
            let invite = answer.contains("CSeq: 1 INVITE");
            if invite && answer.starts_with("SIP/2.0 487") {
                assert_eq!(
                    soon(answering).await.unwrap().unwrap_err(),
                    AnswerError::GivenUp
                );
                break;
            }
            if invite && answer.starts_with("SIP/2.0 200") {
                // The answer was first: the telephone takes the call and ends it.
                hand.tag = tag;
                hand.send("ACK", 1, "", "").await;
                drop(soon(answering).await.unwrap().unwrap());
                hand.receive("BYE").await;
                break;
            }
        }
        freed(&site).await;
    }
}

/// Everything this room writes to the log at INFO, with the library filtered as it asks.
#[tokio::test]
async fn no_number_is_written_to_the_log() {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl Write for Log {
        fn write(&mut self, written: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(written);
            Ok(written.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let log = Log::default();
    let writer = log.clone();
    let filter = tracing_subscriber::EnvFilter::new("info")
        .add_directive(edge::telephony::config::LOG_FILTER.parse().unwrap());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || writer.clone())
        .finish();
    // One thread runs the whole test, so that what its tasks log is seen here.
    let _scope = tracing::subscriber::set_default(subscriber);
    let mut site = site::open(1, "").await;
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    let (line, _) = hand.call(&mut site, "", &body).await;
    drop(line);
    hand.receive("BYE").await;
    let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(written.contains("a call rings"), "{written}");
    assert!(!written.contains("788000005"), "{written}");
    assert!(!written.contains("SIP/2.0"), "{written}");
}

/// `ISHURI_FUZZ_RUNS` broken messages (3,000 unless set), the same for the same number; then a
/// call as if nothing had been.
#[tokio::test]
async fn broken_messages_do_not_stop_calls() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    // A task that panics ends alone and unseen, so panics are counted.
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    let runs = std::env::var("ISHURI_FUZZ_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok());
    let mut site = site::open(4, "").await;
    let mut hand = Hand::new(&site).await;
    let mut alive = Hand::new(&site).await;
    let body = hand.sdp("");
    let mut next = random();
    for run in 0..runs.unwrap_or(3_000u32) {
        hand.call = format!("{run}@fuzz");
        let message = broken(&hand, &body, &mut next);
        hand.sip.send_to(&message, hand.target).await.unwrap();
        // Rings that got through are refused, so that lines stay free.
        while let Ok(ring) = site.trunk.rings.try_recv() {
            ring.refuse(Refusal::Declined).await;
        }
        // The box keeps up: nothing is lost on the way that would not be tried.
        if run % 16 == 0 {
            alive.send("OPTIONS", run + 1, "", "").await;
            alive.receive("SIP/2.0 200").await;
            // Each asks anew, outside of any dialog.
            alive.tag.clear();
        }
        if run % 100 == 0 {
            let mut stream = tokio::net::TcpStream::connect(hand.target).await.unwrap();
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &message).await;
        }
    }
    // All has been read; what rings still is refused until every line is free again.
    alive.send("OPTIONS", u32::MAX >> 1, "", "").await;
    alive.receive("SIP/2.0 200").await;
    let freed = async {
        while site.lines.taken() > 0 {
            while let Ok(ring) = site.trunk.rings.try_recv() {
                ring.refuse(Refusal::Declined).await;
            }
            tokio::task::yield_now().await;
        }
    };
    soon(freed).await;
    // Enough of them were whole enough to ring.
    let rings = site.counts.rings.get();
    assert!(
        rings >= u64::from(runs.unwrap_or(3_000u32) / 200),
        "{rings}"
    );
    let mut hand = Hand::new(&site).await;
    let (line, _) = hand.call(&mut site, "", &body).await;
    drop(line);
    hand.receive("BYE").await;
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}

fn random() -> impl FnMut() -> usize {
    let mut random = 0x0bad_cafe_0bad_cafeu64;
    move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize
    }
}

/// A request with some of its octets changed, lost or doubled.
fn broken(hand: &Hand, body: &str, next: &mut impl FnMut() -> usize) -> Vec<u8> {
    let methods = [
        "INVITE", "BYE", "ACK", "CANCEL", "INFO", "UPDATE", "OPTIONS", "PRACK", "X",
    ];
    let method = methods[next() % methods.len()];
    let seq = next() as u32;
    let mut message = hand.request(method, seq, "", body).into_bytes();
    for _ in 0..1 + next() % 12 {
        let (at, from) = (next() % message.len(), next() % message.len());
        let (first, last) = (at.min(from), at.max(from));
        match next() % 4 {
            0 => message[at] = next() as u8,
            1 if next().is_multiple_of(4) => message.truncate(at.max(1)),
            2 => message.extend_from_within(first..last.min(first + 40)),
            _ => drop(message.drain(first..last.min(first + 20))),
        }
        if message.is_empty() {
            message.push(b'\r');
        }
    }
    message.truncate(8_000);
    message
}
