//! The server of webhooks: verified, bounded, answered when the tutor has answered.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::config::{TwilioConfig, UssdConfig, WebhookConfig};
use super::form::Form;
use super::held::HeldRoute;
use super::signature::is_twilio;
use crate::phone_number::PhoneNumber;
use crate::telephony::route::{Arrival, Body, Brought, Intake, Letter, Route};
use crate::telephony::{CallingParty, Country};
use curriculum::answer::Channel;

/// Largest body that is read.
const BODY_OCTETS_MAX: usize = 64 * 1024;
/// How long a message provider waits for an answer, less what the network takes (Twilio: 15 s).
const MESSAGE_WAIT: Duration = Duration::from_secs(12);
/// How long a network waits for a screen of a menu before it closes it.
const SCREEN_WAIT: Duration = Duration::from_secs(8);
/// Said where the tutor was too slow: the next dialling goes on at the same place.
const LATE: &str = "END Please dial again. / Ongera uhamagare. / Piga tena.";

/// What is counted at the door.
#[derive(Clone, Debug, Default)]
pub struct DoorCounts {
    /// Requests that nobody who may had signed: answered 403.
    pub unverified: Counter,
    /// Requests that could not be read.
    pub malformed: Counter,
}

impl DoorCounts {
    /// Shows them under `webhooks_…` on the metrics page.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("webhooks");
        let help = "Requests without a right signature";
        registry.register("unverified", help, self.unverified.clone());
        let help = "Requests that could not be read";
        registry.register("malformed", help, self.malformed.clone());
    }
}

struct Door<C> {
    config: C,
    route: Arc<HeldRoute>,
    intake: Intake,
    counts: DoorCounts,
}

/// Opens every webhook of the configuration; they are served until `closing`.
///
/// # Errors
/// If the address is taken.
pub async fn open(
    config: &WebhookConfig,
    intake: &Intake,
    counts: &DoorCounts,
    closing: &CancellationToken,
) -> anyhow::Result<(std::net::SocketAddr, Vec<Arc<dyn Route>>)> {
    let mut router = Router::new();
    let mut routes: Vec<Arc<dyn Route>> = Vec::new();
    for twilio in &config.twilio {
        let door = door(twilio.clone(), &twilio.name, intake, counts, &mut routes);
        let path = post(twilio_message).with_state(door);
        router = router.route(&twilio.path, path);
    }
    for ussd in &config.africas_talking_ussd {
        let door = door(ussd.clone(), &ussd.name, intake, counts, &mut routes);
        router = router.route(&ussd.path, post(ussd_screen).with_state(door));
    }
    let router = router.layer(DefaultBodyLimit::max(BODY_OCTETS_MAX));
    let listener = tokio::net::TcpListener::bind(config.bind)
        .await
        .with_context(|| format!("serve webhooks on {}", config.bind))?;
    let address = listener.local_addr()?;
    let closed = closing.clone().cancelled_owned();
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(closed);
        if let Err(error) = served.await {
            tracing::error!(%error, "the webhooks are gone");
        }
    });
    Ok((address, routes))
}

fn door<C>(
    config: C,
    name: &str,
    intake: &Intake,
    counts: &DoorCounts,
    routes: &mut Vec<Arc<dyn Route>>,
) -> Arc<Door<C>> {
    let route = Arc::new(HeldRoute::new(name));
    routes.push(Arc::clone(&route) as Arc<dyn Route>);
    Arc::new(Door {
        config,
        route,
        intake: intake.clone(),
        counts: counts.clone(),
    })
}

