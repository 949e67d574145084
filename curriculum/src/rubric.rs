//! Rubric: a lesson judged from its transcript, by counting.
//!
//! Twelve rows of 0 to 2, as the teaching conventions define them; a release needs 18 of 24 with no
//! zero in the four rows that matter most. The same code scores a simulated lesson, a play and a
//! recorded call.

use std::fmt;

/// What was heard in a lesson, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LessonTranscript {
    /// The learner's name, if it was known.
    pub name: Option<String>,
    /// Turns in order.
    pub turns: Vec<Turn>,
    /// True if something learnt on an earlier day was there to bring back.
    pub had_earlier_days: bool,
}

/// One turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// The tutor speaks.
    Tutor(TutorTurn),
    /// The learner answers, or does not.
    Learner(LearnerTurn),
}

/// The tutor speaks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TutorTurn {
    /// The words.
    pub text: String,
    /// How long they take, in seconds.
    pub seconds: f64,
    /// What they do, one or more.
    pub moves: Vec<TutorMove>,
}

/// What the tutor does.
#[derive(Clone, Debug, PartialEq)]
pub enum TutorMove {
    /// Says what the lesson is about.
    NamesObjective,
    /// Asks a question.
    Asks(Asked),
    /// Says what was understood or whether it was right.
    GivesFeedback {
        /// True if it says why or how.
        elaborated: bool,
        /// True if it praises what the learner did, not what the learner is.
        praises_process: bool,
    },
    /// Gives a hint.
    Hints {
        /// True if it fits the error just made: the repair of the misconception seen, or else the
        /// next step of the ladder.
        fits: bool,
    },
    /// Says the right answer.
    TellsAnswer,
    /// Asks again because the answer was not surely heard.
    Repairs,
    /// Brings in a new word.
    NewTerm,
    /// Says what was learnt.
    Recaps,
    /// Says what comes next.
    NamesNext,
    /// Says how to stop, get help or go elsewhere.
    OffersEscape,
}

/// A question asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// True if the expected answer, its unit and every statement were checked against another
    /// source and hold.
    pub content_true: bool,
    /// True if it needs working out.
    pub arithmetic: bool,
    /// True if it brings back something from an earlier day.
    pub review: bool,
}

/// The learner's side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnerTurn {
    /// Seconds the tutor waited before the answer began or help came.
    pub waited_seconds: f64,
    /// How long the answer took, in seconds; 0 for a key or silence.
    pub seconds: f64,
    /// What became of it.
    pub heard: Heard,
    /// Which try at this question, from 1.
    pub attempt_number: u8,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Judged right.
    Right,
    /// Judged not right.
    NotYet,
    /// Kept for the hub.
    Deferred,
    /// Recognition was not sure, and it was not judged.
    Doubtful,
    /// Recognition was not sure, and it was judged not right all the same.
    DoubtfulScoredWrong,
    /// Nothing.
    Silence,
}

/// Row titles, in order.
pub const ROWS: [&str; 12] = [
    "correct content",
    "right level",
    "response density",
    "talk share",
    "wait time",
    "feedback on every answer",
    "no answer before two tries",
    "hint contingency",
    "spaced retrieval",
    "language",
    "fair hearing",
    "warmth, safety, close",
];

/// Rows that may never be 0.
pub const BOLD: [usize; 4] = [0, 1, 5, 10];

/// Points a release needs, of 24.
pub const RELEASE_BAR: u8 = 18;

/// 0, 1 or 2 for each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores(pub [u8; 12]);

/// Words that shame. A lesson with one of them has no warmth.
const SHAMING: [&str; 8] = [
    "stupid",
    "lazy",
    "bad",
    "silly",
    "wrong again",
    "too slow",
    "shame",
    "you failed",
];

/// Longest feedback after an error, in words.
const FEEDBACK_WORDS_MAX: usize = 15;
/// Longest sentence, in words.
const SENTENCE_WORDS_MAX: usize = 12;

impl Scores {
    /// The sum, 0..=24.
    pub fn total(&self) -> u8 {
        self.0.iter().sum()
    }

    /// True if a release may be made with lessons like this.
    pub fn passes(&self) -> bool {
        self.total() >= RELEASE_BAR && BOLD.iter().all(|row| self.0[*row] > 0)
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/24", self.total())?;
        for (row, score) in ROWS.iter().zip(self.0) {
            write!(f, ", {row} {score}")?;
        }
        Ok(())
    }
}

/// Scores a lesson.
pub fn score(lesson: &LessonTranscript) -> Scores {
    Scores([
        correct_content(lesson),
        right_level(lesson),
        response_density(lesson),
        talk_share(lesson),
        wait_time(lesson),
        feedback(lesson),
        no_early_answer(lesson),
        hint_contingency(lesson),
        spaced_retrieval(lesson),
        language(lesson),
        fair_hearing(lesson),
        warmth(lesson),
    ])
}

