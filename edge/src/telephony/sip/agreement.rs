//! One call's offers and answers, and the headers that go with them.

use std::net::IpAddr;

use rsipstack::sip::prelude::HasHeaders;
use rsipstack::sip::{Header, Request};

use crate::telephony::rtp::Media;
use crate::telephony::sdp::{Description, Own, SdpError};

use super::requests;
use super::session_timer::SessionTimer;

/// Our side of a call's agreement.
#[derive(Clone, Debug)]
pub(super) struct Agreement {
    own: Own,
    /// Where the peer's SIP comes from.
    signal: IpAddr,
    pub(super) timer: Option<SessionTimer>,
}

impl Agreement {
    /// `session` names the call's descriptions; `port` is the one its audio comes to.
    pub(super) fn new(address: IpAddr, port: u16, session: u64, signal: IpAddr) -> Agreement {
        Agreement {
            own: Own {
                address,
                port,
                session,
                version: 0,
            },
            signal,
            timer: None,
        }
    }

    /// Our offer.
    pub(super) fn offer(&mut self) -> Vec<u8> {
        self.own.version += 1;
        self.own.offer().into_bytes()
    }

    /// Our answer to an offer, and what is agreed by it.
    pub(super) fn answer(&mut self, offer: &[u8]) -> Result<(Vec<u8>, Media), SdpError> {
        let offer = Description::parse(offer)?;
        let media = offer.agreed(self.signal)?;
        self.own.version += 1;
        Ok((offer.answer(&self.own)?.into_bytes(), media))
    }

    /// What is agreed by the answer to our offer.
    pub(super) fn answered(&self, answer: &[u8]) -> Result<Media, SdpError> {
        Description::parse(answer)?.agreed(self.signal)
    }

    /// Takes the session timer a request asks for.
    pub(super) fn take_timer(&mut self, request: &Request) {
        let supported = tokens(request, &["Supported", "k", "Require"]).any(|it| it == "timer");
        let asked = value(request, &["Session-Expires", "x"]);
        self.timer = asked.and_then(|asked| SessionTimer::requested(asked, supported));
    }

    /// The headers of our answer to an INVITE or UPDATE; `described` if a description goes along.
    pub(super) fn headers(&self, described: bool) -> Vec<Header> {
        let mut headers = requests::abilities();
        if described {
            headers.push(description());
        }
        if let Some(timer) = self.timer {
            headers.push(timer_header(timer.value(true)));
            if !timer.ours {
                // The peer must renew, so it must know how (RFC 4028, 9).
                headers.push(Header::Require(rsipstack::sip::Require::new("timer")));
            }
        }
        headers
    }

    /// The headers of a re-INVITE that renews the session.
    pub(super) fn renewing(&self, timer: SessionTimer) -> Vec<Header> {
        vec![
            description(),
            timer_header(timer.value(false)),
            Header::Supported(rsipstack::sip::Supported::new("timer")),
        ]
    }
}

fn description() -> Header {
    Header::ContentType(rsipstack::sip::ContentType::new("application/sdp"))
}

fn timer_header(value: String) -> Header {
    Header::SessionExpires(rsipstack::sip::SessionExpires::new(value))
}

/// The value of the first header with one of these names.
pub(super) fn value<'a>(message: &'a impl HasHeaders, names: &[&str]) -> Option<&'a str> {
    let mut headers = message.headers().iter();
    headers
        .find(|header| {
            names
                .iter()
                .any(|name| header.name().eq_ignore_ascii_case(name))
        })
        .map(Header::value)
}

/// The words of all headers with one of these names, in small letters.
pub(super) fn tokens<'a>(
    message: &'a impl HasHeaders,
    names: &'a [&'a str],
) -> impl Iterator<Item = String> + 'a {
    message
        .headers()
        .iter()
        .filter(move |header| {
            names
                .iter()
                .any(|name| header.name().eq_ignore_ascii_case(name))
        })
        .flat_map(|header| header.value().split(','))
        .map(|word| word.trim().to_ascii_lowercase())
}
