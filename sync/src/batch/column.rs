//! Columns: numbers and texts of one field, one entry after another.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

/// Bytes being written.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

/// Bytes being read; `None` from a method is their end or a number too large.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl Writer {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Seven bits a byte, lowest first (LEB128).
    pub(super) fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// The lowest bytes of all, which look random, apart from what is above, which does not.
    pub(super) fn planes(&mut self, numbers: &[u64]) {
        self.0
            .extend(numbers.iter().map(|number| (number & 0xff) as u8));
        numbers.iter().for_each(|number| self.number(number >> 8));
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.0.split_at_checked(count)?;
        self.0 = left;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn planes(&mut self, count: usize) -> Option<Vec<u64>> {
        let low = self.take(count)?;
        low.iter()
            .map(|low| {
                let high = self.number()?;
                (high < 1 << 56).then_some(high << 8 | u64::from(*low))
            })
            .collect()
    }
}

/// What a value was the last time something else was the same: the guess for the next.
///
/// An exercise fixes its skill, its difficulty and more, so that a guess by the exercise is
/// nearly always right, and costs a zero.
#[derive(Debug)]
pub(super) struct Guess<V>(HashMap<Option<Rc<[u8]>>, V>);

impl<V: Clone + Eq + Hash> Guess<V> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(super) fn of(&self, context: Option<&Rc<[u8]>>) -> Option<&V> {
        self.0.get(&context.cloned())
    }

    pub(super) fn note(&mut self, context: Option<&Rc<[u8]>>, value: V) {
        self.0.insert(context.cloned(), value);
    }
}

type Text = Option<Rc<[u8]>>;

const GUESSED: u64 = 0;
const NONE: u64 = 1;
const NEW: u64 = 2;
const SEEN: u64 = 3;

/// Writes texts: guessed, absent, new, or how many others were used since.
pub(super) fn write_texts(texts: &[Text], contexts: &[Text], guessing: bool, out: &mut Writer) {
    let (mut seen, mut guess) = (Vec::<Rc<[u8]>>::new(), Guess::new());
    let mut extra = Writer::default();
    for (text, context) in texts.iter().zip(contexts) {
        if guessing && guess.of(context.as_ref()) == Some(text) {
            out.number(GUESSED);
            continue;
        }
        guess.note(context.as_ref(), text.clone());
        let Some(text) = text else {
            out.number(NONE);
            continue;
        };
        if let Some(rank) = seen.iter().position(|other| other == text) {
            out.number(SEEN + rank as u64);
            seen[..=rank].rotate_right(1);
        } else {
            out.number(NEW);
            extra.number(text.len() as u64);
            extra.bytes(text);
            seen.insert(0, Rc::clone(text));
        }
    }
    out.bytes(extra.as_slice());
}

/// Reads what [`write_texts`] wrote.
pub(super) fn read_texts(contexts: &[Text], reader: &mut Reader<'_>) -> Option<Vec<Text>> {
    let marks = contexts.iter().map(|_| reader.number());
    let marks: Vec<u64> = marks.collect::<Option<_>>()?;
    let (mut seen, mut guess) = (Vec::<Rc<[u8]>>::new(), Guess::<Text>::new());
    let mut texts = Vec::with_capacity(contexts.len());
    for (mark, context) in marks.into_iter().zip(contexts) {
        let text = match mark {
            GUESSED => guess.of(context.as_ref())?.clone(),
            NONE => None,
            NEW => {
                let length = usize::try_from(reader.number()?).ok()?;
                let text: Rc<[u8]> = Rc::from(reader.take(length)?);
                seen.insert(0, Rc::clone(&text));
                Some(text)
            }
            rank => {
                let rank = usize::try_from(rank - SEEN).ok()?;
                let text = Rc::clone(seen.get(rank)?);
                seen[..=rank].rotate_right(1);
                Some(text)
            }
        };
        guess.note(context.as_ref(), text.clone());
        texts.push(text);
    }
    Some(texts)
}

/// Writes small numbers, zero where the guess is right.
pub(super) fn write_guessed(numbers: &[u64], contexts: &[Text], out: &mut Writer) {
    let mut guess = Guess::new();
    for (number, context) in numbers.iter().zip(contexts) {
        if guess.of(context.as_ref()) == Some(number) {
            out.number(0);
        } else {
            out.number(number.saturating_add(1));
            guess.note(context.as_ref(), *number);
        }
    }
}

/// Reads what [`write_guessed`] wrote.
pub(super) fn read_guessed(contexts: &[Text], reader: &mut Reader<'_>) -> Option<Vec<u64>> {
    let mut guess = Guess::new();
    contexts
        .iter()
        .map(|context| match reader.number()? {
            0 => guess.of(context.as_ref()).copied(),
            mark => {
                guess.note(context.as_ref(), mark - 1);
                Some(mark - 1)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_number_comes_back(numbers: Vec<u64>) {
            let mut out = Writer::default();
            numbers.iter().for_each(|number| out.number(*number));
            out.planes(&numbers);
            let mut reader = Reader::new(out.as_slice());
            for number in &numbers {
                prop_assert_eq!(reader.number(), Some(*number));
            }
            prop_assert_eq!(reader.planes(numbers.len()), Some(numbers));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn any_texts_come_back(texts in prop::collection::vec(prop::option::of("[ab]{0,2}"), 0..50), guessing: bool) {
            let texts: Vec<Text> = texts
                .into_iter()
                .map(|text| text.map(|text| Rc::from(text.as_bytes())))
                .collect();
            let mut contexts = texts.clone();
            contexts.reverse();
            let mut out = Writer::default();
            write_texts(&texts, &contexts, guessing, &mut out);
            let mut reader = Reader::new(out.as_slice());
            prop_assert_eq!(read_texts(&contexts, &mut reader), Some(texts));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, count in 0_usize..40) {
            let contexts = vec![None; count];
            let _texts = read_texts(&contexts, &mut Reader::new(&bytes));
            let _numbers = read_guessed(&contexts, &mut Reader::new(&bytes));
            let _planes = Reader::new(&bytes).planes(count);
        }
    }
}
