//! The text conversation: each message drives the same talk as a call, and its answer is written
//! in the transaction of the turn.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::Notify;

use super::meaning::Meaning;
use super::presence::Presence;
use super::record::{Record, RecordError};
use super::talk::{Answering, Talk, TalkError};
use super::text_counts::{Happened, TextCounts};
use super::text_guard::held;
use crate::dialogue::{Context, Heard, Line};
use crate::store::inbox;
use crate::store::sealing::TelephoneId;
use curriculum::answer::Channel;

/// Messages that may wait for one worker; more wait in the inbox.
const WAITING_MAX: usize = 1_024;
/// A turn that fails is tried again so often; then its message is held.
const TRIES_MAX: u8 = 3;

/// What text conversations need.
#[derive(Clone, Debug)]
pub struct Texting {
    pub record: Arc<Record>,
    pub meaning: Arc<Mutex<Meaning>>,
    pub context: Arc<Context>,
    /// A telephone in a call is answered after it.
    pub presence: Presence,
    pub counts: TextCounts,
    /// Told when an answer waits in the outbox.
    pub post: Arc<Notify>,
}

/// Workers that answer messages: those of one telephone in order, by one worker.
#[derive(Debug)]
pub(super) struct Tutors {
    queues: Vec<SyncSender<i64>>,
    threads: Vec<JoinHandle<()>>,
    /// Messages handed to a worker and not settled yet.
    pending: Arc<Mutex<HashSet<i64>>>,
}

impl Tutors {
    /// Starts `workers` threads.
    pub(super) fn start(texting: &Texting, workers: usize) -> std::io::Result<Self> {
        let pending = Arc::new(Mutex::new(HashSet::new()));
        let (mut queues, mut threads) = (Vec::new(), Vec::new());
        for number in 0..workers {
            let (queue, messages) = sync_channel(WAITING_MAX);
            let tutor = Tutor {
                texting: texting.clone(),
                pending: Arc::clone(&pending),
                failures: HashMap::new(),
            };
            let thread = std::thread::Builder::new()
                .name(format!("text-{number}"))
                .spawn(move || tutor.run(&messages))?;
            queues.push(queue);
            threads.push(thread);
        }
        Ok(Self {
            queues,
            threads,
            pending,
        })
    }

    /// Hands a message to its telephone's worker, unless that has it, or too much to do.
    pub(super) fn hand(&self, inbox_id: i64, telephone: TelephoneId) {
        let worker = usize::from(telephone.0[0]) % self.queues.len().max(1);
        let Some(queue) = self.queues.get(worker) else {
            return;
        };
        if !lock(&self.pending).insert(inbox_id) {
            return;
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(inbox_id)
        {
            lock(&self.pending).remove(&inbox_id);
        }
    }

    /// Lets every worker end after the message it has.
    pub(super) fn stop(self) {
        drop(self.queues);
        for thread in self.threads {
            // What a worker's panic said has been printed.
            drop(thread.join());
        }
    }
}

/// One worker.
struct Tutor {
    texting: Texting,
    pending: Arc<Mutex<HashSet<i64>>>,
    failures: HashMap<i64, u8>,
}

/// What became of a message.
enum Settled {
    /// It was answered, or needed no answer any more.
    Done,
    /// The telephone is in a call: later.
    Later,
}

impl Tutor {
    fn run(mut self, messages: &Receiver<i64>) {
        while let Ok(inbox_id) = messages.recv() {
            let turn = AssertUnwindSafe(|| self.texting.answer(inbox_id));
            let failed = match std::panic::catch_unwind(turn) {
                Ok(Ok(Settled::Done | Settled::Later)) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("the turn broke off".to_owned()),
            };
            match failed {
                None => drop(self.failures.remove(&inbox_id)),
                Some(error) => self.note_failure(inbox_id, &error),
            }
            lock(&self.pending).remove(&inbox_id);
        }
    }

    fn note_failure(&mut self, inbox_id: i64, error: &str) {
        tracing::error!(inbox_id, error, "a message was not answered");
        let failures = self.failures.entry(inbox_id).or_default();
        *failures += 1;
        if *failures < TRIES_MAX {
            return;
        }
        self.failures.remove(&inbox_id);
        let reason = format!("not answered: {error}");
        let held = self.texting.hold(inbox_id, reason);
        if let Err(error) = held {
            tracing::error!(inbox_id, %error, "a message could not be set aside");
        }
    }
}

impl Texting {
    /// Answers one message; nothing happens if it does not wait any more.
    fn answer(&self, inbox_id: i64) -> Result<Settled, TalkError> {
        let record = &self.record;
        let found = record.read_with(move |connection, secret| {
            let Some(waiting) = inbox::find(connection, secret, inbox_id)? else {
                return Ok(None);
            };
            Ok(Some(waiting))
        })?;
        let Some(waiting) = found else {
            return Ok(Settled::Done);
        };
        if self.presence.is_in_call(&record.number(waiting.telephone)?) {
            return Ok(Settled::Later);
        }
        let (telephone, now_ms) = (waiting.telephone, record.now().0);
        let recent = record
            .read_with(|connection, _| inbox::recent(connection, telephone, inbox_id, now_ms))?;
        if let Some(reason) = held(recent, waiting.text.len()) {
            tracing::warn!(inbox_id, reason, "a message is not answered");
            self.hold(inbox_id, reason.to_owned())?;
            return Ok(Settled::Done);
        }
        let line = Line::of(waiting.channel);
        let mut talk = Talk::resume(record, &self.meaning, &self.context, telephone, line)?;
        talk.answer(
            heard(waiting.channel, &waiting.text),
            Answering {
                inbox_id,
                route: waiting.route,
            },
        )?;
        self.counts.count(Happened::Answered);
        self.post.notify_one();
        Ok(Settled::Done)
    }

    fn hold(&self, inbox_id: i64, reason: String) -> Result<(), RecordError> {
        self.counts.count(Happened::Held);
        self.record.write_with(move |transaction, secret| {
            let route = "inbox";
            let now = reason.clone();
            inbox::hold(transaction, inbox_id, &reason)?;
            let at_ms = transaction.query_row(
                "SELECT at_ms FROM inbox WHERE inbox_id = ?1",
                [inbox_id],
                |row| row.get(0),
            )?;
            inbox::keep_dead_letter(transaction, secret, (route, &now), &[], at_ms)
        })
    }
}

/// What was heard; nothing where a menu was opened.
fn heard(channel: Channel, text: &str) -> Option<Heard> {
    let is_key = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    match channel {
        Channel::Ussd if text.is_empty() => None,
        Channel::Ussd if text.chars().all(is_key) => Some(Heard::keys(text)),
        _ => Some(Heard::text(text)),
    }
}

/// A set of numbers is whole after every statement under the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
