//! Between a service centre's messages and what the box knows: parts, senders, receipts.

use super::config::{DefaultAlphabet, SmppConfig};
use super::pdu::{Address, Deliver, Submit};
use crate::telephony::route::{Arrival, Body, Fate, Receipt};
use crate::telephony::sms::alphabet::{Alphabet, text_of_septets};
use crate::telephony::sms::pdu::alphabet;
use crate::telephony::sms::receipt;
use crate::telephony::sms::segment::{Part, Place, Reference};
use crate::telephony::{CallingParty, Country};
use curriculum::answer::Channel;

/// What a `deliver_sm` is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    Arrival(Arrival),
    Receipt(Receipt),
    /// It cannot be used; why.
    Nothing(&'static str),
}

/// The body of a `submit_sm` for one part.
pub(super) fn submit(config: &SmppConfig, to: &str, part: &Part) -> Vec<u8> {
    let mut octets = part.place.map(|place| place.header()).unwrap_or_default();
    let has_header = !octets.is_empty();
    octets.extend(match (part.alphabet, config.alphabet) {
        (Alphabet::Gsm7, DefaultAlphabet::Latin1) => latin1(&part.octets),
        _ => part.octets.clone(),
    });
    let submit = Submit {
        service_type: String::new(),
        from: Address {
            ton: config.source_ton,
            npi: config.source_npi,
            text: config.source.clone(),
        },
        to: Address {
            ton: 1,
            npi: 1,
            text: to.trim_start_matches('+').to_owned(),
        },
        has_header,
        data_coding: match part.alphabet {
            Alphabet::Gsm7 => 0,
            Alphabet::Ucs2 => 8,
        },
        receipt: config.receipts,
        octets,
    };
    submit.encode()
}

/// Septets as ISO 8859-1; what that does not have is a question mark.
fn latin1(septets: &[u8]) -> Vec<u8> {
    let octet = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
    text_of_septets(septets).chars().map(octet).collect()
}

/// Reads what a service centre delivered.
pub(super) fn read(config: &SmppConfig, session: i64, deliver: &Deliver) -> Meant {
    if deliver.is_receipt() {
        return match read_receipt(config, deliver) {
            Some(receipt) => Meant::Receipt(receipt),
            None => Meant::Nothing("a receipt without an identifier or a state"),
        };
    }
    let Some(from) = sender(&deliver.from, &config.country) else {
        return Meant::Nothing("a sender that cannot be answered");
    };
    let Some(body) = body(config, deliver) else {
        return Meant::Nothing("octets that are no text");
    };
    Meant::Arrival(Arrival {
        route: config.name.clone(),
        session,
        from,
        channel: Channel::Sms,
        body,
        sent_at: None,
        provider_id: None,
    })
}

fn sender(address: &Address, country: &Country) -> Option<crate::phone_number::PhoneNumber> {
    let digits = address.text.trim();
    let whole = if address.ton == 1 && !digits.starts_with('+') {
        format!("+{digits}")
    } else {
        digits.to_owned()
    };
    match CallingParty::parse(&whole, country) {
        CallingParty::Number(number) if address.ton != 5 => Some(number),
        _ => None,
    }
}

fn body(config: &SmppConfig, deliver: &Deliver) -> Option<Body> {
    let (header, octets) = if deliver.has_header() {
        let length = usize::from(*deliver.octets.first()?) + 1;
        deliver.octets.split_at_checked(length)?
    } else {
        (&[][..], &deliver.octets[..])
    };
    let segment = deliver
        .segment
        .filter(|(_, total, number)| *total > 1 && (1..=*total).contains(number));
    let by_parameters = segment.map(|(reference, total, number)| Place {
        reference: Reference::Wide(reference),
        total,
        number,
    });
    let place = header.get(1..).and_then(Place::read).or(by_parameters);
    let latin = match deliver.data_coding {
        0 => config.alphabet == DefaultAlphabet::Latin1,
        1 | 3 => true,
        _ => false,
    };
    if latin {
        let text: String = octets.iter().map(|octet| char::from(*octet)).collect();
        // Parts are joined as octets: UTF-16 holds any of them.
        return Some(match place {
            None => Body::Text(text),
            Some(place) => Body::Part(Part {
                alphabet: Alphabet::Ucs2,
                place: Some(place),
                octets: text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            }),
        });
    }
    let alphabet = match deliver.data_coding {
        8 => Alphabet::Ucs2,
        2 | 4 => return None,
        coding => alphabet(coding).ok()?,
    };
    Some(Body::Part(Part {
        alphabet,
        place,
        octets: octets.to_vec(),
    }))
}

