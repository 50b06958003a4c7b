//! Declare the intent, run one block, build a view, answer.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use chrono::TimeDelta;
use uuid::Uuid;

use super::case_view::{Around, CasePage, CaseView, Drawer, Loaded};
use super::filter::{Filter, View};
use super::labels;
use super::model::{DecisionForm, Seen, TARGET_DAYS, is_local};
use super::queries::{self, asked, context, decide};
use super::second_review::queries as second;
use super::views::{self, QueuePage};
use crate::audit::{Actor, AuditedTx, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::list::{self, Asked, List};
use crate::web::{Chrome, Hx, Id, Place, html, paging, time};

/// `GET /access-logs`: the queue, with the open case beside it.
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ReviewCaseListRead), &asked).await?;
    let now = clock::now();
    let today = clock::start_of_day(&actor.identity().time_zone);
    let (frame, counts, rows, waiting) = db
        .read(actor.does(Action::ReviewCaseListRead), async |tx| {
            let rows = queries::page(tx, &filter, actor.id(), today).await?;
            let ids = rows.iter().take(paging::PAGE).map(|row| row.id).collect::<Vec<_>>();
            tx.shown("review_case", &ids).await?;
            let waiting = if filter.view == View::Conflicts { Some(second::waits_for(tx, &ids).await?) } else { None };
            let late_before = now - TimeDelta::days(TARGET_DAYS);
            let counts = queries::counts(tx, filter.facility, actor.id(), today, late_before).await?;
            Ok((tx.frame().await?, counts, rows, waiting))
        })
        .await?;
    let (rows, more) = paging::cut(rows);
    let open = filter.open.filter(|_| !hx.wants("list") && !hx.wants("rows"));
    let drawer = match open {
        Some(id) => match view(&db, &actor, id, &around(&list, &rows, id)).await {
            Ok((_, case)) => Some(case),
            // a stale or foreign link: recorded, answered 404, and the queue stands beside it
            Err(AppError::NotFound) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let zone = clock::zone(&actor.identity().time_zone);
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame)
        .with_facilities(&frame, filter.facility)
        .filling_the_window();
    let mut lines = views::lines(&rows, filter.open, &list, zone, now)?;
    views::name_waiting(&mut lines, waiting.as_deref());
    let page = QueuePage {
        zone_name: time::zone_words(zone),
        awaiting: time::count(counts.awaiting),
        late: counts.late,
        tabs: views::tabs(&filter, &list, &counts),
        unopened: open.is_some() && drawer.is_none(),
        lines,
        shown: format!("{} shown", rows.len()),
        next: views::next(&rows, more, &list),
        drawer,
        list: views::named(list, &chrome.facilities),
        chrome,
        filter,
    };
    let status = if page.unopened { StatusCode::NOT_FOUND } else { StatusCode::OK };
    if hx.wants("list") { html::with(status, page.as_list()) } else { html::with(status, page) }
}

/// `GET /access-logs/cases/{id}`: one case, whole or in the drawer.
pub async fn one(
    actor: Actor,
    db: Data<Db>,
    hx: Hx,
    here: Here,
    id: Id,
    around: Query<Around>,
) -> Result<HttpResponse, AppError> {
    let (frame, case) = view(&db, &actor, id.0, &around).await?;
    if hx.wants("drawer") {
        return html::ok(Drawer { case });
    }
    html::ok(CasePage { chrome: Chrome::new(&actor, Place::AccessLogs, here, &frame), case })
}

/// `POST /access-logs/cases/{id}/decision`
pub async fn decide(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<DecisionForm>,
) -> Result<HttpResponse, AppError> {
    let (form, id) = (form.into_inner(), id.0);
    let decision = match form.check() {
        Ok(decision) => decision,
        Err(errors) => {
            db.refuse_form(&actor.does(Action::ReviewCaseDecide).on(id)).await?;
            return again(&db, &actor, here, id, StatusCode::UNPROCESSABLE_ENTITY, |case| case.answering(form, errors))
                .await;
        }
    };
    let decided = decide::decide_case(&db, &actor, id, form.version, &decision).await;
    match decided {
        Ok(number) => {
            let next = if is_local(&form.next) { form.next } else { "/access-logs".to_owned() };
            Ok(flash::tell(html::see(&next), Done::CaseDecided(number, id, form.version + 1)))
        }
        Err(AppError::Conflict) => {
            again(&db, &actor, here, id, StatusCode::CONFLICT, |case| case.conflicting(form)).await
        }
        Err(error) => Err(error),
    }
}

/// `POST /access-logs/cases/{id}/reopening`: the reversal is a new event; nothing is erased.
pub async fn reopen(actor: Actor, db: Data<Db>, id: Id, seen: Query<Seen>) -> Result<HttpResponse, AppError> {
    let id = id.0;
    let number = decide::reopen_case(&db, &actor, id, seen.version).await?;
    Ok(flash::tell(html::see(&format!("/access-logs?open={id}")), Done::CaseReopened(number)))
}

/// The case's page once more, with what was typed.
pub(super) async fn again(
    db: &Db,
    actor: &Actor,
    here: Here,
    id: Uuid,
    status: StatusCode,
    with: impl FnOnce(CaseView) -> CaseView,
) -> Result<HttpResponse, AppError> {
    let (frame, case) = view(db, actor, id, &Around::default()).await?;
    html::with(status, CasePage { chrome: Chrome::new(actor, Place::AccessLogs, here, &frame), case: with(case) })
}

/// One case under its own event.
async fn view(db: &Db, actor: &Actor, id: Uuid, around: &Around) -> Result<(Frame, CaseView), AppError> {
    let (frame, loaded) = db
        .read(actor.does(Action::ReviewCaseRead).on(id), async |tx| Ok((tx.frame().await?, load(tx, id).await?)))
        .await?;
    let case = CaseView::of(loaded, actor.role(), around, &actor.identity().time_zone, clock::now())?;
    Ok((frame, case))
}

async fn load(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Loaded, AppError> {
    let head = queries::head(tx, id).await?;
    let evidence = context::evidence(tx, id).await?;
    tx.shown("access_log", &evidence.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let employment = match head.person_id {
        Some(person) => context::employment_on(tx, person, head.local_day).await?,
        None => None,
    };
    let findings = context::findings(tx, id).await?;
    tx.shown("finding", &findings.iter().map(|finding| finding.id).collect::<Vec<_>>()).await?;
    Ok(Loaded {
        in_scope: context::rows_in_scope(tx, id).await?,
        history: context::history(tx, id).await?,
        earlier: context::earlier(tx, &head).await?,
        days: context::days_before(tx, head.login_id, head.local_day).await?,
        findings,
        questions: asked::of_case(tx, id).await?,
        last_reason: context::last_reason(tx, &labels::signals(&head)).await?,
        relation: context::conflict(tx, id).await?,
        second: second::second(tx, id).await?,
        employment,
        evidence,
        head,
    })
}

/// The open case's neighbours in the list, so that a decision leads to the next.
fn around(list: &List, rows: &[queries::CaseRow], open: Uuid) -> Around {
    let at = rows.iter().position(|row| row.id == open);
    let neighbour =
        |at: Option<usize>| at.and_then(|at| rows.get(at)).map(|row| row.id.to_string()).unwrap_or_default();
    Around {
        back: list.url(),
        next: neighbour(at.map(|at| at + 1).or(Some(0))),
        previous: neighbour(at.and_then(|at| at.checked_sub(1))),
    }
}
