//! What a technician sets about calls, each key as the configuration file writes it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Deserialize;

use super::calling_party::Country;

/// The log filter of this room's SIP library, which writes whole messages (numbers, credentials)
/// at INFO. The box's subscriber adds it as a directive that no configuration may take away.
pub const LOG_FILTER: &str = "rsipstack=warn";

/// `[sip]`: calls over SIP and RTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SipConfig {
    /// Where SIP is listened to, by UDP and TCP. Port 0 takes any free one.
    pub bind: SocketAddr,
    /// The address the gateways see, if it is not the one of the interface towards them.
    pub public_address: Option<IpAddr>,
    /// Who may call. Whatever comes from another address is dropped unread.
    pub gateways: Vec<Gateway>,
    /// Registers here and takes calls from here too, if set.
    pub registration: Option<RegistrationConfig>,
    /// UDP ports for audio; each call takes two. The default takes any free ones.
    pub rtp_ports: PortRange,
    /// Calls at once, unless the box measures that it bears fewer.
    pub lines_max: u16,
    /// Seconds without any audio after which a line is given up, 1 to 3,600.
    pub quiet_max_s: u16,
}

/// `[[sip.gateways]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// One address or a network, as `192.168.1.40` or `10.1.0.0/24`.
    pub address: Network,
    /// The gateway's own SIP port, for calls the box places.
    #[serde(default = "sip_port")]
    pub port: u16,
    /// Where this gateway writes who calls.
    #[serde(default)]
    pub number_from: NumberFrom,
    /// The country of numbers it writes without a country code.
    #[serde(default)]
    pub country: Country,
}

/// The header that names the caller. The first of the list that holds a number is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NumberFrom {
    /// `P-Asserted-Identity` (RFC 3325), else `Remote-Party-ID`, else `From`.
    #[default]
    Any,
    PAssertedIdentity,
    RemotePartyId,
    From,
}

/// `[sip.registration]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationConfig {
    /// The registrar, by address: the box has no need of DNS.
    pub server: SocketAddr,
    pub user: String,
    pub password: String,
    /// Seconds asked for, 60 to 86,400; the registrar may grant fewer.
    #[serde(default = "expires")]
    pub expires_s: u32,
    #[serde(default)]
    pub number_from: NumberFrom,
    #[serde(default)]
    pub country: Country,
}

/// UDP ports `first..=last`; `0` and `0` for any free ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

/// `[audiosocket]`: calls handed over by Asterisk or FreeSWITCH.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AudioSocketConfig {
    /// Where the exchange connects to. It has neither password nor encryption: keep it on the
    /// loopback or a network of its own.
    pub bind: SocketAddr,
    /// The country of numbers announced without a country code.
    pub country: Country,
    /// Seconds an announced call may take to arrive, 1 to 600.
    pub announced_max_s: u16,
    /// Seconds without any audio after which a line is given up, 1 to 3,600.
    pub quiet_max_s: u16,
}

/// A range of addresses (RFC 4632).
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "read network `{found}`: write an address, or an address, a slash and a number of bits"
    )]
    Network { found: String },
    #[error("use ports {first} to {last} for audio: the range is empty or too small for one call")]
    Ports { first: u16, last: u16 },
    #[error("use {key} = {found}: it must be between {min} and {max}")]
    Range {
        key: &'static str,
        found: u32,
        min: u32,
        max: u32,
    },
    #[error("take calls over sip: name a gateway or a registration, else nobody may call")]
    NobodyMayCall,
}

fn sip_port() -> u16 {
    5060
}

fn expires() -> u32 {
    600
}

impl Default for SipConfig {
    fn default() -> SipConfig {
        SipConfig {
            bind: SocketAddr::from((Ipv4Addr::UNSPECIFIED, sip_port())),
            public_address: None,
            gateways: Vec::new(),
            registration: None,
            rtp_ports: PortRange::default(),
            lines_max: 16,
            quiet_max_s: 30,
        }
    }
}

impl Default for AudioSocketConfig {
    fn default() -> AudioSocketConfig {
        AudioSocketConfig {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 9092)),
            country: Country::default(),
            announced_max_s: 30,
            quiet_max_s: 30,
        }
    }
}

impl SipConfig {
    /// # Errors
    /// The first value that cannot work, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        within("sip.lines_max", self.lines_max.into(), 1, 500)?;
        within("sip.quiet_max_s", self.quiet_max_s.into(), 1, 3_600)?;
        if let Some(registration) = &self.registration {
            within(
                "sip.registration.expires_s",
                registration.expires_s,
                60,
                86_400,
            )?;
        }
        if self.gateways.is_empty() && self.registration.is_none() {
            return Err(ConfigError::NobodyMayCall);
        }
        self.rtp_ports.check()
    }

    pub fn quiet_max(&self) -> Duration {
        Duration::from_secs(self.quiet_max_s.into())
    }
}

