//! The view of the list of people.

use askama::Template;
use uuid::Uuid;

use super::filter::{Filter, STANDINGS};
use super::queries::PersonRow;
use crate::policy::{Action, Role, may};
use crate::web::filters::{self, Chip, Choice};
use crate::web::{Chrome, time};

const PATH: &str = "/people";

/// What the list was read with.
pub struct Listed {
    pub rows: Vec<PersonRow>,
    pub more: bool,
    pub departments: Vec<(Uuid, String)>,
    pub continued: bool,
}

/// The list.
#[derive(Template)]
#[template(path = "workforce/list.html", blocks = ["list"])]
#[allow(clippy::struct_excessive_bools, reason = "what the page shows or not")]
pub struct ListPage {
    chrome: Chrome,
    pub fragment: bool,
    kept: Vec<(&'static str, String)>,
    facility: String,
    standings: Vec<Choice>,
    roles: Vec<Choice>,
    departments: Vec<(Uuid, String, bool)>,
    unmatched: bool,
    chips: Vec<Chip>,
    clear: String,
    lines: Vec<Line>,
    shown: String,
    next: Option<String>,
    continued: bool,
    export: Option<String>,
    may_match: bool,
    may_rosters: bool,
    may_add: bool,
}

/// One person.
pub struct Line {
    href: String,
    name: String,
    number: String,
    standing: (&'static str, &'static str, String),
    job: String,
    place: String,
    logins: String,
    role: &'static str,
}

impl ListPage {
    /// A page of people.
    #[must_use]
    pub fn new(chrome: Chrome, role: Role, filter: &Filter, listed: Listed, fragment: bool) -> Self {
        let kept = filter.pairs();
        let link = |changes: &[(&'static str, &str)]| filters::link(PATH, &kept, changes);
        let last = listed.rows.last().filter(|_| listed.more).map(|row| row.id.to_string());
        let department = filter
            .department
            .and_then(|id| listed.departments.iter().find(|(known, _)| *known == id))
            .map(|(_, label)| label.clone());
        let label = |words: &[(&str, &'static str)], word: &str| {
            words.iter().find(|(known, _)| *known == word).map_or("", |(_, label)| *label).to_owned()
        };
        let mut chips = Vec::new();
        let mut chip = |field, value: Option<String>, name: &'static str| {
            if let Some(value) = value {
                chips.push(Chip { field, value, remove: link(&[(name, "")]) });
            }
        };
        chip("Department", department, "department");
        chip("Status", filter.standing.map(|word| label(&STANDINGS, word)), "standing");
        chip("Role", filter.role.map(|role| role.label().to_owned()), "role");
        chip("Logins", filter.unmatched.then(|| "none known".to_owned()), "login");
        Self {
            fragment,
            facility: filter.facility.map(|id| id.to_string()).unwrap_or_default(),
            standings: filters::choices(&STANDINGS, filter.standing),
            roles: filters::choices(
                &Role::ALL.map(|role| (role.as_str(), role.label())),
                filter.role.map(Role::as_str),
            ),
            departments: listed
                .departments
                .into_iter()
                .map(|(id, label)| (id, label, filter.department == Some(id)))
                .collect(),
            unmatched: filter.unmatched,
            chips,
            clear: link(&[("department", ""), ("standing", ""), ("role", ""), ("login", "")]),
            next: last.map(|id| link(&[("after", &id)])),
            shown: format!("{} shown", listed.rows.len()),
            lines: listed.rows.into_iter().map(line).collect(),
            continued: listed.continued,
            export: may(role, Action::PersonListExport).then(|| filters::link("/people.csv", &kept, &[])),
            may_match: may(role, Action::LoginListRead),
            may_rosters: may(role, Action::RosterListRead),
            may_add: may(role, Action::RosterCreate),
            kept,
            chrome,
        }
    }
}

fn line(row: PersonRow) -> Line {
    let standing = match row.standing.as_str() {
        "active" => match row.ends_on {
            Some(day) => ("medium", "calendar-event", format!("Leaves {}", time::date(day))),
            None => ("ok", "circle-check", "Active".to_owned()),
        },
        "on_leave" => ("medium", "clock", "On leave".to_owned()),
        "ended" => (
            "",
            "user-off",
            row.ends_on.map_or_else(|| "Has left".to_owned(), |day| format!("Left {}", time::date(day))),
        ),
        _ => ("", "circle-dashed", "No employment".to_owned()),
    };
    Line {
        href: format!("{PATH}/{}", row.id),
        number: row.employee_number.unwrap_or_default(),
        standing,
        job: row.job_role.unwrap_or_else(|| "–".to_owned()),
        place: [row.department, row.facility].into_iter().flatten().collect::<Vec<_>>().join(", "),
        logins: if row.logins == 0 { "None known".to_owned() } else { row.logins.to_string() },
        role: Role::parse(&row.role).map_or("", Role::label),
        name: row.full_name,
    }
}
