//! The requests that wait, a page at a time.

use askama::Template;
use uuid::Uuid;

use super::super::queries::sign_ups::WaitingSignUp;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};

const PATH: &str = "/settings/accounts/sign-ups";

/// The page.
#[derive(Template)]
#[template(path = "accounts/sign_ups.html")]
pub struct SignUpsPage {
    chrome: Chrome,
    may_decide: bool,
    may_export: bool,
    continued: bool,
    rows: Vec<SignUpLine>,
    next: Option<String>,
    shown: String,
    caption: String,
}

/// One request.
pub struct SignUpLine {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub asked: Instant,
    pub age: String,
}

impl SignUpLine {
    /// A request as lists show it.
    #[must_use]
    pub fn of(row: WaitingSignUp, zone: chrono_tz::Tz) -> Self {
        Self {
            id: row.id,
            name: row.full_name,
            email: row.email,
            asked: time::instant(row.created_at, zone),
            age: time::age(clock::now() - row.created_at),
        }
    }
}

impl SignUpsPage {
    /// One page.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, rows: Vec<WaitingSignUp>, more: bool, continued: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let last = rows.last().filter(|_| more).map(|row| row.id.to_string());
        Self {
            may_decide: may(actor.role(), Action::SignUpApprove),
            may_export: may(actor.role(), Action::SignUpListExport),
            next: last.map(|last| paging::url(PATH, &[("after", &last)])),
            shown: format!("{} shown", rows.len()),
            rows: rows.into_iter().map(|row| SignUpLine::of(row, zone)).collect(),
            caption: format!("Requests for an account, oldest first, times in {}", time::zone_words(zone)),
            chrome,
            continued,
        }
    }
}
