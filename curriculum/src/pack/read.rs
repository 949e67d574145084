//! Reading a pack: bytes from anywhere become courses, or an error.

use std::collections::BTreeMap;

use crate::course::{Course, Lesson};
use crate::id::LessonId;
use crate::tutor::{Role, TutorText};

use super::content::{CodingError, decode_course, decode_lesson, decode_text};
use super::file::{ReadError, SignedManifest, split};
use super::key::PublicKey;
use super::manifest::{ContentHash, EntryKind, Manifest, PackId};

/// A pack whose signature and hashes were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// BLAKE3 of its manifest.
    pub id: PackId,
    /// Who signed it.
    pub signer: PublicKey,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its courses.
    pub courses: Vec<Course>,
    /// The tutor's own words, none in a pack of the first form.
    pub words: Vec<TutorText>,
}

/// The pack in these bytes, if a trusted key signed it.
///
/// # Errors
/// If any byte is not as it should be, or nobody in `trusted` signed; never panics.
pub fn read(bytes: &[u8], trusted: &[PublicKey]) -> Result<Pack, ReadError> {
    let (signed, contents) = split(bytes)?;
    if !trusted.contains(&signed.signer) {
        return Err(ReadError::Untrusted(signed.signer));
    }
    decode(&signed, &contents)
}

/// The pack in these bytes, whoever signed it: to look at, not to teach from.
///
/// # Errors
/// As [`read`], but for trust.
pub fn look(bytes: &[u8]) -> Result<Pack, ReadError> {
    let (signed, contents) = split(bytes)?;
    decode(&signed, &contents)
}

fn decode(
    signed: &SignedManifest,
    contents: &BTreeMap<ContentHash, &[u8]>,
) -> Result<Pack, ReadError> {
    let mut courses: Vec<(Course, Vec<LessonId>)> = Vec::new();
    let mut words = Vec::new();
    for entry in &signed.manifest.contents {
        let code = || entry.code.clone();
        let content = |source: CodingError| ReadError::Content {
            code: code(),
            source,
        };
        let bytes = contents.get(&entry.hash);
        let bytes = bytes.ok_or_else(|| ReadError::Missing(code()))?;
        match entry.kind {
            EntryKind::Interface => {
                words.push(decode_text(Role::Interface, &entry.code, bytes).map_err(content)?);
            }
            EntryKind::Safeguarding => {
                words.push(decode_text(Role::Safeguarding, &entry.code, bytes).map_err(content)?);
            }
            EntryKind::Course => {
                let course = decode_course(bytes).map_err(content)?;
                expect_code(course.id.as_str(), &entry.code)?;
                let empty = Course {
                    id: course.id,
                    module: course.module,
                    title: course.title,
                    lessons: Vec::new(),
                };
                courses.push((empty, course.lessons));
            }
            EntryKind::Lesson => {
                let lesson: Lesson = decode_lesson(bytes).map_err(content)?;
                expect_code(lesson.id.as_str(), &entry.code)?;
                let (course, order) = courses.last_mut().ok_or_else(|| {
                    ReadError::Order(format!("lesson `{}` comes before its course", lesson.id))
                })?;
                if order.get(course.lessons.len()) != Some(&lesson.id) {
                    let message = format!("lesson `{}` is not next in `{}`", lesson.id, course.id);
                    return Err(ReadError::Order(message));
                }
                course.lessons.push(lesson);
            }
        }
    }
    for (course, order) in &courses {
        if course.lessons.len() != order.len() {
            let message = format!("course `{}` lacks lessons", course.id);
            return Err(ReadError::Order(message));
        }
    }
    Ok(Pack {
        id: signed.id(),
        signer: signed.signer,
        manifest: signed.manifest.clone(),
        courses: courses.into_iter().map(|(course, _)| course).collect(),
        words,
    })
}

fn expect_code(found: &str, expected: &str) -> Result<(), ReadError> {
    if found == expected {
        return Ok(());
    }
    let message = format!("content called `{expected}` is `{found}`");
    Err(ReadError::Order(message))
}

#[cfg(test)]
mod tests {
    use super::super::content::{encode_content, encode_manifest};
    use super::super::file::join;
    use super::super::key::SecretKey;
    use super::super::write::write;
    use super::*;
    use crate::exercise::{Output, StoryQuestion};
    use crate::library::Library;
    use crate::question::Question;
    use crate::random::SplitMix64;
    use crate::source::SourceFile;

    fn sample() -> Vec<Course> {
        let file = |path: &str, text: &str| SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let (source, findings) = crate::source::read(&[
            file(
                "sample/course.toml",
                include_str!("../../fixtures/sources/sample/course.toml"),
            ),
            file(
                "sample/sample-kinds.toml",
                include_str!("../../fixtures/sources/sample/sample-kinds.toml"),
            ),
        ]);
        assert_eq!(findings, []);
        source
            .courses
            .iter()
            .map(|course| course.course())
            .collect()
    }

    fn place(random: &mut SplitMix64, length: usize) -> usize {
        usize::try_from(random.below(length as u64)).unwrap()
    }

    /// Changes bytes in the ways that lengths, tags and texts go wrong.
    fn damage(bytes: &mut Vec<u8>, random: &mut SplitMix64) {
        for _ in 0..=random.below(3) {
            let at = place(random, bytes.len());
            match random.below(4) {
                0 => bytes[at] ^= 1 << random.below(8),
                1 => bytes[at] = [0, 1, 9, 0x7f, 0xfb, 0xfc, 0xfd, 0xff][place(random, 8)],
                2 => {
                    let run: Vec<u8> = bytes[at..].iter().copied().take(9).collect();
                    bytes.splice(at..at, run);
                }
                _ => drop(bytes.drain(at..(at + 3).min(bytes.len() - 1).max(at))),
            }
        }
    }

