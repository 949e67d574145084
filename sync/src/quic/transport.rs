//! How a connection behaves on the links there are.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::{BbrConfig, CubicConfig};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{IdleTimeout, TransportConfig, VarInt};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;

use super::identity::Identity;
use super::stream::LinkError;
use crate::lane::Lane;
use crate::limits::WINDOW_BYTES;

/// What kind of link it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Mobile data, paid by the byte: Cubic, which sends 15 % less there for the same time.
    #[default]
    Narrow,
    /// Satellite or fibre that loses packets by chance: BBR, 2 to 3 times as fast at 5 % loss.
    Wide,
}

const ALPN: &[u8] = b"ishuri/1";

/// Dead links are silent; a live one may be, while a modem changes cells.
const IDLE: Duration = Duration::from_secs(100);

/// Above a satellite's 600 ms, so that nothing is sent twice before its answer can be here.
const FIRST_RTT: Duration = Duration::from_millis(800);

/// Control and the six lanes.
const STREAMS_MAX: u32 = 1 + Lane::ALL.len() as u32;

fn transport(profile: Profile) -> TransportConfig {
    let mut config = TransportConfig::default();
    let streams = VarInt::from_u32(STREAMS_MAX);
    let idle = VarInt::from_u32(IDLE.as_millis() as u32);
    config
        // Probing for larger packets makes a short session three times as dear.
        .mtu_discovery_config(None)
        .max_idle_timeout(Some(IdleTimeout::from(idle)))
        .keep_alive_interval(None)
        .max_concurrent_bidi_streams(streams)
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .receive_window(VarInt::from_u32(4 * WINDOW_BYTES as u32))
        .stream_receive_window(VarInt::from_u32(WINDOW_BYTES as u32))
        .initial_rtt(FIRST_RTT);
    match profile {
        Profile::Narrow => config.congestion_controller_factory(Arc::new(CubicConfig::default())),
        Profile::Wide => config.congestion_controller_factory(Arc::new(BbrConfig::default())),
    };
    config
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots(identity: &Identity) -> Result<RootCertStore, LinkError> {
    let mut roots = RootCertStore::empty();
    roots.add(identity.authority.clone()).map_err(tls)?;
    Ok(roots)
}

pub(super) fn client(
    identity: &Identity,
    profile: Profile,
) -> Result<quinn::ClientConfig, LinkError> {
    let chain = vec![identity.certificate.clone()];
    let mut config = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(tls)?
        .with_root_certificates(roots(identity)?)
        .with_client_auth_cert(chain, identity.key.clone_key())
        .map_err(tls)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // A kept session would skip the check of the certificate, and does not outlive a reboot.
    config.resumption = rustls::client::Resumption::disabled();
    let config =
        QuicClientConfig::try_from(config).map_err(|error| LinkError::Tls(error.to_string()))?;
    let mut config = quinn::ClientConfig::new(Arc::new(config));
    config.transport_config(Arc::new(transport(profile)));
    Ok(config)
}

pub(super) fn server(
    identity: &Identity,
    profile: Profile,
) -> Result<quinn::ServerConfig, LinkError> {
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots(identity)?), provider());
    let verifier = verifier
        .build()
        .map_err(|error| LinkError::Tls(error.to_string()))?;
    let chain = vec![identity.certificate.clone()];
    let mut config = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(tls)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, identity.key.clone_key())
        .map_err(tls)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.send_tls13_tickets = 0;
    let config =
        QuicServerConfig::try_from(config).map_err(|error| LinkError::Tls(error.to_string()))?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(config));
    config.transport_config(Arc::new(transport(profile)));
    Ok(config)
}

/// Any port of the same kind of address.
pub(super) fn any_port(like: SocketAddr) -> SocketAddr {
    match like {
        SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0_u16; 8], 0)),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that map_err hands in"
)]
fn tls(error: rustls::Error) -> LinkError {
    LinkError::Tls(error.to_string())
}
