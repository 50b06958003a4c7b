//! A request for an account, and whom of the roster it may be.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::model::answered;
use crate::audit::{AuditedTx, Rows};
use crate::error::AppError;
use crate::words::SignUpReason;

/// The request.
#[derive(Debug)]
pub struct SignUp {
    pub id: Uuid,
    pub full_name: String,
    pub email: String,
    pub username: String,
    pub employee_number: Option<String>,
    pub state: String,
    pub reason: Option<String>,
    pub decider: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub person_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// Somebody we know by the same number, address or user name.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "what matches, column by column")]
pub struct Match {
    pub id: Uuid,
    pub full_name: String,
    pub active: bool,
    pub by_number: bool,
    pub by_email: bool,
    pub by_username: bool,
    pub has_account: bool,
}

/// A request that waits.
#[derive(Debug)]
pub struct WaitingSignUp {
    pub id: Uuid,
    pub full_name: String,
    pub email: String,
    pub created_at: DateTime<Utc>,
}

/// Requests that can still be decided, oldest first, after the one that is named: all of them or so many.
pub fn waiting(
    after: Option<Uuid>,
    limit: Option<i64>,
) -> Rows<impl FnMut(PgRow) -> Result<WaitingSignUp, sqlx::Error> + Send + use<>> {
    sqlx::query_as!(
        WaitingSignUp,
        "SELECT id, full_name, email, created_at FROM portal.sign_up_requests
          WHERE state = 'waiting' AND created_at > now() - interval '30 days' AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2",
        after,
        limit
    )
}

/// How many there are.
pub async fn count(tx: &mut AuditedTx<'_>) -> Result<i64, AppError> {
    let query = sqlx::query!(
        r#"SELECT count(*) AS "count!" FROM portal.sign_up_requests WHERE state = 'waiting' AND created_at > now() - interval '30 days'"#
    );
    Ok(tx.one(query).await?.count)
}

pub async fn sign_up(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<SignUp, AppError> {
    tx.one(sqlx::query_as!(
        SignUp,
        r#"SELECT r.id, r.full_name, r.email, r.username, r.employee_number, r.state, r.reason, d.full_name AS "decider?",
                  r.decided_at, r.person_id, r.created_at
             FROM portal.sign_up_requests r LEFT JOIN portal.people d ON d.id = r.decided_by WHERE r.id = $1"#,
        id
    ))
    .await
}

pub async fn matches(
    tx: &mut AuditedTx<'_>,
    number: Option<&str>,
    email: &str,
    username: &str,
) -> Result<Vec<Match>, AppError> {
    tx.all(sqlx::query_as!(
        Match,
        r#"SELECT p.id, p.full_name, p.active, coalesce(p.employee_number = $1, false) AS "by_number!",
                  coalesce(lower(p.email) = lower($2), false) AS "by_email!",
                  coalesce(lower(p.username) = lower($3), false) AS "by_username!",
                  coalesce(f.password_set_at IS NOT NULL, false) AS "has_account!"
             FROM portal.people p LEFT JOIN LATERAL portal.account_facts(ARRAY[p.id]) f ON true
            WHERE p.employee_number = $1 OR lower(p.email) = lower($2) OR lower(p.username) = lower($3) ORDER BY p.id LIMIT 3"#,
        number,
        email,
        username
    ))
    .await
}

pub async fn approve(tx: &mut AuditedTx<'_>, request: Uuid, new: Uuid, link: Option<Uuid>) -> Result<(), AppError> {
    let query = sqlx::query!("SELECT portal.approve_sign_up($1, $2, $3) AS answer", request, new, link);
    answered(tx.one(query).await?.answer.as_deref())
}

pub async fn reject(tx: &mut AuditedTx<'_>, request: Uuid, reason: SignUpReason) -> Result<(), AppError> {
    let query = sqlx::query!("SELECT portal.reject_sign_up($1, $2) AS answer", request, reason.as_str());
    answered(tx.one(query).await?.answer.as_deref())
}

/// Deletes a request, if it is there and due.
pub async fn purge(tx: &mut AuditedTx<'_>, request: Uuid) -> Result<bool, AppError> {
    Ok(tx.one(sqlx::query!("SELECT portal.purge_sign_up($1) AS answer", request)).await?.answer == Some(true))
}
