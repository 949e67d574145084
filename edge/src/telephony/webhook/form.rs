//! Forms: `application/x-www-form-urlencoded`, bounded.

/// Fields of one form.
const FIELDS_MAX: usize = 128;

/// A form's fields in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form; `None` if it has too many fields, or is not UTF-8 once it is decoded.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        for field in body.split(|octet| *octet == b'&').filter(|f| !f.is_empty()) {
            if fields.len() == FIELDS_MAX {
                return None;
            }
            let equals = field.iter().position(|octet| *octet == b'=');
            let (name, value) = match equals {
                Some(at) => (&field[..at], &field[at + 1..]),
                None => (field, &[][..]),
            };
            fields.push((decoded(name)?, decoded(value)?));
        }
        Some(Self(fields))
    }

    /// The first field of this name; empty ones count as absent.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// All fields, sorted by name and value, a repeated one once: as they are signed.
    pub(super) fn sorted(&self) -> Vec<(&str, &str)> {
        let fields = self
            .0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let mut sorted: Vec<(&str, &str)> = fields.collect();
        sorted.sort_unstable();
        sorted.dedup();
        sorted
    }
}

fn decoded(text: &[u8]) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => b' ',
            b'%' => {
                let digit = |octet: Option<u8>| char::from(octet?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            octet => octet,
        });
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_are_decoded_and_empty_ones_are_absent() {
        let form = Form::parse(b"From=%2B250788000001&Body=3+%2B+4+%3D+%C3%A9&To=&x").unwrap();
        assert_eq!(form.field("From"), Some("+250788000001"));
        assert_eq!(form.field("Body"), Some("3 + 4 = é"));
        assert_eq!((form.field("To"), form.field("x")), (None, None));
        assert_eq!(form.sorted().len(), 4, "empty ones are signed");
        assert_eq!(Form::parse(b"a=%zz"), None);
        assert_eq!(Form::parse(b"a=%ff"), None);
        assert_eq!(Form::parse("a=1&".repeat(FIELDS_MAX + 1).as_bytes()), None);
    }

    impl std::fmt::Debug for Form {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_list().entries(&self.0).finish()
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _form = Form::parse(&body);
        }
    }
}
