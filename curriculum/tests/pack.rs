//! A pack survives its bytes, and no bytes survive as a pack that were not signed.

use std::fs;
use std::path::Path;

use curriculum::Language;
use curriculum::course::Course;
use curriculum::id::{ExerciseId, SkillId};
use curriculum::library::Library;
use curriculum::pack::{PublicKey, ReadError, SecretKey, join, look, read, split, write};
use curriculum::random::SplitMix64;
use curriculum::source::SourceFile;
use curriculum::tutor::{Role, TutorText};
use proptest::prelude::*;

/// The sample course, which has every kind of exercise.
fn sample() -> Vec<Course> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources");
    let files = ["sample/course.toml", "sample/sample-kinds.toml"].map(|path| SourceFile {
        path: path.to_owned(),
        text: fs::read_to_string(folder.join(path)).expect("the sample is there"),
    });
    let (source, findings) = curriculum::source::read(&files);
    assert_eq!(findings, []);
    source
        .courses
        .iter()
        .map(|course| course.course())
        .collect()
}

fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

fn bytes(version: u64, courses: &[Course]) -> Vec<u8> {
    write("sample", version, courses, &[], &key()).expect("the sample is small")
}

#[test]
fn a_pack_survives_its_bytes() {
    let courses = sample();
    let file = bytes(3, &courses);
    let pack = read(&file, &[key().public()]).unwrap();
    assert_eq!(pack.courses, courses);
    assert_eq!(
        (pack.manifest.version, pack.manifest.name.as_str()),
        (3, "sample")
    );
    assert_eq!(pack.manifest.languages.len(), 2);
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    assert_eq!(bytes(3, &sample()), bytes(3, &sample()));
    assert_ne!(
        look(&bytes(3, &sample())).unwrap().id,
        look(&bytes(4, &sample())).unwrap().id
    );
}

/// What an earlier release wrote is read for ever: this file is never made again.
#[test]
fn the_first_release_of_the_form_is_still_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pack/form-1.pack");
    let pack = read(&fs::read(path).unwrap(), &[key().public()]).unwrap();
    let lesson = &pack.courses[0].lessons[0];
    let kinds: Vec<_> = lesson
        .exercises
        .iter()
        .map(|exercise| exercise.kind())
        .collect();
    assert_eq!(
        kinds,
        [
            "number", "choice", "phrase", "fill-in", "order", "open", "story", "line", "argument"
        ]
    );
}

/// Words of the tutor's own; what they say is not looked at by a pack.
fn words() -> Vec<TutorText> {
    [Role::Interface, Role::Safeguarding]
        .map(|role| TutorText {
            role,
            language: Language::KINYARWANDA,
            text: format!("# {}\nlanguage = \"rw\"\n", role.folder()),
        })
        .to_vec()
}

fn form_of(file: &[u8]) -> u16 {
    u16::from_le_bytes([file[8], file[9]])
}

#[test]
fn the_tutors_own_words_travel_with_the_lessons() {
    let file = write("sample", 3, &sample(), &words(), &key()).unwrap();
    let pack = read(&file, &[key().public()]).unwrap();
    assert_eq!(
        (pack.words.clone(), pack.courses.clone()),
        (words(), sample())
    );
    assert_eq!(Library::new([pack]).0.words(), words());
}

/// Old reader, new data: a form is named by its first bytes, before anything that may be new.
#[test]
fn a_pack_is_written_in_the_oldest_form_that_holds_it_and_a_later_form_is_refused_by_name() {
    let mut file = write("sample", 3, &sample(), &words(), &key()).unwrap();
    assert_eq!((form_of(&bytes(3, &sample())), form_of(&file)), (1, 2));
    file[8] = 3;
    assert_eq!(look(&file), Err(ReadError::Version { found: 3 }));
    file[8] = 1;
    assert!(
        look(&file).is_err(),
        "a form that is not the manifest's own"
    );
}

/// As for the first form: this file is never made again.
#[test]
fn the_second_form_is_still_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pack/form-2.pack");
    let pack = read(&fs::read(path).unwrap(), &[key().public()]).unwrap();
    assert_eq!((pack.words, pack.courses.len()), (words(), 1));
}

#[test]
fn a_signature_by_somebody_else_is_not_trusted() {
    let file = bytes(1, &sample());
    let other = SecretKey::from_seed(&[8; 32]).public();
    assert_eq!(
        read(&file, &[other]),
        Err(ReadError::Untrusted(key().public()))
    );
    assert_eq!(read(&file, &[]), Err(ReadError::Untrusted(key().public())));
}

#[test]
fn a_change_in_one_lesson_is_one_content_to_fetch() {
    let (before, after) = (sample(), {
        let mut courses = sample();
        courses[0].lessons[0].minutes += 1;
        courses
    });
    let (before, after) = (bytes(1, &before), bytes(2, &after));
    let (_, have) = split(&before).unwrap();
    let (wanted, new) = split(&after).unwrap();
    let missing = wanted.missing(|hash| have.contains_key(&hash));
    assert_eq!(missing.len(), 1);
    let joined = join(&wanted, |hash| have.get(&hash).or(new.get(&hash)).copied()).unwrap();
    assert_eq!(joined, after);
    let absent = join(&wanted, |hash| have.get(&hash).copied());
    assert_eq!(absent, Err(ReadError::Missing("sample-kinds".to_owned())));
}

