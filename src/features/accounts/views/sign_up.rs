//! A request for an account, beside whom of the roster it may be.

use askama::Template;
use uuid::Uuid;

use super::super::queries::sign_ups::{Match, SignUp};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::time::{self, Instant};
use crate::words::{SignUpReason, SignUpState};

/// The page.
#[derive(Template)]
#[template(path = "accounts/sign_up.html")]
pub struct SignUpPage {
    chrome: Chrome,
    request: SignUp,
    asked: Instant,
    state: Option<SignUpState>,
    reason: Option<&'static str>,
    decided: Option<Instant>,
    candidates: Vec<Candidate>,
    /// Whether a new person can be made: nobody is known by the number or the address.
    can_be_new: bool,
    username_taken: bool,
    may_decide: bool,
    reasons: &'static [SignUpReason],
}

/// Somebody it may be.
pub struct Candidate {
    pub id: Uuid,
    pub name: String,
    /// `by employee number and e-mail`
    pub by: String,
    pub has_account: bool,
}

/// Those known by number or address; somebody who only has the same user name is no candidate.
#[must_use]
pub fn candidates(matches: Vec<Match>) -> Vec<Candidate> {
    let same_person = matches.into_iter().filter(|person| person.by_number || person.by_email);
    same_person
        .map(|person| Candidate {
            id: person.id,
            name: person.full_name,
            by: match (person.by_number, person.by_email) {
                (true, true) => "same employee number and e-mail",
                (true, false) => "same employee number",
                _ => "same e-mail",
            }
            .to_owned(),
            has_account: person.has_account,
        })
        .collect()
}

impl SignUpPage {
    /// The page of a request.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, request: SignUp, matches: Vec<Match>) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let username_taken = matches.iter().any(|person| person.by_username && person.has_account);
        let candidates = candidates(matches);
        let state = SignUpState::parse(&request.state);
        Self {
            asked: time::instant(request.created_at, zone),
            decided: request.decided_at.map(|at| time::instant(at, zone)),
            reason: request.reason.as_deref().and_then(SignUpReason::parse).map(SignUpReason::label),
            can_be_new: candidates.is_empty(),
            username_taken,
            may_decide: state == Some(SignUpState::Waiting) && may(actor.role(), Action::SignUpApprove),
            reasons: SignUpReason::ALL,
            chrome,
            request,
            state,
            candidates,
        }
    }
}
