//! What a box does not answer: a telephone that sends without end, or two machines that answer
//! each other.

use crate::store::inbox::Recent;

/// A learner who types fast sends six messages a minute.
const MINUTE_MAX: u32 = 15;
const HOUR_MAX: u32 = 150;
/// The same words again and again: sentences are a machine's, short answers may be a learner's.
const ALIKE_LONG_MAX: u32 = 3;
const ALIKE_SHORT_MAX: u32 = 12;
/// From this length on, in octets, words are a sentence.
const SENTENCE_OCTETS: usize = 16;

/// Why a message is not answered; `None` if it is.
pub(super) fn held(recent: Recent, length_octets: usize) -> Option<&'static str> {
    let alike_max = if length_octets >= SENTENCE_OCTETS {
        ALIKE_LONG_MAX
    } else {
        ALIKE_SHORT_MAX
    };
    if recent.alike > alike_max {
        Some("the same words again and again")
    } else if recent.last_minute >= MINUTE_MAX {
        Some("too many messages in a minute")
    } else if recent.last_hour >= HOUR_MAX {
        Some("too many messages in an hour")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(last_minute: u32, last_hour: u32, alike: u32, length: usize, answered: bool) {
        let recent = Recent {
            last_minute,
            last_hour,
            alike,
        };
        assert_eq!(held(recent, length).is_none(), answered, "{recent:?}");
    }

    #[test]
    fn a_quick_learner_is_answered_and_a_machine_is_not() {
        check(0, 0, 0, 1, true);
        check(8, 90, 0, 1, true);
        // "1" to choice after choice.
        check(6, 12, 9, 1, true);
        check(15, 15, 0, 1, false);
        check(3, 150, 0, 1, false);
        check(3, 5, 3, 80, true);
        check(4, 5, 4, 80, false);
        check(5, 20, 13, 1, false);
    }
}
