//! Composing: what one turn says becomes prompts, or messages of one part each.

use curriculum::interface::sentences;

use super::output::TEXT_SEPTETS_MAX;

/// A part of a message: kept whatever the length, or left out when it does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextPart {
    pub text: String,
    pub may_drop: bool,
}

/// Joins parts into messages of one part each. What may be dropped is dropped, last first, before
/// a second message is begun; a single part that is too long is cut between sentences, then words.
pub(super) fn messages(parts: Vec<TextPart>) -> Vec<String> {
    let mut parts: Vec<TextPart> = parts
        .into_iter()
        .map(|part| TextPart {
            text: plain(&part.text),
            ..part
        })
        .filter(|part| !part.text.is_empty())
        .collect();
    while total(&parts) > TEXT_SEPTETS_MAX {
        match parts.iter().rposition(|part| part.may_drop) {
            Some(at) => parts.remove(at),
            None => break,
        };
    }
    let mut messages: Vec<String> = Vec::new();
    for part in parts {
        append(&mut messages, &part.text);
    }
    messages
}

fn total(parts: &[TextPart]) -> usize {
    let letters: usize = parts.iter().map(|part| septets(&part.text)).sum();
    letters + parts.len().saturating_sub(1)
}

/// Puts `text` at the end, whole if it fits, else in a new message, else cut.
fn append(messages: &mut Vec<String>, text: &str) {
    let fits = |message: &String| septets(message) + 1 + septets(text) <= TEXT_SEPTETS_MAX;
    match messages.last_mut().filter(|message| fits(message)) {
        Some(message) => {
            message.push(' ');
            message.push_str(text);
        }
        None if septets(text) <= TEXT_SEPTETS_MAX => messages.push(text.to_owned()),
        None => {
            let pieces: Vec<&str> = sentences(text).collect();
            if pieces.len() > 1 {
                pieces
                    .iter()
                    .for_each(|sentence| append(messages, sentence));
            } else {
                cut(messages, text);
            }
        }
    }
}

fn cut(messages: &mut Vec<String>, text: &str) {
    for word in text.split_whitespace() {
        let short: String = word.chars().take(TEXT_SEPTETS_MAX).collect();
        append(messages, &short);
    }
}

/// Septets a text takes in the GSM 7-bit alphabet; every character left by [`plain`] takes one.
fn septets(text: &str) -> usize {
    text.chars().count()
}

/// The text in letters that every telephone has: anything else is written plainly or left out.
fn plain(text: &str) -> String {
    let letters = text.chars().map(|c| match c {
        '’' | '‘' | '`' => '\'',
        '“' | '”' => '"',
        '–' | '—' | '−' => '-',
        'á' | 'â' | 'ã' => 'a',
        'ê' | 'ë' => 'e',
        'í' | 'î' | 'ï' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'û' => 'u',
        'ç' => 'c',
        '[' | '{' => '(',
        ']' | '}' => ')',
        '×' => 'x',
        '÷' => '/',
        '\n' | '\u{a0}' => ' ',
        _ => c,
    });
    let known: String = letters
        .filter(|c| curriculum::interface::GSM7_BASIC.contains(*c))
        .collect();
    known.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(text: &str, may_drop: bool) -> TextPart {
        TextPart {
            text: text.to_owned(),
            may_drop,
        }
    }

    #[test]
    fn what_may_be_left_out_makes_room_for_the_question() {
        let praise = "Yes! ".repeat(10);
        let parts = vec![
            part("It is 40.", false),
            part(&praise, true),
            part(&"How many? ".repeat(13), false),
        ];
        let sent = messages(parts);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].starts_with("It is 40. How many?"), "{sent:?}");
    }

    #[test]
    fn a_long_text_is_cut_between_sentences() {
        let sent = messages(vec![part(&"A hen sat on a wall. ".repeat(12), false)]);
        assert_eq!(sent.len(), 2);
        assert!(sent.iter().all(|message| message.ends_with('.')));
    }

    #[test]
    fn letters_that_would_treble_the_price_are_written_plainly() {
        assert_eq!(
            messages(vec![part("“Zoë’s” – ok…", false)]),
            ["\"Zoe's\" - ok"]
        );
    }

    proptest! {
        #[test]
        fn no_message_is_longer_than_one_part(texts in prop::collection::vec(".{0,400}", 0..6)) {
            let parts = texts.iter().map(|text| part(text, false)).collect();
            for message in messages(parts) {
                prop_assert!(septets(&message) <= TEXT_SEPTETS_MAX && !message.is_empty());
            }
        }
    }
}
