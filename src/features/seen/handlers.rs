//! The page of who has seen a record, and its file.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use uuid::Uuid;

use super::filter::Filter;
use super::model::Subject;
use super::views::{Answer, SeenPage};
use super::{export, queries};
use crate::audit::{Actor, AuditedTx, Db, compose};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Scope, scope_for};
use crate::web::chrome::Here;
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Hx, Id, Place, csv, html, paging};

/// Reads an address. A kind of record that nobody can ask about is an address like any other that there is not.
fn subject(path: &(String, String)) -> Result<Subject, AppError> {
    Subject::parse(&path.0).ok_or(AppError::NotFound)
}

fn path_of(subject: Subject, id: Uuid) -> String {
    format!("/audit/seen/{}/{id}", subject.word())
}

/// The record in the reader's scope: an auditor's is their engagement's, and of people those of its facilities.
async fn record(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    subject: Subject,
    id: Uuid,
) -> Result<queries::Record, AppError> {
    let all = scope_for(actor.role(), subject.reads()) == Some(Scope::All);
    queries::record(tx, subject, id, all).await
}

/// `GET /audit/seen/{resource}/{id}`
pub async fn list(
    actor: Actor,
    db: Data<Db>,
    hx: Hx,
    here: Here,
    path: Path<(String, String)>,
    id: Id,
    asked: Asked,
) -> Result<HttpResponse, AppError> {
    let subject = subject(&path)?;
    let intent = || actor.does(subject.reads()).on(id.0);
    let (filter, list) = list::read::<Filter>(&db, intent(), &asked).await?;
    let list = list.of_record(path_of(subject, id.0));
    let zone = clock::zone(&actor.identity().time_zone);
    let today = clock::today_in(&actor.identity().time_zone);
    let (frame, answer) = db
        .read(intent(), async |tx| {
            let record = record(tx, &actor, subject, id.0).await?;
            let ids = filter.ids(today, zone);
            let sql = queries::looks(subject, id.0, record.rows, ids, Some(paging::FETCH));
            let (looks, more) = paging::cut(tx.all(compose::<queries::Look>(sql)?).await?);
            tx.shown("audit_event", &looks.iter().map(|look| look.event_id).collect::<Vec<_>>()).await?;
            Ok((tx.frame().await?, Answer { subject, id: id.0, name: record.name, looks, more, filter }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Audit, here, &frame);
    let page = SeenPage::new(chrome, &actor, list, answer, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /audit/seen/{resource}/{id}.csv`. Whether the record is in scope is read first, so that no file says 404 by being empty.
pub async fn download(
    actor: Actor,
    db: Data<Db>,
    path: Path<(String, String)>,
    id: Id,
    asked: Asked,
) -> Result<HttpResponse, AppError> {
    let subject = subject(&path)?;
    let (filter, list) = list::read::<Filter>(&db, actor.does(subject.exports()).on(id.0), &asked).await?;
    let list = list.of_record(path_of(subject, id.0));
    let found =
        db.read(actor.does(subject.reads()).on(id.0), async |tx| record(tx, &actor, subject, id.0).await).await?;
    let zone = clock::zone(&actor.identity().time_zone);
    let today = clock::today_in(&actor.identity().time_zone);
    let sql = queries::looks(subject, id.0, found.rows, filter.ids(today, zone), None);
    let mut typed = list.as_json();
    typed["record"] = id.0.to_string().into();
    typed["from"] = filter.first(today).to_string().into();
    csv::download(&db, &actor, subject.exports(), "who-has-seen-it", export::export(sql, typed)).await
}
