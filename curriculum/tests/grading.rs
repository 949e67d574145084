//! Answers and the grades they get, from `fixtures/grade`.

#![cfg(test)]

use std::path::PathBuf;
use std::sync::Arc;

use curriculum::answer::{Answer, Manner};
use curriculum::exercise::{Exercise, GradedExample, Misconception, Output, Rubric, Seen};
use curriculum::grade::{Evidence, GrammarFinding, Outcome, Reason, grade};
use curriculum::id::{ExerciseId, SkillId};
use curriculum::question::Question;
use curriculum::{Language, Localised};
use toml::{Table, Value};

fn texts(table: &Table, key: &str) -> Vec<String> {
    let list = table
        .get(key)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    list.iter()
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect()
}

fn question(table: &Table) -> Question {
    let language: Language = table["language"].as_str().unwrap().parse().unwrap();
    let taught = table
        .get("taught")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let said =
        |text: &str| -> Localised<String> { [(language, text.to_owned())].into_iter().collect() };
    let (output, seen) = output(table, language);
    let input = table
        .get("input")
        .and_then(Value::as_str)
        .unwrap_or("What is it?");
    let exercise = Exercise {
        id: ExerciseId::new("fixture.one").unwrap(),
        skill: SkillId::new("fixture").unwrap(),
        difficulty: 20,
        theory: Localised::default(),
        introduction: Localised::default(),
        input: said(input),
        sms: said(input),
        output,
        answer_language: taught.then_some(language),
        hints: Localised::default(),
        explain: Localised::default(),
        misconceptions: seen
            .into_iter()
            .map(|seen| Misconception {
                seen,
                diagnosis: String::new(),
                repair: Localised::default(),
            })
            .collect(),
        generator: None,
    };
    Question::draw(&Arc::new(exercise), 3, &[]).unwrap()
}

fn output(table: &Table, language: Language) -> (Output, Vec<Seen>) {
    let listed = |key: &str| -> Localised<Vec<String>> {
        [(language, texts(table, key))].into_iter().collect()
    };
    let text = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
    let phrases = || -> Vec<Seen> {
        let wrong = texts(table, "wrong").into_iter();
        wrong
            .map(|phrase| Seen::Phrase([(language, vec![phrase])].into_iter().collect()))
            .collect()
    };
    let number = |key: &str| usize::try_from(table[key].as_integer().unwrap()).unwrap();
    match table["kind"].as_str().unwrap() {
        "number" => {
            let wrong = texts(table, "wrong").into_iter().map(Seen::Value).collect();
            let (answer, unit) = (text("answer").unwrap(), text("unit"));
            let also = Vec::new();
            (Output::Number { answer, also, unit }, wrong)
        }
        "choice" => {
            let options = texts(table, "options").into_iter().map(|option| {
                let wordings = option.split('|').map(str::to_owned).collect();
                [(language, wordings)].into_iter().collect()
            });
            let wrong = texts(table, "wrong").into_iter();
            let wrong = wrong.map(|place| Seen::Option(place.parse::<usize>().unwrap() - 1));
            (
                Output::Choice {
                    options: options.collect(),
                    right: number("right") - 1,
                },
                wrong.collect(),
            )
        }
        "phrase" => (
            Output::Phrase {
                accepted: listed("accepted"),
            },
            phrases(),
        ),
        "fill-in" => (
            Output::FillIn {
                accepted: listed("accepted"),
            },
            phrases(),
        ),
        "line" => (
            Output::Line {
                accepted: listed("accepted"),
            },
            phrases(),
        ),
        "order" => (
            Output::Order {
                items: listed("items"),
            },
            Vec::new(),
        ),
        "open" => (Output::Open(rubric(table, language)), Vec::new()),
        other => panic!("unknown kind {other}"),
    }
}

