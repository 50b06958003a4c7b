//! How every row is shown: as a table, on a phone as cards.

use askama::Template;

use super::filter::Filter;
use super::queries::AccessRow;
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::filters::{Chip, Choice, choices, link};
use crate::web::time::{self, Instant};
use crate::words::{AccessReason, AccessType, ReviewState, RuleCode, resource_label, short_name};

const PATH: &str = "/access-logs/rows";

/// What the query gave.
pub struct List<'a> {
    /// The filter it ran with.
    pub filter: &'a Filter,
    /// The name of the filter's person.
    pub person: Option<String>,
    /// The page's rows.
    pub rows: Vec<AccessRow>,
    /// Whether more follow.
    pub more: bool,
    /// Whether it begins after another page.
    pub continued: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "access_logs/rows.html", blocks = ["list"])]
pub struct RowsPage {
    chrome: Chrome,
    /// Whether htmx takes the list alone.
    pub fragment: bool,
    rows: Vec<Line>,
    chips: Vec<Chip>,
    kept: Vec<(&'static str, String)>,
    hidden: Vec<(&'static str, String)>,
    access_types: Vec<Choice>,
    rules: Vec<Choice>,
    suspicious: Vec<Choice>,
    from: String,
    to: String,
    next: Option<String>,
    continued: bool,
    zone: String,
    export: Option<String>,
    clear: String,
}

struct Line {
    at: Instant,
    holder: Option<(String, Option<String>)>,
    login: String,
    access: &'static str,
    resource_type: &'static str,
    resource: Option<String>,
    patient: Option<(String, String)>,
    site: String,
    source: String,
    reason: &'static str,
    flags: Vec<(u8, &'static str, &'static str)>,
    case: Option<(String, String)>,
    state: &'static str,
    /// Where to flag it for review, for who may and did not do it themselves.
    flag: Option<String>,
    withdrawn: bool,
    time_repeated: bool,
}

impl RowsPage {
    /// Builds the page from what the query gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List<'_>, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let pairs = list.filter.pairs();
        let next =
            list.rows.last().filter(|_| list.more).map(|row| link(PATH, &pairs, &[("after", &row.id.to_string())]));
        let in_form = ["from", "to", "rule", "access_type", "suspicious"];
        let set: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        Self {
            chrome,
            fragment,
            chips: chips(&list, &pairs),
            kept: set.iter().filter(|(name, _)| *name != "facility").cloned().collect(),
            hidden: set.into_iter().filter(|(name, _)| !in_form.contains(name)).collect(),
            access_types: choices(
                &pairs_of(AccessType::ALL, AccessType::as_str, AccessType::label),
                list.filter.access_type.map(AccessType::as_str),
            ),
            rules: choices(
                &pairs_of(RuleCode::ALL, RuleCode::as_str, RuleCode::label),
                list.filter.rule.map(RuleCode::as_str),
            ),
            suspicious: choices(&SUSPICIOUS, list.filter.suspicious.map(|yes| if yes { "true" } else { "false" })),
            from: list.filter.days.from.map(|day| day.to_string()).unwrap_or_default(),
            to: list.filter.days.to.map(|day| day.to_string()).unwrap_or_default(),
            rows: list
                .rows
                .into_iter()
                .map(|row| {
                    let flag = may(actor.role(), Action::AccessFlagCreate) && row.person_id != Some(actor.id());
                    let flag = flag.then(|| format!("/access-logs/rows/{}/flag", row.id));
                    Line { flag, ..Line::of(row, zone) }
                })
                .collect(),
            next,
            continued: list.continued,
            zone: time::zone_words(zone),
            export: may(actor.role(), Action::AccessLogListExport).then(|| link("/access-logs/rows.csv", &pairs, &[])),
            clear: PATH.to_owned(),
        }
    }
}

const SUSPICIOUS: [(&str, &str); 2] = [("true", "With a signal"), ("false", "Without a signal")];

fn chips(list: &List<'_>, pairs: &[(&'static str, String)]) -> Vec<Chip> {
    let filter = list.filter;
    let mut chips = Vec::new();
    let mut add = |field, name, value: Option<String>| {
        if let Some(value) = value {
            chips.push(Chip { field, value, remove: link(PATH, pairs, &[(name, "")]) });
        }
    };
    add("Person", "person", filter.person.map(|id| list.person.clone().unwrap_or_else(|| id.to_string())));
    // a patient's own id only where a row in scope shows it
    let shown = list.rows.first().and_then(|row| row.patient.clone());
    add("Patient", "patient", filter.patient.map(|id| shown.unwrap_or_else(|| id.to_string())));
    add("Import", "batch", filter.batch.map(|id| id.to_string()));
    add("From", "from", filter.days.from.map(time::date));
    add("To", "to", filter.days.to.map(time::date));
    add("Flag", "rule", filter.rule.map(|rule| rule.label().to_owned()));
    add("Access", "access_type", filter.access_type.map(|word| word.label().to_owned()));
    add("Signal", "suspicious", filter.suspicious.map(|yes| SUSPICIOUS[usize::from(!yes)].1.to_owned()));
    chips
}

/// The flags of a row as strength, icon and words, signals first.
fn flags(all: Option<&str>, signals: Option<&str>) -> Vec<(u8, &'static str, &'static str)> {
    let rules =
        |joined: Option<&str>| joined.unwrap_or_default().split(';').filter_map(RuleCode::parse).collect::<Vec<_>>();
    let signals = rules(signals);
    let mut flags: Vec<_> = rules(all)
        .into_iter()
        .map(|rule| (if signals.contains(&rule) { 3 } else { 1 }, icon(rule), rule.label()))
        .collect();
    flags.sort_by_key(|(strength, ..)| std::cmp::Reverse(*strength));
    flags
}

const fn icon(rule: RuleCode) -> &'static str {
    rule.icon()
}

/// A vocabulary as a select's options.
fn pairs_of<T: Copy>(
    all: &[T],
    word: fn(T) -> &'static str,
    label: fn(T) -> &'static str,
) -> Vec<(&'static str, &'static str)> {
    all.iter().map(|&each| (word(each), label(each))).collect()
}

impl Line {
    fn of(row: AccessRow, zone: chrono_tz::Tz) -> Self {
        let flags = flags(row.flags.as_deref(), row.signals.as_deref());
        Self {
            at: time::instant(row.action_at, zone),
            holder: row.holder.map(|name| {
                (
                    if row.person_id.is_some() { short_name(&name) } else { name },
                    row.person_id.map(|id| format!("/people/{id}")),
                )
            }),
            login: row.login,
            access: AccessType::parse(&row.access_type).map_or("Other", AccessType::label),
            resource_type: resource_label(&row.resource_type),
            resource: row.resource,
            patient: row.patient_id.zip(row.patient).map(|(id, shown)| (format!("/patients/{id}"), shown)),
            site: row.site_code.unwrap_or_else(|| "No facility".to_owned()),
            source: row.source,
            reason: AccessReason::parse(&row.access_reason).map_or("None given", AccessReason::label),
            flags,
            case: row
                .case_id
                .zip(row.case_number)
                .map(|(id, number)| (format!("/access-logs/cases/{id}"), format!("AL-{number}"))),
            state: row.review_state.as_deref().and_then(ReviewState::parse).map_or("", ReviewState::label),
            flag: None,
            withdrawn: row.withdrawn,
            time_repeated: row.time_repeated,
        }
    }
}
