//! Payloads: columns, pressed together by zstd, with a trained dictionary where that helps.

use std::cell::RefCell;

use bincode::{Decode, Encode};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use super::adaptive;
use super::row::{from_columns, to_columns};
use crate::hlc::Stamp;
use crate::limits::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, FRAME_BYTES_MAX};

/// An entry without its number and hash, which its place in the batch gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// When it happened.
    pub stamp: Stamp,
    /// The frame's bytes, exactly as hashed.
    pub frame: Vec<u8>,
}

/// How a payload is coded. A number is never given a second meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Codec {
    /// Columns as they are.
    Columns,
    /// Columns under zstd.
    Zstd,
    /// Columns under zstd with the first dictionary.
    Dictionary1,
    /// Rows through an arithmetic coder that has seen the first sample.
    Adaptive1,
}

/// Which codings the other end reads. Box and hub are upgraded on different days, so they say it when
/// they connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Columns, zstd, the first dictionary.
    #[default]
    First,
    /// The first sample, too.
    Second,
}

/// Some entries, packed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Packed {
    /// How the payload is coded.
    pub codec: Codec,
    /// How many entries.
    pub count: u16,
    /// Bytes of the columns; of the frames where there are none.
    pub columns_bytes: u32,
    /// The entries.
    pub payload: Vec<u8>,
}

/// Why a payload was not packed or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// More entries or bytes than a batch may hold.
    #[error("read batch: {what} of {number}, at most {limit} are allowed")]
    Large {
        /// Of what there is too much.
        what: &'static str,
        /// How much.
        number: usize,
        /// How much is allowed.
        limit: usize,
    },
    /// zstd refused.
    #[error("read batch: {0}")]
    Zstd(String),
    /// The columns are not the entries announced.
    #[error("read batch: its columns are not {0} whole entries")]
    Columns(u16),
}

/// Trained on generated traces. Kept for ever: boxes
/// out there pack with it.
const DICTIONARY_1: &[u8] = include_bytes!("progress-1.dict");
/// Columns below this are pressed with a dictionary or not at all.
const SMALL_BYTES: usize = 2048;
/// Worth its time: batches are small and links are slow.
const LEVEL: i32 = 19;
/// The four bytes with which every zstd frame begins (RFC 8878, 3.1.1) say nothing here.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Packs entries in whichever coding is smallest of those the other end reads.
///
/// # Errors
/// If they are more than a batch may hold.
pub fn pack(items: &[Item], dialect: Dialect) -> Result<Packed, BatchError> {
    sized(items)?;
    let bytes = frames_bytes(items);
    let fits = items.iter().all(|item| item.frame.len() <= FRAME_BYTES_MAX);
    let rows = (fits && dialect == Dialect::Second).then(|| adaptive::press(items));
    if let Some(rows) = &rows
        && rows.len() <= bytes / 2
    {
        return packed(items, (Codec::Adaptive1, rows.clone()), bytes);
    }
    let columns = to_columns(items);
    let mut best = (Codec::Columns, columns.clone());
    // A dictionary only ever helps what is small.
    let tried = match columns.len() {
        0..SMALL_BYTES => &[Codec::Dictionary1][..],
        _ => &[Codec::Zstd, Codec::Dictionary1],
    };
    for codec in tried.iter().copied() {
        let pressed =
            press(codec, &columns).map_err(|error| BatchError::Zstd(error.to_string()))?;
        if pressed.len() < best.1.len() {
            best = (codec, pressed);
        }
    }
    match rows {
        Some(rows) if rows.len() < best.1.len() => packed(items, (Codec::Adaptive1, rows), bytes),
        _ => packed(items, best, columns.len()),
    }
}

/// Packs entries without a dictionary or zstd, for a hub that could not read them otherwise.
///
/// # Errors
/// If they are more than a batch may hold.
pub fn plain(items: &[Item]) -> Result<Packed, BatchError> {
    let columns = columns(items)?;
    let bytes = columns.len();
    packed(items, (Codec::Columns, columns), bytes)
}

/// The columns of some entries before they are pressed: what a dictionary is trained on.
///
/// # Errors
/// If they are more than a batch may hold.
pub fn columns(items: &[Item]) -> Result<Vec<u8>, BatchError> {
    sized(items)?;
    Ok(to_columns(items))
}

