//! The list: tabs with counts, filters, a table that a phone shows as cards.

use askama::Template;
use chrono::NaiveDate;
use uuid::Uuid;

use super::super::filter::{Filter, View};
use super::super::model::Cursor;
use super::super::model::status::Status;
use super::super::queries::list::{Counts, FindingRow};
use crate::policy::{Action, Role, may};
use crate::web::Chrome;
use crate::web::list::List;
use crate::web::time;
use crate::words::Risk;

const PATH: &str = "/findings";

/// What the queries gave.
pub struct Listed {
    /// The page's findings.
    pub rows: Vec<FindingRow>,
    /// Whether more follow.
    pub more: bool,
    /// How many each view holds.
    pub counts: Counts,
    /// Who owns a finding, for whom there is a choice.
    pub owners: Vec<(Uuid, String)>,
}

/// The page.
#[derive(Template)]
#[template(path = "findings/list.html", blocks = ["list"])]
pub struct ListPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    title: &'static str,
    sentence: String,
    tabs: Vec<Tab>,
    list: List,
    rows: Vec<Line>,
    next: Option<String>,
    shown: String,
    may_export: bool,
    empty: Empty,
}

struct Tab {
    href: String,
    label: &'static str,
    count: i64,
    current: bool,
}

struct Line {
    href: String,
    number: String,
    title: String,
    severity: String,
    status: (&'static str, &'static str, &'static str),
    facility: String,
    owner: String,
    due: String,
    due_iso: String,
    late: Option<String>,
    cases: i64,
}

struct Empty {
    kind: &'static str,
    icon: &'static str,
    title: &'static str,
    text: &'static str,
    action: Option<(&'static str, &'static str)>,
}

impl ListPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        role: Role,
        filter: &Filter,
        list: List,
        listed: Listed,
        today: NaiveDate,
        fragment: bool,
    ) -> Self {
        let counts = listed.counts;
        // one's own are the only ones that a workforce member sees
        let list = if role == Role::FieldStaff { list.without("owner") } else { list.offer("owner", listed.owners) };
        let total = count_of(counts, filter.view);
        let end = listed.rows.last().map(|row| Cursor { due: row.due_date, id: row.id }.encode());
        let file = format!("{} {}", time::count(total), if total == 1 { "finding" } else { "findings" });
        Self {
            chrome,
            fragment,
            title: if role == Role::FieldStaff { "My follow-ups" } else { "Findings" },
            sentence: sentence(counts),
            tabs: View::ALL.map(|view| tab(view, filter, &list, counts)).into(),
            next: list.next(listed.more, end),
            shown: format!("{file} in this view"),
            may_export: may(role, Action::FindingListExport),
            empty: empty(role, filter, counts),
            rows: listed.rows.into_iter().map(|row| Line::of(row, today)).collect(),
            list,
        }
    }
}

/// The severities as a select's options.
pub(super) fn severities() -> Vec<(&'static str, &'static str)> {
    Risk::ALL.iter().map(|risk| (risk.as_str(), risk.label())).collect()
}

const fn count_of(counts: Counts, view: View) -> i64 {
    match view {
        View::Open => counts.open,
        View::Mine => counts.mine,
        View::Late => counts.late,
        View::Closed => counts.closed,
    }
}

fn sentence(counts: Counts) -> String {
    match counts.late {
        0 => format!("{} open. None is past its due date.", time::count(counts.open)),
        1 => format!("{} open. 1 is past its due date.", time::count(counts.open)),
        late => format!("{} open. {} are past their due date.", time::count(counts.open), time::count(late)),
    }
}

fn tab(view: View, filter: &Filter, list: &List, counts: Counts) -> Tab {
    let word = if view == View::default() { "" } else { view.as_str() };
    Tab {
        href: list.with(&[("view", word)]),
        label: view.label(),
        count: count_of(counts, view),
        current: view == filter.view,
    }
}

fn empty(role: Role, filter: &Filter, counts: Counts) -> Empty {
    let filtered = filter.severity.is_some() || filter.status.is_some() || filter.owner.is_some();
    if filtered {
        let text = "No finding in this view matches these filters.";
        return Empty { kind: "info", icon: "filter", title: "No findings match", text, action: None };
    }
    match (counts.any, filter.view) {
        (0, _) if may(role, Action::FindingCreate) => Empty {
            kind: "info",
            icon: "flag",
            title: "No findings yet",
            text: "A finding starts from a case: open one in the access log review and choose “Create finding”.",
            action: Some(("/access-logs", "Go to the access log review")),
        },
        (0, _) => Empty {
            kind: "info",
            icon: "flag",
            title: "No findings yet",
            text: "What the privacy office finds, and assigns to you, is listed here.",
            action: None,
        },
        (_, View::Closed) => Empty {
            kind: "info",
            icon: "inbox",
            title: "Nothing is closed yet",
            text: "Closed findings stay here for as long as they must be kept.",
            action: None,
        },
        (_, View::Late) => Empty {
            kind: "ok",
            icon: "circle-check",
            title: "Nothing is late",
            text: "No open finding is past its due date.",
            action: Some((PATH, "See open findings")),
        },
        (_, View::Mine) => Empty {
            kind: "ok",
            icon: "circle-check",
            title: "Nothing waits for you",
            text: "No open finding is assigned to you.",
            action: Some((PATH, "See open findings")),
        },
        (_, View::Open) => Empty {
            kind: "ok",
            icon: "circle-check",
            title: "Nothing is open",
            text: "Every finding is closed.",
            action: Some(("/findings?view=closed", "See closed findings")),
        },
    }
}

impl Line {
    fn of(row: FindingRow, today: NaiveDate) -> Self {
        let days = (today - row.due_date).num_days();
        let status = Status::parse(&row.status).unwrap_or(Status::Open);
        let late = (days > 0 && !status.is_closed())
            .then(|| if days == 1 { "1 day late".to_owned() } else { format!("{days} days late") });
        Self {
            href: format!("/findings/{}", row.id),
            number: row.number,
            title: row.title,
            severity: row.severity,
            status: status.badge(),
            facility: row.facility.unwrap_or_else(|| "Several or none".to_owned()),
            owner: row.owner.unwrap_or_else(|| "Privacy office".to_owned()),
            due: time::date(row.due_date),
            due_iso: row.due_date.to_string(),
            late,
            cases: row.cases,
        }
    }
}
