//! The threads that do the work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::transcribe::{Stop, TranscribeError};

use super::fair::{CallKey, FairQueue, Limits, Overload};
use super::ticket::{Ticket, Unfinished, ticket};

/// Workers, one thread each, and the jobs that wait for them.
///
/// `W` is what a worker works with, such as a `Box<dyn Transcriber>`. Dropping the pool calls off
/// what runs and waits for the threads.
pub struct Pool<W> {
    shared: Arc<Shared<W>>,
    threads: Vec<JoinHandle<()>>,
}

/// How busy the pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    pub workers: usize,
    pub running: usize,
    pub waiting: usize,
}

type Job<W> = Box<dyn FnOnce(&mut W) + Send>;

struct Shared<W> {
    state: Mutex<State<W>>,
    work: Condvar,
}

struct State<W> {
    queue: FairQueue<Job<W>>,
    running: Vec<Option<Stop>>,
    closing: bool,
}

impl<W: Send + 'static> Pool<W> {
    /// One thread for each of `workers`.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn new(workers: Vec<W>, limits: Limits) -> std::io::Result<Pool<W>> {
        let state = State {
            queue: FairQueue::new(limits),
            running: vec![None; workers.len()],
            closing: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            work: Condvar::new(),
        });
        let mut pool = Pool {
            shared,
            threads: Vec::with_capacity(workers.len()),
        };
        for (seat, mut worker) in workers.into_iter().enumerate() {
            let shared = Arc::clone(&pool.shared);
            let thread = std::thread::Builder::new().name(format!("speech-{seat}"));
            pool.threads
                .push(thread.spawn(move || shared.serve(&mut worker, seat))?);
        }
        Ok(pool)
    }

    /// Hands in a job of `call`, to begin before `deadline`; it is to ask its [`Stop`] now and
    /// then.
    ///
    /// # Errors
    /// [`Overload`], at once, when too much waits already.
    pub fn submit<T: Send + 'static>(
        &self,
        call: CallKey,
        deadline: Option<Instant>,
        job: impl FnOnce(&mut W, &Stop) -> T + Send + 'static,
    ) -> Result<Ticket<T>, Overload> {
        let stop = deadline.map_or_else(Stop::never, Stop::at);
        let (promise, ticket) = ticket(stop.clone());
        let shared = Arc::clone(&self.shared);
        let run = move |worker: &mut W| {
            if let Err(reason) = stop.check() {
                let late = matches!(reason, TranscribeError::DeadlinePassed);
                promise.settle(Err(if late {
                    Unfinished::Late
                } else {
                    Unfinished::Cancelled
                }));
                return;
            }
            shared.note_running(&stop);
            // A worker outlives a job that panics: its next use starts a fresh recognition.
            let result = catch_unwind(AssertUnwindSafe(|| job(worker, &stop)));
            promise.settle(result.map_err(|_| Unfinished::Broken));
        };
        let mut state = self.shared.lock();
        if state.closing {
            return Err(Overload::Closing);
        }
        state.queue.push(call, Box::new(run))?;
        self.shared.work.notify_one();
        Ok(ticket)
    }

    pub fn load(&self) -> Load {
        let state = self.shared.lock();
        Load {
            workers: state.running.len(),
            running: state.running.iter().flatten().count(),
            waiting: state.queue.waiting(),
        }
    }
}

impl<W> Drop for Pool<W> {
    fn drop(&mut self) {
        let mut abandoned = Vec::new();
        {
            let mut state = self.shared.lock();
            state.closing = true;
            state.running.iter().flatten().for_each(Stop::cancel);
            abandoned.extend(std::iter::from_fn(|| state.queue.pop()));
            self.shared.work.notify_all();
        }
        // Outside the lock: this settles tickets, whose wakers may do anything.
        drop(abandoned);
        for thread in self.threads.drain(..) {
            // Jobs are caught when they panic; a worker's own panic has been reported by then.
            let _ = thread.join();
        }
    }
}

