//! The list: by name, a page at a time.

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

#[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "fifty")]
const LIMIT: i32 = PAGE as i32 + 1;

/// One page by name; `among` is what a search found.
pub async fn accounts(
    tx: &mut AuditedTx<'_>,
    filter: &Filter,
    among: Option<&[Uuid]>,
) -> Result<Vec<AccountRow>, AppError> {
    let active = match filter.state {
        Some(State::Active) => Some(true),
        Some(State::Inactive) => Some(false),
        _ => None,
    };
    tx.all(sqlx::query_as!(
        AccountRow,
        r#"WITH page AS MATERIALIZED (SELECT * FROM portal.account_page($1, $2, $3, $4, $5, $6))
           SELECT p.id AS "id!", p.full_name AS "full_name!", p.username AS "username!", p.role AS "role!", p.active AS "active!",
                  f.password_set_at IS NOT NULL AS "has_password!", f.last_sign_in, f.second_factor AS "second_factor!", f.waiting AS "waiting!"
             FROM page p JOIN portal.account_facts((SELECT array_agg(id) FROM page)) f ON f.person_id = p.id
            ORDER BY lower(p.full_name), p.id"#,
        filter.role.map(crate::policy::Role::as_str),
        active,
        filter.state == Some(State::Waiting),
        among,
        filter.after,
        LIMIT
    ))
    .await
}
