//! What the carriers count, for the metrics page and the technician.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Counts since the box started, over all carriers. Clones share the same counts.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Calls that rang and found a line.
    pub rings: Counter,
    pub answered: Counter,
    /// Refused because every line was taken.
    pub turned_away: Counter,
    /// Rang and given up before the box answered: beeps.
    pub given_up: Counter,
    pub dialled: Counter,
    /// SIP datagrams and connections from addresses that are no gateway.
    pub uninvited: Counter,
    /// RTP packets from an address that is not the call's.
    pub rtp_strangers: Counter,
    /// Packets that are no RTP, RTCP or AudioSocket frame.
    pub malformed: Counter,
    /// Frames of 20 ms made up because nothing came for them.
    pub frames_concealed: Counter,
    /// Packets that came after their time to be heard.
    pub packets_late: Counter,
    /// Frames the box was too busy to listen to.
    pub frames_unheard: Counter,
    pub keys: Counter,
    /// Lines on which no audio came any more.
    pub quiet: Counter,
    /// Registrations the gateway confirmed.
    pub registered: Counter,
    /// Registrations refused or unanswered.
    pub unregistered: Counter,
}

impl Counts {
    /// Shows the counts under `telephony_…` on the metrics page.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("telephony");
        let mut show = |name: &str, help: &str, counter: &Counter| {
            registry.register(name, help, counter.clone());
        };
        show("rings", "Calls that rang", &self.rings);
        show("answered", "Calls answered", &self.answered);
        show(
            "turned_away",
            "Calls that found every line taken",
            &self.turned_away,
        );
        show(
            "given_up",
            "Calls given up before the answer",
            &self.given_up,
        );
        show("dialled", "Calls the box placed", &self.dialled);
        show(
            "uninvited",
            "SIP from addresses that are no gateway",
            &self.uninvited,
        );
        show(
            "rtp_strangers",
            "RTP packets from strangers",
            &self.rtp_strangers,
        );
        show(
            "malformed",
            "Packets that could not be read",
            &self.malformed,
        );
        show(
            "frames_concealed",
            "Frames made up for lost audio",
            &self.frames_concealed,
        );
        show(
            "packets_late",
            "Packets too late to be heard",
            &self.packets_late,
        );
        show(
            "frames_unheard",
            "Frames the box was too busy for",
            &self.frames_unheard,
        );
        show("keys", "Keys pressed", &self.keys);
        show("quiet", "Lines gone dead", &self.quiet);
        show("registered", "Registrations confirmed", &self.registered);
        show(
            "unregistered",
            "Registrations refused or unanswered",
            &self.unregistered,
        );
    }
}
