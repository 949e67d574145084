//! A question as asked: the exercise, its numbers, and its texts in every language.

use std::sync::Arc;

use crate::exercise::{Exercise, Output};
use crate::number::Number;
use crate::{Language, Localised};

use super::filled::{Filled, SeenValue, fill_exercise};
use super::{DrawError, draw, order};

/// An exercise with its numbers drawn.
///
/// Invariant: `numbers` bring the same question back through [`Question::restore`], as long as the
/// exercise is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    exercise: Arc<Exercise>,
    numbers: Vec<i64>,
    order: Vec<usize>,
    filled: Filled,
}

/// An option or item as offered: its letter, its place in the source, and its wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered<'a> {
    /// `A` for the first one offered.
    pub letter: char,
    /// Its index in the exercise, from 0.
    pub index: usize,
    /// Its wording as read out.
    pub text: &'a str,
}

impl Question {
    /// A question with fresh numbers: the same `seed` and `seen` draw the same ones.
    ///
    /// `seen` holds the numbers of questions from this exercise that the learner had lately. An
    /// exercise without a generator is always the same question; its options come in another order.
    ///
    /// # Errors
    /// [`DrawError::UsedUp`] if no draw outside `seen` is left (or, in ranges of more than 4,096
    /// combinations, none was found in as many tries); else if the exercise itself is faulty.
    pub fn draw(exercise: &Arc<Exercise>, seed: u64, seen: &[Vec<i64>]) -> Result<Self, DrawError> {
        let numbers = draw::draw(exercise, seed, seen)?;
        Self::with_numbers(exercise, numbers)
    }

    /// The question with these numbers, as they stand in an attempt.
    ///
    /// # Errors
    /// [`DrawError::Restore`] if they are not numbers that this exercise draws.
    pub fn restore(exercise: &Arc<Exercise>, numbers: &[i64]) -> Result<Self, DrawError> {
        if !draw::is_draw(exercise, numbers)? {
            return Err(DrawError::Restore {
                exercise: exercise.id.clone(),
                numbers: numbers.to_vec(),
            });
        }
        Self::with_numbers(exercise, numbers.to_vec())
    }

    fn with_numbers(exercise: &Arc<Exercise>, numbers: Vec<i64>) -> Result<Self, DrawError> {
        let things = order::things(exercise);
        let number = numbers
            .last()
            .and_then(|&number| u64::try_from(number).ok());
        Ok(Self {
            order: order::order(things, number.unwrap_or(0)),
            filled: fill_exercise(exercise, &numbers)?,
            exercise: Arc::clone(exercise),
            numbers,
        })
    }

    /// What was drawn from.
    pub fn exercise(&self) -> &Arc<Exercise> {
        &self.exercise
    }

    /// The generator's numbers in its order; then, where things are offered in a drawn order, the
    /// number of that order.
    pub fn numbers(&self) -> &[i64] {
        &self.numbers
    }

    /// One new step worked aloud; empty if there is none.
    pub fn theory(&self, language: Language) -> &str {
        text(&self.filled.theory, language)
    }

    /// Said before the question; may be empty.
    pub fn introduction(&self, language: Language) -> &str {
        text(&self.filled.introduction, language)
    }

    /// The question as spoken, without its options.
    pub fn input(&self, language: Language) -> &str {
        text(&self.filled.input, language)
    }

    /// The question as texted, without its options.
    pub fn sms(&self, language: Language) -> &str {
        text(&self.filled.sms, language)
    }

    /// Why the right answer is right.
    pub fn explain(&self, language: Language) -> &str {
        text(&self.filled.explain, language)
    }

    /// A step of the hint ladder, from 0: point, teach, first step done together.
    pub fn hint(&self, language: Language, step: usize) -> Option<&str> {
        let hints = list(&self.filled.hints, language);
        hints.get(step).map(String::as_str)
    }

    /// Said when the misconception with this index shows.
    pub fn repair(&self, language: Language, misconception: usize) -> Option<&str> {
        let repair = self.filled.repairs.get(misconception)?;
        Some(text(repair, language))
    }

