//! Delivery receipts of a service centre: loose text that every centre writes a little otherwise
//! (SMPP 3.4, appendix B).

use crate::telephony::route::Fate;

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The message's identifier, as the receipt writes it.
    pub id: String,
    /// What became of it; `None` for a state that is not known.
    pub fate: Option<Fate>,
}

/// Longest identifier that is looked for.
const ID_MAX: usize = 64;

/// Reads the text of a receipt: keys in any order and case. `None` without an identifier.
pub fn read(text: &str) -> Option<Said> {
    let id = value(text, "id")?;
    let fate = value(text, "stat").and_then(|state| fate_named(&state));
    Some(Said { id, fate })
}

/// The state as `stat:` names it.
fn fate_named(state: &str) -> Option<Fate> {
    Some(match state.to_ascii_uppercase().as_str() {
        "DELIVRD" | "DELIVERED" => Fate::Delivered,
        "ENROUTE" | "ACCEPTD" | "ACCEPTED" | "UNKNOWN" => Fate::Trying,
        "EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD" | "REJECTED" | "FAILED" => Fate::Failed,
        _ => return None,
    })
}

/// The state as the parameter `message_state` numbers it.
pub fn fate_numbered(state: u8) -> Option<Fate> {
    Some(match state {
        2 => Fate::Delivered,
        1 | 6 | 7 => Fate::Trying,
        3 | 4 | 5 | 8 => Fate::Failed,
        _ => return None,
    })
}

/// What stands after `key:`, where that is a word of its own. The text of the message, which comes
/// last and may hold keys, is not looked at.
fn value(text: &str, key: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let end = lower.find("text:").unwrap_or(lower.len());
    let head = &lower[..end];
    let pattern = format!("{key}:");
    let starts = head.match_indices(&pattern).map(|(at, _)| at);
    let own = |at: &usize| {
        let before = head[..*at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric())
    };
    let at = starts.into_iter().find(own)? + pattern.len();
    let value: String = text[at..end]
        .trim_start()
        .chars()
        .take_while(|c| !c.is_whitespace())
        .take(ID_MAX)
        .collect();
    (!value.is_empty()).then_some(value)
}

/// An identifier in every form that it may have been given in: as it is, without zeros before it,
/// and, where one side writes hexadecimal and the other decimal, in the other base.
pub fn forms(id: &str) -> Vec<String> {
    let mut forms = vec![plain(id)];
    let number = |base| u64::from_str_radix(&forms[0], base).ok();
    let others = [
        number(10).map(|value| format!("{value:x}")),
        number(16).map(|value| value.to_string()),
    ];
    for form in others.into_iter().flatten() {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// An identifier as it is kept and compared: small letters, no zeros before it.
pub fn plain(id: &str) -> String {
    let lower = id.trim().to_ascii_lowercase();
    let trimmed = lower.trim_start_matches('0');
    let kept = if trimmed.is_empty() { "0" } else { trimmed };
    kept.chars().take(ID_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Option<Fate>)>) {
        let said = read(text).map(|said| (said.id, said.fate));
        let expected = expected.map(|(id, fate)| (id.to_owned(), fate));
        assert_eq!(said, expected);
    }

    #[test]
    fn receipts_are_read_however_they_are_written() {
        let delivered = Some(Fate::Delivered);
        check(
            "id:0012617184 sub:001 dlvrd:001 submit date:2611201030 done date:2611201031 \
             stat:DELIVRD err:000 text:Muraho",
            Some(("0012617184", delivered)),
        );
        check("stat:delivered Err:0 ID:abc-9", Some(("abc-9", delivered)));
        check("id:7 stat:UNDELIV", Some(("7", Some(Fate::Failed))));
        check("id:7 stat:SOMETHING", Some(("7", None)));
        check("sub:001 dlvrd:001 msgid:4 stat:DELIVRD text:id:5", None);
        check("", None);
        check("id: text:id:5 stat:DELIVRD", None);
    }

    #[test]
    fn an_identifier_is_known_in_either_base() {
        let given = plain("00C085E0");
        assert!(forms("12617184").contains(&given));
        assert!(forms("0012617184").contains(&given));
        assert!(forms("C085E0").contains(&plain("12617184")));
        assert!(forms("m17").contains(&plain("M17")));
        assert_eq!(plain("0000"), "0");
    }
}
