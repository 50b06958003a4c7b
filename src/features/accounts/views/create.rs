//! The form of a new account, with the people it may be for.

use askama::Template;

use super::super::form::NewAccountForm;
use super::super::queries::sign_ups::Match;
use super::sign_up::{Candidate, candidates};
use crate::web::{Chrome, Errors};

/// The page.
#[derive(Template)]
#[template(path = "accounts/new.html")]
pub struct NewPage {
    chrome: Chrome,
    typed: NewAccountForm,
    candidates: Vec<Candidate>,
    errors: Errors,
}

impl NewPage {
    /// Fresh, or as it came back.
    #[must_use]
    pub fn new(chrome: Chrome, typed: NewAccountForm, matches: Vec<Match>, errors: Errors) -> Self {
        Self { chrome, typed, candidates: candidates(matches), errors }
    }
}
