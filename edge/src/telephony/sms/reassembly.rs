//! Reassembly: parts of long texts, in whatever order and number they come, become texts.
//!
//! The state is a fold of the parts in the order in which they came, so a box that was off in the
//! middle goes on by folding the parts it kept.

use std::time::Duration;

use curriculum::Timestamp;

use super::alphabet::Alphabet;
use super::segment::{Part, Place, text};

/// After so long without a further part, what came is the text.
pub const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// So long a whole text is remembered, to know its parts again when a service centre repeats them.
pub const MEMORY: Duration = Duration::from_secs(24 * 3600);
/// Stands where a part never came.
const GAP: &str = " ... ";

/// The parts of one sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reassembly {
    groups: Vec<Group>,
}

/// Parts that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    place: Place,
    alphabet: Alphabet,
    octets: Vec<Option<Vec<u8>>>,
    /// When the latest of its parts came.
    at: Timestamp,
    whole: bool,
}

/// What a part did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// The text is whole.
    Whole(String),
    /// More parts are to come.
    Waiting,
    /// It came before.
    Repeated,
}

impl Reassembly {
    /// Takes a part that has a place. A part whose place is taken by another text's part begins a
    /// text of its own: references collide, eight bits often. A later part goes to the latest text
    /// that lacks it.
    pub fn handle_part(&mut self, part: Part, at: Timestamp) -> Joined {
        let Some(place) = part.place else {
            return Joined::Whole(part.text());
        };
        self.forget(at);
        let index = usize::from(place.number - 1);
        let like = |group: &&mut Group| group.takes(place, part.alphabet);
        let repeated =
            self.groups.iter_mut().rev().filter(like).find(|group| {
                group.octets[index].as_ref() == Some(&part.octets) && !group.is_late(at)
            });
        if repeated.is_some() {
            return Joined::Repeated;
        }
        let open = self
            .groups
            .iter_mut()
            .rev()
            .filter(like)
            .find(|group| group.octets[index].is_none() && !group.is_late(at));
        let group = match open {
            Some(group) => group,
            None => {
                self.groups.push(Group::new(place, part.alphabet, at));
                self.groups.last_mut().expect("one was just pushed")
            }
        };
        group.octets[index] = Some(part.octets);
        group.at = at;
        if group.octets.iter().any(Option::is_none) {
            return Joined::Waiting;
        }
        group.whole = true;
        Joined::Whole(group.text())
    }

    /// Texts of which parts never came: what came of them, oldest first. They are given back once.
    pub fn handle_timeout(&mut self, now: Timestamp) -> Vec<String> {
        self.forget(now);
        let late = self.groups.iter_mut().filter(|group| group.is_late(now));
        late.map(|group| {
            group.whole = true;
            group.text()
        })
        .collect()
    }

    /// True if a text waits for parts.
    pub fn is_waiting(&self) -> bool {
        self.groups.iter().any(|group| !group.whole)
    }

    fn forget(&mut self, now: Timestamp) {
        let kept_from = now.0.saturating_sub(millis(MEMORY));
        self.groups
            .retain(|group| !group.whole || group.at.0 > kept_from);
    }
}

impl Group {
    fn new(place: Place, alphabet: Alphabet, at: Timestamp) -> Self {
        Self {
            place,
            alphabet,
            octets: vec![None; usize::from(place.total)],
            at,
            whole: false,
        }
    }

    fn takes(&self, place: Place, alphabet: Alphabet) -> bool {
        self.place.reference == place.reference
            && self.place.total == place.total
            && self.alphabet == alphabet
    }

    /// True if it is given up: nothing came for too long.
    fn is_late(&self, now: Timestamp) -> bool {
        !self.whole && now.0.saturating_sub(self.at.0) >= millis(PATIENCE)
    }

