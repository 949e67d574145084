//! How a connection behaves on the links there are.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn::congestion::{BbrConfig, CubicConfig};
use quinn::crypto::rustls::{HandshakeData, QuicClientConfig, QuicServerConfig};
use quinn::crypto::{CryptoError, HmacKey};
use quinn::{ConnectionId, ConnectionIdGenerator, IdleTimeout, TransportConfig, VarInt};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;

use super::identity::Identity;
use super::stream::LinkError;
use crate::batch::Dialect;
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

/// What both ends speak, best first. Within a name only what the other end asked for may change.
const ALPN: [(&[u8], Dialect); 2] = [
    (b"ishuri/2", Dialect::Second),
    (b"ishuri/1", Dialect::First),
];

/// Dead links are silent; a live one may be, while a modem changes cells.
const IDLE: Duration = Duration::from_secs(40);

/// A box that waits for the hub asks now and then whether it is still there: 129 bytes each time, and
/// only in a session where nothing else moves. A box that has nothing to say has no session.
const ASK: Duration = Duration::from_secs(15);

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

fn alpn() -> Vec<Vec<u8>> {
    ALPN.iter().map(|(name, _)| name.to_vec()).collect()
}

/// What was agreed on.
pub(super) fn dialect(connection: &quinn::Connection) -> Dialect {
    let data = connection.handshake_data();
    let data = data.and_then(|any| any.downcast::<HandshakeData>().ok());
    let agreed = data.and_then(|data| data.protocol);
    let mut known = ALPN.iter();
    known
        .find(|(name, _)| agreed.as_deref() == Some(*name))
        .map_or(Dialect::First, |(_, dialect)| *dialect)
}

/// Tells a box of a session that this process knows nothing of, because the one before it was
/// killed, that it is over (RFC 9000, 10.3): both have the same key.
pub(super) fn endpoint(identity: &Identity) -> quinn::EndpointConfig {
    let secret = identity.key.secret_der();
    let key = blake3::derive_key("ishuri 2026-11 stateless reset", secret);
    let mut config = quinn::EndpointConfig::new(Arc::new(ResetKey(key)));
    config.cid_generator(|| Box::new(AnyId));
    config
}

/// The usual ones carry a mark of the process that made them, and the next process would not answer
/// to them at all.
#[derive(Debug)]
struct AnyId;

const ID_BYTES: usize = 8;

impl ConnectionIdGenerator for AnyId {
    fn generate_cid(&mut self) -> ConnectionId {
        // The lower half of such an identifier counts and is random.
        ConnectionId::new(&uuid::Uuid::now_v7().as_bytes()[16 - ID_BYTES..])
    }

    fn cid_len(&self) -> usize {
        ID_BYTES
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

struct ResetKey([u8; 32]);

impl HmacKey for ResetKey {
    fn sign(&self, data: &[u8], signature_out: &mut [u8]) {
        let signature = blake3::keyed_hash(&self.0, data);
        signature_out.copy_from_slice(&signature.as_bytes()[..signature_out.len()]);
    }

    fn signature_len(&self) -> usize {
        blake3::OUT_LEN
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        // `Hash` compares in constant time.
        let signature: [u8; blake3::OUT_LEN] = signature.try_into().map_err(|_| CryptoError)?;
        let same = blake3::keyed_hash(&self.0, data) == signature;
        same.then_some(()).ok_or(CryptoError)
    }
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
    config.alpn_protocols = alpn();
    // A kept session would skip the check of the certificate, and does not outlive a reboot.
    config.resumption = rustls::client::Resumption::disabled();
    let config =
        QuicClientConfig::try_from(config).map_err(|error| LinkError::Tls(error.to_string()))?;
    let mut config = quinn::ClientConfig::new(Arc::new(config));
    let mut transport = transport(profile);
    transport.keep_alive_interval(Some(ASK));
    config.transport_config(Arc::new(transport));
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
    config.alpn_protocols = alpn();
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