/// Parameters are believed before the text.
fn read_receipt(config: &SmppConfig, deliver: &Deliver) -> Option<Receipt> {
    let text: String = deliver
        .octets
        .iter()
        .map(|octet| char::from(*octet))
        .collect();
    let said = receipt::read(&text);
    let by_text = said.as_ref().and_then(|said| said.fate);
    let by_parameter = deliver.state.and_then(receipt::fate_numbered);
    let id = deliver.receipted_id.clone().or(said.map(|said| said.id))?;
    let fate: Fate = by_parameter.or(by_text)?;
    Some(Receipt {
        route: config.name.clone(),
        ids: receipt::forms(&id),
        fate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telephony::sms::segment::split;

    fn config() -> SmppConfig {
        let text = "name = \"mtn\"\naddress = \"127.0.0.1:2775\"\nsystem_id = \"hub\"\n\
                    password = \"secret\"\nsource = \"8585\"\n";
        toml::from_str(text).unwrap()
    }

    fn deliver(from: &str, coding: u8, octets: &[u8]) -> Deliver {
        Deliver {
            from: Address {
                ton: 1,
                npi: 1,
                text: from.to_owned(),
            },
            data_coding: coding,
            octets: octets.to_vec(),
            ..Deliver::default()
        }
    }

    #[track_caller]
    fn check(deliver: &Deliver, expected: Option<&str>) {
        let found = match read(&config(), 1, deliver) {
            Meant::Arrival(arrival) => Some(match arrival.body {
                Body::Text(text) => text,
                Body::Part(part) => part.text(),
            }),
            Meant::Receipt(_) => panic!("a receipt"),
            Meant::Nothing(_) => None,
        };
        assert_eq!(found.as_deref(), expected);
    }

    const ALINE: &str = "250788000001";

    #[test]
    fn texts_are_read_by_their_coding() {
        check(&deliver(ALINE, 0, &[0x00, 0x1b, 0x65]), Some("@€"));
        check(&deliver(ALINE, 3, &[0xe9, b'@']), Some("é@"));
        check(&deliver(ALINE, 8, &[0x01, 0x4b]), Some("ŋ"));
        check(&deliver(ALINE, 0xf1, b"yes"), Some("yes"));
        check(&deliver(ALINE, 4, &[1, 2, 3]), None);
        check(&deliver("0788000001", 0, b"yes"), None);
        check(&deliver("8080", 0, b"yes"), None);
    }

    #[test]
    fn a_header_and_parameters_place_a_part() {
        let part = split(&"a".repeat(200), Reference::Narrow(9))
            .unwrap()
            .remove(1);
        let mut with_header = deliver(ALINE, 0, &[]);
        with_header.esm_class = 0x40;
        with_header.octets = [part.place.unwrap().header(), part.octets.clone()].concat();
        let mut by_parameters = deliver(ALINE, 0, &part.octets);
        by_parameters.segment = Some((900, 2, 2));
        for (deliver, reference) in [
            (with_header, Reference::Narrow(9)),
            (by_parameters, Reference::Wide(900)),
        ] {
            let Meant::Arrival(arrival) = read(&config(), 1, &deliver) else {
                panic!("no arrival");
            };
            let Body::Part(found) = arrival.body else {
                panic!("no part");
            };
            let place = found.place.unwrap();
            assert_eq!(
                (place.reference, place.total, place.number),
                (reference, 2, 2)
            );
            assert_eq!(found.octets, part.octets);
        }
    }

    #[test]
    fn a_receipt_is_believed_by_its_parameters_first() {
        let mut deliver = deliver(ALINE, 0, b"id:12617184 stat:ENROUTE text:x");
        deliver.esm_class = 0x04;
        let receipt = |deliver: &Deliver| match read(&config(), 1, deliver) {
            Meant::Receipt(receipt) => receipt,
            other => panic!("{other:?}"),
        };
        assert_eq!(receipt(&deliver).fate, Fate::Trying);
        assert!(receipt(&deliver).ids.contains(&"c085e0".to_owned()));
        deliver.state = Some(2);
        deliver.receipted_id = Some("m7".to_owned());
        assert_eq!(receipt(&deliver).fate, Fate::Delivered);
        assert_eq!(receipt(&deliver).ids[0], "m7");
    }

    #[test]
    fn what_is_submitted_has_no_class_but_the_header() {
        let parts = split(&"a".repeat(200), Reference::Narrow(9)).unwrap();
        let body = submit(&config(), "+250788000001", &parts[0]);
        // service type, source type and plan, "8585", destination type and plan, number.
        let class = 1 + 2 + 5 + 2 + 13;
        assert_eq!(body[class], 0x40);
        assert_eq!(body[class + 7], 0, "data coding");
        assert_eq!(usize::from(body[class + 9]), 6 + 153);
        let one = submit(
            &config(),
            "+250788000001",
            &split("é’", Reference::Narrow(0)).unwrap()[0],
        );
        assert_eq!((one[class], one[class + 7]), (0, 8));
    }
}
