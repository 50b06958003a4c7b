//! What the import pages show.

pub(super) mod list;
pub(super) mod withdraw;

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use self::withdraw::Withdrawal;
use super::command::RejectLine;
use super::filter::STATES;
use super::queries::pages::{BatchRow, Source};
use crate::audit::Actor;
use crate::clock;
use crate::ingest::words::Failure;
use crate::policy::{Action, may};
use crate::web::time::{Instant, count, instant};
use crate::web::{Chrome, Errors, paging};

/// A batch, ready to show.
pub struct Batch {
    id: Uuid,
    href: String,
    source: String,
    by: String,
    started: Instant,
    state: State,
    read: String,
    stored: String,
    known: String,
    unmatched: String,
    rejected: String,
    any_rejected: bool,
}

/// A batch's state: badge and share done.
struct State {
    word: &'static str,
    class: &'static str,
    icon: &'static str,
    percent: Option<u8>,
    live: bool,
}

impl State {
    fn of(row: &BatchRow) -> Self {
        let failed = ("failed", "Failed", "critical", "circle-x");
        let (_, word, class, icon) = STATES.into_iter().find(|(state, ..)| *state == row.state).unwrap_or(failed);
        let total = row.byte_count.filter(|&total| total > 0 && row.state == "running");
        // all bytes read is not yet all done: the rules follow
        let percent =
            total.and_then(|total| u8::try_from((row.bytes_read.saturating_mul(100) / total).clamp(0, 99)).ok());
        Self { word, class, icon, percent, live: matches!(row.state.as_str(), "waiting" | "running" | "withdrawing") }
    }
}

impl Batch {
    fn of(row: &BatchRow, zone: Tz) -> Self {
        Self {
            id: row.id,
            href: format!("/imports/{}", row.id),
            source: row.source.clone(),
            by: row.by.clone().unwrap_or_else(|| "Command line".to_owned()),
            started: instant(row.created_at, zone),
            state: State::of(row),
            read: count(row.rows_read),
            stored: count(row.rows_stored),
            known: count(row.rows_known),
            unmatched: count(row.rows_unmatched),
            rejected: count(row.rows_rejected),
            any_rejected: row.rows_rejected > 0,
        }
    }
}

fn zone_of(actor: &Actor) -> Tz {
    clock::zone(&actor.identity().time_zone)
}

/// `GET /imports/new`, and the form that came back.
#[derive(Template)]
#[template(path = "imports/new.html")]
pub(super) struct FormPage {
    chrome: Chrome,
    sources: Vec<Choice>,
    form_key: Uuid,
    /// The withdrawn import that is to be imported again.
    again: Option<String>,
    /// Where the chosen source's mapping is corrected, when the file did not fit it.
    mapping_href: Option<String>,
    errors: Errors,
}

/// What stands in the form already.
#[derive(Default, Clone, Copy)]
pub(super) struct Filled {
    pub source: Option<Uuid>,
    pub again: Option<Uuid>,
    /// The refused file, which waits to be a sample.
    pub sample: Option<Uuid>,
}

struct Choice {
    id: Uuid,
    label: String,
    chosen: bool,
}

impl FormPage {
    pub fn new(chrome: Chrome, sources: Vec<Source>, filled: Filled, errors: Errors) -> Self {
        let only = sources.len() == 1;
        let sources = sources
            .into_iter()
            .map(|source| Choice {
                id: source.id,
                label: format!("{} (times of {})", source.name, source.time_zone.replace('_', " ")),
                chosen: only || filled.source == Some(source.id),
            })
            .collect();
        let again = filled.again.map(|batch| format!("/imports/{batch}"));
        let mapping_href = filled
            .source
            .zip(filled.sample)
            .map(|(source, sample)| format!("/imports/mappings/new?source={source}&sample={sample}"));
        Self { chrome, sources, form_key: Uuid::now_v7(), again, mapping_href, errors }
    }
}

/// `GET /imports/{id}`
#[derive(Template)]
#[template(path = "imports/report.html", blocks = ["report"])]
pub(super) struct ReportPage {
    chrome: Chrome,
    batch: Batch,
    mapping: String,
    size: Option<String>,
    source_zone: String,
    first: Option<Instant>,
    last: Option<Instant>,
    finished: Option<Instant>,
    flags: String,
    cases: i64,
    cases_text: String,
    failure: Option<&'static str>,
    same_file: Option<(String, Instant)>,
    rows_href: Option<String>,
    rejects: Vec<RejectLine>,
    rejects_shown: String,
    restored: Option<String>,
    /// Rows of the hour that the clocks repeat, and where they are.
    repeated: Option<(String, String)>,
    withdrawal: Option<Withdrawal>,
    withdraw_href: Option<String>,
    /// Where it is taken up again, for whoever may while it can be.
    retry_href: Option<String>,
    /// When the page asks again, and where.
    wait_seconds: u32,
    ask_href: String,
}

