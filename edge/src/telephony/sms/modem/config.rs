//! What a technician sets about a modem.

use serde::Deserialize;

use crate::telephony::Country;

/// `[[text.modem]]`: a GSM modem or stick, by AT commands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModemConfig {
    /// What this route is called in pages and logs.
    pub name: String,
    /// Its serial port; names under `/dev/serial/by-id` stay the same when it is plugged in again.
    pub port: std::path::PathBuf,
    /// Bits a second; sticks do not care.
    #[serde(default = "usual_speed")]
    pub speed: u32,
    /// Ask for status reports.
    #[serde(default = "yes")]
    pub reports: bool,
    /// The country of numbers written without a country code.
    #[serde(default)]
    pub country: Country,
}

fn usual_speed() -> u32 {
    115_200
}

fn yes() -> bool {
    true
}

impl ModemConfig {
    /// What is wrong with it, as it stands after "use text.modem:".
    pub fn fault(&self) -> Option<&'static str> {
        if !(1..=32).contains(&self.name.len()) {
            return Some("name has 1 to 32 letters");
        }
        if !(1_200..=4_000_000).contains(&self.speed) {
            return Some("speed is 1,200 to 4,000,000");
        }
        None
    }
}
