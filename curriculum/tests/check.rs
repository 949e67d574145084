//! The checker finds each fault that an author can make, at its line.

use std::fs;
use std::path::Path;

use curriculum::source::{SourceFile, read};

const LESSON: &str = "sample/sample-kinds.toml";

/// The sample course, which has every kind of exercise and no fault.
fn sample() -> Vec<SourceFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources");
    ["sample/course.toml", LESSON]
        .map(|path| SourceFile {
            path: path.to_owned(),
            text: fs::read_to_string(folder.join(path)).expect("the sample is there"),
        })
        .to_vec()
}

fn findings(files: &[SourceFile]) -> Vec<String> {
    let (source, mut findings) = read(files);
    findings.extend(curriculum::pack::check(&source));
    findings.iter().map(ToString::to_string).collect()
}

/// Replaces the first `from` of the sample lesson by `to`: `expected` is found in that line, told
/// as `rule message`.
#[track_caller]
fn check(from: &str, to: &str, rule: &str, message: &str) {
    let mut files = sample();
    let text = &files[1].text;
    let at = text.find(from).expect("the sample has this text");
    files[1].text = text.replacen(from, to, 1);
    let common = from
        .bytes()
        .zip(to.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let lines = |end: usize| files[1].text[..end].matches('\n').count() + 1;
    let (first, last) = (lines(at), lines(at + to.len().max(common)));
    let found = findings(&files);
    let hit = found.iter().any(|finding| {
        let in_line = (first..=last).any(|line| finding.starts_with(&format!("{LESSON}:{line}:")));
        in_line && finding.ends_with(&format!("[{rule}]")) && finding.contains(message)
    });
    assert!(
        hit,
        "line {first}..={last}, {rule}: {message}\nfound:\n{}",
        found.join("\n")
    );
}

#[test]
fn the_sample_has_no_fault() {
    assert_eq!(findings(&sample()), Vec::<String>::new());
}

#[test]
fn faults_of_form_are_found() {
    check(
        "level = 1",
        "level = 6",
        "range",
        "`level` is 6: expected 1 to 5",
    );
    check(
        "weight = 2",
        "wieght = 2",
        "unknown-key",
        "unknown key `wieght`",
    );
    check(
        "unit = \"eggs\"",
        "unitt = \"eggs\"",
        "unknown-key",
        "unknown key `unitt`",
    );
    check(
        "right = 1",
        "right = \"one\"",
        "form",
        "expected a whole number",
    );
    check(
        "kind = \"phrase\"",
        "kind = \"word\"",
        "form",
        "kind `word`",
    );
    check(
        "id = \"sa.farm.animal\"",
        "id = \"sa farm\"",
        "form",
        "only a-z",
    );
    check("a = \"4..7\"", "a = \"4-7\"", "form", "range `4-7`");
    check("minutes = 6", "minutes = = 6", "form", "");
    check(
        "[[exercise.misconception]]\noption = 3",
        "[[exercise.misconception]]\noption = 3\nvalue = \"1\"",
        "misconception",
        "one of",
    );
    check(
        "hen-story\"\nskill",
        "hen-story\"\nskil",
        "unknown-key",
        "`skil`",
    );
    check(
        "[\"they take water\", true]",
        "[\"they take water\"]",
        "form",
        "true or false",
    );
}

#[test]
fn all_faults_of_form_are_found_at_once() {
    let mut files = sample();
    files[1].text = files[1]
        .text
        .replacen("level = 1", "level = 9", 1)
        .replacen("kind = \"order\"", "kind = \"odrer\"", 1)
        .replacen("right = 1", "right = []", 1);
    let found = findings(&files).join("\n");
    for part in ["`level` is 9", "kind `odrer`", "expected a whole number"] {
        assert!(found.contains(part), "{part} in\n{found}");
    }
}

#[test]
fn faults_of_codes_are_found() {
    check(
        "id = \"sa.farm.milk\"",
        "id = \"sa.farm.animal\"",
        "duplicate-id",
        "defined twice",
    );
    check(
        "id = \"sa.farm.milk\"",
        "id = \"farm.milk\"",
        "code-form",
        "`sa.farm.`",
    );
    check(
        "id = \"sa.farm.hen-story-found\"",
        "id = \"sa.add.both\"",
        "duplicate-id",
        "twice",
    );
    check(
        "test = [\"sa.add.both\"]",
        "test = [\"sa.add.x\"]",
        "unknown-exercise",
        "sa.add.x",
    );
    check(
        "\"what is adding\"",
        "\"What does plus mean?\"",
        "same-question",
        "asked twice",
    );
    check(
        "lesson = \"sample-kinds\"",
        "lesson = \"sample-other\"",
        "file-name",
        "sample-other",
    );
}

#[test]
fn skills_that_cannot_be_reached_are_found() {
    check(
        "needs = []",
        "needs = [\"sa.farm\"]",
        "unreachable-skill",
        "in the end need it",
    );
    check(
        "needs = [\"sa.add\"]",
        "needs = [\"sa.count\"]",
        "unreachable-skill",
        "nowhere",
    );
    check(
        "[[skill]]\nid = \"sa.farm\"",
        "[[skill]]\nid = \"sa.no\"\nkind = \"skill\"\ntitle.en = \"x\"\ntitle.sw = \"x\"\n[[skill]]\nid = \"sa.farm\"",
        "unreachable-skill",
        "`sa.no` has no exercise",
    );
}

#[test]
fn faults_of_texts_are_found() {
    check(
        "title.en = \"Every kind\"\ntitle.sw = \"Kila aina\"\n",
        "title.en = \"Every kind\"\n",
        "missing-translation",
        "no title in `sw`",
    );
    check(
        "sms.en = \"{a} + {b} = ?\"\nsms.sw = \"{a} + {b} = ?\"\n",
        "sms.en = \"{a} + {b} = ?\"\n",
        "missing-translation",
        "no `sms` in `sw`",
    );
    check(
        "input.en = \"Which one",
        "input.fr = \"x\"\ninput.en = \"Which one",
        "unlisted-language",
        "`fr`",
    );
    check(
        "Plus means put together.\"",
        "Plus means put them together in one big heap of things today.\"",
        "too-many-words",
        "at most 12",
    );
    check(
        "Start at the bigger number.",
        "Start at the bigger number and then go on from there one at a time.",
        "long-sentence",
        "sentence of",
    );
    check(
        "Cows make milk for their calves",
        "Cows make a lot of good and fresh milk for calves",
        "too-long",
        "at most 60",
    );
    check("It is white.", "It’s white.", "outside-gsm7", "’");
    check("\"It is white.\"", "\"\"", "empty-text", "empty");
}

#[test]
fn faults_of_generators_are_found() {
    check(
        "where = \"a != b\"",
        "where = \"a != c\"",
        "formula",
        "`c` is not among",
    );
    check(
        "who = \"0..2\" }\nwhere = \"a != b\"",
        "who = \"0..2\" }\nwhere = \"a > 9\"",
        "few-draws",
        "no numbers within",
    );
    check(
        "make {a + b}",
        "make {(a + b) / 2}",
        "formula",
        "`/` must divide exactly",
    );
    check(
        "answer = \"a + b\"",
        "answer = \"a / (b - 3)\"",
        "formula",
        "division by zero",
    );
    check(
        "a = \"4..7\"",
        "a = \"7..4\"",
        "generator",
        "range is empty",
    );
    check(
        "{who: Aline|Eric|Keza} has",
        "{who: Aline|Eric} has",
        "formula",
        "no word at position 2",
    );
}

#[test]
fn ambiguous_answers_are_found() {
    check(
        "value = \"max(a, b) - min(a, b)\"",
        "value = \"a + 3\"",
        "ambiguous-answer",
        "also the right value",
    );
    check(
        "\"goat\", \"cow | a cow\"",
        "\"goat\", \"cow | Goat\"",
        "ambiguous-answer",
        "two options",
    );
    check(
        "option = 3",
        "option = 1",
        "ambiguous-answer",
        "the right option",
    );
    check("option = 3", "option = 4", "options", "option 4 of 3");
    check(
        "phrase.en = [\"meat\", \"beef\"]",
        "phrase.en = [\"meat\", \"Milk.\"]",
        "ambiguous-answer",
        "accepted as right",
    );
    check(
        "\"dig\", \"sow\",",
        "\"dig\", \"dig\",",
        "ambiguous-answer",
        "there twice",
    );
    check(
        "[\"because they are green\", false]",
        "[\"They take water!\", false]",
        "ambiguous-answer",
        "both right and wrong",
    );
}

#[test]
fn faults_of_teaching_are_found() {
    check("\"It is a bird.\", ", "", "hint-ladder", "2 hints");
    check(
        "\"It is a bird.\"",
        "\"It is a hen.\"",
        "hint-tells",
        "hint tells",
    );
    check(
        "\"Count on, one for each.\"",
        "\"Count on to {a + b}.\"",
        "hint-tells",
        "hint tells",
    );
    check(
        "\"Calves drink it.\"",
        "\"Calves drink milk.\"",
        "hint-tells",
        "hint tells",
    );
    check(
        "The goat ___ grass",
        "The goat eats grass",
        "no-gap",
        "no gap",
    );
    check(
        "attribution = \"Written for Ishuri, Apache-2.0.\"",
        "attribution = \"\"",
        "no-attribution",
        "licence",
    );
    check(
        "after_part = 1",
        "after_part = 3",
        "story-parts",
        "after part 3",
    );
    check(
        "[[exercise.slot]]\nrole = \"claim\"",
        "[[exercise.slot]]\nrole = \"yet\"",
        "slots",
        "claim, because",
    );
    check(
        "[[exercise.misconception]]\nvalue = \"max(a, b) - min(a, b)\"",
        "[[exercise.misconception]]\nphrase.en = [\"x\"]\nphrase.sw = [\"y\"]",
        "misconception",
        "use `value`",
    );
    let text = sample()[1].text.clone();
    let start = text.find("graded.en = [").unwrap();
    let middle = text.find("  [\"because they are green\"").unwrap();
    let end = text.find("]\nhints.en = [\"What do all plants").unwrap();
    check(
        &text[start..end],
        &text[start..middle],
        "one-sided",
        "10 of 10",
    );
    check(&text[start..end], "graded.en = [", "few-graded", "0 graded");
}

#[test]
fn answers_that_the_grader_judges_otherwise_are_found() {
    check(
        "answers.en = [\"milk\", \"fresh milk\"]",
        "answers.en = [\"milk\", \"?!\"]",
        "rejected-answer",
        "does not take \"?!\"",
    );
    check(
        "graded.en = [\n  [\"they take water\", true],",
        "graded.en = [\n  [\"Weeds take the water and the food of our plants\", false],",
        "accepted-error",
        "as right",
    );
}

/// Replaces `from` in the plan of the content folder by `to`.
#[track_caller]
fn check_plan(from: &str, to: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/combinations.toml");
    let text = fs::read_to_string(path).expect("the plan is there");
    assert!(text.contains(from), "{from}");
    let plan = SourceFile {
        path: "combinations.toml".to_owned(),
        text: text
            .replacen(from, to, 1)
            .replace("\"draft\"", "\"planned\"")
            .replace("\"ready\"", "\"planned\""),
    };
    let found = findings(&[plan]).join("\n");
    assert!(found.contains(expected), "{expected} in\n{found}");
}

#[test]
fn the_plan_has_every_combination_once() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/combinations.toml");
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.matches("[[combination]]").count(), 54);
    check_plan(
        "id = \"COMBO_007\"",
        "id = \"COMBO_006\"",
        "`COMBO_006` should be `COMBO_007`",
    );
    check_plan(
        "category = \"CAT_VOCAB\"",
        "category = \"CAT_GRAM\"",
        "are there already",
    );
    check_plan(
        "category = \"CAT_VOCAB\"",
        "category = \"CAT_GRAM\"",
        "53 of 54",
    );
    check_plan(
        "topic = \"TOPIC_FARM\"",
        "topic = \"TOPIC_MOON\"",
        "`TOPIC_MOON` is nowhere",
    );
    check_plan("tag = \"en\"", "tag = \"english\"", "two or three letters");
    check_plan(
        "id = \"EX_MCQ\"",
        "id = \"EX_FILL\"",
        "`EX_FILL` is defined twice",
    );
}

#[test]
fn a_status_that_the_lessons_do_not_show_is_found() {
    let plan = SourceFile {
        path: "combinations.toml".to_owned(),
        text: fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/combinations.toml"),
        )
        .unwrap(),
    };
    let found = findings(&[plan]).join("\n");
    assert!(
        found.contains("status is ready, the lessons show planned"),
        "{found}"
    );
}
