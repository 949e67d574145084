//! How long each stage of a turn took, and what happened on the lines, for the metrics page.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::admission::Strength;

/// Upper bounds of the histograms' buckets, in seconds: fine where the targets lie (0.3 to 3 s).
const BUCKETS_S: [f64; 18] = [
    0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.2, 1.5, 1.7, 2.2, 3.0, 5.0, 10.0,
];

type Label = [(&'static str, &'static str); 1];
type Times = Family<Label, Histogram, fn() -> Histogram>;

/// People asked for a reply within three seconds; a later one is late.
pub const LATE_REPLY: Duration = Duration::from_secs(3);

/// Measurements of all calls since the box started. Clones share them.
#[derive(Clone, Debug)]
pub struct Timings {
    stages: Times,
    replies: Times,
    happenings: Family<Label, Counter>,
    /// Calls being taught now.
    pub calls: Gauge,
    /// Lines the box bears.
    pub lines: Gauge,
    /// Missed calls that wait to be called back.
    pub missed: Gauge,
    /// 1 once the box takes no more calls and lets those under way end.
    pub closing: Gauge,
    measured: Family<Label, Gauge>,
}

/// A part of the time between a learner's last sound and the tutor's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// From the last voice to the decision that the learner has done.
    EndOfSpeech,
    /// Waiting for a recogniser and recognition.
    Recognition,
    /// Judging and writing, until durable.
    Judging,
    /// From then to the first frame.
    FirstAudio,
    /// Of the last, where what is said first had to be rendered.
    Rendering,
}

/// What the learner did, by which the time to the reply is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Said all that was expected.
    Complete,
    /// Said something else, or something open.
    Open,
    Key,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    CallBegun,
    Utterance,
    Dismissed,
    Unclear,
    Keys,
    Silence,
    BargeIn,
    OneMoment,
    /// A frame left later than the line could bear.
    Underrun,
    Reply,
    /// Later than [`LATE_REPLY`].
    LateReply,
    /// A turn could not be written.
    Failure,
    ClosedForLength,
    Anonymous,
}

impl Timings {
    pub fn new() -> Self {
        let times = || Times::new_with_constructor(|| Histogram::new(BUCKETS_S));
        Self {
            stages: times(),
            replies: times(),
            happenings: Family::default(),
            calls: Gauge::default(),
            lines: Gauge::default(),
            missed: Gauge::default(),
            closing: Gauge::default(),
            measured: Family::default(),
        }
    }

    /// Shows the measurements under `conversation_…` on the metrics page.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("conversation");
        registry.register_with_unit(
            "turn_stage",
            "Where the time of a turn goes",
            Unit::Seconds,
            self.stages.clone(),
        );
        registry.register_with_unit(
            "reply",
            "From the learner's last sound or key to the tutor's first",
            Unit::Seconds,
            self.replies.clone(),
        );
        registry.register("events", "What happened in calls", self.happenings.clone());
        registry.register("calls", "Calls being taught now", self.calls.clone());
        registry.register("missed", "Missed calls that wait", self.missed.clone());
        let closing = "1 while the box lets its last calls end";
        registry.register("closing", closing, self.closing.clone());
        registry.register("lines", "Calls the box bears at once", self.lines.clone());
        registry.register(
            "measured",
            "What the box measured of itself when it started",
            self.measured.clone(),
        );
    }

    /// Shows what the number of lines was worked out from.
    pub fn measured(&self, strength: Strength) {
        let set = |what, value: u128| {
            let gauge = self.measured.get_or_create(&[("what", what)]);
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set("recognition_ms", strength.recognition.as_millis());
        set("rendering_ms", strength.rendering.as_millis());
        set("workers", strength.workers as u128);
    }

    pub fn stage(&self, stage: Stage, took: Duration) {
        let times = self.stages.get_or_create(&[("stage", stage.as_str())]);
        times.observe(took.as_secs_f64());
    }

    pub fn reply(&self, reply: Reply, took: Duration) {
        let times = self.replies.get_or_create(&[("to", reply.as_str())]);
        times.observe(took.as_secs_f64());
        self.count(Happening::Reply);
        if took > LATE_REPLY {
            self.count(Happening::LateReply);
        }
    }

    pub fn count(&self, what: Happening) {
        let counter = self.happenings.get_or_create(&[("what", what.as_str())]);
        counter.inc();
    }

    pub fn counted(&self, what: Happening) -> u64 {
        self.happenings
            .get_or_create(&[("what", what.as_str())])
            .get()
    }
}

impl Default for Timings {
    fn default() -> Self {
        Timings::new()
    }
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Stage::EndOfSpeech => "end_of_speech",
            Stage::Recognition => "recognition",
            Stage::Judging => "judging",
            Stage::FirstAudio => "first_audio",
            Stage::Rendering => "rendering",
        }
    }
}

impl Reply {
    fn as_str(self) -> &'static str {
        match self {
            Reply::Complete => "complete",
            Reply::Open => "open",
            Reply::Key => "key",
        }
    }
}

impl Happening {
    fn as_str(self) -> &'static str {
        match self {
            Happening::CallBegun => "call",
            Happening::Utterance => "utterance",
            Happening::Dismissed => "dismissed",
            Happening::Unclear => "unclear",
            Happening::Keys => "keys",
            Happening::Silence => "silence",
            Happening::BargeIn => "barge_in",
            Happening::OneMoment => "one_moment",
            Happening::Underrun => "underrun",
            Happening::Reply => "reply",
            Happening::LateReply => "late_reply",
            Happening::Failure => "failure",
            Happening::ClosedForLength => "closed_for_length",
            Happening::Anonymous => "anonymous",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_is_on_the_page() {
        let timings = Timings::new();
        let mut registry = Registry::default();
        timings.register(&mut registry);
        timings.stage(Stage::Recognition, Duration::from_millis(400));
        timings.reply(Reply::Key, Duration::from_millis(90));
        timings.count(Happening::BargeIn);
        let mut page = String::new();
        prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
        for line in [
            r#"conversation_turn_stage_seconds_bucket{le="0.45",stage="recognition"} 1"#,
            r#"conversation_reply_seconds_count{to="key"} 1"#,
            r#"conversation_events_total{what="barge_in"} 1"#,
        ] {
            assert!(page.contains(line), "{line} is not in:\n{page}");
        }
    }
}
