//! What a grammar checker finds in a learner's English.
//!
//! The checker's rules cannot be shared between threads, so that one thread owns them and is asked.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use curriculum::grade::GrammarFinding;
use models::grammar::{Grammar, Origin, Slip, SlipKind};

/// Answers that may wait for the checker; one more is judged without it.
const WAITING_MAX: usize = 16;
/// Longer than this no learner is kept waiting for a reason. The first time the rules are loaded.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A text and where its findings go.
type Ask = (String, SyncSender<Vec<GrammarFinding>>);

/// What the checker finds; nothing if it is too busy.
pub(super) fn findings(text: &str) -> Vec<GrammarFinding> {
    ask(text).unwrap_or_else(|| {
        tracing::warn!("an answer is judged without grammar: the checker did not answer in time");
        Vec::new()
    })
}

/// As [`findings`]; `None` if the text was not checked.
fn ask(text: &str) -> Option<Vec<GrammarFinding>> {
    static CHECKER: OnceLock<Option<SyncSender<Ask>>> = OnceLock::new();
    let checker = CHECKER.get_or_init(start).as_ref()?;
    let (reply, found) = sync_channel(1);
    checker.try_send((text.to_owned(), reply)).ok()?;
    found.recv_timeout(PATIENCE).ok()
}

fn start() -> Option<SyncSender<Ask>> {
    let (asks, waiting) = sync_channel(WAITING_MAX);
    let thread = std::thread::Builder::new().name("grammar".to_owned());
    match thread.spawn(move || check(&waiting)) {
        Ok(_runs_while_asked) => Some(asks),
        Err(error) => {
            tracing::warn!(%error, "answers are judged without grammar");
            None
        }
    }
}

fn check(waiting: &Receiver<Ask>) {
    let mut grammar = Grammar::load();
    while let Ok((text, reply)) = waiting.recv() {
        // Neither keyboards nor recognisers are the learner's fault: spelling is never told.
        let slips = grammar.check(&text, Origin::Spoken);
        // Who asked may have gone on without.
        let _unheard = reply.try_send(slips.into_iter().map(finding).collect());
    }
}

fn finding(slip: Slip) -> GrammarFinding {
    let kind = match slip.kind {
        SlipKind::Agreement => "Agreement",
        SlipKind::Grammar => "Grammar",
        SlipKind::WordOrder => "WordOrder",
        SlipKind::WordChoice => "WordChoice",
        SlipKind::Repetition => "Repetition",
        SlipKind::Spelling => "Spelling",
    };
    GrammarFinding {
        kind: kind.to_owned(),
        span: slip.span,
        message: slip.message,
        replacements: slip.suggestions,
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use curriculum::grade::finding_counts;

    use super::*;

    /// Right English sentences of which a finding may be told, in a hundred (reach: 1).
    const CORRECTED_MAX: f64 = 1.0;
    const SENTENCES: usize = 2_000;

    fn stories() -> Option<PathBuf> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
        let data = std::env::var_os("ISHURI_DATA").map_or(beside, PathBuf::from);
        let folder = data.join("stories/en");
        folder.is_dir().then_some(folder)
    }

    /// Sentences of published stories, lines of one paragraph joined.
    fn sentences(folder: &Path) -> Vec<String> {
        let files = std::fs::read_dir(folder).unwrap();
        let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        let mut found = Vec::new();
        for path in paths {
            let story = std::fs::read_to_string(path).unwrap();
            for paragraph in story.split("\n\n") {
                let lines = paragraph
                    .lines()
                    .filter(|line| !line.starts_with(['#', '*']));
                let text = lines.collect::<Vec<_>>().join(" ");
                let whole = text.split_inclusive(['.', '!', '?']).map(str::trim);
                let whole = whole.filter(|s| s.ends_with(['.', '!', '?']));
                let plain = whole.filter(|s| !s.contains(['"', '\u{201c}', '\u{201d}']));
                let few = plain.filter(|s| (3..=20).contains(&s.split(' ').count()));
                found.extend(few.map(str::to_owned));
            }
        }
        let stride = (found.len() / SENTENCES).max(1);
        found.into_iter().step_by(stride).take(SENTENCES).collect()
    }

    #[test]
    fn right_english_is_left_alone() {
        let Some(folder) = stories() else {
            println!("right English is not measured: no stories in $ISHURI_DATA");
            return;
        };
        let sentences = sentences(&folder);
        // A busy machine may be asked again: what was not checked must not pass for right.
        let check = |text: &str| (0..20).find_map(|_| ask(text)).unwrap();
        let told = |text: &str| check(text).iter().any(finding_counts);
        let heard = |text: &str| text.to_lowercase().replace(['.', ',', '!', '?'], "");
        let any = sentences
            .iter()
            .filter(|text| !check(text).is_empty())
            .count();
        let written = sentences.iter().filter(|text| told(text)).count();
        let spoken = sentences.iter().filter(|text| told(&heard(text))).count();
        let percent = |count: usize| 100.0 * count as f64 / sentences.len() as f64;
        println!(
            "right English, n={}: a finding of any kind in {:.2} %, one that may be told in {:.2} % as \
             written and {:.2} % as heard",
            sentences.len(),
            percent(any),
            percent(written),
            percent(spoken)
        );
        assert!(sentences.len() >= 1_000);
        assert!(percent(written) <= CORRECTED_MAX && percent(spoken) <= CORRECTED_MAX);
    }

    #[test]
    fn a_slip_of_a_form_that_is_taught_is_found() {
        let found = (0..20).find_map(|_| ask("She go to school.")).unwrap();
        assert_eq!(
            (found[0].kind.as_str(), found[0].span.clone()),
            ("Agreement", 4..6)
        );
        assert!(finding_counts(&found[0]));
    }
}
