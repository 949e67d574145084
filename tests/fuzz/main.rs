//! Readers of what comes from outside, driven by libFuzzer: coverage leads it from one byte to the
//! next, deeper than chance gets.
//!
//! `ISHURI_FUZZ_TARGET` names the reader. `deploy/test` builds this with the workspace's own crates
//! instrumented (`deploy/fuzz`), and runs each reader a bounded number of times from a fixed seed.
//! A crash leaves the input in a file and prints the command that repeats it.
#![no_main]

use std::sync::OnceLock;

use curriculum::Language;
use curriculum::number_reading::{self, Hint};
use libfuzzer_sys::fuzz_target;
use models::catalogue::Catalogue;
use models::convert::{check_ggml, read_vocabulary, read_weights};
use sync::batch::{Codec, Dialect, Packed, pack, unpack};
use sync::message::Message;

type Reader = fn(&[u8]);

const READERS: [(&str, Reader); 10] = [
    ("weights", |bytes| drop(read_weights(&bytes.to_vec()))),
    ("ggml", |bytes| drop(check_ggml(&bytes.to_vec()))),
    ("vocabulary", |bytes| drop(read_vocabulary(bytes))),
    ("wav", |bytes| drop(models::wav::parse(bytes))),
    ("catalogue", |bytes| {
        drop(Catalogue::parse(&String::from_utf8_lossy(bytes)))
    }),
    ("pack", |bytes| drop(curriculum::pack::look(bytes))),
    ("number", number),
    ("frame", frame),
    ("message", message),
    ("batch", batch),
];

fn number(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for language in [Language::ENGLISH, Language::KINYARWANDA, Language::SWAHILI] {
        drop(number_reading::read(&text, language, Hint::default()));
    }
}

/// What is read as a frame is written back as the same bytes.
fn frame(bytes: &[u8]) {
    let Ok(frame) = sync::envelope::Frame::from_bytes(bytes) else {
        return;
    };
    assert_eq!(
        frame.to_bytes().as_deref(),
        Ok(bytes),
        "a frame has one form"
    );
    drop(sync::event::Event::from_frame(&frame));
}

/// What is read as a message is written, and read again, as the same.
fn message(bytes: &[u8]) {
    let Ok(message) = Message::from_bytes(bytes) else {
        return;
    };
    let again = message
        .to_bytes()
        .expect("what was read is within its limits");
    assert_eq!(Message::from_bytes(&again), Ok(message));
}

/// A payload is read or refused within its bounds; what is read can be packed and comes back.
fn batch(bytes: &[u8]) {
    let [codec, low, high, payload @ ..] = bytes else {
        return;
    };
    let codecs = [
        Codec::Columns,
        Codec::Zstd,
        Codec::Dictionary1,
        Codec::Adaptive1,
    ];
    let count = u16::from_le_bytes([*low, *high]) % 64;
    let mut packed = Packed {
        codec: codecs[usize::from(codec % 4)],
        count,
        columns_bytes: 0,
        payload: payload.to_vec(),
    };
    // How many bytes it would say to have, so that not every input fails at this number.
    packed.columns_bytes = packed.measured().unwrap_or_default();
    let Ok(items) = unpack(&packed) else {
        return;
    };
    for dialect in [Dialect::First, Dialect::Second] {
        let again = pack(&items, dialect).expect("what was read is within its limits");
        assert_eq!(unpack(&again).as_ref(), Ok(&items), "packed and read again");
    }
}

fn reader() -> Reader {
    static CHOSEN: OnceLock<Reader> = OnceLock::new();
    *CHOSEN.get_or_init(|| {
        let name = std::env::var("ISHURI_FUZZ_TARGET").unwrap_or_default();
        let found = READERS.iter().find(|(known, _)| *known == name);
        let Some((_, reader)) = found else {
            let known: Vec<&str> = READERS.iter().map(|(known, _)| *known).collect();
            eprintln!("set ISHURI_FUZZ_TARGET to one of {}", known.join(", "));
            std::process::exit(2);
        };
        *reader
    })
}

fuzz_target!(|bytes: &[u8]| reader()(bytes));
