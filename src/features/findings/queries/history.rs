//! What was done to a finding and said beside it, and every version of what it says.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::model::edit::Content;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::Risk;

/// One event of a finding, with the names that the reader may see.
pub struct Event {
    /// Its place, from 1.
    pub seq: i32,
    /// What.
    pub kind: String,
    /// By whom.
    pub actor: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// The status before it.
    pub from_status: Option<String>,
    /// The status after it.
    pub to_status: String,
    /// Why, or what for.
    pub note: Option<String>,
    /// Whose it became.
    pub assignee: Option<String>,
    /// Whose it was.
    pub was_assigned_to: Option<String>,
    /// The case it is about.
    pub case_id: Option<Uuid>,
    /// Its short number, where it is in scope.
    pub case_number: Option<i64>,
}

/// Every event, in order.
///
/// # Errors
/// What the database answers.
pub async fn events(tx: &mut AuditedTx<'_>, finding: Uuid) -> Result<Vec<Event>, AppError> {
    let query = sqlx::query_as!(
        Event,
        r#"SELECT e.seq, e.kind, p.full_name AS "actor?", e.at, e.from_status, e.to_status, e.note, n.full_name AS "assignee?",
                  w.full_name AS "was_assigned_to?", e.case_id, c.number AS "case_number?"
             FROM portal.finding_events e
             LEFT JOIN portal.people p ON p.id = e.actor_id
             LEFT JOIN portal.people n ON n.id = e.assignee_id
             LEFT JOIN portal.people w ON w.id = e.was_assigned_to
             LEFT JOIN portal.review_cases c ON c.id = e.case_id
            WHERE e.finding_id = $1 ORDER BY e.seq"#,
        finding
    );
    tx.all(query).await
}

/// The last event alone.
///
/// # Errors
/// What the database answers.
pub async fn last(tx: &mut AuditedTx<'_>, finding: Uuid) -> Result<Vec<Event>, AppError> {
    let mut events = events(tx, finding).await?;
    Ok(events.pop().into_iter().collect())
}

/// What somebody said beside a finding.
pub struct Comment {
    /// Its id, by which a link finds it.
    pub id: Uuid,
    /// `comment` or `evidence`.
    pub kind: String,
    /// Who.
    pub author: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub body: String,
}

/// Every comment, in order.
///
/// # Errors
/// What the database answers.
pub async fn comments(tx: &mut AuditedTx<'_>, finding: Uuid) -> Result<Vec<Comment>, AppError> {
    let query = sqlx::query_as!(
        Comment,
        r#"SELECT c.id, c.kind, p.full_name AS "author?", c.at, c.body
             FROM portal.finding_comments c LEFT JOIN portal.people p ON p.id = c.author_id
            WHERE c.finding_id = $1 ORDER BY c.at, c.id"#,
        finding
    );
    tx.all(query).await
}

/// Every version of what a finding says, with the event since which it does.
///
/// # Errors
/// What the database answers.
pub async fn versions(tx: &mut AuditedTx<'_>, finding: Uuid) -> Result<Vec<(i32, Content)>, AppError> {
    let query = sqlx::query!(
        "SELECT seq, title, severity, due_date, details, root_cause FROM portal.finding_versions WHERE finding_id = $1 ORDER BY seq",
        finding
    );
    let content = |severity: &str| Risk::parse(severity).ok_or(AppError::Internal("unknown severity"));
    let rows = tx.all(query).await?.into_iter().map(|row| {
        let severity = content(&row.severity)?;
        let (title, due, details, root_cause) = (row.title, row.due_date, row.details, row.root_cause);
        Ok((row.seq, Content { title, severity, due, details, root_cause }))
    });
    rows.collect()
}
