//! The list: tabs with counts, filters, a table that a phone shows as cards.

use askama::Template;
use chrono_tz::Tz;

use super::super::filter::{Filter, View};
use super::super::model::{Outcome, ReviewKind, ReviewReason};
use super::super::queries::list::{Counts, ReviewRow};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::list::List;
use crate::web::time::{self, Instant};

/// What the queries gave.
pub struct Listed {
    /// The page's reviews.
    pub rows: Vec<ReviewRow>,
    /// Whether more follow.
    pub more: bool,
    /// How many each view holds.
    pub counts: Counts,
}

/// The page.
#[derive(Template)]
#[template(path = "reviews/list.html", blocks = ["list"])]
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
    zone_name: String,
    may_start: bool,
    empty: (&'static str, &'static str, &'static str, &'static str),
}

struct Line {
    href: String,
    number: String,
    about: String,
    kind: &'static str,
    reason: &'static str,
    period: String,
    starter: String,
    started: Instant,
    cases: String,
    badge: (&'static str, &'static str, &'static str),
    ended: Option<Instant>,
}

impl ListPage {
    /// Builds the page from what the queries gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, filter: &Filter, list: List, listed: Listed, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let counts = listed.counts;
        let tabs = View::ALL.map(|view| {
            let word = if view == View::default() { "" } else { view.as_str() };
            (list.with(&[("view", word)]), view.label(), count_of(counts, view), view == filter.view)
        });
        Self {
            chrome,
            fragment,
            sentence: sentence(counts.open),
            tabs: tabs.into(),
            next: list.next(listed.more, listed.rows.last().map(|row| row.id)),
            shown: format!("{} in this view", super::plural(count_of(counts, filter.view), "review", "reviews")),
            zone_name: time::zone_words(zone),
            may_start: may(actor.role(), Action::ReviewStart),
            empty: empty(&list, filter.view, counts),
            rows: listed.rows.into_iter().map(|row| Line::of(row, zone)).collect(),
            list,
        }
    }
}

const fn count_of(counts: Counts, view: View) -> i64 {
    match view {
        View::Open => counts.open,
        View::Mine => counts.mine,
        View::Ended => counts.ended,
    }
}

fn sentence(open: i64) -> String {
    let going = match open {
        0 => "None is under way.".to_owned(),
        1 => "1 is under way.".to_owned(),
        open => format!("{} are under way.", time::count(open)),
    };
    format!(
        "{going} A review looks beyond the queue and ends in a memo, also when nothing improper was found (45 CFR 164.316(b)(1)(ii))."
    )
}

fn empty(list: &List, view: View, counts: Counts) -> (&'static str, &'static str, &'static str, &'static str) {
    if list.is_narrowed() {
        return ("info", "filter", "No reviews match", "No review in this view matches these filters.");
    }
    match (counts.open + counts.ended, view) {
        (0, _) => (
            "info",
            "search",
            "No reviews yet",
            "A review starts from a patient’s page, a person’s page, a complaint or the watch list.",
        ),
        (_, View::Ended) => (
            "info",
            "inbox",
            "None has ended yet",
            "Ended reviews stay here with their memos for as long as they must be kept.",
        ),
        (_, View::Mine) => {
            ("ok", "circle-check", "Nothing waits for you", "You started none of the reviews that are under way.")
        }
        (_, View::Open) => ("ok", "circle-check", "None is under way", "Every review has ended with its memo."),
    }
}

impl Line {
    fn of(row: ReviewRow, zone: Tz) -> Self {
        let patient = super::patient(row.patient_id, row.source_patient_id);
        let about = match (patient, row.person) {
            (Some(patient), Some(person)) => format!("Patient {patient}, opened by {person}"),
            (Some(patient), None) => format!("Patient {patient}"),
            (None, person) => person.unwrap_or_else(|| "A workforce member".to_owned()),
        };
        let outcome = row.outcome.as_deref().and_then(Outcome::parse);
        Self {
            href: format!("/reviews/{}", row.id),
            number: row.number,
            about,
            kind: ReviewKind::parse(&row.kind).map_or("Review", ReviewKind::label),
            reason: ReviewReason::parse(&row.reason).map_or("", |reason| match reason {
                ReviewReason::Other => "Other reason",
                reason => reason.label(),
            }),
            period: format!("{} to {}", time::date(row.from_on), time::date(row.to_on)),
            starter: row.starter.unwrap_or_else(|| "Privacy office".to_owned()),
            started: time::instant(row.created_at, zone),
            cases: match (row.cases, row.open) {
                (0, _) => "None yet".to_owned(),
                (cases, 0) => format!("{}, all decided", time::count(cases)),
                (cases, open) => format!("{}, {} open", time::count(cases), time::count(open)),
            },
            badge: badge(outcome),
            ended: row.ended_at.map(|at| time::instant(at, zone)),
        }
    }
}

/// How a review stands: class, icon and words.
pub(super) const fn badge(outcome: Option<Outcome>) -> (&'static str, &'static str, &'static str) {
    match outcome {
        None => ("low", "progress", "Under way"),
        Some(Outcome::NothingImproper) => ("ok", "circle-check", "Nothing improper found"),
        Some(Outcome::FindingsMade) => ("high", "flag", "Findings made"),
        Some(Outcome::CouldNotDetermine) => ("medium", "help", "Could not be determined"),
    }
}