thread_local! {
    /// Which worker this thread is.
    static SEAT: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

impl<W> Shared<W> {
    fn serve(&self, worker: &mut W, seat: usize) {
        SEAT.set(Some(seat));
        while let Some(job) = self.next_job() {
            job(worker);
            self.lock().running[seat] = None;
        }
    }

    fn next_job(&self) -> Option<Job<W>> {
        let mut state = self.lock();
        loop {
            if state.closing {
                return None;
            }
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            state = self
                .work
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn note_running(&self, stop: &Stop) {
        let mut state = self.lock();
        if state.closing {
            stop.cancel();
        }
        if let Some(seat) = SEAT.get() {
            state.running[seat] = Some(stop.clone());
        }
    }

    /// No code that can panic runs under this lock, so a poisoned one is still whole.
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    const CALL: CallKey = CallKey(1);

    fn pool(workers: usize) -> Pool<Vec<u32>> {
        Pool::new(
            vec![Vec::new(); workers],
            Limits {
                waiting_max: 6,
                waiting_per_call_max: 3,
            },
        )
        .unwrap()
    }

    /// A job that holds its worker until the sender is used or dropped, and says when it began.
    fn hold(pool: &Pool<Vec<u32>>) -> (mpsc::Sender<()>, Ticket<()>) {
        let (release, released) = mpsc::channel::<()>();
        let (begin, began) = mpsc::channel();
        let ticket = pool
            .submit(CallKey(99), None, move |_, _| {
                begin.send(()).unwrap();
                let _ = released.recv();
            })
            .unwrap();
        began.recv().unwrap();
        (release, ticket)
    }

    #[test]
    fn results_come_back_to_whoever_holds_the_ticket() {
        let pool = pool(2);
        let tickets: Vec<_> = (0..3u32)
            .map(|n| pool.submit(CALL, None, move |_, _| n * n).unwrap())
            .collect();
        let results: Vec<_> = tickets.into_iter().map(Ticket::wait).collect();
        assert_eq!(results, [Ok(0), Ok(1), Ok(4)]);
    }

    #[test]
    fn calls_take_turns_at_a_worker() {
        let pool = pool(1);
        let (release, _held) = hold(&pool);
        let mut tickets = Vec::new();
        for (call, mark) in [(1, 10), (1, 11), (1, 12), (2, 20), (3, 30)] {
            let job = move |done: &mut Vec<u32>, _: &Stop| done.push(mark);
            tickets.push(pool.submit(CallKey(call), None, job).unwrap());
        }
        drop(release);
        tickets
            .into_iter()
            .for_each(|ticket| ticket.wait().unwrap());
        let order = pool
            .submit(CALL, None, |done, _| done.clone())
            .unwrap()
            .wait();
        assert_eq!(order.unwrap(), [10, 20, 30, 11, 12]);
    }

    #[test]
    fn overload_is_a_value_and_comes_at_once() {
        let pool = pool(1);
        let (release, _held) = hold(&pool);
        let mut tickets = Vec::new();
        for call in [1, 1, 1, 2, 2, 2] {
            tickets.push(pool.submit(CallKey(call), None, |_, _| ()).unwrap());
        }
        assert_eq!(
            pool.submit(CallKey(3), None, |_, _| ()).err(),
            Some(Overload::Full { waiting: 6 })
        );
        assert_eq!(
            pool.load(),
            Load {
                workers: 1,
                running: 1,
                waiting: 6
            }
        );
        drop(release);
        tickets
            .into_iter()
            .for_each(|ticket| ticket.wait().unwrap());
    }

    #[test]
    fn a_job_that_waited_past_its_deadline_is_not_begun() {
        let pool = pool(1);
        let (release, _held) = hold(&pool);
        let late = pool.submit(CALL, Some(Instant::now()), |_, _| ()).unwrap();
        let in_time = Instant::now() + Duration::from_secs(3_600);
        let timely = pool
            .submit(CALL, Some(in_time), |_, stop| stop.deadline())
            .unwrap();
        drop(release);
        assert_eq!(late.wait(), Err(Unfinished::Late));
        assert_eq!(timely.wait(), Ok(Some(in_time)));
    }

    #[test]
    fn a_cancelled_job_ends_whether_or_not_it_had_begun() {
        let pool = pool(1);
        let (began, begin) = mpsc::channel();
        let running = pool
            .submit(CALL, None, move |_, stop| {
                began.send(()).unwrap();
                while stop.check().is_ok() {
                    std::thread::yield_now();
                }
                "stopped"
            })
            .unwrap();
        let waiting = pool.submit(CALL, None, |_, _| ()).unwrap();
        begin.recv().unwrap();
        waiting.cancel();
        running.cancel();
        assert_eq!(running.wait(), Ok("stopped"));
        assert_eq!(waiting.wait(), Err(Unfinished::Cancelled));
    }

    #[test]
    fn a_worker_survives_a_job_that_panics() {
        let pool = pool(1);
        let broken = pool
            .submit(CALL, None, |_, _| panic!("a job of this test"))
            .unwrap();
        assert_eq!(broken.wait(), Err(Unfinished::Broken));
        assert_eq!(pool.submit(CALL, None, |_, _| 7).unwrap().wait(), Ok(7));
    }

    #[test]
    fn closing_the_pool_calls_off_what_runs_and_settles_what_waits() {
        let pool = pool(1);
        let (began, begin) = mpsc::channel();
        let running = pool
            .submit(CALL, None, move |_, stop| {
                began.send(()).unwrap();
                while stop.check().is_ok() {
                    std::thread::yield_now();
                }
            })
            .unwrap();
        let waiting = pool.submit(CALL, None, |_, _| ()).unwrap();
        begin.recv().unwrap();
        drop(pool);
        assert_eq!(running.wait(), Ok(()));
        assert_eq!(waiting.wait(), Err(Unfinished::Cancelled));
    }

    #[test]
    fn a_ticket_can_be_awaited() {
        struct Count(std::sync::atomic::AtomicUsize, std::thread::Thread);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                self.1.unpark();
            }
        }
        let pool = pool(1);
        let (release, _held) = hold(&pool);
        let mut ticket = std::pin::pin!(pool.submit(CALL, None, |_, _| 5).unwrap());
        let count = Arc::new(Count(0.into(), std::thread::current()));
        let waker = std::task::Waker::from(Arc::clone(&count));
        let mut context = std::task::Context::from_waker(&waker);
        assert!(ticket.as_mut().poll(&mut context).is_pending());
        drop(release);
        while count.0.load(std::sync::atomic::Ordering::SeqCst) == 0 {
            std::thread::park();
        }
        assert_eq!(
            ticket.as_mut().poll(&mut context),
            std::task::Poll::Ready(Ok(5))
        );
    }
}