impl AudioSocketConfig {
    /// # Errors
    /// The first value that cannot work, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        within(
            "audiosocket.announced_max_s",
            self.announced_max_s.into(),
            1,
            600,
        )?;
        within("audiosocket.quiet_max_s", self.quiet_max_s.into(), 1, 3_600)
    }

    pub fn quiet_max(&self) -> Duration {
        Duration::from_secs(self.quiet_max_s.into())
    }

    pub fn announced_max(&self) -> Duration {
        Duration::from_secs(self.announced_max_s.into())
    }
}

fn within(key: &'static str, found: u32, min: u32, max: u32) -> Result<(), ConfigError> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        Err(ConfigError::Range {
            key,
            found,
            min,
            max,
        })
    }
}

impl PortRange {
    fn check(self) -> Result<(), ConfigError> {
        let any = self.first == 0 && self.last == 0;
        // A call takes an even port for RTP and the odd one above it for RTCP (RFC 3550, 11).
        let room = self.first >= 1_024 && self.last > self.first.next_multiple_of(2);
        if any || room {
            Ok(())
        } else {
            Err(ConfigError::Ports {
                first: self.first,
                last: self.last,
            })
        }
    }
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                u32::from(self.bits) == 0 || differing >> (32 - u32::from(self.bits)) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = own.to_bits() ^ other.to_bits();
                u32::from(self.bits) == 0 || differing >> (128 - u32::from(self.bits)) == 0
            }
            _ => false,
        }
    }

    /// The address, if it is one and not a network.
    pub fn host(&self) -> Option<IpAddr> {
        (self.bits == full_bits(self.address)).then_some(self.address)
    }
}

fn full_bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Network {
        let address = address.to_canonical();
        Network {
            address,
            bits: full_bits(address),
        }
    }
}

impl TryFrom<String> for Network {
    type Error = ConfigError;

    fn try_from(text: String) -> Result<Network, ConfigError> {
        let wrong = || ConfigError::Network {
            found: text.chars().take(64).collect(),
        };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.as_str(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let full = full_bits(address);
        let bits = bits.map_or(Ok(full), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > full {
            return Err(wrong());
        }
        Ok(Network { address, bits })
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl fmt::Debug for RegistrationConfig {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistrationConfig")
            .field("server", &self.server)
            .field("user", &self.user)
            .field("expires_s", &self.expires_s)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::try_from(text.to_owned()).unwrap()
    }

    #[track_caller]
    fn check(text: &str, inside: &[&str], outside: &[&str]) {
        let network = network(text);
        for address in inside {
            assert!(network.contains(address.parse().unwrap()), "{address}");
        }
        for address in outside {
            assert!(!network.contains(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_network_contains_its_addresses_only() {
        check(
            "10.1.0.0/24",
            &["10.1.0.0", "10.1.0.255"],
            &["10.1.1.0", "::1"],
        );
        check(
            "192.168.1.40",
            &["192.168.1.40", "::ffff:192.168.1.40"],
            &["192.168.1.41"],
        );
        check("0.0.0.0/0", &["1.2.3.4"], &["::1"]);
        check("fd00::/8", &["fd12::1"], &["fe80::1", "10.0.0.1"]);
        check("10.0.0.0/31", &["10.0.0.1"], &["10.0.0.2"]);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "gateway",
            "10.0.0.1/",
            "10.0.0.1/-1",
            "::/129",
        ] {
            assert!(Network::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let config: SipConfig = toml::from_str(
            r#"
            bind = "0.0.0.0:5070"
            public_address = "10.0.0.20"
            lines_max = 24
            quiet_max_s = 20
            rtp_ports = { first = 20000, last = 20199 }
            [[gateways]]
            address = "192.168.1.0/28"
            number_from = "remote-party-id"
            country = "254"
            [registration]
            server = "192.168.1.2:5060"
            user = "box"
            password = "secret"
            "#,
        )
        .unwrap();
        config.check().unwrap();
        assert_eq!(config.gateways[0].number_from, NumberFrom::RemotePartyId);
        assert_eq!(config.gateways[0].port, 5060);
        let shown = format!("{config:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = toml::from_str::<SipConfig>("lines = 3").unwrap_err();
        assert!(error.to_string().contains("`lines`"), "{error}");
        let error = toml::from_str::<AudioSocketConfig>("port = 3").unwrap_err();
        assert!(error.to_string().contains("`port`"), "{error}");
    }

    #[test]
    fn a_box_nobody_may_call_is_a_mistake() {
        assert_eq!(
            SipConfig::default().check(),
            Err(ConfigError::NobodyMayCall)
        );
    }

    #[test]
    fn an_audio_range_holds_at_least_one_call() {
        let range = |first, last| PortRange { first, last };
        assert!(range(20_000, 20_001).check().is_ok());
        assert!(range(20_001, 20_002).check().is_err());
        assert!(range(20_001, 20_003).check().is_ok());
        assert!(range(0, 20_000).check().is_err());
        assert!(range(20_010, 20_000).check().is_err());
        assert!(range(65_534, 65_535).check().is_ok());
    }
}
