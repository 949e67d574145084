//! Which fields a frozen body has, in order: enough to take it apart and put it together again.
//!
//! A body without a shape here travels as it is. bincode's variable-length integers are those of
//! its format specification (version 2, `config::standard`).

use std::rc::Rc;

use super::column::Reader;
use crate::event::{
    AttemptV1, ConsentV1, EnrolmentV1, EvaluationV1, FeelingV1, HomeworkV1, OpenAnswerV1,
    PreferenceV1, QuestionV1, SessionV1, TicketV1,
};

/// One field of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A random identifier.
    Id,
    /// The same, or none.
    OptId,
    /// A short text of a small set: codes.
    Text,
    /// The same, or none.
    OptText,
    /// Signed numbers.
    Numbers,
    /// Milliseconds since 1970, near the stamp.
    Time,
    /// One byte: a number of a list, or yes and no.
    Byte,
    /// The same, or none.
    OptByte,
    /// An unsigned number.
    Size,
    /// Bytes that nothing foretells: sealed words.
    Blob,
    /// Three bytes of a language.
    Language,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Id(Option<u128>),
    Bytes(Option<Rc<[u8]>>),
    Numbers(Vec<i64>),
    Time(i64),
    Byte(Option<u8>),
    Size(u64),
}

use Field::{Blob, Byte, Id, Language, Numbers, OptByte, OptId, OptText, Size, Text, Time};

/// Every body with a shape. The order is part of the coding: add at the end only.
pub(super) const SHAPES: [(u16, u16, &[Field]); 11] = [
    (
        AttemptV1::KIND,
        AttemptV1::SCHEMA,
        &[
            Id, Id, Id, Text, Text, Numbers, Time, Byte, Byte, Byte, Byte, Byte, Size, OptByte,
            Byte, Byte,
        ],
    ),
    (
        SessionV1::KIND,
        SessionV1::SCHEMA,
        &[Id, Id, Byte, Byte, Time],
    ),
    (
        FeelingV1::KIND,
        FeelingV1::SCHEMA,
        &[Id, OptId, Byte, Byte, Time],
    ),
    (HomeworkV1::KIND, HomeworkV1::SCHEMA, &[Id, Text, Time]),
    (EnrolmentV1::KIND, EnrolmentV1::SCHEMA, &[Id, Text, Time]),
    (
        PreferenceV1::KIND,
        PreferenceV1::SCHEMA,
        &[Id, Text, Text, Time],
    ),
    (
        EvaluationV1::KIND,
        EvaluationV1::SCHEMA,
        &[Id, Id, OptByte, OptByte, Text, Time],
    ),
    (
        QuestionV1::KIND,
        QuestionV1::SCHEMA,
        &[Id, Blob, Language, OptText, Byte, Time],
    ),
    (
        OpenAnswerV1::KIND,
        OpenAnswerV1::SCHEMA,
        &[Id, Id, Text, Blob, Language, Time],
    ),
    (TicketV1::KIND, TicketV1::SCHEMA, &[Id, OptText, Text, Time]),
    (
        ConsentV1::KIND,
        ConsentV1::SCHEMA,
        &[Id, Byte, Size, Byte, Time],
    ),
];

/// Takes a body apart; `None` if it does not have exactly this shape.
pub(super) fn parse(fields: &[Field], body: &[u8]) -> Option<Vec<Value>> {
    let mut reader = Reader::new(body);
    let values = fields
        .iter()
        .map(|field| value(*field, &mut reader))
        .collect::<Option<Vec<_>>>()?;
    // Other spellings of a number would not come back as they were.
    let again = build(fields, &values);
    (reader.is_empty() && again == body).then_some(values)
}

/// Puts a body together.
pub(super) fn build(fields: &[Field], values: &[Value]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, value) in fields.iter().zip(values) {
        write(*field, value, &mut body);
    }
    body
}

/// Bytes of a language, which are not preceded by their length.
const LANGUAGE_BYTES: usize = 3;

