//! Calls the box places.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::DialogStateReceiver;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Auth, Header, Response, Scheme, StatusCodeKind, Supported, Transport, Uri};
use rsipstack::transport::SipAddr;
use tokio::sync::mpsc;

use crate::phone_number::PhoneNumber;
use crate::telephony::calling_party::CallingParty;
use crate::telephony::line::{CallId, Line};
use crate::telephony::rtp::{self, Port};
use crate::telephony::trunk::{Dial, DialError};

use super::agreement::{self, Agreement};
use super::answered::{Answered, ORDERS_MAX};
use super::endpoint::Shared;
use super::ringing::contact;
use super::session_timer::SessionTimer;

/// A telephone that rings longer is not near its owner.
const UNANSWERED_MAX: Duration = Duration::from_secs(60);

/// Places calls until the trunk is gone.
pub(super) async fn serve(shared: Arc<Shared>, mut dials: mpsc::Receiver<Dial>) {
    while let Some(order) = dials.recv().await {
        let place = Arc::clone(&shared);
        shared.calls.spawn(async move { call(&place, order).await });
    }
}

async fn call(shared: &Shared, mut order: Dial) {
    match place(shared, &mut order).await {
        Ok((answered, line)) => {
            shared.counts.dialled.inc();
            let id = answered.dialog.id();
            let _ = order.reply.send(Ok(line));
            answered.carry(&shared.closing).await;
            shared.layer.remove_dialog(&id);
        }
        Err(error) => {
            let _ = order.reply.send(Err(error));
        }
    }
}

async fn place(shared: &Shared, order: &mut Dial) -> Result<(Answered, Line), DialError> {
    if shared.closing.is_cancelled() {
        return Err(DialError::Closed);
    }
    let target = shared.gate.outlet().ok_or(DialError::Unreachable)?;
    let place = shared.lines.take().ok_or(DialError::NoLine)?;
    let config = shared.gate.config();
    let port = Port::open(config.bind.ip(), config.rtp_ports)
        .await
        .map_err(|_| DialError::NoLine)?;
    let call = CallId::fresh();
    let own = shared.gate.own_address(target.ip());
    let mut agreement = Agreement::new(own, port.number, call.number(), target.ip());
    let invite = invite(shared, target, &order.number, agreement.offer());
    tracing::info!(%call, number = %order.number, "placing a call");
    let (dialog, states, accepted) = reach(shared, invite, order).await?;
    let refused = |dialog: InviteDialog| async move {
        let _ = dialog.bye().await;
        shared.layer.remove_dialog(&dialog.id());
        DialError::Refused { status: 488 }
    };
    let Ok(media) = agreement.answered(&accepted.body) else {
        return Err(refused(dialog).await);
    };
    let timer = agreement::value(&accepted, &["Session-Expires", "x"]);
    agreement.timer = timer.and_then(SessionTimer::answered);
    let (line, far_end) = Line::open(call, CallingParty::Number(order.number.clone()));
    let (orders, ordered) = mpsc::channel(ORDERS_MAX);
    let counts = shared.counts.clone();
    let audio = tokio::spawn(rtp::run(
        port,
        media,
        far_end,
        ordered,
        config.quiet_max(),
        counts,
    ));
    let answered = Answered {
        call,
        dialog,
        states,
        agreement,
        orders,
        audio,
        place,
    };
    Ok((answered, line))
}

/// Invites, and waits for the answer; gives up when nobody wants the call any more.
async fn reach(
    shared: &Shared,
    invite: InviteOption,
    order: &mut Dial,
) -> Result<(InviteDialog, DialogStateReceiver, Response), DialError> {
    let (sender, states) = shared.layer.new_dialog_state_channel();
    let (dialog, mut outcome) = shared
        .layer
        .do_invite_async(invite, sender)
        .map_err(|_| DialError::Unreachable)?;
    let too_long = tokio::time::sleep(UNANSWERED_MAX);
    tokio::pin!(too_long);
    let given_up = tokio::select! {
        outcome = &mut outcome => return final_answer(dialog, states, outcome),
        () = order.reply.closed() => DialError::Closed,
        () = shared.closing.cancelled() => DialError::Closed,
        () = &mut too_long => DialError::NoAnswer,
    };
    // The library ends whatever the gateway still answers to a cancelled call.
    let _ = dialog.cancel().await;
    let _ = outcome.await;
    Err(given_up)
}

type Outcome = Result<rsipstack::dialog::invitation::InviteAsyncResult, tokio::task::JoinError>;

fn final_answer(
    dialog: InviteDialog,
    states: DialogStateReceiver,
    outcome: Outcome,
) -> Result<(InviteDialog, DialogStateReceiver, Response), DialError> {
    let Ok(Ok((_, Some(response)))) = outcome else {
        return Err(DialError::Unreachable);
    };
    if response.status_code.kind() == StatusCodeKind::Successful {
        return Ok((dialog, states, response));
    }
    Err(match response.status_code.code() {
        486 | 600 => DialError::Busy,
        408 | 480 | 487 => DialError::NoAnswer,
        status => DialError::Refused { status },
    })
}

fn invite(
    shared: &Shared,
    target: SocketAddr,
    number: &PhoneNumber,
    offer: Vec<u8>,
) -> InviteOption {
    let uri = |user: String, host: SocketAddr| Uri {
        scheme: Some(Scheme::Sip),
        auth: Some(Auth {
            user,
            password: None,
        }),
        host_with_port: host.into(),
        ..Uri::default()
    };
    let own = contact(shared, target, false);
    let registration = shared.gate.config().registration.as_ref();
    let caller = match registration {
        Some(registration) => uri(registration.user.clone(), registration.server),
        None => own.clone(),
    };
    InviteOption {
        caller,
        callee: uri(number.e164(), target),
        destination: Some(SipAddr::new(Transport::Udp, target.into())),
        offer: Some(offer),
        contact: own,
        credential: registration.map(|registration| Credential {
            username: registration.user.clone(),
            password: registration.password.clone(),
            ..Credential::default()
        }),
        headers: Some(vec![Header::Supported(Supported::new("timer"))]),
        ..InviteOption::default()
    }
}
