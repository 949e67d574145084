//! The one writer: a thread that drains its queue into one transaction and answers after commit.
//!
//! A commit costs one flush to the card whatever is in it, so turns that end at the same moment
//! share one. Each plan runs in a savepoint: one that fails undoes itself alone.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction};

/// Plans that may wait. More means that the disk is far behind, which callers must learn.
const QUEUE_MAX: usize = 256;

/// Most plans in one commit, so that the first of them does not wait for ever.
const GROUP_MAX: usize = 64;

type Plan = Box<dyn FnOnce(&Transaction<'_>) -> Acknowledge + Send>;

/// Tells the caller how it went: `true` once the commit is durable.
type Acknowledge = Box<dyn FnOnce(Result<(), String>) + Send>;

/// Why a plan was not written. Nothing of it remains.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The queue is full: overload, to be shown to nobody but the admission of calls.
    #[error("write to the database: {QUEUE_MAX} turns wait already")]
    Busy,
    /// The writer has stopped.
    #[error("write to the database: the writer has stopped")]
    Stopped,
    /// The plan or its commit failed.
    #[error("write to the database: {0}")]
    Failed(String),
}

/// A handle to the writer; dropped last, it finishes what waits and stops.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<SyncSender<Plan>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Takes the connection: nobody else writes.
    pub(crate) fn start(connection: Connection) -> std::io::Result<Self> {
        let (queue, plans) = sync_channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(connection, &plans))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Runs a plan in a transaction and returns what it returned once that is durable.
    pub(crate) fn write<T, E>(
        &self,
        plan: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, WriteError>
    where
        T: Send + 'static,
        E: std::fmt::Display,
    {
        let (answer, wait) = sync_channel(1);
        let plan: Plan = Box::new(move |transaction| {
            let outcome = in_savepoint(transaction, plan);
            Box::new(move |committed| {
                let outcome = outcome.and_then(|value| committed.map(|()| value));
                // The caller may be gone; what was written stays written.
                let _gone = answer.send(outcome.map_err(WriteError::Failed));
            })
        });
        let queue = self.queue.as_ref().ok_or(WriteError::Stopped)?;
        queue.try_send(plan).map_err(|error| match error {
            TrySendError::Full(_) => WriteError::Busy,
            TrySendError::Disconnected(_) => WriteError::Stopped,
        })?;
        wait.recv().map_err(|_| WriteError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the writer has been printed by its own thread.
            let _panicked = thread.join();
        }
    }
}

fn run(mut connection: Connection, plans: &Receiver<Plan>) {
    while let Ok(first) = plans.recv() {
        let group = std::iter::once(first).chain(plans.try_iter().take(GROUP_MAX - 1));
        commit(&mut connection, group);
    }
}

fn commit(connection: &mut Connection, group: impl Iterator<Item = Plan>) {
    let transaction = match connection.transaction() {
        Ok(transaction) => transaction,
        // Dropping the plans tells their callers that the writer did not write them.
        Err(error) => return tracing::error!(%error, "no transaction could be begun"),
    };
    let acknowledge: Vec<_> = group.map(|plan| plan(&transaction)).collect();
    let committed = transaction.commit().map_err(|error| error.to_string());
    for acknowledge in acknowledge {
        acknowledge(committed.clone());
    }
}

fn in_savepoint<T, E: std::fmt::Display>(
    transaction: &Transaction<'_>,
    plan: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, String> {
    let sqlite = |error: rusqlite::Error| error.to_string();
    transaction
        .execute_batch("SAVEPOINT plan")
        .map_err(sqlite)?;
    match plan(transaction) {
        Ok(value) => transaction
            .execute_batch("RELEASE plan")
            .map_err(sqlite)
            .map(|()| value),
        Err(error) => {
            transaction
                .execute_batch("ROLLBACK TO plan; RELEASE plan")
                .map_err(sqlite)?;
            Err(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn writer(folder: &std::path::Path) -> Writer {
        let connection = crate::store::database::open(&folder.join("box.sqlite")).unwrap();
        connection
            .execute_batch("CREATE TABLE note (number INTEGER) STRICT")
            .unwrap();
        Writer::start(connection).unwrap()
    }

    fn note(transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<usize> {
        transaction.execute("INSERT INTO note VALUES (?1)", [number])
    }

    #[test]
    fn a_plan_that_fails_undoes_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Arc::new(writer(folder.path()));
        let threads: Vec<_> = (0..40)
            .map(|number| {
                let writer = Arc::clone(&writer);
                std::thread::spawn(move || {
                    writer.write(move |transaction| {
                        note(transaction, number).map_err(|error| error.to_string())?;
                        if number % 2 == 0 {
                            Ok(())
                        } else {
                            Err("odd".to_owned())
                        }
                    })
                })
            })
            .collect();
        for (number, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().unwrap().is_ok(), number % 2 == 0);
        }
        let sum = writer.write(|transaction| {
            transaction.query_row("SELECT sum(number) FROM note", [], |row| {
                row.get::<_, i64>(0)
            })
        });
        assert_eq!(sum, Ok((0..40).filter(|number| number % 2 == 0).sum()));
    }

    #[test]
    fn what_was_acknowledged_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(folder.path());
        writer.write(|transaction| note(transaction, 7)).unwrap();
        let reader = crate::store::database::open(&folder.path().join("box.sqlite")).unwrap();
        let number: i64 = reader
            .query_row("SELECT number FROM note", [], |row| row.get(0))
            .unwrap();
        assert_eq!(number, 7);
    }
}
