//! The hub as a daemon: opens its folder, listens for boxes and for its page, stops on a signal.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use curriculum::time::UtcOffset;
use sync::box_id::BoxId;
use sync::quic::{Authority, BoxRequest, Fingerprint, Identity, Listener, Profile};

use crate::commissioning::{self, Door};
use crate::dashboard::{self, Dashboard};
use crate::ingest::{Ingest, listen};
use crate::metrics;
use crate::people;
use crate::store::{Database, boxes, progress, records};

/// Where a hub's things are.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its folder. Hubs that share a database share the keys in it too.
    pub data: PathBuf,
    /// The database's address; a SQLite file in the folder if absent.
    pub database: Option<String>,
}

/// What a hub is started with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its folder and database.
    pub place: Place,
    /// Where boxes reach it, by UDP.
    pub listen: SocketAddr,
    /// Where its page is, by TCP.
    pub http: SocketAddr,
    /// Browsers reach the page by HTTPS, through a proxy: cookies are for HTTPS alone.
    pub https: bool,
    /// How clocks of the place differ from UTC.
    pub offset: UtcOffset,
}

/// The folder of keys in a hub's folder.
pub(crate) fn identity_folder(data: &Path) -> PathBuf {
    data.join("identity")
}

impl Place {
    /// The hub's database, and its authority, made if they are missing.
    ///
    /// # Errors
    /// If the folder or the database cannot be used.
    pub async fn open(&self) -> anyhow::Result<(Database, Authority)> {
        let data = &self.data;
        std::fs::create_dir_all(data).with_context(|| format!("make folder {}", data.display()))?;
        let url = self
            .database
            .clone()
            .unwrap_or_else(|| Database::in_folder(data));
        let database = Database::open(&url).await?;
        Ok((database, Authority::open(&identity_folder(data))?))
    }
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
    let (database, authority) = setting.place.open().await?;
    let generation = boxes::generation(database.reads()).await?;
    let identity = Identity::open(&identity_folder(&setting.place.data))?;
    let listener = Listener::bind(&identity, setting.listen, Profile::Narrow)?;
    let page = tokio::net::TcpListener::bind(setting.http)
        .await
        .with_context(|| format!("listen at {}", setting.http))?;
    ready(listener.at()?, page.local_addr()?);
    let ingest = Ingest {
        database: database.clone(),
        generation,
        offset: setting.offset,
    };
    let door = Door {
        database,
        authority: Arc::new(authority),
        port: listener.at()?.port(),
    };
    let page = axum::serve(page, routes(door, setting)).into_future();
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
pub async fn register(place: &Place, request_pem: &str) -> anyhow::Result<String> {
    let (database, authority) = place.open().await?;
    let request = BoxRequest::read(request_pem)?;
    let pem = authority.sign(&request)?;
    let (box_id, fingerprint) = (request.box_id, Fingerprint::of_pem(&pem)?.0);
    let now_ms = now_ms();
    let registered = database.write(move |connection| {
        Box::pin(boxes::register(connection, box_id, fingerprint, now_ms))
    });
    registered.await?;
    Ok(format!("{pem}{}", authority.pem()))
}

/// Every box.
///
/// # Errors
/// If the folder cannot be used.
pub async fn list(place: &Place) -> anyhow::Result<Vec<BoxLine>> {
    let (database, _authority) = place.open().await?;
    let line = |row: boxes::BoxRow| BoxLine {
        box_id: row.box_id.to_string(),
        status: if row.active { "active" } else { "revoked" },
        latest_epoch: row.latest.0,
        heard_ms: row.heard_ms,
        entries: row.entries,
        alarms: row.alarms,
    };
    let rows = boxes::all(database.reads()).await?;
    Ok(rows.into_iter().map(line).collect())
}

/// Hears a box no more.
///
/// # Errors
/// If there is no such box.
pub async fn revoke(place: &Place, box_id: BoxId) -> anyhow::Result<()> {
    let (database, _authority) = place.open().await?;
    let revoked = database.write(move |connection| Box::pin(boxes::revoke(connection, box_id)));
    anyhow::ensure!(revoked.await?, "no box {box_id} is registered");
    Ok(())
}

/// Raises the generation of a database that was brought back from a backup, so that boxes offer
/// again what it lost. Returns the new one.
///
/// # Errors
/// If the folder cannot be used.
pub async fn restored(place: &Place) -> anyhow::Result<u32> {
    let (database, _authority) = place.open().await?;
    let now_ms = now_ms();
    let raised =
        database.write(move |connection| Box::pin(boxes::raise_generation(connection, now_ms)));
    Ok(raised.await?)
}

/// All that is known of a learner.
///
/// # Errors
/// If there is no such learner.
pub async fn export_learner(place: &Place, learner: u128) -> anyhow::Result<serde_json::Value> {
    let (database, _authority) = place.open().await?;
    let found = records::export(database.reads(), learner).await?;
    found.with_context(|| format!("find learner {learner:032x}"))
}

/// Destroys what is known of a learner. Returns a line that says what was done, and the hash of
/// its row in the audit log.
///
/// # Errors
/// If there is no such learner.
pub async fn delete_learner(place: &Place, learner: u128) -> anyhow::Result<String> {
    let (database, _authority) = place.open().await?;
    let now_ms = now_ms();
    let written = database.write(move |connection| {
        Box::pin(async move {
            let destroyed = records::destroy(connection, learner, now_ms).await?;
            if let Some(facts) = destroyed {
                let object = format!("{learner:032x}, {facts} facts");
                let deed = people::deed(now_ms, "delete learner", object);
                people::audit::append(connection, &deed).await?;
            }
            Ok(destroyed)
        })
    });
    let destroyed = written.await?;
    let facts = destroyed.with_context(|| format!("find learner {learner:032x}"))?;
    let (rows, hash) = people::verify_audit(&database).await??;
    Ok(format!(
        "deleted {learner:032x}: {facts} facts, row {rows} of the audit log, {hash}"
    ))
}

/// The learner model the hub folded, as bytes.
///
/// # Errors
/// If the folder cannot be used.
pub async fn model_of(place: &Place, learner: u128) -> anyhow::Result<Option<Vec<u8>>> {
    let (database, _authority) = place.open().await?;
    Ok(progress::model_of(database.reads(), learner).await?)
}

fn routes(door: Door, setting: &Setting) -> Router {
    let database = door.database.clone();
    // Healthy is who can still commit.
    let writes = database.clone();
    let health = move || {
        let database = writes.clone();
        async move {
            let written = database.write(|connection| Box::pin(boxes::touch(connection)));
            match written.await {
                Ok(()) => (axum::http::StatusCode::OK, "ok\n".to_owned()),
                Err(error) => (
                    axum::http::StatusCode::SERVICE_UNAVAILABLE,
                    format!("{error}\n"),
                ),
            }
        }
    };
    let reads = database.clone();
    let numbers = move || {
        let database = reads.clone();
        async move {
            let kind = (
                axum::http::header::CONTENT_TYPE,
                "text/plain; version=0.0.4",
            );
            match metrics::text(&database, now_ms()).await {
                Ok(text) => (axum::http::StatusCode::OK, [kind], text),
                Err(error) => (
                    axum::http::StatusCode::SERVICE_UNAVAILABLE,
                    [kind],
                    format!("# {error}\n"),
                ),
            }
        }
    };
    let pages = dashboard::router(Dashboard::new(database, setting.offset, setting.https));
    pages
        .merge(commissioning::router(door))
        .route("/healthz", get(health))
        .route("/metrics", get(numbers))
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
