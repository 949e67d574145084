//! Which page is which.

use super::super::ask::Ask;
use super::super::routes::Page;
use super::super::view::View;
use super::{boxes, help, learner, log, overview, user_list};
use crate::store::StoreError;

/// What a page shows.
pub(in super::super) async fn view(page: Page, ask: &Ask) -> Result<Option<View>, StoreError> {
    match page {
        Page::Overview => overview::view(ask, &ask.viewer.place_id).await,
        Page::Place => overview::view(ask, &ask.id).await,
        Page::Learner => learner::view(ask).await,
        Page::Help => help::view(ask).await.map(Some),
        Page::Boxes => boxes::view(ask).await.map(Some),
        Page::Users => user_list::view(ask).await.map(Some),
        Page::Audit => log::view(ask).await.map(Some),
        Page::Children => learner::children(ask).await.map(Some),
    }
}
