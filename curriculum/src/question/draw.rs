//! Drawing numbers: afresh, within ranges, meeting the condition, never one used lately.

use crate::exercise::{Exercise, Generator};
use crate::formula::{Drawn, Expression, FormulaError};
use crate::random::SplitMix64;

use super::{DrawError, order};

/// Up to this many combinations are listed, so that the last free one is always found.
const LISTED_MAX: u64 = 4_096;

/// Draws tried from a larger range before it counts as used up.
const TRIES_MAX: u32 = 4_096;

/// Fresh numbers: the generator's, then the number of the order for exercises that offer things.
pub(super) fn draw(
    exercise: &Exercise,
    seed: u64,
    seen: &[Vec<i64>],
) -> Result<Vec<i64>, DrawError> {
    let mut random = SplitMix64::new(seed);
    let mut numbers = match &exercise.generator {
        Some(generator) => draw_numbers(exercise, generator, &mut random, seen)?,
        None => Vec::new(),
    };
    if order::things(exercise) > 0 {
        numbers.push(draw_order(exercise, &numbers, &mut random, seen));
    }
    Ok(numbers)
}

/// Up to `limit` different draws, spread over the ranges; one without a generator.
///
/// Each brings a question back through [`Question::restore`](super::Question::restore). A condition
/// that few combinations meet is given up after 65,536 of them.
///
/// # Errors
/// If the condition cannot be read or worked out.
pub fn draws(exercise: &Exercise, limit: usize) -> Result<Vec<Vec<i64>>, DrawError> {
    let mut found = match &exercise.generator {
        Some(generator) => spread(exercise, generator, limit)?,
        None => vec![Vec::new()],
    };
    if order::things(exercise) > 0 {
        let orders = order::numbers(exercise).cycle();
        for (numbers, order) in found.iter_mut().zip(orders) {
            numbers.extend(i64::try_from(order));
        }
    }
    Ok(found)
}

/// How many different numbers an exercise draws, counted up to `limit`; 1 without a generator.
///
/// # Errors
/// If the condition cannot be read or worked out.
pub fn count_draws(exercise: &Exercise, limit: usize) -> Result<usize, DrawError> {
    match &exercise.generator {
        Some(generator) => Ok(spread(exercise, generator, limit)?.len()),
        None => Ok(1),
    }
}

fn spread(
    exercise: &Exercise,
    generator: &Generator,
    limit: usize,
) -> Result<Vec<Vec<i64>>, DrawError> {
    let condition = condition(exercise, generator)?;
    let total = combinations(generator);
    // A bounded look at a wide range is fair if its steps are spread evenly.
    let stride = coprime_stride(total);
    let mut found = Vec::new();
    let mut index = 0;
    for _ in 0..total.min(16 * LISTED_MAX) {
        if found.len() == limit {
            break;
        }
        let numbers = combination(generator, index);
        index = index.wrapping_add(stride) % total;
        if holds(exercise, condition.as_ref(), generator, &numbers)? {
            found.push(numbers);
        }
    }
    Ok(found)
}

/// True if `numbers` are ones this exercise draws.
pub(super) fn is_draw(exercise: &Exercise, numbers: &[i64]) -> Result<bool, DrawError> {
    let ranges = exercise
        .generator
        .as_ref()
        .map_or(&[][..], |generator| &generator.numbers);
    let things = order::things(exercise);
    if numbers.len() != ranges.len() + usize::from(things > 0) {
        return Ok(false);
    }
    let within = ranges.iter().zip(numbers).all(|(range, &number)| {
        (range.low..=range.high).contains(&number)
            && number
                .checked_sub(range.low)
                .is_some_and(|above| above % range.step.max(1) == 0)
    });
    let ordered = match numbers.get(ranges.len()) {
        Some(&number) => u64::try_from(number).is_ok_and(|n| order::numbers(exercise).contains(&n)),
        None => true,
    };
    if !within || !ordered {
        return Ok(false);
    }
    match &exercise.generator {
        Some(generator) => {
            let condition = condition(exercise, generator)?;
            holds(exercise, condition.as_ref(), generator, numbers)
        }
        None => Ok(true),
    }
}

