//! Requests from gateways, each given to the call it belongs to.

use std::net::SocketAddr;
use std::sync::Arc;

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, StatusCode};
use rsipstack::transaction::{Transaction, TransactionReceiver};

use super::endpoint::{ALLOWED, Shared};
use super::ringing;

/// Serves requests until the endpoint stops.
pub(super) async fn serve(shared: Arc<Shared>, mut incoming: TransactionReceiver) {
    while let Some(request) = incoming.recv().await {
        serve_one(&shared, request);
    }
}

fn serve_one(shared: &Arc<Shared>, mut request: Transaction) {
    let tagged = request
        .original
        .to_header()
        .ok()
        .and_then(|to| to.tag().ok().flatten())
        .is_some();
    if tagged {
        match shared.layer.match_dialog(&request) {
            Some(mut dialog) => {
                tokio::spawn(async move {
                    // What it could not do is answered by it, and of no interest to others.
                    let _ = dialog.handle(&mut request).await;
                });
            }
            None => refuse(request, StatusCode::CallTransactionDoesNotExist, Vec::new()),
        }
        return;
    }
    match request.original.method {
        Method::Invite => ringing::take(shared, request),
        Method::Options => refuse(request, StatusCode::OK, abilities()),
        Method::Ack => {}
        _ => refuse(request, StatusCode::MethodNotAllowed, abilities()),
    }
}

/// Answers with a final status, and stays until the other side has acknowledged it.
pub(super) fn refuse(mut request: Transaction, status: StatusCode, headers: Vec<Header>) {
    tokio::spawn(async move {
        if request.reply_with(status, headers, None).await.is_ok()
            && request.original.method == Method::Invite
        {
            while request.receive().await.is_some() {}
        }
    });
}

/// Where a request came from.
pub(super) fn source(request: &Transaction) -> Option<SocketAddr> {
    let connection = request.connection.as_ref()?;
    connection.get_remote_addr()?.get_socketaddr().ok()
}

pub(super) fn abilities() -> Vec<Header> {
    let allowed: Vec<String> = ALLOWED.iter().map(ToString::to_string).collect();
    vec![
        Header::Allow(rsipstack::sip::Allow::new(allowed.join(", "))),
        Header::Accept(rsipstack::sip::Accept::new("application/sdp")),
        Header::Supported(rsipstack::sip::Supported::new("timer")),
    ]
}
