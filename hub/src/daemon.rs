//! The hub as a daemon: opens its folder, listens for boxes and for its page, stops on a signal.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use curriculum::time::UtcOffset;
use sync::box_id::BoxId;
use sync::quic::{Authority, BoxRequest, Fingerprint, Identity, Listener, Profile};

use crate::ingest::{Ingest, listen};
use crate::store::{Writer, boxes, open, progress};

/// What a hub is started with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its folder.
    pub data: PathBuf,
    /// Where boxes reach it, by UDP.
    pub listen: SocketAddr,
    /// Where its page is, by TCP.
    pub http: SocketAddr,
}

/// The folder of keys in a hub's folder.
pub(crate) fn identity_folder(data: &Path) -> PathBuf {
    data.join("identity")
}

/// The hub's database, and its authority, made if they are missing.
pub(crate) fn open_data(data: &Path) -> anyhow::Result<(rusqlite::Connection, Authority)> {
    std::fs::create_dir_all(data).with_context(|| format!("make folder {}", data.display()))?;
    let connection = open(&data.join("hub.sqlite"))?;
    Ok((connection, Authority::open(&identity_folder(data))?))
}

/// Serves until `stop` is done. `ready` is told where it listens.
///
/// # Errors
/// If the folder or an address cannot be used.
pub async fn serve(
    setting: &Setting,
    ready: impl FnOnce(SocketAddr, SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let (connection, _authority) = open_data(&setting.data)?;
    let generation = boxes::generation(&connection)?;
    let writer = Writer::start(connection)?;
    let identity = Identity::open(&identity_folder(&setting.data))?;
    let listener = Listener::bind(&identity, setting.listen, Profile::Narrow)?;
    let page = tokio::net::TcpListener::bind(setting.http)
        .await
        .with_context(|| format!("listen at {}", setting.http))?;
    ready(listener.at()?, page.local_addr()?);
    let ingest = Ingest {
        writer: writer.clone(),
        generation,
        offset: UtcOffset::KIGALI,
    };
    let page = axum::serve(page, routes(writer)).into_future();
    tokio::select! {
        () = listen(&listener, ingest) => {}
        served = page => served.context("serve the page")?,
        () = stop => {}
    }
    listener.close().await;
    Ok(())
}

/// A box in a list.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BoxLine {
    /// 32 hexadecimal digits.
    pub box_id: String,
    /// `active` or `revoked`.
    pub status: &'static str,
    /// The highest epoch granted to it or heard from it.
    pub latest_epoch: u32,
    /// When it spoke last, in milliseconds since 1970.
    pub heard_ms: Option<i64>,
    /// Entries on its main chains.
    pub entries: u64,
    /// Alarms about it.
    pub alarms: u64,
}

/// Signs a box's request and registers its certificate. Returns the certificate, then the
/// authority's, in PEM.
///
/// # Errors
/// If the request is none, or the folder cannot be used.
pub fn register(data: &Path, request_pem: &str) -> anyhow::Result<String> {
    let (mut connection, authority) = open_data(data)?;
    let request = BoxRequest::read(request_pem)?;
    let pem = authority.sign(&request)?;
    let fingerprint = Fingerprint::of_pem(&pem)?;
    let transaction = connection.transaction()?;
    boxes::register(&transaction, request.box_id, fingerprint.0, now_ms())?;
    transaction.commit()?;
    Ok(format!("{pem}{}", authority.pem()))
}

/// Every box.
///
/// # Errors
/// If the folder cannot be used.
pub fn list(data: &Path) -> anyhow::Result<Vec<BoxLine>> {
    let (connection, _authority) = open_data(data)?;
    let line = |row: boxes::BoxRow| BoxLine {
        box_id: row.box_id.to_string(),
        status: if row.active { "active" } else { "revoked" },
        latest_epoch: row.latest.0,
        heard_ms: row.heard_ms,
        entries: row.entries,
        alarms: row.alarms,
    };
    Ok(boxes::all(&connection)?.into_iter().map(line).collect())
}

/// Hears a box no more.
///
/// # Errors
/// If there is no such box.
pub fn revoke(data: &Path, box_id: BoxId) -> anyhow::Result<()> {
    let (mut connection, _authority) = open_data(data)?;
    let transaction = connection.transaction()?;
    anyhow::ensure!(
        boxes::revoke(&transaction, box_id)?,
        "no box {box_id} is registered"
    );
    transaction.commit()?;
    Ok(())
}

/// Raises the generation of a database that was brought back from a backup, so that boxes offer
/// again what it lost. Returns the new one.
///
/// # Errors
/// If the folder cannot be used.
pub fn restored(data: &Path) -> anyhow::Result<u32> {
    let (mut connection, _authority) = open_data(data)?;
    let transaction = connection.transaction()?;
    let generation = boxes::raise_generation(&transaction, now_ms())?;
    transaction.commit()?;
    Ok(generation)
}

/// The learner model the hub folded, as bytes.
///
/// # Errors
/// If the folder cannot be used.
pub fn model_of(data: &Path, learner: u128) -> anyhow::Result<Option<Vec<u8>>> {
    let (connection, _authority) = open_data(data)?;
    Ok(progress::model_of(&connection, learner.to_be_bytes())?)
}

fn routes(writer: Writer) -> Router {
    // Healthy is who can still commit.
    let health = move || {
        let writer = writer.clone();
        async move {
            let written = writer
                .write(|transaction| boxes::generation(transaction))
                .await;
            match written {
                Ok(_) => (axum::http::StatusCode::OK, "ok\n".to_owned()),
                Err(error) => (
                    axum::http::StatusCode::SERVICE_UNAVAILABLE,
                    format!("{error}\n"),
                ),
            }
        }
    };
    Router::new().route("/healthz", get(health))
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
