//! Rows to columns and back: stamps first, then each kind's fields, then what has no shape.
//!
//! Column by column, no lengths are needed: how many values a column has is known from those
//! before it.

use std::rc::Rc;

use super::column::{Reader, Writer, read_guessed, read_texts, write_guessed, write_texts};
use super::identifier::Identifiers;
use super::pack::Item;
use super::shape::{Field, SHAPES, Value, build, parse, unzigzag, zigzag};
use crate::envelope::Frame;
use crate::hlc::{Hlc, Stamp};
use crate::limits::{BATCH_BYTES_MAX, FRAME_BYTES_MAX};

/// The columns of some entries.
pub(super) fn to_columns(items: &[Item]) -> Vec<u8> {
    let rows: Vec<_> = items.iter().map(|item| taken_apart(&item.frame)).collect();
    let mut out = Writer::default();
    write_stamps(items, &mut out);
    for row in &rows {
        out.number(row.as_ref().map_or(0, |(shape, _)| *shape as u64 + 1));
    }
    let mut ids = Identifiers::default();
    for (number, (_, _, fields)) in SHAPES.iter().enumerate() {
        let of_kind = items.iter().zip(&rows).filter_map(|(item, row)| {
            let (shape, values) = row.as_ref()?;
            (*shape == number).then_some((item.stamp, values.as_slice()))
        });
        let of_kind: Vec<_> = of_kind.collect();
        if of_kind.is_empty() {
            continue;
        }
        for (index, field) in fields.iter().enumerate() {
            write_field(*field, index, fields, &of_kind, &mut ids, &mut out);
        }
    }
    for (item, _) in items.iter().zip(&rows).filter(|(_, row)| row.is_none()) {
        out.number(item.frame.len() as u64);
        out.bytes(&item.frame);
    }
    out.into_bytes()
}

/// The entries behind some columns; `None` if the bytes are not `count` whole entries.
pub(super) fn from_columns(count: usize, bytes: &[u8]) -> Option<Vec<Item>> {
    let mut reader = Reader::new(bytes);
    let stamps = read_stamps(count, &mut reader)?;
    let kinds: Vec<u64> = (0..count).map(|_| reader.number()).collect::<Option<_>>()?;
    let mut ids = Identifiers::default();
    let mut frames: Vec<Vec<u8>> = vec![Vec::new(); count];
    let mut bytes_total = 0;
    for (number, (kind, schema, fields)) in SHAPES.iter().enumerate() {
        let mark = number as u64 + 1;
        let at: Vec<usize> = (0..count).filter(|row| kinds[*row] == mark).collect();
        if at.is_empty() {
            continue;
        }
        let of_kind: Vec<Stamp> = at.iter().map(|row| stamps[*row]).collect();
        let mut columns: Vec<Vec<Value>> = Vec::with_capacity(fields.len());
        for field in *fields {
            let contexts = contexts(fields, &columns, at.len());
            columns.push(read_field(
                *field,
                &contexts,
                &of_kind,
                &mut ids,
                &mut reader,
            )?);
        }
        for (index, row) in at.into_iter().enumerate() {
            let values: Vec<Value> = columns.iter().map(|column| column[index].clone()).collect();
            let (kind, schema) = (*kind, *schema);
            let body = build(fields, &values);
            let frame = Frame { kind, schema, body }.to_bytes().ok()?;
            // Short references may stand for long texts.
            bytes_total += frame.len();
            if bytes_total > BATCH_BYTES_MAX {
                return None;
            }
            frames[row] = frame;
        }
    }
    for (row, kind) in kinds.iter().enumerate() {
        if *kind == 0 {
            let length = usize::try_from(reader.number()?).ok()?;
            if length > FRAME_BYTES_MAX {
                return None;
            }
            frames[row] = reader.take(length)?.to_vec();
        } else if *kind > SHAPES.len() as u64 {
            return None;
        }
    }
    let items = stamps.into_iter().zip(frames);
    let items = items.map(|(stamp, frame)| Item { stamp, frame }).collect();
    reader.is_empty().then_some(items)
}

