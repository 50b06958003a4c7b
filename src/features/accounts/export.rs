//! `/settings/accounts.csv` and `/settings/accounts/sign-ups.csv`: the rows of their pages, all of them. They are the record of who
//! may sign in, so that they hold user names and addresses; the trail keeps the accounts' ids.

use uuid::Uuid;

use super::filter::Filter;
use super::queries::list::{AccountRow, accounts};
use super::queries::sign_ups::{WaitingSignUp, waiting};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

/// The columns of accounts, in their order. They do not change without notice.
const ACCOUNTS: &[&str] = &[
    "id",
    "full_name",
    "username",
    "email",
    "role",
    "active",
    "has_password",
    "second_factor",
    "last_sign_in",
    "waiting_changes",
];

/// The columns of requests.
const SIGN_UPS: &[&str] = &["id", "full_name", "email", "asked_at"];

/// The file of a filter; `among` is what a search found.
#[must_use]
pub fn of_accounts(filter: &Filter, among: Option<&[Uuid]>, list: &List) -> Export {
    let filter = Filter { after: None, ..*filter };
    Export::of("account", ACCOUNTS, list.as_json(), accounts(&filter, among, None), account)
}

fn account(row: AccountRow) -> ExportRow {
    let cells = vec![
        row.id.to_string(),
        row.full_name,
        row.username,
        cell(row.email),
        row.role,
        row.active.to_string(),
        row.has_password.to_string(),
        row.second_factor.to_string(),
        cell(row.last_sign_in.map(instant)),
        row.waiting.to_string(),
    ];
    ExportRow { id: Some(row.id), cells }
}

/// The file of the requests that wait. Nothing narrows it.
#[must_use]
pub fn of_sign_ups() -> Export {
    Export::of("sign_up", SIGN_UPS, serde_json::json!({}), waiting(None, None), |row: WaitingSignUp| ExportRow {
        id: Some(row.id),
        cells: vec![row.id.to_string(), row.full_name, row.email, instant(row.created_at)],
    })
}
