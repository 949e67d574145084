//! The text desk: intake, tutors and post of one box, open until it closes.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::text::{Texting, Tutors};
use super::{text_intake, text_post};
use crate::telephony::route::{ARRIVALS_MAX, Brought, Intake, Route};

/// A desk that takes messages in, has them answered, and sends the answers.
#[derive(Debug)]
pub struct TextDesk {
    intake: JoinHandle<()>,
    post: JoinHandle<()>,
}

impl TextDesk {
    /// Where routes put what they bring, and what the desk takes from there.
    pub fn counter() -> (Intake, mpsc::Receiver<Brought>) {
        mpsc::channel(ARRIVALS_MAX)
    }

    /// Opens it: messages that waited are answered, letters that waited are sent.
    ///
    /// # Errors
    /// If no threads can be started.
    pub fn open(
        texting: &Texting,
        routes: Vec<Arc<dyn Route>>,
        brought: mpsc::Receiver<Brought>,
        workers: usize,
        closing: &CancellationToken,
    ) -> std::io::Result<Self> {
        let tutors = Tutors::start(texting, workers)?;
        let intake = text_intake::take_in(texting.clone(), tutors, brought, closing.clone());
        let post = text_post::deliver(texting.clone(), routes, closing.clone());
        Ok(Self {
            intake: tokio::spawn(intake),
            post: tokio::spawn(post),
        })
    }

    /// Waits until what was taken in is written down. What waits is answered at the next start.
    pub async fn closed(self) {
        for task in [self.intake, self.post] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the text desk broke off");
            }
        }
    }
}
