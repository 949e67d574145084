//! Protocol data units of a modem: SMS-SUBMIT out, SMS-DELIVER and SMS-STATUS-REPORT in
//! (3GPP TS 23.040, section 9.2).

use curriculum::Timestamp;

use super::alphabet::{Alphabet, text_of_septets};
use super::segment::{Part, Place};
use crate::telephony::route::Fate;

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit<'a> {
    /// Digits of the number, international, without a plus.
    pub to: &'a str,
    /// The modem's own number for it, from 0; a status report repeats it.
    pub reference: u8,
    /// How long the network may try, as the octet of section 9.2.3.12.1; its own choice if `None`.
    pub validity: Option<u8>,
    /// Ask for a status report.
    pub report: bool,
    /// What it says.
    pub part: &'a Part,
}

/// What a modem took from the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Somebody's message.
    Deliver(Deliver),
    /// What became of one of ours.
    Report(Report),
}

/// Somebody's message, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// Who sent it.
    pub from: Address,
    /// When the service centre took it; `None` if that is no time.
    pub at: Option<Timestamp>,
    /// What it says.
    pub part: Part,
}

/// A status report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The `reference` it was submitted with.
    pub reference: u8,
    /// Whom the message was for.
    pub to: Address,
    /// What became of it.
    pub fate: Fate,
}

/// An address as the network writes it.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// Digits; with the country code if `international`.
    Number {
        /// `0-9 * # a b c`.
        digits: String,
        /// Type of number 1.
        international: bool,
    },
    /// Letters: such a sender cannot be answered.
    Name(String),
}

/// Why octets are no PDU that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PduError {
    /// It ends too early.
    #[error("read a PDU: it ends in its {0}")]
    Short(&'static str),
    /// It is not hexadecimal.
    #[error("read a PDU: it is not written in hexadecimal")]
    Hex,
    /// A kind of PDU that the network does not send.
    #[error("read a PDU: message type {0} is not one that arrives")]
    Kind(u8),
    /// Text that cannot be read: compressed, or 8-bit data.
    #[error("read a PDU: data coding {0:#04x} is not text")]
    Coding(u8),
    /// A length that cannot be.
    #[error("read a PDU: its {0} is too long")]
    Long(&'static str),
}

impl Submit<'_> {
    /// The PDU in hexadecimal, and the length that `AT+CMGS` wants: octets without the service
    /// centre's address, which the SIM knows.
    pub fn encode(&self) -> (String, usize) {
        let mut octets = vec![0x01];
        if self.validity.is_some() {
            octets[0] |= 0x10;
        }
        if self.report {
            octets[0] |= 0x20;
        }
        if self.part.place.is_some() {
            octets[0] |= 0x40;
        }
        octets.push(self.reference);
        octets.push(u8::try_from(self.to.len()).unwrap_or(u8::MAX));
        octets.push(0x91);
        octets.extend(semi_octets(self.to));
        octets.push(0x00);
        octets.push(match self.part.alphabet {
            Alphabet::Gsm7 => 0x00,
            Alphabet::Ucs2 => 0x08,
        });
        octets.extend(self.validity);
        octets.extend(user_data(self.part));
        let length = octets.len();
        let hex: String = octets.iter().map(|octet| format!("{octet:02X}")).collect();
        (format!("00{hex}"), length)
    }
}

/// Length and content: the header, fill bits up to a septet boundary, the text.
fn user_data(part: &Part) -> Vec<u8> {
    let header = part.place.map(|place| place.header()).unwrap_or_default();
    let (length, body) = match part.alphabet {
        Alphabet::Gsm7 => {
            let fill = fill_bits(header.len());
            let septets = (header.len() * 8 + fill) / 7 + part.octets.len();
            (septets, pack(&part.octets, fill))
        }
        Alphabet::Ucs2 => (header.len() + part.octets.len(), part.octets.clone()),
    };
    let mut data = vec![u8::try_from(length).unwrap_or(u8::MAX)];
    data.extend(header);
    data.extend(body);
    data
}

/// Bits after a header of so many octets, so that text begins on a septet boundary.
fn fill_bits(header_octets: usize) -> usize {
    (7 - (header_octets * 8) % 7) % 7
}

