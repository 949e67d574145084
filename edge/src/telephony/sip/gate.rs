//! Who may call, and how each gateway is to be understood.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::telephony::calling_party::Country;
use crate::telephony::config::{NumberFrom, SipConfig};

/// The gateways and the addresses we show them.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    config: SipConfig,
}

/// How a gateway writes who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) number_from: NumberFrom,
    pub(super) country: Country,
}

impl Gate {
    pub(super) fn new(config: &SipConfig) -> Gate {
        Gate {
            config: config.clone(),
        }
    }

    pub(super) fn admits(&self, address: IpAddr) -> bool {
        self.manner(address).is_some()
    }

    /// How whoever has this address writes numbers; none for strangers.
    pub(super) fn manner(&self, address: IpAddr) -> Option<Manner> {
        let gateways = self.config.gateways.iter();
        let gateway = gateways
            .filter(|gateway| gateway.address.contains(address))
            .map(|gateway| Manner {
                number_from: gateway.number_from,
                country: gateway.country.clone(),
            });
        let registration = self.config.registration.iter();
        let registrar = registration
            .filter(|registration| {
                registration.server.ip().to_canonical() == address.to_canonical()
            })
            .map(|registration| Manner {
                number_from: registration.number_from,
                country: registration.country.clone(),
            });
        gateway.chain(registrar).next()
    }

    /// Where calls of ours go: to the registrar, else to the first gateway that is one host.
    pub(super) fn outlet(&self) -> Option<SocketAddr> {
        let registrar = self.config.registration.as_ref().map(|found| found.server);
        let gateway = || {
            self.config.gateways.iter().find_map(|gateway| {
                let host = gateway.address.host()?;
                Some(SocketAddr::new(host, gateway.port))
            })
        };
        registrar.or_else(gateway)
    }

    /// Our own address as `peer` sees it.
    pub(super) fn own_address(&self, peer: IpAddr) -> IpAddr {
        if let Some(public) = self.config.public_address {
            return public;
        }
        let bound = self.config.bind.ip();
        if bound.is_unspecified() {
            towards(peer).unwrap_or(bound)
        } else {
            bound
        }
    }

    /// The user part of our own URIs.
    pub(super) fn user(&self) -> &str {
        let registration = self.config.registration.as_ref();
        registration.map_or("ishuri", |registration| &registration.user)
    }

    pub(super) fn config(&self) -> &SipConfig {
        &self.config
    }
}

/// The address of the interface that leads to `peer`. Sends nothing: connecting a UDP socket only
/// asks the routing table.
fn towards(peer: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match peer {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((peer, 5060)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(text: &str) -> Gate {
        Gate::new(&toml::from_str(text).unwrap())
    }

    const TEXT: &str = r#"
        [[gateways]]
        address = "10.0.0.0/24"
        number_from = "from"
        [[gateways]]
        address = "192.168.1.40"
        port = 5070
        country = "254"
    "#;

    #[test]
    fn strangers_are_not_admitted() {
        let gate = gate(TEXT);
        assert!(gate.admits("10.0.0.7".parse().unwrap()));
        assert!(!gate.admits("10.0.1.7".parse().unwrap()));
        let manner = gate.manner("192.168.1.40".parse().unwrap()).unwrap();
        assert_eq!(manner.country, Country::parse("254").unwrap());
    }

    #[test]
    fn calls_go_to_the_registrar_else_to_a_gateway_that_is_one_host() {
        assert_eq!(
            gate(TEXT).outlet(),
            Some("192.168.1.40:5070".parse().unwrap())
        );
        let registration = "[registration]\nserver = \"10.9.9.9:5062\"\nuser = \"box\"\n\
            password = \"secret\"";
        let registered = gate(&format!("{TEXT}\n{registration}"));
        assert_eq!(registered.outlet(), Some("10.9.9.9:5062".parse().unwrap()));
        assert!(registered.admits("10.9.9.9".parse().unwrap()));
        assert_eq!(registered.user(), "box");
    }

    #[test]
    fn our_address_is_the_one_towards_the_peer() {
        let localhost: IpAddr = [127, 0, 0, 1].into();
        assert_eq!(gate(TEXT).own_address(localhost), localhost);
        let public = gate(&format!("public_address = \"1.2.3.4\"\n{TEXT}"));
        assert_eq!(public.own_address(localhost), IpAddr::from([1, 2, 3, 4]));
    }
}
