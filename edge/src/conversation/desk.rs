//! The desk: takes what rings, and calls back who hung up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::beeps::Beeps;
use super::call::{Teaching, teach};
use super::missed_call::{MissedCalls, Order, Policy};
use super::record::RecordError;
use crate::phone_number::PhoneNumber;
use crate::telephony::{AnswerError, CallingParty, Dialler, Line, Lines, Refusal, Ring, Trunk};

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
    ///
    /// # Errors
    /// When what was remembered of missed calls cannot be read from the disk.
    pub fn call_back(
        &mut self,
        policy: Policy,
        dialler: Dialler,
        lines: Lines,
    ) -> Result<(), RecordError> {
        let kept = self.teaching.record.missed_calls()?;
        let beeps = kept.map_or_else(Beeps::default, |bytes| {
            Beeps::from_bytes(&bytes).unwrap_or_else(|error| {
                tracing::error!(%error, "missed calls are forgotten: what was kept cannot be read");
                Beeps::default()
            })
        });
        let (news, told) = mpsc::channel(NEWS_MAX);
        self.news = Some(news);
        let desk = self.clone();
        tokio::spawn(desk.keep(MissedCalls::new(policy, beeps), dialler, lines, told));
        Ok(())
    }

    /// Takes every ring of a trunk until the box closes; gives the trunk back to be closed.
    pub async fn serve(self, mut trunk: Trunk) -> Trunk {
        let closing = self.teaching.closing.clone();
        loop {
            tokio::select! {
                biased;
                () = closing.cancelled() => {
                    // Whoever rings from now on is told at once that nobody will answer.
                    trunk.rings.close();
                    while trunk.rings.try_recv().is_ok() {}
                    return trunk;
                }
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
            () = self.teaching.closing.cancelled() => return ring.refuse(Refusal::Unavailable).await,
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
        // What an earlier run was calling is texted: that change is written before anything is done.
        let mut kept = Beeps::default();
        loop {
            let news = tokio::select! {
                () = closing.cancelled() => return,
                _ = look.tick() => None,
                news = told.recv() => news,
            };
            let now = self.teaching.record.now();
            // A storm of beeps is written once, not beep by beep.
            let more = std::iter::from_fn(|| told.try_recv().ok());
            for news in news.into_iter().chain(more) {
                match news {
                    News::Beep(number) => drop(missed.handle_beep(&number, now)),
                    News::Came(number) => missed.handle_call(&number),
                    News::Outcome(number, answered) => {
                        missed.handle_outcome(&number, answered, now);
                    }
                }
            }
            let mut free = lines.max().saturating_sub(lines.taken());
            let mut orders = Vec::new();
            while let Some(order) = missed.poll_order(free, now) {
                free = free.saturating_sub(usize::from(matches!(order, Order::CallBack(_))));
                orders.push(order);
            }
            if *missed.beeps() != kept {
                if self.remember(missed.beeps()).await {
                    kept = missed.beeps().clone();
                } else {
                    for order in orders.drain(..).rev() {
                        missed.handle_impossible(order, now);
                    }
                }
            }
            for order in orders {
                self.carry_out(order, &dialler);
            }
            let waiting = i64::try_from(missed.waiting()).unwrap_or(i64::MAX);
            self.teaching.timings.missed.set(waiting);
        }
    }

    /// Whether it is durable: else nobody is called, for a restart would call them again.
    async fn remember(&self, beeps: &Beeps) -> bool {
        let (teaching, bytes) = (Arc::clone(&self.teaching), beeps.to_bytes());
        let written = tokio::task::spawn_blocking(move || {
            let bytes = bytes.map_err(|error| error.to_string())?;
            let kept = teaching.record.keep_missed_calls(bytes);
            kept.map_err(|error| error.to_string())
        });
        let written = written.await.unwrap_or_else(|error| Err(error.to_string()));
        if let Err(error) = &written {
            tracing::error!(%error, "nobody is called back: missed calls cannot be remembered");
        }
        written.is_ok()
    }

    fn carry_out(&self, order: Order, dialler: &Dialler) {
        match order {
            Order::CallBack(number) => {
                let dialling = self.clone().dial(dialler.clone(), number);
                drop(self.calls.spawn(dialling));
            }
            Order::Text(number) => {
                tracing::info!(%number, "not reached by call-back; to be texted");
            }
        }
    }

    async fn dial(self, dialler: Dialler, number: PhoneNumber) {
        let answered = tokio::select! {
            answered = tokio::time::timeout(DIAL_MAX, dialler.dial(&number)) => answered,
            // They are texted when the box is there again.
            () = self.teaching.closing.cancelled() => return,
        };
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
}
