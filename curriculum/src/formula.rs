//! Formulas: arithmetic over a generator's numbers, as teachers write it.
//!
//! ```text
//! or:      and ("or" and)*             product: unary (("*" | "/" | "%") unary)*
//! and:     not ("and" not)*            unary:   "-" unary | atom
//! not:     "not" not | compare         atom:    digits | name | "(" or ")"
//! compare: sum (("<" | …) sum)?                 | function "(" or ("," or)* ")"
//! sum:     product (("+" | "-") product)*
//! ```
//! Values are exact fractions; a comparison gives 1 or 0; anything but 0 counts as true.

use crate::exercise::NumberRange;
use crate::number::Number;

/// Longest formula, in bytes.
pub const FORMULA_BYTES_MAX: usize = 200;

/// Deepest nesting: a sign or `not` is one level, a bracket or function two.
pub const FORMULA_DEPTH_MAX: usize = 48;

/// A formula that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    root: Term,
    text: String,
}

/// The numbers a formula may name, with their drawn values.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    ranges: &'a [NumberRange],
    values: &'a [i64],
}

/// Why a formula cannot be read or worked out; `at` is a byte offset from its start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("work out `{formula}` at character {}: {fault}", .at + 1)]
pub struct FormulaError {
    /// The formula.
    pub formula: String,
    /// Where in it.
    pub at: usize,
    /// What is not right there.
    pub fault: FormulaFault,
}

/// What is not right in a formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormulaFault {
    /// It goes on past [`FORMULA_BYTES_MAX`].
    #[error("longer than {FORMULA_BYTES_MAX} bytes")]
    Long,
    /// It nests deeper than [`FORMULA_DEPTH_MAX`].
    #[error("nested deeper than {FORMULA_DEPTH_MAX} levels")]
    Deep,
    /// Something else was expected here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A comparison of a comparison, such as `1 < a < 5`.
    #[error("compare two values at a time and join them with `and`")]
    Chain,
    /// A number too large to write.
    #[error("number too large")]
    Large,
    /// A name that the generator does not draw.
    #[error("`{0}` is not among the drawn numbers")]
    Unknown(String),
    /// A function with the wrong count of values.
    #[error("`{name}` takes {takes}")]
    Arguments {
        /// The function.
        name: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// A division by zero.
    #[error("division by zero")]
    Zero,
    /// A result outside 64 bits.
    #[error("result too large")]
    Overflow,
    /// A fraction where a whole number is needed.
    #[error("{0} is not a whole number: `/` must divide exactly here")]
    Fraction(Number),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Value(Number),
    Name(String, usize),
    Unary(Unary, Box<Term>, usize),
    Binary(Binary, Box<[Term; 2]>, usize),
    Call(Function, Vec<Term>, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unary {
    Minus,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    Unequal,
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Min,
    Max,
    Abs,
    Gcd,
}

impl<'a> Drawn<'a> {
    /// No numbers: for exercises without a generator.
    pub const NONE: Drawn<'static> = Drawn {
        ranges: &[],
        values: &[],
    };

    /// `values` in the order of `ranges`; a name past the end of either is unknown.
    pub fn new(ranges: &'a [NumberRange], values: &'a [i64]) -> Self {
        Self { ranges, values }
    }

    /// The value drawn for `name`.
    pub fn value(&self, name: &str) -> Option<i64> {
        let index = self.ranges.iter().position(|range| range.name == name)?;
        self.values.get(index).copied()
    }
}

/// True if a number of a generator may be called `name`: a lower-case word that is not an
/// operator or a function.
pub fn is_number_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(is_name_byte)
        && name.len() <= 24
        && !matches!(name, "and" | "or" | "not")
        && function(name).is_none()
}

