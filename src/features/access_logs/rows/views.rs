//! How every row is shown: as a table, on a phone as cards.

use askama::Template;

use super::filter::Filter;
use super::queries::AccessRow;
use super::words::{self, ACCESS_TYPES, RULES};
use crate::audit::Actor;
use crate::clock;
use crate::policy::{Action, may};
use crate::web::Chrome;
use crate::web::filters::{Chip, Choice, choices, link};
use crate::web::time::{self, Instant};

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
    resource_type: String,
    resource: Option<String>,
    patient: Option<(String, String)>,
    site: String,
    source: String,
    reason: String,
    flags: Vec<(u8, &'static str, &'static str)>,
    case: Option<(String, String)>,
    state: String,
}

impl RowsPage {
    /// Builds the page from what the query gave.
    #[must_use]
    pub fn new(chrome: Chrome, actor: &Actor, list: List<'_>, fragment: bool) -> Self {
        let zone = clock::zone(&actor.identity().time_zone);
        let pairs = list.filter.pairs();
        let next = list.rows.last().filter(|_| list.more).map(|row| link(PATH, &pairs, &[("after", &row.id.to_string())]));
        let in_form = ["from", "to", "rule", "access_type", "suspicious"];
        let set: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        Self {
            chrome,
            fragment,
            chips: chips(&list, &pairs),
            kept: set.iter().filter(|(name, _)| *name != "facility").cloned().collect(),
            hidden: set.into_iter().filter(|(name, _)| !in_form.contains(name)).collect(),
            access_types: choices(&ACCESS_TYPES, list.filter.access_type),
            rules: choices(&RULES.map(|(code, label, _)| (code, label)), list.filter.rule),
            suspicious: choices(&SUSPICIOUS, list.filter.suspicious.map(|yes| if yes { "true" } else { "false" })),
            from: list.filter.days.from.map(|day| day.to_string()).unwrap_or_default(),
            to: list.filter.days.to.map(|day| day.to_string()).unwrap_or_default(),
            rows: list.rows.into_iter().map(|row| Line::of(row, zone)).collect(),
            next,
            continued: list.continued,
            zone: clock::now().with_timezone(&zone).format("%Z").to_string(),
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
    add("Flag", "rule", filter.rule.map(|code| words::rule(code).0.to_owned()));
    add("Access", "access_type", filter.access_type.map(|word| words::access_type(word).to_owned()));
    add("Signal", "suspicious", filter.suspicious.map(|yes| SUSPICIOUS[usize::from(!yes)].1.to_owned()));
    chips
}

impl Line {
    fn of(row: AccessRow, zone: chrono_tz::Tz) -> Self {
        let codes = |joined: &Option<String>| joined.as_deref().unwrap_or_default().split(';').map(ToOwned::to_owned).collect::<Vec<_>>();
        let (signals, mut flags) = (codes(&row.signals), codes(&row.flags));
        flags.retain(|code| !code.is_empty());
        flags.sort_by_key(|code| !signals.contains(code));
        Self {
            at: time::instant(row.action_at, zone),
            holder: row.holder.map(|name| (name, row.person_id.map(|id| format!("/people/{id}")))),
            login: row.login,
            access: words::access_type(&row.access_type),
            resource_type: row.resource_type,
            resource: row.resource,
            patient: row.patient_id.zip(row.patient).map(|(id, shown)| (format!("/patients/{id}"), shown)),
            site: row.site_code.unwrap_or_else(|| "No facility".to_owned()),
            source: row.source,
            reason: if row.access_reason == "UNSTATED" { "No reason".to_owned() } else { row.access_reason },
            flags: flags.iter().map(|code| (if signals.contains(code) { 3 } else { 1 }, words::rule(code))).map(|(strength, (label, icon))| (strength, label, icon)).collect(),
            case: row.case_id.zip(row.case_number).map(|(id, number)| (format!("/access-logs/cases/{id}"), format!("AL-{number}"))),
            state: row.review_state.map(|state| state.replace('_', " ")).unwrap_or_default(),
        }
    }
}
