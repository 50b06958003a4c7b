//! The form to ask about a case.

use askama::Template;
use uuid::Uuid;

use super::super::model::{AskForm, Choice, due_between, due_by_default};
use super::super::queries::ask::Offer;
use crate::audit::Actor;
use crate::clock;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};
use crate::words::{AccessQuestion, Addressee, resource_label};

/// The page.
#[derive(Template)]
#[template(path = "questions/ask.html")]
pub struct AskPage {
    chrome: Chrome,
    errors: Errors,
    case: Uuid,
    number: i64,
    subject: String,
    record: &'static str,
    place: String,
    at: Instant,
    choices: Vec<Choice>,
    /// Why there is no form.
    closed: Option<&'static str>,
    questions: Vec<(&'static str, &'static str)>,
    typed: AskForm,
    earliest: String,
    latest: String,
}

impl AskPage {
    /// The form as it opens: the first who can be asked, and a week.
    #[must_use]
    pub fn fresh(chrome: Chrome, actor: &Actor, case: Uuid, offer: Offer) -> Self {
        let today = clock::today_in(&actor.identity().time_zone);
        let free = offer.choices.iter().find(|choice| choice.blocked().is_none());
        let typed = AskForm {
            to: free.map(|choice| choice.addressee.as_str().to_owned()).unwrap_or_default(),
            due: due_by_default(today).to_string(),
            ..AskForm::default()
        };
        Self::again(chrome, actor, case, offer, typed, Errors::new())
    }

    /// The form as it comes back: everything typed is still there.
    #[must_use]
    pub fn again(chrome: Chrome, actor: &Actor, case: Uuid, offer: Offer, typed: AskForm, errors: Errors) -> Self {
        let organisation_zone = &actor.identity().time_zone;
        let (earliest, latest) = due_between(clock::today_in(organisation_zone));
        Self {
            chrome,
            errors,
            case,
            number: offer.number,
            subject: offer.subject.unwrap_or_else(|| "Nobody is known".to_owned()),
            record: resource_label(&offer.resource_type),
            place: offer.facility.unwrap_or_else(|| "No facility named".to_owned()),
            at: time::instant(
                offer.first_action_at,
                clock::zone(offer.time_zone.as_deref().unwrap_or(organisation_zone)),
            ),
            choices: offer.choices,
            closed: offer.closed.map(super::super::model::Closed::sentence),
            questions: AccessQuestion::ALL.iter().map(|question| (question.as_str(), question.label())).collect(),
            typed,
            earliest: earliest.to_string(),
            latest: latest.to_string(),
        }
    }

    /// Whether nobody can be asked just now.
    #[must_use]
    fn nobody_is_free(&self) -> bool {
        self.choices.iter().all(|choice| choice.blocked().is_some())
    }

    /// Whether the supervisor of the day is known.
    #[must_use]
    fn has_supervisor(&self) -> bool {
        self.choices.iter().any(|choice| choice.addressee == Addressee::Supervisor)
    }
}
