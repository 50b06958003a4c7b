//! A proposed change of a rule: made, shown with its shadow run, asked for, decided. The database holds to the order and to
//! the two people; what is checked here only says it in time.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::engine::Rule;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::{JobKind, RerunCause};

/// A proposal with its numbers.
#[derive(Debug)]
pub struct Proposal {
    pub id: Uuid,
    pub code: String,
    pub base_version: i32,
    pub kind: String,
    pub severity: String,
    pub parameters: serde_json::Value,
    pub enabled: bool,
    pub rerun: bool,
    pub state: String,
    pub proposed_by: Uuid,
    pub proposer: String,
    pub decider: Option<String>,
    pub rows_seen: Option<i64>,
    pub flagged_now: Option<i64>,
    pub flagged_then: Option<i64>,
    pub cases_now: Option<i64>,
    pub cases_more: Option<i64>,
    pub cases_fewer: Option<i64>,
    pub missed: Option<i64>,
    pub lost_cases: Vec<Uuid>,
    pub gained_rows: Vec<Uuid>,
    pub shadow_from: Option<DateTime<Utc>>,
    pub shadow_until: Option<DateTime<Utc>>,
    pub requested_at: Option<DateTime<Utc>>,
    pub decided_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// One proposal.
pub async fn one(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Proposal, AppError> {
    tx.one(sqlx::query_as!(
        Proposal,
        r#"SELECT x.id, x.code, x.base_version, x.kind, x.severity, x.parameters, x.enabled, x.rerun, x.state, x.proposed_by,
                  p.full_name AS proposer, d.full_name AS "decider?", x.rows_seen, x.flagged_now, x.flagged_then, x.cases_now,
                  x.cases_more, x.cases_fewer, x.missed, x.lost_cases, x.gained_rows, x.shadow_from, x.shadow_until, x.requested_at,
                  x.decided_at, x.created_at
             FROM portal.rule_proposals x
             JOIN portal.people p ON p.id = x.proposed_by
             LEFT JOIN portal.people d ON d.id = x.decided_by
            WHERE x.id = $1"#,
        id
    ))
    .await
}

/// A case that would not be there.
#[derive(Debug)]
pub struct Lost {
    pub id: Uuid,
    pub number: i64,
    pub local_day: NaiveDate,
    pub full_name: Option<String>,
    pub login: String,
    pub risk: String,
    pub disposition: Option<String>,
}

/// The sample of cases that would not be there, in the reader's scope.
pub async fn lost(tx: &mut AuditedTx<'_>, ids: &[Uuid]) -> Result<Vec<Lost>, AppError> {
    tx.all(sqlx::query_as!(
        Lost,
        r#"SELECT c.id, c.number, c.local_day, p.full_name AS "full_name?", l.login, c.risk,
                  coalesce(c.disposition, z.first_disposition) AS disposition
             FROM portal.review_cases c
             JOIN portal.ehr_logins l ON l.id = c.login_id
             LEFT JOIN portal.people p ON p.id = c.person_id
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
            WHERE c.id = ANY ($1) ORDER BY (c.disposition LIKE 'inappropriate%') DESC NULLS LAST, c.local_day DESC, c.id"#,
        ids
    ))
    .await
}

/// An access that would open a case.
#[derive(Debug)]
pub struct Gained {
    pub id: Uuid,
    pub action_at: DateTime<Utc>,
    pub access_type: String,
    pub resource_type: String,
    pub full_name: Option<String>,
    pub login: String,
}

/// The sample of accesses that would open cases, in the reader's scope. Nobody sees what they would be flagged for themselves.
pub async fn gained(tx: &mut AuditedTx<'_>, ids: &[Uuid], me: Uuid) -> Result<Vec<Gained>, AppError> {
    tx.all(sqlx::query_as!(
        Gained,
        r#"SELECT a.id, a.action_at, a.access_type, a.resource_type, p.full_name AS "full_name?", l.login
             FROM portal.access_logs a
             JOIN portal.ehr_logins l ON l.id = a.login_id
             LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at
              AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
             LEFT JOIN portal.people p ON p.id = h.person_id
            WHERE a.id = ANY ($1) AND h.person_id IS DISTINCT FROM $2 ORDER BY a.id DESC"#,
        ids,
        me
    ))
    .await
}

/// Keeps a proposal and asks for its shadow run.
pub async fn propose(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    me: Uuid,
    rule: &Rule,
    rerun: bool,
    request_id: Uuid,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_proposals (id, code, base_version, kind, severity, parameters, enabled, rerun, proposed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        rule.code.as_str(),
        rule.version,
        rule.kind.as_str(),
        rule.severity.as_str(),
        rule.parameters,
        rule.enabled,
        rerun,
        me
    ))
    .await?;
    tx.enqueue(JobKind::ShadowRun, id, request_id).await
}

/// Moves a proposal to `requested` or `withdrawn`.
pub async fn move_on(tx: &mut AuditedTx<'_>, id: Uuid, from: &[String], to: &str) -> Result<(), AppError> {
    let moved = tx
        .run(sqlx::query!(
            "UPDATE portal.rule_proposals SET state = $3, requested_at = CASE WHEN $3 = 'requested' THEN now() ELSE requested_at END,
                    updated_at = now() WHERE id = $1 AND state = ANY ($2)",
            id,
            from,
            to
        ))
        .await?;
    if moved == 1 { Ok(()) } else { Err(AppError::Conflict) }
}

/// Asks for a shadow run that broke again; the database holds that it is the proposer's.
pub async fn run_again(tx: &mut AuditedTx<'_>, id: Uuid, request_id: Uuid) -> Result<(), AppError> {
    let begun =
        tx.one(sqlx::query!(r#"SELECT portal.run_shadow_again($1, $2) AS "begun!""#, id, request_id)).await?.begun;
    if begun { Ok(()) } else { Err(AppError::Conflict) }
}

/// Decides what was asked for. An approval makes the new version, over the one it was proposed for and no other.
pub async fn decide(tx: &mut AuditedTx<'_>, proposal: &Proposal, me: Uuid, approve: bool) -> Result<(), AppError> {
    let newest = super::newest(tx).await?;
    let live = newest.iter().find(|rule| rule.code.as_str() == proposal.code).map_or(0, |rule| rule.version);
    if approve && live != proposal.base_version {
        return Err(AppError::Conflict);
    }
    let decided = tx
        .run(sqlx::query!(
            "UPDATE portal.rule_proposals SET state = CASE WHEN $3 THEN 'approved' ELSE 'refused' END, decided_by = $2, decided_at = now(),
                    new_version = CASE WHEN $3 THEN base_version + 1 END, updated_at = now()
              WHERE id = $1 AND state = 'requested' AND proposed_by <> $2",
            proposal.id,
            me,
            approve
        ))
        .await?;
    if decided != 1 {
        return Err(AppError::Conflict);
    }
    if approve {
        tx.run(sqlx::query!(
            "INSERT INTO portal.rules (code, version, kind, severity, parameters, enabled, proposal_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            proposal.code,
            proposal.base_version + 1,
            proposal.kind,
            proposal.severity,
            proposal.parameters,
            proposal.enabled,
            proposal.id
        ))
        .await?;
    }
    Ok(())
}

/// Runs the rules again over the days the shadow run looked at, for every login.
pub async fn rerun(
    tx: &mut AuditedTx<'_>,
    proposal: &Proposal,
    until: DateTime<Utc>,
    request_id: Uuid,
) -> Result<(), AppError> {
    let logins = tx.all(sqlx::query!("SELECT id FROM portal.ehr_logins")).await?;
    let logins: Vec<_> = logins.into_iter().map(|row| row.id).collect();
    let from = proposal.shadow_from.unwrap_or(until);
    tx.ask_for_rerun(RerunCause::RuleChanged, &logins, from, until, request_id).await.map(|_| ())
}
