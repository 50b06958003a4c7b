//! Declare the intent, run one block, build a view, answer.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::assign::Assignment;
use super::beside;
use super::bulk;
use super::case_view::{Around, CasePage, CaseView, Drawer, Loaded};
use super::export;
use super::filter::{Filter, View};
use super::labels;
use super::model::{DecisionForm, Seen, TARGET_DAYS, is_local};
use super::queries::{self, asked, context, decide};
use super::saved;
use super::second_review::queries as second;
use super::views::{self, QueuePage};
use crate::audit::{Actor, AuditedTx, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::{Action, may};
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::list::{self, Asked, List};
use crate::web::{Chrome, Hx, Id, Place, csv, filters, html, paging, time};

/// `GET /access-logs`: the queue, with the open case beside it.
pub async fn list(actor: Actor, db: Data<Db>, hx: Hx, here: Here, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ReviewCaseListRead), &asked).await?;
    let now = clock::now();
    let read =
        db.read(actor.does(Action::ReviewCaseListRead), async |tx| read_queue(tx, &actor, &filter, now).await).await?;
    let (frame, counts, rows, more) = (read.frame, read.counts, read.rows, read.more);
    let open = filter.open.filter(|_| !hx.wants("list") && !hx.wants("rows"));
    let drawer = match open {
        Some(id) => match view(&db, &actor, id, &around(&list, &rows, id), false).await {
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
    let mut lines = views::lines(&rows, filter.open, &list, actor.id(), zone, now)?;
    views::name_waiting(&mut lines, read.waiting.as_deref());
    let page = QueuePage {
        zone_name: time::zone_words(zone),
        awaiting: time::count(counts.awaiting),
        late: counts.late,
        tabs: saved::tabs(views::tabs(&filter, &list, &counts), read.saved, &list),
        bulk: views::Bulk::of(actor.role(), &list, read.matching),
        views_href: list.at("/access-logs/views"),
        may_export: may(actor.role(), Action::ReviewCaseListExport),
        unopened: open.is_some() && drawer.is_none(),
        lines,
        shown: format!("{} shown", rows.len()),
        next: views::next(&rows, more, &list),
        drawer,
        list: views::named(list, &chrome.facilities, read.reviewers),
        chrome,
        filter,
    };
    let status = if page.unopened { StatusCode::NOT_FOUND } else { StatusCode::OK };
    if hx.wants("list") { html::with(status, page.as_list()) } else { html::with(status, page) }
}

/// What one transaction read for the queue.
struct Queue {
    frame: Frame,
    counts: queries::Counts,
    rows: Vec<queries::CaseRow>,
    more: bool,
    /// How many cases match, up to one more than a selection holds.
    matching: usize,
    /// Whom each of these cases waits for, where that is what was asked.
    waiting: Option<Vec<second::Waiting>>,
    reviewers: Vec<(Uuid, String)>,
    /// The saved views, each with how many cases match it.
    saved: Vec<(saved::queries::SavedView, List, i64)>,
}

async fn read_queue(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    filter: &Filter,
    now: DateTime<Utc>,
) -> Result<Queue, AppError> {
    let (me, today) = (actor.id(), clock::start_of_day(&actor.identity().time_zone));
    let (rows, more) = paging::cut(queries::page(tx, filter, me, today).await?);
    let ids = rows.iter().map(|row| row.id).collect::<Vec<_>>();
    tx.shown("review_case", &ids).await?;
    let waiting = if filter.view == View::Conflicts { Some(second::waits_for(tx, &ids).await?) } else { None };
    let late_before = now - TimeDelta::days(TARGET_DAYS);
    let one_more = i64::try_from(bulk::MOST).unwrap_or(i64::MAX).saturating_add(1);
    let mut counted = Vec::new();
    for view in saved::queries::views(tx).await? {
        if let Some((filter, list)) = saved::readable(&view) {
            let count = queries::count(tx, &filter, me, today).await?;
            counted.push((view, list, count));
        }
    }
    Ok(Queue {
        saved: counted,
        waiting,
        frame: tx.frame().await?,
        counts: queries::counts(tx, filter.facility, me, today, late_before).await?,
        matching: if more { queries::matching(tx, filter, me, today, one_more).await?.len() } else { rows.len() },
        reviewers: queries::reviewers(tx).await?,
        rows,
        more,
    })
}

/// `GET /access-logs.csv`
pub async fn download(actor: Actor, db: Data<Db>, asked: Asked) -> Result<HttpResponse, AppError> {
    let (filter, list) = list::read::<Filter>(&db, actor.does(Action::ReviewCaseListExport), &asked).await?;
    let today = clock::start_of_day(&actor.identity().time_zone);
    let file = export::export(&filter, &list, actor.id(), today);
    csv::download(&db, &actor, Action::ReviewCaseListExport, "cases", file).await
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
    let drawer = hx.wants("drawer");
    // more rows of the same page need no context again
    let (frame, case) = view(&db, &actor, id.0, &around, !drawer && !hx.wants("rows")).await?;
    if drawer {
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
    let (frame, case) = view(db, actor, id, &Around::default(), true).await?;
    html::with(status, CasePage { chrome: Chrome::new(actor, Place::AccessLogs, here, &frame), case: with(case) })
}

/// One case under its own event: for its page with its whole context, for the drawer in short.
async fn view(db: &Db, actor: &Actor, id: Uuid, around: &Around, whole: bool) -> Result<(Frame, CaseView), AppError> {
    let intent = || actor.does(Action::ReviewCaseRead).on(id);
    let after = filters::accepted(db, intent(), filters::id("after", Some(&around.after))).await?;
    let (frame, loaded) =
        db.read(intent(), async |tx| Ok((tx.frame().await?, load(tx, id, actor, after, whole).await?))).await?;
    let case = CaseView::of(loaded, actor.role(), around, &actor.identity().time_zone, clock::now())?;
    Ok((frame, case))
}

async fn load(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    actor: &Actor,
    after: Option<Uuid>,
    whole: bool,
) -> Result<Loaded, AppError> {
    let head = queries::head(tx, id).await?;
    let evidence = paging::cut(context::evidence(tx, id, after).await?);
    tx.shown("access_log", &evidence.0.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let summary = context::summary(tx, id).await?;
    let zone = head.time_zone.as_deref().unwrap_or(&actor.identity().time_zone);
    let beside = beside::read(tx, &head, &summary, zone, whole).await?;
    let findings = context::findings(tx, id).await?;
    tx.shown("finding", &findings.iter().map(|finding| finding.id).collect::<Vec<_>>()).await?;
    let relation = context::conflict(tx, id).await?;
    Ok(Loaded {
        assignment: Assignment::of(tx, actor, &head, relation).await?,
        summary,
        beside,
        history: context::history(tx, id).await?,
        earlier: context::earlier(tx, &head).await?,
        findings,
        questions: asked::of_case(tx, id).await?,
        last_reason: context::last_reason(tx, &labels::signals(&head)).await?,
        relation,
        second: second::second(tx, id).await?,
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
        next: neighbour(after(at, rows.len())),
        previous: neighbour(at.and_then(|at| at.checked_sub(1))),
        after: String::new(),
    }
}

/// Where the next case stands: after this one, or, after the last, at the top again. The one case there is has none.
const fn after(at: Option<usize>, cases: usize) -> Option<usize> {
    match at {
        Some(at) if at + 1 < cases => Some(at + 1),
        Some(0) => None,
        Some(_) | None => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn after_the_last_case_comes_the_first_one_unless_it_is_the_only_one() {
        assert_eq!(
            [after(Some(0), 3), after(Some(2), 3), after(Some(0), 1), after(None, 3)],
            [Some(1), Some(0), None, Some(0)]
        );
    }
}
