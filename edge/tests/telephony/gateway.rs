//! A gateway and a registrar written by hand, for calls and registrations the box begins.

use std::net::SocketAddr;

use edge::phone_number::PhoneNumber;
use edge::telephony::{DialError, FromLearner};
use tokio::net::UdpSocket;

use crate::by_hand::{Hand, response};
use crate::site::{self, Heard, Site, freed, listen, soon};

const NUMBER: &str = "+250788000007";

async fn gateway() -> (UdpSocket, Site) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let config = format!("[[gateways]]\naddress = \"127.0.0.1\"\nport = {port}");
    (socket, site::open(1, &config).await)
}

fn number() -> PhoneNumber {
    PhoneNumber::parse(NUMBER).unwrap()
}

/// The next request of this method, and where it came from.
async fn request(socket: &UdpSocket, method: &str) -> (String, SocketAddr) {
    let mut buffer = [0; 4_096];
    loop {
        let (size, from) = soon(socket.recv_from(&mut buffer)).await.unwrap();
        let message = String::from_utf8_lossy(&buffer[..size]).into_owned();
        if message.starts_with(method) {
            return (message, from);
        }
    }
}

/// The gateway answers the box's call with a refusal.
async fn check(status: &str, expected: DialError) {
    let (socket, site) = gateway().await;
    let dialler = site.trunk.dialler();
    let dialling = tokio::spawn(async move { dialler.dial(&number()).await });
    let (invite, from) = request(&socket, "INVITE").await;
    assert!(
        invite.starts_with(&format!("INVITE sip:{NUMBER}@127.0.0.1")),
        "{invite}"
    );
    let refused = response(&invite, status, "", "");
    socket.send_to(refused.as_bytes(), from).await.unwrap();
    request(&socket, "ACK").await;
    assert_eq!(soon(dialling).await.unwrap().unwrap_err(), expected);
    freed(&site).await;
}

#[tokio::test]
async fn why_a_call_failed_is_told() {
    check("486 Busy Here", DialError::Busy).await;
    check("480 Temporarily Unavailable", DialError::NoAnswer).await;
    check("403 Forbidden", DialError::Refused { status: 403 }).await;
}

#[tokio::test]
async fn a_call_nobody_wants_any_more_is_cancelled() {
    let (socket, site) = gateway().await;
    let dialler = site.trunk.dialler();
    let dialling = tokio::spawn(async move { dialler.dial(&number()).await });
    let (invite, from) = request(&socket, "INVITE").await;
    let ringing = response(&invite, "180 Ringing", "", "");
    socket.send_to(ringing.as_bytes(), from).await.unwrap();
    // While it rings the box's only line is taken.
    let busy = soon(site.trunk.dial(&number())).await.unwrap_err();
    assert_eq!(busy, DialError::NoLine);
    dialling.abort();
    let (cancel, from) = request(&socket, "CANCEL").await;
    let done = response(&cancel, "200 OK", "", "");
    socket.send_to(done.as_bytes(), from).await.unwrap();
    let ended = response(&invite, "487 Request Terminated", "", "");
    socket.send_to(ended.as_bytes(), from).await.unwrap();
    request(&socket, "ACK").await;
    freed(&site).await;
}

#[tokio::test]
async fn a_call_the_learner_takes_and_ends_is_a_line() {
    let (socket, site) = gateway().await;
    let dialler = site.trunk.dialler();
    let dialling = tokio::spawn(async move { dialler.dial(&number()).await });
    let (invite, from) = request(&socket, "INVITE").await;
    assert!(invite.contains("m=audio"), "{invite}");
    let mut hand = Hand::new(&site).await;
    let own = socket.local_addr().unwrap();
    let contact = format!("Contact: <sip:gw@{own}>\r\n");
    let taken = response(&invite, "200 OK", &contact, &hand.sdp(""));
    socket.send_to(taken.as_bytes(), from).await.unwrap();
    request(&socket, "ACK").await;
    let mut line = soon(dialling).await.unwrap().unwrap();
    let mut buffer = [0; 400];
    assert!(soon(hand.audio.recv(&mut buffer)).await.unwrap() > 12);
    let bye = in_dialog(&invite, &own);
    socket.send_to(bye.as_bytes(), from).await.unwrap();
    let mut heard = Heard::default();
    listen(&mut line, &mut heard, |_, event| {
        *event == FromLearner::HungUp
    })
    .await;
    hand.target = from;
    freed(&site).await;
}