    /// The octets joined before they are read, so that a character cut in two is whole again.
    fn text(&self) -> String {
        let mut whole = String::new();
        let mut run: Vec<u8> = Vec::new();
        let mut gap = false;
        for octets in &self.octets {
            match octets {
                Some(octets) => {
                    gap = false;
                    run.extend(octets);
                }
                None if gap => {}
                None => {
                    gap = true;
                    whole.push_str(&text(self.alphabet, &run));
                    whole.push_str(GAP);
                    run.clear();
                }
            }
        }
        whole.push_str(&text(self.alphabet, &run));
        whole
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::segment::{Reference, split};
    use super::*;

    fn parts(text: &str, reference: u8) -> Vec<Part> {
        split(text, Reference::Narrow(reference)).unwrap()
    }

    fn long(letter: &str) -> String {
        letter.repeat(400)
    }

    const START: Timestamp = Timestamp(1_795_163_400_000);

    fn later(minutes: i64) -> Timestamp {
        Timestamp(START.0 + minutes * 60_000)
    }

    /// Hands parts over in this order; gives back the texts that became whole.
    fn join(parts: impl IntoIterator<Item = Part>) -> (Vec<String>, usize) {
        let mut state = Reassembly::default();
        let mut repeated = 0;
        let mut texts = Vec::new();
        for part in parts {
            match state.handle_part(part, START) {
                Joined::Whole(text) => texts.push(text),
                Joined::Waiting => {}
                Joined::Repeated => repeated += 1,
            }
        }
        (texts, repeated)
    }

    #[test]
    fn parts_out_of_order_and_doubled_make_one_text() {
        let [a, b, c] = parts(&long("a"), 7).try_into().unwrap();
        let order = [&c, &a, &c, &b, &a, &b].map(Clone::clone);
        assert_eq!(join(order), (vec![long("a")], 3));
    }

    #[test]
    fn references_that_collide_keep_texts_apart() {
        let [a1, a2, a3] = parts(&long("a"), 7).try_into().unwrap();
        let [b1, b2, b3] = parts(&long("b"), 7).try_into().unwrap();
        // The first text's last part is lost, and its reference comes round again.
        let order = [&a1, &a2, &b1, &b2, &b3].map(Clone::clone);
        assert_eq!(join(order).0.len(), 1);
        // One after the other, both are whole.
        let order = [a1, a2, a3, b1, b2, b3];
        assert_eq!(join(order).0, [long("a"), long("b")]);
    }

    #[test]
    fn what_never_comes_is_a_gap_after_some_time_and_only_once() {
        let mut state = Reassembly::default();
        let [a, _, c] = parts(&long("a"), 7).try_into().unwrap();
        state.handle_part(a.clone(), START);
        state.handle_part(c, later(1));
        assert!(state.is_waiting());
        assert!(state.handle_timeout(later(15)).is_empty());
        let came = format!("{} ... {}", "a".repeat(153), "a".repeat(94));
        assert_eq!(state.handle_timeout(later(16)), [came]);
        assert!(state.handle_timeout(later(40)).is_empty() && !state.is_waiting());
        assert_eq!(state.handle_part(a, later(41)), Joined::Repeated);
    }

    #[test]
    fn a_text_that_comes_again_the_next_day_is_a_new_text() {
        let mut state = Reassembly::default();
        for day in [0, 25 * 60] {
            let made = parts(&long("a"), 7);
            let joined = made
                .into_iter()
                .map(|part| state.handle_part(part, later(day)));
            assert_eq!(joined.last(), Some(Joined::Whole(long("a"))));
        }
    }

    #[test]
    fn a_character_cut_by_another_sender_is_whole_again() {
        let place = |number| Place {
            reference: Reference::Wide(900),
            total: 2,
            number,
        };
        let part = |number, octets: &[u8]| Part {
            alphabet: Alphabet::Ucs2,
            place: Some(place(number)),
            octets: octets.to_vec(),
        };
        let order = [part(2, &[0xde, 0x00]), part(1, &[0xd8, 0x3d])];
        assert_eq!(join(order).0, ["😀"]);
    }

    proptest! {
        #[test]
        fn any_order_with_repeats_gives_each_text_once(
            texts in proptest::collection::btree_map(0u8..250, "[a-z€ŋ😀]{200,500}", 1..4),
            order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..60),
        ) {
            let all: Vec<Part> = texts.iter().flat_map(|(reference, text)| parts(text, *reference)).collect();
            let shuffled = order.iter().map(|at| at.get(&all).clone());
            let (mut found, _) = join(shuffled.chain(all.iter().cloned()));
            let mut expected: Vec<String> = texts.into_values().collect();
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
