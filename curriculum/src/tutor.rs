//! The tutor's own words: what is said outside lessons, and what must alarm, as texts that travel.
//!
//! They come in the signed pack, like lessons, so that a wording or a phrase set is mended without a
//! new program. The program carries a copy of its own for a box that has no pack yet, or only one
//! from before packs carried them; a saying that an older pack lacks is taken from that copy too.

use crate::Language;
use crate::interface::{Interface, InterfaceError, Wording};
use crate::safeguarding::{Watch, WatchError};

/// What a text of the tutor's own is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What is said outside lessons, and the words learners use with it.
    Interface,
    /// Phrases that a person must see within a minute.
    Safeguarding,
}

/// One text of the tutor's own, as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TutorText {
    /// What it is for.
    pub role: Role,
    /// Its language.
    pub language: Language,
    /// The file.
    pub text: String,
}

/// What the tutor says and what alarms, in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TutorWords {
    /// What is said outside lessons.
    pub interface: Interface,
    /// What must alarm.
    pub watches: Vec<Watch>,
}

/// A text that cannot be used here; the program's own is used instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TutorFault {
    /// An interface file of a form that is not known here.
    #[error("use the interface of a pack")]
    Interface(#[from] InterfaceError),
    /// A phrase set of a form that is not known here.
    #[error("use the safeguarding phrases of a pack")]
    Safeguarding(#[from] WatchError),
    /// A text that says it is in another language than its place.
    #[error("use a text of a pack: `{found}` stands where `{expected}` should")]
    Language {
        /// The language named in the file.
        found: Language,
        /// The language it was packed as.
        expected: Language,
    },
}

const INTERFACES: [&str; 3] = [
    include_str!("../packs/interface/en.toml"),
    include_str!("../packs/interface/rw.toml"),
    include_str!("../packs/interface/sw.toml"),
];
const PHRASES: [&str; 3] = [
    include_str!("../packs/safeguarding/en.toml"),
    include_str!("../packs/safeguarding/rw.toml"),
    include_str!("../packs/safeguarding/sw.toml"),
];

impl Role {
    /// The folder its files stand in.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Safeguarding => "safeguarding",
        }
    }

    /// What a folder of this name holds, if it is the tutor's own.
    pub fn of_folder(folder: &str) -> Option<Self> {
        [Self::Interface, Self::Safeguarding]
            .into_iter()
            .find(|role| role.folder() == folder)
    }
}

impl TutorWords {
    /// The words in `texts`, the first of each kind and language; where there is none, or one that
    /// cannot be used, the program's own.
    ///
    /// # Errors
    /// If the program's own cannot be read: they are checked by a test.
    pub fn new<'a>(
        texts: impl IntoIterator<Item = &'a TutorText>,
    ) -> Result<(Self, Vec<TutorFault>), TutorFault> {
        let mut wordings = INTERFACES
            .into_iter()
            .map(Wording::parse)
            .collect::<Result<Vec<_>, _>>()?;
        let mut watches = PHRASES
            .into_iter()
            .map(Watch::parse)
            .collect::<Result<Vec<_>, _>>()?;
        let own = wordings.clone();
        let (mut seen, mut faults) = (Vec::new(), Vec::new());
        for text in texts {
            if seen.contains(&(text.role, text.language)) {
                continue;
            }
            seen.push((text.role, text.language));
            let taken = match text.role {
                Role::Interface => read_wording(text, &own).map(|wording| {
                    replace(&mut wordings, wording, |wording| wording.language);
                }),
                Role::Safeguarding => read_watch(text).map(|watch| {
                    replace(&mut watches, watch, Watch::language);
                }),
            };
            faults.extend(taken.err());
        }
        let interface = Interface::new(wordings)?;
        Ok((Self { interface, watches }, faults))
    }
}

fn read_wording(text: &TutorText, own: &[Wording]) -> Result<Wording, TutorFault> {
    let of = |language| own.iter().find(|wording| wording.language == language);
    let spare = of(text.language).or_else(|| of(Language::ENGLISH));
    let wording = Wording::read(&text.text, spare)?;
    expect(wording.language, text.language)?;
    Ok(wording)
}

fn read_watch(text: &TutorText) -> Result<Watch, TutorFault> {
    let watch = Watch::parse(&text.text)?;
    expect(watch.language(), text.language)?;
    Ok(watch)
}

fn expect(found: Language, expected: Language) -> Result<(), TutorFault> {
    if found == expected {
        return Ok(());
    }
    Err(TutorFault::Language { found, expected })
}

fn replace<T>(all: &mut Vec<T>, new: T, language: impl Fn(&T) -> Language) {
    match all.iter_mut().find(|old| language(old) == language(&new)) {
        Some(old) => *old = new,
        None => all.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::{Form, Saying};
    use crate::safeguarding::notice;

    fn text(role: Role, language: Language, text: String) -> TutorText {
        TutorText {
            role,
            language,
            text,
        }
    }

    fn said(texts: &[TutorText], language: Language) -> (String, usize) {
        let (words, faults) = TutorWords::new(texts).unwrap();
        let wording = words.interface.wording(language);
        (
            wording.say(Saying::Tell, Form::Voice, 0).to_owned(),
            faults.len(),
        )
    }

    #[test]
    fn a_pack_brings_its_own_words_and_the_program_has_them_where_it_brings_none() {
        let (english, swahili) = (Language::ENGLISH, Language::SWAHILI);
        let own = said(&[], english).0;
        assert_eq!(own, "Here is how it goes.");
        let new = INTERFACES[0].replace(&own, "Look how it goes.");
        let texts = [text(Role::Interface, english, new)];
        assert_eq!(said(&texts, english), ("Look how it goes.".to_owned(), 0));
        assert_eq!(said(&texts, swahili), said(&[], swahili));
    }

    /// New reader, old data: a saying made after the pack. Old reader, new data: one it cannot know.
    #[test]
    fn a_pack_with_sayings_too_few_or_too_many_is_used_all_the_same() {
        let english = Language::ENGLISH;
        let own = said(&[], english).0;
        let fewer = INTERFACES[0].replacen("\ntell = ", "\ntell_otherwise = ", 1);
        assert_eq!(
            said(&[text(Role::Interface, english, fewer)], english),
            (own, 0)
        );
    }

    #[test]
    fn a_text_that_cannot_be_read_leaves_what_was_there() {
        let english = Language::ENGLISH;
        let broken = [
            text(Role::Interface, english, "say = 3".to_owned()),
            text(Role::Safeguarding, english, PHRASES[1].to_owned()),
        ];
        let (words, faults) = TutorWords::new(&broken).unwrap();
        assert_eq!(faults.len(), 2);
        assert!(notice("my uncle beats me every day", &words.watches).is_some());
    }
}