    /// The options or the things to order as offered, with letters; empty for other kinds.
    pub fn offered(&self, language: Language) -> Vec<Offered<'_>> {
        let wording = |index: usize| match &self.exercise.output {
            Output::Choice { .. } => self.option_wordings(language, index).first(),
            _ => list(&self.filled.items, self.answer_language(language)).get(index),
        };
        let places = self.order.iter().zip('A'..='Z');
        places
            .map(|(&index, letter)| Offered {
                letter,
                index,
                text: wording(index).map_or("", String::as_str),
            })
            .collect()
    }

    /// Wordings by which an option may be named, the one read out first; `index` as in the source.
    pub fn option_wordings(&self, language: Language, index: usize) -> &[String] {
        let option = self.filled.options.get(index);
        option.map_or(&[], |option| list(option, self.answer_language(language)))
    }

    /// Index of the right option in the source, for a choice.
    pub fn right_option(&self) -> Option<usize> {
        match self.exercise.output {
            Output::Choice { right, .. } => Some(right),
            _ => None,
        }
    }

    /// The letters of the right answer: one for a choice, all in the right order for an order.
    pub fn right_letters(&self) -> Option<String> {
        let letter_of = |index: usize| {
            let place = self.order.iter().position(|&offered| offered == index)?;
            ('A'..='Z').nth(place)
        };
        match &self.exercise.output {
            Output::Choice { right, .. } => letter_of(*right).map(String::from),
            Output::Order { .. } => (0..self.order.len()).map(letter_of).collect(),
            _ => None,
        }
    }

    /// The right value, for a number.
    pub fn number_answer(&self) -> Option<Number> {
        self.filled.answer
    }

    /// Other right values, such as the same amount in another unit.
    pub fn number_also(&self) -> &[Number] {
        &self.filled.also
    }

    /// The unit that may be said with the value.
    pub fn unit(&self) -> Option<&str> {
        match &self.exercise.output {
            Output::Number { unit, .. } => unit.as_deref(),
            _ => None,
        }
    }

    /// Accepted wordings of a phrase, fill-in or line, the model one first.
    pub fn accepted(&self, language: Language) -> &[String] {
        list(&self.filled.accepted, self.answer_language(language))
    }

    /// The language an answer is in: the one being taught if the exercise names it, else `spoken`.
    pub fn answer_language(&self, spoken: Language) -> Language {
        self.exercise.answer_language.unwrap_or(spoken)
    }

    /// Each misconception that shows as a number: its index and the value.
    pub fn misconception_values(&self) -> impl Iterator<Item = (usize, Number)> + '_ {
        let seen = self.filled.seen.iter().enumerate();
        seen.filter_map(|(index, seen)| match seen {
            SeenValue::Value(value) => Some((index, *value)),
            _ => None,
        })
    }

    /// Each misconception that shows as an option: its index and the option's in the source.
    pub fn misconception_options(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let seen = self.filled.seen.iter().enumerate();
        seen.filter_map(|(index, seen)| match seen {
            SeenValue::Option(option) => Some((index, *option)),
            _ => None,
        })
    }

    /// Each misconception that shows as words: its index and the wordings.
    pub fn misconception_phrases(
        &self,
        language: Language,
    ) -> impl Iterator<Item = (usize, &[String])> + '_ {
        let language = self.answer_language(language);
        let seen = self.filled.seen.iter().enumerate();
        seen.filter_map(move |(index, seen)| match seen {
            SeenValue::Phrase(phrases) => Some((index, list(phrases, language))),
            _ => None,
        })
    }
}

fn text(texts: &Localised<String>, language: Language) -> &str {
    texts.get_or_english(language).map_or("", String::as_str)
}

