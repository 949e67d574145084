//! A call that comes in, until the box has answered or refused it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::prelude::HasHeaders;
use rsipstack::sip::{
    Auth, Header, Param, Request, Scheme, StatusCode, Transport, Unsupported, Uri,
};
use rsipstack::transaction::Transaction;
use tokio::sync::mpsc;

use crate::telephony::calling_party::CallingParty;
use crate::telephony::line::{AnswerError, CallId, Decision, Line, Refusal, Ring, Ringing};
use crate::telephony::lines::Place;
use crate::telephony::rtp::{self, Media, Port};
use crate::telephony::trunk::TurnedAway;

use super::agreement::{self, Agreement};
use super::answered::{Answered, ORDERS_MAX};
use super::endpoint::Shared;
use super::identity;
use super::requests::{refuse, source};

/// A gateway that lets a call ring longer has forgotten it.
const RINGING_MAX: Duration = Duration::from_secs(180);

/// A call before it is answered.
struct Incoming {
    call: CallId,
    caller: CallingParty,
    peer: SocketAddr,
    dialog: InviteDialog,
    states: DialogStateReceiver,
    offer: Vec<u8>,
    request: Request,
    place: Place,
}

/// Takes an INVITE that begins a call, or refuses it at once.
pub(super) fn take(shared: &Arc<Shared>, request: Transaction) {
    let manner = source(&request).and_then(|peer| Some((peer, shared.gate.manner(peer.ip())?)));
    let Some((peer, manner)) = manner else {
        return refuse(request, StatusCode::Forbidden, Vec::new());
    };
    if shared.closing.is_cancelled() {
        return refuse(request, StatusCode::ServiceUnavailable, Vec::new());
    }
    let unknown = agreement::tokens(&request.original, &["Require"]).find(|it| it != "timer");
    if let Some(unknown) = unknown {
        let header = Header::Unsupported(Unsupported::new(unknown));
        return refuse(request, StatusCode::BadExtension, vec![header]);
    }
    let headers: Vec<(&str, &str)> = request
        .original
        .headers()
        .iter()
        .map(|header| (header.name(), header.value()))
        .collect();
    let caller = identity::caller(&headers, manner.number_from, &manner.country);
    let Some(place) = shared.lines.take() else {
        shared.counts.turned_away.inc();
        let at = Instant::now();
        // Nobody waits for it if the queue is full.
        let _ = shared.turned_away.try_send(TurnedAway { caller, at });
        return refuse(request, StatusCode::BusyHere, Vec::new());
    };
    if !request.original.body.is_empty() && !is_acceptable(shared, peer, &request.original.body) {
        return refuse(request, StatusCode::NotAcceptableHere, Vec::new());
    }
    begin(shared, request, caller, peer, place);
}

fn is_acceptable(shared: &Shared, peer: SocketAddr, offer: &[u8]) -> bool {
    let own = shared.gate.own_address(peer.ip());
    Agreement::new(own, 0, 0, peer.ip()).answer(offer).is_ok()
}

fn begin(
    shared: &Arc<Shared>,
    mut request: Transaction,
    caller: CallingParty,
    peer: SocketAddr,
    place: Place,
) {
    let (sender, states) = shared.layer.new_dialog_state_channel();
    let over_tcp = request
        .connection
        .as_ref()
        .is_some_and(|connection| connection.is_reliable());
    let contact = contact(shared, peer, over_tcp);
    let layer = &shared.layer;
    let Ok(dialog) = layer.get_or_create_server_invite(&request, sender, None, Some(contact))
    else {
        return refuse(request, StatusCode::BadRequest, Vec::new());
    };
    let incoming = Incoming {
        call: CallId::fresh(),
        caller,
        peer,
        dialog: dialog.clone(),
        states,
        offer: request.original.body.clone(),
        request: request.original.clone(),
        place,
    };
    let mut handled = dialog;
    tokio::spawn(async move {
        // Ends with the acknowledgement of our answer; the dialog's states say how it went.
        let _ = handled.handle(&mut request).await;
    });
    shared.calls.spawn(ring(Arc::clone(shared), incoming));
}

/// Our own URI for the other side to send to.
pub(super) fn contact(shared: &Shared, peer: SocketAddr, over_tcp: bool) -> Uri {
    let own = SocketAddr::new(shared.gate.own_address(peer.ip()), shared.port);
    Uri {
        scheme: Some(Scheme::Sip),
        auth: Some(Auth {
            user: shared.gate.user().to_owned(),
            password: None,
        }),
        host_with_port: own.into(),
        params: if over_tcp {
            vec![Param::Transport(Transport::Tcp)]
        } else {
            Vec::new()
        },
        headers: Vec::new(),
    }
}

