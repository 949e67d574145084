//! The route over a service centre: keeps a session up, and hands letters to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::config::SmppConfig;
use super::message::{self, Meant};
use super::pdu;
use super::session::{Delivery, Ending, News, Outcome, Session, WAITING_MAX};
use crate::telephony::route::{
    Brought, Intake, Letter, Route, SendError, Sending, Taken, Unreadable,
};
use crate::telephony::sms::alphabet::folded;
use crate::telephony::sms::segment::{Reference, split};

/// How long a connection may take to be made, or to take what is written.
const NETWORK_MAX: Duration = Duration::from_secs(10);
/// Pauses between sessions: doubled each time up to the longest.
const BACKOFF_MIN: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// A session that lasted so long was a good one: the next pause is short again.
const GOOD_SESSION: Duration = Duration::from_secs(60);
/// How long the centre has to answer an unbind.
const UNBIND_MAX: Duration = Duration::from_secs(2);
/// Octets read at once.
const READ_OCTETS: usize = 16 * 1024;
/// `ESME_RX_T_APPN`: to be delivered again later.
const NOT_NOW: u32 = 0x64;

/// A service centre.
#[derive(Debug)]
pub struct SmppRoute {
    config: SmppConfig,
    up: AtomicBool,
    reference: AtomicU16,
    submissions: mpsc::Sender<Submission>,
}

#[derive(Debug)]
struct Submission {
    body: Vec<u8>,
    outcome: oneshot::Sender<Outcome>,
}

/// Opens the route: from now on it keeps a session up until `closing`.
pub fn open(config: SmppConfig, intake: Intake, closing: CancellationToken) -> Arc<SmppRoute> {
    let (submissions, submitted) = mpsc::channel(WAITING_MAX);
    let route = Arc::new(SmppRoute {
        config,
        up: AtomicBool::new(false),
        reference: AtomicU16::new(0),
        submissions,
    });
    let keeper = Keeper {
        route: Arc::clone(&route),
        intake,
        closing,
        submitted,
    };
    tokio::spawn(keeper.keep_up());
    route
}

impl Route for SmppRoute {
    fn name(&self) -> &str {
        &self.config.name
    }

    fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    fn send(&self, letter: Letter) -> Sending<'_> {
        Box::pin(self.submit(letter))
    }
}

impl SmppRoute {
    async fn submit(&self, letter: Letter) -> Result<Vec<String>, SendError> {
        let route = || self.config.name.clone();
        if !self.is_up() {
            return Err(SendError::Down { route: route() });
        }
        let number = self.reference.fetch_add(1, Ordering::Relaxed);
        let reference = if self.config.wide_references {
            Reference::Wide(number)
        } else {
            Reference::Narrow(number.to_be_bytes()[1])
        };
        let parts =
            split(&folded(&letter.text), reference).map_err(|error| SendError::Refused {
                route: route(),
                reason: error.to_string(),
            })?;
        let to = letter.to.e164();
        let mut outcomes = Vec::with_capacity(parts.len());
        for part in &parts {
            let (outcome, told) = oneshot::channel();
            let body = message::submit(&self.config, &to, part);
            let submission = Submission { body, outcome };
            if self.submissions.send(submission).await.is_err() {
                return Err(SendError::Down { route: route() });
            }
            outcomes.push(told);
        }
        let mut ids = Vec::with_capacity(parts.len());
        for told in outcomes {
            match told.await.unwrap_or(Outcome::NotSent) {
                Outcome::Taken(id) => ids.push(id),
                Outcome::Unknown => return Err(SendError::Unknown { route: route() }),
                Outcome::NotSent => return Err(SendError::Down { route: route() }),
                Outcome::Status(status) => return Err(refusal(route(), status)),
            }
        }
        Ok(ids)
    }
}

/// What a status means for the letter (SMPP 3.4, section 5.1.3).
fn refusal(route: String, status: u32) -> SendError {
    let reason = format!("status {status:#x}");
    match status {
        // Wrong address, wrong destination; an application's permanent refusal.
        0x0a | 0x0b | 0x65 | 0x66 => SendError::Refused { route, reason },
        _ => SendError::Later { route, reason },
    }
}

