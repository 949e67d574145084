//! Who asks, and whether they may.

use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};

use super::server::Dashboard;
use crate::people::login::{self, Viewer};
use crate::people::{Capability, Reach, permission};
use crate::store::StoreError;

/// The cookie that holds a login.
pub(super) const COOKIE_NAME: &str = "ishuri";

/// Why somebody gets no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Denied {
    #[error("log in first")]
    Unknown,
    #[error("this is not for your role")]
    Forbidden,
    #[error("there is nothing here for you")]
    Absent,
    #[error("too many requests; come again in {0} s")]
    TooMany(u64),
    #[error("this form is old; load the page again")]
    Stale,
    #[error("{0}")]
    Wrong(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A browser's token, from its cookie; a program's, from its header.
pub(super) fn token_of(headers: &HeaderMap) -> Option<String> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) {
        return Some(token.to_owned());
    }
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let mut pairs = cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(name, _)| *name == COOKIE_NAME)?;
    Some(found.1.to_owned())
}

/// Who asks; counted against their limit.
pub(super) async fn viewer(dashboard: &Dashboard, headers: &HeaderMap) -> Result<Viewer, Denied> {
    let token = token_of(headers).ok_or(Denied::Unknown)?;
    let now_ms = dashboard.now_ms();
    let viewer = login::viewer(dashboard.database.reads(), &token, now_ms).await?;
    let viewer = viewer.ok_or(Denied::Unknown)?;
    count(dashboard, &viewer.user_id)?;
    login::seen(&dashboard.database, &token, &viewer, now_ms).await?;
    Ok(viewer)
}

/// Counts a request of somebody.
pub(super) fn count(dashboard: &Dashboard, name: &str) -> Result<(), Denied> {
    let taken = dashboard.limits.take(name, Instant::now());
    taken.map_err(|wait| Denied::TooMany(wait.as_secs() + 1))
}

/// How far somebody may see or do this.
pub(super) fn allow(viewer: &Viewer, capability: Capability) -> Result<Reach, Denied> {
    permission::reach(viewer.role, capability).ok_or(Denied::Forbidden)
}

/// A form must carry what its page was given: another site cannot know it. A program that shows
/// its token in a header was not sent by another site.
pub(super) fn meant(headers: &HeaderMap, viewer: &Viewer, csrf: &str) -> Result<(), Denied> {
    if headers.contains_key(AUTHORIZATION) || csrf == viewer.csrf {
        Ok(())
    } else {
        Err(Denied::Stale)
    }
}
