//! What a modem writes, cut into lines (3GPP TS 27.007 and 27.005).

/// Octets of one line that are kept: the longest PDU in hexadecimal, and some more.
const LINE_OCTETS_MAX: usize = 1_024;

/// One thing that a modem wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A command is done.
    Ok,
    /// A command failed; the modem's words.
    Failed(String),
    /// The modem wants the PDU.
    Prompt,
    /// A message was stored under this number.
    Stored(u32),
    /// A message, or a report, follows in the next line.
    Follows(Following),
    /// The network it is in, unasked.
    Registration(u8),
    /// Anything else: an answer's text, or news that are nothing to us.
    Text(String),
}

/// What the next line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Following {
    Message,
    Report,
}

/// Cuts lines; keeps what is not whole yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    read: Vec<u8>,
}

impl Lines {
    /// Takes octets; gives back the lines that are whole.
    pub(super) fn handle_read(&mut self, octets: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        for &octet in octets {
            if octet == b'\r' || octet == b'\n' {
                let line = std::mem::take(&mut self.read);
                let text = String::from_utf8_lossy(&line).trim().to_owned();
                if !text.is_empty() {
                    lines.push(line_of(text));
                }
                continue;
            }
            // Noise of a port that is no modem does not fill the memory.
            if self.read.len() < LINE_OCTETS_MAX {
                self.read.push(octet);
            }
            // The prompt has no end of line.
            if self.read == b"> " {
                self.read.clear();
                lines.push(Line::Prompt);
            }
        }
        lines
    }
}

fn line_of(text: String) -> Line {
    let value = |name: &str| text.strip_prefix(name).map(str::trim);
    if text == "OK" {
        return Line::Ok;
    }
    if text == "ERROR" || text.starts_with("+CME ERROR") || text.starts_with("+CMS ERROR") {
        return Line::Failed(text);
    }
    if let Some(stored) = value("+CMTI:").or(value("+CDSI:")) {
        let number = stored
            .rsplit(',')
            .next()
            .and_then(|at| at.trim().parse().ok());
        return number.map_or(Line::Text(text), Line::Stored);
    }
    if value("+CMT:").is_some() {
        return Line::Follows(Following::Message);
    }
    if value("+CDS:").is_some() {
        return Line::Follows(Following::Report);
    }
    // Unasked it has the state alone; as an answer the kind of report stands before it.
    if let Some(state) = value("+CREG:")
        && !state.contains(',')
        && let Ok(state) = state.parse()
    {
        return Line::Registration(state);
    }
    Line::Text(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(octets: &str, expected: &[Line]) {
        assert_eq!(Lines::default().handle_read(octets.as_bytes()), expected);
    }

    #[test]
    fn lines_are_told_apart() {
        let text = |text: &str| Line::Text(text.to_owned());
        check(
            "\r\n+CSQ: 18,0\r\n\r\nOK\r\n",
            &[text("+CSQ: 18,0"), Line::Ok],
        );
        check("\r\n> ", &[Line::Prompt]);
        check("\r\n+CMTI: \"SM\",3\r\n", &[Line::Stored(3)]);
        check(
            "\r\n+CMT: ,20\r\n0004\r\n",
            &[Line::Follows(Following::Message), text("0004")],
        );
        check("\r\n+CREG: 5\r\n", &[Line::Registration(5)]);
        check("\r\n+CREG: 0,1\r\n", &[text("+CREG: 0,1")]);
        check(
            "\r\n+CMS ERROR: 322\r\n",
            &[Line::Failed("+CMS ERROR: 322".to_owned())],
        );
        check("\r\n+CMTI: nonsense\r\n", &[text("+CMTI: nonsense")]);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_octets_are_cut(
            octets in proptest::collection::vec(any::<u8>(), 0..300),
            at in any::<proptest::sample::Index>(),
        ) {
            let whole = Lines::default().handle_read(&octets);
            let mut lines = Lines::default();
            let (first, second) = octets.split_at(at.index(octets.len() + 1));
            let mut cut = lines.handle_read(first);
            cut.extend(lines.handle_read(second));
            prop_assert_eq!(cut, whole);
        }
    }
}
