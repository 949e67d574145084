//! Segments: one text, as many parts as it takes (3GPP TS 23.040, section 9.2.3.24).

use super::alphabet::{self, Alphabet, ESCAPE};

/// Most parts that one text is sent in. The standard allows 255; a learner should never pay so many.
pub const PARTS_MAX: usize = 12;

/// Units in a message of one part, and in each part of several: septets, or units of UTF-16.
const GSM7: Room = Room {
    alone: 160,
    narrow: 153,
    wide: 152,
};
const UCS2: Room = Room {
    alone: 70,
    narrow: 67,
    wide: 66,
};

struct Room {
    alone: usize,
    narrow: usize,
    wide: usize,
}

/// What tells the parts of one text from those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// Eight bits: every telephone knows it.
    Narrow(u8),
    /// Sixteen bits: one octet dearer, collides less.
    Wide(u16),
}

/// Which part of which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Shared by all parts of a text.
    pub reference: Reference,
    /// Parts in all, from 1.
    pub total: u8,
    /// This one, from 1.
    pub number: u8,
}

/// One part, ready for a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// How `octets` are written.
    pub alphabet: Alphabet,
    /// `None` for a text of one part.
    pub place: Option<Place>,
    /// One septet each, or UTF-16; without the header.
    pub octets: Vec<u8>,
}

/// A text that would take more than [`PARTS_MAX`] parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("send a text of {parts} parts, at most {PARTS_MAX} are sent")]
pub struct TooLong {
    /// How many it would take.
    pub parts: usize,
}

/// Cuts a text into parts: never between an escape and its character, nor inside a pair of
/// surrogates.
///
/// # Errors
/// [`TooLong`] beyond [`PARTS_MAX`].
pub fn split(text: &str, reference: Reference) -> Result<Vec<Part>, TooLong> {
    let (alphabet, octets) = match alphabet::septets(text) {
        Some(septets) => (Alphabet::Gsm7, septets),
        None => (Alphabet::Ucs2, alphabet::utf16(text)),
    };
    let pieces = pieces(alphabet, &octets, reference);
    if pieces.len() > PARTS_MAX {
        let parts = pieces.len();
        return Err(TooLong { parts });
    }
    let total = u8::try_from(pieces.len()).expect("at most PARTS_MAX");
    let numbered = (1u8..).zip(pieces).map(|(number, octets)| Part {
        alphabet,
        place: (total > 1).then_some(Place {
            reference,
            total,
            number,
        }),
        octets: octets.to_vec(),
    });
    Ok(numbered.collect())
}

/// How many parts a text takes.
pub fn count(text: &str) -> usize {
    let (alphabet, octets) = match alphabet::septets(text) {
        Some(septets) => (Alphabet::Gsm7, septets),
        None => (Alphabet::Ucs2, alphabet::utf16(text)),
    };
    pieces(alphabet, &octets, Reference::Narrow(0)).len()
}

