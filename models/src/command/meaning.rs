//! `ishuri-models meaning`: JSON lines `{"a":…,"b":…}` in, `{"likeness":…}` out, in order.

use std::io::{BufRead, Read, Write};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use models::onnx::MiniLm;
use models::sentence::{SentenceEncoder, TEXT_BYTES_MAX};

/// Two texts with every character escaped, and their names.
const LINE_BYTES_MAX: u64 = 2 * 6 * TEXT_BYTES_MAX as u64 + 64;

#[derive(clap::Args)]
pub(crate) struct Args {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    a: String,
    b: String,
}

#[derive(Serialize)]
struct Scored {
    likeness: f32,
}

pub(crate) fn run(Args {}: Args) -> anyhow::Result<()> {
    let mut model = MiniLm::installed()?;
    score(
        &mut model,
        std::io::stdin().lock(),
        std::io::stdout().lock(),
    )
}

fn score(
    model: &mut dyn SentenceEncoder,
    mut lines: impl BufRead,
    mut out: impl Write,
) -> anyhow::Result<()> {
    for number in 1_u64.. {
        let mut line = Vec::new();
        let read = lines
            .by_ref()
            .take(LINE_BYTES_MAX + 1)
            .read_until(b'\n', &mut line)
            .context("read standard input")?;
        if read == 0 {
            break;
        }
        if line.len() as u64 > LINE_BYTES_MAX {
            bail!("line {number}: longer than {LINE_BYTES_MAX} bytes");
        }
        let pair: Pair = serde_json::from_slice(&line)
            .with_context(|| format!(r#"line {number}: expected {{"a":"…","b":"…"}}"#))?;
        let vectors = model
            .encode(&[&pair.a, &pair.b])
            .with_context(|| format!("line {number}"))?;
        let likeness = vectors[0].likeness(&vectors[1]);
        serde_json::to_writer(&mut out, &Scored { likeness })?;
        // A program may wait for the answer to one line before it writes the next.
        out.write_all(b"\n")
            .and_then(|()| out.flush())
            .context("write standard output")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::scripted::ScriptedEncoder;

    fn check(input: &str) -> (String, anyhow::Result<()>) {
        let mut out = Vec::new();
        let done = score(&mut ScriptedEncoder::default(), input.as_bytes(), &mut out);
        (String::from_utf8(out).unwrap(), done)
    }

    #[test]
    fn every_line_is_answered_in_order() {
        let (out, done) =
            check("{\"a\":\"yes\",\"b\":\"yes\"}\n{\"a\":\"one two\",\"b\":\"three four\"}");
        done.unwrap();
        assert_eq!(out.lines().count(), 2);
        assert_eq!(out.lines().next(), Some(r#"{"likeness":1.0}"#));
    }

    #[test]
    fn a_malformed_line_is_named() {
        for bad in [
            "not json",
            r#"{"a":"x"}"#,
            r#"{"a":"x","b":"y","c":"z"}"#,
            "",
        ] {
            let (out, done) = check(&format!("{{\"a\":\"x\",\"b\":\"x\"}}\n{bad}\n"));
            assert_eq!(out.lines().count(), 1, "{bad:?}");
            assert!(
                format!("{:#}", done.unwrap_err()).starts_with("line 2: "),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn an_endless_line_is_refused() {
        let (_, done) = check(&"x".repeat(LINE_BYTES_MAX as usize + 10));
        assert!(done.unwrap_err().to_string().contains("longer than"));
    }
}
