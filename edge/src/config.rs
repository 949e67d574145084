//! The box's configuration: one TOML file, overridden by the environment.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use curriculum::Language;
use serde::Deserialize;
use sync::lane::Lane;
use sync::sender::Allowance;

use crate::telephony::config::{AudioSocketConfig, SipConfig};
use crate::telephony::sms::modem::ModemConfig;
use crate::telephony::sms::smpp::SmppConfig;
use crate::telephony::webhook::WebhookConfig;
use crate::uplink::Plan;

/// Variables that begin so override a key: `ISHURI_EDGE__CALLS__LINES=8` is `lines` in `[calls]`.
pub const PREFIX: &str = "ISHURI_EDGE__";
/// A configuration is a page, not a database.
const FILE_BYTES_MAX: u64 = 256 * 1024;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `box` is a word of the language, so the table has another name here.
    #[serde(rename = "box")]
    pub place: PlaceConfig,
    #[serde(default)]
    pub calls: CallsConfig,
    #[serde(default)]
    pub missed_calls: MissedCallsConfig,
    #[serde(default)]
    pub hearing: HearingConfig,
    #[serde(default)]
    pub speaking: SpeakingConfig,
    #[serde(default)]
    pub status: StatusConfig,
    /// Sends to a hub where the table is there.
    pub hub: Option<HubConfig>,
    /// Takes calls over SIP where the table is there.
    pub sip: Option<SipConfig>,
    /// Takes calls over AudioSocket where the table is there.
    pub audiosocket: Option<AudioSocketConfig>,
    #[serde(default)]
    pub text: TextConfig,
}

/// `[text]`: written messages, by any number of routes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextConfig {
    /// Messages answered at once, of different telephones, 1 to 16.
    pub workers: u8,
    /// Service centres, in the order in which they are tried.
    pub smpp: Vec<SmppConfig>,
    /// GSM modems, tried after them.
    pub modem: Vec<ModemConfig>,
    /// Cloud numbers.
    pub webhooks: Option<WebhookConfig>,
}

impl Default for TextConfig {
    fn default() -> Self {
        Self {
            workers: 4,
            smpp: Vec::new(),
            modem: Vec::new(),
            webhooks: None,
        }
    }
}

impl TextConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let value = |key, reason| Err(ConfigError::Value { key, reason });
        if !(1..=16).contains(&self.workers) {
            return value("text.workers", "1 to 16");
        }
        if let Some(fault) = self.smpp.iter().find_map(SmppConfig::fault) {
            return value("text.smpp", fault);
        }
        if let Some(fault) = self.modem.iter().find_map(ModemConfig::fault) {
            return value("text.modem", fault);
        }
        if let Some(fault) = self.webhooks.as_ref().and_then(WebhookConfig::fault) {
            return value("text.webhooks", fault);
        }
        let mut names: Vec<&str> = self.smpp.iter().map(|smpp| smpp.name.as_str()).collect();
        names.extend(self.modem.iter().map(|modem| modem.name.as_str()));
        names.extend(self.webhooks.iter().flat_map(WebhookConfig::names));
        names.sort_unstable();
        if names.windows(2).any(|two| two[0] == two[1]) {
            return value("text", "two routes have the same name");
        }
        Ok(())
    }

    /// True if anybody can write to this box.
    pub fn has_routes(&self) -> bool {
        !self.smpp.is_empty() || !self.modem.is_empty() || self.webhooks.is_some()
    }
}

/// `[box]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceConfig {
    /// Folder of the database, the box's secret and its caches.
    pub data: PathBuf,
    /// Folder of packs; where other verbs look for them if not set.
    pub packs: Option<PathBuf>,
    /// Local time, in minutes east of Greenwich.
    #[serde(default = "kigali")]
    pub utc_offset_min: i16,
    /// Languages offered to a new learner, most used first; those without a voice are left out of
    /// calls.
    #[serde(default = "languages")]
    pub languages: Vec<Language>,
}