fn tutor(lesson: &LessonTranscript) -> impl Iterator<Item = &TutorTurn> {
    lesson.turns.iter().filter_map(|turn| match turn {
        Turn::Tutor(turn) => Some(turn),
        Turn::Learner(_) => None,
    })
}

fn learner(lesson: &LessonTranscript) -> impl Iterator<Item = &LearnerTurn> {
    lesson.turns.iter().filter_map(|turn| match turn {
        Turn::Learner(turn) => Some(turn),
        Turn::Tutor(_) => None,
    })
}

fn moves(lesson: &LessonTranscript) -> impl Iterator<Item = &TutorMove> {
    tutor(lesson).flat_map(|turn| &turn.moves)
}

fn asked(lesson: &LessonTranscript) -> impl Iterator<Item = &Asked> {
    moves(lesson).filter_map(|step| match step {
        TutorMove::Asks(asked) => Some(asked),
        _ => None,
    })
}

/// 2 if all of `faults` is none, 1 if it is one in ten or fewer, else 0.
fn by_faults(faults: usize, of: usize) -> u8 {
    match faults {
        0 => 2,
        _ if faults * 10 <= of => 1,
        _ => 0,
    }
}

fn correct_content(lesson: &LessonTranscript) -> u8 {
    if asked(lesson).all(|asked| asked.content_true) {
        2
    } else {
        0
    }
}

fn right_level(lesson: &LessonTranscript) -> u8 {
    let first = |heard| {
        learner(lesson)
            .filter(|turn| turn.attempt_number == 1 && turn.heard == heard)
            .count()
    };
    let (right, missed) = (first(Heard::Right), first(Heard::NotYet));
    let all = right + missed;
    let share = right as f64 / all.max(1) as f64;
    let named = moves(lesson).any(|step| *step == TutorMove::NamesObjective);
    u8::from(all > 0 && (0.6..=0.9).contains(&share)) + u8::from(named)
}

fn total_seconds(lesson: &LessonTranscript) -> f64 {
    let tutor: f64 = tutor(lesson).map(|turn| turn.seconds).sum();
    let learner: f64 = learner(lesson)
        .map(|turn| turn.waited_seconds + turn.seconds)
        .sum();
    tutor + learner
}

fn response_density(lesson: &LessonTranscript) -> u8 {
    let answers = learner(lesson)
        .filter(|turn| turn.heard != Heard::Silence)
        .count();
    let per_two_minutes = answers as f64 * 120.0 / total_seconds(lesson).max(1.0);
    let longest = tutor(lesson).map(|turn| turn.seconds).fold(0.0, f64::max);
    u8::from(per_two_minutes >= 5.0) + u8::from(longest <= 20.0)
}

fn talk_share(lesson: &LessonTranscript) -> u8 {
    let talk: f64 = tutor(lesson).map(|turn| turn.seconds).sum();
    match talk / total_seconds(lesson).max(1.0) {
        share if share <= 0.60 => 2,
        share if share <= 0.70 => 1,
        _ => 0,
    }
}