/// A BYE of the called side in the dialog that `invite` began.
fn in_dialog(invite: &str, own: &SocketAddr) -> String {
    let value = |name: &str| {
        let line = invite.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].trim().to_owned()
    };
    let target = value("Contact:");
    let target = target.trim_matches(['<', '>']);
    format!(
        "BYE {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKbye\r\n\
         Max-Forwards: 70\r\nFrom: {};tag=gateway\r\nTo: {}\r\nCall-ID: {}\r\n\
         CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
        value("To:"),
        value("From:"),
        value("Call-ID:")
    )
}

/// Takes registrations, each after a challenge; `answers` are the final ones in their order.
/// Returns the `Expires` each asked for.
async fn registrar(socket: &UdpSocket, answers: &[(&str, &str)]) -> Vec<String> {
    let mut asked = Vec::new();
    for (status, headers) in answers {
        loop {
            let (register, from) = request(socket, "REGISTER").await;
            let (status, headers, last) = if register.contains("Authorization:") {
                let expires = register.lines().find(|line| line.starts_with("Expires:"));
                asked.push(expires.unwrap_or_default().to_owned());
                (*status, *headers, true)
            } else {
                let challenge = "WWW-Authenticate: Digest realm=\"gw\", nonce=\"n1\", \
                                 algorithm=MD5, qop=\"auth\"\r\n";
                ("401 Unauthorized", challenge, false)
            };
            let answer = response(&register, status, headers, "");
            socket.send_to(answer.as_bytes(), from).await.unwrap();
            if last {
                break;
            }
        }
    }
    asked
}

#[tokio::test]
async fn a_registration_is_renewed_in_time_and_taken_back() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server = socket.local_addr().unwrap();
    let config = format!(
        "[registration]\nserver = \"{server}\"\nuser = \"box\"\npassword = \"secret\"\n\
         expires_s = 60"
    );
    let mut site = site::open(1, &config).await;
    let answers = [
        ("423 Interval Too Brief", "Min-Expires: 90\r\n"),
        ("200 OK", "Expires: 2\r\n"),
        ("200 OK", "Expires: 600\r\n"),
    ];
    let asked = registrar(&socket, &answers).await;
    assert_eq!(asked, ["Expires: 60", "Expires: 90", "Expires: 90"]);
    // Whom it registered with may call.
    let mut hand = Hand::new(&site).await;
    let body = hand.sdp("");
    let (mut line, _) = hand.call(&mut site, "", &body).await;
    hand.send("BYE", 2, "", "").await;
    // Letting go of the line before would hang up from both ends at once, and nobody answers here.
    listen(&mut line, &mut Heard::default(), |_, event| {
        *event == FromLearner::HungUp
    })
    .await;
    freed(&site).await;
    let closing = tokio::spawn(site.trunk.close(std::time::Duration::from_secs(20)));
    let asked = registrar(&socket, &[("200 OK", "")]).await;
    assert_eq!(asked, ["Expires: 0"]);
    assert!(soon(closing).await.unwrap());
}

#[tokio::test]
async fn a_wrong_password_is_tried_again_slowly_and_counted() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server = socket.local_addr().unwrap();
    let config =
        format!("[registration]\nserver = \"{server}\"\nuser = \"box\"\npassword = \"wrong\"");
    let site = site::open(1, &config).await;
    let began = std::time::Instant::now();
    let answers = [("403 Forbidden", ""), ("403 Forbidden", ""), ("200 OK", "")];
    registrar(&socket, &answers).await;
    // One second, then two: a registrar that bans who hammers it is not hammered.
    assert!(began.elapsed() >= std::time::Duration::from_secs(3));
    assert_eq!(site.counts.unregistered.get(), 2);
}
