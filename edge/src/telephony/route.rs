//! A route carries written messages: a service centre, a modem, a cloud number.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use curriculum::Timestamp;
use curriculum::answer::Channel;
use tokio::sync::{mpsc, oneshot};

use super::sms::segment::Part;
use crate::phone_number::PhoneNumber;

/// Arrivals that may wait to be written down; a route that finds no room says so to its carrier,
/// which keeps the message and brings it again.
pub const ARRIVALS_MAX: usize = 1_024;

/// What every route can do. What arrives by one goes to the [`mpsc::Sender`] it was opened with.
pub trait Route: Send + Sync + fmt::Debug {
    /// As the configuration names it.
    fn name(&self) -> &str;

    /// True if it would take a letter now.
    fn is_up(&self) -> bool;

    /// Hands a letter over, in as many parts as it takes.
    fn send(&self, letter: Letter) -> Sending<'_>;
}

/// A letter on its way: the carrier's own name of each part, as its receipts will write it.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Vec<String>, SendError>> + Send + 'a>>;

/// One text to one telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Ours; a carrier that knows repeats is told it.
    pub id: i64,
    /// To whom.
    pub to: PhoneNumber,
    /// What it says.
    pub text: String,
    /// The conversation is over with it: a menu is closed.
    pub ends: bool,
}

/// Why a letter was not handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The carrier cannot be reached, or takes nothing at present.
    #[error("send by {route}: it is down")]
    Down {
        /// Which.
        route: String,
    },
    /// The carrier may have taken it or not: it did not say.
    #[error("send by {route}: it did not answer")]
    Unknown {
        /// Which.
        route: String,
    },
    /// Nobody waits for it any more: a menu was closed, a request was given up.
    #[error("send by {route}: nobody waits for it")]
    Gone {
        /// Which.
        route: String,
    },
    /// Try again later.
    #[error("send by {route}: refused for now ({reason})")]
    Later {
        /// Which.
        route: String,
        /// In the carrier's words.
        reason: String,
    },
    /// It will never be taken.
    #[error("send by {route}: refused ({reason})")]
    Refused {
        /// Which.
        route: String,
        /// In the carrier's words.
        reason: String,
    },
}

/// What a route brings. The carrier is told that it was taken only after it is durable.
#[derive(Debug)]
pub enum Brought {
    /// Somebody wrote.
    Arrival(Arrival, oneshot::Sender<Taken>),
    /// What became of something we sent.
    Receipt(Receipt, oneshot::Sender<Taken>),
    /// Something that cannot be read: kept for the technician.
    Unreadable(Unreadable, oneshot::Sender<Taken>),
}

/// Where routes put what they bring.
pub type Intake = mpsc::Sender<Brought>;

/// True once it is durable; false if it could not be kept, and should come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(pub bool);

/// Somebody's message, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// By which route, as the configuration names it.
    pub route: String,
    /// Drawn anew for each connection: a carrier brings again what it did not hear acknowledged.
    pub session: i64,
    /// Who wrote.
    pub from: PhoneNumber,
    /// In what form.
    pub channel: Channel,
    /// What it says.
    pub body: Body,
    /// The carrier's own time, if it gave one.
    pub sent_at: Option<Timestamp>,
    /// The carrier's own name for the message, if it gave one.
    pub provider_id: Option<String>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The whole text.
    Text(String),
    /// A part of one, or a whole one not yet read.
    Part(Part),
}

/// What became of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// By which route.
    pub route: String,
    /// The carrier's name of the part, in the forms that it may have been given in.
    pub ids: Vec<String>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The telephone has it.
    Delivered,
    /// The network goes on trying.
    Trying,
    /// It will not arrive.
    Failed,
}

/// Octets that are no message we could read, or a message that nobody can answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// By which route.
    pub route: String,
    /// What is wrong with it.
    pub reason: String,
    /// As they came.
    pub octets: Vec<u8>,
}

impl fmt::Debug for Unreadable {
    /// What came may be somebody's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = self.octets.len();
        write!(f, "{octets} octets by {}: {}", self.route, self.reason)
    }
}
