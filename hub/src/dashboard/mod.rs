//! Dashboard: pages and the same as JSON and CSV, for those who log in.
//!
//! In:      requests of browsers and programs.
//! Out:     pages a telephone can read, tables, figures with their age.
//! Touches: `people`, `store`, `curriculum`, `sync`. The clock; the network.
//! Invariant: a row is shown only within the viewer's reach, and a screen, its CSV and its JSON are
//! one value printed three ways.

mod answer;
mod ask;
mod cache;
mod charts;
mod date;
mod guard;
mod html;
mod openapi;
mod pages;
mod routes;
mod server;
mod view;

pub use server::{Dashboard, router};
