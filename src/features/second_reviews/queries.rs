//! The figures and the list behind them, over the cases in the reader's scope.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::filter::Filter;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::FETCH;
use crate::words::{RuleCode, SecondReviewKind, SecondReviewOutcome};

/// What became of decisions, by who made them or by the rule that flagged the case.
#[derive(Debug)]
pub struct Figure {
    /// A first reviewer, else a rule.
    pub reviewer: Option<Uuid>,
    /// Their name, or the rule's code.
    pub name: String,
    /// Decisions made.
    pub decided: i64,
    /// Of these, looked at a second time with the first decision in view.
    pub required: i64,
    /// Of these, agreed.
    pub required_agreed: i64,
    /// Looked at blind.
    pub blind: i64,
    /// Of these, agreed.
    pub blind_agreed: i64,
}

/// The statement of the page and of the file: decisions of a period by reviewer, then by rule.
macro_rules! figures_between {
    ($since:expr, $until:expr) => {
        sqlx::query_as!(
            $crate::features::second_reviews::queries::Figure,
            r#"WITH decisions AS (
                 SELECT e.case_id, e.actor_id, s.kind, s.outcome
                   FROM portal.review_events e
                   JOIN portal.review_cases c ON c.id = e.case_id
                   LEFT JOIN portal.second_reviews s ON s.case_id = e.case_id AND s.first_seq = e.seq AND s.outcome IN ('confirmed', 'overturned')
                  WHERE e.kind = 'decided' AND ($1::timestamptz IS NULL OR e.at >= $1) AND ($2::timestamptz IS NULL OR e.at < $2)),
               lines AS (
                 SELECT d.actor_id AS reviewer, p.full_name AS name, d.kind, d.outcome FROM decisions d JOIN portal.people p ON p.id = d.actor_id
                 UNION ALL
                 SELECT NULL, f.rule_code, d.kind, d.outcome FROM decisions d
                   JOIN portal.case_flags f ON f.case_id = d.case_id AND f.kind = 'signal' AND f.superseded_at IS NULL)
               SELECT reviewer, name AS "name!", count(*) AS "decided!",
                      count(*) FILTER (WHERE kind = 'required') AS "required!",
                      count(*) FILTER (WHERE kind = 'required' AND outcome = 'confirmed') AS "required_agreed!",
                      count(*) FILTER (WHERE kind = 'blind') AS "blind!",
                      count(*) FILTER (WHERE kind = 'blind' AND outcome = 'confirmed') AS "blind_agreed!"
                 FROM lines GROUP BY reviewer, name ORDER BY reviewer IS NULL, name"#,
            $since,
            $until
        )
    };
}
pub(super) use figures_between;

/// The figures of a period.
pub async fn figures(
    tx: &mut AuditedTx<'_>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Figure>, AppError> {
    tx.all(figures_between!(since, until)).await
}

/// The sample of a month that is over, drawn again from its seed.
#[derive(Debug)]
pub struct Proof {
    /// Its first day.
    pub month: NaiveDate,
    /// How many of a hundred are drawn.
    pub share: i16,
    /// Decisions that would have closed a case at once.
    pub decided: i64,
    /// Of these, drawn by the seed.
    pub drawn: i64,
    /// Whether exactly these were looked at blind.
    pub equal: bool,
}

/// Every month that is over, newest first.
pub async fn proofs(tx: &mut AuditedTx<'_>) -> Result<Vec<Proof>, AppError> {
    tx.all(sqlx::query_as!(
        Proof,
        r#"SELECT month AS "month!", share AS "share!", decided AS "decided!", drawn AS "drawn!", equal AS "equal!"
             FROM portal.sample_drawn_again()"#
    ))
    .await
}

/// One second review that is over.
#[derive(Debug, FromRow)]
pub struct Review {
    pub case_id: Uuid,
    pub number: i64,
    pub kind: String,
    pub ground: String,
    pub outcome: String,
    pub first_disposition: String,
    pub first_at: DateTime<Utc>,
    pub first_by: Uuid,
    pub first_name: String,
    pub second_disposition: String,
    pub second_by: Uuid,
    pub second_name: String,
    pub ended_at: DateTime<Utc>,
}

/// The second reviews a filter leaves, newest first once [`NEWEST_FIRST`] is added.
#[must_use]
pub fn reviews(filter: &Filter, since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "SELECT s.case_id, c.number, s.kind, s.ground, s.outcome, s.first_disposition, s.first_at, s.first_by, f.full_name AS first_name,
                s.second_disposition, s.second_by, n.full_name AS second_name, s.ended_at
           FROM portal.second_reviews s
           JOIN portal.review_cases c ON c.id = s.case_id
           JOIN portal.people f ON f.id = s.first_by
           JOIN portal.people n ON n.id = s.second_by
          WHERE s.outcome IN ('confirmed', 'overturned')",
    );
    if let Some(reviewer) = filter.reviewer {
        sql.push(" AND s.first_by = ").push_bind(reviewer);
    }
    if let Some(kind) = filter.kind {
        sql.push(" AND s.kind = ").push_bind(SecondReviewKind::as_str(kind));
    }
    if let Some(outcome) = filter.outcome {
        sql.push(" AND s.outcome = ").push_bind(SecondReviewOutcome::as_str(outcome));
    }
    if let Some(rule) = filter.rule {
        sql.push(" AND EXISTS (SELECT 1 FROM portal.case_flags r WHERE r.case_id = s.case_id AND r.kind = 'signal' AND r.superseded_at IS NULL AND r.rule_code = ")
            .push_bind(RuleCode::as_str(rule))
            .push(")");
    }
    if let Some(since) = since {
        sql.push(" AND s.first_at >= ").push_bind(since);
    }
    if let Some(until) = until {
        sql.push(" AND s.first_at < ").push_bind(until);
    }
    sql
}

/// The order of page and file.
pub const NEWEST_FIRST: &str = " ORDER BY s.ended_at DESC, s.case_id DESC";

/// One page, and one more to tell whether another follows.
pub async fn list(
    tx: &mut AuditedTx<'_>,
    filter: &Filter,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Review>, AppError> {
    let mut sql = reviews(filter, since, until);
    if let Some(after) = filter.after {
        sql.push(" AND (s.ended_at, s.case_id) < (").push_bind(after.at).push(", ").push_bind(after.case).push(")");
    }
    sql.push(NEWEST_FIRST).push(" LIMIT ").push_bind(FETCH);
    tx.composed(sql).await
}

/// The name of the filter's reviewer.
pub async fn name(tx: &mut AuditedTx<'_>, person: Option<Uuid>) -> Result<Option<String>, AppError> {
    let Some(person) = person else { return Ok(None) };
    let row = tx.optional(sqlx::query!("SELECT full_name FROM portal.people WHERE id = $1", person)).await?;
    Ok(row.map(|row| row.full_name))
}
