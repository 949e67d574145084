//! What the rows of a batch so far say about the next one, and the walk over a row.

use std::collections::HashMap;
use std::rc::Rc;

use super::adaptive::Given;
use super::identifier::{Generator, generator, step, steps};
use super::odds::{Context, hash};
use super::pack::Item;
use super::range::Bits;
use super::shape::{Field, SHAPES, Value, build};
use super::value::Values;
use crate::envelope::Frame;
use crate::hlc::{Hlc, Stamp};
use crate::limits::{BATCH_BYTES_MAX, FRAME_BYTES_MAX};

/// Rows so far.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Latest first.
    talks: Vec<Talk>,
    /// Latest first, for each field.
    texts: HashMap<u32, Vec<Text>>,
    ids: Vec<u128>,
    last: Stamp,
    /// When the box started, by its own belief.
    started: Option<i64>,
    bytes: usize,
}

type Text = Rc<[u8]>;

/// What a learner did last.
#[derive(Debug, Default)]
struct Talk {
    learner: Option<u128>,
    session: Option<u128>,
    generator: Option<Generator>,
    at_ms: Option<i64>,
    /// The last row's exercise, or what stands in its place.
    subject: Option<Text>,
    texts: HashMap<u32, Vec<Text>>,
    /// The last row's outcome, in short.
    mood: u32,
    rows: HashMap<usize, Vec<Value>>,
}

/// What is known of the row at hand.
#[derive(Debug, Default)]
struct Known {
    shape: usize,
    subject: Option<Text>,
    /// Its bytes so far.
    small: u32,
    /// The session is the one before.
    goes_on: bool,
    latency_ms: i64,
    at_ms: Option<i64>,
}

const TALKS_MAX: usize = 256;
const TALK_TEXTS_MAX: usize = 12;
const TEXTS_MAX: usize = 48;
const IDS_MAX: usize = 256;
/// Near every fact there will be: the first of a batch costs less.
const EPOCH_MS: i64 = 1_790_000_000_000;

/// Places among the shapes; where an attempt's own identifier, outcome and number of tries lie.
const ATTEMPT: usize = 0;
const OPEN_ANSWER: usize = 8;
const OWN: usize = 0;
const OUTCOME: usize = 8;
const TRY: usize = 10;
/// Who and where first, then what follows from it, the identifier when its talk is known, the time
/// when its latency is.
const ATTEMPT_ORDER: [usize; 15] = [2, 3, 4, 10, 11, 5, 7, 8, 13, 9, 14, 15, 0, 12, 6];

impl Past {
    /// Codes a row: the one given, or the one that was written. `None` if what is read is no row.
    pub(super) fn row<B: Bits>(
        &mut self,
        values: &mut Values<'_, B>,
        given: &Given,
    ) -> Option<Item> {
        values.room = FRAME_BYTES_MAX;
        let front = self.talks.first().map_or(0, |talk| talk.mood);
        let next = self.talks.get(1).map_or(0, |talk| talk.mood);
        let both = hash(front, next);
        let context = Context::of(1, [front, next, both, 0, 0, 0]);
        let given_shaped = given.shaped.as_ref();
        let (frame, near) = if values.flag(&context, given_shaped.is_some()) {
            self.learner(values, &context.part(1), given_shaped)?;
            self.shaped(values, given_shaped)?
        } else {
            let bytes = values.raw_bytes(&context.part(2), &given.frame)?;
            (bytes, self.last.hlc.physical_ms().cast_signed())
        };
        self.bytes += frame.len();
        (self.bytes <= BATCH_BYTES_MAX).then_some(())?;
        let stamp = self.stamp(values, near, given.stamp)?;
        (!values.bits.is_over()).then_some(Item { stamp, frame })
    }

    /// Whose row it is: their talk comes to the front.
    fn learner<B: Bits>(
        &mut self,
        values: &mut Values<'_, B>,
        context: &Context,
        given: Option<&(usize, Vec<Value>)>,
    ) -> Option<()> {
        let who = given.and_then(|(shape, row)| as_id(row.get(learner_field(*shape))?));
        let rank = self.talks.iter().position(|talk| talk.learner == who);
        let choice = match (rank, who) {
            (Some(rank), _) => rank as u64 + 2,
            (None, Some(_)) => 0,
            (None, None) => 1,
        };
        let learner = match values.number(context, choice) {
            0 => Some(values.raw(128, who.unwrap_or_default())),
            1 => None,
            rank => {
                let rank = usize::try_from(rank - 2).ok()?;
                self.talks.get(rank)?;
                self.talks[..=rank].rotate_right(1);
                return Some(());
            }
        };
        let talk = Talk {
            learner,
            generator: learner.map(generator),
            ..Talk::default()
        };
        self.talks.insert(0, talk);
        self.talks.truncate(TALKS_MAX);
        Some(())
    }