fn value(field: Field, reader: &mut Reader<'_>) -> Option<Value> {
    Some(match field {
        Id => Value::Id(Some(integer(reader)?)),
        OptId => Value::Id(maybe(reader, integer)?),
        Text | Blob => Value::Bytes(Some(sized(reader)?)),
        OptText => Value::Bytes(maybe(reader, sized)?),
        Language => Value::Bytes(Some(Rc::from(reader.take(LANGUAGE_BYTES)?))),
        Numbers => {
            let count = usize::try_from(integer(reader)?).ok()?;
            // Each takes a byte at least: a count beyond the body asks for memory only.
            if count > reader.left() {
                return None;
            }
            Value::Numbers((0..count).map(|_| signed(reader)).collect::<Option<_>>()?)
        }
        Time => Value::Time(signed(reader)?),
        Byte => Value::Byte(Some(reader.byte()?)),
        OptByte => Value::Byte(maybe(reader, |reader| reader.byte())?),
        Size => Value::Size(u64::try_from(integer(reader)?).ok()?),
    })
}

fn write(field: Field, value: &Value, body: &mut Vec<u8>) {
    let optional = matches!(field, OptId | OptText | OptByte);
    let mut mark = |some: bool| {
        if optional {
            body.push(u8::from(some));
        }
    };
    match value {
        Value::Id(id) => {
            mark(id.is_some());
            id.iter().for_each(|id| push_integer(*id, body));
        }
        Value::Bytes(bytes) => {
            mark(bytes.is_some());
            if let Some(bytes) = bytes {
                if field != Language {
                    push_integer(bytes.len() as u128, body);
                }
                body.extend_from_slice(bytes);
            }
        }
        Value::Numbers(numbers) => {
            push_integer(numbers.len() as u128, body);
            numbers.iter().for_each(|number| push_signed(*number, body));
        }
        Value::Time(at_ms) => push_signed(*at_ms, body),
        Value::Byte(byte) => {
            mark(byte.is_some());
            body.extend(byte);
        }
        Value::Size(size) => push_integer(u128::from(*size), body),
    }
}

fn some(reader: &mut Reader<'_>) -> Option<bool> {
    match reader.byte()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn sized(reader: &mut Reader<'_>) -> Option<Rc<[u8]>> {
    let length = usize::try_from(integer(reader)?).ok()?;
    reader.take(length).map(Rc::from)
}

fn integer(reader: &mut Reader<'_>) -> Option<u128> {
    let width = match reader.byte()? {
        small @ 0..=250 => return Some(u128::from(small)),
        251 => 2,
        252 => 4,
        253 => 8,
        254 => 16,
        255 => return None,
    };
    let mut bytes = [0; 16];
    bytes[..width].copy_from_slice(reader.take(width)?);
    Some(u128::from_le_bytes(bytes))
}

fn push_integer(number: u128, body: &mut Vec<u8>) {
    let (mark, width) = match number {
        0..=250 => (None, 1),
        _ if number <= u128::from(u16::MAX) => (Some(251), 2),
        _ if number <= u128::from(u32::MAX) => (Some(252), 4),
        _ if number <= u128::from(u64::MAX) => (Some(253), 8),
        _ => (Some(254), 16),
    };
    body.extend(mark);
    body.extend_from_slice(&number.to_le_bytes()[..width]);
}

fn signed(reader: &mut Reader<'_>) -> Option<i64> {
    let number = u64::try_from(integer(reader)?).ok()?;
    Some(unzigzag(number))
}

fn push_signed(number: i64, body: &mut Vec<u8>) {
    push_integer(u128::from(zigzag(number)), body);
}

/// Small numbers of either sign become small numbers.
pub(super) fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

/// The other way.
pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

/// An optional value: absent, or read; `None` if it could not be read.
#[expect(clippy::option_option, reason = "absent and unreadable are two things")]
fn maybe<T>(
    reader: &mut Reader<'_>,
    read: impl FnOnce(&mut Reader<'_>) -> Option<T>,
) -> Option<Option<T>> {
    if some(reader)? {
        read(reader).map(Some)
    } else {
        Some(None)
    }
}