/// Time given counts until help came; an answer that came sooner took what it needed.
fn wait_time(lesson: &LessonTranscript) -> u8 {
    let mut arithmetic = false;
    let mut enough = Vec::new();
    for turn in &lesson.turns {
        match turn {
            Turn::Tutor(turn) => {
                for step in &turn.moves {
                    if let TutorMove::Asks(asked) = step {
                        arithmetic = asked.arithmetic;
                    }
                }
            }
            Turn::Learner(turn) if turn.heard == Heard::Silence => {
                enough.push(turn.waited_seconds >= if arithmetic { 6.0 } else { 3.0 });
            }
            Turn::Learner(_) => enough.push(true),
        }
    }
    by_faults(
        enough.iter().filter(|enough| !**enough).count(),
        enough.len(),
    )
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The tutor turn that follows each judged answer.
fn replies(lesson: &LessonTranscript) -> impl Iterator<Item = (&LearnerTurn, Option<&TutorTurn>)> {
    lesson
        .turns
        .iter()
        .enumerate()
        .filter_map(|(n, turn)| match turn {
            Turn::Learner(turn) => {
                let reply = match lesson.turns.get(n + 1) {
                    Some(Turn::Tutor(reply)) => Some(reply),
                    _ => None,
                };
                Some((turn, reply))
            }
            Turn::Tutor(_) => None,
        })
}

fn feedback(lesson: &LessonTranscript) -> u8 {
    let (mut faults, mut all) = (0, 0);
    for (turn, reply) in replies(lesson) {
        let wrong = matches!(turn.heard, Heard::NotYet | Heard::DoubtfulScoredWrong);
        if !wrong && !matches!(turn.heard, Heard::Right | Heard::Deferred) {
            continue;
        }
        all += 1;
        let moves = reply.map_or(&[][..], |reply| &reply.moves);
        let good = moves.iter().any(|step| match step {
            TutorMove::GivesFeedback { elaborated, .. } => *elaborated || !wrong,
            TutorMove::Hints { .. } => true,
            _ => false,
        });
        let first = reply.map(|reply| sentences(&reply.text).take(2).map(words).sum::<usize>());
        let short = first.is_none_or(|count| count <= FEEDBACK_WORDS_MAX * 2);
        faults += usize::from(!(good && short));
    }
    by_faults(faults, all)
}

fn no_early_answer(lesson: &LessonTranscript) -> u8 {
    let (mut tries, mut faults, mut told) = (0, 0, 0);
    for turn in &lesson.turns {
        match turn {
            Turn::Learner(turn) => {
                tries += usize::from(turn.heard == Heard::NotYet || turn.heard == Heard::Silence);
            }
            Turn::Tutor(turn) => {
                if turn.moves.contains(&TutorMove::TellsAnswer) {
                    told += 1;
                    faults += usize::from(tries < 2);
                }
                if turn
                    .moves
                    .iter()
                    .any(|step| matches!(step, TutorMove::Asks(_)))
                {
                    tries = 0;
                }
            }
        }
    }
    by_faults(faults, told)
}

fn hint_contingency(lesson: &LessonTranscript) -> u8 {
    let hints: Vec<bool> = moves(lesson)
        .filter_map(|step| match step {
            TutorMove::Hints { fits } => Some(*fits),
            _ => None,
        })
        .collect();
    by_faults(hints.iter().filter(|fits| !**fits).count(), hints.len())
}

fn spaced_retrieval(lesson: &LessonTranscript) -> u8 {
    if !lesson.had_earlier_days {
        return 2;
    }
    u8::try_from(asked(lesson).filter(|asked| asked.review).count().min(2)).unwrap_or(2)
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['.', '!', '?', ':', ';'])
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
}

fn language(lesson: &LessonTranscript) -> u8 {
    let long = tutor(lesson).flat_map(|turn| sentences(&turn.text));
    let counts: Vec<usize> = long.map(words).collect();
    let too_long = counts
        .iter()
        .filter(|count| **count > SENTENCE_WORDS_MAX)
        .count();
    let terms = moves(lesson)
        .filter(|step| **step == TutorMove::NewTerm)
        .count();
    let named = lesson.name.as_ref().map_or(0, |name| {
        tutor(lesson)
            .map(|turn| turn.text.matches(name.as_str()).count())
            .sum()
    });
    let others = usize::from(terms > 1) + usize::from(named > 2);
    if others == 0 {
        by_faults(too_long, counts.len())
    } else {
        by_faults(too_long, 0).min(1)
    }
}

fn fair_hearing(lesson: &LessonTranscript) -> u8 {
    let scored = learner(lesson).any(|turn| turn.heard == Heard::DoubtfulScoredWrong);
    let repaired = replies(lesson)
        .filter(|(turn, _)| turn.heard == Heard::Doubtful)
        .all(|(_, reply)| reply.is_some_and(|reply| reply.moves.contains(&TutorMove::Repairs)));
    match (scored, repaired) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 2,
    }
}

