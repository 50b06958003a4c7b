//! From ticked cases to a kept selection, its confirmation, and the report of what became of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use uuid::Uuid;

use super::super::assign::model::AssignForm;
use super::super::filter::Filter;
use super::super::model::DecisionForm;
use super::super::queries::{matching, reviewers};
use super::form::{Button, Pairs, Posted};
use super::model::{AT_ONCE, Act, IN_BULK, MOST};
use super::queries::{self, NewSelection};
use super::run::{self, Ran};
use super::views::{Asked as AskedFor, Loaded, SelectionPage};
use crate::audit::{Actor, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::list;
use crate::web::{Chrome, Errors, Id, Place, filters, html};

/// `POST /access-logs/bulk`: keeps the selection as it was seen. A few cases with a reason are decided at once; anything else
/// is confirmed on a page of its own.
pub async fn select(actor: Actor, db: Data<Db>, pairs: Form<Pairs>) -> Result<HttpResponse, AppError> {
    let posted = filters::accepted(&db, actor.does(Action::CaseSelectionCreate), Posted::parse(&pairs)).await?;
    let id = keep(&db, &actor, &posted, &pairs).await?;
    let confirm = format!("/access-logs/bulk/{id}");
    match posted.button {
        Button::Finding => Ok(html::see(&finding_of(posted.cases.iter().map(|case| case.id)))),
        Button::Assign => Ok(html::see(&format!("{confirm}?act=assign"))),
        Button::Decide if posted.cases.len() <= AT_ONCE => match check(&posted.decision) {
            Ok(decision) => {
                let ran = run::decide(&db, &actor, id, &decision).await?;
                Ok(after(id, Act::Decide, &ran))
            }
            Err(_) => Ok(html::see(&confirm)),
        },
        Button::Decide | Button::Choose | Button::Matching => Ok(html::see(&confirm)),
    }
}

/// Where a finding of several cases is written.
fn finding_of(cases: impl Iterator<Item = Uuid>) -> String {
    let cases: Vec<_> = cases.map(|case| format!("case={case}")).collect();
    format!("/findings/new?{}", cases.join("&"))
}

/// Keeps a selection; one form makes one, however often it is sent.
async fn keep(db: &Db, actor: &Actor, posted: &Posted, pairs: &Pairs) -> Result<Uuid, AppError> {
    let (reads, writes) = (Action::CaseSelectionRead, Action::CaseSelectionCreate);
    let (asked, _) = filters::accepted(db, actor.does(writes), list::of_form::<Filter>(pairs)).await?;
    let (id, me, today) = (Uuid::now_v7(), actor.id(), clock::start_of_day(&actor.identity().time_zone));
    let mut first = None;
    let kept = db
        .change(actor.does(reads).on(id), actor.does(writes).on(id), async |tx| {
            let mut cases = posted.cases.clone();
            if posted.button == Button::Matching {
                let one_more = i64::try_from(MOST).unwrap_or(i64::MAX).saturating_add(1);
                cases = matching(tx, &asked, me, today, one_more).await?;
            }
            let cut_off = cases.len() > MOST;
            cases.truncate(MOST);
            if cases.is_empty() {
                return Err(AppError::Invalid(
                    "No case matches these filters any more. Nothing was selected.".to_owned(),
                ));
            }
            if let Some(earlier) = tx.made_before("case_selection", me, posted.key, id).await? {
                let same = match queries::kept(tx, earlier).await {
                    Ok(kept) => posted.button == Button::Matching || kept.cases == cases,
                    Err(AppError::NotFound) => false,
                    Err(error) => return Err(error),
                };
                if same {
                    first = Some(earlier);
                    return Err(AppError::Conflict);
                }
            }
            let new = NewSelection { id, cases: &cases, back: &posted.back, cut_off, decision: &posted.decision };
            queries::keep(tx, me, &new).await
        })
        .await;
    match (kept, first) {
        (Ok(()), _) => Ok(id),
        (Err(AppError::Conflict), Some(first)) => Ok(first),
        (Err(error), _) => Err(error),
    }
}

/// What a form says of many cases.
fn check(form: &DecisionForm) -> Result<super::super::model::Decision, Errors> {
    let decision = form.check()?;
    if IN_BULK.contains(&decision.disposition) {
        return Ok(decision);
    }
    let mut errors = Errors::new();
    errors.add("disposition", "In bulk a case is appropriate or a duplicate. Decide any other by itself");
    Err(errors)
}

/// Where an act leads: back to the queue when it stands in every case, else to the report.
fn after(id: Uuid, act: Act, ran: &Ran) -> HttpResponse {
    if ran.done < ran.of {
        return html::see(&format!("/access-logs/bulk/{id}"));
    }
    let count = i64::try_from(ran.done).unwrap_or(i64::MAX);
    let done = match act {
        Act::Decide => Done::CasesDecided(count, id),
        Act::Assign => Done::CasesAssigned(count, id),
    };
    flash::tell(html::see(&ran.back), done)
}

/// `GET /access-logs/bulk/{id}`: what will change, or what became of it.
pub async fn page(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    asked: Query<AskedFor>,
) -> Result<HttpResponse, AppError> {
    let (frame, loaded) = load(&db, &actor, id.0).await?;
    let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
    let act = loaded.kept.act.unwrap_or(asked.act());
    html::ok(SelectionPage::new(chrome, &actor, id.0, act, loaded))
}

/// A selection and how its cases stand, under its own event.
async fn load(db: &Db, actor: &Actor, id: Uuid) -> Result<(Frame, Loaded), AppError> {
    db.read(actor.does(Action::CaseSelectionRead).on(id), async |tx| {
        let kept = queries::kept(tx, id).await?;
        let ids: Vec<_> = kept.cases.iter().map(|case| case.id).collect();
        let standings = queries::standings(tx, &ids).await?;
        tx.shown("review_case", &standings.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
        let theirs = match kept.assignee {
            Some(person) => super::super::assign::queries::may_have(tx, &ids, person).await?,
            None => Vec::new(),
        };
        let written = queries::written(tx, id).await?;
        Ok((tx.frame().await?, Loaded { kept, standings, written, theirs, reviewers: reviewers(tx).await? }))
    })
    .await
}

/// `POST /access-logs/bulk/{id}/decision`
pub async fn decide(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<DecisionForm>,
) -> Result<HttpResponse, AppError> {
    match check(&form) {
        Ok(decision) => {
            let ran = run::decide(&db, &actor, id.0, &decision).await?;
            Ok(after(id.0, Act::Decide, &ran))
        }
        Err(errors) => {
            db.refuse_form(&actor.does(Action::CaseSelectionRun).on(id.0)).await?;
            let (frame, loaded) = load(&db, &actor, id.0).await?;
            let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
            let page = SelectionPage::new(chrome, &actor, id.0, Act::Decide, loaded);
            html::with(StatusCode::UNPROCESSABLE_ENTITY, page.answering(form.into_inner(), errors))
        }
    }
}

/// `POST /access-logs/bulk/{id}/assignment`
pub async fn assign(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    id: Id,
    form: Form<AssignForm>,
) -> Result<HttpResponse, AppError> {
    match form.chosen(actor.id()) {
        Ok(to) => {
            let ran = run::assign(&db, &actor, id.0, to).await?;
            Ok(after(id.0, Act::Assign, &ran))
        }
        Err(sentence) => {
            db.refuse_form(&actor.does(Action::CaseSelectionRun).on(id.0)).await?;
            let (frame, loaded) = load(&db, &actor, id.0).await?;
            let mut errors = Errors::new();
            errors.add("assignee", sentence);
            let chrome = Chrome::new(&actor, Place::AccessLogs, here, &frame);
            let page = SelectionPage::new(chrome, &actor, id.0, Act::Assign, loaded);
            html::with(StatusCode::UNPROCESSABLE_ENTITY, page.answering(DecisionForm::default(), errors))
        }
    }
}

/// `POST /access-logs/bulk/{id}/reversal`: takes the act back where nothing has happened since.
pub async fn take_back(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    let (act, ran) = run::take_back(&db, &actor, id.0).await?;
    if ran.done < ran.of || ran.of == 0 {
        return Ok(html::see(&format!("/access-logs/bulk/{}", id.0)));
    }
    let count = i64::try_from(ran.done).unwrap_or(i64::MAX);
    Ok(flash::tell(html::see(&ran.back), Done::ActTakenBack(count, act == Act::Decide)))
}