impl Expression {
    /// # Errors
    /// If `text` is not a formula or exceeds a bound.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let fail = |(at, fault)| FormulaError {
            formula: text.chars().take(FORMULA_BYTES_MAX).collect(),
            at,
            fault,
        };
        if text.len() > FORMULA_BYTES_MAX {
            return Err(fail((FORMULA_BYTES_MAX, FormulaFault::Long)));
        }
        let mut reader = Reader { text, at: 0 };
        let root = reader.or(0).map_err(fail)?;
        reader.skip_spaces();
        if reader.at < text.len() {
            return Err(fail((
                reader.at,
                FormulaFault::Expected("an operator or the end"),
            )));
        }
        Ok(Self {
            root,
            text: text.to_owned(),
        })
    }

    /// The exact value with these numbers.
    ///
    /// # Errors
    /// On an unknown name, a division by zero or a result outside 64 bits.
    pub fn evaluate(&self, drawn: &Drawn<'_>) -> Result<Number, FormulaError> {
        evaluate(&self.root, drawn).map_err(|(at, fault)| FormulaError {
            formula: self.text.clone(),
            at,
            fault,
        })
    }

    /// The value where only a whole number will do, as in a text.
    ///
    /// # Errors
    /// As [`Expression::evaluate`], and if the value is a fraction.
    pub fn evaluate_whole(&self, drawn: &Drawn<'_>) -> Result<i64, FormulaError> {
        let value = self.evaluate(drawn)?;
        value.as_whole().ok_or_else(|| FormulaError {
            formula: self.text.clone(),
            at: self.text.find('/').unwrap_or(0),
            fault: FormulaFault::Fraction(value),
        })
    }

    /// Whether a condition holds.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn holds(&self, drawn: &Drawn<'_>) -> Result<bool, FormulaError> {
        Ok(self.evaluate(drawn)? != Number::ZERO)
    }
}