fn list(lists: &Localised<Vec<String>>, language: Language) -> &[String] {
    lists.get_or_english(language).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::exercise::{Generator, Misconception, NumberRange, Seen};
    use crate::id::{ExerciseId, SkillId};
    use crate::question::draws;

    const EN: Language = Language::ENGLISH;

    fn en<T>(value: T) -> Localised<T> {
        [(EN, value)].into_iter().collect()
    }

    fn range(name: &str, low: i64, high: i64, step: i64) -> NumberRange {
        NumberRange {
            name: name.to_owned(),
            low,
            high,
            step,
        }
    }

    fn exercise(output: Output, generator: Option<Generator>) -> Arc<Exercise> {
        Arc::new(Exercise {
            id: ExerciseId::new("ma1.add.both").unwrap(),
            skill: SkillId::new("ma1.add").unwrap(),
            difficulty: 20,
            theory: Localised::default(),
            introduction: Localised::default(),
            input: en("What is it?".to_owned()),
            sms: en("?".to_owned()),
            output,
            answer_language: None,
            hints: en(vec!["Look.".to_owned()]),
            explain: en("So it is.".to_owned()),
            misconceptions: Vec::new(),
            generator,
        })
    }

    fn adding(numbers: Vec<NumberRange>, condition: Option<&str>) -> Arc<Exercise> {
        let output = Output::Number {
            answer: "a + b".to_owned(),
            also: vec!["(a + b) / 10".to_owned()],
            unit: None,
        };
        let condition = condition.map(str::to_owned);
        let mut exercise = exercise(output, Some(Generator { numbers, condition }));
        let edit = Arc::make_mut(&mut exercise);
        edit.input = en("What is {a} plus {b}?".to_owned());
        edit.hints = en(vec!["Start at {max(a, b)}.".to_owned()]);
        edit.misconceptions = vec![Misconception {
            seen: Seen::Value("a - b".to_owned()),
            diagnosis: "takes away".to_owned(),
            repair: en("You took {b} away.".to_owned()),
        }];
        exercise
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn drawn_numbers_fill_texts_answers_and_misconceptions() {
        let exercise = adding(vec![range("a", 2, 7, 1), range("b", 1, 5, 1)], None);
        let question = Question::restore(&exercise, &[7, 3]).unwrap();
        assert_eq!(question.input(EN), "What is 7 plus 3?");
        assert_eq!(question.input(Language::SWAHILI), "What is 7 plus 3?");
        assert_eq!(question.hint(EN, 0), Some("Start at 7."));
        assert_eq!(question.hint(EN, 1), None);
        assert_eq!(question.repair(EN, 0), Some("You took 3 away."));
        assert_eq!(question.number_answer(), Some(Number::whole(10)));
        assert_eq!(question.number_also(), [Number::ONE]);
        let values: Vec<_> = question.misconception_values().collect();
        assert_eq!(values, [(0, Number::whole(4))]);
    }

    #[test]
    fn numbers_from_elsewhere_are_not_restored() {
        let exercise = adding(
            vec![range("a", 2, 8, 2), range("b", 1, 5, 1)],
            Some("a > b"),
        );
        for numbers in [&[3, 1][..], &[10, 1], &[2], &[4, 1, 1], &[], &[2, 5]] {
            let restored = Question::restore(&exercise, numbers);
            assert!(
                matches!(restored, Err(DrawError::Restore { .. })),
                "{numbers:?}"
            );
        }
        assert!(Question::restore(&exercise, &[4, 1]).is_ok());
    }

    #[test]
    fn options_come_in_every_order_and_keep_their_right_letter() {
        let options = ["hen", "goat", "cow"]
            .map(|word| en(words(&[word, "it"])))
            .to_vec();
        let exercise = exercise(Output::Choice { options, right: 1 }, None);
        let mut orders = BTreeSet::new();
        for seed in 0..100 {
            let question = Question::draw(&exercise, seed, &[]).unwrap();
            let offered = question.offered(EN);
            let right = question.right_letters().unwrap();
            let named = offered
                .iter()
                .find(|o| right.starts_with(o.letter))
                .unwrap();
            assert_eq!((named.text, named.index), ("goat", 1));
            assert_eq!(
                Question::restore(&exercise, question.numbers()),
                Ok(question.clone())
            );
            orders.insert(
                offered
                    .iter()
                    .map(|o| o.text.to_owned())
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(orders.len(), 6);
    }

    #[test]
    fn things_to_order_are_never_offered_in_the_right_order() {
        let items = en(words(&["one", "two", "three"]));
        let exercise = exercise(Output::Order { items }, None);
        for seed in 0..50 {
            let question = Question::draw(&exercise, seed, &[]).unwrap();
            let offered = question.offered(EN);
            let right = question.right_letters().unwrap();
            let put: Vec<_> = right
                .chars()
                .filter_map(|letter| offered.iter().find(|o| o.letter == letter))
                .map(|o| o.text)
                .collect();
            assert_eq!(put, ["one", "two", "three"]);
            assert_ne!(right, "ABC");
        }
    }

    #[test]
    fn a_range_that_is_used_up_says_so() {
        let exercise = adding(
            vec![range("a", 1, 3, 1), range("b", 1, 1, 1)],
            Some("a != 2"),
        );
        let mut seen = Vec::new();
        for _ in 0..2 {
            seen.push(
                Question::draw(&exercise, 5, &seen)
                    .unwrap()
                    .numbers()
                    .to_vec(),
            );
        }
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 2);
        let id = exercise.id.clone();
        assert_eq!(
            Question::draw(&exercise, 5, &seen),
            Err(DrawError::UsedUp(id.clone()))
        );
        let empty = adding(
            vec![range("a", 1, 3, 1), range("b", 1, 1, 1)],
            Some("a > 5"),
        );
        assert_eq!(
            Question::draw(&empty, 5, &[]),
            Err(DrawError::Empty(id.clone()))
        );
        let upside_down = adding(vec![range("a", 3, 1, 1), range("b", 1, 1, 1)], None);
        assert_eq!(
            Question::draw(&upside_down, 5, &[]),
            Err(DrawError::Empty(id))
        );
    }

    #[test]
    fn hostile_ranges_do_not_panic() {
        for (low, high, step) in [
            (i64::MIN, i64::MAX, 1),
            (i64::MIN, i64::MAX, i64::MAX),
            (i64::MAX, i64::MIN, 1),
            (0, 10, 0),
            (0, 10, -5),
        ] {
            let ranges = vec![range("a", low, high, step), range("b", low, high, step)];
            let exercise = adding(ranges, None);
            let _ = Question::draw(&exercise, 1, &[]);
            let _ = Question::restore(&exercise, &[i64::MIN, i64::MAX]);
            let _ = draws(&exercise, 50);
        }
    }

    proptest! {
        #[test]
        fn nothing_seen_is_drawn_again(
            low in -50_i64..50, size in 1_i64..40, step in 1_i64..4, wide in 0_i64..30, seeds: [u64; 8],
        ) {
            let ranges = vec![range("a", low, low + size, step), range("b", 0, wide, 1)];
            let exercise = adding(ranges, Some("(a + b) % 3 != 0"));
            let mut seen: Vec<Vec<i64>> = Vec::new();
            for seed in seeds {
                match Question::draw(&exercise, seed, &seen) {
                    Ok(question) => {
                        prop_assert!(!seen.contains(&question.numbers().to_vec()));
                        let restored = Question::restore(&exercise, question.numbers());
                        prop_assert_eq!(restored.as_ref(), Ok(&question));
                        let again = Question::draw(&exercise, seed, &seen);
                        prop_assert_eq!(again.as_ref(), Ok(&question));
                        seen.push(question.numbers().to_vec());
                    }
                    Err(error) => {
                        prop_assert_eq!(seen.len(), draws(&exercise, 500).unwrap().len());
                        let none_at_all = seen.is_empty();
                        prop_assert_eq!(none_at_all, matches!(error, DrawError::Empty(_)));
                    }
                }
            }
        }
    }
}