fn pieces(alphabet: Alphabet, octets: &[u8], reference: Reference) -> Vec<&[u8]> {
    let (room, unit) = match alphabet {
        Alphabet::Gsm7 => (GSM7, 1),
        Alphabet::Ucs2 => (UCS2, 2),
    };
    if octets.len() <= room.alone * unit {
        return vec![octets];
    }
    let each = match reference {
        Reference::Narrow(_) => room.narrow,
        Reference::Wide(_) => room.wide,
    };
    let mut pieces = Vec::new();
    let mut rest = octets;
    while rest.len() > each * unit {
        let mut cut = each * unit;
        if splits_character(alphabet, rest, cut) {
            cut -= unit;
        }
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// True if what stands before `cut` needs what stands after it.
fn splits_character(alphabet: Alphabet, octets: &[u8], cut: usize) -> bool {
    match alphabet {
        // An escape's own character is never an escape in what we write, so one look back suffices.
        Alphabet::Gsm7 => octets[cut - 1] == ESCAPE,
        Alphabet::Ucs2 => matches!(octets[cut - 2], 0xd8..=0xdb),
    }
}

impl Place {
    /// The user data header that carries it, with its length first.
    pub fn header(&self) -> Vec<u8> {
        match self.reference {
            Reference::Narrow(reference) => {
                vec![0x05, 0x00, 0x03, reference, self.total, self.number]
            }
            Reference::Wide(reference) => {
                let [high, low] = reference.to_be_bytes();
                vec![0x06, 0x08, 0x04, high, low, self.total, self.number]
            }
        }
    }

    /// Reads a user data header (without its length): the place among the other elements it may
    /// hold, or `None`. A part 0 or beyond the total has no place.
    pub fn read(header: &[u8]) -> Option<Self> {
        let mut rest = header;
        let mut place = None;
        while let [element, length, after @ ..] = rest {
            let (value, next) = after.split_at_checked(usize::from(*length))?;
            place = match (element, value) {
                (0x00, &[reference, total, number]) => Some(Self {
                    reference: Reference::Narrow(reference),
                    total,
                    number,
                }),
                (0x08, &[high, low, total, number]) => Some(Self {
                    reference: Reference::Wide(u16::from_be_bytes([high, low])),
                    total,
                    number,
                }),
                _ => place,
            };
            rest = next;
        }
        place.filter(|place| (1..=place.total).contains(&place.number) && place.total > 1)
    }
}

impl Part {
    /// What this part says. Half a character at an edge is lost by the part, not by the text: join
    /// octets first.
    pub fn text(&self) -> String {
        text(self.alphabet, &self.octets)
    }
}

/// The text of octets of an alphabet.
pub fn text(alphabet: Alphabet, octets: &[u8]) -> String {
    match alphabet {
        Alphabet::Gsm7 => alphabet::text_of_septets(octets),
        Alphabet::Ucs2 => alphabet::text_of_utf16(octets),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NARROW: Reference = Reference::Narrow(7);
    const WIDE: Reference = Reference::Wide(0x0107);

    /// Units of each part.
    #[track_caller]
    fn check(text: &str, reference: Reference, expected: &[usize]) {
        let parts = split(text, reference).unwrap();
        let units = parts.iter().map(|part| match part.alphabet {
            Alphabet::Gsm7 => part.octets.len(),
            Alphabet::Ucs2 => part.octets.len() / 2,
        });
        assert_eq!(units.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_text_takes_as_few_parts_as_it_can() {
        check(&"a".repeat(160), NARROW, &[160]);
        check(&"a".repeat(161), NARROW, &[153, 8]);
        check(&"a".repeat(306), NARROW, &[153, 153]);
        check(&"a".repeat(161), WIDE, &[152, 9]);
        check(&"ŋ".repeat(70), NARROW, &[70]);
        check(&"ŋ".repeat(71), NARROW, &[67, 4]);
        check(&"ŋ".repeat(71), WIDE, &[66, 5]);
        check("", NARROW, &[0]);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        check(
            &format!("{}€{}", "a".repeat(152), "b".repeat(20)),
            NARROW,
            &[152, 22],
        );
        check(
            &format!("{}€{}", "a".repeat(151), "b".repeat(20)),
            WIDE,
            &[151, 22],
        );
        check(
            &format!("{}😀{}", "ŋ".repeat(66), "b".repeat(20)),
            NARROW,
            &[66, 22],
        );
        check(&format!("{}€", "a".repeat(159)), NARROW, &[153, 8]);
        check(&format!("{}😀", "ŋ".repeat(69)), NARROW, &[67, 4]);
    }

    #[test]
    fn a_text_without_end_is_refused() {
        let parts = split(&"a".repeat(153 * PARTS_MAX + 1), NARROW).unwrap_err();
        assert_eq!(parts, TooLong { parts: 13 });
    }

    #[test]
    fn a_header_is_found_among_others_and_a_wrong_one_is_none() {
        let place = Place {
            reference: NARROW,
            total: 3,
            number: 2,
        };
        assert_eq!(Place::read(&place.header()[1..]), Some(place));
        assert_eq!(
            Place::read(&[0x05, 0x04, 1, 2, 3, 4, 0x00, 0x03, 7, 3, 2]),
            Some(place)
        );
        for wrong in [
            &[0x00, 0x03, 7, 3, 0][..],
            &[0x00, 0x03, 7, 3, 4],
            &[0x00, 0x09, 7, 3, 1],
            &[0x00, 0x03, 7, 1, 1],
            &[0x00],
        ] {
            assert_eq!(Place::read(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn parts_joined_are_the_text(text in "[a-z€\\[\\]ŋ😀’ ]{0,600}", wide in any::<bool>()) {
            let reference = if wide { WIDE } else { NARROW };
            let Ok(parts) = split(&text, reference) else {
                return Ok(());
            };
            let octets: Vec<u8> = parts.iter().flat_map(|part| part.octets.clone()).collect();
            prop_assert_eq!(super::text(parts[0].alphabet, &octets), text.clone());
            let each: String = parts.iter().map(Part::text).collect();
            prop_assert_eq!(&each, &text, "no character is cut");
            if !wide {
                prop_assert_eq!(parts.len(), count(&text));
            }
        }

        #[test]
        fn no_header_panics(header in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _place = Place::read(&header);
        }
    }
}
