//! Calls announced before they arrive: AudioSocket itself carries no number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::telephony::calling_party::CallingParty;

/// Announcements that may wait; an exchange that announces more is broken or hostile.
const WAITING_MAX: usize = 1_000;

/// The announced calls. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    waiting: Arc<Mutex<HashMap<u128, (CallingParty, Instant)>>>,
    max_age: Duration,
}

impl Announced {
    pub(super) fn new(max_age: Duration) -> Announced {
        Announced {
            waiting: Arc::default(),
            max_age,
        }
    }

    /// Remembers a call. Returns whether there was room for it.
    pub(super) fn announce(&self, call: u128, caller: CallingParty, now: Instant) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (_, at)| now.duration_since(*at) < self.max_age);
        let room = waiting.len() < WAITING_MAX || waiting.contains_key(&call);
        if room {
            waiting.insert(call, (caller, now));
        }
        room
    }

    /// Who calls, once for each announcement.
    pub(super) fn take(&self, call: u128, now: Instant) -> Option<CallingParty> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, at) = waiting.remove(&call)?;
        (now.duration_since(at) < self.max_age).then_some(caller)
    }
}

/// Reads a UUID in its usual form (RFC 9562, 4), hyphens optional.
pub(super) fn uuid(text: &str) -> Option<u128> {
    if text.len() > 36 {
        return None;
    }
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    let hexadecimal = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal
        .then(|| u128::from_str_radix(&digits, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(30);

    #[test]
    fn an_announcement_is_good_once() {
        let (announced, now) = (Announced::new(AGE), Instant::now());
        assert!(announced.announce(7, CallingParty::Anonymous, now));
        assert_eq!(announced.take(7, now), Some(CallingParty::Anonymous));
        assert_eq!(announced.take(7, now), None);
        assert_eq!(announced.take(8, now), None);
    }

    #[test]
    fn an_announcement_expires() {
        let (announced, now) = (Announced::new(AGE), Instant::now());
        announced.announce(7, CallingParty::Anonymous, now);
        assert_eq!(announced.take(7, now + AGE), None);
    }

    #[test]
    fn announcements_are_bounded_and_old_ones_make_room() {
        let (announced, now) = (Announced::new(AGE), Instant::now());
        for call in 0..WAITING_MAX as u128 {
            assert!(announced.announce(call, CallingParty::Anonymous, now));
        }
        assert!(!announced.announce(u128::MAX, CallingParty::Anonymous, now));
        assert!(announced.announce(u128::MAX, CallingParty::Anonymous, now + AGE));
    }

    #[test]
    fn a_uuid_is_read_in_its_usual_forms() {
        let expected = Some(0x4032_5ec2_5efd_4bd3_805f_5357_6e58_1d13);
        assert_eq!(uuid("40325ec2-5efd-4bd3-805f-53576e581d13"), expected);
        assert_eq!(uuid("40325EC25EFD4BD3805F53576E581D13"), expected);
        for text in ["", "40325ec2", "+0325ec2-5efd-4bd3-805f-53576e581d13", "é"] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }
}