    /// Signs again a pack whose contents or manifest were replaced by `change`.
    fn sign_again(
        file: &[u8],
        change: impl FnOnce(&mut Manifest, &mut Vec<Vec<u8>>, &mut Vec<u8>),
    ) -> Vec<u8> {
        let key = SecretKey::from_seed(&[7; 32]);
        let (signed, contents) = split(file).unwrap();
        let mut manifest = signed.manifest.clone();
        let entries = manifest.contents.iter();
        let mut changed: Vec<Vec<u8>> = entries
            .map(|entry| contents[&entry.hash].to_vec())
            .collect();
        let mut raw = Vec::new();
        change(&mut manifest, &mut changed, &mut raw);
        for (entry, content) in manifest.contents.iter_mut().zip(&changed) {
            entry.hash = ContentHash::of(content);
            entry.size_bytes = u32::try_from(content.len()).unwrap();
        }
        let bytes = if raw.is_empty() {
            encode_manifest(&manifest).unwrap()
        } else {
            raw
        };
        let signed = SignedManifest {
            signature: key.sign(&bytes),
            signer: key.public(),
            bytes,
            manifest,
        };
        let find = |hash| {
            changed
                .iter()
                .find(|content| ContentHash::of(content) == hash)
        };
        join(&signed, |hash| find(hash).map(Vec::as_slice)).unwrap()
    }

    fn runs() -> u64 {
        let runs = std::env::var("ISHURI_FUZZ_RUNS").ok();
        runs.and_then(|runs| runs.parse().ok()).unwrap_or(1_000)
    }

    /// Whoever holds the key may be refused or read, but nothing panics: neither the reader nor the
    /// library nor a question.
    #[test]
    fn no_signed_content_makes_anything_panic() {
        let file = write("sample", 1, &sample(), &[], &SecretKey::from_seed(&[7; 32])).unwrap();
        let mut asked = 0;
        for seed in 0..runs() {
            let mut random = SplitMix64::new(seed);
            let hostile = sign_again(&file, |_, contents, _| {
                damage(&mut contents[1], &mut random);
            });
            let Ok(pack) = look(&hostile) else { continue };
            let (library, _) = Library::new([pack]);
            for shelved in library.exercises() {
                if let Ok(question) = Question::draw(&shelved.exercise, seed, &[]) {
                    asked += 1;
                    for language in library.languages() {
                        let _ = (question.offered(language), question.right_letters());
                        let _ = (question.hint(language, 0), question.repair(language, 0));
                    }
                }
            }
        }
        assert!(asked > 0, "no damage came as far as a question");
    }

    #[test]
    fn no_signed_manifest_makes_the_reader_panic() {
        let file = write("sample", 1, &sample(), &[], &SecretKey::from_seed(&[7; 32])).unwrap();
        for seed in 0..runs() {
            let mut random = SplitMix64::new(seed);
            let hostile = sign_again(&file, |manifest, _, raw| {
                *raw = encode_manifest(manifest).unwrap();
                damage(raw, &mut random);
            });
            let _ = look(&hostile);
        }
    }

    #[test]
    fn stories_inside_stories_are_refused() {
        let mut courses = sample();
        let exercises = &mut courses[0].lessons[0].exercises;
        let story = exercises
            .iter_mut()
            .find(|exercise| exercise.kind() == "story")
            .unwrap();
        let inner = StoryQuestion {
            after_part: 1,
            exercise: story.clone(),
        };
        if let Output::Story { questions, .. } = &mut story.output {
            questions.push(inner);
        }
        let file = write("sample", 1, &courses, &[], &SecretKey::from_seed(&[7; 32])).unwrap();
        let error = look(&file).unwrap_err();
        assert!(matches!(error, ReadError::Content { .. }), "{error:?}");
    }

    #[test]
    fn contents_that_do_not_fit_together_are_refused() {
        let file = write("sample", 1, &sample(), &[], &SecretKey::from_seed(&[7; 32])).unwrap();
        for (change, expected) in [
            (0, "read pack: course `sample` lacks lessons"),
            (
                1,
                "read pack: lesson `sample-kinds` comes before its course",
            ),
            (2, "read pack: content called `other` is `sample`"),
            (3, "read content `sample-kinds` of pack"),
            (4, "read pack: not a pack file"),
            (
                5,
                "read pack: version 9 of the file or content form is not known here: update first",
            ),
        ] {
            let hostile = sign_again(&file, |manifest, contents, _| match change {
                0 => {
                    manifest.contents.truncate(1);
                    contents.truncate(1);
                }
                1 => {
                    manifest.contents.swap(0, 1);
                    contents.swap(0, 1);
                }
                2 => manifest.contents[0].code = "other".to_owned(),
                3 => {
                    let mut lesson = decode_lesson(&contents[1]).unwrap();
                    lesson.level = 6;
                    contents[1] = encode_content(&lesson).unwrap();
                }
                4 => manifest.purpose = "something else".to_owned(),
                _ => manifest.content_format = 9,
            });
            assert_eq!(look(&hostile).unwrap_err().to_string(), expected);
        }
    }
}
