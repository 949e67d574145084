use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use prometheus_client::registry::Registry;

use crate::conversation::{Happening, Teaching};
use crate::telephony::Lines;

/// What the pages are made of.
pub struct Status {
    pub teaching: Arc<Teaching>,
    pub lines: Lines,
    pub registry: Registry,
    pub started: Instant,
}

/// The routes.
pub fn router(status: Status) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(status))
}

/// 200 while calls are taken, 503 once the box is closing.
async fn health(State(status): State<Arc<Status>>) -> (StatusCode, &'static str) {
    if status.teaching.closing.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "closing\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}

async fn metrics(State(status): State<Arc<Status>>) -> impl IntoResponse {
    let mut text = String::new();
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    // Writing to a string cannot fail.
    match prometheus_client::encoding::text::encode(&mut text, &status.registry) {
        Ok(()) => (StatusCode::OK, [(header::CONTENT_TYPE, kind)], text),
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            [(header::CONTENT_TYPE, kind)],
            String::new(),
        ),
    }
}

async fn page(State(status): State<Arc<Status>>) -> Html<String> {
    Html(text(&status))
}

fn text(status: &Status) -> String {
    let (taken, most) = (status.lines.taken(), status.lines.max());
    let (hearing, speaking) = (status.teaching.ears.load(), status.teaching.voices.load());
    let timings = &status.teaching.timings;
    let rows = [
        ("Calls now", format!("{taken} of {most}")),
        (
            "Running for",
            format!("{} minutes", status.started.elapsed().as_secs() / 60),
        ),
        (
            "Calls since then",
            timings.counted(Happening::CallBegun).to_string(),
        ),
        (
            "Recognisers busy",
            format!(
                "{} of {}, {} waiting",
                hearing.running, hearing.workers, hearing.waiting
            ),
        ),
        (
            "Voices busy",
            format!(
                "{} of {}, {} waiting",
                speaking.running, speaking.workers, speaking.waiting
            ),
        ),
        (
            "Replies announced late",
            timings.counted(Happening::OneMoment).to_string(),
        ),
        (
            "Turns that could not be kept",
            timings.counted(Happening::Failure).to_string(),
        ),
    ];
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Ishuri box</title><h1>Ishuri box</h1><table>",
    );
    for (what, value) in rows {
        // Writing to a string cannot fail.
        let _written = write!(page, "<tr><th align=\"left\">{what}<td>{value}");
    }
    page.push_str("</table><p><a href=\"/metrics\">All figures</a></html>");
    page
}
