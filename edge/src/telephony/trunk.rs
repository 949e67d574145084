//! A way that calls come and go: what `conversation` holds of a SIP trunk or an AudioSocket server.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::phone_number::PhoneNumber;

use super::calling_party::CallingParty;
use super::line::{Line, Ring};

/// Rings, and calls turned away, that may wait to be looked at.
const WAITING_MAX: usize = 64;

/// A way that calls come and go.
#[derive(Debug)]
pub struct Trunk {
    /// Calls that ring now. Each already holds one of the box's lines.
    pub rings: mpsc::Receiver<Ring>,
    /// Calls that found every line taken and were told so: the box may call them back.
    pub turned_away: mpsc::Receiver<TurnedAway>,
    /// Where it listens, the port found included.
    pub address: SocketAddr,
    dialler: Dialler,
    closing: CancellationToken,
    calls: TaskTracker,
}

/// Places calls over a trunk; cheap to clone.
#[derive(Clone, Debug)]
pub struct Dialler(mpsc::Sender<Dial>);

/// A call that found every line taken.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnedAway {
    pub caller: CallingParty,
    pub at: Instant,
}

/// An order to place a call. The order is withdrawn (hung up) when `reply` is closed.
#[derive(Debug)]
pub struct Dial {
    pub number: PhoneNumber,
    pub reply: oneshot::Sender<Result<Line, DialError>>,
}

/// The carrier's end of a [`Trunk`].
#[derive(Debug)]
pub struct Exchange {
    pub rings: mpsc::Sender<Ring>,
    pub turned_away: mpsc::Sender<TurnedAway>,
    pub dials: mpsc::Receiver<Dial>,
    /// Cancelled when the trunk closes: every call is to be ended.
    pub closing: CancellationToken,
    /// Every call's task is spawned here; the trunk waits for them when it closes.
    pub calls: TaskTracker,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    #[error("dial: the learner's line is busy")]
    Busy,
    #[error("dial: nobody answered")]
    NoAnswer,
    #[error("dial: the gateway refused with status {status}")]
    Refused { status: u16 },
    #[error("dial: no gateway can be reached")]
    Unreachable,
    #[error("dial: every line of the box is taken")]
    NoLine,
    #[error("dial: this trunk only takes calls")]
    OnlyTakesCalls,
    #[error("dial: the trunk is closed")]
    Closed,
}

impl Trunk {
    /// A trunk and the carrier's end of it.
    pub fn open(address: SocketAddr) -> (Trunk, Exchange) {
        let (ring, rings) = mpsc::channel(WAITING_MAX);
        let (turn_away, turned_away) = mpsc::channel(WAITING_MAX);
        let (dial, dials) = mpsc::channel(WAITING_MAX);
        let closing = CancellationToken::new();
        let calls = TaskTracker::new();
        let trunk = Trunk {
            rings,
            turned_away,
            address,
            dialler: Dialler(dial),
            closing: closing.clone(),
            calls: calls.clone(),
        };
        let exchange = Exchange {
            rings: ring,
            turned_away: turn_away,
            dials,
            closing,
            calls,
        };
        (trunk, exchange)
    }

    /// Calls a number; resolves when it is answered. Dropping the future hangs up.
    ///
    /// # Errors
    /// [`DialError`], by what the learner's side or the gateway said.
    pub async fn dial(&self, number: &PhoneNumber) -> Result<Line, DialError> {
        self.dialler.dial(number).await
    }

    /// For tasks that call while another takes the rings.
    pub fn dialler(&self) -> Dialler {
        self.dialler.clone()
    }

    /// Takes no more calls, ends those under way (BYE to each), and waits for them at most
    /// `patience`. Returns whether all of them ended in time. Dropping the trunk does the same
    /// without waiting.
    pub async fn close(self, patience: Duration) -> bool {
        self.closing.cancel();
        self.calls.close();
        tokio::time::timeout(patience, self.calls.wait())
            .await
            .is_ok()
    }
}

impl Drop for Trunk {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

impl Dialler {
    /// As [`Trunk::dial`].
    ///
    /// # Errors
    /// As [`Trunk::dial`].
    pub async fn dial(&self, number: &PhoneNumber) -> Result<Line, DialError> {
        let (reply, answered) = oneshot::channel();
        let order = Dial {
            number: number.clone(),
            reply,
        };
        self.0.send(order).await.map_err(|_| DialError::Closed)?;
        answered.await.unwrap_or(Err(DialError::Closed))
    }
}
