//! The box's end of a connection.

use std::net::SocketAddr;
use std::time::Duration;

use quinn::{Connection, Endpoint, VarInt};
use tokio::sync::mpsc;

use super::identity::{HUB_NAME, Identity};
use super::stream::{CHANNELS, LinkError, channel, priority, read, write};
use super::transport::{Profile, any_port, client, dialect};
use crate::batch::Dialect;
use crate::limits::FLIGHTS_MAX;
use crate::message::Message;

/// A connection to the hub.
#[derive(Debug)]
pub struct Link {
    endpoint: Endpoint,
    connection: Connection,
    writers: [Option<mpsc::Sender<Message>>; CHANNELS],
    heard: mpsc::Receiver<Result<Message, LinkError>>,
    hear: mpsc::Sender<Result<Message, LinkError>>,
}

/// How long the last packets may take to leave.
const CLOSE: Duration = Duration::from_secs(3);

/// Connects to the hub.
///
/// # Errors
/// If it cannot be reached, or is not of the authority the box trusts.
pub async fn connect(
    identity: &Identity,
    hub: SocketAddr,
    profile: Profile,
) -> Result<Link, LinkError> {
    let at = any_port(hub);
    let endpoint = Endpoint::client(at).map_err(|source| LinkError::Socket { at, source })?;
    let lost = |error: &dyn std::error::Error| LinkError::Lost(error.to_string());
    let connecting = endpoint
        .connect_with(client(identity, profile)?, hub, HUB_NAME)
        .map_err(|error| lost(&error))?;
    let connection = connecting.await.map_err(|error| lost(&error))?;
    let (hear, heard) = mpsc::channel(FLIGHTS_MAX);
    Ok(Link {
        endpoint,
        connection,
        writers: [const { None }; CHANNELS],
        heard,
        hear,
    })
}

impl Link {
    /// Which codings the hub reads.
    pub fn dialect(&self) -> Dialect {
        dialect(&self.connection)
    }

    /// Sends a message on its lane's stream; does not wait until it has left.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn send(&mut self, message: Message) -> Result<(), LinkError> {
        let channel = channel(&message);
        if self.writers[channel].is_none() {
            self.writers[channel] = Some(self.open(channel).await?);
        }
        let writer = self.writers[channel].as_ref();
        let sent = match writer {
            Some(writer) => writer.send(message).await.is_ok(),
            None => false,
        };
        if sent { Ok(()) } else { Err(self.lost()) }
    }

    /// The hub's next message. Safe to drop at any time.
    ///
    /// # Errors
    /// If the connection is lost or what comes is not a message.
    pub async fn receive(&mut self) -> Result<Message, LinkError> {
        tokio::select! {
            biased;
            heard = self.heard.recv() => heard.unwrap_or_else(|| Err(self.lost())),
            error = self.connection.closed() => Err(LinkError::Lost(error.to_string())),
        }
    }

    /// Ends the session; everything was acknowledged, so nothing is waited for but the farewell.
    pub async fn close(self) {
        self.connection.close(VarInt::from_u32(0), b"");
        // Without an answer the other end forgets us by itself.
        let _gone = tokio::time::timeout(CLOSE, self.endpoint.wait_idle()).await;
    }

    async fn open(&self, channel: usize) -> Result<mpsc::Sender<Message>, LinkError> {
        let opened = self.connection.open_bi().await;
        let (mut up, mut down) = opened.map_err(|error| LinkError::Lost(error.to_string()))?;
        // Fails only on a stream that is closed already.
        let _closed = up.set_priority(priority(channel));
        let hear = self.hear.clone();
        tokio::spawn(async move {
            loop {
                let message = match read(&mut down).await {
                    Ok(None) => return,
                    Ok(Some(message)) => Ok(message),
                    Err(error) => Err(error),
                };
                let last = message.is_err();
                if hear.send(message).await.is_err() || last {
                    return;
                }
            }
        });
        let (writer, mut messages) = mpsc::channel::<Message>(2 * FLIGHTS_MAX);
        tokio::spawn(async move {
            while let Some(message) = messages.recv().await {
                if write(&mut up, &message).await.is_err() {
                    return;
                }
            }
        });
        Ok(writer)
    }

    fn lost(&self) -> LinkError {
        let reason = self.connection.close_reason();
        LinkError::Lost(reason.map_or_else(|| "closed".to_owned(), |reason| reason.to_string()))
    }
}
