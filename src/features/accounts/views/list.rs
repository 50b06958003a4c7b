//! The list of accounts.

use askama::Template;
use uuid::Uuid;

use super::super::filter::{Filter, State};
use super::super::queries::list::AccountRow;
use super::super::queries::sign_ups::WaitingSignUp;
use super::sign_ups::SignUpLine;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Role, may};
use crate::web::filters::{Chip, Choice, choices, link};
use crate::web::time::{self, Instant};
use crate::web::{Chrome, Errors};

/// Where the list is.
pub const PATH: &str = "/settings/accounts";
/// How many of the requests stand above it.
pub const WAITING_SHOWN: usize = 3;

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
#[template(path = "accounts/list.html")]
pub struct ListPage {
    chrome: Chrome,
    sentence: String,
    may_create: bool,
    may_decide: bool,
    waiting: Vec<SignUpLine>,
    waiting_count: i64,
    kept: Vec<(&'static str, String)>,
    sought: String,
    roles: Vec<Choice>,
    states: Vec<Choice>,
    chips: Vec<Chip>,
    continued: bool,
    rows: Vec<Line>,
    next: Option<String>,
    shown: String,
    zone: String,
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
    pub fn new(chrome: Chrome, actor: &Actor, filter: &Filter, listed: Listed, sought: String, errors: Errors) -> Self {
        let Listed { rows, more, waiting, count, search } = listed;
        let zone = clock::zone(&actor.identity().time_zone);
        let pairs = filter.pairs();
        let chosen = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let roles = choices(&Role::ALL.map(|role| (role.as_str(), role.label())), chosen("role"));
        let states = choices(&State::ALL.map(|(_, word, label)| (word, label)), chosen("state"));
        let chip = |field: &'static str, name: &'static str, choices: &[Choice]| {
            let choice = choices.iter().find(|choice| choice.selected)?;
            Some(Chip { field, value: choice.label.to_owned(), remove: link(PATH, &pairs, &[(name, "")]) })
        };
        let search_chip = search.map(|(found, cut_off)| Chip {
            field: "Name search",
            value: match (found, cut_off) {
                (_, true) => format!("the first {found} found"),
                (0, _) => "nothing found".to_owned(),
                (1, _) => "one found".to_owned(),
                _ => format!("{found} found"),
            },
            remove: link(PATH, &pairs, &[("search", "")]),
        });
        let last = rows.last().map(|row| row.id.to_string());
        Self {
            chips: [search_chip, chip("Role", "role", &roles), chip("State", "state", &states)]
                .into_iter()
                .flatten()
                .collect(),
            sentence: match count {
                0 => "Nobody waits for an account.".to_owned(),
                1 => "One person waits for an account.".to_owned(),
                n => format!("{n} people wait for an account."),
            },
            may_create: may(actor.role(), Action::AccountCreate),
            may_decide: may(actor.role(), Action::SignUpApprove),
            continued: filter.after.is_some(),
            next: last.filter(|_| more).map(|last| link(PATH, &pairs, &[("after", &last)])),
            shown: format!("{} shown", rows.len()),
            zone: time::zone_words(zone),
            waiting: waiting.into_iter().map(|row| SignUpLine::of(row, zone)).collect(),
            waiting_count: count,
            rows: rows.into_iter().map(|row| Line::new(row, zone)).collect(),
            kept: pairs,
            chrome,
            roles,
            states,
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
