//! What a technician sets about a service centre.

use std::time::Duration;

use serde::Deserialize;

use super::session::Rules;
use crate::telephony::Country;

/// `[[text.smpp]]`: a service centre, by SMPP 3.4 as transceiver.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppConfig {
    /// What this route is called in pages and logs.
    pub name: String,
    /// Host and port.
    pub address: String,
    pub system_id: String,
    /// At most 8 letters.
    pub password: String,
    #[serde(default)]
    pub system_type: String,
    /// What learners see as the sender, and answer to: a number, a short code or a name.
    pub source: String,
    /// Type of number and numbering plan of `source`, as the operator wants them.
    #[serde(default)]
    pub source_ton: u8,
    #[serde(default = "one")]
    pub source_npi: u8,
    /// Messages under way at once, 1 to 100.
    #[serde(default = "ten")]
    pub window: u8,
    /// Messages a second, 1 to 1,000.
    #[serde(default = "fifty")]
    pub per_second: u16,
    /// Silence after which the link is tried.
    #[serde(default = "thirty")]
    pub enquire_link_s: u16,
    /// How long an answer may take.
    #[serde(default = "thirty")]
    pub answer_max_s: u16,
    /// Tell parts of long texts apart by 16 bits: dearer by a letter a part.
    #[serde(default)]
    pub wide_references: bool,
    /// Ask for delivery receipts.
    #[serde(default = "yes")]
    pub receipts: bool,
    /// What data coding 0 is here.
    #[serde(default)]
    pub alphabet: DefaultAlphabet,
    /// The country of numbers written without a country code.
    #[serde(default)]
    pub country: Country,
}

/// What a service centre takes and gives as its default alphabet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultAlphabet {
    /// GSM 03.38, a septet in an octet.
    #[default]
    Gsm,
    /// ISO 8859-1; no character of the extension table can be sent.
    Latin1,
}

fn one() -> u8 {
    1
}

fn ten() -> u8 {
    10
}

fn thirty() -> u16 {
    30
}

fn fifty() -> u16 {
    50
}

fn yes() -> bool {
    true
}

impl SmppConfig {
    /// What is wrong with it, as it stands after "use text.smpp:".
    pub fn fault(&self) -> Option<&'static str> {
        let length = |text: &str, max: usize| (1..=max).contains(&text.len()) && text.is_ascii();
        if !length(&self.name, 32) || !length(&self.system_id, 15) {
            return Some("name has 1 to 32 letters, system_id 1 to 15");
        }
        if self.password.len() > 8 {
            return Some("a password has at most 8 letters (SMPP 3.4)");
        }
        if !length(&self.source, 20) {
            return Some("source has 1 to 20 letters");
        }
        if !(1..=100).contains(&self.window) || !(1..=1000).contains(&self.per_second) {
            return Some("window is 1 to 100, per_second 1 to 1,000");
        }
        if self.enquire_link_s == 0 || self.answer_max_s == 0 {
            return Some("enquire_link_s and answer_max_s are at least 1");
        }
        None
    }

    pub(super) fn rules(&self) -> Rules {
        Rules {
            system_id: self.system_id.clone(),
            password: self.password.clone(),
            system_type: self.system_type.clone(),
            window: usize::from(self.window),
            per_second: self.per_second,
            enquire: Duration::from_secs(self.enquire_link_s.into()),
            answer_max: Duration::from_secs(self.answer_max_s.into()),
        }
    }
}

impl std::fmt::Debug for SmppConfig {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {} as {}", self.name, self.address, self.system_id)
    }
}
