//! Session timers (RFC 4028): a call whose other side has vanished ends by itself.

use std::time::Duration;

/// No call is ended for want of a renewal sooner than a timer may last at least (RFC 4028, 5).
const EXPIRES_MIN_S: u32 = 90;
const EXPIRES_MAX_S: u32 = 86_400;

/// The agreed timer of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionTimer {
    expires_s: u32,
    /// Whether we are the one that renews the session.
    pub(super) ours: bool,
}

impl SessionTimer {
    /// From the peer's request: its `Session-Expires`, and whether it supports timers.
    pub(super) fn requested(value: &str, supported: bool) -> Option<SessionTimer> {
        let (expires_s, refresher) = parse(value)?;
        // The requesting side is the UAC of this transaction; without support it cannot renew.
        let ours = match refresher {
            Some(refresher) => refresher == "uas",
            None => !supported,
        };
        Some(SessionTimer { expires_s, ours })
    }

    /// From the peer's answer to our request.
    pub(super) fn answered(value: &str) -> Option<SessionTimer> {
        let (expires_s, refresher) = parse(value)?;
        let ours = refresher.is_none_or(|refresher| refresher == "uac");
        Some(SessionTimer { expires_s, ours })
    }

    /// The value of our `Session-Expires`, in an answer or in a request.
    pub(super) fn value(self, in_answer: bool) -> String {
        let we_are = if in_answer { "uas" } else { "uac" };
        let they_are = if in_answer { "uac" } else { "uas" };
        let refresher = if self.ours { we_are } else { they_are };
        format!("{};refresher={refresher}", self.expires_s)
    }

    /// When to renew the session, or to give it up if the peer has not renewed it (RFC 4028, 10).
    pub(super) fn due(self) -> Duration {
        let due = if self.ours {
            (self.expires_s / 2).max(1)
        } else {
            let seconds = self.expires_s.max(EXPIRES_MIN_S);
            seconds - (seconds / 3).min(32)
        };
        Duration::from_secs(due.into())
    }
}

fn parse(value: &str) -> Option<(u32, Option<String>)> {
    let mut parts = value.split(';').map(str::trim);
    let expires_s: u32 = parts.next()?.parse().ok()?;
    let refresher = parts
        .find_map(|part| part.strip_prefix("refresher="))
        .map(str::to_ascii_lowercase);
    (1..=EXPIRES_MAX_S)
        .contains(&expires_s)
        .then_some((expires_s, refresher))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(timer: Option<SessionTimer>, answer: &str, due_s: u64) {
        let timer = timer.unwrap();
        assert_eq!(timer.value(true), answer);
        assert_eq!(timer.due(), Duration::from_secs(due_s));
    }

    #[test]
    fn the_peer_renews_unless_it_cannot_or_asks_us_to() {
        let requested = SessionTimer::requested;
        check(
            requested("1800;refresher=uac", true),
            "1800;refresher=uac",
            1_768,
        );
        check(
            requested("1800;refresher=uas", true),
            "1800;refresher=uas",
            900,
        );
        check(requested("1800", true), "1800;refresher=uac", 1_768);
        check(requested("1800", false), "1800;refresher=uas", 900);
        check(requested("90; refresher=uac", true), "90;refresher=uac", 60);
    }

    #[test]
    fn an_answer_says_who_renews() {
        assert!(SessionTimer::answered("600;refresher=uac").unwrap().ours);
        assert!(!SessionTimer::answered("600;refresher=uas").unwrap().ours);
        let ours = SessionTimer::answered("600;refresher=uac").unwrap();
        assert_eq!(ours.value(false), "600;refresher=uac");
    }

    #[test]
    fn what_is_no_interval_is_no_timer() {
        for value in ["", "0", "-1", "x;refresher=uac", "99999999999", "86401"] {
            assert_eq!(SessionTimer::requested(value, true), None, "{value}");
        }
    }
}
