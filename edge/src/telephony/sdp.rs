//! The part of SDP (RFC 8866) and of offer and answer (RFC 3264) that a telephone call needs.

use std::net::{IpAddr, SocketAddr};

use super::rtp::{Coding, Media};

/// No telephone describes itself at greater length.
const SIZE_MAX: usize = 16_384;
const LINES_MAX: usize = 400;
const MEDIA_MAX: usize = 16;

/// The payload type we offer for keys: what nearly every gateway uses.
const KEYS_OFFERED: u8 = 101;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SdpError {
    #[error("read a session description: it is longer than {SIZE_MAX} octets")]
    TooLong,
    #[error("read a session description: line {line} is wrong")]
    Line { line: usize },
    #[error("agree on audio: none is offered")]
    NoAudio,
    #[error("agree on audio: no coding in common")]
    NoCoding,
}

/// What one side says about its end of the call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Description {
    streams: Vec<Stream>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Stream {
    /// As on its `m=` line.
    kind: String,
    protocol: String,
    formats: Vec<String>,
    port: u16,
    /// None where it is a name: we have no need of DNS, the audio will come from somewhere.
    address: Option<IpAddr>,
    direction: Direction,
    /// Payload types with their names in capitals, dynamic ones only.
    names: Vec<(u8, String)>,
    control_port: Option<u16>,
}

/// From the describing side's point of view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// Our own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    /// Names the session; the same for all descriptions of a call.
    pub(crate) session: u64,
    /// Counts our descriptions of the call (RFC 3264, 8).
    pub(crate) version: u64,
}