pub(super) fn taken_apart(frame: &[u8]) -> Option<(usize, Vec<Value>)> {
    let frame = Frame::from_bytes(frame).ok()?;
    let (number, (_, _, fields)) = SHAPES
        .iter()
        .enumerate()
        .find(|(_, (kind, schema, _))| (*kind, *schema) == (frame.kind, frame.schema))?;
    Some((number, parse(fields, &frame.body)?))
}

fn write_stamps(items: &[Item], out: &mut Writer) {
    let physical = |item: &Item| item.stamp.hlc.physical_ms().cast_signed();
    let Some(first) = items.first() else {
        return;
    };
    out.number(first.stamp.hlc.physical_ms());
    let deltas = items
        .windows(2)
        .map(|pair| zigzag(physical(&pair[1]) - physical(&pair[0])));
    out.planes(&deltas.collect::<Vec<_>>());
    for item in items {
        out.number(item.stamp.hlc.0 & 0xffff);
    }
    let mut boot = 0;
    for item in items {
        out.number(zigzag(i64::from(item.stamp.boot) - boot));
        boot = i64::from(item.stamp.boot);
    }
    // When the box started, by its own belief: the same for all entries of a boot.
    let mut before = 0;
    for item in items {
        let started = physical(item).wrapping_sub(item.stamp.monotonic_ms.cast_signed());
        out.number(zigzag(started.wrapping_sub(before)));
        before = started;
    }
}

fn read_stamps(count: usize, reader: &mut Reader<'_>) -> Option<Vec<Stamp>> {
    if count == 0 {
        return Some(Vec::new());
    }
    let mut physical = vec![i64::try_from(reader.number()?).ok()?];
    for delta in reader.planes(count - 1)? {
        let last = *physical.last()?;
        physical.push(last.checked_add(unzigzag(delta))?);
    }
    let counters: Vec<u64> = (0..count).map(|_| reader.number()).collect::<Option<_>>()?;
    let mut boots = Vec::with_capacity(count);
    let mut boot = 0_i64;
    for _ in 0..count {
        boot = boot.checked_add(unzigzag(reader.number()?))?;
        boots.push(u32::try_from(boot).ok()?);
    }
    let (mut stamps, mut before) = (Vec::with_capacity(count), 0_i64);
    for ((physical, counter), boot) in physical.into_iter().zip(counters).zip(boots) {
        before = before.wrapping_add(unzigzag(reader.number()?));
        let physical_ms = u64::try_from(physical).ok().filter(|ms| *ms < 1 << 48)?;
        let hlc = Hlc::new(physical_ms, u16::try_from(counter).ok()?);
        let monotonic_ms = physical.wrapping_sub(before).cast_unsigned();
        stamps.push(Stamp {
            hlc,
            boot,
            monotonic_ms,
        });
    }
    Some(stamps)
}

type Context = Option<Rc<[u8]>>;

/// What guesses of a later column lean on: the first text of each row, such as its exercise.
fn contexts(fields: &[Field], columns: &[Vec<Value>], rows: usize) -> Vec<Context> {
    let first = fields.iter().position(|field| *field == Field::Text);
    let column = first.and_then(|index| columns.get(index));
    let context = |row: usize| match column?.get(row)? {
        Value::Bytes(text) => text.clone(),
        _ => None,
    };
    (0..rows).map(context).collect()
}

