//! The one writer: a thread that drains its queue into one transaction and answers after commit.
//!
//! Batches of many boxes that arrive together share one flush. Each plan runs in a savepoint: one
//! that fails undoes itself alone.

use rusqlite::{Connection, Transaction};
use tokio::sync::{mpsc, oneshot};

/// Plans that may wait. A session that cannot queue one stops reading, and its box's stream fills.
const QUEUE_MAX: usize = 64;

/// Most plans in one commit, so that the first of them does not wait for ever.
const GROUP_MAX: usize = 64;

type Plan = Box<dyn FnOnce(&Transaction<'_>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;

/// Why a plan was not written. Nothing of it remains.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The writer has stopped.
    #[error("write to the database: the writer has stopped")]
    Stopped,
    /// The plan or its commit failed.
    #[error("write to the database: {0}")]
    Failed(String),
}

/// A handle to the writer; once all are dropped it finishes what waits and stops.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Plan>,
}

impl Writer {
    /// Takes the connection: nobody else writes.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(connection: Connection) -> std::io::Result<Self> {
        let (queue, plans) = mpsc::channel(QUEUE_MAX);
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(connection, plans))?;
        Ok(Self { queue })
    }

    /// Runs a plan in a transaction and returns what it returned once that is durable.
    ///
    /// # Errors
    /// If the plan or its commit fails.
    pub async fn write<T, E>(
        &self,
        plan: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, WriteError>
    where
        T: Send + 'static,
        E: std::fmt::Display,
    {
        let (answer, wait) = oneshot::channel();
        let plan: Plan = Box::new(move |transaction| {
            let outcome = in_savepoint(transaction, plan);
            Box::new(move |committed| {
                let outcome = outcome.and_then(|value| committed.map(|()| value));
                // The session may be gone; what was written stays written.
                let _gone = answer.send(outcome.map_err(WriteError::Failed));
            })
        });
        self.queue
            .send(plan)
            .await
            .map_err(|_| WriteError::Stopped)?;
        wait.await.map_err(|_| WriteError::Stopped)?
    }
}

fn run(mut connection: Connection, mut plans: mpsc::Receiver<Plan>) {
    while let Some(first) = plans.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP_MAX
            && let Ok(plan) = plans.try_recv()
        {
            group.push(plan);
        }
        commit(&mut connection, group);
    }
}

fn commit(connection: &mut Connection, group: Vec<Plan>) {
    let transaction = match connection.transaction() {
        Ok(transaction) => transaction,
        // Dropping the plans tells their callers that the writer did not write them.
        Err(error) => return tracing::error!(%error, "no transaction could be begun"),
    };
    let answers: Vec<_> = group.into_iter().map(|plan| plan(&transaction)).collect();
    let committed = transaction.commit().map_err(|error| error.to_string());
    for answer in answers {
        answer(committed.clone());
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
