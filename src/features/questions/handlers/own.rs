//! What is put to oneself: the list, its file, one question with its answer, and what is added to it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use uuid::Uuid;

use super::super::filter::Filter;
use super::super::model::{AnswerForm, RemarkForm};
use super::super::queries::own;
use super::super::views::own::{ListPage, Listed, Page};
use super::super::{acts, export};
use crate::audit::{Actor, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Errors, Hx, Id, Place, csv, html, paging};
use crate::words::QuestionDone;

/// `GET /questions`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::QuestionListRead), &asked).await?;
    let (frame, listed) = db
        .read(actor.does(Action::QuestionListRead), async |tx| {
            let (rows, more) = paging::cut(own::list(tx, &filter).await?);
            tx.shown("question", &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, Listed { rows, more, counts: own::counts(tx).await? }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Questions, here, &frame);
    let page = ListPage::new(chrome, &filter, list, &listed)?;
    if hx.wants("list") { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /questions.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::QuestionListExport), &asked).await?;
    csv::download(&db, &actor, Action::QuestionListExport, "questions", export::export(&filter, &list)).await
}

/// `GET /questions/{id}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, id: Id) -> Result<HttpResponse, AppError> {
    html::ok(view(&db, &actor, here, id.0).await?)
}

/// `POST /questions/{id}/answer`
pub async fn answer(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    Form(form): Form<AnswerForm>,
) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let checked = match form.check() {
        Ok(checked) => checked,
        Err(errors) => {
            db.refuse_form(&actor.does(Action::QuestionAnswer).on(id)).await?;
            let page = view(&db, &actor, here, id).await?.answering(form, errors);
            return html::with(StatusCode::UNPROCESSABLE_ENTITY, page);
        }
    };
    match acts::answer(&db, &actor, id, &checked).await {
        Ok(()) => Ok(told(id, QuestionDone::Answered)),
        Err(AppError::Conflict) => {
            let page = view(&db, &actor, here, id).await?.too_late(form);
            html::with(StatusCode::CONFLICT, page)
        }
        Err(error) => Err(error),
    }
}

/// `POST /questions/{id}/remarks`: the answer stays as it was sent; what comes to mind later stands beside it.
pub async fn remark(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    Form(form): Form<RemarkForm>,
) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let writes = actor.does(Action::QuestionRemark).on(id);
    let remark = match form.check() {
        Ok(remark) => remark,
        Err(errors) => {
            db.refuse_form(&writes).await?;
            let page = view(&db, &actor, here, id).await?.remarking(form, errors);
            return html::with(StatusCode::UNPROCESSABLE_ENTITY, page);
        }
    };
    let added =
        db.change(actor.does(Action::QuestionRead).on(id), writes, async |tx| own::remark(tx, id, &remark).await);
    match added.await {
        Ok(()) => Ok(told(id, QuestionDone::Remarked)),
        Err(AppError::Conflict) => {
            html::with(StatusCode::CONFLICT, view(&db, &actor, here, id).await?.remarking(form, Errors::new()))
        }
        Err(error) => Err(error),
    }
}

/// One question under its own event.
async fn view(db: &Db, actor: &Actor, here: Here, id: Uuid) -> Result<Page, AppError> {
    let (frame, question, remarks) = db
        .read(actor.does(Action::QuestionRead).on(id), async |tx| {
            Ok((tx.frame().await?, own::one(tx, id).await?, own::remarks(tx, id).await?))
        })
        .await?;
    Page::new(Chrome::new(actor, Place::Questions, here, &frame), actor, question, remarks)
}

fn told(id: Uuid, done: QuestionDone) -> HttpResponse {
    flash::tell(html::see(&format!("/questions/{id}")), Done::Question(done))
}
