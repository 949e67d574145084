//! The route over a modem: keeps its port open, and hands letters to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::config::ModemConfig;
use super::driver::{Driver, Health, News};
use super::port::Port;
use crate::phone_number::PhoneNumber;
use crate::telephony::CallingParty;
use crate::telephony::route::{
    Arrival, Body, Brought, Intake, Letter, Receipt, Route, SendError, Sending, Unreadable,
};
use crate::telephony::sms::alphabet::folded;
use crate::telephony::sms::pdu::{self, Address, Incoming, Submit};
use crate::telephony::sms::segment::{Part, Reference, split};
use curriculum::answer::Channel;

/// Pause before a port that is gone is opened again.
const OPEN_AGAIN: Duration = Duration::from_secs(2);
/// Parts that wait for the modem: it sends one in a few seconds.
const WAITING_MAX: usize = 32;
/// Octets read at once.
const READ_OCTETS: usize = 1_024;

/// A modem.
#[derive(Debug)]
pub struct ModemRoute {
    config: ModemConfig,
    up: AtomicBool,
    reference: AtomicU16,
    submissions: mpsc::Sender<Submission>,
}

#[derive(Debug)]
struct Submission {
    to: PhoneNumber,
    part: Part,
    outcome: oneshot::Sender<Result<u8, Failed>>,
}

#[derive(Debug)]
enum Failed {
    Refused(String),
    Unknown,
}

