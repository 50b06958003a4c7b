//! The form of a new complaint.

use askama::Template;
use uuid::Uuid;

use super::super::model::{Channel, Complainant, ComplaintKind, Typed};
use super::super::queries::form::Offer;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Scope, scope_for};
use crate::web::{Chrome, Errors};

/// The form.
#[derive(Template)]
#[template(path = "complaints/new.html")]
pub struct FormPage {
    chrome: Chrome,
    errors: Errors,
    key: Uuid,
    typed: Typed,
    facilities: Vec<(String, String)>,
    owners: Vec<(String, String)>,
    anywhere: bool,
    today: String,
}

/// Records as a select's options.
pub(super) fn options(records: Vec<(Uuid, String)>) -> Vec<(String, String)> {
    records.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
}

impl FormPage {
    /// The form as it is first shown, or as it comes back.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, offer: Offer, key: Uuid, mut typed: Typed, errors: Errors) -> Self {
        // whoever has one facility need not choose it
        if let ([(only, _)], true) = (&*offer.facilities, errors.is_empty()) {
            typed.facility = only.to_string();
        }
        Self {
            chrome,
            errors,
            key,
            typed,
            facilities: options(offer.facilities),
            owners: options(offer.owners),
            anywhere: scope_for(actor.role(), Action::ComplaintFormRead) == Some(Scope::All),
            today: clock::today_in(&actor.identity().time_zone).to_string(),
        }
    }
}
