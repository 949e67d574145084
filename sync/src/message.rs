//! Wire messages: `version, type, schema, length, body`, little-endian, as the frames they carry.

use bincode::{Decode, Encode};

use crate::batch::Packed;
use crate::box_id::Epoch;
use crate::contact::{Contact, Generation, Hello, Resume};
use crate::cursor::{ChainHash, Mark, Tag};
use crate::hlc::Stamp;
use crate::lane::{Lane, Seq};
use crate::limits::{FRAME_BYTES_MAX, HEADER_BYTES, MESSAGE_BYTES_MAX, STANDINGS_MAX};

/// The only version of the wire so far.
pub const VERSION: u8 = 1;
/// What a batch of some hundred entries costs beside its payload.
pub const BATCH_AROUND_BYTES: usize = HEADER_BYTES + 1 + 1 + 3 + 16 + 16 + 1 + 1 + 3 + 3;

/// What box and hub tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Box: who I am and where I stand.
    Hello(Hello),
    /// Hub: who you are from now on, and from where to go on.
    Welcome(Welcome),
    /// Box: I have made that durable.
    Ready(Ready),
    /// Box: entries of one lane.
    Batch(Batch),
    /// Box: one entry that could not be taken as a batch.
    Single(Single),
    /// Hub: durable up to here.
    Ack(Ack),
    /// Hub: not taken.
    Refuse(Refuse),
    /// Hub: too much at once, come again.
    Wait(Wait),
}

/// The hub's answer to a hello.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// That of the hello.
    pub nonce: u64,
    /// The hub's.
    pub generation: Generation,
    /// To be kept for the next session.
    pub contact: Contact,
    /// The life in which the box writes from now on.
    pub epoch: Epoch,
    /// The hub's time, in milliseconds since 1970.
    pub hub_ms: u64,
    /// One for each standing of the hello.
    pub resumes: Vec<Resume>,
}

/// The box has kept a welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ready {
    /// Its epoch.
    pub epoch: Epoch,
    /// Its number.
    pub contact: Contact,
}

/// Entries of one lane, in order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Batch {
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// Number of the first.
    pub first: Seq,
    /// Tag of the entry before the first.
    pub before: Tag,
    /// Tag of the last.
    pub after: Tag,
    /// The entries.
    pub packed: Packed,
}

/// One entry as it lies on the card, with the hash the card claims for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Single {
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// Its number.
    pub seq: Seq,
    /// Tag of the entry before.
    pub before: Tag,
    /// Its stamp.
    pub stamp: Stamp,
    /// Its bytes.
    pub frame: Vec<u8>,
    /// Its hash as stored, right or wrong: the next entry's covers it.
    pub hash: ChainHash,
}

/// Everything up to a mark is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ack {
    /// The hub's.
    pub generation: Generation,
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// The last durable entry of the box's own chain.
    pub mark: Mark,
    /// It lies on a branch: the box should greet again soon, to write in a life of its own.
    pub branch: bool,
}

/// A batch was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Refuse {
    /// Which life.
    pub epoch: Epoch,
    /// Which lane.
    pub lane: Lane,
    /// Number of its first entry.
    pub first: Seq,
    /// Why.
    pub why: Why,
}

/// Why a batch was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Why {
    /// The entry before it is not here; the end of the main chain.
    NoParent(Mark),
    /// It cannot be read, or its entries do not lead to its last hash.
    Broken,
}

/// The hub is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Wait {
    /// Come again after so long, and a random part more.
    pub retry_after_s: u32,
}

/// Bytes that are not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Fewer bytes than announced.
    #[error("read message: {got} of {needed} bytes")]
    Short {
        /// Bytes there.
        got: usize,
        /// Bytes announced.
        needed: usize,
    },
    /// Bytes after the end.
    #[error("read message: {0} bytes after its end")]
    Trailing(usize),
    /// A version, type or schema of another program.
    #[error("read message: version {version}, type {kind}/{schema} is not known")]
    Unknown {
        /// Version of the wire.
        version: u8,
        /// Type.
        kind: u16,
        /// Schema.
        schema: u16,
    },
    /// Larger than its limit.
    #[error("read message: {what} of {number}, at most {limit} are allowed")]
    Large {
        /// Of what there is too much.
        what: &'static str,
        /// How much.
        number: usize,
        /// How much is allowed.
        limit: usize,
    },
    /// Not the announced form.
    #[error("read message: {0}")]
    Form(String),
}

const CONFIG: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<MESSAGE_BYTES_MAX>,
> = bincode::config::standard().with_limit::<MESSAGE_BYTES_MAX>();

/// Every type so far has one form.
const SCHEMA: u16 = 1;

