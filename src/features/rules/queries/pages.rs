//! What the rules' pages read. Numbers are those of the cases in the reader's scope.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::audit::{AuditedTx, Rows};
use crate::error::AppError;
use crate::words::RuleCode;

/// A rule as it runs now, what it found in the last sixty days, and how that was decided.
#[derive(Debug)]
pub struct Standing {
    pub code: String,
    pub version: i32,
    pub kind: String,
    pub severity: String,
    pub enabled: bool,
    /// How many proposals to change it wait for something.
    pub waiting: i64,
    pub cases: i64,
    pub decided: i64,
    pub inappropriate: i64,
}

/// Every rule, or one: signals first, in the order that people read them. What is decided is judged by the flags that stood then; a
/// decision that waits for its second review, or that says the case was none (a duplicate, wrong data, a withdrawn import), says
/// nothing of a rule.
pub fn standing(
    only: Option<RuleCode>,
    since: NaiveDate,
) -> Rows<impl FnMut(PgRow) -> Result<Standing, sqlx::Error> + Send + use<>> {
    let order: Vec<_> = RuleCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    sqlx::query_as!(
        Standing,
        r#"SELECT r.code AS "code!", r.version AS "version!", r.kind AS "kind!", r.severity AS "severity!", r.enabled AS "enabled!",
                  coalesce(w.waiting, 0) AS "waiting!", coalesce(d.cases, 0) AS "cases!", coalesce(d.decided, 0) AS "decided!",
                  coalesce(d.inappropriate, 0) AS "inappropriate!"
             FROM (SELECT DISTINCT ON (x.code) x.code, x.version, x.kind, x.severity, x.enabled
                     FROM portal.rules x ORDER BY x.code, x.version DESC) r
             LEFT JOIN (SELECT p.code, count(*) AS waiting FROM portal.rule_proposals p
                         WHERE p.state IN ('shadow_waiting', 'shadow_running', 'shadow_done', 'requested')
                           AND (p.requested_at IS NULL OR p.requested_at > now() - interval '30 days')
                         GROUP BY p.code) w ON w.code = r.code
             LEFT JOIN (
               SELECT e.rule_code, count(*) FILTER (WHERE e.stands) AS cases, count(*) FILTER (WHERE e.counts) AS decided,
                      count(*) FILTER (WHERE e.counts AND e.disposition LIKE 'inappropriate%') AS inappropriate
                 FROM (SELECT f.rule_code, c.disposition, f.superseded_at IS NULL AS stands,
                              coalesce((c.state = 'closed' OR z.case_id IS NOT NULL)
                                       AND coalesce(c.disposition, z.first_disposition) NOT IN ('duplicate', 'data_error')
                                       AND (f.superseded_at IS NULL OR f.superseded_at > c.decided_at), false) AS counts
                         FROM portal.case_flags f JOIN portal.review_cases c ON c.id = f.case_id
                         -- a case of the blind sample is closed to whom it looks so
                         LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
                        WHERE c.local_day >= $1 AND c.continued_in IS NULL AND c.withdrawn_at IS NULL) e
                GROUP BY e.rule_code) d ON d.rule_code = r.code
            WHERE $2::text IS NULL OR r.code = $2
            ORDER BY r.kind <> 'signal', array_position($3::text[], r.code)"#,
        since,
        only.map(RuleCode::as_str),
        &order
    )
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