fn draw_numbers(
    exercise: &Exercise,
    generator: &Generator,
    random: &mut SplitMix64,
    seen: &[Vec<i64>],
) -> Result<Vec<i64>, DrawError> {
    let total = combinations(generator);
    let condition = condition(exercise, generator)?;
    let count = generator.numbers.len();
    let is_seen = |numbers: &[i64]| seen.iter().any(|old| old.get(..count) == Some(numbers));
    let mut any = false;
    if total <= LISTED_MAX {
        let mut free = Vec::new();
        for index in 0..total {
            let numbers = combination(generator, index);
            if holds(exercise, condition.as_ref(), generator, &numbers)? {
                any = true;
                if !is_seen(&numbers) {
                    free.push(numbers);
                }
            }
        }
        let pick = usize::try_from(random.below(free.len() as u64)).unwrap_or(0);
        if pick < free.len() {
            return Ok(free.swap_remove(pick));
        }
    } else {
        for _ in 0..TRIES_MAX {
            let numbers = combination(generator, random.below(total));
            if holds(exercise, condition.as_ref(), generator, &numbers)? {
                any = true;
                if !is_seen(&numbers) {
                    return Ok(numbers);
                }
            }
        }
    }
    let id = exercise.id.clone();
    Err(if any {
        DrawError::UsedUp(id)
    } else {
        DrawError::Empty(id)
    })
}

/// The number of an order, one not seen with these numbers if there is one.
fn draw_order(
    exercise: &Exercise,
    numbers: &[i64],
    random: &mut SplitMix64,
    seen: &[Vec<i64>],
) -> i64 {
    let is_seen = |order: i64| {
        seen.iter()
            .any(|old| matches!(old.split_last(), Some((&o, n)) if o == order && n == numbers))
    };
    let all: Vec<i64> = order::numbers(exercise)
        .filter_map(|number| i64::try_from(number).ok())
        .collect();
    let fresh: Vec<i64> = all.iter().copied().filter(|&o| !is_seen(o)).collect();
    let from = if fresh.is_empty() { &all } else { &fresh };
    let pick = usize::try_from(random.below(from.len() as u64)).unwrap_or(0);
    from.get(pick).copied().unwrap_or(0)
}

fn condition(exercise: &Exercise, generator: &Generator) -> Result<Option<Expression>, DrawError> {
    let parsed = generator.condition.as_deref().map(Expression::parse);
    parsed.transpose().map_err(|source| DrawError::Value {
        exercise: exercise.id.clone(),
        part: "where".to_owned(),
        source,
    })
}

fn holds(
    exercise: &Exercise,
    condition: Option<&Expression>,
    generator: &Generator,
    numbers: &[i64],
) -> Result<bool, DrawError> {
    let drawn = Drawn::new(&generator.numbers, numbers);
    let fault = |error: FormulaError| DrawError::Value {
        exercise: exercise.id.clone(),
        part: "where".to_owned(),
        source: error,
    };
    condition.map_or(Ok(true), |condition| condition.holds(&drawn).map_err(fault))
}

/// How many values each range has; 0 if it is empty.
fn sizes(generator: &Generator) -> impl Iterator<Item = u64> + '_ {
    generator.numbers.iter().map(|range| {
        let span = i128::from(range.high) - i128::from(range.low);
        let step = i128::from(range.step.max(1));
        u64::try_from(span / step + i128::from(span >= 0)).unwrap_or(0)
    })
}

/// How many combinations the ranges have; saturates.
fn combinations(generator: &Generator) -> u64 {
    sizes(generator).fold(1, u64::saturating_mul)
}

/// The combination with this index, the last number changing fastest.
fn combination(generator: &Generator, mut index: u64) -> Vec<i64> {
    let sizes: Vec<u64> = sizes(generator).collect();
    let mut numbers = vec![0; sizes.len()];
    for ((number, range), size) in numbers.iter_mut().zip(&generator.numbers).zip(&sizes).rev() {
        let size = (*size).max(1);
        let place = i64::try_from(index % size).unwrap_or(i64::MAX);
        *number = range
            .low
            .saturating_add(place.saturating_mul(range.step.max(1)));
        index /= size;
    }
    numbers
}

/// A step that visits every index below `total` once before it repeats.
fn coprime_stride(total: u64) -> u64 {
    // The golden ratio spreads points most evenly; the next coprime number is near enough.
    let start = (total as f64 * 0.618_033_988_75) as u64;
    (start.max(1)..total)
        .find(|&stride| gcd(stride, total) == 1)
        .unwrap_or(1)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
