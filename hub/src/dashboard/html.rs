//! Pages as HTML.

use std::sync::LazyLock;

use curriculum::time::UtcOffset;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::ask::Range;
use super::routes::ROUTES;
use super::view::{Cell, View};
use super::{charts, date};
use crate::people::login::Viewer;
use crate::people::permission;

/// Why a page could not be printed.
#[derive(Debug, thiserror::Error)]
#[error("print page: {0}")]
pub(super) struct PrintError(#[from] minijinja::Error);

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in [
        ("layout.html", include_str!("templates/layout.html")),
        ("view.html", include_str!("templates/view.html")),
        ("login.html", include_str!("templates/login.html")),
        ("denied.html", include_str!("templates/denied.html")),
    ] {
        // A template that does not parse is found by the tests below; its page then says so.
        if let Err(error) = templates.add_template(name, text) {
            tracing::error!(%error, "a template does not parse");
        }
    }
    templates
});

/// Where a page stands.
pub(super) struct Frame<'a> {
    pub(super) viewer: &'a Viewer,
    /// Its own address, without the question.
    pub(super) at: &'a str,
    pub(super) range: Range,
    pub(super) offset: UtcOffset,
    pub(super) now_ms: i64,
}

pub(super) fn page(view: &View, frame: &Frame<'_>) -> Result<String, PrintError> {
    let offset = frame.offset;
    let figures: Vec<Value> = view
        .figures
        .iter()
        .map(|figure| context! { name => figure.name, shown => figure.cell.shown(offset), note => figure.note })
        .collect();
    let charts: Vec<Value> = view
        .charts
        .iter()
        .map(|chart| {
            let svg = Value::from_safe_string(charts::bars(chart));
            context! { name => chart.name.clone(), svg => svg }
        })
        .collect();
    let tables: Vec<Value> = view
        .tables
        .iter()
        .map(|table| {
            let rows: Vec<Vec<Value>> = table
                .rows
                .iter()
                .map(|row| row.iter().map(|cell| printed(cell, offset)).collect())
                .collect();
            context! {
                name => table.name, title => table.title, columns => table.columns.clone(), rows => rows,
                empty => table.empty,
            }
        })
        .collect();
    let age = view.age.map(|age| {
        context! {
            newest => Cell::time(age.newest_ms).shown(offset), known => age.newest_ms.is_some(),
            fresh => age.fresh, boxes => age.boxes,
        }
    });
    let links: Vec<Value> = ROUTES
        .iter()
        .filter(|route| permission::reach(frame.viewer.role, route.capability).is_some())
        .filter_map(|route| {
            let name = route.link?;
            Some(context! { name => name, to => route.path, here => route.path == frame.at })
        })
        .collect();
    let crumbs: Vec<Value> = view
        .crumbs
        .iter()
        .map(|(name, to)| context! { name => name.clone(), to => to.clone() })
        .collect();
    let printed = TEMPLATES.get_template("view.html")?.render(context! {
        title => view.title.clone(), crumbs => crumbs, age => age, figures => figures, charts => charts,
        tables => tables, links => links, at => frame.at, login => frame.viewer.login.clone(),
        role => frame.viewer.role.text().replace('_', " "), csrf => frame.viewer.csrf.clone(),
        from => date::written(frame.range.from), to => date::written(frame.range.to),
        printed => date::with_time(frame.now_ms, offset),
    })?;
    Ok(printed)
}

fn printed(cell: &Cell, offset: UtcOffset) -> Value {
    let to = match cell {
        Cell::Link { to, .. } => to.as_str(),
        _ => "",
    };
    let kind = if cell.is_number() { "number" } else { "text" };
    let percent = match cell {
        Cell::Percent(percent) => *percent,
        _ => -1,
    };
    context! { shown => cell.shown(offset), to => to, kind => kind, percent => percent }
}

pub(super) fn login(wrong: Option<&str>) -> Result<String, PrintError> {
    let template = TEMPLATES.get_template("login.html")?;
    Ok(template.render(context! { title => "Log in", wrong => wrong.unwrap_or_default() })?)
}

pub(super) fn denied(what: &str) -> Result<String, PrintError> {
    let template = TEMPLATES.get_template("denied.html")?;
    Ok(template.render(context! { title => "Not here", what => what })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_prints() {
        assert!(login(Some("no <b>")).unwrap().contains("no &lt;b&gt;"));
        assert!(denied("x").unwrap().contains("x"));
    }
}
