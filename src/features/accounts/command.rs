//! Accounts from the command line: it makes the first administrator. Each leaves its event.

use std::io::{BufRead as _, IsTerminal as _};

use chrono::NaiveDate;
use uuid::Uuid;

use super::queries::command as queries;
use crate::audit::Worker;
use crate::auth::password::{self, SHORTEST};
use crate::error::AppError;
use crate::policy::{Action, Role};
use crate::web::forms;

/// An account to make.
pub struct NewAccount {
    /// To sign in with.
    pub username: String,
    /// As colleagues know them.
    pub full_name: String,
    /// Their portal permission.
    pub role: Role,
    /// The organisation's name, for the first account of a database.
    pub organisation: Option<String>,
    /// The organisation's time zone.
    pub time_zone: String,
    /// Whether a coordinator works for every facility.
    pub all_facilities: bool,
    /// What an auditor is engaged for.
    pub engagement: Option<Engagement>,
}

/// What an auditor may read, until when, about which days; every facility.
#[derive(Debug, Clone, Copy)]
pub struct Engagement {
    /// The last day on which they may read.
    pub until: NaiveDate,
    /// The first day it is about.
    pub period_from: NaiveDate,
    /// The last day it is about.
    pub period_to: NaiveDate,
    /// Whether patient ids are shown in full.
    pub full_patient_ids: bool,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The password.
    #[error("the password needs at least {SHORTEST} characters")]
    TooShort,
    /// Standard input.
    #[error("the password cannot be read from standard input: {0}")]
    Input(#[from] std::io::Error),
    /// The user name.
    #[error("the username needs 2 to 64 letters, digits, dots, dashes or underscores")]
    Username,
    /// The name.
    #[error("the username is taken")]
    Taken,
    /// The organisation.
    #[error("this database has no organisation yet; name it with --organisation")]
    NoOrganisation,
    /// The time zone.
    #[error("the time zone is not one; use a name such as America/New_York")]
    TimeZone,
    /// The database.
    #[error(transparent)]
    Database(#[from] AppError),
}

/// The password from standard input, one line.
///
/// # Errors
/// When it cannot be read or is too short.
#[allow(clippy::print_stderr, reason = "asks a person")]
pub fn read_password() -> Result<String, AccountError> {
    let input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("Password (at least {SHORTEST} characters), then Enter:");
    }
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.chars().count() < SHORTEST { Err(AccountError::TooShort) } else { Ok(password) }
}

/// Makes the account, and the organisation with the first one.
///
/// # Errors
/// Says which answer is needed.
pub async fn create(worker: &Worker, account: &NewAccount, password: String) -> Result<(), AccountError> {
    if !forms::is_username(&account.username) {
        return Err(AccountError::Username);
    }
    if account.time_zone.parse::<chrono_tz::Tz>().is_err() {
        return Err(AccountError::TimeZone);
    }
    let hash = password::hash(password).await?;
    let (id, request_id) = (Uuid::now_v7(), Uuid::now_v7());
    let organised = worker
        .change(None, Action::RosterSeed, id, request_id, None, async |tx| match &account.organisation {
            Some(name) => queries::name_organisation(tx, name, &account.time_zone).await,
            None => queries::has_organisation(tx).await,
        })
        .await?;
    if !organised {
        return Err(AccountError::NoOrganisation);
    }
    let made = worker
        .change(None, Action::UserAccountCreate, id, request_id, None, async |tx| {
            queries::create(tx, id, account, &hash).await
        })
        .await;
    match made {
        Err(AppError::Database(sqlx::Error::Database(error))) if error.is_unique_violation() => {
            Err(AccountError::Taken)
        }
        other => Ok(other?),
    }
}
