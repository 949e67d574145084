//! The record: everything a turn changes, written in one transaction, and read back when a learner
//! returns.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use curriculum::Timestamp;
use curriculum::id::LearnerId;
use curriculum::time::UtcOffset;
use rusqlite::{Connection, Transaction};
use sync::box_id::{BoxId, Epoch};
use sync::contact::Hello;
use sync::cursor::{Mark, Tag};
use sync::journal::{Entry, Journal, JournalError, StartClock};
use sync::lane::{Lane, Seq};
use sync::sender::{Adoption, Allowance, Want};

use super::fact::Page;
use crate::dialogue::{DialogueState, Fact};
use crate::phone_number::PhoneNumber;
use crate::store::database::{self, DatabaseError};
use crate::store::learner::{self, Learner, RowError};
use crate::store::sealing::{BoxSecret, SealError, TelephoneId};
use crate::store::writer::{WriteError, Writer};
use crate::store::{attempt, missed_call, telephone};

/// When this program's facts can have begun: 2026-11-01T00:00:00Z. A clock before it is wrong.
const BUILT_MS: u64 = 1_793_491_200_000;

/// The box's records, opened.
#[derive(Debug)]
pub struct Record {
    secret: Arc<BoxSecret>,
    journal: Arc<Mutex<Journal>>,
    writer: Writer,
    reader: Mutex<Connection>,
    started: Instant,
    offset: UtcOffset,
}

/// Who may be speaking on a telephone, and where its dialogue stands.
#[derive(Debug)]
pub struct Known {
    pub learners: Vec<Learner>,
    pub state: Option<DialogueState>,
}

