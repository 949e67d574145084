//! Keeps the box registered with a gateway or exchange.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::registration::{Registration, backoff_interval, refresh_interval};
use rsipstack::sip::{Response, Scheme, StatusCode, StatusCodeKind, Uri};

use super::agreement;
use super::endpoint::Shared;

/// No registrar may ask for more than this between registrations.
const EXPIRES_MAX_S: u32 = 86_400;

/// Registers, renews before it expires, tries again when refused, and says goodbye at the end.
pub(super) async fn keep(shared: Arc<Shared>) {
    let Some(config) = shared.gate.config().registration.clone() else {
        return;
    };
    let credential = Credential {
        username: config.user.clone(),
        password: config.password.clone(),
        ..Credential::default()
    };
    let mut registration = Registration::new(Arc::clone(&shared.layer.endpoint), Some(credential));
    let server = Uri {
        scheme: Some(Scheme::Sip),
        host_with_port: config.server.into(),
        ..Uri::default()
    };
    let mut expires_s = config.expires_s;
    let mut failures = 0u32;
    loop {
        let wait = match registration.register(server.clone(), Some(expires_s)).await {
            Ok(answer) if answer.status_code.kind() == StatusCodeKind::Successful => {
                failures = 0;
                shared.counts.registered.inc();
                let granted = registration.granted_expires.filter(|granted| *granted > 0);
                refresh_interval(granted.unwrap_or(expires_s))
            }
            refused => {
                shared.counts.unregistered.inc();
                let longer = refused.as_ref().ok().and_then(least_expires);
                tracing::warn!(
                    server = %config.server,
                    status = refused.map_or(0, |answer| answer.status_code.code()),
                    failures,
                    "not registered"
                );
                match longer.filter(|longer| *longer > expires_s) {
                    Some(longer) => {
                        expires_s = longer.min(EXPIRES_MAX_S);
                        Duration::ZERO
                    }
                    None => {
                        failures += 1;
                        backoff_interval(failures - 1)
                    }
                }
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.closing.cancelled() => break,
        }
    }
    shared.calls.wait().await;
    if failures == 0 {
        let _ = registration.register(server, Some(0)).await;
    }
}

/// What a registrar asks for that finds our time too brief (423, RFC 3261, 10.3).
fn least_expires(answer: &Response) -> Option<u32> {
    if answer.status_code != StatusCode::IntervalTooBrief {
        return None;
    }
    agreement::value(answer, &["Min-Expires"])?
        .trim()
        .parse()
        .ok()
}
