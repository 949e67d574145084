//! Reading a play: what is set up and what the learner does.

#![cfg(test)]

use std::time::Duration;

/// A play as written, with what the machine says left out.
pub(super) struct Script {
    pub(super) title: Vec<String>,
    pub(super) lines: Vec<(String, Cue)>,
}

/// One line of a play that is not the tutor's.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cue {
    Comment,
    Learner {
        name: String,
        language: String,
    },
    Practised {
        skill: String,
        right: u32,
    },
    Call,
    Sms,
    Ussd,
    Terminal,
    Deaf(String),
    /// What a grammar checker would find: its kind, the words, the words mended.
    Checker {
        kind: String,
        wrong: String,
        mended: String,
    },
    Mute(String),
    Says(String),
    Mumbles(String),
    Keys(String),
    Right,
    Wrong,
    Misconception,
    Silence,
    Noise,
    Mumble,
    HangUp,
    Wait(Duration),
}

impl Script {
    pub(super) fn parse(text: &str) -> Self {
        let mut title = Vec::new();
        let mut lines = Vec::new();
        for line in text.lines() {
            let machine = line.starts_with('T') || line.starts_with('!');
            if machine || line.trim().is_empty() {
                continue;
            }
            if lines.is_empty() && line.starts_with('#') {
                title.push(line.to_owned());
                continue;
            }
            lines.push((line.to_owned(), cue(line)));
        }
        Self { title, lines }
    }
}

fn cue(line: &str) -> Cue {
    let quoted = || {
        let (_, after) = line.split_once('"').expect("words stand in quotes");
        after
            .rsplit_once('"')
            .expect("words stand in quotes")
            .0
            .to_owned()
    };
    if line.starts_with('#') {
        return Cue::Comment;
    }
    if let Some(rest) = line.strip_prefix("L: [") {
        return Cue::Keys(rest.trim_end_matches(']').to_owned());
    }
    if line.starts_with("L: \"") {
        return Cue::Says(quoted());
    }
    if line.starts_with("L~ \"") {
        return Cue::Mumbles(quoted());
    }
    for (head, cue) in [
        ("L: (right)", Cue::Right),
        ("L: (wrong)", Cue::Wrong),
        ("L: (misconception)", Cue::Misconception),
    ] {
        if line.starts_with(head) {
            return cue;
        }
    }
    if line.starts_with("(checker ") {
        return checker(line);
    }
    stage_direction(line)
}

/// `(checker Agreement "she go" "she goes")`.
fn checker(line: &str) -> Cue {
    let parts: Vec<&str> = line.split('"').collect();
    let [head, wrong, _, mended, _] = parts.as_slice() else {
        panic!("`{line}` names no slip and how it is mended");
    };
    let kind = head.trim_start_matches("(checker").trim().to_owned();
    Cue::Checker {
        kind,
        wrong: (*wrong).to_owned(),
        mended: (*mended).to_owned(),
    }
}

fn stage_direction(line: &str) -> Cue {
    let inner = line.trim_start_matches('(').trim_end_matches(')');
    let words: Vec<&str> = inner.split(' ').collect();
    match words.as_slice() {
        ["learner", name, language] => Cue::Learner {
            name: (*name).to_owned(),
            language: (*language).to_owned(),
        },
        ["practised", skill, right] => Cue::Practised {
            skill: (*skill).to_owned(),
            right: right.parse().expect("a number of right answers"),
        },
        ["call"] => Cue::Call,
        ["sms"] => Cue::Sms,
        ["ussd"] => Cue::Ussd,
        ["terminal"] => Cue::Terminal,
        ["deaf", language] => Cue::Deaf((*language).to_owned()),
        ["mute", language] => Cue::Mute((*language).to_owned()),
        ["silence"] => Cue::Silence,
        ["noise"] => Cue::Noise,
        ["mumble"] => Cue::Mumble,
        ["hang-up"] => Cue::HangUp,
        ["next", "day"] => Cue::Wait(Duration::from_secs(86_400)),
        [minutes, "minutes"] => {
            let minutes: u64 = minutes.parse().expect("a number of minutes");
            Cue::Wait(Duration::from_secs(60 * minutes))
        }
        [days, "days"] => {
            let days: u64 = days.parse().expect("a number of days");
            Cue::Wait(Duration::from_secs(86_400 * days))
        }
        _ => panic!("`{line}` is no line of a play"),
    }
}