/// A fault and where it is.
type Fault = (usize, FormulaFault);

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn or(&mut self, depth: usize) -> Result<Term, Fault> {
        let mut left = self.and(depth)?;
        while let Some(at) = self.word("or") {
            left = binary(Binary::Or, left, self.and(depth)?, at);
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Term, Fault> {
        let mut left = self.not(depth)?;
        while let Some(at) = self.word("and") {
            left = binary(Binary::And, left, self.not(depth)?, at);
        }
        Ok(left)
    }

    fn not(&mut self, depth: usize) -> Result<Term, Fault> {
        let depth = self.deeper(depth)?;
        match self.word("not") {
            Some(at) => Ok(Term::Unary(Unary::Not, Box::new(self.not(depth)?), at)),
            None => self.compare(depth),
        }
    }

    fn compare(&mut self, depth: usize) -> Result<Term, Fault> {
        let left = self.sum(depth)?;
        let Some((operator, at)) = self.symbol(&COMPARISONS) else {
            return Ok(left);
        };
        let right = self.sum(depth)?;
        match self.symbol(&COMPARISONS) {
            Some((_, again)) => Err((again, FormulaFault::Chain)),
            None => Ok(binary(operator, left, right, at)),
        }
    }

    fn sum(&mut self, depth: usize) -> Result<Term, Fault> {
        let mut left = self.product(depth)?;
        while let Some((operator, at)) = self.symbol(&SUMS) {
            left = binary(operator, left, self.product(depth)?, at);
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Term, Fault> {
        let mut left = self.unary(depth)?;
        while let Some((operator, at)) = self.symbol(&PRODUCTS) {
            left = binary(operator, left, self.unary(depth)?, at);
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Result<Term, Fault> {
        let depth = self.deeper(depth)?;
        match self.symbol(&[("-", Unary::Minus)]) {
            Some((sign, at)) => Ok(Term::Unary(sign, Box::new(self.unary(depth)?), at)),
            None => self.atom(depth),
        }
    }

    fn atom(&mut self, depth: usize) -> Result<Term, Fault> {
        const EXPECTED: FormulaFault = FormulaFault::Expected("a number, a name or a bracket");
        let start = self.skip_spaces();
        if self.symbol(&[("(", ())]).is_some() {
            let inner = self.or(depth)?;
            self.close()?;
            return Ok(inner);
        }
        let word = self.take(|b| is_name_byte(b) || b == b'.');
        match word.bytes().next() {
            Some(first) if first.is_ascii_digit() => match Number::from_decimal(word) {
                Some(value) => Ok(Term::Value(value)),
                None if word.bytes().all(|b| b.is_ascii_digit()) => {
                    Err((start, FormulaFault::Large))
                }
                None => Err((start, FormulaFault::Expected("a number such as 12 or 0.5"))),
            },
            Some(first) if first.is_ascii_lowercase() => {
                if self.symbol(&[("(", ())]).is_some() {
                    return self.call(word, start, depth);
                }
                if is_number_name(word) {
                    return Ok(Term::Name(word.to_owned(), start));
                }
                Err((start, EXPECTED))
            }
            _ => Err((start, EXPECTED)),
        }
    }

    fn call(&mut self, name: &str, start: usize, depth: usize) -> Result<Term, Fault> {
        let function =
            function(name).ok_or((start, FormulaFault::Expected("min, max, abs or gcd")))?;
        let mut values = vec![self.or(depth)?];
        while self.symbol(&[(",", ())]).is_some() {
            values.push(self.or(depth)?);
        }
        self.close()?;
        let fault = match (function, values.len()) {
            (Function::Abs, 1) | (Function::Gcd, 2) | (Function::Min | Function::Max, 2..) => None,
            (Function::Abs, _) => Some(("abs", "one value")),
            (Function::Gcd, _) => Some(("gcd", "two values")),
            (Function::Min, _) => Some(("min", "two values or more")),
            (Function::Max, _) => Some(("max", "two values or more")),
        };
        match fault {
            Some((name, takes)) => Err((start, FormulaFault::Arguments { name, takes })),
            None => Ok(Term::Call(function, values, start)),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        match self.symbol(&[(")", ())]) {
            Some(_) => Ok(()),
            None => Err((self.at, FormulaFault::Expected("a closing bracket"))),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, Fault> {
        if depth < FORMULA_DEPTH_MAX {
            Ok(depth + 1)
        } else {
            Err((self.at, FormulaFault::Deep))
        }
    }

    fn skip_spaces(&mut self) -> usize {
        self.take(|b| b == b' ');
        self.at
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(|&b| wanted(b)).count();
        self.at += length;
        &rest[..length]
    }

    /// The whole word `wanted`, if it comes next; where it began.
    fn word(&mut self, wanted: &str) -> Option<usize> {
        let start = self.skip_spaces();
        if self.take(is_name_byte) == wanted {
            return Some(start);
        }
        self.at = start;
        None
    }

    /// The first of `table` that comes next; where it began.
    fn symbol<T: Copy>(&mut self, table: &[(&str, T)]) -> Option<(T, usize)> {
        let start = self.skip_spaces();
        let found = table
            .iter()
            .find(|(symbol, _)| self.text[start..].starts_with(symbol))?;
        self.at += found.0.len();
        Some((found.1, start))
    }
}

/// Longer symbols first.
const COMPARISONS: [(&str, Binary); 6] = [
    ("<=", Binary::LessOrEqual),
    (">=", Binary::GreaterOrEqual),
    ("==", Binary::Equal),
    ("!=", Binary::Unequal),
    ("<", Binary::Less),
    (">", Binary::Greater),
];
const SUMS: [(&str, Binary); 2] = [("+", Binary::Add), ("-", Binary::Subtract)];
const PRODUCTS: [(&str, Binary); 3] = [
    ("*", Binary::Multiply),
    ("/", Binary::Divide),
    ("%", Binary::Remainder),
];

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

fn function(name: &str) -> Option<Function> {
    match name {
        "min" => Some(Function::Min),
        "max" => Some(Function::Max),
        "abs" => Some(Function::Abs),
        "gcd" => Some(Function::Gcd),
        _ => None,
    }
}

fn binary(operator: Binary, left: Term, right: Term, at: usize) -> Term {
    Term::Binary(operator, Box::new([left, right]), at)
}

fn evaluate(node: &Term, drawn: &Drawn<'_>) -> Result<Number, Fault> {
    match node {
        Term::Value(value) => Ok(*value),
        Term::Name(name, at) => match drawn.value(name) {
            Some(value) => Ok(Number::whole(value)),
            None => Err((*at, FormulaFault::Unknown(name.clone()))),
        },
        Term::Unary(Unary::Minus, inner, at) => Number::ZERO
            .checked_sub(evaluate(inner, drawn)?)
            .ok_or((*at, FormulaFault::Overflow)),
        Term::Unary(Unary::Not, inner, _) => Ok(truth(evaluate(inner, drawn)? == Number::ZERO)),
        Term::Binary(operator, sides, at) => {
            let left = evaluate(&sides[0], drawn)?;
            // The right side of a settled `and` or `or` is not worked out: it may divide by zero.
            match operator {
                Binary::And if left == Number::ZERO => return Ok(Number::ZERO),
                Binary::Or if left != Number::ZERO => return Ok(Number::ONE),
                _ => combine(*operator, left, evaluate(&sides[1], drawn)?),
            }
            .map_err(|fault| (*at, fault))
        }
        Term::Call(function, values, at) => {
            let values = values.iter().map(|value| evaluate(value, drawn));
            let values = values.collect::<Result<Vec<_>, _>>()?;
            call(*function, &values).map_err(|fault| (*at, fault))
        }
    }
}

fn combine(operator: Binary, left: Number, right: Number) -> Result<Number, FormulaFault> {
    let value = match operator {
        Binary::Add => left.checked_add(right),
        Binary::Subtract => left.checked_sub(right),
        Binary::Multiply => left.checked_mul(right),
        Binary::Divide if right == Number::ZERO => return Err(FormulaFault::Zero),
        Binary::Divide => left.checked_div(right),
        Binary::Remainder => {
            let (left, right) = (whole(left)?, whole(right)?);
            if right == 0 {
                return Err(FormulaFault::Zero);
            }
            // Never negative, as a child divides.
            left.checked_rem_euclid(right).map(Number::whole)
        }
        Binary::Less => Some(truth(left < right)),
        Binary::LessOrEqual => Some(truth(left <= right)),
        Binary::Greater => Some(truth(left > right)),
        Binary::GreaterOrEqual => Some(truth(left >= right)),
        Binary::Equal => Some(truth(left == right)),
        Binary::Unequal => Some(truth(left != right)),
        // The left side has not settled these, so the right side does.
        Binary::And | Binary::Or => Some(truth(right != Number::ZERO)),
    };
    value.ok_or(FormulaFault::Overflow)
}

fn call(function: Function, values: &[Number]) -> Result<Number, FormulaFault> {
    let value = match function {
        Function::Min => values.iter().min().copied(),
        Function::Max => values.iter().max().copied(),
        Function::Abs => values.first().and_then(|value| value.checked_abs()),
        Function::Gcd => {
            let (mut a, mut b) = (
                whole(values[0])?.unsigned_abs(),
                whole(values[1])?.unsigned_abs(),
            );
            while b != 0 {
                (a, b) = (b, a % b);
            }
            i64::try_from(a).ok().map(Number::whole)
        }
    };
    value.ok_or(FormulaFault::Overflow)
}

fn whole(value: Number) -> Result<i64, FormulaFault> {
    value.as_whole().ok_or(FormulaFault::Fraction(value))
}

fn truth(holds: bool) -> Number {
    if holds { Number::ONE } else { Number::ZERO }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(name: &str) -> NumberRange {
        NumberRange {
            name: name.to_owned(),
            low: -1000,
            high: 1000,
            step: 1,
        }
    }

    /// Works `formula` out with a = 7, b = 3, z = 0.
    #[track_caller]
    fn check(formula: &str, expected: &str) {
        let ranges = ["a", "b", "z"].map(range);
        let got = Expression::parse(formula)
            .and_then(|formula| formula.evaluate(&Drawn::new(&ranges, &[7, 3, 0])));
        let got = got.map_or_else(|error| error.to_string(), |value| value.to_string());
        assert_eq!(got, expected);
    }

    #[test]
    fn products_bind_before_sums_and_sums_before_comparisons() {
        check("a + b * 2", "13");
        check("(a + b) * 2", "20");
        check("a - b - 2", "2");
        check("-a + 10", "3");
        check("a - -b", "10");
        check("a + b <= 10 and a * b > 20", "1");
        check("not a == 7 or b != 3", "0");
        check("not (a < b)", "1");
    }

    #[test]
    fn division_is_exact_and_remainders_are_never_negative() {
        check("a / b", "7/3");
        check("a / b * b", "7");
        check("a % b", "1");
        check("-a % b", "2");
        check("0.5 * a", "7/2");
    }

    #[test]
    fn functions_take_their_values() {
        check("max(a, b, 9) - min(a, b)", "6");
        check("abs(b - a)", "4");
        check("gcd(12, 18)", "6");
        check(
            "abs(1, 2)",
            "work out `abs(1, 2)` at character 1: `abs` takes one value",
        );
        check(
            "min(1)",
            "work out `min(1)` at character 1: `min` takes two values or more",
        );
    }

    #[test]
    fn a_settled_condition_does_not_divide_by_zero() {
        check("z != 0 and a / z > 1", "0");
        check("z == 0 or a / z > 1", "1");
        check("a / z", "work out `a / z` at character 3: division by zero");
        check("a % z", "work out `a % z` at character 3: division by zero");
    }

    #[test]
    fn faults_say_where() {
        check(
            "",
            "work out `` at character 1: expected a number, a name or a bracket",
        );
        check(
            "a +",
            "work out `a +` at character 4: expected a number, a name or a bracket",
        );
        check(
            "(a",
            "work out `(a` at character 3: expected a closing bracket",
        );
        check(
            "a b",
            "work out `a b` at character 3: expected an operator or the end",
        );
        check(
            "x + 1",
            "work out `x + 1` at character 1: `x` is not among the drawn numbers",
        );
        check(
            "1 < a < 9",
            "work out `1 < a < 9` at character 7: compare two values at a time and join them with `and`",
        );
        check(
            "99999999999999999999",
            "work out `99999999999999999999` at character 1: number too large",
        );
        check(
            "9000000000000000000 + 9000000000000000000",
            "work out `9000000000000000000 + 9000000000000000000` at character 21: result too large",
        );
        check(
            "sqrt(a)",
            "work out `sqrt(a)` at character 1: expected min, max, abs or gcd",
        );
        check(
            "a % 0.5",
            "work out `a % 0.5` at character 3: 1/2 is not a whole number: `/` must divide exactly here",
        );
        check(
            "and",
            "work out `and` at character 1: expected a number, a name or a bracket",
        );
    }

    #[test]
    fn nesting_and_length_are_bounded() {
        for (open, close) in [("(", ")"), ("-", ""), ("not(", ")")] {
            let text = format!("{}1{}", open.repeat(49), close.repeat(49));
            let fault = Expression::parse(&text).unwrap_err().fault;
            assert!(
                matches!(fault, FormulaFault::Deep | FormulaFault::Long),
                "{text}"
            );
            let text = format!("{}1{}", open.repeat(12), close.repeat(12));
            assert!(Expression::parse(&text).is_ok(), "{text}");
        }
        assert_eq!(
            Expression::parse(&"1+".repeat(200)).unwrap_err().fault,
            FormulaFault::Long
        );
    }

    /// A random formula as text with its value by an independent evaluation in `i128`.
    fn arithmetic() -> impl Strategy<Value = (String, i128)> {
        let leaf = (0_i64..100).prop_map(|n| (n.to_string(), i128::from(n)));
        leaf.prop_recursive(4, 24, 2, |inner| {
            (inner.clone(), inner, 0_u8..3).prop_map(
                |((lt, lv), (rt, rv), operator)| match operator {
                    0 => (format!("({lt} + {rt})"), lv + rv),
                    1 => (format!("({lt} - {rt})"), lv - rv),
                    _ => (format!("({lt} * {rt})"), lv * rv),
                },
            )
        })
    }

    proptest! {
        #[test]
        fn formulas_agree_with_wide_arithmetic((text, value) in arithmetic()) {
            let read = Expression::parse(&text);
            if text.len() <= FORMULA_BYTES_MAX {
                match (read.unwrap().evaluate(&Drawn::NONE), i64::try_from(value)) {
                    (Ok(got), Ok(value)) => prop_assert_eq!(got, Number::whole(value)),
                    (Err(error), _) => prop_assert_eq!(error.fault, FormulaFault::Overflow),
                    (Ok(got), Err(_)) => prop_assert!(false, "{} from {}", got, value),
                }
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[ -~é]{0,60}") {
            let _ = Expression::parse(&text).map(|formula| formula.evaluate(&Drawn::NONE));
        }

        #[test]
        fn no_row_of_formula_pieces_makes_it_panic(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "7", "0", "9000000000000000000", "(", ")", "-", "+", "*", "/", "%", "<=", "==",
                    " and ", " or ", "not ", "min(", ",", "gcd(", "abs(", ".5",
                ]),
                0..20,
            )
        ) {
            let ranges = [range("a")];
            let _ = Expression::parse(&pieces.concat())
                .map(|formula| formula.evaluate(&Drawn::new(&ranges, &[3])));
        }
    }
}
