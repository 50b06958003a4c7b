//! Whether the record is in the reader's scope, under the record's own policies, and what the trail says of it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::ipnetwork::IpNetwork;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::model::Subject;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::pseudonym;

/// A record in scope: how people call it, and its rows that lists show.
pub struct Record {
    /// Its number or name.
    pub name: String,
    /// The ids under which lists and files show it, as far as the reader's scope goes.
    pub rows: Vec<Uuid>,
}

/// The record, if it is in the reader's scope.
///
/// # Errors
/// [`AppError::NotFound`] where it is not; else what the database answers.
pub async fn record(tx: &mut AuditedTx<'_>, subject: Subject, id: Uuid, all: bool) -> Result<Record, AppError> {
    let (name, rows) = match subject {
        Subject::ReviewCase => {
            let row = tx.one(sqlx::query!("SELECT number FROM portal.review_cases WHERE id = $1", id)).await?;
            (format!("AL-{}", row.number), vec![id])
        }
        Subject::Finding => {
            let row = tx.one(sqlx::query!("SELECT number FROM portal.findings WHERE id = $1", id)).await?;
            (row.number, vec![id])
        }
        Subject::Review => {
            let row = tx.one(sqlx::query!("SELECT number FROM portal.reviews WHERE id = $1", id)).await?;
            (row.number, vec![id])
        }
        Subject::Complaint => {
            let row = tx.one(sqlx::query!("SELECT number FROM portal.complaints WHERE id = $1", id)).await?;
            (row.number, vec![id])
        }
        Subject::AccessLog => {
            tx.one(sqlx::query!("SELECT id FROM portal.access_logs WHERE id = $1", id)).await?;
            (crate::web::list::short(id), vec![id])
        }
        Subject::Person => {
            let row = tx
                .one(sqlx::query!(
                    "SELECT p.full_name FROM portal.people p
                      WHERE p.id = $1 AND ($2 OR EXISTS (SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p.id))",
                    id,
                    all
                ))
                .await?;
            (row.full_name, vec![id])
        }
        Subject::Patient => patient(tx, id).await?,
    };
    Ok(Record { name, rows })
}

/// A patient is in scope where an access to their records is.
async fn patient(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(String, Vec<Uuid>), AppError> {
    let head = tx
        .one(sqlx::query!(
            r#"SELECT i.source_patient_id AS "source_patient_id?" FROM portal.patients t
                 LEFT JOIN portal.patient_ids i ON i.patient_id = t.id WHERE t.id = $1"#,
            id
        ))
        .await?;
    let accesses = tx.all(sqlx::query!("SELECT id FROM portal.access_logs WHERE patient_id = $1", id)).await?;
    if accesses.is_empty() {
        return Err(AppError::NotFound);
    }
    let cases = tx.all(sqlx::query!("SELECT id FROM portal.review_cases WHERE patient_id = $1", id)).await?;
    let rows = accesses.into_iter().map(|row| row.id).chain(cases.into_iter().map(|row| row.id));
    Ok((head.source_patient_id.unwrap_or_else(|| pseudonym(id)), std::iter::once(id).chain(rows).collect()))
}

/// One event that brought somebody before the record.
#[derive(Debug, FromRow)]
pub struct Look {
    /// Its id, in the order of time.
    pub event_id: Uuid,
    /// When.
    pub event_time: DateTime<Utc>,
    /// Who; nobody when the program.
    pub actor_id: Option<Uuid>,
    /// `user`, `system` or `admin`.
    pub actor_type: String,
    /// The verb-noun.
    pub action: String,
    /// Whether it was on the record itself.
    pub itself: bool,
    /// In which request.
    pub request_id: Uuid,
    /// From where.
    pub ip_address: Option<IpNetwork>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// The actor's name.
    pub actor_name: Option<String>,
}

/// Who has seen a record between two ids, newest first; all of it without a limit.
#[must_use]
pub fn looks(
    subject: Subject,
    id: Uuid,
    rows: Vec<Uuid>,
    ids: (Uuid, Uuid),
    limit: Option<i64>,
) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT s.*, p.full_name AS actor_name FROM audit.seen(");
    sql.push_bind(subject.events()).push(", ").push_bind(id);
    sql.push(", ").push_bind(subject.shown_as()).push(", ").push_bind(rows);
    sql.push(", ").push_bind(ids.0).push(", ").push_bind(ids.1).push(", ").push_bind(limit);
    sql.push(") s LEFT JOIN portal.people p ON p.id = s.actor_id ORDER BY s.event_id DESC");
    sql
}
