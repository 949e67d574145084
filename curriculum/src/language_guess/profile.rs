//! The weights: one line per feature.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::Language;

/// The languages a text is guessed among, in the order of a profile's columns.
pub const GUESSED: [Language; 3] = [Language::ENGLISH, Language::KINYARWANDA, Language::SWAHILI];

/// How much each feature speaks for each language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    weights: HashMap<String, [f32; 3]>,
}

/// A line that is no feature with three weights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read language profile, line {line}: expected a feature and three whole numbers, by tabs")]
pub struct ProfileError {
    line: usize,
}

/// Weights are written in hundredths.
const PER_UNIT: f32 = 100.0;

impl Profile {
    /// Reads lines of a feature and its weight for each of [`GUESSED`] in hundredths; lines that
    /// start with `#` are notes.
    ///
    /// # Errors
    /// Names the first line that has another form.
    pub fn read(source: &str) -> Result<Self, ProfileError> {
        let mut weights = HashMap::new();
        for (index, line) in source
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.starts_with('#'))
        {
            let entry = read_line(line).ok_or(ProfileError { line: index + 1 })?;
            weights.insert(entry.0, entry.1);
        }
        Ok(Self { weights })
    }

    /// The evidence of one feature for each language; nothing for an unknown one.
    pub fn weights(&self, feature: &str) -> [f32; 3] {
        self.weights.get(feature).copied().unwrap_or_default()
    }
}

fn read_line(line: &str) -> Option<(String, [f32; 3])> {
    let mut columns = line.split('\t');
    let feature = columns.next().filter(|feature| !feature.is_empty())?;
    let mut weight = || {
        columns
            .next()?
            .parse::<i16>()
            .ok()
            .map(|hundredths| f32::from(hundredths) / PER_UNIT)
    };
    let weights = [weight()?, weight()?, weight()?];
    columns
        .next()
        .is_none()
        .then(|| (feature.to_owned(), weights))
}

/// The weights that come with this crate.
pub fn shipped() -> &'static Profile {
    static SHIPPED: OnceLock<Profile> = OnceLock::new();
    // A test reads the file; if it could not be read, nothing would be guessed, never a panic.
    SHIPPED.get_or_init(|| Profile::read(include_str!("profile.tsv")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_profile_reads() {
        let profile = Profile::read(include_str!("profile.tsv")).unwrap();
        assert!(profile.weights.len() > 1_000);
    }

    #[test]
    fn a_faulty_line_is_named() {
        for bad in ["", "ab\t1\t2", "ab\t1\t2\tx", "\t1\t2\t3", "ab\t1\t2\t3\t4"] {
            let source = format!("# note\nth\t1\t2\t-3\n{bad}\n");
            assert_eq!(
                Profile::read(&source),
                Err(ProfileError { line: 3 }),
                "{bad:?}"
            );
        }
    }
}
