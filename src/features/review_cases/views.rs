//! From rows to what the templates show: words, badges, times in the right zone, links that keep the queue's state.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::assign::whose;
use super::bulk;
use super::case_view::CaseView;
use super::filter::{Cursor, Filter, Sort, View};
use super::labels::{self, FlagView};
use super::queries::{CaseRow, Counts};
use super::second_review::{queries::Waiting, views as second_review};
use crate::error::AppError;
use crate::policy::{Action, Role, may};
use crate::web::chrome::FacilityOption;
use crate::web::list::List;
use crate::web::time::{self, Instant};
use crate::web::{Chrome, paging};
use crate::words::{Disposition, Risk, resource_label};

/// The queue.
#[derive(Template)]
#[template(path = "review_cases/queue.html", blocks = ["list"])]
pub struct QueuePage {
    pub chrome: Chrome,
    pub filter: Filter,
    pub zone_name: String,
    pub awaiting: String,
    pub late: i64,
    pub tabs: Vec<Tab>,
    /// What can be done with ticked cases, by whoever may.
    pub bulk: Option<Bulk>,
    pub may_export: bool,
    /// Where the filters of this page are given a name.
    pub views_href: String,
    pub list: List,
    pub lines: Vec<CaseLine>,
    pub shown: String,
    pub next: Option<String>,
    pub drawer: Option<CaseView>,
    pub unopened: bool,
}

/// A saved view with its count.
pub struct Tab {
    pub href: String,
    pub label: String,
    pub count: Option<i64>,
    pub current: bool,
}

/// What the queue's form posts beside the ticks.
pub struct Bulk {
    /// One per form shown.
    pub key: Uuid,
    /// The queue as it is narrowed now.
    pub back: String,
    /// `Select all 37 that match`, where more match than the page shows.
    pub all: Option<String>,
}

impl Bulk {
    /// For a role, of a page that shows some of so many cases.
    #[must_use]
    pub fn of(role: Role, list: &List, matching: usize) -> Option<Self> {
        let all = match matching {
            0..=paging::PAGE => None,
            n if n > bulk::MOST => Some(format!("Select the first {} that match", bulk::MOST)),
            n => Some(format!("Select all {n} that match")),
        };
        may(role, Action::CaseSelectionCreate).then(|| Self { key: Uuid::now_v7(), back: list.url(), all })
    }
}

/// One line of the queue.
pub struct CaseLine {
    pub id: Uuid,
    /// The version that is shown, and that a tick posts.
    pub version: i32,
    /// Whose work it is.
    pub assignee: Option<String>,
    pub number: i64,
    pub risk: Risk,
    pub who: String,
    pub who_sub: String,
    pub verb: String,
    pub resource: &'static str,
    pub subject: String,
    pub flags: Vec<FlagView>,
    pub more_flags: usize,
    pub when: Instant,
    pub waiting: String,
    pub late: bool,
    pub decided: Option<&'static str>,
    /// For whom it waits, where others are kept from it.
    pub waits_for: Option<String>,
    pub open: bool,
    pub href: String,
    pub fragment: String,
}

/// The lines of a page; each knows its neighbours, so that a decision can lead to the next.
///
/// # Errors
/// When a row holds a word of another release.
pub fn lines(
    rows: &[CaseRow],
    open: Option<Uuid>,
    list: &List,
    me: Uuid,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Vec<CaseLine>, AppError> {
    rows.iter()
        .enumerate()
        .map(|(position, row)| {
            let neighbour = |offset: isize| {
                position
                    .checked_add_signed(offset)
                    .and_then(|at| rows.get(at))
                    .map(|row| row.id.to_string())
                    .unwrap_or_default()
            };
            // after the last case of the page the first one comes next
            let following = match neighbour(1) {
                none if none.is_empty() && position > 0 => rows[0].id.to_string(),
                next => next,
            };
            let mut flags = labels::flags(row, zone)?;
            let more_flags = flags.len().saturating_sub(3);
            flags.truncate(3);
            let (who, who_sub) = labels::who(row);
            let id = row.id.to_string();
            let href = list.with(&[("open", &id)]);
            let around = paging::url(
                &format!("/access-logs/cases/{id}"),
                &[("back", &list.url()), ("next", &following), ("previous", &neighbour(-1))],
            );
            Ok(CaseLine {
                id: row.id,
                version: row.version,
                assignee: whose(row, me),
                number: row.number,
                risk: Risk::parse(&row.risk).ok_or(AppError::Internal("unknown risk"))?,
                who,
                who_sub,
                verb: labels::verb(row),
                resource: resource_label(&row.resource_type),
                subject: labels::subject_of(row),
                flags,
                more_flags,
                when: time::instant(row.first_action_at, zone),
                waiting: time::age(now - row.last_action_at),
                late: labels::is_late(row, now),
                decided: row.disposition.as_deref().and_then(Disposition::parse).map(Disposition::label),
                waits_for: None,
                open: open == Some(row.id),
                href,
                fragment: around,
            })
        })
        .collect()
}

/// The tabs, each with its count.
pub fn tabs(filter: &Filter, list: &List, counts: &Counts) -> Vec<Tab> {
    View::ALL
        .into_iter()
        .filter(|view| *view != View::Conflicts || counts.conflicts.is_some())
        .map(|view| {
            let word = if view == View::default() { "" } else { view.as_str() };
            Tab {
                href: list.with(&[("view", word)]),
                label: view.label().to_owned(),
                count: match view {
                    View::Awaiting => Some(counts.awaiting),
                    View::Mine => Some(counts.mine),
                    View::High => Some(counts.high),
                    View::BreakGlass => Some(counts.break_glass),
                    View::Asked => Some(counts.asked),
                    View::Overdue => Some(counts.overdue),
                    View::SecondReview => Some(counts.second_review),
                    View::Conflicts => counts.conflicts,
                    View::DecidedToday => Some(counts.decided_today),
                    View::All => None,
                },
                current: view == filter.view,
            }
        })
        .collect()
}

/// Says on each line for whom it waits.
pub fn name_waiting(lines: &mut [CaseLine], waiting: Option<&[Waiting]>) {
    for (line, waiting) in lines.iter_mut().zip(std::iter::repeat(waiting)) {
        line.waits_for = waiting.map(|waiting| second_review::waits_for(line.id, waiting));
    }
}

/// Names what the queue is narrowed to; who and whose are named on the cases.
pub fn named(list: List, facilities: &[FacilityOption], reviewers: Vec<(Uuid, String)>) -> List {
    let facility = facilities.iter().find(|option| option.id == list.value("facility"));
    let facility = facility.map_or_else(|| "one".to_owned(), |option| option.name.clone());
    list.offer_beside("assigned", reviewers)
        .say("facility", Some(facility))
        .say("person", Some("one person".to_owned()))
        .say("patient", Some("one patient".to_owned()))
}

/// Where the next page begins.
pub fn next(rows: &[CaseRow], more: bool, list: &List) -> Option<String> {
    let end = rows.last().map(|row| Cursor { rank: row.risk_rank, at: row.first_action_at, id: row.id }.encode());
    list.next(more, end)
}
