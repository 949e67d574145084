//! The desk: takes what rings, and calls back who hung up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use curriculum::Timestamp;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::call::{Teaching, teach};
use super::missed_call::{LocalTime, MissedCalls, Order, Policy};
use crate::phone_number::PhoneNumber;
use crate::telephony::{AnswerError, CallingParty, Dialler, Line, Lines, Ring, Trunk};

/// News for the keeper of missed calls that may wait.
const NEWS_MAX: usize = 256;
/// How often waiting beeps are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// A call-back that rings longer is given up.
const DIAL_MAX: Duration = Duration::from_secs(40);

/// What every trunk's desk shares.
#[derive(Clone)]
pub struct Desk {
    teaching: Arc<Teaching>,
    calls: TaskTracker,
    answer_after: Duration,
    news: Option<mpsc::Sender<News>>,
}

/// What the keeper of missed calls is told.
#[derive(Clone, Debug)]
enum News {
    Beep(PhoneNumber),
    Came(PhoneNumber),
    Outcome(PhoneNumber, bool),
}

impl Desk {
    /// `calls` tracks every call's task, so that a closing box can wait for them.
    pub fn new(teaching: &Arc<Teaching>, calls: TaskTracker, answer_after: Duration) -> Self {
        Self {
            teaching: Arc::clone(teaching),
            calls,
            answer_after,
            news: None,
        }
    }

    /// Calls back who hung up, over `dialler`, as `policy` allows, until the box closes.
    pub fn call_back(&mut self, policy: Policy, dialler: Dialler, lines: Lines) {
        let (news, told) = mpsc::channel(NEWS_MAX);
        self.news = Some(news);
        let desk = self.clone();
        tokio::spawn(desk.keep(MissedCalls::new(policy), dialler, lines, told));
    }

    /// Takes every ring of a trunk until the box closes; gives the trunk back to be closed.
    pub async fn serve(self, mut trunk: Trunk) -> Trunk {
        let closing = self.teaching.closing.clone();
        loop {
            tokio::select! {
                () = closing.cancelled() => return trunk,
                ring = trunk.rings.recv() => match ring {
                    Some(ring) => drop(self.calls.spawn(self.clone().take(ring))),
                    None => return trunk,
                },
                Some(turned) = trunk.turned_away.recv() => {
                    self.tell(&turned.caller, News::Beep);
                }
            }
        }
    }

    async fn take(self, mut ring: Ring) {
        let caller = ring.caller.clone();
        let answer_at = ring.arrived + self.answer_after;
        tokio::select! {
            () = ring.cancelled() => return self.tell(&caller, News::Beep),
            () = tokio::time::sleep_until(answer_at.into()) => {}
        }
        match ring.answer().await {
            Ok(line) => {
                self.tell(&caller, News::Came);
                self.teach(line).await;
            }
            Err(AnswerError::GivenUp) => self.tell(&caller, News::Beep),
            Err(error) => tracing::warn!(%error, "a call was not taken"),
        }
    }

    async fn teach(&self, line: Line) {
        let call = line.call;
        match teach(&self.teaching, line).await {
            Ok(ended) => tracing::info!(%call, why = ?ended.why, turns = ended.turns,
                length_s = ended.length.as_secs(), "a call has ended"),
            Err(error) => tracing::error!(%call, %error, "a call broke off"),
        }
    }

    fn tell(&self, caller: &CallingParty, news: impl FnOnce(PhoneNumber) -> News) {
        if let (CallingParty::Number(number), Some(keeper)) = (caller, &self.news)
            && keeper.try_send(news(number.clone())).is_err()
        {
            tracing::warn!("too many missed calls at once: one is not called back");
        }
    }

    async fn keep(
        self,
        mut missed: MissedCalls,
        dialler: Dialler,
        lines: Lines,
        mut told: mpsc::Receiver<News>,
    ) {
        let closing = self.teaching.closing.clone();
        let mut look = tokio::time::interval(LOOK);
        loop {
            let news = tokio::select! {
                () = closing.cancelled() => return,
                _ = look.tick() => None,
                news = told.recv() => news,
            };
            let (now, local) = (Instant::now(), self.local_time());
            match news {
                Some(News::Beep(number)) => drop(missed.handle_beep(&number, now, local)),
                Some(News::Came(number)) => missed.handle_call(&number),
                Some(News::Outcome(number, answered)) => {
                    missed.handle_outcome(&number, answered, now);
                }
                None => {}
            }
            let mut free = lines.max().saturating_sub(lines.taken());
            while let Some(order) = missed.poll_order(free, now, local) {
                match order {
                    Order::CallBack(number) => {
                        free = free.saturating_sub(1);
                        let calls = self.calls.clone();
                        calls.spawn(self.clone().dial(dialler.clone(), number));
                    }
                    Order::Text(number) => {
                        tracing::info!(%number, "not reached by call-back; to be texted");
                    }
                }
            }
            let waiting = i64::try_from(missed.waiting()).unwrap_or(i64::MAX);
            self.teaching.timings.missed.set(waiting);
        }
    }

    async fn dial(self, dialler: Dialler, number: PhoneNumber) {
        let answered = tokio::time::timeout(DIAL_MAX, dialler.dial(&number)).await;
        let line = match answered {
            Ok(Ok(line)) => Some(line),
            Ok(Err(error)) => {
                tracing::info!(%number, %error, "a call-back was not answered");
                None
            }
            Err(_) => None,
        };
        let outcome = News::Outcome(number, line.is_some());
        if let Some(keeper) = &self.news {
            // A keeper that is gone keeps no count any more.
            let _closed = keeper.send(outcome).await;
        }
        if let Some(line) = line {
            self.teach(line).await;
        }
    }

    fn local_time(&self) -> LocalTime {
        let (now, offset): (Timestamp, _) =
            (self.teaching.record.now(), self.teaching.context.offset);
        LocalTime {
            day: now.local_day(offset).0.into(),
            minute: now.local_minute(offset),
        }
    }
}
