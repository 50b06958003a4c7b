//! The list of accounts.

use askama::Template;
use uuid::Uuid;

use super::super::filter::{Filter, State};
use super::super::queries::list::{AccountRow, WaitingSignUp};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, Role, may};
use crate::web::Chrome;
use crate::web::filters::{Chip, Choice, choices, link};
use crate::web::time::{self, Instant};

const PATH: &str = "/settings/accounts";

/// The page.
#[derive(Template)]
#[template(path = "accounts/list.html")]
pub struct ListPage {
    chrome: Chrome,
    sentence: String,
    may_create: bool,
    may_decide: bool,
    waiting: Vec<SignUpLine>,
    roles: Vec<Choice>,
    states: Vec<Choice>,
    chips: Vec<Chip>,
    continued: bool,
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
        filter: &Filter,
        rows: Vec<AccountRow>,
        more: bool,
        waiting: Vec<WaitingSignUp>,
    ) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let pairs = filter.pairs();
        let chosen = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let roles = choices(&Role::ALL.map(|role| (role.as_str(), role.label())), chosen("role"));
        let states = choices(&State::ALL.map(|(_, word, label)| (word, label)), chosen("state"));
        let chip = |field: &'static str, name: &'static str, choices: &[Choice]| {
            let choice = choices.iter().find(|choice| choice.selected)?;
            Some(Chip { field, value: choice.label.clone(), remove: link(PATH, &pairs, &[(name, "")]) })
        };
        let last = rows.last().map(|row| row.id.to_string());
        Self {
            chips: [chip("Role", "role", &roles), chip("State", "state", &states)].into_iter().flatten().collect(),
            sentence: match waiting.len() {
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
            roles,
            states,
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
