//! SMPP 3.4 protocol data units: those that a transceiver sends and those that it is sent.
//!
//! Written by hand because a service centre's mistakes must be read as far as they can be, and
//! answered even where they cannot.

use std::fmt;

/// Octets of the header: length, command, status, sequence number.
pub const HEADER_OCTETS: usize = 16;
/// The longest PDU that is read: a message payload of 64 KiB and the fields around it.
pub const PDU_OCTETS_MAX: usize = 66_000;

/// Command identifiers (SMPP 3.4, section 5.1.2.1).
pub const GENERIC_NACK: u32 = 0x8000_0000;
pub const SUBMIT_SM: u32 = 0x04;
pub const DELIVER_SM: u32 = 0x05;
pub const UNBIND: u32 = 0x06;
pub const BIND_TRANSCEIVER: u32 = 0x09;
pub const ENQUIRE_LINK: u32 = 0x15;
pub const ALERT_NOTIFICATION: u32 = 0x0102;
pub const DATA_SM: u32 = 0x0103;
/// Set in the identifier of what answers.
pub const ANSWERS: u32 = 0x8000_0000;

/// Statuses that we act on (SMPP 3.4, section 5.1.3).
pub const OK: u32 = 0x00;
pub const BAD_LENGTH: u32 = 0x02;
pub const BAD_COMMAND: u32 = 0x03;
pub const QUEUE_FULL: u32 = 0x14;
pub const THROTTLED: u32 = 0x58;

/// One PDU, its body not yet read.
#[derive(Clone, PartialEq, Eq)]
pub struct Pdu {
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

/// An address with its type and plan.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    pub ton: u8,
    pub npi: u8,
    /// At most 20 octets.
    pub text: String,
}

/// A message to submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    pub service_type: String,
    pub from: Address,
    pub to: Address,
    /// Header included.
    pub has_header: bool,
    pub data_coding: u8,
    /// Ask for a receipt.
    pub receipt: bool,
    /// At most 254.
    pub octets: Vec<u8>,
}

/// A message, or a receipt, from the service centre.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Deliver {
    pub from: Address,
    pub to: Address,
    pub esm_class: u8,
    pub data_coding: u8,
    /// Of the message, or of its payload parameter.
    pub octets: Vec<u8>,
    pub receipted_id: Option<String>,
    pub state: Option<u8>,
    /// Reference, total and number of the segmentation parameters.
    pub segment: Option<(u16, u8, u8)>,
}

/// Why octets are no PDU that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PduError {
    /// Where the next PDU begins cannot be known: the session is lost.
    #[error("read an SMPP length of {0}")]
    Length(u32),
    /// The body ends too early, or a text in it does not end.
    #[error("read an SMPP body: it ends in its {0}")]
    Short(&'static str),
}

/// Cuts the next whole PDU from what was read; `None` if more must come.
///
/// # Errors
/// [`PduError::Length`] for a length that cannot be.
pub fn cut(read: &mut Vec<u8>) -> Result<Option<Pdu>, PduError> {
    let Some(first) = read.first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*first);
    let octets = usize::try_from(length).unwrap_or(usize::MAX);
    if !(HEADER_OCTETS..=PDU_OCTETS_MAX).contains(&octets) {
        return Err(PduError::Length(length));
    }
    if read.len() < octets {
        return Ok(None);
    }
    let rest = read.split_off(octets);
    let whole = std::mem::replace(read, rest);
    let word = |at: usize| {
        let octets = whole[at..at + 4].try_into().expect("four octets");
        u32::from_be_bytes(octets)
    };
    Ok(Some(Pdu {
        command: word(4),
        status: word(8),
        sequence: word(12),
        body: whole[HEADER_OCTETS..].to_vec(),
    }))
}

impl Pdu {
    /// A request.
    pub fn new(command: u32, sequence: u32, body: Vec<u8>) -> Self {
        Self {
            command,
            status: OK,
            sequence,
            body,
        }
    }