    /// The frame, and when it says it happened.
    fn shaped<B: Bits>(
        &mut self,
        values: &mut Values<'_, B>,
        given: Option<&(usize, Vec<Value>)>,
    ) -> Option<(Vec<u8>, i64)> {
        let talk = self.talks.first()?;
        let (mood, learner) = (talk.mood, talk.learner);
        let others = [mood, u32::from(talk.session.is_some()), 0, 0, 0, 0];
        let number = given.map_or(0, |(shape, _)| *shape as u8);
        let shape = usize::from(values.byte(&Context::of(2, others), number));
        let (kind, schema, fields) = SHAPES.get(shape)?;
        let own = learner_field(shape);
        let mut row = vec![Value::Byte(None); fields.len()];
        let missing = fields[own] == Field::Id && learner.is_none();
        (!missing).then_some(())?;
        row[own] = Value::Id(learner);
        let mut known = Known {
            shape,
            ..Known::default()
        };
        for index in order(shape, fields.len()).filter(|index| *index != own) {
            let wanted = given.and_then(|(_, row)| row.get(index));
            row[index] = self.field(values, (index, fields[index]), wanted, &mut known)?;
        }
        let body = build(fields, &row);
        let (kind, schema) = (*kind, *schema);
        let frame = Frame { kind, schema, body }.to_bytes().ok()?;
        let at_ms = known.at_ms;
        let talk = self.talks.first_mut()?;
        talk.mood = new_mood(shape, &row, known.small);
        talk.at_ms = at_ms.or(talk.at_ms);
        talk.subject = known.subject.or(talk.subject.take());
        talk.rows.insert(shape, row);
        Some((
            frame,
            at_ms.unwrap_or_else(|| self.last.hlc.physical_ms().cast_signed()),
        ))
    }

    fn field<B: Bits>(
        &mut self,
        values: &mut Values<'_, B>,
        (index, field): (usize, Field),
        given: Option<&Value>,
        known: &mut Known,
    ) -> Option<Value> {
        let talk = self.talks.first()?;
        let base = hash(100 + known.shape as u32, index as u32);
        let before = talk.rows.get(&known.shape).and_then(|row| row.get(index));
        let subject = known.subject.as_deref().map_or(0, digest);
        let others = [
            before.map_or(0, value_digest),
            subject,
            known.small,
            talk.mood,
            hash(talk.mood, known.small),
            hash(subject, known.small),
        ];
        let context = Context::of(base, others);
        Some(match field {
            Field::Id | Field::OptId => {
                let own = index == OWN && learner_field(known.shape) != OWN;
                let id = self.id(values, &context, given.and_then(as_id), (own, known))?;
                (id.is_some() || field == Field::OptId).then_some(())?;
                Value::Id(id)
            }
            Field::Text | Field::OptText | Field::Language => {
                let text = self.text(values, &context, given.and_then(as_text), known)?;
                let fits = match (&text, field) {
                    (None, _) => field == Field::OptText,
                    (Some(text), Field::Language) => text.len() == 3,
                    (Some(_), _) => true,
                };
                fits.then_some(())?;
                if known.subject.is_none() {
                    known.subject.clone_from(&text);
                }
                Value::Bytes(text)
            }
            Field::Blob => {
                let given = given.and_then(as_text).unwrap_or_default();
                Value::Bytes(Some(Rc::from(values.raw_bytes(&context, &given)?)))
            }
            Field::Numbers => Value::Numbers(numbers(values, &context, before, given)?),
            Field::Time => {
                let near = self.near(known)?;
                let given = given.map_or(0, |value| as_time(value).wrapping_sub(near));
                let context = context.part(u32::from(known.goes_on));
                let at_ms = near.wrapping_add(values.signed(&context, given));
                known.at_ms = Some(at_ms);
                Value::Time(at_ms)
            }
            Field::Byte | Field::OptByte => {
                let given = given.and_then(as_byte);
                let there = field == Field::Byte || values.flag(&context.part(1), given.is_some());
                let byte = there.then(|| values.byte(&context, given.unwrap_or_default()));
                known.small = hash(known.small, byte.map_or(999, u32::from));
                Value::Byte(byte)
            }
            Field::Size => {
                let size = values.number(&context, given.map_or(0, as_size));
                if known.shape == ATTEMPT {
                    known.latency_ms = i64::try_from(size).ok()?;
                }
                Value::Size(size)
            }
        })
    }

