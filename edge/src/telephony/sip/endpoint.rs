//! Opens the trunk: sockets, the SIP library, and the tasks that serve it.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::Method;
use rsipstack::transaction::Endpoint;
use rsipstack::transaction::endpoint::EndpointOption;
use rsipstack::transport::transport_layer::DomainResolver;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, TcpListenerConnection, TransportLayer};
use tokio_util::sync::CancellationToken;

use crate::telephony::config::{ConfigError, SipConfig};
use crate::telephony::counts::Counts;
use crate::telephony::lines::Lines;
use crate::telephony::trunk::{Exchange, Trunk};

use super::dialling;
use super::gate::Gate;
use super::registering;
use super::requests;

/// How long the last answers and the farewell to the registrar may take.
const FAREWELL_MAX: Duration = Duration::from_secs(5);

/// Tries to find a port that is free for UDP and TCP.
const TRIES_MAX: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum SipError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("listen for calls on {bind}")]
    Listen {
        bind: SocketAddr,
        source: std::io::Error,
    },
    #[error("listen for calls on {bind}: {reason}")]
    Stack { bind: SocketAddr, reason: String },
}

/// What every task of the trunk shares.
pub(super) struct Shared {
    pub(super) layer: Arc<DialogLayer>,
    pub(super) gate: Gate,
    pub(super) lines: Lines,
    pub(super) counts: Counts,
    /// Where we listen.
    pub(super) port: u16,
    pub(super) rings: tokio::sync::mpsc::Sender<crate::telephony::line::Ring>,
    pub(super) turned_away: tokio::sync::mpsc::Sender<crate::telephony::trunk::TurnedAway>,
    pub(super) closing: CancellationToken,
    pub(super) calls: tokio_util::task::TaskTracker,
}

/// Opens a trunk: listens, registers if told to, and takes and places calls until it is closed.
///
/// # Errors
/// [`SipError`] when the configuration cannot work or its port is taken.
pub async fn open(config: &SipConfig, lines: Lines, counts: Counts) -> Result<Trunk, SipError> {
    config.check()?;
    let stopping = CancellationToken::new();
    let gate = Gate::new(config);
    let (transports, address) = listen(config, &gate, &counts, &stopping).await?;
    let endpoint = endpoint(transports, &stopping);
    let (trunk, exchange) = Trunk::open(address);
    let Exchange {
        rings,
        turned_away,
        dials,
        closing,
        calls,
    } = exchange;
    let shared = Arc::new(Shared {
        layer: Arc::new(DialogLayer::new(Arc::clone(&endpoint.inner))),
        gate,
        lines,
        counts,
        port: address.port(),
        rings,
        turned_away,
        closing,
        calls,
    });
    let incoming = endpoint
        .incoming_transactions()
        .map_err(|error| SipError::Stack {
            bind: config.bind,
            reason: error.to_string(),
        })?;
    tokio::spawn(async move { endpoint.serve().await });
    tokio::spawn(requests::serve(Arc::clone(&shared), incoming));
    tokio::spawn(dialling::serve(Arc::clone(&shared), dials));
    let registering = tokio::spawn(registering::keep(Arc::clone(&shared)));
    tokio::spawn(stop(shared, registering, stopping));
    Ok(trunk)
}

/// Stops the endpoint after the trunk has closed and its calls have ended.
async fn stop(
    shared: Arc<Shared>,
    registering: tokio::task::JoinHandle<()>,
    stopping: CancellationToken,
) {
    shared.closing.cancelled().await;
    shared.calls.close();
    shared.calls.wait().await;
    // It ends by itself once the trunk closes; an unreachable registrar is not waited for.
    let _ = tokio::time::timeout(FAREWELL_MAX, registering).await;
    stopping.cancel();
}

async fn listen(
    config: &SipConfig,
    gate: &Gate,
    counts: &Counts,
    stopping: &CancellationToken,
) -> Result<(TransportLayer, SocketAddr), SipError> {
    let bind = config.bind;
    let failed = |reason: rsipstack::Error| SipError::Stack {
        bind,
        reason: reason.to_string(),
    };
    let mut tries = 0;
    let (udp, address, external) = loop {
        tries += 1;
        // The library only logs that it cannot listen on TCP, so it is tried here first.
        let tcp = std::net::TcpListener::bind(bind)
            .and_then(|listener| listener.local_addr())
            .map_err(|source| SipError::Listen { bind, source })?;
        let external = config
            .public_address
            .map(|public| SocketAddr::new(public, tcp.port()));
        let token = Some(stopping.child_token());
        match UdpConnection::create_connection(tcp, external, token).await {
            Ok(udp) => break (udp, tcp, external),
            Err(_) if bind.port() == 0 && tries < TRIES_MAX => {}
            Err(error) => return Err(failed(error)),
        }
    };
    let tcp = TcpListenerConnection::new(address, external)
        .await
        .map_err(failed)?;
    let transports = TransportLayer::new_with_domain_resolver(stopping.clone(), Box::new(NoNames));
    let (gate, uninvited) = (gate.clone(), counts.uninvited.clone());
    transports.set_whitelist(move |address| {
        let admitted = gate.admits(address);
        if !admitted {
            uninvited.inc();
        }
        std::future::ready(admitted)
    });
    transports.add_transport(udp.into());
    transports.add_transport(tcp.into());
    Ok((transports, address))
}

fn endpoint(transports: TransportLayer, stopping: &CancellationToken) -> Endpoint {
    // Without a suffix of our own the library writes its maker's name into every call.
    let option = EndpointOption {
        callid_suffix: Some("ishuri".to_owned()),
        ..EndpointOption::default()
    };
    EndpointBuilder::new()
        .with_user_agent("ishuri")
        .with_option(option)
        .with_transport_layer(transports)
        .with_cancel_token(stopping.clone())
        .with_allows(ALLOWED.to_vec())
        .build()
}

/// What we understand.
pub(super) const ALLOWED: [Method; 7] = [
    Method::Invite,
    Method::Ack,
    Method::Bye,
    Method::Cancel,
    Method::Options,
    Method::Info,
    Method::Update,
];

/// Resolves no name: the box has no need of DNS, and a name in somebody's header must not make
/// signalling wait for one.
struct NoNames;

impl DomainResolver for NoNames {
    fn resolve<'a, 'b, 'c>(
        &'a self,
        target: &'b SipAddr,
    ) -> Pin<Box<dyn Future<Output = rsipstack::Result<SipAddr>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        let refused = rsipstack::Error::DnsResolutionError(target.to_string());
        Box::pin(std::future::ready(Err(refused)))
    }
}
