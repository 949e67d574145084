//! Figures of places, kept for a moment: twenty who look at one district ask the database once.
//!
//! Who may look is decided before; what is kept is the same for all of one scope and role.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::view::View;

/// Figures may be so old; boxes speak some times an hour.
const LIFE: Duration = Duration::from_secs(5);
/// Views kept; beyond it those past their time go first, then all.
const VIEWS_MAX: usize = 2_000;

#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<HashMap<String, (Instant, View)>>);

impl Cache {
    pub(super) fn find(&self, key: &str, now: Instant) -> Option<View> {
        let views = self.0.lock().ok()?;
        let (made, view) = views.get(key)?;
        (now.duration_since(*made) < LIFE).then(|| view.clone())
    }

    pub(super) fn keep(&self, key: String, view: &View, now: Instant) {
        let Ok(mut views) = self.0.lock() else {
            return;
        };
        if views.len() >= VIEWS_MAX {
            views.retain(|_, (made, _)| now.duration_since(*made) < LIFE);
        }
        if views.len() >= VIEWS_MAX {
            views.clear();
        }
        views.insert(key, (now, view.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_found_for_a_moment() {
        let (cache, start) = (Cache::default(), Instant::now());
        let view = View {
            title: "x".to_owned(),
            crumbs: Vec::new(),
            age: None,
            figures: Vec::new(),
            charts: Vec::new(),
            tables: Vec::new(),
        };
        cache.keep("a".to_owned(), &view, start);
        assert_eq!(cache.find("a", start + LIFE / 2), Some(view));
        assert_eq!(cache.find("a", start + LIFE), None);
        assert_eq!(cache.find("b", start), None);
    }
}
