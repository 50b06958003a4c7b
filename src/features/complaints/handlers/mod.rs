//! The pages of complaints.

pub mod list;
pub mod page;
pub mod record;

use super::model::Choices;
use super::queries::form::Offer;
use crate::audit::Actor;
use crate::policy::{Action, Scope, scope_for};

/// Whether the reader sees the whole workforce and every facility.
fn everybody(actor: &Actor) -> bool {
    scope_for(actor.role(), Action::ComplaintFormRead) == Some(Scope::All)
}

/// What a form may name.
fn choices<'a>(actor: &Actor, offer: &'a Offer) -> Choices<'a> {
    Choices { facilities: &offer.facilities, owners: &offer.owners, anywhere: everybody(actor) }
}
