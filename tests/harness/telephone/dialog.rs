//! The little SIP (RFC 3261) that a telephone needs to place one call over UDP.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::faults::Chance;

/// Unanswered requests are sent again after this.
const RESEND: Duration = Duration::from_millis(500);
const ANSWER_MAX: Duration = Duration::from_secs(20);
const DATAGRAM_MAX: usize = 8_192;

/// One dialog, from INVITE to BYE.
#[derive(Debug)]
pub(super) struct Dialog {
    socket: UdpSocket,
    uri: String,
    us: String,
    tag: String,
    call: String,
    to: String,
    target: String,
    refused: bool,
}

/// What the box answered.
#[derive(Debug)]
pub(super) enum Answered {
    /// It listens here for audio.
    Taken(SocketAddr),
    Refused(u16),
}

impl Dialog {
    /// Calls, and waits for the final answer.
    pub(super) fn open(
        to: SocketAddr,
        from: &str,
        audio_port: u16,
        chance: &mut Chance,
    ) -> io::Result<(Dialog, Answered)> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(to)?;
        socket.set_read_timeout(Some(RESEND))?;
        let here = socket.local_addr()?;
        let uri = format!("sip:learn@{to}");
        let mut dialog = Dialog {
            us: format!("sip:{from}@{here}"),
            tag: format!("{:x}", chance.number()),
            call: format!("{:x}", chance.number()),
            to: format!("<{uri}>"),
            target: uri.clone(),
            refused: false,
            uri,
            socket,
        };
        let invite = dialog.request("INVITE", 1, &offer(audio_port));
        let end = Instant::now() + ANSWER_MAX;
        dialog.send(&invite)?;
        let mut ringing = false;
        while Instant::now() < end {
            let Some(message) = dialog.receive()? else {
                if !ringing {
                    dialog.send(&invite)?;
                }
                continue;
            };
            let Some(status) = status(&message) else {
                continue;
            };
            ringing = true;
            if status < 200 {
                continue;
            }
            field(&message, "To").clone_into(&mut dialog.to);
            if let Some(target) = between(field(&message, "Contact"), "<", ">") {
                target.clone_into(&mut dialog.target);
            }
            dialog.refused = status >= 300;
            let acknowledge = dialog.request("ACK", 1, "");
            dialog.send(&acknowledge)?;
            let answered = match status {
                200..=299 => Answered::Taken(listens(&message)?),
                _ => Answered::Refused(status),
            };
            return Ok((dialog, answered));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "no answer"))
    }

    /// Answers what comes for at most [`RESEND`]; `true` once the box has hung up.
    pub(super) fn mind(&self) -> io::Result<bool> {
        let Some(message) = self.receive()? else {
            return Ok(false);
        };
        let method = message.split(' ').next().unwrap_or_default();
        match method {
            // Our acknowledgement was lost, or crossed with the answer sent again.
            "SIP/2.0" => {
                if field(&message, "CSeq").ends_with("INVITE") {
                    self.send(&self.request("ACK", 1, ""))?;
                }
                return Ok(field(&message, "CSeq").ends_with("BYE"));
            }
            "ACK" => return Ok(false),
            _ => {}
        }
        let kept = ["Via", "From", "To", "Call-ID", "CSeq"];
        let lines = message.split("\r\n").filter(|line| {
            let name = line.split(':').next().unwrap_or_default();
            kept.iter().any(|kept| kept.eq_ignore_ascii_case(name))
        });
        let kept: Vec<&str> = lines.collect();
        let answer = format!(
            "SIP/2.0 200 OK\r\n{}\r\nContact: <{}>\r\nContent-Length: 0\r\n\r\n",
            kept.join("\r\n"),
            self.us
        );
        self.send(&answer)?;
        Ok(method == "BYE")
    }

    pub(super) fn hang_up(&self) -> io::Result<()> {
        self.send(&self.request("BYE", 2, ""))
    }

    fn request(&self, method: &str, sequence: u32, body: &str) -> String {
        let Self { us, tag, call, .. } = self;
        let here = us.rsplit('@').next().unwrap_or_default();
        // What acknowledges a refusal belongs to the INVITE (RFC 3261, 17.1.1.3).
        let branch = if self.refused { "INVITE" } else { method };
        let target = if method == "INVITE" {
            &self.uri
        } else {
            &self.target
        };
        let kind = match body {
            "" => "",
            _ => "Content-Type: application/sdp\r\n",
        };
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {here};rport;branch=z9hG4bK{call}{branch}\r\n\
             Max-Forwards: 70\r\nFrom: <{us}>;tag={tag}\r\nTo: {}\r\nCall-ID: {call}\r\n\
             CSeq: {sequence} {method}\r\nContact: <{us}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            self.to,
            body.len()
        )
    }

    fn send(&self, message: &str) -> io::Result<()> {
        self.socket.send(message.as_bytes()).map(drop)
    }

    fn receive(&self) -> io::Result<Option<String>> {
        let mut datagram = [0; DATAGRAM_MAX];
        match self.socket.recv(&mut datagram) {
            Ok(size) => Ok(Some(
                String::from_utf8_lossy(&datagram[..size]).into_owned(),
            )),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// A-law and keys (RFC 4733), 20 ms a packet.
fn offer(audio_port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {audio_port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

fn status(message: &str) -> Option<u16> {
    message.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let values = message.split("\r\n").filter_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    });
    values.into_iter().next().unwrap_or_default()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split(after).next()
}

/// Where the other side listens for audio.
fn listens(message: &str) -> io::Result<SocketAddr> {
    let address = between(message, "c=IN IP4 ", "\r\n");
    let port = between(message, "m=audio ", " ");
    let (Some(address), Some(port)) = (address, port) else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "an answer without audio",
        ));
    };
    let where_to = format!("{address}:{port}").parse();
    where_to.map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "an answer with a strange address",
        )
    })
}
