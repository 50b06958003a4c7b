//! What the rules' pages read. Numbers are those of the cases in the reader's scope.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// What one rule found in the last sixty days, and how it was decided.
#[derive(Debug, Default, Clone)]
pub struct Found {
    pub code: String,
    pub cases: i64,
    pub decided: i64,
    pub inappropriate: i64,
}

/// Of every rule that found anything. What is decided is judged by the flags that stood then; a decision that waits for its
/// second review, or that says the case was none (a duplicate, wrong data, a withdrawn import), says nothing of a rule.
pub async fn found(tx: &mut AuditedTx<'_>, since: NaiveDate) -> Result<Vec<Found>, AppError> {
    tx.all(sqlx::query_as!(
        Found,
        r#"SELECT d.rule_code AS "code!", count(*) FILTER (WHERE d.stands) AS "cases!", count(*) FILTER (WHERE d.counts) AS "decided!",
                  count(*) FILTER (WHERE d.counts AND d.disposition LIKE 'inappropriate%') AS "inappropriate!"
             FROM (SELECT f.rule_code, c.disposition, f.superseded_at IS NULL AS stands,
                          coalesce((c.state = 'closed' OR z.case_id IS NOT NULL)
                                   AND coalesce(c.disposition, z.first_disposition) NOT IN ('duplicate', 'data_error')
                                   AND (f.superseded_at IS NULL OR f.superseded_at > c.decided_at), false) AS counts
                     FROM portal.case_flags f JOIN portal.review_cases c ON c.id = f.case_id
                     -- a case of the blind sample is closed to whom it looks so
                     LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
                    WHERE c.local_day >= $1 AND c.continued_in IS NULL AND c.withdrawn_at IS NULL) d
            WHERE d.stands OR d.counts
            GROUP BY d.rule_code"#,
        since
    ))
    .await
}

/// How many proposals of each rule wait for something.
pub async fn waiting(tx: &mut AuditedTx<'_>) -> Result<Vec<(String, i64)>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT code, count(*) AS "count!" FROM portal.rule_proposals
                WHERE state IN ('shadow_waiting', 'shadow_running', 'shadow_done', 'requested')
                  AND (requested_at IS NULL OR requested_at > now() - interval '30 days')
                GROUP BY code"#
        ))
        .await?;
    Ok(rows.into_iter().map(|row| (row.code, row.count)).collect())
}

/// One week of a rule.
#[derive(Debug)]
pub struct Week {
    pub monday: NaiveDate,
    pub cases: i64,
    pub decided: i64,
    pub inappropriate: i64,
}

/// The weeks in which a rule found something.
pub async fn weeks(tx: &mut AuditedTx<'_>, code: &str, since: NaiveDate) -> Result<Vec<Week>, AppError> {
    tx.all(sqlx::query_as!(
        Week,
        r#"SELECT date_trunc('week', c.local_day)::date AS "monday!", count(*) AS "cases!",
                  count(*) FILTER (WHERE c.state = 'closed' OR z.case_id IS NOT NULL) AS "decided!",
                  count(*) FILTER (WHERE c.state = 'closed' AND c.disposition LIKE 'inappropriate%') AS "inappropriate!"
             FROM portal.case_flags f JOIN portal.review_cases c ON c.id = f.case_id
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
            WHERE f.rule_code = $1 AND c.local_day >= $2 AND f.superseded_at IS NULL AND c.continued_in IS NULL AND c.withdrawn_at IS NULL
            GROUP BY 1 ORDER BY 1"#,
        code,
        since
    ))
    .await
}

/// One version of a rule, and the two people it came from.
#[derive(Debug)]
#[allow(clippy::struct_field_names, reason = "the names are the columns")]
pub struct Version {
    pub version: i32,
    pub kind: String,
    pub severity: String,
    pub enabled: bool,
    pub parameters: serde_json::Value,
    pub created_at: DateTime<Utc>,
    pub proposal_id: Option<Uuid>,
    pub proposed_by: Option<String>,
    pub approved_by: Option<String>,
}

/// The versions, newest first.
pub async fn versions(tx: &mut AuditedTx<'_>, code: &str) -> Result<Vec<Version>, AppError> {
    tx.all(sqlx::query_as!(
        Version,
        r#"SELECT r.version, r.kind, r.severity, r.enabled, r.parameters, r.created_at, r.proposal_id,
                  p.full_name AS "proposed_by?", d.full_name AS "approved_by?"
             FROM portal.rules r
             LEFT JOIN portal.rule_proposals x ON x.id = r.proposal_id
             LEFT JOIN portal.people p ON p.id = x.proposed_by
             LEFT JOIN portal.people d ON d.id = x.decided_by
            WHERE r.code = $1 ORDER BY r.version DESC"#,
        code
    ))
    .await
}

/// A proposal in a list.
#[derive(Debug)]
pub struct Listed {
    pub id: Uuid,
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub requested_at: Option<DateTime<Utc>>,
    pub proposed_by: String,
}

/// The proposals of a rule, newest first.
pub async fn proposals(tx: &mut AuditedTx<'_>, code: &str) -> Result<Vec<Listed>, AppError> {
    tx.all(sqlx::query_as!(
        Listed,
        "SELECT x.id, x.state, x.created_at, x.requested_at, p.full_name AS proposed_by
           FROM portal.rule_proposals x JOIN portal.people p ON p.id = x.proposed_by
          WHERE x.code = $1 ORDER BY x.created_at DESC LIMIT 20",
        code
    ))
    .await
}
