//! What a history does, drawn from its seed; and how a failing one is made smaller.

use curriculum::random::SplitMix64;

use crate::world::run;

/// A build that is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    Nothing,
    AckBeforeCommit,
    NoHashCompare,
    ReusedEpoch,
    /// `synchronous=NORMAL`: what is committed may be gone after a power cut.
    NoFlush,
}

/// Everything a history depends on. Chances are per thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) built: Break,
    pub(crate) steps: u32,
    pub(crate) loss: u64,
    pub(crate) doubling: u64,
    pub(crate) delay_ms: u64,
    pub(crate) partitions: bool,
    pub(crate) box_power: bool,
    pub(crate) hub_power: bool,
    pub(crate) set_back: bool,
    pub(crate) copies: bool,
    pub(crate) hub_set_back: bool,
    pub(crate) clock_jumps: bool,
    pub(crate) budgets: bool,
    pub(crate) poison: bool,
}

impl Plan {
    /// Swarm testing (Groce et al., ISSTA 2012): each history has some faults and not others, since
    /// all at once hide each other.
    pub(crate) fn drawn(seed: u64, built: Break) -> Self {
        let mut random = SplitMix64::new(seed ^ 0x5eed_0f51_u64);
        let mut coin = || random.below(2) == 0;
        let (partitions, box_power, hub_power, set_back) = (coin(), coin(), coin(), coin());
        let (copies, hub_set_back, clock_jumps) = (coin(), coin(), coin());
        let (budgets, poison) = (coin(), coin());
        Self {
            seed,
            built,
            steps: 40 + random.below(120) as u32,
            loss: [0, 5, 30, 150][random.below(4) as usize],
            doubling: [0, 20, 100][random.below(3) as usize],
            delay_ms: [50, 400, 5_000][random.below(3) as usize],
            partitions,
            box_power,
            hub_power,
            set_back,
            copies,
            hub_set_back,
            clock_jumps,
            budgets,
            poison,
        }
    }
}

/// The smallest plan found that still breaks a law.
pub(crate) fn shrink(mut plan: Plan, mut law: String) -> (Plan, String) {
    loop {
        let smaller = [
            Plan {
                steps: plan.steps / 2,
                ..plan
            },
            Plan {
                steps: plan.steps.saturating_sub(1),
                ..plan
            },
            Plan { loss: 0, ..plan },
            Plan {
                doubling: 0,
                ..plan
            },
            Plan {
                delay_ms: 50,
                ..plan
            },
            Plan {
                partitions: false,
                ..plan
            },
            Plan {
                box_power: false,
                ..plan
            },
            Plan {
                hub_power: false,
                ..plan
            },
            Plan {
                set_back: false,
                ..plan
            },
            Plan {
                copies: false,
                ..plan
            },
            Plan {
                hub_set_back: false,
                ..plan
            },
            Plan {
                clock_jumps: false,
                ..plan
            },
            Plan {
                budgets: false,
                ..plan
            },
            Plan {
                poison: false,
                ..plan
            },
        ];
        let mut failing = smaller.into_iter().filter(|smaller| *smaller != plan);
        let Some((next, broken)) =
            failing.find_map(|smaller| Some((smaller, run(&smaller).err()?)))
        else {
            return (plan, law);
        };
        (plan, law) = (next, broken);
    }
}
