//! What the database knows of a second review, as far as its reader may know it.

use uuid::Uuid;

use super::super::queries::context::conflict;
use super::model::{Circumstances, Verdict};
use crate::audit::{Actor, AuditedTx, Db};
use crate::error::{AppError, Refusal};
use crate::policy::conflict::{CaseAct, allows};
use crate::policy::{Action, Role};
use crate::words::{Risk, SecondReviewGround, SecondReviewStanding};

/// The round that a case waits in, for one reader.
#[derive(Debug)]
pub struct Round {
    /// How the reader stands to it.
    pub standing: SecondReviewStanding,
    /// Why a second person looks.
    pub ground: SecondReviewGround,
}

/// What a case's page needs to know of second reviews.
#[derive(Debug)]
pub struct Second {
    /// The round it waits in; none where it waits in none, or looks closed to the reader.
    pub waiting: Option<Round>,
    /// Whether the reader may open it again.
    pub may_take_back: bool,
}

/// Of one case in scope.
pub async fn second(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Second, AppError> {
    let row = tx
        .one(sqlx::query!(
            r#"SELECT portal.second_review_standing('review_case/r', c.id) AS standing, s.ground AS "ground?",
                      portal.may_take_back('review_case/r', c.id) AS "may_take_back!"
                 FROM portal.review_cases c
                 LEFT JOIN portal.second_reviews s ON s.case_id = c.id AND s.outcome IS NULL
                WHERE c.id = $1"#,
            case
        ))
        .await?;
    // a round that waits and is not to be seen is sealed from the reader; one of the sample that is to be seen looks closed
    let ground = match row.ground.as_deref().map(SecondReviewGround::parse) {
        None => Some(SecondReviewGround::Sample),
        Some(Some(SecondReviewGround::Sample)) => None,
        Some(Some(ground)) => Some(ground),
        Some(None) => return Err(AppError::Internal("unknown ground")),
    };
    let standing = row.standing.as_deref().map(SecondReviewStanding::parse);
    let waiting = match standing {
        None => None,
        Some(None) => return Err(AppError::Internal("unknown standing")),
        Some(Some(standing)) => ground.map(|ground| Round { standing, ground }),
    };
    Ok(Second { waiting, may_take_back: row.may_take_back })
}

/// What about a locked case asks for a second person.
pub async fn circumstances(tx: &mut AuditedTx<'_>, case: Uuid, risk: Risk) -> Result<Circumstances, AppError> {
    let row = tx
        .one(sqlx::query!(
            r#"SELECT coalesce(bool_or(f.rule_code = 'watch_list'), false) AS "watch_list!",
                      coalesce(bool_or(f.rule_code = 'reported_by_person'), false) AS "complaint!",
                      EXISTS (SELECT 1 FROM portal.second_reviews s WHERE s.case_id = $1 AND s.outcome = 'overturned') AS "overturned!"
                 FROM portal.case_flags f WHERE f.case_id = $1 AND f.superseded_at IS NULL"#,
            case
        ))
        .await?;
    let (watch_list, complaint, overturned) = (row.watch_list, row.complaint, row.overturned);
    Ok(Circumstances { risk, watch_list, complaint, overturned })
}

/// Whether the person may open a decided case again, asked under the act itself.
pub async fn may_take_back(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<bool, AppError> {
    let row = tx.one(sqlx::query!(r#"SELECT portal.may_take_back('review_case/w', $1) AS "may!""#, case)).await?;
    Ok(row.may)
}

/// The act under which somebody gives a second review: the alternate of the only manager has one of their own.
#[must_use]
pub fn act_of(role: Role) -> Action {
    if role == Role::Coordinator { Action::ReviewCaseStandIn } else { Action::ReviewCaseSecondReview }
}

/// Gives a second review in one audited block: the case's short number, and whether both agree.
///
/// # Errors
/// [`AppError::Conflict`] when the case has moved on; [`AppError::Invalid`] when somebody disagrees with what the first
/// decision found in the same words; [`AppError::Refused`] for whoever decided it or stands too near;
/// [`AppError::Denied`] for a coordinator who stands in for nobody here.
pub async fn give(db: &Db, actor: &Actor, id: Uuid, version: i32, verdict: &Verdict) -> Result<(i64, bool), AppError> {
    let own = match verdict {
        Verdict::Agrees => None,
        Verdict::Own(decision) => Some(decision),
    };
    db.change(actor.does(Action::ReviewCaseRead).on(id), actor.does(act_of(actor.role())).on(id), async |tx| {
        let case = tx.one(sqlx::query!("SELECT number FROM portal.review_cases WHERE id = $1", id)).await?;
        if let Some(relation) = conflict(tx, id).await?
            && !allows(Some(relation), CaseAct::SecondReview)
        {
            return Err(AppError::Refused(Refusal::Conflicted(relation.refusal())));
        }
        let row = tx
            .one(sqlx::query!(
                r#"SELECT portal.give_second_review($1, $2, $3, $4, $5, $6) AS "said!""#,
                id,
                version,
                own.is_none(),
                own.map(|own| own.disposition.as_str()),
                own.map(|own| own.reason.as_str()),
                own.and_then(|own| own.note.as_deref())
            ))
            .await?;
        match row.said.as_str() {
            "confirmed" => Ok((case.number, true)),
            "overturned" => Ok((case.number, false)),
            "same" => Err(AppError::Invalid(String::new())),
            "stale" => Err(AppError::Conflict),
            "own" => Err(AppError::Refused(Refusal::SecondPerson)),
            "role" => Err(AppError::Denied),
            _ => Err(AppError::Internal("unknown answer of a second review")),
        }
    })
    .await
}

/// For whom a case waits.
#[derive(Debug)]
pub struct Waiting {
    /// The case.
    pub case_id: Uuid,
    /// Who could take it up.
    pub full_name: String,
    /// As the named alternate.
    pub alternate: bool,
}

/// For whom the cases of a page wait.
pub async fn waits_for(tx: &mut AuditedTx<'_>, cases: &[Uuid]) -> Result<Vec<Waiting>, AppError> {
    tx.all(sqlx::query_as!(
        Waiting,
        r#"SELECT case_id AS "case_id!", full_name AS "full_name!", alternate AS "alternate!" FROM portal.waits_for($1)"#,
        cases
    ))
    .await
}
