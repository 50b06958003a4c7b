//! The form of an answer that was taken by phone.

use askama::Template;
use uuid::Uuid;

use super::super::model::PhoneForm;
use super::super::queries::phone::Offer;
use crate::audit::Actor;
use crate::clock;
use crate::error::AppError;
use crate::web::time;
use crate::web::{Chrome, Errors};
use crate::words::{AccessAnswer, AccessQuestion, Addressee, QuestionState};

/// The page.
#[derive(Template)]
#[template(path = "questions/phone.html")]
pub struct PhonePage {
    chrome: Chrome,
    errors: Errors,
    case: Uuid,
    id: Uuid,
    number: i64,
    to: String,
    question: &'static str,
    line: Option<String>,
    zone: String,
    state: QuestionState,
    speakers: Vec<(String, String)>,
    listeners: Vec<(String, String)>,
    answers: Vec<(&'static str, &'static str)>,
    typed: PhoneForm,
}

impl PhonePage {
    /// The form as it opens: the one who was asked answered just now, to whoever enters it.
    ///
    /// # Errors
    /// When a row holds a word of another release.
    pub fn fresh(chrome: Chrome, actor: &Actor, ids: (Uuid, Uuid), offer: &Offer) -> Result<Self, AppError> {
        let now = clock::now().with_timezone(&clock::zone(&offer.asked.time_zone));
        let typed = PhoneForm {
            by: offer.asked.addressee_id.to_string(),
            taken_by: actor.id().to_string(),
            day: now.format("%Y-%m-%d").to_string(),
            time: now.format("%H:%M").to_string(),
            ..PhoneForm::default()
        };
        Self::again(chrome, ids, offer, typed, Errors::new())
    }

    /// The form as it comes back: everything typed is still there.
    ///
    /// # Errors
    /// When a row holds a word of another release.
    pub fn again(
        chrome: Chrome,
        (case, id): (Uuid, Uuid),
        offer: &Offer,
        typed: PhoneForm,
        errors: Errors,
    ) -> Result<Self, AppError> {
        let asked = &offer.asked;
        let addressee = Addressee::parse(&asked.addressee).ok_or(AppError::Internal("unknown addressee"))?;
        let question = AccessQuestion::parse(&asked.question).ok_or(AppError::Internal("unknown question"))?;
        let people =
            |people: Vec<(Uuid, String)>| people.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        Ok(Self {
            chrome,
            errors,
            case,
            id,
            number: asked.number,
            to: asked.addressee_name.clone(),
            question: question.put_to(addressee),
            line: asked.line.clone(),
            zone: time::zone_words(clock::zone(&asked.time_zone)),
            state: QuestionState::parse(&asked.state).ok_or(AppError::Internal("unknown state"))?,
            speakers: people(offer.speakers()),
            listeners: people(offer.listeners.clone()),
            answers: AccessAnswer::ALL.iter().map(|answer| (answer.as_str(), answer.said_by(addressee))).collect(),
            typed,
        })
    }
}
