//! Lanes: streams of facts with a priority, each numbered and chained on its own.

use bincode::{Decode, Encode};

/// A prioritised stream. A gap or a broken entry in one never holds up another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[repr(u8)]
pub enum Lane {
    /// Safeguarding, audit, revocation.
    Control = 0,
    /// Allowances, vouchers, payments.
    Payments = 1,
    /// Evaluations, questions, tickets.
    Evaluations = 2,
    /// Learners, sessions, attempts, transcripts, messages.
    Progress = 3,
    /// Health of the box.
    Telemetry = 4,
    /// Large things, such as recordings made with consent.
    Blobs = 5,
}

/// Number of an entry in its lane and epoch, dense from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Seq(pub u64);

impl Lane {
    /// Highest priority first.
    pub const ALL: [Self; 6] = [
        Self::Control,
        Self::Payments,
        Self::Evaluations,
        Self::Progress,
        Self::Telemetry,
        Self::Blobs,
    ];

    /// The lane with this number, as on the wire and in SQL.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its number on the wire and in SQL.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl Seq {
    /// The number after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_is_found_by_its_number() {
        for lane in Lane::ALL {
            assert_eq!(Lane::from_number(lane.number()), Some(lane));
        }
        assert_eq!(Lane::from_number(6), None);
    }
}
