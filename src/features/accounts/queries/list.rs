//! The list: by name, a page at a time, and the requests that wait.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::filter::{Filter, State};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::PAGE;

/// One account.
#[derive(Debug)]
pub struct AccountRow {
    pub id: Uuid,
    pub full_name: String,
    pub username: String,
    pub role: String,
    pub active: bool,
    pub has_password: bool,
    pub last_sign_in: Option<DateTime<Utc>>,
    pub second_factor: bool,
    pub waiting: i64,
}

/// One request for an account.
#[derive(Debug)]
pub struct WaitingSignUp {
    pub id: Uuid,
    pub full_name: String,
    pub created_at: DateTime<Utc>,
}

#[allow(clippy::cast_possible_wrap, reason = "fifty")]
const LIMIT: i64 = PAGE as i64 + 1;

pub async fn accounts(tx: &mut AuditedTx<'_>, filter: &Filter) -> Result<Vec<AccountRow>, AppError> {
    let active = match filter.state {
        Some(State::Active) => Some(true),
        Some(State::Inactive) => Some(false),
        _ => None,
    };
    tx.all(sqlx::query_as!(
        AccountRow,
        r#"SELECT p.id, p.full_name, p.username AS "username!", p.role, p.active, f.password_set_at IS NOT NULL AS "has_password!",
                  f.last_sign_in, f.second_factor AS "second_factor!", f.waiting AS "waiting!"
             FROM portal.people p JOIN portal.account_facts() f ON f.person_id = p.id
            WHERE ($1::text IS NULL OR p.role = $1) AND ($2::boolean IS NULL OR p.active = $2) AND (NOT $3 OR f.waiting > 0)
              AND ($4::uuid IS NULL OR (lower(p.full_name), p.id) > (SELECT lower(x.full_name), x.id FROM portal.people x WHERE x.id = $4))
            ORDER BY lower(p.full_name), p.id LIMIT $5"#,
        filter.role.map(crate::policy::Role::as_str),
        active,
        filter.state == Some(State::Waiting),
        filter.after,
        LIMIT
    ))
    .await
}

pub async fn waiting_sign_ups(tx: &mut AuditedTx<'_>) -> Result<Vec<WaitingSignUp>, AppError> {
    tx.all(sqlx::query_as!(
        WaitingSignUp,
        "SELECT id, full_name, created_at FROM portal.sign_up_requests WHERE state = 'waiting' ORDER BY id LIMIT 50"
    ))
    .await
}