/// `[calls]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallsConfig {
    /// Calls at once; 0 lets the box measure what it bears.
    pub lines: u16,
    /// The longest call, in minutes, 2 to 240.
    pub length_max_min: u16,
    /// How long a call rings before it is answered, in milliseconds, at most 10,000: who hangs up
    /// before is called back.
    pub answer_after_ms: u16,
    /// How long calls may take to say goodbye when the box is stopped, in seconds, at most 600.
    pub goodbye_max_s: u16,
}

/// `[missed_calls]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MissedCallsConfig {
    pub call_back: bool,
    /// Call-backs of one number in a day.
    pub per_number_max: u16,
    /// Call-backs in a day.
    pub per_day_max: u16,
    /// Call-backs in a day to numbers that begin so. No other number is called back.
    pub prefixes: BTreeMap<String, u16>,
    /// Seconds until a call-back that was not answered is tried once more, at most 3,600.
    pub retry_after_s: u16,
    /// Local time of the first and the last minute in which nobody is called, as "21:00".
    pub quiet_from: String,
    pub quiet_until: String,
}

/// `[hearing]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HearingConfig {
    /// Recognitions at once; 0 is one for each processor core but at most 4.
    pub workers: u8,
    /// The installed speech model that hears a language.
    pub models: BTreeMap<Language, String>,
}

/// `[speaking]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpeakingConfig {
    /// Sentences rendered at once.
    pub workers: u8,
    /// Rendered clips kept on the disk, in megabytes.
    pub cache_mb: u32,
    /// Languages to speak; each needs an installed voice.
    pub languages: Vec<Language>,
}

/// `[status]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StatusConfig {
    /// Where `/healthz`, `/metrics` and the status page are served. It shows no learner's data, but
    /// calls can be announced there: keep it on the box's own interface.
    pub bind: SocketAddr,
}

/// `[hub]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubConfig {
    /// Host and UDP port.
    pub address: String,
    /// A satellite or fibre link that loses packets by chance.
    #[serde(default)]
    pub wide: bool,
    /// Seconds between sessions while there is something to send.
    #[serde(default = "hour_s")]
    pub every_s: u32,
    /// The longest wait after the first failure, in seconds; doubles with each up to an hour.
    #[serde(default = "retry_s")]
    pub retry_s: u32,
    /// Local time at which traffic becomes cheap, and at which it ceases to be, as "22:00". Both or
    /// neither.
    pub cheap_from: Option<String>,
    pub cheap_until: Option<String>,
    /// Kilobytes a day for each lane: `evaluations`, `progress`, `telemetry`, `blobs`.
    #[serde(default)]
    pub day_kb: BTreeMap<String, u64>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("read {}", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("read {}: larger than {FILE_BYTES_MAX} bytes", path.display())]
    Large { path: PathBuf },
    #[error("read {place}: {reason}")]
    Syntax { place: String, reason: String },
    #[error("override the configuration by {variable}: {reason}")]
    Variable {
        variable: String,
        reason: &'static str,
    },
    #[error("use {key}: {reason}")]
    Value {
        key: &'static str,
        reason: &'static str,
    },
}

fn hour_s() -> u32 {
    3600
}

fn retry_s() -> u32 {
    30
}

fn kigali() -> i16 {
    120
}

fn languages() -> Vec<Language> {
    vec![Language::KINYARWANDA, Language::ENGLISH, Language::SWAHILI]
}

impl Default for CallsConfig {
    fn default() -> Self {
        Self {
            lines: 0,
            length_max_min: 20,
            answer_after_ms: 600,
            goodbye_max_s: 20,
        }
    }
}

impl Default for MissedCallsConfig {
    fn default() -> Self {
        Self {
            call_back: true,
            per_number_max: 6,
            per_day_max: 300,
            prefixes: [("250".to_owned(), 300)].into(),
            retry_after_s: 60,
            quiet_from: "21:00".to_owned(),
            quiet_until: "06:00".to_owned(),
        }
    }
}

