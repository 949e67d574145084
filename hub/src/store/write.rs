//! Writing: each plan is one transaction, answered once it is durable.
//!
//! On SQLite one task drains its queue into one transaction: batches of many boxes that arrive
//! together share one flush, and each plan runs in a savepoint, so that one that fails undoes
//! itself alone. On PostgreSQL each plan is a serializable transaction of its own, done again when
//! it met another: plans must give the same when they run twice.

use std::pin::Pin;
use std::time::Duration;

use sqlx::AnyPool;
use tokio::sync::{mpsc, oneshot};

use super::database::Database;

/// A connection of either engine.
pub type Connection = sqlx::AnyConnection;

/// Where statements that only read go.
pub(crate) type Reads = AnyPool;

/// What a plan is while it runs.
pub type Planned<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// Why something was not read or written. Nothing of a plan that failed remains.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// The transaction that the plan was part of could not be begun or committed.
    #[error("commit: {0}")]
    Commit(String),
    /// The writer has stopped.
    #[error("write to the database: the writer has stopped")]
    Stopped,
    /// A row this program did not write.
    #[error("read {what}")]
    Broken {
        /// Which, and what is wrong with it.
        what: String,
    },
}

/// Plans that may wait. A session that cannot queue one stops reading, and its box's stream fills.
const QUEUE_MAX: usize = 64;
/// Most plans in one commit, so that the first of them does not wait for ever.
const GROUP_MAX: usize = 64;
/// How often a plan that met another is done again. With the longest wait below, about 40 s: a
/// server that is started again comes back within it.
const TRIES: u32 = 40;
const WAIT_FIRST: Duration = Duration::from_millis(4);
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Where plans go.
#[derive(Clone, Debug)]
pub(crate) enum Writer {
    /// To the one task that writes.
    Alone(mpsc::Sender<BoxedPlan>),
    /// To any connection.
    Many(AnyPool),
}

type BoxedPlan = Box<dyn Queued>;

/// A plan in the queue: it keeps its own outcome until the group is committed.
pub(crate) trait Queued: Send {
    /// Runs it. `false` if it failed and must be undone.
    fn run<'c>(
        &'c mut self,
        connection: &'c mut Connection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>>;
    /// Tells whoever waits.
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

impl std::fmt::Debug for dyn Queued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("plan")
    }
}

struct Waiting<T, P> {
    plan: P,
    outcome: Option<Result<T, StoreError>>,
    wait: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, P> Queued for Waiting<T, P>
where
    T: Send,
    P: for<'c> Fn(&'c mut Connection) -> Planned<'c, T> + Send + Sync,
{
    fn run<'c>(
        &'c mut self,
        connection: &'c mut Connection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>> {
        Box::pin(async move {
            let outcome = (self.plan)(connection).await;
            let fine = outcome.is_ok();
            self.outcome = Some(outcome);
            fine
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        let outcome = match (self.outcome, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(StoreError::Commit(error)),
            (None, Ok(())) => Err(StoreError::Stopped),
        };
        // The session may be gone; what was written stays written.
        let _gone = self.wait.send(outcome);
    }
}

impl Database {
    /// Runs a plan in a transaction and returns what it returned once that is durable. The plan
    /// may run more than once.
    ///
    /// # Errors
    /// If the plan or its commit fails.
    pub async fn write<T, P>(&self, plan: P) -> Result<T, StoreError>
    where
        T: Send + 'static,
        P: for<'c> Fn(&'c mut Connection) -> Planned<'c, T> + Send + Sync + 'static,
    {
        match self.writer() {
            Writer::Alone(queue) => {
                let (wait, answer) = oneshot::channel();
                let waiting = Waiting {
                    plan,
                    outcome: None,
                    wait,
                };
                let queued = queue.send(Box::new(waiting)).await;
                queued.map_err(|_| StoreError::Stopped)?;
                answer.await.map_err(|_| StoreError::Stopped)?
            }
            Writer::Many(pool) => write_anywhere(pool, &plan).await,
        }
    }
}

impl Writer {
    /// One connection writes.
    pub(super) fn alone(connection: Connection) -> Self {
        let (queue, plans) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(drain(connection, plans));
        Self::Alone(queue)
    }

    /// All may write.
    pub(super) fn many(pool: AnyPool) -> Self {
        Self::Many(pool)
    }
}