/// Septets, lowest bit first, after `fill` bits of nothing.
fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
    let mut octets = vec![0; (fill + septets.len() * 7).div_ceil(8)];
    for (index, septet) in septets.iter().enumerate() {
        let bit = fill + index * 7;
        let wide = u16::from(septet & 0x7f) << (bit % 8);
        let [high, low] = wide.to_be_bytes();
        octets[bit / 8] |= low;
        if high != 0 {
            octets[bit / 8 + 1] |= high;
        }
    }
    octets
}

/// `count` septets after `fill` bits; fewer if the octets end.
fn unpack(octets: &[u8], fill: usize, count: usize) -> Vec<u8> {
    let all = (octets.len() * 8).saturating_sub(fill) / 7;
    let septet = |index: usize| {
        let bit = fill + index * 7;
        let low = u16::from(octets[bit / 8]);
        let high = octets.get(bit / 8 + 1).copied().unwrap_or(0);
        let wide = low | u16::from(high) << 8;
        u8::try_from((wide >> (bit % 8)) & 0x7f).unwrap_or(0)
    };
    (0..count.min(all)).map(septet).collect()
}

fn semi_octets(digits: &str) -> Vec<u8> {
    let digit = |byte: &u8| byte.wrapping_sub(b'0') & 0x0f;
    let pairs = digits.as_bytes().chunks(2);
    let octet = |pair: &[u8]| digit(&pair[0]) | pair.get(1).map_or(0x0f, digit) << 4;
    pairs.map(octet).collect()
}

/// Reads what `+CMT`, `+CMGR` or `+CDS` brought: hexadecimal, the service centre's address first.
///
/// # Errors
/// [`PduError`]; such a message is set aside with its octets.
pub fn decode(hex: &str) -> Result<Incoming, PduError> {
    let octets = from_hex(hex.trim())?;
    let mut cursor = Octets(&octets);
    let centre = cursor.octet("service centre")?;
    cursor.take(usize::from(centre), "service centre")?;
    let first = cursor.octet("first octet")?;
    match first & 0x03 {
        0 => deliver(first, cursor).map(Incoming::Deliver),
        2 => report(cursor).map(Incoming::Report),
        kind => Err(PduError::Kind(kind)),
    }
}