impl Default for HearingConfig {
    fn default() -> Self {
        Self {
            workers: 0,
            models: [(Language::ENGLISH, "whisper-tiny.en".to_owned())].into(),
        }
    }
}

impl Default for SpeakingConfig {
    fn default() -> Self {
        Self {
            workers: 1,
            cache_mb: 256,
            languages: vec![Language::ENGLISH],
        }
    }
}

impl Default for StatusConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8090)),
        }
    }
}

impl Config {
    /// Reads the file, then the environment.
    ///
    /// # Errors
    /// [`ConfigError`] with the key that is unknown or cannot work.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = |source| ConfigError::File {
            path: path.to_owned(),
            source,
        };
        if std::fs::metadata(path).map_err(file)?.len() > FILE_BYTES_MAX {
            let path = path.to_owned();
            return Err(ConfigError::Large { path });
        }
        let text = std::fs::read_to_string(path).map_err(file)?;
        let variables = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX));
        Self::parse(&text, &path.display().to_string(), variables)
    }

    /// As [`Config::load`], from text; `place` names it in errors.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(
        text: &str,
        place: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            place: place.to_owned(),
            reason: error.to_string().replace('\n', " "),
        };
        let mut table: toml::Table = text.parse().map_err(syntax)?;
        for (name, value) in variables {
            override_key(&mut table, &name, &value)?;
        }
        let config: Config = toml::Value::Table(table).try_into().map_err(syntax)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let value = |key, reason| Err(ConfigError::Value { key, reason });
        if !(2..=240).contains(&self.calls.length_max_min) {
            return value("calls.length_max_min", "a call takes 2 to 240 minutes");
        }
        if self.calls.answer_after_ms > 10_000 {
            return value("calls.answer_after_ms", "at most 10,000 ms");
        }
        if self.calls.goodbye_max_s > 600 {
            return value("calls.goodbye_max_s", "at most 600 s");
        }
        if !(-720..=840).contains(&self.place.utc_offset_min) {
            return value("box.utc_offset_min", "-720 to 840 minutes");
        }
        if self.speaking.workers == 0 || self.speaking.languages.is_empty() {
            return value("speaking", "a box speaks: name a worker and a language");
        }
        if self.sip.is_none() && self.audiosocket.is_none() && !self.text.has_routes() {
            return value(
                "sip",
                "nobody can call or write: write [sip], [audiosocket] or [[text.smpp]]",
            );
        }
        if let Some(hub) = &self.hub {
            if hub.every_s == 0 || hub.retry_s == 0 {
                return value("hub", "every_s and retry_s are at least 1");
            }
            hub.plan()?;
        }
        self.text.check()?;
        let digits = |prefix: &String| {
            (1..=6).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit())
        };
        if !self.missed_calls.prefixes.keys().all(digits) {
            return value(
                "missed_calls.prefixes",
                "a prefix is one to six digits, as \"250\"",
            );
        }
        if self.missed_calls.retry_after_s > 3_600 {
            return value("missed_calls.retry_after_s", "at most 3,600 s");
        }
        self.missed_calls.quiet().map(drop)
    }
}

impl CallsConfig {
    pub fn length_max(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.length_max_min))
    }

    pub fn answer_after(&self) -> Duration {
        Duration::from_millis(self.answer_after_ms.into())
    }

    pub fn goodbye_max(&self) -> Duration {
        Duration::from_secs(self.goodbye_max_s.into())
    }
}

impl MissedCallsConfig {
    /// First and last minute of the quiet hours, of a day's 1,440.
    ///
    /// # Errors
    /// When a time is not written as `21:00`.
    pub fn quiet(&self) -> Result<(u16, u16), ConfigError> {
        Ok((
            minute("missed_calls.quiet_from", &self.quiet_from)?,
            minute("missed_calls.quiet_until", &self.quiet_until)?,
        ))
    }
}