    /// When a row probably happened: as long after the talk's last as the answer took, or now.
    fn near(&self, known: &Known) -> Option<i64> {
        match self.talks.first()?.at_ms {
            Some(at_ms) if known.goes_on => at_ms.checked_add(known.latency_ms),
            _ => Some(self.last.hlc.physical_ms().cast_signed().max(EPOCH_MS)),
        }
    }

    fn id<B: Bits>(
        &mut self,
        values: &mut Values<'_, B>,
        context: &Context,
        given: Option<u128>,
        (own, known): (bool, &mut Known),
    ) -> Option<Option<u128>> {
        let talk = self.talks.first_mut()?;
        let ahead = given.and_then(|id| steps(talk.generator?, id));
        let choice = match given {
            None => 1,
            Some(_) if given == talk.session => 2,
            Some(_) if ahead.is_some() => 3,
            Some(id) => self
                .ids
                .iter()
                .position(|seen| *seen == id)
                .map_or(0, |rank| rank as u64 + 4),
        };
        let id = match values.number(context, choice) {
            0 => values.raw(128, given.unwrap_or_default()),
            1 => return Some(None),
            2 => talk.session?,
            3 => {
                let ahead = values.number(&context.part(1), ahead.unwrap_or_default());
                step(talk.generator?, ahead)
            }
            rank => *self.ids.get(usize::try_from(rank - 4).ok()?)?,
        };
        if own {
            talk.generator = Some(generator(id));
        } else {
            known.goes_on = talk.session == Some(id);
            if !known.goes_on {
                talk.session = Some(id);
                talk.generator = Some(generator(id));
                self.ids.insert(0, id);
                self.ids.truncate(IDS_MAX);
            }
        }
        Some(Some(id))
    }

    /// A text: none, the exercise's or its skill's, one of the talk's, one of the batch's, or
    /// spelled.
    fn text<B: Bits>(
        &mut self,
        values: &mut Values<'_, B>,
        context: &Context,
        given: Option<Text>,
        known: &Known,
    ) -> Option<Option<Text>> {
        let field = context.set;
        let talk = self.talks.first_mut()?;
        let skill = known.subject.as_deref().and_then(skill_of).map(Rc::from);
        let nearer = talk.texts.entry(field).or_default();
        let farther = self.texts.entry(field).or_default();
        let ranked = |rank: usize| match rank {
            0 => skill.as_ref(),
            1 => talk.subject.as_ref(),
            rank if rank < 2 + TALK_TEXTS_MAX => nearer.get(rank - 2),
            rank => farther.get(rank - 2 - TALK_TEXTS_MAX),
        };
        let ranks = 2 + TALK_TEXTS_MAX + farther.len();
        let choice = match &given {
            None => 1,
            Some(text) => {
                let rank = (0..ranks).find(|rank| ranked(*rank) == Some(text));
                rank.map_or(0, |rank| rank as u64 + 2)
            }
        };
        let text = match values.number(context, choice) {
            0 => {
                let like = talk.subject.clone().or_else(|| farther.first().cloned());
                values.letters(field, &like.unwrap_or_default(), &given.unwrap_or_default())?
            }
            1 => return Some(None),
            rank => Rc::clone(ranked(usize::try_from(rank - 2).ok()?)?),
        };
        raise(nearer, &text, TALK_TEXTS_MAX);
        raise(farther, &text, TEXTS_MAX);
        Some(Some(text))
    }

    fn stamp<B: Bits>(
        &mut self,
        values: &mut Values<'_, B>,
        near: i64,
        given: Stamp,
    ) -> Option<Stamp> {
        let context = Context::of(3, [0; 6]);
        let wanted = given.hlc.physical_ms().cast_signed();
        let physical = values
            .signed(&context.part(1), wanted.wrapping_sub(near))
            .wrapping_add(near);
        let physical_ms = u64::try_from(physical).ok().filter(|ms| *ms < 1 << 48)?;
        let counter = values.number(&context.part(2), given.hlc.0 & 0xffff);
        let before = i64::from(self.last.boot);
        let boot = values.signed(&context.part(3), i64::from(given.boot) - before);
        let boot = u32::try_from(before.checked_add(boot)?).ok()?;
        let given_started = wanted.wrapping_sub(given.monotonic_ms.cast_signed());
        let (context, before) = match self.started {
            Some(before) => (context.part(4), before),
            None => (context.part(5), physical),
        };
        let started =
            before.wrapping_sub(values.signed(&context, before.wrapping_sub(given_started)));
        self.started = Some(started);
        self.last = Stamp {
            hlc: Hlc::new(physical_ms, u16::try_from(counter).ok()?),
            boot,
            monotonic_ms: physical.wrapping_sub(started).cast_unsigned(),
        };
        Some(self.last)
    }
}