/// The octets of hexadecimal text.
pub(crate) fn from_hex(hex: &str) -> Result<Vec<u8>, PduError> {
    if hex.len() > 2 * OCTETS_MAX {
        return Err(PduError::Long("text"));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = hex.as_bytes().chunks(2).map(|pair| match pair {
        &[high, low] => Some((digit(high)? * 16 + digit(low)?) as u8),
        _ => None,
    });
    pairs.collect::<Option<_>>().ok_or(PduError::Hex)
}

/// The longest PDU that a modem brings, with its service centre, and some more.
const OCTETS_MAX: usize = 256;

fn deliver(first: u8, mut cursor: Octets<'_>) -> Result<Deliver, PduError> {
    let from = cursor.address()?;
    let _protocol = cursor.octet("protocol")?;
    let coding = cursor.octet("data coding")?;
    let at = service_time(cursor.take(7, "time")?);
    let alphabet = alphabet(coding)?;
    let length = usize::from(cursor.octet("length")?);
    let data = cursor.0;
    let header_octets = match (first & 0x40 != 0, data.first()) {
        (true, Some(length)) => usize::from(*length) + 1,
        (true, None) => return Err(PduError::Short("header")),
        (false, _) => 0,
    };
    let (header, body) = data
        .split_at_checked(header_octets)
        .ok_or(PduError::Short("header"))?;
    let place = header.get(1..).and_then(Place::read);
    let octets = match alphabet {
        Alphabet::Gsm7 => {
            let fill = fill_bits(header_octets);
            let before = (header_octets * 8 + fill) / 7;
            let count = length.checked_sub(before).ok_or(PduError::Long("header"))?;
            let septets = unpack(body, fill, count);
            if septets.len() < count {
                return Err(PduError::Short("text"));
            }
            septets
        }
        Alphabet::Ucs2 => {
            let count = length
                .checked_sub(header_octets)
                .ok_or(PduError::Long("header"))?;
            body.get(..count).ok_or(PduError::Short("text"))?.to_vec()
        }
    };
    let part = Part {
        alphabet,
        place,
        octets,
    };
    Ok(Deliver { from, at, part })
}

/// Which alphabet a data coding scheme means (3GPP TS 23.038, section 4).
pub(super) fn alphabet(coding: u8) -> Result<Alphabet, PduError> {
    let of_class = |bits: u8| match bits {
        0b00 => Ok(Alphabet::Gsm7),
        0b10 => Ok(Alphabet::Ucs2),
        // Reserved: to be read as the default alphabet.
        0b11 => Ok(Alphabet::Gsm7),
        _ => Err(PduError::Coding(coding)),
    };
    match coding >> 4 {
        // Not compressed: general data coding, and marked for automatic deletion.
        0x0 | 0x1 | 0x4 | 0x5 => of_class((coding >> 2) & 0b11),
        0xc | 0xd => Ok(Alphabet::Gsm7),
        0xe => Ok(Alphabet::Ucs2),
        0xf if coding & 0b100 == 0 => Ok(Alphabet::Gsm7),
        // Reserved: to be read as the default alphabet.
        0x8..=0xb => Ok(Alphabet::Gsm7),
        _ => Err(PduError::Coding(coding)),
    }
}

fn report(mut cursor: Octets<'_>) -> Result<Report, PduError> {
    let reference = cursor.octet("reference")?;
    let to = cursor.address()?;
    cursor.take(14, "times")?;
    let fate = match cursor.octet("status")? {
        0x00..=0x02 => Fate::Delivered,
        0x03..=0x3f => Fate::Trying,
        _ => Fate::Failed,
    };
    Ok(Report {
        reference,
        to,
        fate,
    })
}

/// Seven octets of swapped digits: year, month, day, hour, minute, second, quarters of an hour.
fn service_time(octets: &[u8]) -> Option<Timestamp> {
    let number = |octet: u8| {
        let (tens, ones) = (octet & 0x0f, octet >> 4);
        (tens < 10 && ones < 10).then_some(i64::from(tens) * 10 + i64::from(ones))
    };
    let &[year, month, day, hour, minute, second, zone] = octets else {
        return None;
    };
    let west = zone & 0x08 != 0;
    let quarters = number(zone & !0x08)?;
    let [year, month, day] = [number(year)?, number(month)?, number(day)?];
    let [hour, minute, second] = [number(hour)?, number(minute)?, number(second)?];
    let whole = (1..=12).contains(&month) && (1..=31).contains(&day) && quarters <= 56;
    if !whole || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_from_civil(2000 + year, month, day);
    let east_s = if west { -1 } else { 1 } * quarters * 900;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - east_s;
    Some(Timestamp(seconds * 1000))
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// What is left to read.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], PduError> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(PduError::Short(what))?;
        self.0 = rest;
        Ok(taken)
    }

    fn octet(&mut self, what: &'static str) -> Result<u8, PduError> {
        Ok(self.take(1, what)?[0])
    }

    /// Length in digits, type, swapped digits; letters as packed septets.
    fn address(&mut self) -> Result<Address, PduError> {
        let digits = usize::from(self.octet("address")?);
        let kind = self.octet("address")?;
        if digits > 22 {
            return Err(PduError::Long("address"));
        }
        let octets = self.take(digits.div_ceil(2), "address")?;
        if kind & 0x70 == 0x50 {
            let septets = unpack(octets, 0, digits * 4 / 7);
            return Ok(Address::Name(text_of_septets(&septets)));
        }
        let both = octets.iter().flat_map(|octet| [octet & 0x0f, octet >> 4]);
        let digit = |digit: u8| char::from(b"0123456789*#abc"[usize::from(digit.min(14))]);
        Ok(Address::Number {
            digits: both.take(digits).map(digit).collect(),
            international: kind & 0x70 == 0x10,
        })
    }
}