fn warmth(lesson: &LessonTranscript) -> u8 {
    let shames = tutor(lesson).any(|turn| {
        let text = turn.text.to_lowercase();
        let words = || text.split(|c: char| !c.is_alphabetic());
        let said = |shame: &str| words().any(|word| word == shame);
        SHAMING
            .iter()
            .any(|shame| said(shame) || (shame.contains(' ') && text.contains(shame)))
    });
    if shames {
        return 0;
    }
    let praises = moves(lesson).any(|step| {
        matches!(
            step,
            TutorMove::GivesFeedback {
                praises_process: true,
                ..
            }
        )
    });
    let has = |wanted: &TutorMove| moves(lesson).any(|step| step == wanted);
    let close = has(&TutorMove::Recaps) && has(&TutorMove::NamesNext);
    let safe = has(&TutorMove::OffersEscape);
    if praises && close && safe {
        2
    } else {
        u8::from(close || safe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str, moves: Vec<TutorMove>) -> Turn {
        let seconds = words(text) as f64 * 0.55;
        Turn::Tutor(TutorTurn {
            text: text.to_owned(),
            seconds,
            moves,
        })
    }

    fn asks(review: bool) -> TutorMove {
        TutorMove::Asks(Asked {
            content_true: true,
            arithmetic: true,
            review,
        })
    }

    fn answers(heard: Heard, attempt_number: u8) -> Turn {
        Turn::Learner(LearnerTurn {
            waited_seconds: 6.0,
            seconds: 1.0,
            heard,
            attempt_number,
        })
    }

    fn praise() -> TutorMove {
        TutorMove::GivesFeedback {
            elaborated: true,
            praises_process: true,
        }
    }

    fn good() -> LessonTranscript {
        let mut turns = vec![says(
            "Today we take away with tens.",
            vec![TutorMove::NamesObjective],
        )];
        for n in 0..5 {
            turns.push(says("Seventy take away thirty?", vec![asks(n < 2)]));
            turns.push(answers(
                if n == 4 { Heard::NotYet } else { Heard::Right },
                1,
            ));
            turns.push(says("Forty. You counted the tens.", vec![praise()]));
        }
        let close = vec![
            TutorMove::Recaps,
            TutorMove::NamesNext,
            TutorMove::OffersEscape,
        ];
        turns.push(says(
            "You can take away tens. Tomorrow more. Press star to hear it.",
            close,
        ));
        LessonTranscript {
            name: Some("Aline".to_owned()),
            turns,
            had_earlier_days: true,
        }
    }

    /// Spoils the good lesson; `row` counts from 1 as in the conventions.
    #[track_caller]
    fn check(row: usize, expected: u8, spoil: impl FnOnce(&mut LessonTranscript)) {
        let mut lesson = good();
        spoil(&mut lesson);
        let scores = score(&lesson);
        assert_eq!(scores.0[row - 1], expected, "{scores}");
    }

    fn moves_of(lesson: &mut LessonTranscript, n: usize) -> &mut Vec<TutorMove> {
        match &mut lesson.turns[n] {
            Turn::Tutor(turn) => &mut turn.moves,
            Turn::Learner(_) => panic!("turn {n} is the learner's"),
        }
    }

    #[test]
    fn a_good_lesson_has_every_point() {
        assert_eq!(score(&good()).total(), 24, "{}", score(&good()));
        assert!(score(&good()).passes());
    }

    #[test]
    fn each_fault_costs_its_row() {
        check(1, 0, |lesson| {
            let untrue = Asked {
                content_true: false,
                arithmetic: true,
                review: false,
            };
            *moves_of(lesson, 1) = vec![TutorMove::Asks(untrue)];
        });
        check(2, 1, |lesson| moves_of(lesson, 0).clear());
        check(2, 1, |lesson| lesson.turns[14] = answers(Heard::Right, 1));
        check(3, 1, |lesson| {
            let slow = LearnerTurn {
                waited_seconds: 200.0,
                seconds: 1.0,
                heard: Heard::Right,
                attempt_number: 1,
            };
            lesson.turns[2] = Turn::Learner(slow);
        });
        check(4, 0, |lesson| {
            let talk = TutorTurn {
                seconds: 200.0,
                ..TutorTurn::default()
            };
            lesson.turns.push(Turn::Tutor(talk));
        });
        check(5, 0, |lesson| {
            let hasty = LearnerTurn {
                waited_seconds: 2.0,
                seconds: 0.0,
                heard: Heard::Silence,
                attempt_number: 1,
            };
            lesson.turns.insert(2, Turn::Learner(hasty));
        });
        check(6, 0, |lesson| moves_of(lesson, 15).clear());
        check(7, 0, |lesson| {
            moves_of(lesson, 15).push(TutorMove::TellsAnswer);
        });
        check(8, 0, |lesson| {
            moves_of(lesson, 15).push(TutorMove::Hints { fits: false });
        });
        check(9, 1, |lesson| *moves_of(lesson, 4) = vec![asks(false)]);
        let long = "This one sentence has many more than twelve words in it so nobody can follow.";
        check(10, 1, |lesson| lesson.turns.push(says(long, Vec::new())));
        check(10, 1, |lesson| {
            lesson.turns.push(says("Aline, Aline, Aline!", Vec::new()));
        });
        check(11, 0, |lesson| {
            lesson.turns[2] = answers(Heard::DoubtfulScoredWrong, 1);
        });
        check(11, 1, |lesson| {
            lesson.turns[2] = answers(Heard::Doubtful, 1);
        });
        check(12, 0, |lesson| {
            lesson.turns.push(says("That was stupid.", Vec::new()));
        });
        check(12, 1, |lesson| {
            lesson.turns.pop();
            lesson
                .turns
                .push(says("Bye. Press star.", vec![TutorMove::OffersEscape]));
        });
    }

    #[test]
    fn a_zero_in_a_row_that_matters_fails_a_lesson_with_enough_points() {
        let mut scores = Scores([2; 12]);
        assert!(scores.passes());
        scores.0[10] = 0;
        assert!(scores.total() >= RELEASE_BAR && !scores.passes());
    }
}
