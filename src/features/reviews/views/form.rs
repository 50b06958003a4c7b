//! The form that starts a review.

use askama::Template;
use uuid::Uuid;

use super::super::model::{Begun, ReviewKind, ReviewReason, Typed};
use super::super::queries::start::Offer;
use crate::audit::Actor;
use crate::clock;
use crate::web::{Chrome, Errors};

/// The form.
#[derive(Template)]
#[template(path = "reviews/new.html")]
pub struct FormPage {
    chrome: Chrome,
    errors: Errors,
    key: Uuid,
    kind: ReviewKind,
    hidden: Vec<(&'static str, String)>,
    about: Vec<(&'static str, String, String)>,
    typed: Typed,
    reasons: Vec<(&'static str, &'static str)>,
    latest: String,
    back: String,
}

impl FormPage {
    /// The form as it is first shown, or as it comes back.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        begun: Begun,
        offer: Offer,
        key: Uuid,
        typed: Typed,
        errors: Errors,
    ) -> Self {
        let named = [
            ("patient", "Patient", "/patients", offer.patient),
            ("person", "Workforce member", "/people", offer.person),
            ("complaint", "Complaint", "/complaints", offer.complaint),
        ];
        let about: Vec<_> = named
            .into_iter()
            .filter_map(|(_, label, path, named)| named.map(|(id, name)| (label, format!("{path}/{id}"), name)))
            .collect();
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let mut hidden = vec![
            ("patient", id(begun.patient)),
            ("person", id(begun.person)),
            ("complaint", id(begun.complaint)),
            ("kind", begun.kind.as_str().to_owned()),
        ];
        hidden.retain(|(_, value)| !value.is_empty());
        let back = match begun.kind {
            ReviewKind::WatchList => "/watch-list".to_owned(),
            ReviewKind::Complaint => about.last().map_or_else(|| "/complaints".to_owned(), |(_, href, _)| href.clone()),
            ReviewKind::Patient | ReviewKind::Person => {
                about.first().map_or_else(|| "/reviews".to_owned(), |(_, href, _)| href.clone())
            }
        };
        Self {
            chrome,
            errors,
            key,
            kind: begun.kind,
            hidden,
            about,
            typed,
            reasons: ReviewReason::ALL.iter().map(|reason| (reason.as_str(), reason.label())).collect(),
            latest: clock::today_in(&actor.identity().time_zone).to_string(),
            back,
        }
    }
}