impl Message {
    /// The bytes that are sent.
    ///
    /// # Errors
    /// If a part of it is over its limit.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MessageError> {
        self.within_limits()?;
        let (kind, body) = match self {
            Self::Hello(body) => (1, bincode::encode_to_vec(body, CONFIG)),
            Self::Welcome(body) => (2, bincode::encode_to_vec(body, CONFIG)),
            Self::Ready(body) => (3, bincode::encode_to_vec(body, CONFIG)),
            Self::Batch(body) => (4, bincode::encode_to_vec(body, CONFIG)),
            Self::Single(body) => (5, bincode::encode_to_vec(body, CONFIG)),
            Self::Ack(body) => (6, bincode::encode_to_vec(body, CONFIG)),
            Self::Refuse(body) => (7, bincode::encode_to_vec(body, CONFIG)),
            Self::Wait(body) => (8, bincode::encode_to_vec(body, CONFIG)),
        };
        let body = body.map_err(|error| MessageError::Form(error.to_string()))?;
        let length = body_length(body.len())?;
        let kind: u16 = kind;
        let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&SCHEMA.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// How many bytes follow a header.
    ///
    /// # Errors
    /// If the version is not known or they are too many.
    pub fn body_bytes(header: &[u8; HEADER_BYTES]) -> Result<usize, MessageError> {
        let [version, k0, k1, s0, s1, l0, l1, l2, l3] = *header;
        if version != VERSION {
            let (kind, schema) = (u16::from_le_bytes([k0, k1]), u16::from_le_bytes([s0, s1]));
            return Err(MessageError::Unknown {
                version,
                kind,
                schema,
            });
        }
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        body_length(length).map(|_| length)
    }

    /// Reads exactly one message.
    ///
    /// # Errors
    /// If the bytes are not one whole message of this program's.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let got = bytes.len();
        let needed = HEADER_BYTES;
        let (header, body) = bytes
            .split_first_chunk::<HEADER_BYTES>()
            .ok_or(MessageError::Short { got, needed })?;
        let needed = HEADER_BYTES + Self::body_bytes(header)?;
        if got < needed {
            return Err(MessageError::Short { got, needed });
        }
        if got > needed {
            return Err(MessageError::Trailing(got - needed));
        }
        let [version, k0, k1, s0, s1, ..] = *header;
        let (kind, schema) = (u16::from_le_bytes([k0, k1]), u16::from_le_bytes([s0, s1]));
        let message = match (kind, schema) {
            (1, SCHEMA) => Self::Hello(whole(body)?),
            (2, SCHEMA) => Self::Welcome(whole(body)?),
            (3, SCHEMA) => Self::Ready(whole(body)?),
            (4, SCHEMA) => Self::Batch(whole(body)?),
            (5, SCHEMA) => Self::Single(whole(body)?),
            (6, SCHEMA) => Self::Ack(whole(body)?),
            (7, SCHEMA) => Self::Refuse(whole(body)?),
            (8, SCHEMA) => Self::Wait(whole(body)?),
            _ => {
                return Err(MessageError::Unknown {
                    version,
                    kind,
                    schema,
                });
            }
        };
        message.within_limits()?;
        Ok(message)
    }

    fn within_limits(&self) -> Result<(), MessageError> {
        let (what, number, limit) = match self {
            Self::Hello(hello) => ("standings", hello.standings.len(), STANDINGS_MAX),
            Self::Welcome(welcome) => ("offers", welcome.resumes.len(), STANDINGS_MAX),
            Self::Single(single) => ("bytes of a frame", single.frame.len(), FRAME_BYTES_MAX),
            _ => return Ok(()),
        };
        if number <= limit {
            Ok(())
        } else {
            Err(MessageError::Large {
                what,
                number,
                limit,
            })
        }
    }
}

fn body_length(bytes: usize) -> Result<u32, MessageError> {
    let limit = MESSAGE_BYTES_MAX - HEADER_BYTES;
    let large = MessageError::Large {
        what: "bytes",
        number: bytes,
        limit,
    };
    match u32::try_from(bytes) {
        Ok(length) if bytes <= limit => Ok(length),
        _ => Err(large),
    }
}

fn whole<T: Decode<()>>(body: &[u8]) -> Result<T, MessageError> {
    let (value, used) = bincode::decode_from_slice(body, CONFIG)
        .map_err(|error| MessageError::Form(error.to_string()))?;
    if used == body.len() {
        Ok(value)
    } else {
        Err(MessageError::Trailing(body.len() - used))
    }
}

#[cfg(test)]
mod tests {
    use curriculum::random::SplitMix64;
    use proptest::prelude::*;

    use super::*;
    use crate::batch::Codec;
    use crate::box_id::BoxId;
    use crate::contact::Origin;
    use crate::cursor::Standing;
    use crate::hlc::Hlc;

    fn lanes() -> impl Strategy<Value = Lane> {
        prop::sample::select(Lane::ALL.to_vec())
    }

    prop_compose! {
        fn marks()(seq: u64, tag: [u8; 16]) -> Mark {
            Mark { seq: Seq(seq), tag: Tag(tag) }
        }
    }

