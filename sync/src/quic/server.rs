//! The hub's end of connections.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use quinn::{Connection, Endpoint, Incoming, VarInt};
use rustls::pki_types::CertificateDer;
use tokio::sync::mpsc;

use super::identity::{Fingerprint, Identity};
use super::stream::{CHANNELS, LinkError, channel, read, write};
use super::transport::{Profile, endpoint, server};
use crate::message::Message;

/// Takes connections of boxes.
#[derive(Debug)]
pub struct Listener {
    endpoint: Endpoint,
}

/// A connection of a box.
#[derive(Debug)]
pub struct Session {
    connection: Connection,
    peer: Fingerprint,
    heard: mpsc::Receiver<Result<Heard, LinkError>>,
    writers: [Option<mpsc::Sender<Message>>; CHANNELS],
}

/// A message, or a stream on which to answer its kind.
#[derive(Debug)]
enum Heard {
    Message(Message),
    Stream(usize, mpsc::Sender<Message>),
}

/// Messages read ahead of the database. Beyond it nothing is read, and the box's stream fills.
const AHEAD: usize = 8;

impl Listener {
    /// Listens.
    ///
    /// # Errors
    /// If the address is taken or the certificate does not fit.
    pub fn bind(identity: &Identity, at: SocketAddr, profile: Profile) -> Result<Self, LinkError> {
        let taken = |source| LinkError::Socket { at, source };
        let socket = UdpSocket::bind(at).map_err(taken)?;
        let (config, server) = (endpoint(identity), server(identity, profile)?);
        let runtime = Arc::new(quinn::TokioRuntime);
        let endpoint = Endpoint::new(config, Some(server), socket, runtime).map_err(taken)?;
        Ok(Self { endpoint })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the socket is gone.
    pub fn at(&self) -> Result<SocketAddr, LinkError> {
        let lost = |error: std::io::Error| LinkError::Lost(error.to_string());
        self.endpoint.local_addr().map_err(lost)
    }

    /// The next caller, before its handshake; `None` once closed.
    pub async fn accept(&self) -> Option<Calling> {
        self.endpoint.accept().await.map(Calling)
    }

    /// Ends every session and takes no more.
    pub async fn close(self) {
        self.endpoint.close(VarInt::from_u32(0), b"hub stops");
        self.endpoint.wait_idle().await;
    }
}

/// A caller whose certificate is not checked yet.
#[derive(Debug)]
pub struct Calling(Incoming);

impl Calling {
    /// Checks the certificate.
    ///
    /// # Errors
    /// If it is not of our authority or the caller is gone.
    pub async fn greet(self) -> Result<Session, LinkError> {
        let connection = self
            .0
            .await
            .map_err(|error| LinkError::Lost(error.to_string()))?;
        let identity = connection.peer_identity();
        let chain = identity.and_then(|any| any.downcast::<Vec<CertificateDer<'static>>>().ok());
        let certificate = chain.and_then(|chain| chain.first().cloned());
        let certificate = certificate.ok_or_else(|| LinkError::Tls("no certificate".to_owned()))?;
        let (hear, heard) = mpsc::channel(AHEAD);
        let streams = connection.clone();
        tokio::spawn(async move {
            while let Ok((up, down)) = streams.accept_bi().await {
                tokio::spawn(serve(up, down, hear.clone()));
            }
        });
        Ok(Session {
            connection,
            peer: Fingerprint::of(&certificate),
            heard,
            writers: [const { None }; CHANNELS],
        })
    }
}

impl Session {
    /// The caller's certificate.
    pub fn peer(&self) -> Fingerprint {
        self.peer
    }

    /// The box's next message; `None` when it has said farewell. Safe to drop at any time.
    ///
    /// # Errors
    /// If the connection is lost or what comes is not a message.
    pub async fn receive(&mut self) -> Result<Option<Message>, LinkError> {
        loop {
            let heard = tokio::select! {
                biased;
                heard = self.heard.recv() => heard,
                _closed = self.connection.closed() => None,
            };
            match heard {
                None => return Ok(None),
                Some(Ok(Heard::Message(message))) => return Ok(Some(message)),
                Some(Ok(Heard::Stream(channel, writer))) => self.writers[channel] = Some(writer),
                Some(Err(error)) => return Err(error),
            }
        }
    }

    /// Answers on the stream of the message's lane.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn send(&mut self, message: Message) -> Result<(), LinkError> {
        let lost = || LinkError::Lost("no stream to answer on".to_owned());
        let writer = self.writers[channel(&message)].as_ref().ok_or_else(lost)?;
        writer.send(message).await.map_err(|_| lost())
    }

    /// Ends the session.
    pub fn close(self, why: &str) {
        self.connection.close(VarInt::from_u32(1), why.as_bytes());
    }
}

async fn serve(
    mut up: quinn::SendStream,
    mut down: quinn::RecvStream,
    hear: mpsc::Sender<Result<Heard, LinkError>>,
) {
    let (writer, mut answers) = mpsc::channel::<Message>(AHEAD);
    tokio::spawn(async move {
        while let Some(answer) = answers.recv().await {
            if write(&mut up, &answer).await.is_err() {
                return;
            }
        }
    });
    let mut opened = false;
    loop {
        let heard = match read(&mut down).await {
            Ok(None) => return,
            Ok(Some(message)) => Ok(message),
            // The connection's end is told by the connection.
            Err(LinkError::Lost(_)) => return,
            Err(error) => Err(error),
        };
        if let (Ok(message), false) = (&heard, opened) {
            opened = true;
            let stream = Heard::Stream(channel(message), writer.clone());
            if hear.send(Ok(stream)).await.is_err() {
                return;
            }
        }
        let last = heard.is_err();
        if hear.send(heard.map(Heard::Message)).await.is_err() || last {
            return;
        }
    }
}