fn sized(items: &[Item]) -> Result<(), BatchError> {
    within("entries", items.len(), BATCH_ENTRIES_MAX)?;
    within("bytes of frames", frames_bytes(items), BATCH_BYTES_MAX)
}

/// The entries of a payload.
///
/// # Errors
/// If it is not what it announces, or larger than a batch may be.
pub fn unpack(packed: &Packed) -> Result<Vec<Item>, BatchError> {
    let columns_bytes = packed.columns_bytes as usize;
    within("entries", usize::from(packed.count), BATCH_ENTRIES_MAX)?;
    within("bytes of columns", columns_bytes, COLUMNS_BYTES_MAX)?;
    let broken = BatchError::Columns(packed.count);
    let columns = match packed.codec {
        Codec::Adaptive1 => {
            let items = adaptive::expand(usize::from(packed.count), &packed.payload);
            let whole = items.filter(|items| frames_bytes(items) == columns_bytes);
            return whole.ok_or(broken);
        }
        Codec::Columns => packed.payload.clone(),
        codec => expand(codec, &packed.payload, columns_bytes)
            .map_err(|error| BatchError::Zstd(error.to_string()))?,
    };
    if columns.len() != columns_bytes {
        return Err(broken);
    }
    let items = from_columns(usize::from(packed.count), &columns).ok_or(broken)?;
    let largest = items.iter().map(|item| item.frame.len()).max();
    within("bytes of a frame", largest.unwrap_or(0), FRAME_BYTES_MAX)?;
    Ok(items)
}

/// Columns of frames that nothing is known of: the frames, and at most so much beside each.
const COLUMNS_BYTES_MAX: usize = BATCH_BYTES_MAX + BATCH_ENTRIES_MAX * 48;

fn packed(
    items: &[Item],
    (codec, payload): (Codec, Vec<u8>),
    columns_bytes: usize,
) -> Result<Packed, BatchError> {
    within("bytes of columns", columns_bytes, COLUMNS_BYTES_MAX)?;
    Ok(Packed {
        codec,
        count: items.len() as u16,
        columns_bytes: columns_bytes as u32,
        payload,
    })
}

fn frames_bytes(items: &[Item]) -> usize {
    items.iter().map(|item| item.frame.len()).sum()
}

fn within(what: &'static str, number: usize, limit: usize) -> Result<(), BatchError> {
    if number <= limit {
        Ok(())
    } else {
        Err(BatchError::Large {
            what,
            number,
            limit,
        })
    }
}

fn compressor(dictionary: &[u8]) -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::with_dictionary(LEVEL, dictionary)?;
    for parameter in [
        CParameter::ContentSizeFlag(false),
        CParameter::ChecksumFlag(false),
        CParameter::DictIdFlag(false),
    ] {
        compressor.set_parameter(parameter)?;
    }
    Ok(compressor)
}

