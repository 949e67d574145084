//! What happens to messages, counted for the metrics page.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the histogram's buckets, in seconds.
const BUCKETS_S: [f64; 12] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 20.0, 60.0,
];

type Label = [(&'static str, &'static str); 1];

/// What can happen to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A message came and was kept.
    Arrived,
    /// It came again.
    Repeated,
    /// A part of a long text came.
    Part,
    /// It was answered.
    Answered,
    /// It was not answered, by a limit.
    Held,
    /// It could not be read.
    SetAside,
    /// A message was handed to a carrier.
    Submitted,
    /// A carrier did not take it; it waits.
    Refused,
    /// It was given up.
    Dead,
    /// A receipt came.
    Receipt,
}

/// Counts since the box started. Clones share them.
#[derive(Clone, Debug)]
pub struct TextCounts {
    happened: Family<Label, Counter>,
    /// From the arrival of a message to its answer with the carrier.
    answered_in: Histogram,
    /// Parts sent.
    pub parts: Counter,
    /// Messages that wait for an answer.
    pub waiting: Gauge,
}

impl Default for TextCounts {
    fn default() -> Self {
        Self {
            happened: Family::default(),
            answered_in: Histogram::new(BUCKETS_S),
            parts: Counter::default(),
            waiting: Gauge::default(),
        }
    }
}

impl TextCounts {
    pub(super) fn count(&self, what: Happened) {
        self.happened.get_or_create(&[("what", name(what))]).inc();
    }

    /// How often it has happened.
    pub fn of(&self, what: Happened) -> u64 {
        self.happened.get_or_create(&[("what", name(what))]).get()
    }

    pub(super) fn answered(&self, within: Duration) {
        self.answered_in.observe(within.as_secs_f64());
    }

    /// Shows them under `text_…` on the metrics page.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("text");
        let help = "What happened to messages";
        registry.register("messages", help, self.happened.clone());
        let help = "From a message's arrival to its answer with the carrier";
        registry.register_with_unit("answer", help, Unit::Seconds, self.answered_in.clone());
        registry.register("parts", "Parts sent", self.parts.clone());
        let help = "Messages that wait for an answer";
        registry.register("waiting", help, self.waiting.clone());
    }
}

fn name(what: Happened) -> &'static str {
    match what {
        Happened::Arrived => "arrived",
        Happened::Repeated => "repeated",
        Happened::Part => "part",
        Happened::Answered => "answered",
        Happened::Held => "held",
        Happened::SetAside => "set_aside",
        Happened::Submitted => "submitted",
        Happened::Refused => "refused",
        Happened::Dead => "dead",
        Happened::Receipt => "receipt",
    }
}
