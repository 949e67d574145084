//! The promise of a result, to be waited for by a thread or an async task.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::transcribe::Stop;

/// Why a job has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    #[error("begin the speech work before its deadline")]
    Late,
    #[error("finish the speech work: it was called off")]
    Cancelled,
    #[error("finish the speech work: the worker broke down over it")]
    Broken,
}

/// A job's result to come. Dropping it calls the job off.
#[derive(Debug)]
pub struct Ticket<T> {
    shared: Arc<Shared<T>>,
    stop: Stop,
}

/// The worker's side of a ticket.
pub(super) struct Promise<T> {
    shared: Arc<Shared<T>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    settled: Condvar,
}

#[derive(Debug)]
struct State<T> {
    result: Option<Result<T, Unfinished>>,
    waker: Option<Waker>,
}

pub(super) fn ticket<T>(stop: Stop) -> (Promise<T>, Ticket<T>) {
    let state = Mutex::new(State {
        result: None,
        waker: None,
    });
    let shared = Arc::new(Shared {
        state,
        settled: Condvar::new(),
    });
    (
        Promise {
            shared: Arc::clone(&shared),
        },
        Ticket { shared, stop },
    )
}

impl<T> Ticket<T> {
    /// Blocks until the job is done, late, called off or broken.
    ///
    /// # Errors
    /// [`Unfinished`] saying which.
    pub fn wait(self) -> Result<T, Unfinished> {
        let mut state = self.shared.lock();
        loop {
            if let Some(result) = state.result.take() {
                return result;
            }
            state = self
                .shared
                .settled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Calls the job off; it still settles, as [`Unfinished::Cancelled`] if it had not begun.
    pub fn cancel(&self) {
        self.stop.cancel();
    }
}

impl<T> Future for Ticket<T> {
    type Output = Result<T, Unfinished>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.lock();
        match state.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        // Nobody waits for the result any more.
        self.stop.cancel();
    }
}

impl<T> Promise<T> {
    pub(super) fn settle(self, result: Result<T, Unfinished>) {
        self.shared.settle(result);
    }
}

impl<T> Drop for Promise<T> {
    /// A job that is thrown away unstarted leaves nobody waiting.
    fn drop(&mut self) {
        self.shared.settle(Err(Unfinished::Cancelled));
    }
}

impl<T> Shared<T> {
    /// The first result stands.
    fn settle(&self, result: Result<T, Unfinished>) {
        let mut state = self.lock();
        if state.result.is_none() {
            state.result = Some(result);
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
            self.settled.notify_all();
        }
    }

    /// No code that can panic runs under this lock, so a poisoned one is still whole.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
