//! Acts beside the rules: "Flag for review" on an access row, and the watch list on a patient's page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use askama::Template;
use serde::Deserialize;

use super::queries::by_hand::{self, Access};
use crate::audit::{Actor, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors, Id, Place, forms, html};
use crate::words::{AccessType, FlagReason, WatchReason, pseudonym, resource_label};

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Posted {
    #[serde(default)]
    source: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
}

/// What it says, once it can be accepted.
#[derive(Debug, PartialEq, Eq)]
struct Checked {
    reported: bool,
    reason: FlagReason,
    note: Option<String>,
}

impl Posted {
    fn check(&self) -> Result<Checked, Errors> {
        let mut errors = Errors::new();
        let reported = match self.source.as_str() {
            "seen" => Some(false),
            "reported" => Some(true),
            _ => None,
        };
        if reported.is_none() {
            errors.add("source", "Say whether it was seen here or reported");
        }
        let reason = FlagReason::parse(&self.reason).filter(|reason| reason.by_hand());
        if reason.is_none() {
            errors.add("reason", "Choose a reason");
        }
        let note = forms::line(&self.note);
        if note.chars().count() > 500 {
            errors.add("note", "Shorten the note to 500 characters");
        }
        if reason == Some(FlagReason::Other) && note.is_empty() {
            errors.add("note", "Say what in the note");
        }
        match (reported, reason, errors.is_empty()) {
            (Some(reported), Some(reason), true) => {
                Ok(Checked { reported, reason, note: Some(note).filter(|note| !note.is_empty()) })
            }
            _ => Err(errors),
        }
    }
}

/// The form.
#[derive(Template)]
#[template(path = "rules/flag.html")]
struct FlagPage {
    chrome: Chrome,
    errors: Errors,
    typed: Posted,
    href: String,
    who: String,
    what: String,
    patient: String,
    at: Instant,
    reasons: Vec<(&'static str, &'static str)>,
}

impl FlagPage {
    fn new(chrome: Chrome, actor: &Actor, access: &Access, typed: Posted, errors: Errors) -> Self {
        let zone = clock::zone(access.time_zone.as_deref().unwrap_or(&actor.identity().time_zone));
        let patient = access.source_patient_id.clone().or_else(|| access.patient_id.map(pseudonym));
        let verb = AccessType::parse(&access.access_type).map_or("Used", AccessType::label);
        Self {
            chrome,
            errors,
            typed,
            href: format!("/access-logs/rows/{}/flag", access.id),
            who: access.full_name.clone().or_else(|| access.vendor.clone()).unwrap_or_else(|| access.login.clone()),
            what: format!("{verb} · {}", resource_label(&access.resource_type)),
            patient: patient.unwrap_or_else(|| "No patient named".to_owned()),
            at: time::instant(access.action_at, zone),
            reasons: FlagReason::ALL
                .iter()
                .filter(|reason| reason.by_hand())
                .map(|reason| (reason.as_str(), reason.label()))
                .collect(),
        }
    }
}

async fn read(db: &Db, actor: &Actor, id: Id) -> Result<(Frame, Access), AppError> {
    db.read(actor.does(Action::AccessFlagFormRead).on(id.0), async |tx| {
        let access = by_hand::access(tx, id.0, actor.id()).await?;
        tx.shown("access_log", &[id.0]).await?;
        Ok((tx.frame().await?, access))
    })
    .await
}

/// `GET /access-logs/rows/{id}/flag`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let (frame, access) = read(&db, &actor, id).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    html::ok(FlagPage::new(chrome, &actor, &access, Posted::default(), Errors::new()))
}

/// `POST /access-logs/rows/{id}/flag`
pub async fn flag(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    posted: Form<Posted>,
) -> Result<HttpResponse, AppError> {
    let intent = || actor.does(Action::AccessFlagCreate).on(id.0);
    match posted.check() {
        Ok(checked) => {
            let (case, number) = db
                .change(actor.does(Action::AccessFlagFormRead).on(id.0), intent(), async |tx| {
                    let access = by_hand::access(tx, id.0, actor.id()).await?;
                    let (source, note) = (checked.reported, checked.note.as_deref());
                    by_hand::flag(tx, &access, source, checked.reason, note, actor.request_id()).await
                })
                .await?;
            Ok(flash::tell(html::see(&format!("/access-logs/cases/{case}")), Done::AccessFlagged(number)))
        }
        Err(errors) => {
            db.refuse_form(&intent()).await?;
            let (frame, access) = read(&db, &actor, id).await?;
            let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
            let page = FlagPage::new(chrome, &actor, &access, posted.into_inner(), errors);
            html::with(StatusCode::UNPROCESSABLE_ENTITY, page)
        }
    }
}

/// The small form on a patient's page.
#[derive(Debug, Deserialize)]
pub struct WatchForm {
    watched: bool,
    reason: String,
}

/// `POST /patients/{id}/watch`
pub async fn watch(actor: Actor, db: Data<Db>, id: Id, form: Form<WatchForm>) -> Result<HttpResponse, AppError> {
    let action = if form.watched { Action::PatientWatchUpdate } else { Action::PatientWatchEnd };
    let intent = || actor.does(action).on(id.0);
    let Some(reason) = WatchReason::parse(&form.reason) else {
        db.refuse_form(&intent()).await?;
        return Err(AppError::Invalid("Choose a reason from the list".to_owned()));
    };
    db.change(actor.does(Action::PatientRead).on(id.0), intent(), async |tx| {
        by_hand::watch(tx, id.0, form.watched, reason, actor.request_id()).await
    })
    .await?;
    Ok(flash::tell(html::see(&format!("/patients/{}", id.0)), Done::WatchChanged(form.watched)))
}

#[cfg(test)]
mod tests {
    use super::Posted;

    fn posted(source: &str, reason: &str, note: &str) -> Posted {
        Posted { source: source.into(), reason: reason.into(), note: note.into() }
    }

    #[test]
    fn a_reason_comes_from_the_list_and_other_needs_a_note() {
        assert!(posted("seen", "no_task", "").check().is_ok());
        assert!(posted("reported", "other", "A neighbor called").check().is_ok());
        for bad in [posted("", "no_task", ""), posted("seen", "gossip", ""), posted("seen", "other", " \n")] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        assert!(posted("seen", "no_task", &"x".repeat(501)).check().is_err());
    }
}