/// A page that watches an import asks ever more rarely: after 1 second, at last every 10.
fn wait_before(asked: u32) -> u32 {
    (1 + asked / 2).min(10)
}

impl ReportPage {
    pub fn new(
        chrome: Chrome,
        actor: &Actor,
        row: &BatchRow,
        rejects: Vec<RejectLine>,
        asked: u32,
        file_waits: bool,
    ) -> Self {
        let zone = zone_of(actor);
        let at = |time: Option<DateTime<Utc>>| time.map(|time| instant(time, zone));
        let rows = row.rows_stored > 0 && may(actor.role(), Action::AccessLogListRead);
        let all = i64::try_from(rejects.len()).is_ok_and(|shown| shown >= row.rows_rejected);
        Self {
            chrome,
            mapping: format!("{}, version {}", row.mapping.as_deref().unwrap_or("Mapping"), row.mapping_version),
            size: row.byte_count.map(size),
            source_zone: row.source_zone.replace('_', " "),
            first: at(row.first_at),
            last: at(row.last_at),
            finished: at(row.finished_at),
            flags: count(row.flags_raised),
            cases: row.cases_opened,
            cases_text: count(row.cases_opened),
            failure: (row.state == "failed")
                .then(|| row.failure_code.as_deref().map_or("The reason was not recorded.", Failure::label_of)),
            same_file: row
                .same_file_as
                .zip(row.same_file_at)
                .map(|(id, time)| (format!("/imports/{id}"), instant(time, zone))),
            rows_href: rows.then(|| paging::url("/access-logs/rows", &[("batch", &row.id.to_string())])),
            rejects_shown: if all {
                "all shown".to_owned()
            } else {
                format!("first {} of {}", rejects.len(), count(row.rows_rejected))
            },
            rejects,
            repeated: (row.rows_repeated > 0).then(|| (rows_of(row.rows_repeated), lines(row))),
            restored: (row.rows_restored > 0).then(|| count(row.rows_restored)),
            withdrawal: Withdrawal::of(actor, row),
            withdraw_href: (row.mine
                && may(actor.role(), Action::ImportWithdraw)
                && matches!(row.state.as_str(), "complete" | "failed")
                && row.rows_stored + row.rows_known > 0)
                .then(|| format!("/imports/{}/withdraw", row.id)),
            retry_href: (row.mine
                && row.stands_still
                && (row.state == "withdrawing" || file_waits)
                && may(actor.role(), Action::ImportRetry))
            .then(|| format!("/imports/{}/retry", row.id)),
            wait_seconds: wait_before(asked),
            ask_href: format!("/imports/{}/progress?asked={}", row.id, asked.saturating_add(1).min(99)),
            batch: Batch::of(row, zone),
        }
    }
}

fn rows_of(number: i64) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{} rows", count(number)) }
}

/// `lines 4, 9 and 17 more`, or messages, as the file has them.
fn lines(row: &BatchRow) -> String {
    let named: Vec<_> = row.repeated_lines.iter().map(|&line| count(line)).collect();
    let more = row.rows_repeated - i64::try_from(named.len()).unwrap_or(i64::MAX);
    let more = if more > 0 { format!(" and {} more", count(more)) } else { String::new() };
    format!("line{} {}{more}", if row.rows_repeated == 1 { "" } else { "s" }, named.join(", "))
}

/// `12.3 MB`, as people say it.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{}.{} KB", bytes / 1_000, bytes % 1_000 / 100),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{size, wait_before};

    #[test]
    fn a_page_that_watches_asks_ever_more_rarely_and_at_last_every_ten_seconds() {
        let waits: Vec<_> = (0..30).map(wait_before).collect();
        assert!(waits.is_sorted() && waits[0] == 1 && waits.last() == Some(&10), "{waits:?}");
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(
            [size(12), size(1_200), size(12_345_678), size(3_000_000_000)],
            ["12 bytes", "1.2 KB", "12.3 MB", "3.0 GB"]
        );
    }
}