    prop_compose! {
        fn hellos()(
            box_id: [u8; 16], epoch: u32, generation: u32, contact: u64, nonce: u64,
            standings in prop::collection::vec((any::<u32>(), lanes(), marks(), marks()), 0..8),
        ) -> Message {
            let standing = |(epoch, lane, head, acked)| Standing { epoch: Epoch(epoch), lane, head, acked };
            Message::Hello(Hello {
                box_id: BoxId(box_id), epoch: Epoch(epoch), generation: Generation(generation),
                contact: Contact(contact), nonce, standings: standings.into_iter().map(standing).collect(),
            })
        }
    }

    prop_compose! {
        fn welcomes()(
            nonce: u64, generation: u32, contact: u64, epoch: u32, hub_ms: u64,
            resumes in prop::collection::vec((any::<u32>(), lanes(), marks()), 0..8),
        ) -> Message {
            let resume = |(epoch, lane, main)| Resume { epoch: Epoch(epoch), lane, from: Origin::Acked, main };
            Message::Welcome(Welcome {
                nonce, generation: Generation(generation), contact: Contact(contact), epoch: Epoch(epoch),
                hub_ms, resumes: resumes.into_iter().map(resume).collect(),
            })
        }
    }

    prop_compose! {
        fn batches()(
            epoch: u32, lane in lanes(), first: u64, tags: [[u8; 16]; 2], count: u16,
            columns_bytes: u32, payload: Vec<u8>,
        ) -> Message {
            let (epoch, first, codec) = (Epoch(epoch), Seq(first), Codec::Dictionary1);
            let packed = Packed { codec, count, columns_bytes, payload };
            let [before, after] = tags.map(Tag);
            Message::Batch(Batch { epoch, lane, first, before, after, packed })
        }
    }

    prop_compose! {
        fn others()(
            which in 0..5, epoch: u32, lane in lanes(), mark in marks(), numbers: (u64, u32, u64),
            frame: Vec<u8>, hash: [u8; 32], branch: bool,
        ) -> Message {
            let (epoch, seq, before) = (Epoch(epoch), mark.seq, mark.tag);
            let (hlc, boot, monotonic_ms) = (Hlc(numbers.0), numbers.1, numbers.2);
            let stamp = Stamp { hlc, boot, monotonic_ms };
            match which {
                0 => Message::Ready(Ready { epoch, contact: Contact(numbers.0) }),
                1 => Message::Single(Single { epoch, lane, seq, before, stamp, frame, hash }),
                2 => Message::Ack(Ack { generation: Generation(boot), epoch, lane, mark, branch }),
                3 => Message::Refuse(Refuse { epoch, lane, first: seq, why: Why::NoParent(mark) }),
                _ => Message::Wait(Wait { retry_after_s: boot }),
            }
        }
    }

    fn messages() -> impl Strategy<Value = Message> {
        prop_oneof![hellos(), welcomes(), batches(), others()]
    }

    proptest! {
        #[test]
        fn a_message_survives_its_bytes(message in messages()) {
            prop_assert_eq!(Message::from_bytes(&message.to_bytes().unwrap()), Ok(message));
        }

        #[test]
        fn a_cut_message_is_refused(message in messages(), cut: prop::sample::Index) {
            let bytes = message.to_bytes().unwrap();
            prop_assert!(Message::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        }

        #[test]
        fn any_bytes_are_read_or_refused(kind in 0_u8..10, body: Vec<u8>) {
            let mut bytes = vec![VERSION, kind, 0, 1, 0];
            bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&body);
            if let Ok(message) = Message::from_bytes(&bytes) {
                let again = message.to_bytes().unwrap();
                prop_assert_eq!(Message::from_bytes(&again), Ok(message));
            }
        }
    }

    #[test]
    fn damaged_messages_are_read_or_refused() {
        let asked = std::env::var("ISHURI_FUZZ_RUNS").ok();
        let runs: u64 = asked.and_then(|runs| runs.parse().ok()).unwrap_or(3000);
        let mut random = SplitMix64::new(21);
        let lane = Lane::Progress;
        let mark = Mark {
            seq: Seq(7),
            tag: Tag([9; 16]),
        };
        let hello = Hello {
            box_id: BoxId([1; 16]),
            epoch: Epoch(1),
            generation: Generation(0),
            contact: Contact(5),
            nonce: 6,
            standings: vec![
                Standing {
                    epoch: Epoch(1),
                    lane,
                    head: mark,
                    acked: mark
                };
                6
            ],
        };
        let whole = Message::Hello(hello).to_bytes().unwrap();
        for _ in 0..runs {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(5) {
                let at = random.below(bytes.len() as u64) as usize;
                match random.below(3) {
                    0 => bytes[at] = random.next_u64() as u8,
                    1 => bytes.truncate(at.max(1)),
                    _ => bytes.insert(at, random.next_u64() as u8),
                }
            }
            if let Ok(message) = Message::from_bytes(&bytes) {
                let again = message.to_bytes().unwrap();
                assert_eq!(Message::from_bytes(&again), Ok(message));
            }
        }
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_anything_is_read() {
        let mut header = [0; HEADER_BYTES];
        header[0] = VERSION;
        header[5..].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(
            Message::body_bytes(&header),
            Err(MessageError::Large { .. })
        ));
    }
}
