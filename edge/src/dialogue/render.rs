//! Rendering: a piece becomes words of one language, for the ear or for the eye.

use curriculum::Language;
use curriculum::course::Module;
use curriculum::exercise::Output;
use curriculum::id::ExerciseId;
use curriculum::interface::{Form, Saying, sentences};
use curriculum::question::Question;

use super::phone::Context;
use super::piece::{Fill, Part, Piece};

/// The words of a piece, and the language they are in; empty if the pack no longer holds it.
pub(super) fn render(
    context: &Context,
    piece: &Piece,
    language: Language,
    form: Form,
) -> (String, Language) {
    match piece {
        Piece::Say {
            saying,
            fills,
            turn,
            language: own,
        } => {
            let language = own.unwrap_or(language);
            (
                say(context, *saying, fills, *turn, language, form),
                language,
            )
        }
        Piece::Content {
            part,
            exercise,
            numbers,
        } => {
            let text = content(context, *part, exercise, numbers, language, form);
            (text.unwrap_or_default(), language)
        }
        Piece::Known { lesson, question } => {
            let known = context.lessons.known(lesson, *question);
            let answer = known.and_then(|known| known.answer.get_or_english(language));
            (answer.cloned().unwrap_or_default(), language)
        }
        Piece::Words { text, language } => (text.clone(), *language),
        Piece::Options(options) => (menu(context, options, language, form), language),
    }
}

fn say(
    context: &Context,
    saying: Saying,
    fills: &[Fill],
    turn: u32,
    language: Language,
    form: Form,
) -> String {
    let wording = context.interface.wording(language);
    let turn = usize::try_from(turn).unwrap_or(0);
    let mut text = wording.say(saying, form, turn).to_owned();
    for (hole, fill) in saying.holes().iter().zip(fills) {
        let with = self::fill(context, fill, language, form);
        text = text.replace(&format!("{{{hole}}}"), &with);
    }
    text
}

/// A menu of at most nine entries: "For mathematics, press 1." or "1 mathematics, 2 English".
fn menu(context: &Context, options: &[Fill], language: Language, form: Form) -> String {
    let wording = context.interface.wording(language);
    let entries = (1_u8..).zip(options).map(|(n, option)| {
        let what = fill(context, option, language, form);
        wording
            .say(Saying::OptionOffer, form, 0)
            .replace("{what}", &what)
            .replace("{n}", &n.to_string())
    });
    let between = if form == Form::Voice { " " } else { ", " };
    entries.collect::<Vec<_>>().join(between)
}

/// The words that fill one hole.
pub(super) fn fill(context: &Context, fill: &Fill, language: Language, form: Form) -> String {
    let wording = context.interface.wording(language);
    match fill {
        Fill::Text(text) => text.clone(),
        Fill::Number(number) => number.to_string(),
        Fill::Skill(id) => {
            let skill = context.lessons.skill(id);
            let title = skill.and_then(|skill| skill.title.get_or_english(language));
            title.cloned().unwrap_or_default()
        }
        Fill::Module(module) => wording.say(module_name(*module), form, 0).to_owned(),
        Fill::Language(named) => name_of(*named).map_or_else(
            || named.as_str().to_owned(),
            |saying| wording.say(saying, form, 0).to_owned(),
        ),
        Fill::Saying(saying) => wording.say(*saying, form, 0).to_owned(),
    }
}

pub(super) fn module_name(module: Module) -> Saying {
    match module {
        Module::Mathematics => Saying::Mathematics,
        Module::English => Saying::English,
        Module::Comprehension => Saying::Comprehension,
        Module::Debate => Saying::Debate,
        Module::General => Saying::General,
    }
}

fn name_of(language: Language) -> Option<Saying> {
    match language {
        Language::ENGLISH => Some(Saying::NameOfEnglish),
        Language::KINYARWANDA => Some(Saying::NameOfKinyarwanda),
        Language::SWAHILI => Some(Saying::NameOfSwahili),
        _ => None,
    }
}

fn content(
    context: &Context,
    part: Part,
    id: &ExerciseId,
    numbers: &[i64],
    language: Language,
    form: Form,
) -> Option<String> {
    let exercise = context.lessons.exercise(id)?;
    let at = |index: u8| usize::from(index);
    let text = match (part, &exercise.output) {
        (Part::Story(index), Output::Story { parts, .. }) => {
            parts.get_or_english(language)?.get(at(index))?.clone()
        }
        (Part::Slot(index), Output::Argument { slots, .. }) => {
            slots.get(at(index))?.cue.get_or_english(language)?.clone()
        }
        (Part::Counter, Output::Argument { counter, .. }) => {
            counter.get_or_english(language)?.clone()
        }
        _ => {
            let question = Question::restore(exercise, numbers).ok()?;
            match part {
                Part::Theory => question.theory(language).to_owned(),
                Part::Introduction => question.introduction(language).to_owned(),
                Part::Question => asked(context, &question, language, form),
                Part::Short => options(&question, language, form).unwrap_or_else(|| {
                    let whole = asked(context, &question, language, form);
                    let last = sentences(&whole).last().map(str::to_owned);
                    last.filter(|last| last.ends_with('?')).unwrap_or(whole)
                }),
                Part::Hint(step) => question.hint(language, at(step))?.to_owned(),
                Part::Explain => question.explain(language).to_owned(),
                Part::Repair(index) => question.repair(language, at(index))?.to_owned(),
                Part::Story(_) | Part::Slot(_) | Part::Counter => return None,
            }
        }
    };
    Some(text)
}

/// The question with its options, numbered as the keys are.
fn asked(context: &Context, question: &Question, language: Language, form: Form) -> String {
    let stem = match form {
        Form::Voice => {
            let blank = context
                .interface
                .wording(language)
                .say(Saying::Blank, form, 0);
            question.input(language).replace("___", blank)
        }
        Form::Text => question.sms(language).to_owned(),
    };
    match options(question, language, form) {
        Some(options) => format!("{stem} {options}"),
        None => stem,
    }
}

/// The options, numbered as the keys are; none where the question has none.
fn options(question: &Question, language: Language, form: Form) -> Option<String> {
    let offered = question.offered(language);
    let numbered = (1_u8..).zip(&offered);
    let (lead, between) = match form {
        Form::Voice => (", ", ". "),
        Form::Text => (" ", ", "),
    };
    let entries: Vec<String> = numbered
        .map(|(n, offered)| format!("{n}{lead}{}", offered.text.trim_end_matches('.')))
        .collect();
    let end = if form == Form::Voice { "." } else { "" };
    (!entries.is_empty()).then(|| format!("{}{end}", entries.join(between)))
}