/// Why the records could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The folder could not be made.
    #[error("make the data folder {folder}: {source}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The database could not be opened.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The box's secret could not be used.
    #[error(transparent)]
    Secret(#[from] SealError),
    /// The journal could not be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Rows could not be read.
    #[error(transparent)]
    Row(#[from] RowError),
    /// A turn could not be written; nothing of it remains.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The writer's thread could not be started.
    #[error("start the writer: {0}")]
    Thread(std::io::Error),
}

impl Record {
    /// Opens the records in a folder, making what is missing.
    pub fn open(folder: &Path, offset: UtcOffset) -> Result<Self, RecordError> {
        std::fs::create_dir_all(folder).map_err(|source| RecordError::Folder {
            folder: folder.to_owned(),
            source,
        })?;
        let secret = BoxSecret::open(folder)?;
        let path = folder.join("box.sqlite");
        let (mut connection, reader) = (database::open(&path)?, database::open(&path)?);
        let started = Instant::now();
        let start = StartClock {
            wall_ms: wall_ms(),
            monotonic_ms: 0,
            built_ms: BUILT_MS,
        };
        let mut fresh = [0; 16];
        getrandom::fill(&mut fresh).map_err(SealError::from)?;
        let transaction = connection.transaction().map_err(RowError::from)?;
        let journal = Journal::open(&transaction, BoxId(fresh), start)?;
        transaction.commit().map_err(RowError::from)?;
        Ok(Self {
            secret: Arc::new(secret),
            journal: Arc::new(Mutex::new(journal)),
            writer: Writer::start(connection).map_err(RecordError::Thread)?,
            reader: Mutex::new(reader),
            started,
            offset,
        })
    }

    /// Time as the box believes: it never goes back, whatever the operating system's clock does.
    pub fn now(&self) -> Timestamp {
        let now_ms = lock(&self.journal).now_ms(self.monotonic_ms());
        Timestamp(i64::try_from(now_ms).unwrap_or(i64::MAX))
    }

    /// Finds the telephone with this number, or makes its row.
    pub fn meet(&self, number: &PhoneNumber) -> Result<TelephoneId, RecordError> {
        let (secret, number) = (Arc::clone(&self.secret), number.clone());
        Ok(self
            .writer
            .write(move |transaction| telephone::meet(transaction, &secret, &number))?)
    }

    /// What is known of those who use a telephone.
    pub fn known(&self, telephone: TelephoneId) -> Result<Known, RecordError> {
        let reader = lock(&self.reader);
        let mut learners = Vec::new();
        for id in telephone::learners(&reader, telephone)? {
            learners.extend(learner::find(&reader, &self.secret, id)?);
        }
        let state = telephone::dialogue(&reader, &self.secret, telephone)?;
        let state = state.and_then(|bytes| DialogueState::from_bytes(&bytes));
        Ok(Known { learners, state })
    }

    /// Every attempt of a learner, in the order in which they are folded.
    pub fn attempts(
        &self,
        learner: LearnerId,
    ) -> Result<Vec<curriculum::attempt::Attempt>, RecordError> {
        Ok(attempt::of_learner(&lock(&self.reader), learner)?)
    }

    /// Writes what a turn changed: rows, folds, dialogue state and journal events together.
    /// When this returns, a power cut cannot take it back.
    pub fn write(
        &self,
        telephone: TelephoneId,
        facts: Vec<Fact>,
        state: Option<DialogueState>,
    ) -> Result<(), RecordError> {
        self.write_and(telephone, facts, state, |_, _| Ok(()))
    }

    /// As [`Record::write`], with more in the same transaction.
    pub(super) fn write_and(
        &self,
        telephone: TelephoneId,
        facts: Vec<Fact>,
        state: Option<DialogueState>,
        more: impl FnOnce(&Transaction<'_>, &BoxSecret) -> Result<(), RowError> + Send + 'static,
    ) -> Result<(), RecordError> {
        let (secret, journal) = (Arc::clone(&self.secret), Arc::clone(&self.journal));
        let (offset, monotonic_ms) = (self.offset, self.monotonic_ms());
        Ok(self.writer.write(move |transaction| {
            let page = Page {
                transaction,
                secret: &secret,
                telephone,
                offset,
            };
            let mut journal = lock(&journal);
            for fact in &facts {
                if let Some(event) = page.write(fact)? {
                    journal.append(transaction, &event, monotonic_ms)?;
                }
            }
            if let Some(state) = state {
                let bytes = state.to_bytes().map_err(|error| RowError::Broken {
                    table: "telephone",
                    what: error.to_string(),
                })?;
                telephone::keep_dialogue(transaction, &secret, telephone, &bytes)?;
            }
            more(transaction, &secret)?;
            Ok::<_, RecordError>(())
        })?)
    }

    /// What was remembered of missed calls, if anything.
    pub fn missed_calls(&self) -> Result<Option<Vec<u8>>, RecordError> {
        Ok(missed_call::kept(&lock(&self.reader), &self.secret)?)
    }

    /// Remembers missed calls. When this returns, a power cut cannot take it back.
    pub fn keep_missed_calls(&self, beeps: Vec<u8>) -> Result<(), RecordError> {
        let secret = Arc::clone(&self.secret);
        Ok(self
            .writer
            .write(move |transaction| missed_call::keep(transaction, &secret, &beeps))?)
    }

    /// Writes rows that belong to no turn, in one transaction.
    pub(super) fn write_with<T: Send + 'static>(
        &self,
        plan: impl FnOnce(&Transaction<'_>, &BoxSecret) -> Result<T, RowError> + Send + 'static,
    ) -> Result<T, RecordError> {
        let secret = Arc::clone(&self.secret);
        Ok(self
            .writer
            .write(move |transaction| plan(transaction, &secret))?)
    }

    /// Reads rows.
    pub(super) fn read_with<T>(
        &self,
        read: impl FnOnce(&Connection, &BoxSecret) -> Result<T, RowError>,
    ) -> Result<T, RecordError> {
        Ok(read(&lock(&self.reader), &self.secret)?)
    }

    /// The number of a telephone that has been met.
    pub(super) fn number(&self, telephone: TelephoneId) -> Result<PhoneNumber, RecordError> {
        self.read_with(|connection, secret| telephone::number(connection, secret, telephone))
    }

    /// Whose records these are.
    pub fn box_id(&self) -> BoxId {
        lock(&self.journal).box_id()
    }

    /// First words of a session with the hub. `nonce` is drawn for it.
    pub fn hello(&self, nonce: u64) -> Result<Hello, RecordError> {
        Ok(lock(&self.journal).hello(&lock(&self.reader), nonce)?)
    }

    /// The tag of an entry of the journal; the genesis tag at 0.
    pub fn tag(&self, epoch: Epoch, lane: Lane, seq: Seq) -> Result<Option<Tag>, RecordError> {
        Ok(lock(&self.journal).tag(&lock(&self.reader), epoch, lane, seq)?)
    }

    /// Entries of the journal that a session wants to send.
    pub fn wanted(&self, want: &Want) -> Result<Vec<Entry>, RecordError> {
        Ok(lock(&self.journal).wanted(&lock(&self.reader), want)?)
    }

    /// Keeps what the hub's welcome changed. When this returns, a power cut cannot take it back.
    pub fn adopt(&self, adoption: Adoption) -> Result<(), RecordError> {
        self.writer
            .write(move |transaction| Journal::adopt(transaction, &adoption))?;
        let mut journal = lock(&self.journal);
        journal.take_up(adoption.epoch);
        journal.set_clock(adoption.hub_ms, self.monotonic_ms());
        Ok(())
    }

    /// Notes how far the hub is.
    pub fn keep_acked(&self, acked: Vec<(Epoch, Lane, Mark)>) -> Result<(), RecordError> {
        Ok(self.writer.write(move |transaction| {
            let mut each = acked.into_iter();
            each.try_for_each(|acked| Journal::keep_acked(transaction, acked))
        })?)
    }

    /// Takes one session's share of the day's budget. Returns the day, for [`Record::give_back`].
    pub fn reserve(&self, budget: Allowance) -> Result<(i64, Allowance), RecordError> {
        let day = i64::from(self.now().local_day(self.offset).0);
        let share = self
            .writer
            .write(move |transaction| Journal::reserve(transaction, day, &budget))?;
        Ok((day, share))
    }

    /// Gives back what a session did not use of its share.
    pub fn give_back(&self, day: i64, left: Allowance) -> Result<(), RecordError> {
        Ok(self
            .writer
            .write(move |transaction| Journal::give_back(transaction, day, &left))?)
    }

    /// Minute of the local day, of 1,440.
    pub fn local_minute(&self) -> u16 {
        self.now().local_minute(self.offset)
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn wall_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A panic elsewhere while the lock was held leaves the value whole: both kinds are only read or
/// advanced.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use curriculum::Language;
    use curriculum::answer::Channel;
    use curriculum::attempt::Attempt;
    use curriculum::course::Module;
    use curriculum::grade::Outcome;
    use curriculum::id::{AttemptId, ExerciseId, SessionId, SkillId};
    use curriculum::learner::LearnerModel;

    use super::*;
    use crate::dialogue::{ConsentBy, ControlFact, EnrolmentFact};

    const ALINE: LearnerId = LearnerId(11);

    fn enrolled(at: Timestamp) -> Vec<Fact> {
        let name = "Aline".to_owned();
        let (language, age) = (Language::KINYARWANDA, Some(9));
        let (by, wording, channel) = (ConsentBy::Guardian, 1, Channel::Voice);
        vec![
            EnrolmentFact::LearnerEnrolled {
                learner: ALINE,
                name,
                language,
                age,
                at,
            }
            .into(),
            EnrolmentFact::ConsentGiven {
                learner: ALINE,
                by,
                wording,
                channel,
                at,
            }
            .into(),
        ]
    }

    fn attempt(number: u128, at: Timestamp) -> Attempt {
        Attempt {
            id: AttemptId(number),
            learner: ALINE,
            session: SessionId(5),
            exercise: ExerciseId::new("ma1.add-10.both").unwrap(),
            skill: SkillId::new("ma1.add-10").unwrap(),
            numbers: vec![2, 3],
            at,
            channel: Channel::Voice,
            outcome: if number.is_multiple_of(3) {
                Outcome::NotYet
            } else {
                Outcome::Right
            },
            difficulty: 15,
            luck_percent: 0,
            attempt_number: 1,
            hints: 0,
            latency_ms: 2100,
            misconception: None,
            review: false,
        }
    }

    fn open(folder: &Path) -> (Record, TelephoneId) {
        let record = Record::open(folder, UtcOffset::KIGALI).unwrap();
        let telephone = record
            .meet(&PhoneNumber::parse("0788123456").unwrap())
            .unwrap();
        (record, telephone)
    }

    fn events(record: &Record, lane: Lane) -> usize {
        let reader = lock(&record.reader);
        let journal = lock(&record.journal);
        journal.verify(&reader, lane).unwrap();
        journal.read(&reader, lane, Seq(0)).unwrap().len()
    }

    #[test]
    fn a_learner_is_known_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (record, telephone) = open(folder.path());
        let at = record.now();
        record
            .write(telephone, enrolled(at), Some(DialogueState::default()))
            .unwrap();
        drop(record);
        let (record, telephone) = open(folder.path());
        let known = record.known(telephone).unwrap();
        assert_eq!(known.learners.len(), 1);
        assert_eq!(known.learners[0].name, "Aline");
        assert_eq!(known.state, Some(DialogueState::default()));
        assert_eq!(events(&record, Lane::Progress), 2);
    }

    #[test]
    fn what_is_kept_is_the_fold_of_the_attempts_and_an_attempt_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let (record, telephone) = open(folder.path());
        let at = record.now();
        record.write(telephone, enrolled(at), None).unwrap();
        for number in 1..=12 {
            let later = Timestamp(at.0 + i64::try_from(number).unwrap() * 9_000);
            for _twice in 0..2 {
                let facts = vec![Fact::AttemptMade(attempt(number, later))];
                record.write(telephone, facts, None).unwrap();
            }
        }
        let attempts = record.attempts(ALINE).unwrap();
        let kept = record.known(telephone).unwrap().learners.remove(0).model;
        assert_eq!(attempts.len(), 12);
        assert_eq!(kept, Some(LearnerModel::fold(UtcOffset::KIGALI, &attempts)));
        assert_eq!(events(&record, Lane::Progress), 2 + 12);
    }

    #[test]
    fn a_placement_is_folded_where_it_came_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let (record, telephone) = open(folder.path());
        let at = record.now();
        record.write(telephone, enrolled(at), None).unwrap();
        let below = vec![SkillId::new("ma1.count").unwrap()];
        let placed = Fact::PlacementMade {
            learner: ALINE,
            module: Module::Mathematics,
            below: below.clone(),
            at: Timestamp(at.0 + 60_000),
        };
        let tried = |number: u128| {
            let later = i64::try_from(number).unwrap() * 9_000;
            attempt(number, Timestamp(at.0 + later))
        };
        let mut expected = LearnerModel::new(UtcOffset::KIGALI);
        let mut facts = Vec::new();
        for number in 1..=4 {
            expected.apply(&tried(number));
            facts.push(Fact::AttemptMade(tried(number)));
        }
        expected.apply_placement(&below);
        expected.apply(&tried(9));
        facts.extend([placed.clone(), placed, Fact::AttemptMade(tried(9))]);
        record.write(telephone, facts, None).unwrap();
        drop(record);
        let (record, telephone) = open(folder.path());
        let kept = record.known(telephone).unwrap().learners.remove(0).model;
        assert_eq!(kept, Some(expected));
        assert_eq!(events(&record, Lane::Progress), 2 + 5 + 1);
    }

    #[test]
    fn names_and_numbers_are_not_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let (record, telephone) = open(folder.path());
        record
            .write(telephone, enrolled(record.now()), None)
            .unwrap();
        drop(record);
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            for secret in ["Aline", "788123456"] {
                let found = bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} is readable on the disk");
            }
        }
    }

    #[test]
    fn deleting_a_learner_leaves_a_whole_journal_that_nobody_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let (record, telephone) = open(folder.path());
        let at = record.now();
        record.write(telephone, enrolled(at), None).unwrap();
        let facts = vec![ControlFact::DeletionRequested { learner: ALINE, at }.into()];
        record.write(telephone, facts, None).unwrap();
        assert!(record.known(telephone).unwrap().learners.is_empty());
        assert!(record.attempts(ALINE).unwrap().is_empty());
        assert_eq!(events(&record, Lane::Progress), 2);
        assert_eq!(events(&record, Lane::Control), 1);
    }
}