/// The numbers drawn: those of the question before, or new ones.
fn numbers<B: Bits>(
    values: &mut Values<'_, B>,
    context: &Context,
    before: Option<&Value>,
    given: Option<&Value>,
) -> Option<Vec<i64>> {
    let (before, given) = (as_numbers(before), as_numbers(given));
    if values.flag(&context.part(1), before == given) {
        return Some(before.to_vec());
    }
    let length = usize::try_from(values.number(&context.part(2), given.len() as u64)).ok()?;
    let length = values.spend(length)?;
    let mut read = Vec::with_capacity(length);
    for index in 0..length {
        let context = context.part(3 + index.min(4) as u32);
        read.push(values.signed(&context, given.get(index).copied().unwrap_or_default()));
    }
    Some(read)
}

fn raise(texts: &mut Vec<Text>, text: &Text, count_max: usize) {
    match texts.iter().position(|known| known == text) {
        Some(rank) => texts[..=rank].rotate_right(1),
        None => texts.insert(0, Rc::clone(text)),
    }
    texts.truncate(count_max);
}

/// An attempt and an open answer have an identifier of their own before their learner's.
fn learner_field(shape: usize) -> usize {
    usize::from(shape == ATTEMPT || shape == OPEN_ANSWER)
}

fn order(shape: usize, fields: usize) -> impl Iterator<Item = usize> {
    let own = if shape == ATTEMPT {
        &ATTEMPT_ORDER[..]
    } else {
        &[]
    };
    let plain = if own.is_empty() { 0..fields } else { 0..0 };
    own.iter().copied().chain(plain)
}

fn new_mood(shape: usize, row: &[Value], small: u32) -> u32 {
    let byte = |index: usize| row.get(index).map_or(0, value_digest);
    let outcome = if shape == ATTEMPT {
        hash(byte(OUTCOME), byte(TRY))
    } else {
        small
    };
    hash(1 + shape as u32, outcome)
}

/// An exercise's code has its skill's before its last dot.
fn skill_of(exercise: &[u8]) -> Option<&[u8]> {
    let dot = exercise.iter().rposition(|letter| *letter == b'.')?;
    Some(&exercise[..dot])
}

/// FNV-1a, then mixed.
fn digest(bytes: &[u8]) -> u32 {
    let step = |before: u32, byte: &u8| (before ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    hash(7, bytes.iter().fold(0x811c_9dc5, step))
}

fn value_digest(value: &Value) -> u32 {
    match value {
        Value::Id(id) => hash(1, id.map_or(0, |id| id as u32)),
        Value::Bytes(bytes) => hash(2, bytes.as_deref().map_or(0, digest)),
        Value::Numbers(numbers) => numbers
            .iter()
            .fold(3, |before, number| hash(before, *number as u32)),
        Value::Time(at_ms) => hash(4, *at_ms as u32),
        Value::Byte(byte) => hash(5, byte.map_or(999, u32::from)),
        Value::Size(size) => hash(6, *size as u32),
    }
}

fn as_id(value: &Value) -> Option<u128> {
    match value {
        Value::Id(id) => *id,
        _ => None,
    }
}

fn as_text(value: &Value) -> Option<Text> {
    match value {
        Value::Bytes(bytes) => bytes.clone(),
        _ => None,
    }
}

fn as_numbers(value: Option<&Value>) -> &[i64] {
    match value {
        Some(Value::Numbers(numbers)) => numbers,
        _ => &[],
    }
}

fn as_time(value: &Value) -> i64 {
    match value {
        Value::Time(at_ms) => *at_ms,
        _ => 0,
    }
}

fn as_byte(value: &Value) -> Option<u8> {
    match value {
        Value::Byte(byte) => *byte,
        _ => None,
    }
}

fn as_size(value: &Value) -> u64 {
    match value {
        Value::Size(size) => *size,
        _ => 0,
    }
}