struct Keeper {
    route: Arc<SmppRoute>,
    intake: Intake,
    closing: CancellationToken,
    submitted: mpsc::Receiver<Submission>,
}

impl Keeper {
    async fn keep_up(mut self) {
        let name = self.route.config.name.clone();
        let mut failures = 0;
        while !self.closing.is_cancelled() {
            let began = Instant::now();
            let address = self.route.config.address.clone();
            let connecting = tokio::time::timeout(NETWORK_MAX, TcpStream::connect(&address));
            match connecting.await {
                Ok(Ok(stream)) => match self.session(stream).await {
                    Some(why) => tracing::warn!(route = name, %why, "a session has ended"),
                    None if self.closing.is_cancelled() => return,
                    None => tracing::warn!(route = name, "the connection is gone"),
                },
                Ok(Err(error)) => tracing::warn!(route = name, %error, "no connection"),
                Err(_) => tracing::warn!(route = name, "no connection in time"),
            }
            self.route.up.store(false, Ordering::Relaxed);
            while let Ok(left) = self.submitted.try_recv() {
                drop(left.outcome.send(Outcome::NotSent));
            }
            if began.elapsed() >= GOOD_SESSION {
                failures = 0;
            }
            let pause = pause(failures, u64::from(began.elapsed().subsec_nanos()));
            failures += 1;
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One session, to its end; `None` if the connection broke or the box closes.
    async fn session(&mut self, stream: TcpStream) -> Option<Ending> {
        // Small PDUs must not wait for one another.
        drop(stream.set_nodelay(true));
        let (mut reader, writer) = stream.into_split();
        let (out, to_write) = mpsc::channel(WAITING_MAX);
        let writing = tokio::spawn(write(writer, to_write));
        let mut link = Link {
            session: Session::new(self.route.config.rules(), Instant::now()),
            number: session_number(),
            outcomes: HashMap::new(),
            next: 0,
            out,
            ended: None,
        };
        let ending = self.drive(&mut link, &mut reader).await;
        self.route.up.store(false, Ordering::Relaxed);
        link.session.handle_closed();
        while let Some(news) = link.session.poll_news() {
            link.settle(news);
        }
        while let Some(octets) = link.session.poll_out() {
            drop(link.out.try_send(octets));
        }
        drop(link);
        drop(tokio::time::timeout(UNBIND_MAX, writing).await);
        ending
    }

    async fn drive(&mut self, link: &mut Link, reader: &mut OwnedReadHalf) -> Option<Ending> {
        let (acknowledge, mut acknowledged) = mpsc::channel(WAITING_MAX);
        let mut read = vec![0; READ_OCTETS];
        loop {
            while let Some(news) = link.session.poll_news() {
                self.handle(link, news, &acknowledge);
            }
            while let Some(octets) = link.session.poll_out() {
                if link.out.try_send(octets).is_err() {
                    tracing::warn!(
                        route = self.route.config.name,
                        "what is written is not read"
                    );
                    return None;
                }
            }
            if let Some(why) = link.ended.take() {
                return Some(why);
            }
            let due = link.session.due(Instant::now());
            let room = link.outcomes.len() < WAITING_MAX && self.route.is_up();
            tokio::select! {
                () = self.closing.cancelled() => {
                    link.session.unbind();
                    return None;
                }
                count = reader.read(&mut read) => match count {
                    Ok(0) | Err(_) => return None,
                    Ok(count) => link.session.handle_read(&read[..count], Instant::now()),
                },
                Some((command, sequence, status)) = acknowledged.recv() => {
                    link.session.acknowledge(command, sequence, status);
                }
                Some(submission) = self.submitted.recv(), if room => link.submit(submission),
                () = tokio::time::sleep_until(due.into()) => {
                    link.session.handle_timeout(Instant::now());
                }
            }
        }
    }

    fn handle(&self, link: &mut Link, news: News, acknowledge: &Acknowledge) {
        match news {
            News::Bound => {
                tracing::info!(route = self.route.config.name, "bound");
                self.route.up.store(true, Ordering::Relaxed);
            }
            News::Delivered(delivery) => self.bring(link, delivery, acknowledge),
            News::Poison(reason, octets) => {
                // It is acknowledged already; a technician's copy may be lost if too much comes.
                drop(
                    self.intake
                        .try_send(self.set_aside(reason, octets, oneshot::channel().0)),
                );
            }
            settled => link.settle(settled),
        }
    }

    fn set_aside(&self, reason: &str, octets: Vec<u8>, taken: oneshot::Sender<Taken>) -> Brought {
        let unreadable = Unreadable {
            route: self.route.config.name.clone(),
            reason: reason.to_owned(),
            octets,
        };
        Brought::Unreadable(unreadable, taken)
    }

    /// Hands over what was delivered; the centre hears that it was taken once it is durable.
    fn bring(&self, link: &mut Link, delivery: Delivery, acknowledge: &Acknowledge) {
        let (command, sequence) = (delivery.command, delivery.sequence);
        let (taken, told) = oneshot::channel();
        let brought = match message::read(&self.route.config, link.number, &delivery.deliver) {
            Meant::Arrival(arrival) => Brought::Arrival(arrival, taken),
            Meant::Receipt(receipt) => Brought::Receipt(receipt, taken),
            Meant::Nothing(reason) => self.set_aside(reason, delivery.deliver.octets, taken),
        };
        if self.intake.try_send(brought).is_err() {
            return link.session.acknowledge(command, sequence, pdu::QUEUE_FULL);
        }
        let acknowledge = acknowledge.clone();
        tokio::spawn(async move {
            let kept = told.await.is_ok_and(|taken| taken.0);
            let status = if kept { pdu::OK } else { NOT_NOW };
            // A session that is gone hears nothing: the centre brings it again.
            let _gone = acknowledge.send((command, sequence, status)).await;
        });
    }
}

type Acknowledge = mpsc::Sender<(u32, u32, u32)>;

/// A session and what hangs on it.
struct Link {
    session: Session,
    /// Told with each arrival.
    number: i64,
    outcomes: HashMap<u64, oneshot::Sender<Outcome>>,
    next: u64,
    out: mpsc::Sender<Vec<u8>>,
    ended: Option<Ending>,
}

impl Link {
    fn submit(&mut self, submission: Submission) {
        self.next += 1;
        let now = Instant::now();
        if self.session.handle_submit(self.next, submission.body, now) {
            self.outcomes.insert(self.next, submission.outcome);
        } else {
            drop(submission.outcome.send(Outcome::NotSent));
        }
    }

    fn settle(&mut self, news: News) {
        match news {
            News::Submitted(number, outcome) => {
                if let Some(told) = self.outcomes.remove(&number) {
                    // A sender that gave up does not listen.
                    drop(told.send(outcome));
                }
            }
            News::Ended(why) => self.ended = Some(why),
            _ => {}
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut to_write: mpsc::Receiver<Vec<u8>>) {
    while let Some(octets) = to_write.recv().await {
        let written = tokio::time::timeout(NETWORK_MAX, writer.write_all(&octets)).await;
        if !matches!(written, Ok(Ok(()))) {
            return;
        }
    }
}

/// Doubled each time; up to a quarter shorter by chance, so that boxes do not come back at once.
fn pause(failures: u32, chance: u64) -> Duration {
    let whole = BACKOFF_MIN * 2u32.saturating_pow(failures.min(16));
    let whole = whole.min(BACKOFF_MAX);
    whole - whole / 4 * u32::try_from(chance % 1000).unwrap_or(0) / 1000
}

/// Drawn anew for each session.
fn session_number() -> i64 {
    let mut octets = [0; 8];
    // Without chance the clock's nanoseconds still tell sessions apart.
    if getrandom::fill(&mut octets).is_err() {
        octets = u64::from(Instant::now().elapsed().subsec_nanos()).to_be_bytes();
    }
    i64::from_be_bytes(octets) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<u64> = (0..9).map(|n| pause(n, 0).as_millis() as u64).collect();
        assert_eq!(pauses[..3], [500, 1000, 2000]);
        assert_eq!(pauses[8], 60_000);
        assert!(pause(9, 999) >= Duration::from_secs(45));
    }
}
