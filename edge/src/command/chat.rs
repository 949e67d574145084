//! `ishuri-edge chat`: the tutor in a terminal, over the engine that answers calls and messages.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::conversation::{Meaning, Record, Talk, Turn, packs_folder, stock};
use crate::dialogue::{Heard, Line};
use crate::phone_number::PhoneNumber;
use anyhow::Context as _;
use curriculum::answer::Channel;
use curriculum::interface::Form;
use curriculum::time::UtcOffset;

/// Confidence of words typed in the voice form.
const HEARD_WELL: f32 = 0.95;

#[derive(clap::Args)]
pub struct Args {
    /// Telephone number to be: each has its own learners and its own place in a lesson.
    #[arg(long, default_value = "+250780000000")]
    phone: String,
    /// Language offered first: en, rw or sw.
    #[arg(long)]
    language: Option<String>,
    /// Shows what would be spoken in a call, instead of what would be texted.
    #[arg(long)]
    voice_form: bool,
    /// Folder of the box's database. Default: `box` in `$ISHURI_CACHE`, else in `~/.cache/ishuri`.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder of packs. Default: `$ISHURI_PACKS`, else `packs` in `$ISHURI_CACHE`.
    #[arg(long)]
    packs: Option<PathBuf>,
}

/// Does it.
///
/// # Errors
/// Whatever stopped it, with its causes.
pub fn run(args: Args) -> anyhow::Result<()> {
    let number = PhoneNumber::parse(&args.phone)?;
    let packs = args.packs.unwrap_or_else(packs_folder);
    let mut context = stock(&packs, UtcOffset::KIGALI)?;
    if let Some(language) = args.language {
        let language = language.parse()?;
        anyhow::ensure!(
            context.languages.contains(&language),
            "no tutor for language `{language}`"
        );
        context.languages.retain(|other| *other != language);
        context.languages.insert(0, language);
    }
    let default = packs_folder().parent().map(|cache| cache.join("box"));
    let data = args
        .data
        .or(default)
        .context("find a place for the database: give --data")?;
    let record = Arc::new(Record::open(&data, UtcOffset::KIGALI)?);
    let meaning = Arc::new(Mutex::new(Meaning::open(&data)?));
    let form = if args.voice_form {
        Form::Voice
    } else {
        Form::Text
    };
    let line = Line {
        channel: Channel::Terminal,
        form,
    };
    let mut talk = Talk::open(&record, &meaning, &Arc::new(context), &number, line)?;
    converse(&mut talk, form)
}

/// Line by line until the talk ends, or the input does: then it is kept where it stands.
fn converse(talk: &mut Talk, form: Form) -> anyhow::Result<()> {
    let (input, person) = (io::stdin(), io::stdin().is_terminal());
    let mut output = io::stdout();
    if person {
        writeln!(
            output,
            "An empty line is silence. Ctrl-D hangs up; start again to go on.\n"
        )?;
    }
    let mut over = show(&talk.begin()?)?;
    let mut lines = input.lock().lines();
    while !over {
        if person {
            write!(output, "> ")?;
            output.flush()?;
        }
        let Some(line) = lines.next() else {
            show(&talk.hang_up()?)?;
            return Ok(());
        };
        let line = line?;
        if !person {
            writeln!(output, "Learner: {line}")?;
        }
        over = show(&take(talk, line.trim(), form)?)?;
    }
    Ok(())
}

/// In the voice form digits are keys, and words are as if heard well.
fn take(talk: &mut Talk, line: &str, form: Form) -> anyhow::Result<Turn> {
    let keys = |extra: &str| {
        line.chars()
            .all(|c| c.is_ascii_digit() || extra.contains(c))
    };
    Ok(match (line, form) {
        ("", _) => talk.silence()?,
        (_, Form::Voice) if keys("*#") => talk.hear(Heard::keys(line))?,
        (_, Form::Voice) => talk.hear(Heard::speech(line, HEARD_WELL, None))?,
        ("*" | "#", Form::Text) => talk.hear(Heard::keys(line))?,
        (_, Form::Text) => talk.hear(Heard::text(line))?,
    })
}

/// Prints a turn; true if the talk is over.
fn show(turn: &Turn) -> io::Result<bool> {
    let mut output = io::stdout();
    for prompt in &turn.prompts {
        writeln!(output, "Tutor: {}", prompt.text)?;
    }
    for message in &turn.messages {
        writeln!(output, "Tutor: {message}")?;
    }
    output.flush()?;
    Ok(turn.end.is_some())
}
