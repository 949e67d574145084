//! Keys as telephone events (RFC 4733), each press reported once.

/// How many presses are remembered: late copies of one arrive within a few others.
const REMEMBERED: usize = 8;

/// The longest duration an event states before it goes on under a new timestamp (RFC 4733,
/// 2.5.1.3).
const DURATION_MAX: u32 = 0xffff;

/// The presses heard lately.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    recent: std::collections::VecDeque<(u32, u8)>,
}

impl Keys {
    /// The key of this packet, if its press was not reported before.
    ///
    /// Neither the end bit nor a least duration is waited for: end packets get lost, and a key
    /// must stop the tutor at once. A press is one timestamp and one event, whichever of its
    /// packets comes first.
    pub(crate) fn handle_event(&mut self, timestamp: u32, payload: &[u8]) -> Option<char> {
        let &[event, _flags, _, _, ..] = payload else {
            return None;
        };
        let key = key_of(event)?;
        let continued = (timestamp.wrapping_sub(DURATION_MAX), event);
        let known = self.recent.contains(&(timestamp, event));
        let goes_on = self.recent.contains(&continued);
        if !known {
            if self.recent.len() == REMEMBERED {
                self.recent.pop_front();
            }
            self.recent.push_back((timestamp, event));
        }
        (!known && !goes_on).then_some(key)
    }

    /// Forgets all presses: a new source counts time anew.
    pub(crate) fn reset(&mut self) {
        self.recent.clear();
    }
}

/// The key of a DTMF event code (RFC 4733, table 3); none for flash and all that is no key.
pub(crate) fn key_of(event: u8) -> Option<char> {
    const KEYS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D',
    ];
    KEYS.get(usize::from(event)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The packets of a press as telephones send them: first with no duration or with 20 ms,
    /// every 20 ms again, the end three times.
    fn press(event: u8, timestamp: u32, first: u16) -> Vec<(u32, [u8; 4])> {
        let packet = |duration: u16, end: u8| {
            let [high, low] = duration.to_be_bytes();
            (timestamp, [event, (end << 7) | 10, high, low])
        };
        let mut packets: Vec<_> = (0..5).map(|n| packet(first + n * 160, 0)).collect();
        packets.extend([packet(first + 640, 1); 3]);
        packets
    }

    fn heard(packets: &[(u32, [u8; 4])]) -> String {
        let mut keys = Keys::default();
        let heard = packets
            .iter()
            .filter_map(|(timestamp, payload)| keys.handle_event(*timestamp, payload));
        heard.collect()
    }

    #[test]
    fn one_press_is_one_key_whatever_its_first_duration() {
        assert_eq!(heard(&press(5, 1_000, 0)), "5");
        assert_eq!(heard(&press(11, 1_000, 160)), "#");
    }

    #[test]
    fn the_same_key_twice_is_two_keys() {
        let twice = [press(1, 0, 160), press(1, 3_200, 160)].concat();
        assert_eq!(heard(&twice), "11");
    }

    #[test]
    fn a_key_held_beyond_eight_seconds_is_one_key() {
        let long = [press(7, 100, 0), press(7, 100 + 0xffff, 0)].concat();
        assert_eq!(heard(&long), "7");
    }

    #[test]
    fn flash_and_short_payloads_are_no_keys() {
        assert_eq!(heard(&press(16, 0, 0)), "");
        assert_eq!(Keys::default().handle_event(0, &[5, 0, 0]), None);
    }

    proptest! {
        /// Any packets may be lost as long as one of each press arrives, all may be doubled, and
        /// those of neighbours swapped: each press is heard once, in order of first arrival.
        #[test]
        fn loss_doubling_and_lateness_leave_each_press_once(
            events in proptest::collection::vec(0u8..16, 1..20),
            kept in proptest::collection::vec(any::<u8>(), 20),
            begin: u32,
        ) {
            let mut sent = Vec::new();
            for (n, event) in events.iter().enumerate() {
                let timestamp = begin.wrapping_add(n as u32 * 2_400);
                let packets = press(*event, timestamp, 160);
                let first = usize::from(kept[n]) % packets.len();
                sent.extend_from_slice(&packets[first..]);
                sent.extend_from_slice(&packets[first..]);
                // The last packets of the press before come late.
                if n > 0 {
                    let late = press(events[n - 1], timestamp.wrapping_sub(2_400), 160);
                    sent.extend_from_slice(&late[6..]);
                }
            }
            let expected: String = events.iter().filter_map(|&event| key_of(event)).collect();
            prop_assert_eq!(heard(&sent), expected);
        }
    }
}
