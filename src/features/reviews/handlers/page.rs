//! One review: the page, and the acts on it. An act that cannot be done comes back with what was typed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::model::{Obstacle, PageForm};
use super::super::queries::{act, page as reading};
use super::super::views::page::{ReviewPage, Shown};
use crate::audit::{Actor, AuditedTx, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::filters::{Days, midnight};
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Id, Place, filters, html};
use crate::words::ReviewDone;

type Pairs = Form<Vec<(String, String)>>;

/// Reads the review with all that it looks at.
async fn load(tx: &mut AuditedTx<'_>, actor: &Actor, id: Uuid) -> Result<Shown, AppError> {
    let head = reading::head(tx, id).await?;
    let name = &actor.identity().time_zone;
    let zone = clock::zone(name);
    let (first, end) = Days { from: Some(head.from_on), to: Some(head.to_on) }.ids(zone);
    let ids = (first.unwrap_or_default(), end.unwrap_or(Uuid::max()));
    let groups = match (head.patient_id, head.person_id) {
        (Some(patient), person) => reading::touchers(tx, patient, person, ids, name).await?,
        (None, Some(person)) => reading::touched(tx, person, ids).await?,
        (None, None) => Vec::new(),
    };
    let until = head.to_on.succ_opt().unwrap_or(head.to_on);
    let cases = reading::cases(tx, id, &head, (midnight(head.from_on, zone), midnight(until, zone))).await?;
    let history = reading::history(tx, id).await?;
    tx.shown("review_case", &cases.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
    tx.shown(
        "patient",
        &groups.iter().filter(|_| head.patient_id.is_none()).filter_map(|group| group.who).collect::<Vec<_>>(),
    )
    .await?;
    tx.shown("patient", &head.patient_id.into_iter().collect::<Vec<_>>()).await?;
    tx.shown("person", &groups.iter().filter_map(|group| group.person_id).chain(head.person_id).collect::<Vec<_>>())
        .await?;
    Ok(Shown { id, head, groups, cases, history })
}

async fn read(db: &Db, actor: &Actor, id: Uuid) -> Result<(Frame, Shown), AppError> {
    db.read(actor.does(Action::ReviewRead).on(id), async |tx| {
        let shown = load(tx, actor, id).await?;
        Ok((tx.frame().await?, shown))
    })
    .await
}

/// `GET /reviews/{id}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    let (frame, shown) = read(&db, &actor, id.0).await?;
    let chrome = Chrome::new(&actor, Place::Reviews, here, &frame);
    html::ok(ReviewPage::new(chrome, &actor, shown, PageForm::default(), Errors::new(), false))
}

/// What came of an act: errors of its form, nothing in the way, or something.
type Acted = Result<Result<(), Errors>, AppError>;

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

/// The answer: on to the page with a line that says so, or the page with the form and what was typed.
async fn answered(
    db: &Db,
    actor: &Actor,
    here: Here,
    id: Uuid,
    form: PageForm,
    acted: Acted,
    done: ReviewDone,
) -> Result<HttpResponse, AppError> {
    let (status, errors) = match acted {
        Ok(Ok(())) => return Ok(flash::tell(html::see(&format!("/reviews/{id}")), Done::Review(done))),
        Ok(Err(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(AppError::Conflict) => (StatusCode::CONFLICT, Errors::new()),
        Err(error) => return Err(error),
    };
    let (frame, shown) = read(db, actor, id).await?;
    let chrome = Chrome::new(actor, Place::Reviews, here, &frame);
    html::with(status, ReviewPage::new(chrome, actor, shown, form, errors, status == StatusCode::CONFLICT))
}

/// A form that lacks something is recorded as such.
async fn incomplete(db: &Db, actor: &Actor, id: Uuid, action: Action, errors: Errors) -> Acted {
    db.refuse_form(&actor.does(action).on(id)).await?;
    Ok(Err(errors))
}

/// `POST /reviews/{id}/cases`
pub async fn take_up(actor: Actor, db: Data<Db>, here: Here, id: Id, pairs: Pairs) -> Result<HttpResponse, AppError> {
    let action = Action::ReviewTakeUp;
    let form = filters::accepted(&db, actor.does(action).on(id.0), PageForm::parse(&pairs)).await?;
    let result = match form.somebody() {
        Ok(chosen) => {
            acted(&db, &actor, id.0, action, async |tx| act::take_up(tx, id.0, form.version, chosen).await).await
        }
        Err(errors) => incomplete(&db, &actor, id.0, action, errors).await,
    };
    answered(&db, &actor, here, id.0, form, result, ReviewDone::TakenUp).await
}

/// `POST /reviews/{id}/ending`
pub async fn end(actor: Actor, db: Data<Db>, here: Here, id: Id, pairs: Pairs) -> Result<HttpResponse, AppError> {
    let action = Action::ReviewEnd;
    let form = filters::accepted(&db, actor.does(action).on(id.0), PageForm::parse(&pairs)).await?;
    let result = match form.ending() {
        Ok((outcome, memo)) => {
            let end = async |tx: &mut AuditedTx<'_>| act::end(tx, id.0, form.version, outcome, &memo).await;
            acted(&db, &actor, id.0, action, end).await
        }
        Err(errors) => incomplete(&db, &actor, id.0, action, errors).await,
    };
    answered(&db, &actor, here, id.0, form, result, ReviewDone::Ended).await
}

/// `POST /reviews/{id}/memo`
pub async fn amend(actor: Actor, db: Data<Db>, here: Here, id: Id, pairs: Pairs) -> Result<HttpResponse, AppError> {
    let action = Action::ReviewMemoAmend;
    let form = filters::accepted(&db, actor.does(action).on(id.0), PageForm::parse(&pairs)).await?;
    let result = match form.memo() {
        Ok(memo) => acted(&db, &actor, id.0, action, async |tx| act::amend(tx, id.0, form.version, &memo).await).await,
        Err(errors) => incomplete(&db, &actor, id.0, action, errors).await,
    };
    answered(&db, &actor, here, id.0, form, result, ReviewDone::Amended).await
}

/// `POST /reviews/{id}/reopening`
pub async fn reopen(actor: Actor, db: Data<Db>, here: Here, id: Id, pairs: Pairs) -> Result<HttpResponse, AppError> {
    let action = Action::ReviewReopen;
    let form = filters::accepted(&db, actor.does(action).on(id.0), PageForm::parse(&pairs)).await?;
    let result = acted(&db, &actor, id.0, action, async |tx| act::reopen(tx, id.0, form.version).await).await;
    answered(&db, &actor, here, id.0, form, result, ReviewDone::Reopened).await
}
