//! Every way in, as data: what a test tries for each role is this list.

use crate::people::Capability;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Overview,
    Place,
    Learner,
    Help,
    Boxes,
    Users,
    Audit,
    Children,
}

/// A page, at its address; its JSON is below `/api/v1`, its CSV behind `?as=csv`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) page: Page,
    /// In axum's form; `{id}` names what is looked at.
    pub(super) path: &'static str,
    pub(super) capability: Capability,
    /// In the row of links, if it stands there.
    pub(super) link: Option<&'static str>,
    pub(super) says: &'static str,
}

pub(super) const ROUTES: [Route; 8] = [
    Route {
        page: Page::Overview,
        path: "/overview",
        capability: Capability::Overview,
        link: Some("Overview"),
        says: "figures of the viewer's own place",
    },
    Route {
        page: Page::Place,
        path: "/place/{id}",
        capability: Capability::Overview,
        link: None,
        says: "figures of a place, the places in it, and its learners",
    },
    Route {
        page: Page::Learner,
        path: "/learner/{id}",
        capability: Capability::Learner,
        link: None,
        says: "one learner: mastery, sessions, evaluations, timeline",
    },
    Route {
        page: Page::Help,
        path: "/help",
        capability: Capability::Help,
        link: Some("Needs help"),
        says: "learners somebody should look at, and why",
    },
    Route {
        page: Page::Boxes,
        path: "/boxes",
        capability: Capability::Boxes,
        link: Some("Boxes"),
        says: "boxes: when heard, how much, what is wrong",
    },
    Route {
        page: Page::Users,
        path: "/users",
        capability: Capability::Users,
        link: Some("Users"),
        says: "who may log in, as what, where",
    },
    Route {
        page: Page::Audit,
        path: "/audit",
        capability: Capability::Audit,
        link: Some("Audit"),
        says: "who looked at what and changed what",
    },
    Route {
        page: Page::Children,
        path: "/children",
        capability: Capability::Children,
        link: Some("My children"),
        says: "learners linked to the viewer",
    },
];
