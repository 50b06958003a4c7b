//! The list: by name, a page at a time.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::filter::{Filter, State};
use crate::audit::Rows;

/// One account.
#[derive(Debug)]
pub struct AccountRow {
    pub id: Uuid,
    pub full_name: String,
    pub username: String,
    pub email: Option<String>,
    pub role: String,
    pub active: bool,
    pub has_password: bool,
    pub last_sign_in: Option<DateTime<Utc>>,
    pub second_factor: bool,
    pub waiting: i64,
}

/// Accounts by name, all of them or so many; `among` is what a search found.
pub fn accounts(
    filter: &Filter,
    among: Option<&[Uuid]>,
    limit: Option<i32>,
) -> Rows<impl FnMut(PgRow) -> Result<AccountRow, sqlx::Error> + Send + use<>> {
    let active = match filter.state {
        Some(State::Active) => Some(true),
        Some(State::Inactive) => Some(false),
        _ => None,
    };
    sqlx::query_as!(
        AccountRow,
        r#"WITH page AS MATERIALIZED (SELECT * FROM portal.account_page($1, $2, $3, $4, $5, $6))
           SELECT p.id AS "id!", p.full_name AS "full_name!", p.username AS "username!", e.email AS "email?", p.role AS "role!", p.active AS "active!",
                  f.password_set_at IS NOT NULL AS "has_password!", f.last_sign_in, f.second_factor AS "second_factor!", f.waiting AS "waiting!"
             FROM page p JOIN portal.account_facts((SELECT array_agg(id) FROM page)) f ON f.person_id = p.id
             LEFT JOIN portal.people e ON e.id = p.id
            ORDER BY lower(p.full_name), p.id"#,
        filter.role.map(crate::policy::Role::as_str),
        active,
        filter.state == Some(State::Waiting),
        among,
        filter.after,
        limit
    )
}
