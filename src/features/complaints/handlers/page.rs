//! One complaint: the page, and the acts on it. An act that cannot be done comes back with what was typed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::model::{Ending, Obstacle, Typed};
use super::super::queries::{act, form as asking, page as reading};
use super::super::views::page::{ComplaintPage, Sent, Shown};
use super::{choices, everybody};
use crate::audit::{Actor, AuditedTx, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Id, Place, filters, html};
use crate::words::ReviewDone;

type Pairs = Form<Vec<(String, String)>>;

async fn read(db: &Db, actor: &Actor, id: Uuid) -> Result<(Frame, Shown), AppError> {
    db.read(actor.does(Action::ComplaintRead).on(id), async |tx| {
        let head = reading::head(tx, id).await?;
        let reviews = reading::reviews(tx, id).await?;
        let history = reading::history(tx, id).await?;
        let offer = asking::offer(tx).await?;
        tx.shown("review", &reviews.iter().map(|review| review.id).collect::<Vec<_>>()).await?;
        tx.shown("patient", &head.patient_id.into_iter().collect::<Vec<_>>()).await?;
        tx.shown("person", &head.person_id.into_iter().collect::<Vec<_>>()).await?;
        Ok((tx.frame().await?, Shown { id, head, reviews, history, offer }))
    })
    .await
}

/// `GET /complaints/{id}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let (frame, shown) = read(&db, &actor, id.0).await?;
    let chrome = Chrome::new(&actor, Place::Complaints, here, &frame);
    html::ok(ComplaintPage::new(chrome, &actor, shown, Sent::default(), Errors::new(), false))
}

/// The version that a form was shown at.
fn version(pairs: &[(String, String)]) -> Result<i32, AppError> {
    let version = pairs.iter().find(|(name, _)| name == "version").and_then(|(_, value)| value.parse().ok());
    let damaged =
        || AppError::Invalid("The form is incomplete. Open the complaint again and send it from there.".to_owned());
    version.ok_or_else(damaged)
}

/// What came of an act: nothing in the way, errors of its form, or something.
type Acted = Result<Result<(), Errors>, AppError>;

/// The answer: on to the page with a line that says so, or the page with what was typed.
async fn answered(
    db: &Db,
    actor: &Actor,
    here: Here,
    id: Uuid,
    sent: Sent,
    acted: Acted,
    done: ReviewDone,
) -> Result<HttpResponse, AppError> {
    let (status, errors) = match acted {
        Ok(Ok(())) => return Ok(flash::tell(html::see(&format!("/complaints/{id}")), Done::Review(done))),
        Ok(Err(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(AppError::Conflict) => (StatusCode::CONFLICT, Errors::new()),
        Err(error) => return Err(error),
    };
    let (frame, shown) = read(db, actor, id).await?;
    let chrome = Chrome::new(actor, Place::Complaints, here, &frame);
    html::with(status, ComplaintPage::new(chrome, actor, shown, sent, errors, status == StatusCode::CONFLICT))
}

/// Runs an act whose form is complete; what stands in its way undoes it and is recorded.
async fn acted(
    db: &Db,
    actor: &Actor,
    id: Uuid,
    action: Action,
    act: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<Option<Obstacle>, AppError>,
) -> Acted {
    let done = db.write_unless(actor.does(action).on(id), act).await?;
    Ok(done.map_err(Obstacle::errors))
}

/// `POST /complaints/{id}`: whom it is about, whose it is and until when.
pub async fn change(actor: Actor, db: Data<Db>, here: Here, id: Id, pairs: Pairs) -> Result<HttpResponse, AppError> {
    let action = Action::ComplaintUpdate;
    let version = filters::accepted(&db, actor.does(action).on(id.0), version(&pairs)).await?;
    let (typed, mut refused) = (Typed::parse(&pairs), None);
    let (reads, writes) = (actor.does(Action::ComplaintFormRead).on(id.0), actor.does(action).on(id.0));
    let done = db
        .change(reads, writes, async |tx| {
            refused = changed(tx, &actor, id.0, version, &typed).await?;
            if refused.is_some() { Err(AppError::Invalid(String::new())) } else { Ok(()) }
        })
        .await;
    let result = match (done, refused) {
        (Err(AppError::Invalid(_)), Some(errors)) => Ok(Err(errors)),
        (done, _) => done.map(Ok),
    };
    answered(
        &db,
        &actor,
        here,
        id.0,
        Sent { about: Some(typed), ..Sent::default() },
        result,
        ReviewDone::ComplaintChanged,
    )
    .await
}

/// Makes the change, or says what is wrong with it. Whom it is about already may lie outside what the reader sees.
async fn changed(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    id: Uuid,
    version: i32,
    typed: &Typed,
) -> Result<Option<Errors>, AppError> {
    let head = reading::about(tx, id).await?;
    let offer = asking::offer(tx).await?;
    let mut errors = Errors::new();
    let today = clock::today_in(&actor.identity().time_zone).min(head.due_on);
    let Some(about) = typed.about(today, &choices(actor, &offer), &mut errors) else { return Ok(Some(errors)) };
    let new = about.patient.filter(|patient| head.patient_id != Some(*patient));
    if let Err(obstacle) = asking::patient(tx, new).await? {
        return Ok(Some(obstacle.errors()));
    }
    let person = match about.employee.as_deref() {
        Some(number) if head.employee_number.as_deref() == Some(number) => head.person_id,
        number => match asking::employee(tx, number, everybody(actor)).await? {
            Ok(person) => person,
            Err(obstacle) => return Ok(Some(obstacle.errors())),
        },
    };
    Ok(act::change(tx, id, version, &about, person).await?.map(Obstacle::errors))
}

/// `POST /complaints/{id}/disposition`
pub async fn dispose(actor: Actor, db: Data<Db>, here: Here, id: Id, pairs: Pairs) -> Result<HttpResponse, AppError> {
    let action = Action::ComplaintDispose;
    let version = filters::accepted(&db, actor.does(action).on(id.0), version(&pairs)).await?;
    let field = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let ending = Ending {
        disposition: field("disposition").unwrap_or_default(),
        statement: field("statement").unwrap_or_default(),
    };
    let result = match ending.check() {
        Ok((word, text)) => {
            let dispose = async |tx: &mut AuditedTx<'_>| act::dispose(tx, id.0, version, word, &text).await;
            acted(&db, &actor, id.0, action, dispose).await
        }
        Err(errors) => {
            db.refuse_form(&actor.does(action).on(id.0)).await?;
            Ok(Err(errors))
        }
    };
    answered(&db, &actor, here, id.0, Sent { ending, about: None }, result, ReviewDone::ComplaintDisposed).await
}

/// `POST /complaints/{id}/reopening`
pub async fn reopen(actor: Actor, db: Data<Db>, here: Here, id: Id, pairs: Pairs) -> Result<HttpResponse, AppError> {
    let action = Action::ComplaintReopen;
    let version = filters::accepted(&db, actor.does(action).on(id.0), version(&pairs)).await?;
    let result = acted(&db, &actor, id.0, action, async |tx| act::reopen(tx, id.0, version).await).await;
    answered(&db, &actor, here, id.0, Sent::default(), result, ReviewDone::ComplaintReopened).await
}