thread_local! {
    static PRESS: RefCell<[Option<Compressor<'static>>; 2]> = const { RefCell::new([None, None]) };
    static EXPAND: RefCell<[Option<Decompressor<'static>>; 2]> = const { RefCell::new([None, None]) };
}

fn dictionary(codec: Codec) -> (usize, &'static [u8]) {
    match codec {
        Codec::Columns | Codec::Zstd | Codec::Adaptive1 => (0, &[]),
        Codec::Dictionary1 => (1, DICTIONARY_1),
    }
}

fn press(codec: Codec, columns: &[u8]) -> std::io::Result<Vec<u8>> {
    let (index, dictionary) = dictionary(codec);
    PRESS.with_borrow_mut(|ready| {
        let ready = &mut ready[index];
        if ready.is_none() {
            *ready = Some(compressor(dictionary)?);
        }
        let pressed = ready.as_mut().map(|ready| ready.compress(columns));
        let pressed = pressed.unwrap_or_else(|| Ok(Vec::new()))?;
        Ok(pressed.strip_prefix(&MAGIC).unwrap_or(&pressed).to_vec())
    })
}

fn expand(codec: Codec, payload: &[u8], bytes_max: usize) -> std::io::Result<Vec<u8>> {
    let (index, dictionary) = dictionary(codec);
    EXPAND.with_borrow_mut(|ready| {
        let ready = &mut ready[index];
        if ready.is_none() {
            *ready = Some(Decompressor::with_dictionary(dictionary)?);
        }
        let frame = [&MAGIC, payload].concat();
        let expanded = ready
            .as_mut()
            .map(|ready| ready.decompress(&frame, bytes_max));
        expanded.unwrap_or_else(|| Ok(Vec::new()))
    })
}

impl Packed {
    /// The number of bytes that the payload really has behind it; `None` if it cannot be read.
    pub fn measured(&self) -> Option<u32> {
        let bytes = match self.codec {
            Codec::Columns => self.payload.len(),
            Codec::Adaptive1 => {
                frames_bytes(&adaptive::expand(usize::from(self.count), &self.payload)?)
            }
            codec => expand(codec, &self.payload, COLUMNS_BYTES_MAX).ok()?.len(),
        };
        u32::try_from(bytes).ok()
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (codec, count, bytes) = (self.codec, self.count, self.payload.len());
        write!(f, "Packed({count} entries, {codec:?}, {bytes} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use curriculum::random::SplitMix64;
    use proptest::prelude::*;

    use super::*;
    use crate::envelope::Frame;
    use crate::event::{AttemptV1, Event};
    use crate::hlc::Hlc;

    fn item(hlc: u64, boot: u32, monotonic_ms: u64, frame: Vec<u8>) -> Item {
        let hlc = Hlc(hlc);
        let stamp = Stamp {
            hlc,
            boot,
            monotonic_ms,
        };
        Item { stamp, frame }
    }

    prop_compose! {
        fn any_frame()(kind in 100_u16..110, schema in 1_u16..3, body: Vec<u8>) -> Vec<u8> {
            Frame { kind, schema, body }.to_bytes().unwrap()
        }
    }

    prop_compose! {
        fn any_attempt()(
            ids in any::<[u128; 2]>(), exercise in "[a-c.]{0,5}", skill in "[a-c.]{0,3}",
            numbers: Vec<i64>, at_ms: i64, latency_ms: u32, misconception: Option<u8>, bytes: [u8; 3],
            review: bool,
        ) -> Vec<u8> {
            let [channel, outcome, difficulty] = bytes;
            let (learner, session, attempt_number, hints, luck_percent) = (ids[0], 7, 1, 0, 33);
            Event::Attempt(AttemptV1 {
                attempt: ids[1], learner, session, exercise, skill, numbers, at_ms, channel, outcome,
                difficulty, attempt_number, hints, latency_ms, misconception, review, luck_percent,
            }).to_frame().unwrap().to_bytes().unwrap()
        }
    }

    prop_compose! {
        fn any_items()(rows in prop::collection::vec(
            (any::<u64>(), any::<u32>(), any::<u64>(),
             prop_oneof![any_frame(), any_attempt(), any::<Vec<u8>>()]), 0..40)
        ) -> Vec<Item> {
            rows.into_iter().map(|(hlc, boot, ms, frame)| item(hlc, boot, ms, frame)).collect()
        }
    }

    proptest! {
        #[test]
        fn what_is_unpacked_is_bit_for_bit_what_was_packed(items in any_items()) {
            prop_assert_eq!(unpack(&plain(&items).unwrap()), Ok(items.clone()));
            prop_assert_eq!(unpack(&pack(&items, Dialect::First).unwrap()), Ok(items.clone()));
            prop_assert_eq!(unpack(&pack(&items, Dialect::Second).unwrap()), Ok(items.clone()));
            prop_assert_eq!(adaptive::expand(items.len(), &adaptive::press(&items)), Some(items));
        }
    }

    /// Every event that has shipped, in each coding. Lines are added, never changed: boxes out
    /// there pack so.
    #[test]
    fn every_shipped_coding_is_read_for_ever() {
        let golden = include_str!("../../fixtures/batches-v1.txt");
        let events = include_str!("../../fixtures/events-v1.txt").lines();
        let frames = events.map(|line| unhex(line.split_once(' ').unwrap().1));
        let items: Vec<_> = frames
            .zip(1_u64..)
            .map(|(frame, n)| {
                item(
                    (1_793_500_000_000 + n * 4_321) << 16,
                    3,
                    60_000 + n * 4_321,
                    frame,
                )
            })
            .collect();
        let shipped: Vec<_> = golden.lines().map(read_golden).collect();
        for packed in &shipped {
            // A newer program may have more events than an older file has entries.
            let count = usize::from(packed.count);
            assert_eq!(unpack(packed).as_deref(), Ok(&items[..count]), "{packed:?}");
        }
        // What zstd makes of it may be another thing with the next zstd: that it is read is enough.
        for codec in [Codec::Columns, Codec::Adaptive1] {
            let coded = coded(codec, &items);
            assert!(shipped.contains(&coded), "{}", written_golden(&coded));
        }
    }

    fn coded(codec: Codec, items: &[Item]) -> Packed {
        let columns = columns(items).unwrap();
        let (payload, columns_bytes) = match codec {
            Codec::Columns => (columns.clone(), columns.len()),
            Codec::Adaptive1 => (adaptive::press(items), frames_bytes(items)),
            codec => (press(codec, &columns).unwrap(), columns.len()),
        };
        packed(items, (codec, payload), columns_bytes).unwrap()
    }

    fn written_golden(packed: &Packed) -> String {
        let hex: String = packed
            .payload
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!(
            "{} {} {} {hex}",
            packed.codec as u8, packed.count, packed.columns_bytes
        )
    }

    fn read_golden(line: &str) -> Packed {
        let words: Vec<&str> = line.split(' ').collect();
        let codecs = [
            Codec::Columns,
            Codec::Zstd,
            Codec::Dictionary1,
            Codec::Adaptive1,
        ];
        Packed {
            codec: codecs[words[0].parse::<usize>().unwrap()],
            count: words[1].parse().unwrap(),
            columns_bytes: words[2].parse().unwrap(),
            payload: unhex(words[3]),
        }
    }

    fn unhex(hex: &str) -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2);
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// Seeded inputs of a fuzz target: a few in every run, more by `ISHURI_FUZZ_RUNS`.
    fn fuzz_runs() -> u64 {
        let asked = std::env::var("ISHURI_FUZZ_RUNS").ok();
        asked.and_then(|runs| runs.parse().ok()).unwrap_or(3000)
    }

    #[test]
    fn a_damaged_payload_is_read_or_refused_within_its_bounds() {
        let mut random = SplitMix64::new(20);
        let frame = Frame {
            kind: 104,
            schema: 1,
            body: vec![1; 40],
        }
        .to_bytes()
        .unwrap();
        let items: Vec<_> = (0..30)
            .map(|n| item(n << 20, 1, n, frame.clone()))
            .collect();
        let whole = [
            plain(&items).unwrap(),
            pack(&items, Dialect::First).unwrap(),
            coded(Codec::Adaptive1, &items),
        ];
        for run in 0..fuzz_runs() {
            let mut packed = whole[(run % 3) as usize].clone();
            for _ in 0..=random.below(4) {
                let at = random.below(packed.payload.len() as u64) as usize;
                match random.below(4) {
                    0 => packed.payload[at] = random.next_u64() as u8,
                    1 => packed.payload.truncate(at.max(1)),
                    2 => packed.payload.insert(at, random.next_u64() as u8),
                    _ => packed.count = random.below(80) as u16,
                }
            }
            if random.below(8) == 0 {
                packed.columns_bytes = random.next_u64() as u32;
            }
            if let Ok(items) = unpack(&packed) {
                let bytes: usize = items.iter().map(|item| item.frame.len()).sum();
                assert!(bytes <= COLUMNS_BYTES_MAX, "{packed:?}");
            }
        }
    }

    #[test]
    fn a_payload_that_would_grow_beyond_its_bound_is_refused() {
        let bomb = press(Codec::Zstd, &vec![0; 8 * BATCH_BYTES_MAX]).unwrap();
        let mut packed = Packed {
            codec: Codec::Zstd,
            count: 100,
            columns_bytes: 1000,
            payload: bomb,
        };
        assert!(matches!(unpack(&packed), Err(BatchError::Zstd(_))));
        packed.columns_bytes = u32::MAX;
        assert!(matches!(unpack(&packed), Err(BatchError::Large { .. })));
    }
}
