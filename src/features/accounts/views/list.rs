//! The list of accounts.

use askama::Template;
use uuid::Uuid;

use super::super::queries::list::AccountRow;
use super::super::queries::sign_ups::WaitingSignUp;
use super::sign_ups::SignUpLine;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Role, may};
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};

/// How many of the requests stand above it.
pub const WAITING_SHOWN: i64 = 3;

/// What the list was read with.
pub struct Listed {
    pub rows: Vec<AccountRow>,
    pub more: bool,
    /// The oldest requests, and how many there are.
    pub waiting: Vec<WaitingSignUp>,
    pub count: i64,
    /// How many a search found, and whether there are more than it keeps.
    pub search: Option<(usize, bool)>,
}

/// The page.
#[derive(Template)]
#[template(path = "accounts/list.html", blocks = ["list"])]
pub struct ListPage {
    chrome: Chrome,
    sentence: String,
    may_create: bool,
    may_decide: bool,
    may_export: bool,
    waiting: Vec<SignUpLine>,
    waiting_count: i64,
    list: List,
    sought: String,
    rows: Vec<Line>,
    next: Option<String>,
    shown: String,
    caption: String,
    errors: Errors,
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
    pub fn new(chrome: Chrome, actor: &Actor, list: List, listed: Listed, sought: String, errors: Errors) -> Self {
        let Listed { rows, more, waiting, count, search } = listed;
        let zone = clock::zone(&actor.identity().time_zone);
        let list = list.say(
            "search",
            search.map(|(found, cut_off)| match (found, cut_off) {
                (_, true) => format!("the first {found} found"),
                (0, _) => "nothing found".to_owned(),
                (1, _) => "one found".to_owned(),
                _ => format!("{found} found"),
            }),
        );
        Self {
            sentence: match count {
                0 => "Nobody waits for an account.".to_owned(),
                1 => "One person waits for an account.".to_owned(),
                n => format!("{n} people wait for an account."),
            },
            may_create: may(actor.role(), Action::AccountCreate),
            may_decide: may(actor.role(), Action::SignUpApprove),
            may_export: may(actor.role(), Action::AccountListExport),
            next: list.next(more, rows.last().map(|row| row.id)),
            shown: format!("{} shown", rows.len()),
            caption: format!("Accounts by name, times in {}", time::zone_words(zone)),
            waiting: waiting.into_iter().map(|row| SignUpLine::of(row, zone)).collect(),
            waiting_count: count,
            rows: rows.into_iter().map(|row| Line::new(row, zone)).collect(),
            chrome,
            list,
            sought,
            errors,
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