impl HubConfig {
    /// When to send, and how much.
    ///
    /// # Errors
    /// When a time or a lane's name is not one.
    pub fn plan(&self) -> Result<Plan, ConfigError> {
        let cheap = match (&self.cheap_from, &self.cheap_until) {
            (Some(from), Some(until)) => Some((
                minute("hub.cheap_from", from)?,
                minute("hub.cheap_until", until)?,
            )),
            (None, None) => None,
            _ => {
                let (key, reason) = ("hub.cheap_from", "write hub.cheap_until, too, or neither");
                return Err(ConfigError::Value { key, reason });
            }
        };
        let mut budget = Allowance::UNLIMITED;
        for (name, kb) in &self.day_kb {
            let lane = LIMITED.iter().find(|(known, _)| known == name);
            let (_, lane) = lane.ok_or(ConfigError::Value {
                key: "hub.day_kb",
                reason: "lanes are evaluations, progress, telemetry, blobs",
            })?;
            budget.0[usize::from(lane.number())] = kb.saturating_mul(1000).min(u64::MAX - 1);
        }
        let every = Duration::from_secs(self.every_s.into());
        Ok(Plan {
            every,
            cheap,
            budget,
        })
    }

    /// The longest wait after the first failure.
    pub fn retry(&self) -> Duration {
        Duration::from_secs(self.retry_s.into())
    }
}

/// Lanes that a day's budget may hold back. Control and payments never are.
const LIMITED: [(&str, Lane); 4] = [
    ("evaluations", Lane::Evaluations),
    ("progress", Lane::Progress),
    ("telemetry", Lane::Telemetry),
    ("blobs", Lane::Blobs),
];

fn minute(key: &'static str, text: &str) -> Result<u16, ConfigError> {
    let parts = text.split_once(':');
    let hour = parts.and_then(|(hour, _)| hour.parse::<u16>().ok());
    let minute = parts.and_then(|(_, minute)| minute.parse::<u16>().ok());
    match (hour, minute) {
        (Some(hour @ 0..=23), Some(minute @ 0..=59)) => Ok(hour * 60 + minute),
        _ => Err(ConfigError::Value {
            key,
            reason: "write a time of day as \"21:00\"",
        }),
    }
}

