//! An answered call, whoever placed it, until it ends.

use std::time::Duration;

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TransactionHandle};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Method, Request, StatusCode};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::telephony::line::CallId;
use crate::telephony::lines::Place;
use crate::telephony::rtp::{Ended, Order};

use super::agreement::{self, Agreement};
use super::press;

/// Orders to the audio that may wait: it takes them at once.
pub(super) const ORDERS_MAX: usize = 16;

/// Far beyond any lesson, for calls without a session timer.
const NEVER: Duration = Duration::from_secs(30 * 86_400);

pub(super) struct Answered {
    pub(super) call: CallId,
    pub(super) dialog: InviteDialog,
    pub(super) states: DialogStateReceiver,
    pub(super) agreement: Agreement,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) audio: JoinHandle<Ended>,
    pub(super) place: Place,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The box hung up, so its audio has ended already.
    Box,
    /// The trunk closes, or the peer has not renewed the session.
    Trunk,
    Peer,
}

impl Answered {
    /// Carries the call until one side ends it, and says goodbye if that was ours.
    pub(super) async fn carry(mut self, closing: &CancellationToken) {
        let by = self.serve(closing).await;
        if by != By::Box {
            // The box's last word of this call is that it was hung up.
            let _ = self.orders.send(Order::End).await;
            let _ = (&mut self.audio).await;
        }
        drop(self.place);
        if by != By::Peer {
            // An answer, a refusal or none: the call is over for us.
            let _ = self.dialog.bye().await;
        }
        tracing::info!(call = %self.call, ?by, "a call ended");
    }

    async fn serve(&mut self, closing: &CancellationToken) -> By {
        // Set while we wait for the answer to an offer of ours in an acknowledgement.
        let mut offered = false;
        let mut due = Instant::now() + self.due();
        loop {
            tokio::select! {
                state = self.states.recv() => match state {
                    Some(DialogState::Updated(_, request, handle)) => {
                        offered = self.update(&request, &handle).await;
                        due = Instant::now() + self.due();
                    }
                    Some(DialogState::Confirmed(..)) if offered => {
                        offered = false;
                        self.take_late_answer().await;
                    }
                    Some(DialogState::Terminated(..)) | None => return By::Peer,
                    Some(state) => self.reply(state).await,
                },
                _ = &mut self.audio => return By::Box,
                () = closing.cancelled() => return By::Trunk,
                () = tokio::time::sleep_until(due) => match self.agreement.timer {
                    Some(timer) if timer.ours => {
                        self.renew();
                        due = Instant::now() + self.due();
                    }
                    Some(_) => return By::Trunk,
                    None => due = Instant::now() + NEVER,
                },
            }
        }
    }

    fn due(&self) -> Duration {
        self.agreement.timer.map_or(NEVER, |timer| timer.due())
    }

    /// Answers a re-INVITE or UPDATE. Returns whether its answer is an offer of ours.
    async fn update(&mut self, request: &Request, handle: &TransactionHandle) -> bool {
        self.agreement.take_timer(request);
        if request.body.is_empty() {
            // An INVITE without an offer asks for ours; an UPDATE without one only renews.
            let asks = request.method == Method::Invite;
            let body = asks.then(|| self.agreement.offer());
            let headers = self.agreement.headers(asks);
            let _ = handle.respond(StatusCode::OK, Some(headers), body).await;
            return asks;
        }
        match self.agreement.answer(&request.body) {
            Ok((body, media)) => {
                let headers = self.agreement.headers(true);
                let _ = handle
                    .respond(StatusCode::OK, Some(headers), Some(body))
                    .await;
                let _ = self.orders.send(Order::Agree(media)).await;
            }
            // The call goes on as it was (RFC 3261, 14.2).
            Err(_) => {
                let _ = handle.reply(StatusCode::NotAcceptableHere).await;
            }
        }
        false
    }

    async fn take_late_answer(&mut self) {
        let acknowledged = self.dialog.last_remote_ack();
        let answer = acknowledged.and_then(|ack| self.agreement.answered(&ack.body).ok());
        if let Some(media) = answer {
            let _ = self.orders.send(Order::Agree(media)).await;
        }
    }

    /// Renews the session, without waiting: the peer ends the call if this fails.
    fn renew(&mut self) {
        let Some(timer) = self.agreement.timer else {
            return;
        };
        let (headers, body) = (self.agreement.renewing(timer), self.agreement.offer());
        let dialog = self.dialog.clone();
        tokio::spawn(async move {
            let _ = dialog.reinvite(Some(headers), Some(body)).await;
        });
    }

    async fn reply(&mut self, state: DialogState) {
        match state {
            DialogState::Info(_, request, handle) => {
                let content_type = agreement::value(&request, &["Content-Type", "c"]);
                let key = content_type.and_then(|kind| press::key(kind, &request.body));
                if let Some(key) = key {
                    let _ = self.orders.send(Order::Key(key)).await;
                }
                // What is no key is no fault either: gateways send much by INFO.
                let _ = handle.reply(StatusCode::OK).await;
            }
            DialogState::Options(_, _, handle) => {
                let _ = handle.reply(StatusCode::OK).await;
            }
            // The box does not go where it is sent.
            DialogState::Refer(_, _, handle) => {
                let _ = handle.reply(StatusCode::Decline).await;
            }
            DialogState::Message(_, _, handle)
            | DialogState::Notify(_, _, handle)
            | DialogState::Publish(_, _, handle) => {
                let _ = handle.reply(StatusCode::MethodNotAllowed).await;
            }
            _ => {}
        }
    }
}
