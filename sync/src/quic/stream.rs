//! Messages on streams.

use quinn::{RecvStream, SendStream};

use crate::lane::Lane;
use crate::limits::HEADER_BYTES;
use crate::message::{Message, MessageError};

/// Why a link does not carry messages.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Keys or certificates do not fit.
    #[error("set up the link: {0}")]
    Tls(String),
    /// No socket.
    #[error("open a socket at {at}: {source}")]
    Socket {
        /// Where.
        at: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The other end cannot be reached or is gone.
    #[error("reach the other end: {0}")]
    Lost(String),
    /// The other end says what is not a message.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// The stream of a message: 0 for the talk about the session, one for each lane after it.
pub(super) fn channel(message: &Message) -> usize {
    let lane = |lane: Lane| 1 + usize::from(lane.number());
    match message {
        Message::Batch(batch) => lane(batch.lane),
        Message::Single(single) => lane(single.lane),
        Message::Ack(ack) => lane(ack.lane),
        Message::Refuse(refuse) => lane(refuse.lane),
        Message::Hello(_) | Message::Welcome(_) | Message::Ready(_) | Message::Wait(_) => 0,
    }
}

pub(super) const CHANNELS: usize = 1 + Lane::ALL.len();

/// The next message of a stream; `None` at its end.
pub(super) async fn read(stream: &mut RecvStream) -> Result<Option<Message>, LinkError> {
    let mut bytes = vec![0; HEADER_BYTES];
    match stream.read_exact(&mut bytes).await {
        Ok(()) => {}
        Err(quinn::ReadExactError::FinishedEarly(0)) => return Ok(None),
        Err(error) => return Err(LinkError::Lost(error.to_string())),
    }
    let header = bytes.first_chunk().expect("read to exactly this length");
    let length = Message::body_bytes(header)?;
    bytes.resize(HEADER_BYTES + length, 0);
    let body = stream.read_exact(&mut bytes[HEADER_BYTES..]).await;
    body.map_err(|error| LinkError::Lost(error.to_string()))?;
    Ok(Some(Message::from_bytes(&bytes)?))
}

pub(super) async fn write(stream: &mut SendStream, message: &Message) -> Result<(), LinkError> {
    let bytes = message.to_bytes()?;
    let written = stream.write_all(&bytes).await;
    written.map_err(|error| LinkError::Lost(error.to_string()))
}

/// Urgent lanes first, where the link is the narrow place.
pub(super) fn priority(channel: usize) -> i32 {
    CHANNELS as i32 - channel as i32
}
