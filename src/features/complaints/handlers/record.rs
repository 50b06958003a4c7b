//! The form of a new complaint, and its post.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::super::model::{NewComplaint, Obstacle, Typed};
use super::super::queries::{act, form as asking};
use super::super::views::form::FormPage;
use super::{choices, everybody};
use crate::audit::{Actor, AuditedTx, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Place, filters, html};
use crate::words::ReviewDone;

/// Whom a page already knows that it is about.
#[derive(Deserialize)]
pub struct About {
    patient: Option<String>,
    person: Option<String>,
}

impl About {
    fn read(&self) -> Result<(Option<Uuid>, Option<Uuid>), AppError> {
        Ok((filters::id("Patient", self.patient.as_deref())?, filters::id("Person", self.person.as_deref())?))
    }
}

/// What the form shows, under its own event; with the employee number of whom it begins about.
async fn prepare(
    db: &Db,
    actor: &Actor,
    person: Option<Uuid>,
) -> Result<(Frame, asking::Offer, Option<String>), AppError> {
    db.read(actor.does(Action::ComplaintFormRead), async |tx| {
        let number = match person {
            Some(person) => asking::number_of(tx, person, everybody(actor)).await?,
            None => None,
        };
        tx.shown("person", &person.into_iter().collect::<Vec<_>>()).await?;
        Ok((tx.frame().await?, asking::offer(tx).await?, number))
    })
    .await
}

/// `GET /complaints/new`, `?patient=…`, `?person=…`
pub async fn form(actor: Actor, db: Data<Db>, here: Here, about: Query<About>) -> Result<HttpResponse, AppError> {
    let (patient, person) = filters::accepted(&db, actor.does(Action::ComplaintFormRead), about.read()).await?;
    let (frame, offer, number) = prepare(&db, &actor, person).await?;
    let chrome = Chrome::new(&actor, Place::Complaints, here, &frame);
    let typed = Typed::fresh(clock::today_in(&actor.identity().time_zone), patient, number, actor.id());
    html::ok(FormPage::new(chrome, &actor, offer, Uuid::now_v7(), typed, Errors::new()))
}

/// The complaint once every field is right, with the person it names; or what is wrong.
async fn checked(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    typed: &Typed,
) -> Result<Result<(NewComplaint, Option<Uuid>), Errors>, AppError> {
    let offer = asking::offer(tx).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    let new = match typed.check(today, &choices(actor, &offer)) {
        Ok(new) => new,
        Err(errors) => return Ok(Err(errors)),
    };
    if let Err(obstacle) = asking::patient(tx, new.about.patient).await? {
        return Ok(Err(obstacle.errors()));
    }
    let person = asking::employee(tx, new.about.employee.as_deref(), everybody(actor)).await?;
    Ok(person.map(|person| (new, person)).map_err(Obstacle::errors))
}

/// `POST /complaints`
pub async fn record(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let key = filters::accepted(&db, actor.does(Action::ComplaintRecord), form_key(&pairs)).await?;
    let (id, typed) = (Uuid::now_v7(), Typed::parse(&pairs));
    let (mut first, mut refused) = (None, None);
    let (reads, writes) = (actor.does(Action::ComplaintFormRead), actor.does(Action::ComplaintRecord).on(id));
    let recorded = db
        .change(reads, writes, async |tx| {
            first = tx.made_before("complaint", actor.id(), key, id).await?;
            if first.is_some() {
                return Err(AppError::Conflict);
            }
            let errors = match checked(tx, &actor, &typed).await? {
                Ok((new, person)) => match act::record(tx, id, &new, person).await? {
                    None => return Ok(()),
                    Some(obstacle) => obstacle.errors(),
                },
                Err(errors) => errors,
            };
            refused = Some(errors);
            Err(AppError::Invalid(String::new()))
        })
        .await;
    match (recorded, first, refused) {
        (Ok(()), ..) => Ok(told(id)),
        (Err(AppError::Conflict), Some(first), _) => Ok(html::see(&format!("/complaints/{first}"))),
        (Err(AppError::Invalid(_)), _, Some(errors)) => {
            let (frame, offer, _) = prepare(&db, &actor, None).await?;
            let chrome = Chrome::new(&actor, Place::Complaints, here, &frame);
            html::with(StatusCode::UNPROCESSABLE_ENTITY, FormPage::new(chrome, &actor, offer, key, typed, errors))
        }
        (Err(error), ..) => Err(error),
    }
}

fn form_key(pairs: &[(String, String)]) -> Result<Uuid, AppError> {
    let key = pairs.iter().find(|(name, _)| name == "form_key").and_then(|(_, value)| Uuid::try_parse(value).ok());
    key.ok_or_else(|| AppError::Invalid("The form is incomplete. Open it again and send it from there.".to_owned()))
}

fn told(id: Uuid) -> HttpResponse {
    flash::tell(html::see(&format!("/complaints/{id}")), Done::Review(ReviewDone::ComplaintRecorded))
}
