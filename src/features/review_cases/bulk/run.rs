//! The act on each selected case, in a transaction of that case's own. It is planned once; each case is then looked at again
//! while it is locked. A case whose turn fails is recorded as an act that failed, and the next one has its turn.

use uuid::Uuid;

use super::super::assign::queries as assigning;
use super::super::model::Decision;
use super::super::queries::SeenCase;
use super::super::queries::decide::{decide_within, reopen_within};
use super::model::{Act, Standing, Why, for_assignment, for_decision};
use super::queries::{self, Kept, Written};
use crate::audit::{Actor, Code, Db, Outcome};
use crate::error::{AppError, Refusal};
use crate::policy::Action;

/// How an act ended.
pub struct Ran {
    /// How many cases it stands in.
    pub done: usize,
    /// Of how many.
    pub of: usize,
    /// The queue it came from.
    pub back: String,
}

/// What is left to do.
struct Plan {
    due: Vec<SeenCase>,
    /// What the person may not act on at all: tried, and recorded as refused.
    refused: Vec<(Uuid, Why)>,
    done: usize,
    of: usize,
    back: String,
}

impl Plan {
    /// Leaves out what was done before, and what `fits` refuses.
    fn of(
        kept: Kept,
        standings: &[Standing],
        written: &[Written],
        fits: impl Fn(&SeenCase, Option<&Standing>) -> Result<(), Why>,
    ) -> Self {
        let of = kept.cases.len();
        let done = written.iter().filter(|line| line.stands()).count();
        let mut plan = Self { due: Vec::new(), refused: Vec::new(), done, of, back: kept.back };
        for seen in kept.cases.into_iter().filter(|seen| !written.iter().any(|line| line.case == seen.id)) {
            match fits(&seen, standings.iter().find(|case| case.id == seen.id)) {
                Ok(()) => plan.due.push(seen),
                Err(why @ (Why::Hidden | Why::Conflict(_))) => plan.refused.push((seen.id, why)),
                Err(_) => {}
            }
        }
        plan
    }

    /// Records what was tried on cases that are kept from the person.
    async fn record_refusals(&self, db: &Db, actor: &Actor, action: Action) -> Result<(), AppError> {
        for &(case, why) in &self.refused {
            let code = if why == Why::Hidden { Code::NotInScope } else { Code::ConflictOfInterest };
            db.refuse(&actor.does(action).on(case), Outcome::AuthzFail, code).await?;
        }
        Ok(())
    }

    fn ended(self, more: usize) -> Ran {
        Ran { done: self.done + more, of: self.of, back: self.back }
    }
}