async fn ring(shared: Arc<Shared>, mut incoming: Incoming) {
    let id = incoming.dialog.id();
    let arrived = Instant::now();
    let (ring, mut ringing) = Ring::new(incoming.call, incoming.caller.clone(), arrived);
    shared.counts.rings.inc();
    tracing::info!(call = %incoming.call, caller = ?incoming.caller, "a call rings");
    let decision =
        if incoming.dialog.ringing(None, None).is_err() || shared.rings.try_send(ring).is_err() {
            Some(Decision::Refuse(Refusal::Unavailable))
        } else {
            decide(&shared, &mut incoming, &mut ringing).await
        };
    match decision {
        Some(Decision::Answer(reply)) => answer(&shared, incoming, &ringing, reply).await,
        Some(Decision::Refuse(refusal)) => {
            let status = match refusal {
                Refusal::Busy => StatusCode::BusyHere,
                Refusal::Unavailable => StatusCode::ServiceUnavailable,
                Refusal::Declined => StatusCode::Decline,
            };
            let _ = incoming.dialog.reject(Some(status), None);
        }
        None => {
            ringing.give_up();
            shared.counts.given_up.inc();
            tracing::info!(call = %incoming.call, "the caller gave up");
        }
    }
    shared.layer.remove_dialog(&id);
}

/// What the box decides; none if the caller gave up first.
async fn decide(
    shared: &Shared,
    incoming: &mut Incoming,
    ringing: &mut Ringing,
) -> Option<Decision> {
    let too_long = tokio::time::sleep(RINGING_MAX);
    tokio::pin!(too_long);
    let unavailable = Decision::Refuse(Refusal::Unavailable);
    loop {
        tokio::select! {
            state = incoming.states.recv() => match state {
                Some(DialogState::Terminated(..)) | None => return None,
                Some(_) => {}
            },
            decision = &mut ringing.decision => {
                return Some(decision.unwrap_or(unavailable));
            }
            () = shared.closing.cancelled() => return Some(unavailable),
            () = &mut too_long => return Some(unavailable),
        }
    }
}

async fn answer(
    shared: &Shared,
    mut incoming: Incoming,
    ringing: &Ringing,
    reply: tokio::sync::oneshot::Sender<Result<Line, AnswerError>>,
) {
    match confirm(shared, &mut incoming).await {
        Ok((agreement, port, media)) => {
            shared.counts.answered.inc();
            let (line, far_end) = Line::open(incoming.call, incoming.caller.clone());
            let (orders, ordered) = mpsc::channel(ORDERS_MAX);
            let quiet_max = shared.gate.config().quiet_max();
            let counts = shared.counts.clone();
            let audio = tokio::spawn(rtp::run(port, media, far_end, ordered, quiet_max, counts));
            // A box that no longer wants the line drops it here, and so hangs up.
            let _ = reply.send(Ok(line));
            let answered = Answered {
                call: incoming.call,
                dialog: incoming.dialog,
                states: incoming.states,
                agreement,
                orders,
                audio,
                place: incoming.place,
            };
            answered.carry(&shared.closing).await;
        }
        Err(error) => {
            match &error {
                AnswerError::GivenUp => {
                    ringing.give_up();
                    shared.counts.given_up.inc();
                }
                AnswerError::NoPort => {
                    let _ = incoming
                        .dialog
                        .reject(Some(StatusCode::ServiceUnavailable), None);
                }
                _ => {
                    let _ = incoming.dialog.bye().await;
                }
            }
            let _ = reply.send(Err(error));
        }
    }
}

/// Answers, and waits until the caller's side has acknowledged it.
async fn confirm(
    shared: &Shared,
    incoming: &mut Incoming,
) -> Result<(Agreement, Port, Media), AnswerError> {
    let config = shared.gate.config();
    let port = Port::open(config.bind.ip(), config.rtp_ports)
        .await
        .map_err(|_| AnswerError::NoPort)?;
    let own = shared.gate.own_address(incoming.peer.ip());
    let session = incoming.call.number();
    let mut agreement = Agreement::new(own, port.number, session, incoming.peer.ip());
    agreement.take_timer(&incoming.request);
    let (body, mut media) = if incoming.offer.is_empty() {
        (agreement.offer(), None)
    } else {
        let answer = agreement.answer(&incoming.offer);
        let (body, media) = answer.map_err(|_| AnswerError::NoCoding)?;
        (body, Some(media))
    };
    let headers = agreement.headers(true);
    incoming
        .dialog
        .accept(Some(headers), Some(body))
        .map_err(|_| AnswerError::GivenUp)?;
    loop {
        match incoming.states.recv().await {
            Some(DialogState::Confirmed(..)) => break,
            Some(DialogState::Terminated(..)) | None => return Err(AnswerError::GivenUp),
            Some(_) => {}
        }
    }
    if media.is_none() {
        // The offer was ours, so the acknowledgement carries the answer (RFC 3261, 13.2.1).
        let acknowledged = incoming.dialog.last_remote_ack();
        media = acknowledged.and_then(|ack| agreement.answered(&ack.body).ok());
    }
    media
        .map(|media| (agreement, port, media))
        .ok_or(AnswerError::NoCoding)
}
