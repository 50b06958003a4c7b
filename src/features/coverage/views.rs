//! What the coverage pages show.

use askama::Template;
use chrono::{Datelike as _, Weekday};
use uuid::Uuid;

use super::model::{LEAST_WEEKS, Month, Status, WEEKS};
use super::queries::{DayRow, Said, Source};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::time::{self, Instant, count, instant};
use crate::web::{Chrome, Errors, paging};
use crate::words::GapReason;

/// A badge: class, icon, words.
type Badge = (&'static str, &'static str, &'static str);

const fn badge(status: Status) -> Badge {
    match status {
        Status::Arrived => ("ok", "circle-check", "As expected"),
        Status::Low => ("medium", "sev-2", "Low"),
        Status::Gap => ("critical", "sev-4", "Gap"),
        Status::Extra => ("low", "plus", "Extra"),
        Status::NoHistory => ("", "circle-dashed", "No history yet"),
        Status::Open => ("", "hourglass", "Not over yet"),
    }
}

fn expected_words(row: &DayRow) -> String {
    row.expected().map_or_else(|| "–".to_owned(), count)
}

/// One day in its table.
struct Day {
    label: String,
    iso: String,
    weekend: bool,
    received: String,
    expected: String,
    badge: Badge,
    explained: Option<Explained>,
    /// The form, for whoever may say something where something is to be said.
    explain: Option<String>,
}

struct Explained {
    reason: &'static str,
    note: Option<String>,
    by: String,
    at: Instant,
    /// What came after it was said.
    later: Option<String>,
}

/// One source's days.
struct SourceDays {
    id: Uuid,
    name: String,
    zone: String,
    sentence: String,
    days: Vec<Day>,
}

/// `GET /imports/coverage`
#[derive(Template)]
#[template(path = "coverage/month.html")]
pub(super) struct MonthPage {
    chrome: Chrome,
    title: String,
    sentence: String,
    month: String,
    choices: Vec<(Uuid, String, bool)>,
    sources: Vec<SourceDays>,
    earlier: String,
    later: Option<String>,
    export: Option<String>,
    weeks: i32,
    least: usize,
    any_source: bool,
}

impl MonthPage {
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        month: Month,
        source: Option<Uuid>,
        choices: Vec<Source>,
        rows: Vec<DayRow>,
    ) -> Self {
        let may_explain = may(actor.role(), Action::CoverageExplain);
        let chosen = source.map(|id| id.to_string()).unwrap_or_default();
        let url = |path: &str, month: Month| paging::url(path, &[("month", &month.word()), ("source", &chosen)]);
        let open = rows.iter().filter(|row| row.status().wants_words() && row.reason.is_none()).count();
        let mut sources: Vec<SourceDays> = Vec::new();
        for row in rows {
            if sources.last().is_none_or(|last| last.id != row.source_id) {
                let zone = format!("days of {}", time::zone_words(clock::zone(&row.time_zone)));
                let (id, name) = (row.source_id, row.source.clone());
                sources.push(SourceDays { id, name, zone, sentence: String::new(), days: Vec::new() });
            }
            if let Some(last) = sources.last_mut() {
                last.days.push(Day::of(&row, actor, may_explain));
            }
        }
        for source in &mut sources {
            source.sentence = format!("{} days, newest first", source.days.len());
        }
        let now = Month::of(clock::today_in(&actor.identity().time_zone));
        Self {
            chrome,
            title: format!("Coverage, {}", month.label()),
            sentence: match open {
                0 => "Every day that needs an explanation has one.".to_owned(),
                1 => "1 day needs an explanation.".to_owned(),
                open => format!("{open} days need an explanation."),
            },
            month: month.word(),
            any_source: !choices.is_empty(),
            choices: choices.into_iter().map(|each| (each.id, each.name, source == Some(each.id))).collect(),
            sources,
            earlier: url("/imports/coverage", month.earlier()),
            later: (month.first < now.first).then(|| url("/imports/coverage", month.later())),
            export: may(actor.role(), Action::CoverageListExport).then(|| url("/imports/coverage.csv", month)),
            weeks: WEEKS,
            least: LEAST_WEEKS,
        }
    }
}

impl Day {
    fn of(row: &DayRow, actor: &Actor, may_explain: bool) -> Self {
        let status = row.status();
        let zone = clock::zone(&actor.identity().time_zone);
        let explain = (may_explain && (status.wants_words() || row.reason.is_some()))
            .then(|| format!("/imports/coverage/{}/{}", row.source_id, row.local_day));
        Self {
            label: row.local_day.format("%a %b %-d").to_string(),
            iso: row.local_day.to_string(),
            weekend: matches!(row.local_day.weekday(), Weekday::Sat | Weekday::Sun),
            received: count(row.received),
            expected: expected_words(row),
            badge: badge(status),
            explain,
            explained: row.reason.as_deref().zip(row.explained_at).map(|(reason, at)| Explained {
                reason: GapReason::parse(reason).map_or("Explained", GapReason::label),
                note: row.note.clone(),
                by: row.explained_by_name.clone().unwrap_or_else(|| "Somebody".to_owned()),
                at: instant(at, zone),
                later: row
                    .rows_then
                    .map(|then| row.received - then)
                    .filter(|more| *more > 0)
                    .map(|more| format!("{} rows came after", count(more))),
            }),
        }
    }
}

/// What was typed.
#[derive(Default)]
pub(super) struct Typed {
    pub reason: String,
    pub note: String,
}

/// One thing that was said before.
struct Line {
    reason: &'static str,
    note: Option<String>,
    rows: String,
    by: String,
    at: Instant,
}

/// The form of a day.
#[derive(Template)]
#[template(path = "coverage/explain.html")]
pub(super) struct FormPage {
    chrome: Chrome,
    source: String,
    day: String,
    received: String,
    expected: String,
    badge: Badge,
    action: String,
    back: String,
    form_key: Uuid,
    reasons: &'static [GapReason],
    typed: Typed,
    said: Vec<Line>,
    errors: Errors,
}

impl FormPage {
    pub fn new(chrome: Chrome, actor: &Actor, row: DayRow, said: Vec<Said>, typed: Typed, errors: Errors) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let (source, month) = (row.source_id.to_string(), Month::of(row.local_day).word());
        Self {
            chrome,
            day: row.local_day.format("%A, %B %-d, %Y").to_string(),
            received: count(row.received),
            expected: expected_words(&row),
            badge: badge(row.status()),
            action: format!("/imports/coverage/{}/{}", row.source_id, row.local_day),
            back: paging::url("/imports/coverage", &[("month", &month), ("source", &source)]),
            source: row.source,
            form_key: Uuid::now_v7(),
            reasons: GapReason::ALL,
            typed,
            said: said
                .into_iter()
                .map(|said| Line {
                    reason: GapReason::parse(&said.reason).map_or("Explained", GapReason::label),
                    note: said.note,
                    rows: count(said.rows_then),
                    by: said.by.unwrap_or_else(|| "Somebody".to_owned()),
                    at: instant(said.created_at, zone),
                })
                .collect(),
            errors,
        }
    }
}