fn rubric(table: &Table, language: Language) -> Rubric {
    let example = |correct| {
        move |answer: String| GradedExample {
            language,
            answer,
            correct,
        }
    };
    let ideas = table["ideas"].as_array().unwrap().iter().map(|idea| {
        let words = idea.as_array().unwrap().iter();
        words
            .map(|word| word.as_str().unwrap().to_owned())
            .collect()
    });
    let right = texts(table, "right").into_iter().map(example(true));
    let wrong = texts(table, "wrong").into_iter().map(example(false));
    Rubric {
        references: [(language, texts(table, "references"))]
            .into_iter()
            .collect(),
        ideas: [(language, ideas.collect())].into_iter().collect(),
        graded: right.chain(wrong).collect(),
    }
}

/// `<2>` and `#2` become the letter and the place under which thing 2 is offered.
fn placed(text: &str, question: &Question, language: Language) -> String {
    let mut text = text.to_owned();
    for (place, offered) in question.offered(language).iter().enumerate() {
        text = text.replace(
            &format!("<{}>", offered.index + 1),
            &offered.letter.to_string(),
        );
        text = text.replace(&format!("#{}", offered.index + 1), &(place + 1).to_string());
    }
    text
}

fn answer(text: &str, language: Language) -> Answer {
    let (manner, text) = match text.split_once(": ") {
        Some(("heard", rest)) => (Manner::Spoken { confidence: 0.9 }, rest),
        Some(("unsure", rest)) => (Manner::Spoken { confidence: 0.3 }, rest),
        _ => (Manner::Texted, text),
    };
    Answer {
        text: text.to_owned(),
        manner,
        language,
    }
}

#[track_caller]
fn check_file(name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/grade")
        .join(name);
    let source: Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let mut faults = Vec::new();
    let mut count = 0;
    for table in source["question"].as_array().unwrap() {
        let table = table.as_table().unwrap();
        let language: Language = table["language"].as_str().unwrap().parse().unwrap();
        let question = question(table);
        for line in texts(table, "answers") {
            let (text, expected) = line.rsplit_once("->").unwrap();
            let answer = answer(placed(text.trim(), &question, language).as_str(), language);
            let graded = grade(&question, &answer, Evidence::default());
            let got = match (graded.outcome, graded.misconception) {
                (Some(Outcome::Right), _) => "right".to_owned(),
                (Some(Outcome::NotYet), Some(index)) => format!("not-yet {}", index + 1),
                (Some(Outcome::NotYet), None) => "not-yet".to_owned(),
                (Some(Outcome::Deferred), _) => "deferred".to_owned(),
                (None, _) => "unclear".to_owned(),
            };
            count += 1;
            if got != expected.trim() {
                faults.push(format!(
                    "{line}: got {got} p={:.2} ({:?})",
                    graded.probability, graded.reason
                ));
            }
        }
    }
    println!("{name}: {} of {count} as expected", count - faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn closed_answers_get_their_grades() {
    check_file("closed.toml");
}

#[test]
fn open_answers_get_their_grades() {
    check_file("open.toml");
}

#[test]
fn a_grammar_finding_gives_the_reason_only_when_mending_it_makes_the_answer_right() {
    let table: Table =
        "kind = 'phrase'\nlanguage = 'en'\ntaught = true\naccepted = ['she walks home']"
            .parse()
            .unwrap();
    let question = question(&table);
    let finding = GrammarFinding {
        kind: "Agreement".to_owned(),
        span: 4..8,
        message: "after she, the verb ends in s".to_owned(),
        replacements: vec!["walks".to_owned()],
    };
    let findings = [finding.clone()];
    let evidence = Evidence {
        meaning: None,
        grammar: &findings,
    };
    let said = |text| grade(&question, &answer(text, Language::ENGLISH), evidence);
    assert_eq!(said("she walk home").reason, Reason::Grammar(finding));
    assert_eq!(said("she walk away").reason, Reason::Differs);
    assert_eq!(said("she walks home").outcome, Some(Outcome::Right));
}