/// A message by a Twilio-style form; the answer is TwiML.
async fn twilio_message(
    State(door): State<Arc<Door<TwilioConfig>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(form) = Form::parse(&body) else {
        return door.refuse();
    };
    let signature = headers.get("X-Twilio-Signature");
    let signature = signature
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (token, address) = (&door.config.auth_token, &door.config.public_address);
    if !is_twilio(token, address, &form, signature) {
        door.counts.unverified.inc();
        return StatusCode::FORBIDDEN.into_response();
    }
    let from = form.field("From").unwrap_or_default();
    let (channel, from) = match from.strip_prefix("whatsapp:") {
        Some(number) => (Channel::Whatsapp, number),
        None => (Channel::Sms, from),
    };
    let id = form.field("MessageSid").or(form.field("SmsSid"));
    let (Some(number), Some(id)) = (number(from, &door.config.country), id) else {
        return door.refuse();
    };
    let text = form.field("Body").unwrap_or_default();
    let arrival = door.arrival(&number, channel, text, id);
    match door.answered(arrival, &number, MESSAGE_WAIT).await {
        Ok(letter) => {
            let message =
                letter.map(|letter| format!("<Message>{}</Message>", escaped(&letter.text)));
            let message = message.unwrap_or_default();
            let xml =
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{message}</Response>");
            ([(header::CONTENT_TYPE, "text/xml")], xml).into_response()
        }
        Err(status) => status.into_response(),
    }
}

/// A screen of a USSD menu by Africa's Talking: `text` is everything typed so far, joined by `*`.
async fn ussd_screen(State(door): State<Arc<Door<UssdConfig>>>, body: Bytes) -> Response {
    let Some(form) = Form::parse(&body) else {
        return door.refuse();
    };
    let from = form.field("phoneNumber").unwrap_or_default();
    let session = form.field("sessionId");
    let (Some(number), Some(session)) = (number(from, &door.config.country), session) else {
        return door.refuse();
    };
    let typed = form.field("text").unwrap_or_default();
    let last = typed.rsplit('*').next().unwrap_or_default();
    // Each screen of a session has its own length of what was typed.
    let id = format!("{session}:{}", typed.len());
    let arrival = door.arrival(&number, Channel::Ussd, last, &id);
    match door.answered(arrival, &number, SCREEN_WAIT).await {
        Ok(letter) => {
            let screen = letter.map_or(LATE.to_owned(), |letter| {
                let kind = if letter.ends { "END" } else { "CON" };
                format!("{kind} {}", letter.text)
            });
            (
                [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
                screen,
            )
                .into_response()
        }
        Err(status) => status.into_response(),
    }
}

impl<C> Door<C> {
    fn refuse(&self) -> Response {
        self.counts.malformed.inc();
        StatusCode::BAD_REQUEST.into_response()
    }

    fn arrival(&self, from: &PhoneNumber, channel: Channel, text: &str, id: &str) -> Arrival {
        Arrival {
            route: self.route.name().to_owned(),
            session: 0,
            from: from.clone(),
            channel,
            body: Body::Text(text.to_owned()),
            sent_at: None,
            provider_id: Some(id.to_owned()),
        }
    }

    /// Brings the message, and waits for its answer; `None` if that does not come in time.
    async fn answered(
        &self,
        arrival: Arrival,
        number: &PhoneNumber,
        wait: Duration,
    ) -> Result<Option<Letter>, StatusCode> {
        let busy = StatusCode::SERVICE_UNAVAILABLE;
        let letter = self.route.hold(number).ok_or(busy)?;
        let (taken, told) = oneshot::channel();
        let brought = Brought::Arrival(arrival, taken);
        self.intake.try_send(brought).map_err(|_| busy)?;
        let waited = tokio::time::timeout(wait, async {
            if !told.await.is_ok_and(|taken| taken.0) {
                return Err(busy);
            }
            Ok(letter.await.ok())
        });
        // Kept, but not answered in time.
        waited.await.unwrap_or(Ok(None))
    }
}

fn number(text: &str, country: &Country) -> Option<PhoneNumber> {
    match CallingParty::parse(text, country) {
        CallingParty::Number(number) => Some(number),
        CallingParty::Anonymous => None,
    }
}

/// Text as XML holds it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}
