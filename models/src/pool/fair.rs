//! A bounded queue that serves calls in turn.

use std::collections::{HashMap, VecDeque};

/// Which call a job belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub u64);

/// How many jobs may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of all calls together.
    pub waiting_max: usize,
    /// Of one call: the sentence being spoken and the next, or one utterance.
    pub waiting_per_call_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            waiting_max: 32,
            waiting_per_call_max: 4,
        }
    }
}

/// Why a job is not taken: the caller does something else instead, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Overload {
    #[error("take on more speech work: {waiting} jobs wait already")]
    Full { waiting: usize },
    #[error("take on more speech work of this call: {waiting} of its jobs wait already")]
    CallFull { waiting: usize },
    #[error("take on more speech work: the pool is closing")]
    Closing,
}

/// Jobs of each call in order of arrival, calls in turn.
pub(super) struct FairQueue<J> {
    limits: Limits,
    waiting: usize,
    of_call: HashMap<CallKey, VecDeque<J>>,
    /// Every call with a waiting job, once; the front is next.
    turns: VecDeque<CallKey>,
}

impl<J> FairQueue<J> {
    pub(super) fn new(limits: Limits) -> FairQueue<J> {
        FairQueue {
            limits,
            waiting: 0,
            of_call: HashMap::new(),
            turns: VecDeque::new(),
        }
    }

    pub(super) fn push(&mut self, call: CallKey, job: J) -> Result<(), Overload> {
        if self.waiting >= self.limits.waiting_max {
            return Err(Overload::Full {
                waiting: self.waiting,
            });
        }
        let jobs = self.of_call.entry(call).or_default();
        if jobs.len() >= self.limits.waiting_per_call_max {
            return Err(Overload::CallFull {
                waiting: jobs.len(),
            });
        }
        if jobs.is_empty() {
            self.turns.push_back(call);
        }
        jobs.push_back(job);
        self.waiting += 1;
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<J> {
        let call = self.turns.pop_front()?;
        let jobs = self.of_call.get_mut(&call)?;
        let job = jobs.pop_front()?;
        if jobs.is_empty() {
            self.of_call.remove(&call);
        } else {
            self.turns.push_back(call);
        }
        self.waiting -= 1;
        Some(job)
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `pushes` names the call of each job; the answer is the order of service.
    #[track_caller]
    fn check(pushes: &str, expected: &str) {
        let mut queue = FairQueue::new(Limits::default());
        for call in pushes.chars() {
            queue
                .push(CallKey(u64::from(u32::from(call))), call)
                .unwrap();
        }
        let served: String = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(served, expected);
    }

    #[test]
    fn calls_are_served_in_turn() {
        check("aaab", "abaa");
        check("aabbc", "abcab");
        check("", "");
    }

    #[test]
    fn too_much_is_refused_with_a_value() {
        let mut queue = FairQueue::new(Limits {
            waiting_max: 3,
            waiting_per_call_max: 2,
        });
        assert_eq!(queue.push(CallKey(1), ()), Ok(()));
        assert_eq!(queue.push(CallKey(1), ()), Ok(()));
        assert_eq!(
            queue.push(CallKey(1), ()),
            Err(Overload::CallFull { waiting: 2 })
        );
        assert_eq!(queue.push(CallKey(2), ()), Ok(()));
        assert_eq!(
            queue.push(CallKey(3), ()),
            Err(Overload::Full { waiting: 3 })
        );
        queue.pop();
        assert_eq!(queue.push(CallKey(3), ()), Ok(()));
    }

    proptest! {
        /// The law: while a call waits, no other call is served twice.
        #[test]
        fn nobody_is_served_twice_while_another_waits(
            moves in proptest::collection::vec(prop::option::weighted(0.6, 0u64..5), 0..200),
        ) {
            let mut queue = FairQueue::new(Limits::default());
            let mut waiting: HashMap<u64, VecDeque<usize>> = HashMap::new();
            let mut served_since: HashMap<u64, Vec<u64>> = HashMap::new();
            for (nth, step) in moves.into_iter().enumerate() {
                match step {
                    Some(call) => {
                        if queue.push(CallKey(call), (call, nth)).is_ok() {
                            waiting.entry(call).or_default().push_back(nth);
                            served_since.entry(call).or_default();
                        }
                    }
                    None => {
                        let Some((call, nth)) = queue.pop() else {
                            prop_assert!(waiting.values().all(VecDeque::is_empty));
                            continue;
                        };
                        prop_assert_eq!(waiting.get_mut(&call).and_then(VecDeque::pop_front), Some(nth));
                        for (&other, served) in &mut served_since {
                            if other != call && !waiting[&other].is_empty() {
                                prop_assert!(!served.contains(&call), "{call} twice while {other} waits");
                                served.push(call);
                            }
                        }
                        served_since.insert(call, Vec::new());
                    }
                }
                prop_assert_eq!(queue.waiting(), waiting.values().map(VecDeque::len).sum::<usize>());
            }
        }
    }
}
