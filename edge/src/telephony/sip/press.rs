//! Keys that come by SIP INFO, as gateways without RFC 4733 send them.

/// The key of an INFO body, by its content type; none if it tells of no key.
pub(super) fn key(content_type: &str, body: &[u8]) -> Option<char> {
    let body = std::str::from_utf8(body).ok()?;
    let kind = content_type.split(';').next()?.trim().to_ascii_lowercase();
    let signal = match kind.as_str() {
        "application/dtmf-relay" => body.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then_some(value)
        })?,
        "application/dtmf" => body,
        _ => return None,
    };
    match signal.trim().to_ascii_uppercase().as_str() {
        // The event codes of RFC 4733, as some gateways write the last two.
        "10" => Some('*'),
        "11" => Some('#'),
        signal => {
            let mut letters = signal.chars();
            let key = letters.next()?;
            let alone = letters.next().is_none();
            (alone && matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')).then_some(key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &str, body: &str, expected: Option<char>) {
        assert_eq!(key(content_type, body.as_bytes()), expected, "{body:?}");
    }

    #[test]
    fn keys_are_read_in_both_forms() {
        check(
            "application/dtmf-relay",
            "Signal=5\r\nDuration=160\r\n",
            Some('5'),
        );
        check("Application/DTMF-Relay; x=y", "signal = #\r\n", Some('#'));
        check(
            "application/dtmf-relay",
            "Duration=100\r\nSignal=10",
            Some('*'),
        );
        check("application/dtmf", "d", Some('D'));
        check("application/dtmf", "11\r\n", Some('#'));
    }

    #[test]
    fn anything_else_is_no_key() {
        check("application/dtmf-relay", "Signal=", None);
        check("application/dtmf-relay", "Signal=55", None);
        check("application/dtmf", "", None);
        check("application/media_control+xml", "5", None);
        check("", "5", None);
    }
}
