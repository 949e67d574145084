//! Parts of an argument, judged fairly: every graded example of the debates, each without itself.
//!
//! Sentence vectors are the real ones where the encoder is installed; without it nothing is counted.

#![cfg(test)]

use std::collections::HashMap;
use std::path::Path;

use curriculum::Language;
use curriculum::answer::{Answer, Manner};
use curriculum::exercise::{ArgumentSlot, Output};
use curriculum::grade::open::{Example, Examples};
use curriculum::grade::{Evidence, Meaning, Outcome, grade_slot};
use curriculum::question::Question;
use curriculum::source::{SourceFile, read};
use models::onnx::MiniLm;
use models::sentence::SentenceEncoder;

type Vectors = HashMap<String, Vec<f32>>;

/// Every debate of the repository.
fn debates() -> Vec<Question> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../curriculum/packs/debate");
    let files = std::fs::read_dir(&folder).expect("the debates are in the repository");
    let files: Vec<SourceFile> = files
        .map(|file| {
            let path = file.expect("a readable folder").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            SourceFile {
                path: format!("debate/{name}"),
                text: std::fs::read_to_string(&path).expect("a readable lesson"),
            }
        })
        .collect();
    let (source, _) = read(&files);
    let lessons = source.courses.iter().flat_map(|course| &course.lessons);
    let exercises = lessons.flat_map(|lesson| &lesson.lesson.exercises);
    let debates = exercises.filter(|exercise| matches!(exercise.output, Output::Argument { .. }));
    debates
        .map(|exercise| Question::restore(&exercise.clone().into(), &[]).expect("no numbers"))
        .collect()
}

fn slots(question: &Question) -> &[ArgumentSlot] {
    match &question.exercise().output {
        Output::Argument { slots, .. } => slots,
        _ => &[],
    }
}

fn references(slot: &ArgumentSlot) -> &[String] {
    let references = slot.rubric.references.exact(Language::ENGLISH);
    references.map_or(&[], Vec::as_slice)
}

fn vectors(debates: &[Question], encoder: &mut impl SentenceEncoder) -> Vectors {
    let mut texts: Vec<&str> = Vec::new();
    for question in debates {
        texts.push(question.input(Language::ENGLISH));
        for slot in slots(question) {
            texts.extend(references(slot).iter().map(String::as_str));
            texts.extend(
                slot.rubric
                    .graded
                    .iter()
                    .map(|graded| graded.answer.as_str()),
            );
        }
    }
    let mut vectors = Vectors::new();
    for batch in texts.chunks(32) {
        let encoded = encoder.encode(batch).expect("short texts");
        for (text, vector) in batch.iter().zip(encoded) {
            vectors.insert((*text).to_owned(), vector.as_slice().to_vec());
        }
    }
    vectors
}

fn example<'a>(text: &'a str, vectors: &'a Vectors) -> Example<'a> {
    Example {
        text,
        vector: &vectors[text],
    }
}

/// What becomes of one answer to a slot, with the other examples as all that is known.
fn judge(
    question: &Question,
    slot: &ArgumentSlot,
    said: &str,
    vectors: &Vectors,
) -> Option<Outcome> {
    let graded: Vec<_> = slot
        .rubric
        .graded
        .iter()
        .filter(|graded| graded.answer != said)
        .map(|graded| (example(&graded.answer, vectors), graded.correct))
        .collect();
    let given: Vec<_> = references(slot)
        .iter()
        .map(|text| example(text, vectors))
        .collect();
    let examples = Examples::new(
        example(question.input(Language::ENGLISH), vectors),
        &given,
        &graded,
    );
    let answer = Answer {
        text: said.to_owned(),
        manner: Manner::Texted,
        language: Language::ENGLISH,
    };
    let meaning = Meaning {
        examples: &examples,
        answer: &vectors[said],
    };
    let evidence = Evidence {
        meaning: Some(meaning),
        grammar: &[],
    };
    let mut alone = slot.clone();
    alone.rubric.graded.retain(|graded| graded.answer != said);
    grade_slot(question, &alone, &answer, evidence).outcome
}

#[test]
fn wrong_parts_do_not_pass_and_right_ones_are_not_turned_down() {
    let Ok(mut encoder) = MiniLm::installed() else {
        println!("debates are not judged: the sentence encoder is not installed");
        return;
    };
    let debates = debates();
    let vectors = vectors(&debates, &mut encoder);
    let mut counts: HashMap<(bool, Option<Outcome>), u32> = HashMap::new();
    for question in &debates {
        for slot in slots(question) {
            for graded in &slot.rubric.graded {
                let outcome = judge(question, slot, &graded.answer, &vectors);
                *counts.entry((graded.correct, outcome)).or_default() += 1;
                if (graded.correct, outcome) == (false, Some(Outcome::Right)) {
                    println!("passes: {:?}: {}", slot.role, graded.answer);
                }
            }
        }
    }
    let count =
        |right: bool, outcome: Outcome| counts.get(&(right, Some(outcome))).copied().unwrap_or(0);
    let all = |right: bool| -> u32 {
        let of = counts.iter().filter(|((is, _), _)| *is == right);
        of.map(|(_, count)| count).sum()
    };
    for right in [true, false] {
        println!(
            "debate examples marked {right}: {} right, {} deferred, {} not yet, of {}",
            count(right, Outcome::Right),
            count(right, Outcome::Deferred),
            count(right, Outcome::NotYet),
            all(right)
        );
    }
    assert!(all(true) >= 200 && all(false) >= 200);
    assert!(count(false, Outcome::Right) * 100 <= all(false) * 2);
    assert_eq!(count(true, Outcome::NotYet), 0);
    assert!(count(true, Outcome::Right) * 100 >= all(true) * 75);
}