fn write_field(
    field: Field,
    index: usize,
    fields: &[Field],
    rows: &[(Stamp, &[Value])],
    ids: &mut Identifiers,
    out: &mut Writer,
) {
    let before: Vec<Vec<Value>> = (0..index)
        .map(|column| {
            rows.iter()
                .map(|(_, values)| values[column].clone())
                .collect()
        })
        .collect();
    let contexts = contexts(fields, &before, rows.len());
    let column = rows.iter().map(|(_, values)| &values[index]);
    match field {
        Field::Id | Field::OptId => {
            let column: Vec<_> = column.map(as_id).collect();
            ids.write(&column, out);
        }
        Field::Text | Field::OptText | Field::Language => {
            let guessing = contexts.iter().any(Option::is_some);
            let column: Vec<_> = column.map(as_bytes).collect();
            write_texts(&column, &contexts, guessing, out);
        }
        Field::Blob => {
            let column: Vec<_> = column.map(as_bytes).collect();
            write_texts(&column, &contexts, false, out);
        }
        Field::Numbers => {
            let lists: Vec<&[i64]> = column.map(as_numbers).collect();
            let lengths: Vec<u64> = lists.iter().map(|list| list.len() as u64).collect();
            write_guessed(&lengths, &contexts, out);
            for number in lists.into_iter().flatten() {
                out.number(zigzag(*number));
            }
        }
        Field::Time => {
            for ((stamp, _), value) in rows.iter().zip(column) {
                let near = stamp.hlc.physical_ms().cast_signed();
                out.number(zigzag(near.wrapping_sub(as_time(value))));
            }
        }
        Field::Byte | Field::OptByte => {
            let column: Vec<u64> = column.map(as_byte).collect();
            write_guessed(&column, &contexts, out);
        }
        Field::Size => out.planes(&column.map(as_size).collect::<Vec<_>>()),
    }
}

fn read_field(
    field: Field,
    contexts: &[Context],
    stamps: &[Stamp],
    ids: &mut Identifiers,
    reader: &mut Reader<'_>,
) -> Option<Vec<Value>> {
    let count = stamps.len();
    Some(match field {
        Field::Id | Field::OptId => {
            let column = ids.read(count, reader)?;
            let present = field == Field::OptId || column.iter().all(Option::is_some);
            present.then_some(())?;
            column.into_iter().map(Value::Id).collect()
        }
        Field::Text | Field::OptText | Field::Language | Field::Blob => {
            let column = read_texts(contexts, reader)?;
            let present = field == Field::OptText || column.iter().all(Option::is_some);
            present.then_some(())?;
            column.into_iter().map(Value::Bytes).collect()
        }
        Field::Numbers => {
            let lengths = read_guessed(contexts, reader)?;
            let list = |length: u64| {
                (length <= reader.left() as u64).then_some(())?;
                let numbers = (0..length).map(|_| reader.number().map(unzigzag));
                numbers.collect::<Option<_>>().map(Value::Numbers)
            };
            lengths.into_iter().map(list).collect::<Option<_>>()?
        }
        Field::Time => {
            let time = |stamp: &Stamp| {
                let near = stamp.hlc.physical_ms().cast_signed();
                Some(Value::Time(near.wrapping_sub(unzigzag(reader.number()?))))
            };
            stamps.iter().map(time).collect::<Option<_>>()?
        }
        Field::Byte | Field::OptByte => {
            let byte = |number: u64| match number {
                ABSENT if field == Field::OptByte => Some(Value::Byte(None)),
                number => u8::try_from(number)
                    .ok()
                    .map(|byte| Value::Byte(Some(byte))),
            };
            let column = read_guessed(contexts, reader)?;
            column.into_iter().map(byte).collect::<Option<_>>()?
        }
        Field::Size => {
            let column = reader.planes(count)?;
            column.into_iter().map(Value::Size).collect()
        }
    })
}

/// A byte that is not there.
const ABSENT: u64 = 256;

fn as_id(value: &Value) -> Option<u128> {
    match value {
        Value::Id(id) => *id,
        _ => None,
    }
}

fn as_bytes(value: &Value) -> Context {
    match value {
        Value::Bytes(bytes) => bytes.clone(),
        _ => None,
    }
}

fn as_numbers(value: &Value) -> &[i64] {
    match value {
        Value::Numbers(numbers) => numbers,
        _ => &[],
    }
}

fn as_time(value: &Value) -> i64 {
    match value {
        Value::Time(at_ms) => *at_ms,
        _ => 0,
    }
}

fn as_byte(value: &Value) -> u64 {
    match value {
        Value::Byte(Some(byte)) => u64::from(*byte),
        _ => ABSENT,
    }
}

fn as_size(value: &Value) -> u64 {
    match value {
        Value::Size(size) => *size,
        _ => 0,
    }
}
