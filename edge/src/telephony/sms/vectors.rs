//! Held against libgammu and the package gsm0338, letter by letter and octet by octet
//! (`edge/fixtures/sms/vectors.py` writes the file).

use super::alphabet::{septets, text_of_septets};
use super::pdu::{Address, Incoming, Submit, decode, from_hex};
use super::reassembly::{Joined, Reassembly};
use super::segment::{Reference, split};
use curriculum::Timestamp;

const VECTORS: &str = include_str!("../../../fixtures/sms/vectors.tsv");

/// Rows of one kind, each as its fields.
fn rows(kind: &str) -> Vec<Vec<&str>> {
    let rows = VECTORS.lines().map(|line| line.split('\t').collect());
    rows.filter(|row: &Vec<&str>| row[0] == kind).collect()
}

fn unquoted(json: &str) -> String {
    serde_json::from_str(json).unwrap()
}

#[test]
fn every_letter_has_the_octets_that_gsm0338_gives_it() {
    let letters = rows("letter");
    assert_eq!(letters.len(), 127 + 10);
    for row in letters {
        let (letter, octets) = (unquoted(row[1]), from_hex(row[2]).unwrap());
        assert_eq!(septets(&letter), Some(octets.clone()), "{letter:?}");
        assert_eq!(text_of_septets(&octets), letter, "{letter:?}");
    }
}

/// The service centre's address is left out: libgammu writes one, a modem knows its own.
fn without_centre(pdu: &str) -> String {
    let octets = from_hex(pdu).unwrap();
    pdu[2 * (usize::from(octets[0]) + 1)..].to_uppercase()
}

/// libgammu draws its reference: it is read from the header of the first part.
fn reference(pdus: &[&str], wide: bool) -> Reference {
    let octets = from_hex(&without_centre(pdus[0])).unwrap();
    // First octet, reference, address of 8, protocol, coding, validity, length, header length.
    let header = &octets[15..];
    match (pdus.len(), wide) {
        (1, _) => Reference::Narrow(0),
        (_, false) => Reference::Narrow(header[2]),
        (_, true) => Reference::Wide(u16::from_be_bytes([header[2], header[3]])),
    }
}

#[test]
fn every_text_is_cut_and_packed_as_libgammu_does() {
    let submissions = rows("submit");
    assert!(submissions.len() > 300);
    for row in submissions {
        let (wide, text, pdus) = (row[1] == "16", unquoted(row[2]), &row[3..]);
        let parts = split(&text, reference(pdus, wide)).unwrap();
        let made: Vec<String> = parts
            .iter()
            .map(|part| {
                let submit = Submit {
                    to: "250788000001",
                    reference: 0,
                    validity: Some(0),
                    report: false,
                    part,
                };
                without_centre(&submit.encode().0)
            })
            .collect();
        let expected: Vec<String> = pdus.iter().map(|pdu| without_centre(pdu)).collect();
        assert_eq!(made, expected, "{text:?}");
    }
}

#[test]
fn every_text_that_libgammu_reads_back_is_read_alike() {
    let deliveries = rows("deliver");
    assert!(deliveries.len() > 100);
    for row in deliveries {
        let text = unquoted(row[2]);
        let mut state = Reassembly::default();
        let mut whole = None;
        for pdu in &row[3..] {
            let Incoming::Deliver(deliver) = decode(pdu).unwrap() else {
                panic!("{pdu} is no delivery");
            };
            let digits = row[1].trim_start_matches('+').to_owned();
            let international = true;
            assert_eq!(
                deliver.from,
                Address::Number {
                    digits,
                    international
                }
            );
            whole = match state.handle_part(deliver.part, Timestamp(0)) {
                Joined::Whole(text) => Some(text),
                _ => None,
            };
        }
        assert_eq!(whole, Some(text));
    }
}