    /// What answers a request. A `deliver_sm_resp` and a `data_sm_resp` have an empty identifier.
    pub fn answer(command: u32, sequence: u32, status: u32) -> Self {
        let body = match command {
            DELIVER_SM | DATA_SM => vec![0],
            _ => Vec::new(),
        };
        Self {
            command: command | ANSWERS,
            status,
            sequence,
            body,
        }
    }

    /// The octets, length first.
    pub fn encode(&self) -> Vec<u8> {
        let length = u32::try_from(HEADER_OCTETS + self.body.len()).unwrap_or(u32::MAX);
        let words = [length, self.command, self.status, self.sequence];
        let mut octets: Vec<u8> = words.into_iter().flat_map(u32::to_be_bytes).collect();
        octets.extend(&self.body);
        octets
    }

    /// True for what answers one of our requests.
    pub fn is_answer(&self) -> bool {
        self.command & ANSWERS != 0
    }

    /// The identifier in the body of a `submit_sm_resp`; empty if there is none.
    pub fn message_id(&self) -> String {
        let mut body = Body(&self.body);
        body.text(65, "message id").unwrap_or_default()
    }
}

/// The body of a `bind_transceiver`: any address, version 3.4.
pub fn bind(system_id: &str, password: &str, system_type: &str) -> Vec<u8> {
    let mut body = Vec::new();
    push_text(&mut body, system_id, 16);
    push_text(&mut body, password, 9);
    push_text(&mut body, system_type, 13);
    body.extend([0x34, 0, 0, 0]);
    body
}

impl Submit {
    /// The body of a `submit_sm`.
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        push_text(&mut body, &self.service_type, 6);
        push_address(&mut body, &self.from);
        push_address(&mut body, &self.to);
        let esm_class = if self.has_header { 0x40 } else { 0x00 };
        // Protocol, priority; no schedule, the centre's own validity.
        body.extend([esm_class, 0, 0, 0, 0]);
        body.extend([u8::from(self.receipt), 0, self.data_coding, 0]);
        let kept = &self.octets[..self.octets.len().min(254)];
        body.push(u8::try_from(kept.len()).expect("at most 254"));
        body.extend(kept);
        body
    }
}

impl Deliver {
    /// Reads the body of a `deliver_sm`. Parameters after the message are read as far as they are
    /// whole.
    ///
    /// # Errors
    /// [`PduError::Short`]; the message is to be acknowledged all the same, and set aside.
    pub fn decode(body: &[u8]) -> Result<Self, PduError> {
        let mut body = Body(body);
        body.text(6, "service type")?;
        let from = body.address("source")?;
        let to = body.address("destination")?;
        let [esm_class, _protocol, _priority] = body.octets("class")?;
        body.text(17, "schedule")?;
        body.text(17, "validity")?;
        let [_registered, _replace, data_coding, _default, length] = body.octets("coding")?;
        let octets = body.take(usize::from(length), "message")?.to_vec();
        let mut deliver = Self {
            from,
            to,
            esm_class,
            data_coding,
            octets,
            ..Self::default()
        };
        deliver.read_parameters(body);
        Ok(deliver)
    }

    /// Reads the body of a `data_sm`, which carries its message as a parameter.
    ///
    /// # Errors
    /// As [`Deliver::decode`].
    pub fn decode_data(body: &[u8]) -> Result<Self, PduError> {
        let mut body = Body(body);
        body.text(6, "service type")?;
        let from = body.address("source")?;
        let to = body.address("destination")?;
        let [esm_class, _registered, data_coding] = body.octets("coding")?;
        let mut deliver = Self {
            from,
            to,
            esm_class,
            data_coding,
            ..Self::default()
        };
        deliver.read_parameters(body);
        Ok(deliver)
    }