/// Opens the route: from now on it keeps the port open until `closing`.
pub fn open(config: ModemConfig, intake: Intake, closing: CancellationToken) -> Arc<ModemRoute> {
    let (submissions, submitted) = mpsc::channel(WAITING_MAX);
    let route = Arc::new(ModemRoute {
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
    tokio::spawn(keeper.keep_open());
    route
}

impl Route for ModemRoute {
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

impl ModemRoute {
    async fn submit(&self, letter: Letter) -> Result<Vec<String>, SendError> {
        let route = || self.config.name.clone();
        let down = || SendError::Down { route: route() };
        let number = self.reference.fetch_add(1, Ordering::Relaxed);
        let reference = Reference::Narrow(number.to_be_bytes()[1]);
        let parts =
            split(&folded(&letter.text), reference).map_err(|error| SendError::Refused {
                route: route(),
                reason: error.to_string(),
            })?;
        let mut outcomes = Vec::with_capacity(parts.len());
        for part in parts {
            let (outcome, told) = oneshot::channel();
            let submission = Submission {
                to: letter.to.clone(),
                part,
                outcome,
            };
            self.submissions
                .send(submission)
                .await
                .map_err(|_| down())?;
            outcomes.push(told);
        }
        let mut ids = Vec::with_capacity(outcomes.len());
        for told in outcomes {
            match told.await.map_err(|_| down())? {
                Ok(reference) => ids.push(part_name(reference, &letter.to.e164())),
                Err(Failed::Unknown) => return Err(SendError::Unknown { route: route() }),
                Err(Failed::Refused(reason)) => {
                    let route = route();
                    return Err(SendError::Later { route, reason });
                }
            }
        }
        Ok(ids)
    }
}

/// A status report names a part by the modem's own reference, which comes round again, and the
/// number it went to.
fn part_name(reference: u8, number: &str) -> String {
    format!("{reference}-{}", number.trim_start_matches('+'))
}

struct Keeper {
    route: Arc<ModemRoute>,
    intake: Intake,
    closing: CancellationToken,
    submitted: mpsc::Receiver<Submission>,
}

/// What hangs on an open port.
struct Link {
    driver: Driver,
    outcomes: HashMap<u64, oneshot::Sender<Result<u8, Failed>>>,
    next: u64,
    submit_reference: u8,
    session: i64,
}

impl Keeper {
    async fn keep_open(mut self) {
        let name = self.route.config.name.clone();
        let mut session = 0;
        while !self.closing.is_cancelled() {
            match Port::open(&self.route.config) {
                Ok(port) => {
                    session += 1;
                    if let Err(error) = self.serve(&port, session).await {
                        tracing::warn!(route = name, %error, "the modem is gone");
                    }
                }
                Err(error) => tracing::warn!(route = name, %error, "the modem is not there"),
            }
            self.route.up.store(false, Ordering::Relaxed);
            while let Ok(left) = self.submitted.try_recv() {
                drop(left.outcome);
            }
            tokio::select! {
                () = self.closing.cancelled() => return,
                () = tokio::time::sleep(OPEN_AGAIN) => {}
            }
        }
    }

    async fn serve(&mut self, port: &Port, session: i64) -> std::io::Result<()> {
        let mut link = Link {
            driver: Driver::new(Instant::now()),
            outcomes: HashMap::new(),
            next: 0,
            submit_reference: 0,
            session,
        };
        let served = self.drive(port, &mut link).await;
        link.driver.handle_closed();
        while let Some(news) = link.driver.poll_news() {
            link.settle(news);
        }
        served
    }

    async fn drive(&mut self, port: &Port, link: &mut Link) -> std::io::Result<()> {
        let (keep, mut kept) = mpsc::channel(WAITING_MAX);
        let mut read = [0; READ_OCTETS];
        loop {
            while let Some(octets) = link.driver.poll_out() {
                port.write(&octets).await?;
            }
            while let Some(news) = link.driver.poll_news() {
                match news {
                    News::Message(place, hex) => self.bring(link.session, place, &hex, &keep),
                    News::Health(health) => self.note(&health),
                    News::Mute => return Err(std::io::Error::other("it does not answer")),
                    settled => link.settle(settled),
                }
            }
            let due = link.driver.due();
            let room = link.outcomes.len() < WAITING_MAX && self.route.is_up();
            tokio::select! {
                () = self.closing.cancelled() => return Ok(()),
                count = port.read(&mut read) => match count? {
                    0 => return Err(std::io::Error::other("unplugged")),
                    count => link.driver.handle_read(&read[..count], Instant::now()),
                },
                Some(place) = kept.recv() => link.driver.handle_kept(place, Instant::now()),
                Some(submission) = self.submitted.recv(), if room => {
                    link.submit(submission, self.route.config.reports);
                }
                () = tokio::time::sleep_until(due.into()) => {
                    link.driver.handle_timeout(Instant::now());
                }
            }
        }
    }

    fn note(&self, health: &Health) {
        let up = health.sim_ready && health.registered;
        self.route.up.store(up, Ordering::Relaxed);
        let name = &self.route.config.name;
        let (sim, network) = (health.sim_ready, health.registered);
        let (signal, operator) = (health.signal, &health.operator);
        tracing::info!(route = name, sim, network, ?signal, ?operator, "the modem");
    }

    /// Hands over what came; its place on the SIM is freed once it is durable.
    fn bring(&self, session: i64, place: Option<u32>, hex: &str, keep: &mpsc::Sender<u32>) {
        let (taken, told) = oneshot::channel();
        let brought = match self.read(session, hex) {
            Ok(Meant::Arrival(arrival)) => Brought::Arrival(arrival, taken),
            Ok(Meant::Receipt(receipt)) => Brought::Receipt(receipt, taken),
            Err(reason) => Brought::Unreadable(
                Unreadable {
                    route: self.route.config.name.clone(),
                    reason,
                    octets: hex.as_bytes().to_vec(),
                },
                taken,
            ),
        };
        // If there is no room it stays on the SIM, and is found by the next look.
        if self.intake.try_send(brought).is_ok()
            && let Some(place) = place
        {
            let keep = keep.clone();
            tokio::spawn(async move {
                if told.await.is_ok_and(|taken| taken.0) {
                    let _gone = keep.send(place).await;
                }
            });
        }
    }

    fn read(&self, session: i64, hex: &str) -> Result<Meant, String> {
        let config = &self.route.config;
        let number = |address: Address| match address {
            Address::Number {
                digits,
                international,
            } => {
                let plus = if international { "+" } else { "" };
                match CallingParty::parse(&format!("{plus}{digits}"), &config.country) {
                    CallingParty::Number(number) => Some(number),
                    CallingParty::Anonymous => None,
                }
            }
            Address::Name(_) => None,
        };
        match pdu::decode(hex).map_err(|error| error.to_string())? {
            Incoming::Deliver(deliver) => Ok(Meant::Arrival(Arrival {
                route: config.name.clone(),
                session,
                from: number(deliver.from).ok_or("a sender that cannot be answered")?,
                channel: Channel::Sms,
                body: Body::Part(deliver.part),
                sent_at: deliver.at,
                provider_id: None,
            })),
            Incoming::Report(report) => {
                let to = number(report.to).ok_or("a report about nobody")?;
                Ok(Meant::Receipt(Receipt {
                    route: config.name.clone(),
                    ids: vec![part_name(report.reference, &to.e164())],
                    fate: report.fate,
                }))
            }
        }
    }
}

enum Meant {
    Arrival(Arrival),
    Receipt(Receipt),
}

impl Link {
    fn submit(&mut self, submission: Submission, report: bool) {
        let to = submission.to.e164();
        self.submit_reference = self.submit_reference.wrapping_add(1);
        let submit = Submit {
            to: to.trim_start_matches('+'),
            reference: self.submit_reference,
            validity: None,
            report,
            part: &submission.part,
        };
        self.next += 1;
        let now = Instant::now();
        if self.driver.handle_send(self.next, submit.encode(), now) {
            self.outcomes.insert(self.next, submission.outcome);
        }
    }

    fn settle(&mut self, news: News) {
        let (number, outcome) = match news {
            News::Sent(number, reference) => (number, Ok(reference)),
            News::Refused(number, reason) => (number, Err(Failed::Refused(reason))),
            News::Unknown(number) => (number, Err(Failed::Unknown)),
            News::Message(..) | News::Health(_) | News::Mute => return,
        };
        if let Some(told) = self.outcomes.remove(&number) {
            // A sender that gave up does not listen.
            drop(told.send(outcome));
        }
    }
}