impl std::fmt::Debug for Address {
    /// A number is never printed whole.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Address::Number { digits, .. } => write!(f, "a number of {} digits", digits.len()),
            Address::Name(_) => f.write_str("a name"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::segment::{Reference, split};
    use super::*;

    const ALINE: &str = "250788000001";

    fn part(text: &str) -> Part {
        split(text, Reference::Narrow(0x2a)).unwrap().remove(0)
    }

    #[track_caller]
    fn check_submit(submit: &Submit<'_>, expected: (&str, usize)) {
        let (hex, length) = submit.encode();
        assert_eq!((hex.as_str(), length), expected);
    }

    /// Vectors published with python-messaging, and worked out by hand.
    #[test]
    fn a_submission_is_written_as_others_write_it() {
        let hola = Submit {
            to: "34616585119",
            reference: 0,
            validity: None,
            report: false,
            part: &part("hola"),
        };
        check_submit(&hola, ("0001000B914316565811F9000004E8373B0C", 17));
        let muraho = Submit {
            to: ALINE,
            reference: 0,
            validity: Some(0xaa),
            report: true,
            part: &part("Muraho"),
        };
        check_submit(&muraho, ("0031000C915270880000100000AA06CDBA3C8C7E03", 20));
        let mut first = part("Muraho");
        first.place = Some(Place {
            reference: Reference::Narrow(0x2a),
            total: 2,
            number: 1,
        });
        let first = Submit {
            validity: None,
            report: false,
            part: &first,
            ..muraho
        };
        check_submit(
            &first,
            ("0041000C9152708800001000000D0500032A02019A757918FD06", 25),
        );
        let accents = Submit {
            part: &part("é’"),
            ..first
        };
        check_submit(&accents, ("0001000C9152708800001000080400E92019", 17));
    }

    fn delivered(hex: &str) -> Deliver {
        match decode(hex).unwrap() {
            Incoming::Deliver(deliver) => deliver,
            Incoming::Report(report) => panic!("{report:?}"),
        }
    }

    #[test]
    fn a_message_is_read_with_its_sender_and_time() {
        let deliver = delivered("00040C9152708800001000006211020103008006CDBA3C8C7E03");
        assert_eq!(deliver.part.text(), "Muraho");
        let digits = ALINE.to_owned();
        let international = true;
        assert_eq!(
            deliver.from,
            Address::Number {
                digits,
                international
            }
        );
        // 2026-11-20 10:30:00 at two hours east of Greenwich.
        assert_eq!(deliver.at, Some(Timestamp(1_795_163_400_000)));
    }

    #[test]
    fn times_that_cannot_be_are_none() {
        for zone in [0x08, 0x29] {
            assert!(service_time(&[0x62, 0x11, 0x02, 0x01, 0x03, 0x00, zone]).is_some());
        }
        for octets in [
            [0x62, 0x31, 0x02, 0x01, 0x03, 0x00, 0x80],
            [0x62, 0x11, 0x02, 0x42, 0x03, 0x00, 0x80],
            [0xaf, 0x11, 0x02, 0x01, 0x03, 0x00, 0x80],
            [0x00; 7],
        ] {
            assert_eq!(service_time(&octets), None, "{octets:02x?}");
        }
    }

    #[test]
    fn a_name_is_a_sender_that_cannot_be_answered() {
        // "MTN" in packed septets, six half-octets used.
        let deliver = delivered("000006D04DAA130000621102010300800141");
        assert_eq!(deliver.from, Address::Name("MTN".to_owned()));
        assert_eq!(deliver.part.text(), "A");
    }

    #[test]
    fn a_report_says_what_became_of_a_message() {
        let times = "62110201030080".repeat(2);
        for (status, fate) in [
            ("00", Fate::Delivered),
            ("20", Fate::Trying),
            ("45", Fate::Failed),
        ] {
            let hex = format!("0006070C91527088000010{times}{status}");
            let Incoming::Report(report) = decode(&hex).unwrap() else {
                panic!("no report");
            };
            assert_eq!((report.reference, report.fate), (7, fate));
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for (hex, expected) in [
            ("", PduError::Short("service centre")),
            ("0z", PduError::Hex),
            ("000", PduError::Hex),
            ("0003", PduError::Kind(3)),
            ("0000FF91", PduError::Long("address")),
            ("00000C9152708800001000", PduError::Short("data coding")),
            (
                "00000C915270880000100004621102010300800161",
                PduError::Coding(4),
            ),
            (
                "00400C91527088000010000062110201030080020500",
                PduError::Short("header"),
            ),
        ] {
            assert_eq!(decode(hex).unwrap_err(), expected, "{hex}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..180)) {
            let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            let _read = decode(&hex);
        }

        #[test]
        fn septets_are_unpacked_as_they_were_packed(
            septets in proptest::collection::vec(0u8..128, 0..160),
            fill in 0usize..7,
        ) {
            prop_assert_eq!(unpack(&pack(&septets, fill), fill, septets.len()), septets);
        }
    }
}