/// Whether a case's turn succeeded. What is about the person or the trail rather than about the case ends the act.
fn went_well(turn: Result<(), AppError>) -> Result<bool, AppError> {
    match turn {
        Ok(()) => Ok(true),
        Err(
            AppError::Conflict
            | AppError::NotFound
            | AppError::Invalid(_)
            | AppError::Refused(_)
            | AppError::Database(_)
            | AppError::Internal(_),
        ) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Why a case's turn is refused, as the trail tells it.
fn refusal(why: Why) -> AppError {
    match why {
        Why::Hidden => AppError::NotFound,
        Why::Conflict(relation) => AppError::Refused(Refusal::Conflicted(relation.refusal())),
        _ => AppError::Conflict,
    }
}

/// Decides what may be decided in bulk.
///
/// # Errors
/// [`AppError::NotFound`] for a selection that is not the person's; what is about the person or the trail.
pub async fn decide(db: &Db, actor: &Actor, selection: Uuid, decision: &Decision) -> Result<Ran, AppError> {
    let me = actor.id();
    let (reads, runs) = (Action::CaseSelectionRead, Action::CaseSelectionRun);
    let plan = db
        .change(actor.does(reads).on(selection), actor.does(runs).on(selection), async |tx| {
            let kept = queries::kept(tx, selection).await?;
            queries::decides(tx, selection, decision).await?;
            let (standings, written) =
                (queries::standings(tx, &ids(&kept)).await?, queries::written(tx, selection).await?);
            Ok(Plan::of(kept, &standings, &written, |seen, case| for_decision(seen.version, case)))
        })
        .await?;
    plan.record_refusals(db, actor, Action::ReviewCaseDecide).await?;
    let mut more = 0;
    for &SeenCase { id, version } in &plan.due {
        let turn = db
            .change(
                actor.does(Action::ReviewCaseRead).on(id),
                actor.does(Action::ReviewCaseDecide).on(id),
                async |tx| {
                    queries::hold(tx, id).await?;
                    let case = queries::standings(tx, &[id]).await?.pop();
                    for_decision(version, case.as_ref()).map_err(refusal)?;
                    decide_within(tx, me, id, version, decision).await?;
                    queries::note(tx, selection, id, version + 1).await
                },
            )
            .await;
        more += usize::from(went_well(turn)?);
    }
    Ok(plan.ended(more))
}

/// Gives what may be given to somebody, or lays it down.
///
/// # Errors
/// As [`decide`].
pub async fn assign(db: &Db, actor: &Actor, selection: Uuid, to: Option<Uuid>) -> Result<Ran, AppError> {
    let me = actor.id();
    let (reads, runs) = (Action::CaseSelectionRead, Action::CaseSelectionRun);
    let plan = db
        .change(actor.does(reads).on(selection), actor.does(runs).on(selection), async |tx| {
            let kept = queries::kept(tx, selection).await?;
            queries::assigns(tx, selection, to).await?;
            let ids = ids(&kept);
            let theirs = match to {
                Some(person) => assigning::may_have(tx, &ids, person).await?,
                None => Vec::new(),
            };
            let (standings, written) = (queries::standings(tx, &ids).await?, queries::written(tx, selection).await?);
            Ok(Plan::of(kept, &standings, &written, |seen, case| {
                for_assignment(seen.version, case, to, theirs.contains(&seen.id))
            }))
        })
        .await?;
    plan.record_refusals(db, actor, Action::ReviewCaseAssign).await?;
    let mut more = 0;
    for &SeenCase { id, version } in &plan.due {
        let turn = db
            .change(
                actor.does(Action::ReviewCaseRead).on(id),
                actor.does(Action::ReviewCaseAssign).on(id),
                async |tx| {
                    assigning::assign(tx, me, id, version, to).await?;
                    queries::note(tx, selection, id, version + 1).await
                },
            )
            .await;
        more += usize::from(went_well(turn)?);
    }
    Ok(plan.ended(more))
}

/// Takes an act back in every case that still stands as the act left it; how many cases it is gone from, and the act.
///
/// # Errors
/// [`AppError::NotFound`] for a selection that is not the person's; [`AppError::Conflict`] for one that did nothing yet.
pub async fn take_back(db: &Db, actor: &Actor, selection: Uuid) -> Result<(Act, Ran), AppError> {
    let me = actor.id();
    let (act, back, written) = db
        .read(actor.does(Action::CaseSelectionRead).on(selection), async |tx| {
            let kept = queries::kept(tx, selection).await?;
            Ok((kept.act.ok_or(AppError::Conflict)?, kept.back, queries::written(tx, selection).await?))
        })
        .await?;
    let action = if act == Act::Decide { Action::ReviewCaseReopen } else { Action::ReviewCaseAssign };
    let mut gone = written.iter().filter(|line| !line.stands()).count();
    for line in written.iter().filter(|line| line.stands()) {
        let (id, seq) = (line.case, line.seq);
        let turn = db
            .change(actor.does(Action::ReviewCaseRead).on(id), actor.does(action).on(id), async |tx| {
                match act {
                    Act::Decide => reopen_within(tx, me, id, seq).await?,
                    Act::Assign => assigning::take_back(tx, me, id, seq).await?,
                };
                queries::note(tx, selection, id, seq + 1).await
            })
            .await;
        gone += usize::from(went_well(turn)?);
    }
    Ok((act, Ran { done: gone, of: written.len(), back }))
}

fn ids(kept: &Kept) -> Vec<Uuid> {
    kept.cases.iter().map(|case| case.id).collect()
}