/// A value is read as TOML where it is that (`8`, `true`, `["en"]`), else as text.
fn override_key(table: &mut toml::Table, name: &str, value: &str) -> Result<(), ConfigError> {
    let wrong = |reason| ConfigError::Variable {
        variable: name.to_owned(),
        reason,
    };
    let path = name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase();
    let mut keys: Vec<&str> = path.split("__").collect();
    let last = keys.pop().filter(|key| !key.is_empty());
    let last = last.ok_or_else(|| wrong("it names no key"))?;
    let mut at = table;
    for key in keys {
        let entry = at
            .entry(key)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = entry
            .as_table_mut()
            .ok_or_else(|| wrong("there is no such table"))?;
    }
    let read = format!("value = {value}").parse::<toml::Table>();
    let read = read.ok().and_then(|mut table| table.remove("value"));
    let value = read.unwrap_or_else(|| toml::Value::String(value.to_owned()));
    at.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "[box]\ndata = \"/tmp/b\"\n[audiosocket]\n";
    const EXAMPLE: &str = include_str!("../../deploy/edge/ishuri-edge.toml.example");

    #[track_caller]
    fn check(text: &str, variables: &[(&str, &str)], expected: Result<(), &str>) {
        let variables = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let found = Config::parse(text, "a file", variables).map(drop);
        match (found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn the_smallest_configuration_takes_calls() {
        check(SMALL, &[], Ok(()));
        check(
            "[box]\ndata = \"/tmp/b\"\n",
            &[],
            Err("nobody can call or write"),
        );
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        check(&format!("{SMALL}[calls]\nline = 3\n"), &[], Err("`line`"));
        check(&format!("{SMALL}[call]\n"), &[], Err("`call`"));
        check(SMALL, &[("ISHURI_EDGE__CALLS__LINE", "3")], Err("`line`"));
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let variables = [
            ("ISHURI_EDGE__CALLS__LINES", "8"),
            ("ISHURI_EDGE__STATUS__BIND", "127.0.0.1:9"),
            ("ISHURI_EDGE__BOX__LANGUAGES", "[\"en\"]"),
        ];
        let variables = variables.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let config = Config::parse(SMALL, "a file", variables).unwrap();
        assert_eq!(config.calls.lines, 8);
        assert_eq!(config.status.bind.port(), 9);
        assert_eq!(config.place.languages, [Language::ENGLISH]);
    }

    #[test]
    fn values_that_cannot_work_are_named() {
        let with = |more: &str| format!("{SMALL}{more}");
        check(
            &with("[calls]\nlength_max_min = 1"),
            &[],
            Err("length_max_min"),
        );
        check(
            &with("[missed_calls]\nquiet_from = \"9 pm\""),
            &[],
            Err("quiet_from"),
        );
        check(
            &with("[missed_calls.prefixes]\n\"+250\" = 3"),
            &[],
            Err("prefixes"),
        );
        let hub = |more: &str| with(&format!("[hub]\naddress = \"hub:4433\"\n{more}"));
        check(&hub("cheap_from = \"22:00\""), &[], Err("cheap_until"));
        check(&hub("[hub.day_kb]\npayments = 3"), &[], Err("hub.day_kb"));
        check(&hub("every_s = 0"), &[], Err("every_s"));
    }

    #[test]
    fn a_hub_is_spoken_to_by_its_plan() {
        let hub = "[hub]\naddress = \"hub:4433\"\ncheap_from = \"22:00\"\ncheap_until = \"05:30\"\n\
                   [hub.day_kb]\nprogress = 500\n";
        let config = Config::parse(&format!("{SMALL}{hub}"), "a file", []).unwrap();
        let plan = config.hub.unwrap().plan().unwrap();
        assert_eq!(plan.cheap, Some((22 * 60, 5 * 60 + 30)));
        assert_eq!(
            plan.budget.0,
            [u64::MAX, u64::MAX, u64::MAX, 500_000, u64::MAX, u64::MAX]
        );
    }

    /// The example, with every key that is written as a comment switched on.
    fn whole_example() -> String {
        let lines = EXAMPLE.lines().map(|line| match line.strip_prefix("# ") {
            Some(key) if key.contains(" = ") || key.starts_with('[') => key,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_is_a_configuration_as_it_stands_and_with_every_key() {
        check(EXAMPLE, &[], Ok(()));
        check(&whole_example(), &[], Ok(()));
    }

    #[test]
    fn the_example_has_every_key() {
        let example: toml::Table = whole_example().parse().unwrap();
        // The names of all keys are in the refusal of one that does not exist.
        let refused = |section: &str| {
            let mut table = example.clone();
            let inner = section.split('.').filter(|name| !name.is_empty());
            let mut at = &mut table;
            for name in inner {
                at = match at.get_mut(name).expect(section) {
                    toml::Value::Table(table) => table,
                    toml::Value::Array(tables) => tables[0].as_table_mut().expect(section),
                    other => panic!("{section}: {other}"),
                };
            }
            let known: Vec<String> = at.keys().cloned().collect();
            at.insert("no_such_key".to_owned(), toml::Value::Boolean(true));
            let error = toml::Value::Table(table).try_into::<Config>().unwrap_err();
            (known, error.to_string())
        };
        for section in [
            "",
            "box",
            "calls",
            "missed_calls",
            "hearing",
            "speaking",
            "status",
            "sip",
            "sip.gateways",
            "sip.registration",
            "audiosocket",
            "text",
            "text.smpp",
            "text.modem",
            "text.webhooks",
            "text.webhooks.twilio",
            "text.webhooks.africas_talking_ussd",
        ] {
            let (known, error) = refused(section);
            let line = error.lines().next().unwrap_or_default();
            let (_, names) = line.split_once("expected").expect(&error);
            let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
            assert!(!names.is_empty(), "{section}: {error}");
            for name in names {
                assert!(
                    known.iter().any(|key| key == name),
                    "{section}: {name} is missing"
                );
            }
        }
    }
}
