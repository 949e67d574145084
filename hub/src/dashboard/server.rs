//! The ways in, and who answers.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{Form, Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use curriculum::Timestamp;
use curriculum::time::UtcOffset;
use serde::Deserialize;
use serde_json::json;

use super::answer::{self, For, denied, safe};
use super::ask::{Ask, Question, Range};
use super::cache::Cache;
use super::guard::{self, COOKIE_NAME, Denied};
use super::html::{self, Frame};
use super::routes::{Page, ROUTES, Route};
use super::view::View;
use super::{openapi, pages};
use crate::people::audit::{self, Deed};
use crate::people::limit::Limits;
use crate::people::login::{self, Refused, Typed, Viewer};
use crate::people::{Capability, Reach};
use crate::store::{Database, StoreError};

/// What the pages need.
#[derive(Clone, Debug)]
pub struct Dashboard {
    pub(super) database: Database,
    pub(super) limits: Arc<Limits>,
    cache: Arc<Cache>,
    pub(super) offset: UtcOffset,
    /// Cookies go over HTTPS alone.
    pub(super) https: bool,
}

impl Dashboard {
    /// Pages over a database, in a place's local time.
    pub fn new(database: Database, offset: UtcOffset, https: bool) -> Self {
        Self {
            database,
            limits: Arc::default(),
            cache: Arc::default(),
            offset,
            https,
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
    }

    /// Writes into the audit log.
    pub(super) async fn log(
        &self,
        viewer: &Viewer,
        action: &'static str,
        object: String,
    ) -> Result<(), StoreError> {
        let deed = Deed {
            at_ms: self.now_ms(),
            user_id: viewer.user_id.clone(),
            action: action.to_owned(),
            object,
        };
        let written = self.database.write(move |connection| {
            let deed = deed.clone();
            Box::pin(async move { audit::append(connection, &deed).await })
        });
        written.await
    }
}

/// Every way in.
pub fn router(dashboard: Dashboard) -> Router {
    let mut router = Router::new()
        .route("/", get(home))
        .route("/login", get(login_page).post(log_in))
        .route("/logout", post(log_out))
        .route("/api/v1/login", post(log_in_program))
        .route(
            "/api/v1/openapi.json",
            get(|| async { Json(openapi::document()) }),
        )
        .route("/boxes/{id}/revoke", post(revoke))
        .route(
            "/assets/style.css",
            get(|| async { asset("text/css", include_str!("assets/style.css")) }),
        )
        .route(
            "/assets/refresh.js",
            get(|| async { asset("text/javascript", include_str!("assets/refresh.js")) }),
        );
    for route in ROUTES {
        let person = move |dashboard, id, question, headers| {
            show(route, For::Person, dashboard, id, question, headers)
        };
        let program = move |dashboard, id, question, headers| {
            show(route, For::Program, dashboard, id, question, headers)
        };
        router = router
            .route(route.path, get(person))
            .route(&format!("/api/v1{}", route.path), get(program));
    }
    router
        .fallback(|| async { denied(&Denied::Absent, For::Person) })
        .layer(axum::middleware::map_response(
            |answer: Response| async move { safe(answer) },
        ))
        .layer(axum::extract::DefaultBodyLimit::max(16 * 1024))
        .with_state(dashboard)
}

async fn show(
    route: Route,
    whom: For,
    State(dashboard): State<Dashboard>,
    id: Option<Path<String>>,
    question: Result<Query<Question>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let question = question.map(|Query(question)| question);
    let question = question.map_err(|error| Denied::Wrong(error.body_text()));
    let shown = match question {
        Ok(question) => look(route, whom, &dashboard, (id, question), &headers).await,
        Err(wrong) => Err(wrong),
    };
    shown.unwrap_or_else(|no| denied(&no, whom))
}

async fn look(
    route: Route,
    whom: For,
    dashboard: &Dashboard,
    (id, question): (String, Question),
    headers: &HeaderMap,
) -> Result<Response, Denied> {
    let viewer = guard::viewer(dashboard, headers).await?;
    let reach = guard::allow(&viewer, route.capability)?;
    let now_ms = dashboard.now_ms();
    let offset = dashboard.offset;
    let today = Timestamp(now_ms).local_day(offset);
    let wrong = || Denied::Wrong("from and to are days, such as 2026-11-20".to_owned());
    let range = Range::read(&question, today).ok_or_else(wrong)?;
    let ask = Ask {
        reads: dashboard.database.reads().clone(),
        viewer,
        reach,
        id,
        range,
        after: question.after.unwrap_or_default(),
        now_ms,
        offset,
    };
    let view = seen(route, dashboard, &ask).await?.ok_or(Denied::Absent)?;
    if matches!(route.capability, Capability::Learner | Capability::Help) {
        // Written before it is shown.
        let object = format!("{} {}", route.path, ask.id);
        dashboard.log(&ask.viewer, "look", object).await?;
    }
    Ok(match (whom, question.form.as_deref()) {
        (For::Program, _) => Json(view.json(offset)).into_response(),
        (For::Person, Some("csv")) => answer::csv(&view.title, view.csv(offset)),
        (For::Person, _) => {
            let at = route.path.replace("{id}", &ask.id);
            let frame = Frame {
                viewer: &ask.viewer,
                at: &at,
                range,
                offset,
                now_ms,
            };
            answer::page(html::page(&view, &frame))
        }
    })
}

/// What a page shows; of places, as it was a moment ago.
async fn seen(route: Route, dashboard: &Dashboard, ask: &Ask) -> Result<Option<View>, StoreError> {
    if !matches!(route.page, Page::Overview | Page::Place) {
        return pages::view(route.page, ask).await;
    }
    let (viewer, range) = (&ask.viewer, ask.range);
    let key = format!(
        "{:?} {} {} {} {} {} {}",
        route.page,
        viewer.scope,
        viewer.role.text(),
        ask.id,
        range.from.0,
        range.to.0,
        ask.after
    );
    if let Some(view) = dashboard.cache.find(&key, Instant::now()) {
        return Ok(Some(view));
    }
    let view = pages::view(route.page, ask).await?;
    if let Some(view) = &view {
        dashboard.cache.keep(key, view, Instant::now());
    }
    Ok(view)
}

/// To the first page that is for the viewer.
async fn home(State(dashboard): State<Dashboard>, headers: HeaderMap) -> Response {
    match guard::viewer(&dashboard, &headers).await {
        Ok(viewer) => {
            let mut linked = ROUTES.iter().filter(|route| route.link.is_some());
            let first = linked.find(|route| guard::allow(&viewer, route.capability).is_ok());
            match first {
                Some(route) => Redirect::to(route.path).into_response(),
                None => denied(&Denied::Forbidden, For::Person),
            }
        }
        Err(no) => denied(&no, For::Person),
    }
}

async fn login_page() -> Response {
    answer::page(html::login(None))
}

#[derive(Debug, Deserialize)]
struct LoginForm {
    login: String,
    password: String,
    #[serde(default)]
    code: String,
}

async fn enter(dashboard: &Dashboard, form: LoginForm) -> Result<String, Denied> {
    // By name, not by address: a district behind one address is one address.
    guard::count(
        dashboard,
        &format!("login {}", form.login.to_ascii_lowercase()),
    )?;
    let typed = Typed {
        login: form.login,
        password: form.password,
        code: form.code,
    };
    let entered = login::log_in(&dashboard.database, typed, dashboard.now_ms()).await?;
    entered.map_err(|refused| {
        Denied::Wrong(match refused {
            Refused::Wrong => "login, password or code is wrong".to_owned(),
            Refused::Locked => "too many wrong tries; wait 15 minutes".to_owned(),
        })
    })
}

async fn log_in(State(dashboard): State<Dashboard>, Form(form): Form<LoginForm>) -> Response {
    match enter(&dashboard, form).await {
        Ok(token) => {
            let cookie = cookie(&dashboard, &token, login::LIFE_MS / 1000);
            ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(Denied::Wrong(why)) => {
            (StatusCode::FORBIDDEN, answer::page(html::login(Some(&why)))).into_response()
        }
        Err(no) => denied(&no, For::Person),
    }
}

async fn log_in_program(
    State(dashboard): State<Dashboard>,
    Json(form): Json<LoginForm>,
) -> Response {
    match enter(&dashboard, form).await {
        Ok(token) => Json(json!({ "token": token })).into_response(),
        Err(Denied::Wrong(why)) => {
            (StatusCode::FORBIDDEN, Json(json!({ "error": why }))).into_response()
        }
        Err(no) => denied(&no, For::Program),
    }
}

#[derive(Debug, Default, Deserialize)]
struct CsrfForm {
    #[serde(default)]
    csrf: String,
}

async fn log_out(
    State(dashboard): State<Dashboard>,
    headers: HeaderMap,
    Form(form): Form<CsrfForm>,
) -> Response {
    let left = async {
        let viewer = guard::viewer(&dashboard, &headers).await?;
        guard::meant(&headers, &viewer, &form.csrf)?;
        if let Some(token) = guard::token_of(&headers) {
            login::log_out(&dashboard.database, &token).await?;
        }
        Ok::<(), Denied>(())
    };
    match left.await {
        Ok(()) => {
            let cookie = cookie(&dashboard, "", 0);
            ([(SET_COOKIE, cookie)], Redirect::to("/login")).into_response()
        }
        Err(no) => denied(&no, For::Person),
    }
}

/// Hears a box no more, if it is in the viewer's place.
async fn revoke(
    State(dashboard): State<Dashboard>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CsrfForm>,
) -> Response {
    let done = async {
        let viewer = guard::viewer(&dashboard, &headers).await?;
        let reach = guard::allow(&viewer, Capability::Revoke)?;
        guard::meant(&headers, &viewer, &form.csrf)?;
        let scope = match reach {
            Reach::Place => format!("{}%", viewer.scope),
            Reach::Own => return Err(Denied::Forbidden),
        };
        let reads = dashboard.database.reads();
        let box_id = pages::box_within(reads, &scope, &id)
            .await?
            .ok_or(Denied::Absent)?;
        let written = dashboard.database.write(move |connection| {
            Box::pin(async move { crate::store::boxes::revoke(connection, box_id).await })
        });
        written.await?;
        dashboard.log(&viewer, "revoke box", id.clone()).await?;
        Ok::<(), Denied>(())
    };
    match done.await {
        Ok(()) => Redirect::to("/boxes").into_response(),
        Err(no) => denied(&no, For::Person),
    }
}

fn cookie(dashboard: &Dashboard, token: &str, seconds: i64) -> String {
    let secure = if dashboard.https { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    (
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=3600")],
        text,
    )
        .into_response()
}
