//! The list of imports.

use askama::Template;

use super::super::queries::pages::{BatchRow, Source};
use super::{Batch, zone_of};
use crate::audit::Actor;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::list::List;
use crate::web::time::zone_words;

/// What the list was read with.
pub(in crate::features::imports) struct Listed {
    /// The page's imports.
    pub batches: Vec<BatchRow>,
    /// Whether more follow.
    pub more: bool,
    /// Every source.
    pub sources: Vec<Source>,
}

/// `GET /imports`
#[derive(Template)]
#[template(path = "imports/list.html", blocks = ["list"])]
pub(in crate::features::imports) struct ListPage {
    chrome: Chrome,
    list: List,
    zone_words: String,
    batches: Vec<Batch>,
    next: Option<String>,
    shown: String,
    may_import: bool,
    may_export: bool,
}

impl ListPage {
    /// One page.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List, listed: Listed) -> Self {
        let zone = zone_of(actor);
        let sources = listed.sources.into_iter().map(|source| (source.id, source.name)).collect();
        Self {
            chrome,
            zone_words: format!("Times in {}", zone_words(zone)),
            shown: format!("{} shown, newest first", listed.batches.len()),
            next: list.next(listed.more, listed.batches.last().map(|batch| batch.id)),
            batches: listed.batches.iter().map(|batch| Batch::of(batch, zone)).collect(),
            list: list.offer("source", sources),
            may_import: may(actor.role(), Action::ImportCreate),
            may_export: may(actor.role(), Action::ImportListExport),
        }
    }
}