async fn drain(mut connection: Connection, mut plans: mpsc::Receiver<BoxedPlan>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while plans.recv_many(&mut group, GROUP_MAX).await > 0 {
        let committed = commit(&mut connection, &mut group).await;
        if let Err(error) = &committed {
            tracing::error!(%error, "a group of writes was not committed");
            // Nothing of it may stay open.
            let _none_open = statement(&mut connection, "ROLLBACK").await;
        }
        for plan in group.drain(..) {
            plan.answer(committed.clone());
        }
    }
}

async fn commit(connection: &mut Connection, group: &mut [BoxedPlan]) -> Result<(), String> {
    let text = |error: sqlx::Error| error.to_string();
    statement(connection, "BEGIN IMMEDIATE")
        .await
        .map_err(text)?;
    for plan in group {
        statement(connection, "SAVEPOINT plan")
            .await
            .map_err(text)?;
        if !plan.run(connection).await {
            statement(connection, "ROLLBACK TO plan")
                .await
                .map_err(text)?;
        }
        statement(connection, "RELEASE plan").await.map_err(text)?;
    }
    statement(connection, "COMMIT").await.map_err(text)
}

async fn write_anywhere<T, P>(pool: &AnyPool, plan: &P) -> Result<T, StoreError>
where
    P: for<'c> Fn(&'c mut Connection) -> Planned<'c, T> + Send + Sync,
{
    let mut wait = WAIT_FIRST;
    let mut tries = 1;
    loop {
        let error = match once(pool, plan).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if tries == TRIES || !met_another(&error) {
            return Err(error);
        }
        tries += 1;
        tokio::time::sleep(wait).await;
        wait = WAIT_MAX.min(wait * 2);
    }
}

async fn once<T, P>(pool: &AnyPool, plan: &P) -> Result<T, StoreError>
where
    P: for<'c> Fn(&'c mut Connection) -> Planned<'c, T> + Send + Sync,
{
    // A transaction that is dropped is rolled back before its connection serves again.
    let mut transaction = pool
        .begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE")
        .await?;
    let value = plan(&mut transaction).await?;
    transaction.commit().await?;
    Ok(value)
}

/// Whether doing it again may help: it met another transaction, or the server went away.
fn met_another(error: &StoreError) -> bool {
    match error {
        StoreError::Sql(sqlx::Error::Database(error)) => {
            // Serialization failure, deadlock, lock not to be had, key taken meanwhile; the server
            // shuts down, starts, or has no connection left; it was told to end this one.
            let codes = [
                "40001", "40P01", "55P03", "23505", "57P01", "57P02", "57P03", "53300", "08006",
            ];
            error.code().is_some_and(|code| codes.contains(&&*code))
        }
        StoreError::Sql(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) => true,
        // The connection broke in the middle of an answer.
        StoreError::Sql(sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => true,
        _ => false,
    }
}

async fn statement(connection: &mut Connection, text: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(text).execute(connection).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(folder: &std::path::Path) -> Database {
        Database::open(&Database::in_folder(folder)).await.unwrap()
    }

    fn raise(connection: &mut Connection) -> Planned<'_, ()> {
        Box::pin(async move {
            sqlx::query("UPDATE hub_identity SET generation = generation + 1")
                .execute(connection)
                .await?;
            Ok(())
        })
    }

    async fn generation(database: &Database) -> i64 {
        sqlx::query_scalar("SELECT generation FROM hub_identity")
            .fetch_one(database.reads())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_plan_that_fails_undoes_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let database = open(folder.path()).await;
        let wrong = database.write::<(), _>(|connection| {
            Box::pin(async move {
                raise(connection).await?;
                sqlx::query("INSERT INTO nowhere VALUES (1)")
                    .execute(connection)
                    .await?;
                Ok(())
            })
        });
        let right = database.write(raise);
        let (wrong, right) = tokio::join!(wrong, right);
        assert!(wrong.is_err());
        assert!(right.is_ok());
        assert_eq!(generation(&database).await, 2);
    }

    #[tokio::test]
    async fn a_commit_is_flushed_before_it_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let database = open(folder.path()).await;
        let settings = database.write(|connection| {
            Box::pin(async move {
                let full: i64 = sqlx::query_scalar("PRAGMA synchronous")
                    .fetch_one(&mut *connection)
                    .await?;
                let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
                    .fetch_one(&mut *connection)
                    .await?;
                Ok((full, mode))
            })
        });
        assert_eq!(settings.await.unwrap(), (2, "wal".to_owned()));
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let database = open(folder.path()).await;
        let refused = sqlx::query("DELETE FROM hub_identity")
            .execute(database.reads())
            .await;
        assert!(refused.is_err());
    }
}
