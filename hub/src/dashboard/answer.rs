//! Answers over HTTP.

use axum::Json;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::json;

use super::guard::Denied;
use super::html;

/// For whom an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Person,
    Program,
}

/// On every answer: nothing of another place is loaded, nobody frames a page, nothing is kept by a
/// browser that others use after.
fn headers() -> [(HeaderName, &'static str); 5] {
    [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ]
}

pub(super) fn safe(mut answer: Response) -> Response {
    for (name, value) in headers() {
        let headers = answer.headers_mut();
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    answer
}

/// A printed page.
pub(super) fn page(printed: Result<String, html::PrintError>) -> Response {
    match printed {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page was not printed");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "the page could not be printed\n",
            )
                .into_response()
        }
    }
}

/// A file to be saved.
pub(super) fn csv(name: &str, text: String) -> Response {
    let name = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    (headers, text).into_response()
}

/// A no.
pub(super) fn denied(denied: &Denied, whom: For) -> Response {
    let status = match denied {
        Denied::Unknown => StatusCode::UNAUTHORIZED,
        Denied::Forbidden | Denied::Stale => StatusCode::FORBIDDEN,
        Denied::Absent => StatusCode::NOT_FOUND,
        Denied::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Denied::Wrong(_) => StatusCode::BAD_REQUEST,
        Denied::Store(error) => {
            tracing::error!(%error, "the database failed");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    // What the database says is for the log.
    let what = match denied {
        Denied::Store(_) => "the database does not answer; try again".to_owned(),
        other => other.to_string(),
    };
    let mut answer = match whom {
        For::Person if status == StatusCode::UNAUTHORIZED => {
            return Redirect::to("/login").into_response();
        }
        For::Person => (status, page(html::denied(&what))).into_response(),
        For::Program => (status, Json(json!({ "error": what }))).into_response(),
    };
    if let Denied::TooMany(wait) = denied {
        answer
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(*wait));
    }
    answer
}
