//! The form that corrects who somebody is, beside what somebody else made of it meanwhile.

use askama::Template;

use super::super::form::DetailsForm;
use super::super::queries::one::Details;
use crate::audit::Actor;
use crate::clock;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};

/// The page.
#[derive(Template)]
#[template(path = "accounts/edit.html")]
pub struct EditPage {
    chrome: Chrome,
    account: Details,
    typed: DetailsForm,
    /// It was changed after this form was opened.
    meanwhile: bool,
    changed: Option<Instant>,
    own: bool,
    errors: Errors,
}

impl EditPage {
    /// Fresh, or as it came back. The next save replaces what this page shows as standing, and nothing newer.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, account: Details, typed: Option<DetailsForm>, errors: Errors) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let meanwhile = typed.as_ref().is_some_and(|typed| typed.version != account.version);
        let typed = typed.unwrap_or_else(|| DetailsForm {
            full_name: account.full_name.clone(),
            email: account.email.clone().unwrap_or_default(),
            username: account.username.clone(),
            version: account.version,
        });
        Self {
            own: account.id == actor.id(),
            changed: account.changed_at.map(|at| time::instant(at, zone)),
            chrome,
            account,
            typed,
            meanwhile,
            errors,
        }
    }
}
