//! Configuration: one TOML file, every key known, the environment above it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Every key there is; `deploy/hub/ishuri-hub.toml.example` explains them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The hub's folder.
    pub data: PathBuf,
    /// The database's address; a SQLite file in the folder if absent.
    pub database: Option<String>,
    /// Where boxes send their facts (UDP).
    pub listen: SocketAddr,
    /// Where the pages are (TCP).
    pub http: SocketAddr,
    /// Browsers come by HTTPS, through a proxy.
    pub https: bool,
    /// Local time, in minutes east of Greenwich.
    pub utc_offset_min: i16,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("read configuration {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A key is not known, or its value is of another kind.
    #[error("read configuration: {0}")]
    Form(String),
}

/// Before a key in the environment: `ISHURI_HUB__LISTEN`.
const PREFIX: &str = "ISHURI_HUB__";

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("/var/lib/ishuri-hub"),
            database: None,
            listen: SocketAddr::from(([0, 0, 0, 0], 4433)),
            http: SocketAddr::from(([127, 0, 0, 1], 8080)),
            https: false,
            utc_offset_min: 120,
        }
    }
}

impl Config {
    /// The file, if one is named, with what the environment says above it.
    ///
    /// # Errors
    /// Naming the file or the key.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path).map_err(|source| ConfigError::File {
                path: path.to_owned(),
                source,
            })?,
            None => String::new(),
        };
        let environment = std::env::vars().filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
            Some((key, value))
        });
        parse(&text, environment)
    }
}

fn parse(
    text: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let form = |error: toml::de::Error| ConfigError::Form(error.to_string());
    let mut table: toml::Table = toml::from_str(text).map_err(form)?;
    for (key, value) in environment {
        let value = match (value.parse::<bool>(), value.parse::<i64>()) {
            (Ok(flag), _) => toml::Value::Boolean(flag),
            (_, Ok(number)) => toml::Value::Integer(number),
            _ => toml::Value::String(value),
        };
        table.insert(key, value);
    }
    table.try_into().map_err(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs = environment
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        parse(text, pairs)
    }

    #[test]
    fn the_example_names_every_key_and_its_values_are_the_defaults() {
        let example = include_str!("../../deploy/hub/ishuri-hub.toml.example");
        let told: String = example
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|line| line.contains(" = "))
                    .unwrap_or(line)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let with_database = Config {
            database: Some("postgres://hub@localhost/ishuri".to_owned()),
            ..Config::default()
        };
        assert_eq!(read(&told, &[]).unwrap(), with_database);
        assert_eq!(read("", &[]).unwrap(), Config::default());
    }

    #[test]
    fn the_environment_stands_above_the_file() {
        let config = read(
            "https = false",
            &[("https", "true"), ("utc_offset_min", "180")],
        )
        .unwrap();
        assert!(config.https);
        assert_eq!(config.utc_offset_min, 180);
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let refused = read("listn = \"0.0.0.0:1\"", &[]).unwrap_err().to_string();
        assert!(refused.contains("listn"), "{refused}");
        assert!(read("", &[("lisen", "x")]).is_err());
    }
}
