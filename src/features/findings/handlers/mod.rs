//! The pages of findings: the list, one finding, the form and its post, the file; and what is done to one, beside them.

pub mod acts;
pub mod cases;
pub mod edit;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use uuid::Uuid;

use super::export;
use super::filter::Filter;
use super::form::{self, Posted};
use super::model::EvidenceQuery;
use super::queries::{act, create as creating, history, list as listing, one, owner};
use super::views::{FindingPage, FormPage, ListPage, Listed, Shown, Typed};
use crate::audit::{Actor, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, may};
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::list::{self, Asked};
use crate::web::{Chrome, Errors, Hx, Id, Place, csv, filters, html, paging};

/// `GET /findings`
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::FindingListRead), &asked).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    let (frame, listed) = db
        .read(actor.does(Action::FindingListRead), async |tx| {
            let (rows, more) = paging::cut(listing::list(tx, &filter, filter.narrowed(actor.id(), today)).await?);
            let counts = listing::counts(tx, &filter, actor.id(), today).await?;
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            tx.shown("finding", &ids).await?;
            let owners = listing::owners(tx).await?;
            Ok((tx.frame().await?, Listed { rows, more, counts, owners }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Findings, here, &frame).with_facilities(&frame, filter.facility);
    let page = ListPage::new(chrome, actor.role(), &filter, list, listed, today, hx.wants("list"));
    if page.fragment { html::ok(page.as_list()) } else { html::ok(page) }
}

/// `GET /findings.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::FindingListExport), &asked).await?;
    let today = clock::today_in(&actor.identity().time_zone);
    let file = export::export(&filter, &list, filter.narrowed(actor.id(), today));
    csv::download(&db, &actor, Action::FindingListExport, "findings", file).await
}

/// `GET /findings/{id}`
pub async fn page(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    query: Query<EvidenceQuery>,
) -> Result<HttpResponse, AppError> {
    let read = filters::id("Page", query.after.as_deref());
    let after = filters::accepted(&db, actor.does(Action::FindingRead).on(id.0), read).await?;
    let (frame, shown) = load(&db, &actor, id.0, after).await?;
    html::ok(FindingPage::new(Chrome::new(&actor, Place::Findings, here, &frame), &actor, shown))
}

/// One finding with all that its page tells, under its own event.
async fn load(db: &Db, actor: &Actor, id: Uuid, after: Option<Uuid>) -> Result<(Frame, Shown), AppError> {
    let assigns = may(actor.role(), Action::FindingAssign);
    db.read(actor.does(Action::FindingRead).on(id), async |tx| {
        let finding = one::finding(tx, id).await?;
        let cases = one::linked_cases(tx, id).await?;
        let mut evidence = one::evidence(tx, id, after).await?;
        let more = evidence.len() > one::EVIDENCE_PAGE;
        evidence.truncate(one::EVIDENCE_PAGE);
        tx.shown("review_case", &cases.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
        tx.shown("access_log", &evidence.iter().map(|row| row.access_id).collect::<Vec<_>>()).await?;
        let relation = act::conflict(tx, id).await?;
        let free = relation.is_none() && !finding.is_closed();
        let shown = Shown {
            candidates: if assigns && free { owner::candidates(tx, id, None).await? } else { Vec::new() },
            events: history::events(tx, id).await?,
            comments: history::comments(tx, id).await?,
            versions: history::versions(tx, id).await?,
            continued: after.is_some(),
            id,
            finding,
            cases,
            evidence,
            more,
            relation,
        };
        Ok((tx.frame().await?, shown))
    })
    .await
}

/// The finding's page once more, with what was typed.
async fn again(
    (db, actor, here): (&Db, &Actor, Here),
    id: Uuid,
    status: StatusCode,
    typed: Typed,
    errors: Errors,
) -> Result<HttpResponse, AppError> {
    let (frame, shown) = load(db, actor, id, None).await?;
    let chrome = Chrome::new(actor, Place::Findings, here, &frame);
    html::with(status, FindingPage::new(chrome, actor, shown).answering(typed, errors))
}

/// `GET /findings/new?case=…&case=…`
pub async fn form(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let cases = filters::accepted(&db, actor.does(Action::FindingFormRead), form::cases(&query)).await?;
    let (frame, offer) = prepare(&db, &actor, &cases).await?;
    let chrome = Chrome::new(&actor, Place::Findings, here, &frame);
    html::ok(FormPage::fresh(chrome, &actor, &offer, Uuid::now_v7()))
}

/// What the form shows, under its own event.
async fn prepare(db: &Db, actor: &Actor, cases: &[Uuid]) -> Result<(Frame, creating::Offer), AppError> {
    db.read(actor.does(Action::FindingFormRead), async |tx| {
        let offer = creating::offer(tx, cases).await?;
        tx.shown("review_case", cases).await?;
        Ok((tx.frame().await?, offer))
    })
    .await
}

/// `POST /findings`
pub async fn create(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let posted = filters::accepted(&db, actor.does(Action::FindingCreate), Posted::parse(&pairs)).await?;
    let (id, today) = (Uuid::now_v7(), clock::today_in(&actor.identity().time_zone));
    let (mut first, mut refused) = (None, None);
    let opened = db
        .change(actor.does(Action::FindingFormRead), actor.does(Action::FindingCreate).on(id), async |tx| {
            first = tx.made_before("finding", actor.id(), posted.key, id).await?;
            if first.is_some() {
                return Err(AppError::Conflict);
            }
            let offer = creating::offer(tx, &posted.cases).await?;
            let owners: Vec<_> = offer.owners.iter().map(|(id, _)| *id).collect();
            match posted.typed.check(today, &owners) {
                Ok(new) => creating::open(tx, id, actor.id(), &new, &offer.cases, today).await,
                Err(errors) => {
                    refused = Some(errors);
                    Err(AppError::Invalid(String::new()))
                }
            }
        })
        .await;
    match (opened, first, refused) {
        (Ok(number), ..) => Ok(created(id, &number)),
        (Err(AppError::Conflict), Some(first), _) => Ok(html::see(&format!("/findings/{first}"))),
        (Err(AppError::Invalid(_)), _, Some(errors)) => {
            let (frame, offer) = prepare(&db, &actor, &posted.cases).await?;
            let chrome = Chrome::new(&actor, Place::Findings, here, &frame);
            came_back(FormPage::again(chrome, &actor, &offer, posted, errors))
        }
        (Err(error), ..) => Err(error),
    }
}

fn came_back(page: FormPage) -> Result<HttpResponse, AppError> {
    html::with(StatusCode::UNPROCESSABLE_ENTITY, page)
}

fn created(id: Uuid, number: &str) -> HttpResponse {
    let mut parts = number.split('-').skip(1).map(|part| part.parse().unwrap_or(0));
    let (year, sequence) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    flash::tell(html::see(&format!("/findings/{id}")), Done::FindingCreated(year, sequence))
}
