//! The list: tabs with counts, filters, a table that a phone shows as cards.

use askama::Template;
use chrono::NaiveDate;

use super::super::filter::{Filter, View};
use super::super::model::{Channel, Complainant, ComplaintDisposition, ComplaintKind};
use super::super::queries::list::{ComplaintRow, Counts};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::list::List;
use crate::web::time;

/// What the queries gave.
pub struct Listed {
    /// The page's complaints.
    pub rows: Vec<ComplaintRow>,
    /// Whether more follow.
    pub more: bool,
    /// How many each view holds.
    pub counts: Counts,
}

/// The page.
#[derive(Template)]
#[template(path = "complaints/list.html", blocks = ["list"])]
pub struct ListPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    sentence: String,
    tabs: Vec<(String, &'static str, i64, bool)>,
    list: List,
    rows: Vec<Line>,
    next: Option<String>,
    shown: String,
    may_record: bool,
    empty: (&'static str, &'static str, &'static str, &'static str),
}

struct Line {
    href: String,
    number: String,
    kind: &'static str,
    from: &'static str,
    channel: &'static str,
    received: (String, String),
    facility: String,
    owner: String,
    due: (String, String),
    late: Option<String>,
    reviews: String,
    badge: (&'static str, &'static str, &'static str),
}

impl ListPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, filter: &Filter, list: List, listed: Listed, fragment: bool) -> Self {
        let today = clock::today_in(&actor.identity().time_zone);
        let counts = listed.counts;
        let tabs = View::ALL.map(|view| {
            let word = if view == View::default() { "" } else { view.as_str() };
            (list.with(&[("view", word)]), view.label(), count_of(counts, view), view == filter.view)
        });
        let total = count_of(counts, filter.view);
        Self {
            chrome,
            fragment,
            sentence: sentence(counts),
            tabs: tabs.into(),
            next: list.next(listed.more, listed.rows.last().map(|row| row.id)),
            shown: format!(
                "{} {} in this view",
                time::count(total),
                if total == 1 { "complaint" } else { "complaints" }
            ),
            may_record: may(actor.role(), Action::ComplaintRecord),
            empty: empty(&list, filter.view, counts),
            rows: listed.rows.into_iter().map(|row| Line::of(row, today)).collect(),
            list,
        }
    }
}

const fn count_of(counts: Counts, view: View) -> i64 {
    match view {
        View::Open => counts.open,
        View::Mine => counts.mine,
        View::Late => counts.late,
        View::Disposed => counts.disposed,
    }
}

fn sentence(counts: Counts) -> String {
    let late = match counts.late {
        0 => "none is past its due date".to_owned(),
        1 => "1 is past its due date".to_owned(),
        late => format!("{} are past their due date", time::count(late)),
    };
    format!(
        "{} open, {late}. Each complaint is kept with its disposition (45 CFR 164.530(d)(2)).",
        time::count(counts.open)
    )
}

fn empty(list: &List, view: View, counts: Counts) -> (&'static str, &'static str, &'static str, &'static str) {
    if list.is_narrowed() {
        return ("info", "filter", "No complaints match", "No complaint in this view matches these filters.");
    }
    match (counts.open + counts.disposed, view) {
        (0, _) => (
            "info",
            "message-report",
            "No complaints yet",
            "What patients, representatives or colleagues complain about is recorded here, with what came of it.",
        ),
        (_, View::Disposed) => (
            "info",
            "inbox",
            "None has its disposition yet",
            "Disposed complaints stay here for as long as they must be kept.",
        ),
        (_, View::Late) => ("ok", "circle-check", "Nothing is late", "No open complaint is past its due date."),
        (_, View::Mine) => ("ok", "circle-check", "Nothing waits for you", "No open complaint is yours to answer."),
        (_, View::Open) => ("ok", "circle-check", "Nothing is open", "Every complaint has its disposition."),
    }
}

impl Line {
    fn of(row: ComplaintRow, today: NaiveDate) -> Self {
        let day = |day: NaiveDate| (time::date(day), day.to_string());
        let disposition = row.disposition.as_deref().and_then(ComplaintDisposition::parse);
        Self {
            href: format!("/complaints/{}", row.id),
            number: row.number,
            kind: ComplaintKind::parse(&row.kind).map_or("", ComplaintKind::label),
            from: Complainant::parse(&row.complainant).map_or("", Complainant::label),
            channel: Channel::parse(&row.channel).map_or("", Channel::label),
            received: day(row.received_on),
            facility: row.facility.unwrap_or_else(|| "Several, or not known".to_owned()),
            owner: row.owner.unwrap_or_else(|| "Privacy office".to_owned()),
            due: day(row.due_on),
            late: super::late(disposition.is_none(), row.due_on, today),
            reviews: if row.reviews == 0 { "None".to_owned() } else { time::count(row.reviews) },
            badge: super::badge(disposition),
        }
    }
}