impl Direction {
    fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    fn listens(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    fn answered(self) -> Direction {
        match self {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            same => same,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    fn parse(name: &str) -> Option<Direction> {
        match name {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        }
    }
}

impl Description {
    /// Reads a description. Unknown lines are passed over, as RFC 8866 asks.
    ///
    /// # Errors
    /// [`SdpError::TooLong`], and [`SdpError::Line`] for a known line that makes no sense.
    pub(crate) fn parse(body: &[u8]) -> Result<Description, SdpError> {
        if body.len() > SIZE_MAX {
            return Err(SdpError::TooLong);
        }
        let text = String::from_utf8_lossy(body);
        let mut streams: Vec<Stream> = Vec::new();
        let (mut address, mut direction) = (None, Direction::default());
        for (n, line) in text.lines().enumerate() {
            let wrong = SdpError::Line { line: n + 1 };
            if n >= LINES_MAX || streams.len() > MEDIA_MAX {
                return Err(SdpError::TooLong);
            }
            let Some((kind, value)) = line.trim_end().split_once('=') else {
                continue;
            };
            match (kind, streams.last_mut()) {
                ("m", _) => {
                    streams.push(Stream::parse(value, address, direction).ok_or(wrong)?);
                }
                ("c", Some(stream)) => stream.address = connection(value).ok_or(wrong)?,
                ("c", None) => address = connection(value).ok_or(wrong)?,
                ("a", Some(stream)) => stream.attribute(value),
                ("a", None) => direction = Direction::parse(value).unwrap_or(direction),
                _ => {}
            }
        }
        Ok(Description { streams })
    }

    fn audio(&self) -> Result<&Stream, SdpError> {
        let usable =
            |stream: &&Stream| stream.kind == "audio" && stream.port != 0 && stream.is_plain_rtp();
        self.streams.iter().find(usable).ok_or(SdpError::NoAudio)
    }

    /// What is agreed when this is the peer's offer or answer. `signal` is where its SIP comes
    /// from: audio may come from there too.
    ///
    /// # Errors
    /// [`SdpError`] when there is no plain G.711 audio.
    pub(crate) fn agreed(&self, signal: IpAddr) -> Result<Media, SdpError> {
        let audio = self.audio()?;
        let coding = audio.coding().ok_or(SdpError::NoCoding)?;
        let address = audio.address.unwrap_or(signal);
        // The hold of RFC 2543, which gateways still use.
        let nowhere = address.is_unspecified();
        let remote = (!nowhere).then(|| SocketAddr::new(address, audio.port));
        let control_port = audio.control_port.or(audio.port.checked_add(1));
        let remote_control = remote
            .zip(control_port)
            .map(|(remote, port)| SocketAddr::new(remote.ip(), port));
        let mut announced = vec![signal];
        if !nowhere && address != signal {
            announced.push(address);
        }
        Ok(Media {
            coding,
            keys_type: audio.keys_type(),
            remote,
            remote_control,
            announced,
            listens: audio.direction.listens() && !nowhere,
            speaks: audio.direction.sends(),
        })
    }

    /// Our answer to this offer: its audio taken, all else refused (RFC 3264, 6).
    ///
    /// # Errors
    /// As [`Description::agreed`].
    pub(crate) fn answer(&self, own: &Own) -> Result<String, SdpError> {
        let taken = self.audio()?;
        let mut answer = own.head();
        for stream in &self.streams {
            if !std::ptr::eq(stream, taken) {
                let (kind, protocol) = (&stream.kind, &stream.protocol);
                let formats = stream.formats.join(" ");
                answer += &format!("m={kind} 0 {protocol} {formats}\r\n");
                continue;
            }
            let coding = stream.coding().ok_or(SdpError::NoCoding)?;
            let keys = stream.keys_type();
            answer += &own.audio(
                &[coding],
                keys,
                &stream.protocol,
                stream.direction.answered(),
            );
        }
        Ok(answer)
    }
}

impl Own {
    /// Our offer, most wanted coding first.
    pub(crate) fn offer(&self) -> String {
        // A-law first: it is what GSM networks outside North America and Japan carry.
        let codings = [Coding::Alaw, Coding::Ulaw];
        let keys = Some(KEYS_OFFERED);
        self.head() + &self.audio(&codings, keys, "RTP/AVP", Direction::SendRecv)
    }

    fn head(&self) -> String {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let Own {
            address,
            session,
            version,
            ..
        } = self;
        format!(
            "v=0\r\no=- {session} {version} IN {family} {address}\r\ns=-\r\n\
             c=IN {family} {address}\r\nt=0 0\r\n"
        )
    }

    fn audio(
        &self,
        codings: &[Coding],
        keys: Option<u8>,
        protocol: &str,
        direction: Direction,
    ) -> String {
        let mut formats = String::new();
        let mut maps = String::new();
        for coding in codings {
            let (payload_type, name) = (coding.payload_type(), coding.name());
            formats += &format!(" {payload_type}");
            maps += &format!("a=rtpmap:{payload_type} {name}/8000\r\n");
        }
        if let Some(keys) = keys {
            formats += &format!(" {keys}");
            maps += &format!("a=rtpmap:{keys} telephone-event/8000\r\na=fmtp:{keys} 0-15\r\n");
        }
        let (port, direction) = (self.port, direction.name());
        format!("m=audio {port} {protocol}{formats}\r\n{maps}a=ptime:20\r\na={direction}\r\n")
    }
}

impl Stream {
    /// The value of an `m=` line.
    fn parse(value: &str, address: Option<IpAddr>, direction: Direction) -> Option<Stream> {
        let mut words = value.split_whitespace();
        let kind = words.next()?.to_owned();
        // `port/count` for layered codings: the first port is the stream's.
        let port = words.next()?.split('/').next()?.parse().ok()?;
        let protocol = words.next()?.to_owned();
        let formats = words.take(64).map(str::to_owned).collect();
        Some(Stream {
            kind,
            protocol,
            formats,
            port,
            address,
            direction,
            names: Vec::new(),
            control_port: None,
        })
    }

    /// The value of an `a=` line. What makes no sense is as good as absent.
    fn attribute(&mut self, value: &str) {
        if let Some(direction) = Direction::parse(value) {
            self.direction = direction;
        } else if let Some(map) = value.strip_prefix("rtpmap:") {
            let mut words = map.split_whitespace();
            let payload_type = words.next().and_then(|word| word.parse().ok());
            if let (Some(payload_type), Some(name)) = (payload_type, words.next())
                && self.names.len() < 64
            {
                self.names.push((payload_type, name.to_ascii_uppercase()));
            }
        } else if let Some(control) = value.strip_prefix("rtcp:") {
            let port = control.split_whitespace().next();
            self.control_port = port.and_then(|port| port.parse().ok());
        } else if value == "rtcp-mux" {
            self.control_port = Some(self.port);
        }
    }

    fn is_plain_rtp(&self) -> bool {
        matches!(self.protocol.as_str(), "RTP/AVP" | "RTP/AVPF")
    }

    fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats.iter().filter_map(|format| format.parse().ok())
    }

    /// The first of ours in the order offered.
    fn coding(&self) -> Option<Coding> {
        self.payload_types().find_map(Coding::of_payload_type)
    }

    fn keys_type(&self) -> Option<u8> {
        self.payload_types().find(|payload_type| {
            let named = |(number, name): &(u8, String)| {
                number == payload_type && name.starts_with("TELEPHONE-EVENT/8000")
            };
            self.names.iter().any(named)
        })
    }
}

/// The value of a `c=` line: an address, or `Some(None)` where it is a name.
#[expect(
    clippy::option_option,
    reason = "a name where an address belongs is no mistake, only of no use"
)]
fn connection(value: &str) -> Option<Option<IpAddr>> {
    let mut words = value.split_whitespace();
    let (_network, _family, address) = (words.next()?, words.next()?, words.next()?);
    // `address/ttl` of multicast.
    Some(address.split('/').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIGNAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const OWN: Own = Own {
        address: IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 20)),
        port: 20_000,
        session: 5,
        version: 1,
    };

    /// As a GSM gateway writes it.
    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 18 8 0 101 13\r\na=rtpmap:18 G729/8000\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:30\r\na=sendrecv\r\n";

    fn offer(text: &str) -> Description {
        Description::parse(text.as_bytes()).unwrap()
    }

    fn with(change: &str, into: &str) -> Description {
        assert!(OFFER.contains(change));
        offer(&OFFER.replace(change, into))
    }

    #[test]
    fn the_first_coding_of_ours_is_taken_with_its_keys() {
        let agreed = offer(OFFER).agreed(SIGNAL).unwrap();
        assert_eq!(agreed.coding, Coding::Alaw);
        assert_eq!(agreed.keys_type, Some(101));
        assert_eq!(agreed.remote, Some("10.0.0.1:4000".parse().unwrap()));
        assert_eq!(
            agreed.remote_control,
            Some("10.0.0.1:4001".parse().unwrap())
        );
        assert!(agreed.listens && agreed.speaks);
        let other = with("18 8 0 101", "0 8 96 101").agreed(SIGNAL).unwrap();
        assert_eq!(other.coding, Coding::Ulaw);
    }

    #[test]
    fn our_answer_says_what_was_agreed() {
        let expected = "v=0\r\no=- 5 1 IN IP4 10.0.0.20\r\ns=-\r\nc=IN IP4 10.0.0.20\r\n\
            t=0 0\r\nm=audio 20000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n\
            a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n\
            a=sendrecv\r\n";
        assert_eq!(offer(OFFER).answer(&OWN).unwrap(), expected);
    }

    #[test]
    fn keys_are_left_out_where_none_are_offered() {
        let answer = with("a=rtpmap:101 telephone-event/8000\r\n", "")
            .answer(&OWN)
            .unwrap();
        assert!(!answer.contains("telephone-event"), "{answer}");
    }

    #[test]
    fn hold_is_understood_in_each_of_its_forms() {
        for (change, into, answered) in [
            ("a=sendrecv", "a=sendonly", "a=recvonly"),
            ("a=sendrecv", "a=inactive", "a=inactive"),
            ("c=IN IP4 10.0.0.1", "c=IN IP4 0.0.0.0", "a=sendrecv"),
        ] {
            let held = with(change, into);
            assert!(!held.agreed(SIGNAL).unwrap().listens, "{into}");
            assert!(held.answer(&OWN).unwrap().contains(answered), "{into}");
        }
    }

    #[test]
    fn video_and_encrypted_audio_are_refused_in_their_places() {
        let text = OFFER.replace(
            "m=audio 4000",
            "m=video 5000 RTP/AVP 96\r\nm=audio 4500 RTP/SAVP 0\r\nm=audio 4000",
        );
        let answer = offer(&text).answer(&OWN).unwrap();
        let lines: Vec<&str> = answer
            .lines()
            .filter(|line| line.starts_with("m="))
            .collect();
        assert_eq!(
            lines,
            [
                "m=video 0 RTP/AVP 96",
                "m=audio 0 RTP/SAVP 0",
                "m=audio 20000 RTP/AVP 8 101"
            ]
        );
    }

    #[test]
    fn what_cannot_be_carried_is_said() {
        let refused = |change, into| with(change, into).agreed(SIGNAL).unwrap_err();
        assert_eq!(refused("18 8 0 101 13", "18 101"), SdpError::NoCoding);
        assert_eq!(refused("m=audio 4000", "m=audio 0"), SdpError::NoAudio);
        assert_eq!(refused("RTP/AVP", "RTP/SAVP"), SdpError::NoAudio);
        assert_eq!(
            Description::default().agreed(SIGNAL),
            Err(SdpError::NoAudio)
        );
    }

    #[test]
    fn a_name_for_an_address_means_where_sip_comes_from() {
        let agreed = with("c=IN IP4 10.0.0.1", "c=IN IP4 gateway.local")
            .agreed(SIGNAL)
            .unwrap();
        assert_eq!(agreed.remote, Some("10.0.0.1:4000".parse().unwrap()));
    }

    #[test]
    fn control_goes_where_it_is_asked_for() {
        let port = |attribute: &str| {
            let described = with("a=ptime:30", attribute);
            described
                .agreed(SIGNAL)
                .unwrap()
                .remote_control
                .unwrap()
                .port()
        };
        assert_eq!(port("a=rtcp:4711 IN IP4 10.0.0.1"), 4711);
        assert_eq!(port("a=rtcp-mux"), 4000);
    }

    proptest! {
        #[test]
        fn our_own_offer_is_understood(port in 1u16.., session: u64, version: u64, six: bool) {
            let address: IpAddr = if six { "fd00::1" } else { "10.9.8.7" }.parse().unwrap();
            let own = Own { address, port, session, version };
            let agreed = offer(&own.offer()).agreed(SIGNAL).unwrap();
            prop_assert_eq!(agreed.remote, Some(SocketAddr::new(address, port)));
            prop_assert_eq!((agreed.coding, agreed.keys_type), (Coding::Alaw, Some(101)));
            let answer = offer(&own.offer()).answer(&OWN).unwrap();
            prop_assert_eq!(offer(&answer).agreed(SIGNAL).unwrap().coding, Coding::Alaw);
        }

        #[test]
        fn no_text_panics(lines in prop::collection::vec("[mcav]=[a-z0-9 /:.]{0,40}", 0..30)) {
            if let Ok(description) = Description::parse(lines.join("\r\n").as_bytes()) {
                let _ = description.agreed(SIGNAL);
                let _ = description.answer(&OWN);
            }
        }
    }

    /// `ISHURI_FUZZ_RUNS` offers (3,000 unless set) with some octets changed.
    #[test]
    fn no_broken_offer_panics() {
        let runs = std::env::var("ISHURI_FUZZ_RUNS")
            .ok()
            .and_then(|runs| runs.parse().ok());
        let mut random = 0x9876_5432_1fed_cba9u64;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as usize
        };
        for _ in 0..runs.unwrap_or(3_000u32) {
            let mut body = OFFER.as_bytes().to_vec();
            for _ in 0..1 + next() % 8 {
                let (at, from) = (next() % body.len(), next() % body.len());
                match next() % 3 {
                    0 => body[at] = next() as u8,
                    1 => body.truncate(at.max(1)),
                    _ => body.extend_from_within(from..),
                }
            }
            if let Ok(description) = Description::parse(&body) {
                let _ = description.agreed(SIGNAL);
                let _ = description.answer(&OWN);
            }
        }
    }
}
