//! The view of the list of people.

use askama::Template;
use uuid::Uuid;

use super::queries::PersonRow;
use crate::policy::{Action, Role, may};
use crate::web::list::List;
use crate::web::{Chrome, time};

/// What the list was read with.
pub struct Listed {
    pub rows: Vec<PersonRow>,
    pub more: bool,
    pub departments: Vec<(Uuid, String)>,
}

/// The list.
#[derive(Template)]
#[template(path = "workforce/list.html", blocks = ["list"])]
#[allow(clippy::struct_excessive_bools, reason = "what the page shows or not")]
pub struct ListPage {
    chrome: Chrome,
    pub fragment: bool,
    list: List,
    lines: Vec<Line>,
    shown: String,
    next: Option<String>,
    may_export: bool,
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
    pub fn new(chrome: Chrome, role: Role, list: List, listed: Listed, fragment: bool) -> Self {
        Self {
            chrome,
            fragment,
            next: list.next(listed.more, listed.rows.last().map(|row| row.id)),
            shown: format!("{} shown", listed.rows.len()),
            lines: listed.rows.into_iter().map(line).collect(),
            list: list.offer("department", listed.departments),
            may_export: may(role, Action::PersonListExport),
            may_rosters: may(role, Action::RosterListRead),
            may_add: may(role, Action::RosterCreate),
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
        href: format!("/people/{}", row.id),
        number: row.employee_number.unwrap_or_default(),
        standing,
        job: row.job_role.unwrap_or_else(|| "–".to_owned()),
        place: [row.department, row.facility].into_iter().flatten().collect::<Vec<_>>().join(", "),
        logins: if row.logins == 0 { "None known".to_owned() } else { row.logins.to_string() },
        role: Role::parse(&row.role).map_or("", Role::label),
        name: row.full_name,
    }
}
