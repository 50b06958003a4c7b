//! The list of accounts.

use askama::Template;
use uuid::Uuid;

use super::super::queries::list::{AccountRow, WaitingSignUp};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Role, may};
use crate::web::Chrome;
use crate::web::list::List;
use crate::web::time::{self, Instant};

/// The page.
#[derive(Template)]
#[template(path = "accounts/list.html", blocks = ["list"])]
pub struct ListPage {
    chrome: Chrome,
    sentence: String,
    may_create: bool,
    may_decide: bool,
    waiting: Vec<SignUpLine>,
    list: List,
    rows: Vec<Line>,
    next: Option<String>,
    shown: String,
    zone: String,
}

struct SignUpLine {
    id: Uuid,
    name: String,
    age: String,
}

struct Line {
    id: Uuid,
    name: String,
    username: String,
    role: &'static str,
    active: bool,
    has_password: bool,
    second_factor: bool,
    last_sign_in: Option<Instant>,
    waiting: i64,
}

impl ListPage {
    /// The page of a filter.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        list: List,
        rows: Vec<AccountRow>,
        more: bool,
        waiting: Vec<WaitingSignUp>,
    ) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        Self {
            sentence: match waiting.len() {
                0 => "Nobody waits for an account.".to_owned(),
                1 => "One person waits for an account.".to_owned(),
                n => format!("{n} people wait for an account."),
            },
            may_create: may(actor.role(), Action::AccountCreate),
            may_decide: may(actor.role(), Action::SignUpApprove),
            next: list.next(more, rows.last().map(|row| row.id)),
            shown: format!("{} shown", rows.len()),
            zone: time::zone_words(zone),
            waiting: waiting
                .into_iter()
                .map(|row| SignUpLine {
                    id: row.id,
                    name: row.full_name,
                    age: time::age(clock::now() - row.created_at),
                })
                .collect(),
            rows: rows.into_iter().map(|row| Line::new(row, zone)).collect(),
            chrome,
            list,
        }
    }
}

impl Line {
    fn new(row: AccountRow, zone: chrono_tz::Tz) -> Self {
        Self {
            id: row.id,
            name: row.full_name,
            username: row.username,
            role: Role::parse(&row.role).map_or("Unknown", Role::label),
            active: row.active,
            has_password: row.has_password,
            second_factor: row.second_factor,
            last_sign_in: row.last_sign_in.map(|at| time::instant(at, zone)),
            waiting: row.waiting,
        }
    }
}