    fn read_parameters(&mut self, mut body: Body<'_>) {
        let (mut reference, mut total, mut number) = (None, None, None);
        while let Some((tag, value)) = body.parameter() {
            match (tag, value) {
                (0x0424, payload) => self.octets = payload.to_vec(),
                (0x001e, id) => {
                    let text = id.split(|octet| *octet == 0).next().unwrap_or_default();
                    self.receipted_id = Some(ascii(text));
                }
                (0x0427, &[state]) => self.state = Some(state),
                (0x020c, &[high, low]) => reference = Some(u16::from_be_bytes([high, low])),
                (0x020e, &[count]) => total = Some(count),
                (0x020f, &[which]) => number = Some(which),
                _ => {}
            }
        }
        self.segment = match (reference, total, number) {
            (Some(reference), Some(total), Some(number)) => Some((reference, total, number)),
            _ => None,
        };
    }

    /// True for a delivery receipt: bits 2 to 5 of the class are the type (section 5.2.12).
    pub fn is_receipt(&self) -> bool {
        self.esm_class & 0x3c == 0x04
    }

    /// True if the message begins with a user data header.
    pub fn has_header(&self) -> bool {
        self.esm_class & 0x40 != 0
    }
}

/// A text of at most `max - 1` octets, and the zero that ends it.
fn push_text(body: &mut Vec<u8>, text: &str, max: usize) {
    body.extend(text.bytes().filter(|octet| *octet != 0).take(max - 1));
    body.push(0);
}

fn push_address(body: &mut Vec<u8>, address: &Address) {
    body.extend([address.ton, address.npi]);
    push_text(body, &address.text, 21);
}

/// Letters that are none are shown as such, not refused.
fn ascii(octets: &[u8]) -> String {
    let shown = |octet: &u8| {
        if octet.is_ascii_graphic() || *octet == b' ' {
            char::from(*octet)
        } else {
            '?'
        }
    };
    octets.iter().map(shown).collect()
}

struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], PduError> {
        let cut = self.0.split_at_checked(count);
        let (taken, rest) = cut.ok_or(PduError::Short(what))?;
        self.0 = rest;
        Ok(taken)
    }

    fn octets<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], PduError> {
        let taken = self.take(N, what)?;
        Ok(taken.try_into().expect("N were taken"))
    }

    /// A text of at most `max` octets with the zero that ends it.
    fn text(&mut self, max: usize, what: &'static str) -> Result<String, PduError> {
        let end = self.0.iter().take(max).position(|octet| *octet == 0);
        let text = self.take(end.ok_or(PduError::Short(what))?, what)?;
        self.take(1, what)?;
        Ok(ascii(text))
    }

    fn address(&mut self, what: &'static str) -> Result<Address, PduError> {
        let [ton, npi] = self.octets(what)?;
        let text = self.text(21, what)?;
        Ok(Address { ton, npi, text })
    }

    /// A tag, a length, a value; `None` at the end, or where what is left is none.
    fn parameter(&mut self) -> Option<(u16, &'a [u8])> {
        let [a, b, c, d] = self.octets("parameter").ok()?;
        let length = usize::from(u16::from_be_bytes([c, d]));
        let value = self.take(length, "parameter").ok()?;
        Some((u16::from_be_bytes([a, b]), value))
    }
}

impl fmt::Debug for Pdu {
    /// Bodies hold numbers and words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (command, status) = (self.command, self.status);
        let (sequence, octets) = (self.sequence, self.body.len());
        write!(
            f,
            "command {command:#x} status {status:#x} number {sequence}, {octets} octets"
        )
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an address of type {} and {} letters",
            self.ton,
            self.text.len()
        )
    }
}

