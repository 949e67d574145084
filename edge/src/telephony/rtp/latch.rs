//! Whom a call's audio comes from: the first that sends it, and nobody else.
//!
//! Behind address translation the address in the SDP is often wrong, so audio goes back to where
//! it comes from (symmetric RTP, RFC 4961). Whoever finds the port could otherwise speak into the
//! call, or draw its audio away.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// How long the announced addresses have the call to themselves before another may send.
const OTHERS_AFTER: Duration = Duration::from_secs(1);

/// After how much silence the same host may go on from another port (its translation changed).
const MOVES_AFTER: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Latch {
    /// The SDP's address and the one SIP came from.
    announced: Vec<IpAddr>,
    since: Instant,
    held: Option<(SocketAddr, Instant)>,
}

impl Latch {
    pub(crate) fn new(announced: &[IpAddr], now: Instant) -> Latch {
        let announced = announced.iter().map(IpAddr::to_canonical).collect();
        Latch {
            announced,
            since: now,
            held: None,
        }
    }

    /// Whether audio from `source` is the call's; the first that is becomes the only one.
    pub(crate) fn admit(&mut self, source: SocketAddr, now: Instant) -> bool {
        let ip = source.ip().to_canonical();
        let admitted = match self.held {
            Some((held, _)) if held == source => true,
            Some((held, last)) => {
                held.ip().to_canonical() == ip && now.duration_since(last) >= MOVES_AFTER
            }
            None => self.announced.contains(&ip) || now.duration_since(self.since) >= OTHERS_AFTER,
        };
        if admitted {
            self.held = Some((source, now));
        }
        admitted
    }

    /// Where audio goes to, once some has come.
    pub(crate) fn source(&self) -> Option<SocketAddr> {
        self.held.map(|(source, _)| source)
    }

    /// When audio last came.
    pub(crate) fn last(&self) -> Option<Instant> {
        self.held.map(|(_, last)| last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: &str = "10.0.0.1:4000";
    const MOVED: &str = "10.0.0.1:4002";
    const STRANGER: &str = "10.0.0.9:4000";

    /// Each step is who sends after how many milliseconds, and whether it is heard.
    #[track_caller]
    fn check(steps: &[(&str, u64, bool)]) {
        let begin = Instant::now();
        let mut latch = Latch::new(&["10.0.0.1".parse().unwrap()], begin);
        for (source, at_ms, heard) in steps {
            let now = begin + Duration::from_millis(*at_ms);
            let source = source.parse().unwrap();
            assert_eq!(latch.admit(source, now), *heard, "{source} at {at_ms} ms");
        }
    }

    #[test]
    fn strangers_are_not_heard() {
        check(&[
            (STRANGER, 0, false),
            (GATEWAY, 20, true),
            (STRANGER, 60_000, false),
        ]);
    }

    #[test]
    fn audio_from_an_unannounced_address_is_taken_if_no_other_comes() {
        check(&[(STRANGER, 1_000, true), (GATEWAY, 1_020, false)]);
    }

    #[test]
    fn the_peer_may_move_to_another_port_only_after_silence() {
        check(&[
            (GATEWAY, 0, true),
            (MOVED, 20, false),
            (GATEWAY, 40, true),
            (MOVED, 2_040, true),
            (GATEWAY, 2_060, false),
        ]);
    }
}