#[test]
fn every_cut_and_every_added_byte_is_refused() {
    let file = bytes(1, &sample());
    for length in (0..file.len()).step_by(97).chain([file.len() - 1]) {
        assert!(look(&file[..length]).is_err(), "cut to {length}");
    }
    let longer = [file.as_slice(), &[0]].concat();
    assert!(matches!(look(&longer), Err(ReadError::Size { .. })));
}

/// Flips and overwrites bytes: none may pass, none may panic. `ISHURI_FUZZ_RUNS` sets how many.
#[test]
fn no_damaged_pack_is_read() {
    let runs = std::env::var("ISHURI_FUZZ_RUNS").ok();
    let runs: u64 = runs.and_then(|runs| runs.parse().ok()).unwrap_or(2_000);
    let file = bytes(1, &sample());
    for seed in 0..runs {
        let damaged = damage(&file, seed);
        if damaged != file {
            assert!(look(&damaged).is_err(), "seed {seed} was read");
        }
    }
}

fn damage(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = SplitMix64::new(seed);
    let mut damaged = bytes.to_vec();
    let place = |random: &mut SplitMix64, length: usize| {
        usize::try_from(random.below(length as u64)).unwrap_or(0)
    };
    for _ in 0..=random.below(4) {
        let at = place(&mut random, damaged.len());
        match random.below(5) {
            0 => damaged[at] ^= 1 << random.below(8),
            1 => damaged[at] = [0, 1, 0x7f, 0xfb, 0xfc, 0xfd, 0xff][place(&mut random, 7)],
            2 => damaged.truncate(at.max(1)),
            3 => {
                let run = damaged[at..].iter().copied().take(16).collect::<Vec<_>>();
                damaged.splice(at..at, run);
            }
            _ => {
                let end = (at + 8).min(damaged.len());
                damaged[at..end].fill(0xff);
            }
        }
    }
    damaged
}

#[test]
fn the_newest_pack_of_a_name_is_on_the_shelf() {
    let courses = sample();
    let mut newer = sample();
    newer[0].lessons[0].minutes = 9;
    let packs = [bytes(2, &newer), bytes(1, &courses)].map(|file| look(&file).unwrap());
    let (library, faults) = Library::new(packs);
    assert_eq!(faults, []);
    let lesson = library.courses().next().unwrap().lessons[0].clone();
    assert_eq!(lesson.minutes, 9);
    assert_eq!(library.lesson(&lesson.id), Some(&lesson));
    assert_eq!(library.course_of(&lesson.id).unwrap().id.as_str(), "sample");
    let farm = SkillId::new("sa.farm").unwrap();
    let ladder: Vec<u8> = library
        .exercises_of(&farm)
        .iter()
        .map(|e| e.difficulty)
        .collect();
    assert_eq!(ladder, [10, 12, 14, 18, 20, 30, 40, 50]);
    let asked = ExerciseId::new("sa.farm.hen-story-found").unwrap();
    let story = library.shelved(&asked).unwrap().story.clone().unwrap();
    assert_eq!(story.as_str(), "sa.farm.hen-story");
    let adding = ExerciseId::new("sa.add.both").unwrap();
    assert_eq!(library.shelved(&adding).unwrap().draws, 30);
    assert_eq!(library.skills().ancestors(&farm).len(), 1);
    assert_eq!(library.questions().count(), 1);
}

#[test]
fn packs_that_clash_are_told_and_do_without() {
    let key = key();
    let file =
        |name, courses: &[Course]| look(&write(name, 1, courses, &[], &key).unwrap()).unwrap();
    let mut lone = sample();
    lone[0].id = "lone".parse().unwrap();
    lone[0].lessons[0].id = "lone-lesson".parse().unwrap();
    lone[0].lessons[0].exercises.truncate(1);
    lone[0].lessons[0].skills = vec![lone[0].lessons[0].skills[1].clone()];
    lone[0].lessons[0].skills[0].needs = vec!["sa.gone".parse().unwrap()];
    let (library, faults) = Library::new([file("b", &sample()), file("a", &lone)]);
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "shelve `sa.farm` of pack `b`: another pack has that code",
            "shelve `sa.add.both` of pack `b`: another pack has that code",
            "shelve skill `sa.farm`: no pack has `sa.gone`, which it needs",
        ]
    );
    assert_eq!(library.skills().len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(look(&bytes).is_err());
        let framed = [b"ISHURIPK\x01\x00".as_slice(), &bytes].concat();
        prop_assert!(look(&framed).is_err());
    }

    #[test]
    fn keys_survive_their_text(seed: [u8; 32]) {
        let public = SecretKey::from_seed(&seed).public();
        prop_assert_eq!(public.to_string().parse::<PublicKey>(), Ok(public));
    }
}