impl fmt::Debug for Deliver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, coding) = (self.esm_class, self.data_coding);
        write!(
            f,
            "class {class:#x}, coding {coding}, {} octets",
            self.octets.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    fn octets(hex: &str) -> Vec<u8> {
        super::super::super::pdu::from_hex(hex).unwrap()
    }

    /// Worked out by hand from the specification, before this was written.
    #[test]
    fn what_is_sent_has_the_octets_of_the_specification() {
        let bind = Pdu::new(BIND_TRANSCEIVER, 1, bind("hub", "secret", ""));
        assert_eq!(
            hex(&bind.encode()),
            "0000002000000009000000000000000168756200736563726574000034000000"
        );
        let enquire = Pdu::new(ENQUIRE_LINK, 7, Vec::new());
        assert_eq!(hex(&enquire.encode()), "00000010000000150000000000000007");
        let answer = Pdu::answer(ENQUIRE_LINK, 7, OK);
        assert_eq!(hex(&answer.encode()), "00000010800000150000000000000007");
        let address = |ton, npi, text: &str| Address {
            ton,
            npi,
            text: text.to_owned(),
        };
        let submit = Submit {
            service_type: String::new(),
            from: address(5, 0, "SHULE"),
            to: address(1, 1, "250788000001"),
            has_header: false,
            data_coding: 0,
            receipt: true,
            octets: b"Muraho".to_vec(),
        };
        assert_eq!(
            hex(&Pdu::new(SUBMIT_SM, 2, submit.encode()).encode()),
            "000000380000000400000000000000020005005348554c4500010132353037383830303030303100000\
             000000001000000064d757261686f"
        );
    }

    #[test]
    fn a_pdu_is_cut_where_it_ends_and_a_wrong_length_ends_the_session() {
        let one = Pdu::new(ENQUIRE_LINK, 7, Vec::new());
        let mut read = one.encode();
        read.extend(Pdu::answer(DELIVER_SM, 8, OK).encode());
        let last = read.pop().unwrap();
        assert_eq!(cut(&mut read), Ok(Some(one)));
        assert_eq!(cut(&mut read), Ok(None));
        read.push(last);
        assert_eq!(cut(&mut read).unwrap().unwrap().body, [0]);
        assert!(read.is_empty());
        for length in ["ffffffff00000005", "0000000f00000005"] {
            let mut read = octets(length);
            assert!(matches!(cut(&mut read), Err(PduError::Length(_))));
        }
    }

    fn deliver_body(parameters: &[u8]) -> Vec<u8> {
        let mut body = vec![0];
        push_address(
            &mut body,
            &Address {
                ton: 1,
                npi: 1,
                text: "250788000001".to_owned(),
            },
        );
        push_address(
            &mut body,
            &Address {
                ton: 0,
                npi: 1,
                text: "32000".to_owned(),
            },
        );
        body.extend([0x44, 0, 0, 0, 0, 0, 0, 0, 0, 2, b'h', b'i']);
        body.extend(parameters);
        body
    }

    #[test]
    fn parameters_are_read_as_far_as_they_are_whole() {
        let parameters = octets("001e0003613200" /* receipted id */)
            .into_iter()
            .chain(octets("0427000102020c00020007020e000103020f000102"))
            .chain(octets("04240009aa"))
            .collect::<Vec<_>>();
        let deliver = Deliver::decode(&deliver_body(&parameters)).unwrap();
        assert_eq!(deliver.octets, b"hi");
        assert_eq!(deliver.receipted_id.as_deref(), Some("a2"));
        assert_eq!((deliver.state, deliver.segment), (Some(2), Some((7, 3, 2))));
        assert!(deliver.is_receipt() && deliver.has_header());
        let payload = Deliver::decode(&deliver_body(&octets("04240003616263"))).unwrap();
        assert_eq!(payload.octets, b"abc");
    }

    #[test]
    fn a_body_that_does_not_end_is_refused() {
        let whole = deliver_body(&[]);
        for length in 0..whole.len() {
            assert!(Deliver::decode(&whole[..length]).is_err(), "{length}");
        }
        assert!(Deliver::decode(&[0xff; 8]).is_err());
    }

    proptest! {
        #[test]
        fn no_octets_panic(read in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _deliver = Deliver::decode(&read);
            let _data = Deliver::decode_data(&read);
            let mut framed = read.clone();
            let _cut = cut(&mut framed);
            let _id = Pdu::new(SUBMIT_SM, 1, read).message_id();
        }
    }
}
