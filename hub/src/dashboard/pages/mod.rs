//! Pages: what each of them shows.
//!
//! In:      an `Ask`.
//! Out:     a `View`, or none where there is nothing for this viewer.
//! Touches: `dashboard`, `people`, `store`, `curriculum`, `sync`.
//! Invariant: every statement carries the viewer's scope; nothing is filtered after it was read.

mod boxes;
mod figures;
mod help;
mod learner;
mod log;
mod overview;
mod page;
mod user_list;

pub(super) use boxes::box_within;
pub(super) use page::view;
