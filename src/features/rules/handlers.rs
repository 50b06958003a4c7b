//! The pages of the rules: the list, one rule with its form, a proposal with its shadow run, and the acts on it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use chrono::TimeDelta;
use serde::Deserialize;
use uuid::Uuid;

use super::model::Typed;
use super::queries::{self, pages, proposals, reruns};
use super::views::{ListPage, ProposalPage, RulePage, Shadow, Shown};
use super::{SHADOW_DAYS, export};
use crate::audit::{Actor, AuditedTx, Db, Frame};
use crate::clock;
use crate::error::AppError;
use crate::policy::Action;
use crate::web::chrome::Here;
use crate::web::flash::{self, Done};
use crate::web::{Chrome, Errors, Hx, Id, Place, csv, html};
use crate::words::{ProposalState, RuleCode};

/// `GET /settings/rules`
pub async fn list(actor: Actor, db: Data<Db>, here: Here) -> Result<HttpResponse, AppError> {
    let since = clock::today_in(&actor.identity().time_zone) - TimeDelta::days(SHADOW_DAYS);
    let (frame, rules, runs) = db
        .read(actor.does(Action::RuleListRead), async |tx| {
            let rules = tx.all(pages::standing(None, since)).await?;
            Ok((tx.frame().await?, rules, reruns::latest(tx).await?))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Rules, here, &frame);
    html::ok(ListPage::new(chrome, &actor, &rules, &runs))
}

/// `GET /settings/rules.csv`
pub async fn download(actor: Actor, db: Data<Db>) -> Result<HttpResponse, AppError> {
    let since = clock::today_in(&actor.identity().time_zone) - TimeDelta::days(SHADOW_DAYS);
    csv::download(&db, &actor, Action::RuleListExport, "rules", export::export(since)).await
}

async fn shown(tx: &mut AuditedTx<'_>, actor: &Actor, code: Option<RuleCode>) -> Result<(Frame, Shown), AppError> {
    let code = code.ok_or(AppError::NotFound)?;
    let since = clock::today_in(&actor.identity().time_zone) - TimeDelta::days(SHADOW_DAYS);
    let live = queries::newest(tx).await?.into_iter().find(|rule| rule.code == code).ok_or(AppError::NotFound)?;
    let found = tx.one(pages::standing(Some(code), since)).await?;
    let weeks = pages::weeks(tx, code.as_str(), since).await?;
    let versions = pages::versions(tx, code.as_str()).await?;
    let proposals = pages::proposals(tx, code.as_str()).await?;
    Ok((tx.frame().await?, Shown { live, found, weeks, versions, proposals, since }))
}

/// `GET /settings/rules/{code}`
pub async fn page(actor: Actor, db: Data<Db>, here: Here, code: Path<String>) -> Result<HttpResponse, AppError> {
    let code = RuleCode::parse(&code);
    let (frame, shown) = db.read(actor.does(Action::RuleRead), async |tx| shown(tx, &actor, code).await).await?;
    let typed = Typed::of(&shown.live);
    let chrome = Chrome::new(&actor, Place::Rules, here, &frame);
    html::ok(RulePage::new(chrome, &actor, shown, &typed, Errors::new(), Uuid::now_v7()))
}

/// `POST /settings/rules/{code}/proposals`
pub async fn propose(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    code: Path<String>,
    pairs: Form<Vec<(String, String)>>,
) -> Result<HttpResponse, AppError> {
    let (code, id) = (RuleCode::parse(&code), Uuid::now_v7());
    let key = pairs.iter().find(|(name, _)| name == "form_key").and_then(|(_, key)| key.parse().ok()).unwrap_or(id);
    let typed = code.map(|code| Typed::posted(code, &pairs)).unwrap_or_default();
    let (mut first, mut refused) = (None, None);
    let made = db
        .change(actor.does(Action::RuleRead), actor.does(Action::RuleProposalCreate).on(id), async |tx| {
            let live = queries::newest(tx).await?.into_iter().find(|rule| Some(rule.code) == code);
            let live = live.filter(|rule| !rule.code.by_people()).ok_or(AppError::NotFound)?;
            let proposed = typed.check(&live).map_err(|errors| {
                refused = Some(errors);
                AppError::Invalid(String::new())
            })?;
            first = tx.made_before("rule_proposal", actor.id(), key, id).await?;
            if first.is_some() {
                return Err(AppError::Conflict);
            }
            proposals::propose(tx, id, actor.id(), &proposed, typed.rerun, actor.request_id()).await
        })
        .await;
    match (made, first, refused) {
        (Ok(()), ..) => Ok(flash::tell(html::see(&format!("/settings/rules/proposals/{id}")), Done::ProposalQueued)),
        (Err(AppError::Conflict), Some(first), _) => Ok(html::see(&format!("/settings/rules/proposals/{first}"))),
        (Err(AppError::Invalid(_)), _, Some(errors)) => {
            let (frame, shown) =
                db.read(actor.does(Action::RuleRead), async |tx| shown(tx, &actor, code).await).await?;
            let chrome = Chrome::new(&actor, Place::Rules, here, &frame);
            let page = RulePage::new(chrome, &actor, shown, &typed, errors, key);
            html::with(StatusCode::UNPROCESSABLE_ENTITY, page)
        }
        (Err(error), ..) => Err(error),
    }
}

/// How often a page that watches a shadow run has asked already.
#[derive(Default, Deserialize)]
pub struct Asked {
    asked: Option<u32>,
}

/// `GET /settings/rules/proposals/{id}`, and `…/progress`, which a page that watches a shadow run asks by itself: recorded as
/// any read, but nobody is at the keyboard, so that it does not keep the session.
pub async fn proposal(
    actor: Actor,
    db: Data<Db>,
    here: Here,
    hx: Hx,
    id: Id,
    asked: Option<Query<Asked>>,
) -> Result<HttpResponse, AppError> {
    let (frame, shadow) = db
        .read(actor.does(Action::RuleProposalRead).on(id.0), async |tx| {
            let proposal = proposals::one(tx, id.0).await?;
            let lost = proposals::lost(tx, &proposal.lost_cases).await?;
            let gained = proposals::gained(tx, &proposal.gained_rows, actor.id()).await?;
            tx.shown("review_case", &lost.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
            tx.shown("access_log", &gained.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
            let base = pages::versions(tx, &proposal.code).await?;
            Ok((tx.frame().await?, Shadow { proposal, lost, gained, base }))
        })
        .await?;
    let chrome = Chrome::new(&actor, Place::Rules, here, &frame);
    let asked = asked.and_then(|asked| asked.asked).unwrap_or_default();
    let mut page = ProposalPage::new(chrome, &actor, shadow, asked)?;
    page.part = page.live && hx.wants("run");
    if page.part { html::ok(page.as_run()) } else { html::ok(page) }
}

/// `POST /settings/rules/proposals/{id}/request`
pub async fn request(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    let from = [ProposalState::ShadowDone];
    own_step(&actor, &db, id, Action::RuleProposalRequest, &from, ProposalState::Requested).await?;
    Ok(flash::tell(html::see(&format!("/settings/rules/proposals/{}", id.0)), Done::ApprovalRequested))
}

/// `POST /settings/rules/proposals/{id}/withdrawal`
pub async fn withdraw(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    use ProposalState::{Requested, ShadowDone, ShadowFailed, ShadowRunning, ShadowWaiting, Withdrawn};
    let from = [ShadowWaiting, ShadowRunning, ShadowFailed, ShadowDone, Requested];
    own_step(&actor, &db, id, Action::RuleProposalWithdraw, &from, Withdrawn).await?;
    Ok(flash::tell(html::see(&format!("/settings/rules/proposals/{}", id.0)), Done::ProposalWithdrawn))
}

/// `POST /settings/rules/proposals/{id}/retry`
pub async fn retry(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (actor.does(Action::RuleProposalRead), actor.does(Action::RuleProposalRetry));
    db.change(reads.on(id.0), writes.on(id.0), async |tx| {
        if proposals::one(tx, id.0).await?.proposed_by != actor.id() {
            return Err(AppError::Denied);
        }
        proposals::run_again(tx, id.0, actor.request_id()).await
    })
    .await?;
    Ok(flash::tell(html::see(&format!("/settings/rules/proposals/{}", id.0)), Done::RunQueued))
}

/// `POST /settings/rules/reruns/{id}/retry`
pub async fn run_again(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    let (reads, writes) = (actor.does(Action::RuleListRead), actor.does(Action::RuleRerunRetry).on(id.0));
    db.change(reads, writes, async |tx| {
        reruns::one(tx, id.0).await?;
        reruns::run_again(tx, id.0, actor.request_id()).await
    })
    .await?;
    Ok(flash::tell(html::see("/settings/rules"), Done::RunQueued))
}

/// A step that is the proposer's.
async fn own_step(
    actor: &Actor,
    db: &Db,
    id: Id,
    action: Action,
    from: &[ProposalState],
    to: ProposalState,
) -> Result<(), AppError> {
    let from: Vec<_> = from.iter().map(|state| state.as_str().to_owned()).collect();
    db.change(actor.does(Action::RuleProposalRead).on(id.0), actor.does(action).on(id.0), async |tx| {
        if proposals::one(tx, id.0).await?.proposed_by != actor.id() {
            return Err(AppError::Denied);
        }
        proposals::move_on(tx, id.0, &from, to.as_str()).await
    })
    .await
}

/// `POST /settings/rules/proposals/{id}/approval`
pub async fn approve(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    decide(&actor, &db, id, true).await?;
    Ok(flash::tell(html::see(&format!("/settings/rules/proposals/{}", id.0)), Done::RuleApproved))
}

/// `POST /settings/rules/proposals/{id}/refusal`
pub async fn refuse(actor: Actor, db: Data<Db>, id: Id) -> Result<HttpResponse, AppError> {
    decide(&actor, &db, id, false).await?;
    Ok(flash::tell(html::see(&format!("/settings/rules/proposals/{}", id.0)), Done::ProposalRefused))
}

/// A second manager decides; the proposer does not.
async fn decide(actor: &Actor, db: &Db, id: Id, approval: bool) -> Result<(), AppError> {
    let action = if approval { Action::RuleProposalApprove } else { Action::RuleProposalRefuse };
    db.change(actor.does(Action::RuleProposalRead).on(id.0), actor.does(action).on(id.0), async |tx| {
        let proposal = proposals::one(tx, id.0).await?;
        if proposal.proposed_by == actor.id() {
            return Err(AppError::Denied);
        }
        if proposal.requested_at.is_none_or(|at| clock::now() - at >= TimeDelta::days(super::APPROVAL_DAYS)) {
            return Err(AppError::Conflict);
        }
        proposals::decide(tx, &proposal, actor.id(), approval).await?;
        if approval && proposal.rerun {
            proposals::rerun(tx, &proposal, clock::now(), actor.request_id()).await?;
        }
        Ok(())
    })
    .await
}
