//! How a case is named wherever it stands: who, about whom, what was done, why it was flagged, whether it is late.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use super::model::TARGET_DAYS;
use super::queries::CaseRow;
use crate::error::AppError;
use crate::facts::Facts;
use crate::web::time;
use crate::words::{AccessType, ReviewState, Risk, RuleCode, pseudonym, short_name};

/// Why something was flagged, as a badge and as a sentence.
#[derive(Debug, Clone)]
pub struct FlagView {
    pub rule: RuleCode,
    pub version: i64,
    pub strength: u8,
    pub icon: &'static str,
    pub badge: String,
    pub sentence: String,
    pub rows: i64,
    pub known_later: Option<String>,
    /// Since when it no longer holds, if a fact was corrected.
    pub lifted: Option<String>,
}

#[derive(Deserialize)]
struct StoredFlag {
    version: i64,
    kind: String,
    severity: String,
    facts: Facts,
    rows: i64,
    known_at: Option<DateTime<Utc>>,
    lifted_at: Option<DateTime<Utc>>,
}

/// The flags of a case, strongest first.
///
/// # Errors
/// When the stored facts are not of this release's types.
pub fn flags(row: &CaseRow, zone: Tz) -> Result<Vec<FlagView>, AppError> {
    let stored: Vec<StoredFlag> =
        serde_json::from_value(row.flags.clone()).map_err(|_| AppError::Internal("facts of an unknown type"))?;
    let mut flags: Vec<_> = stored
        .into_iter()
        .map(|flag| FlagView {
            rule: flag.facts.rule(),
            version: flag.version,
            strength: match (flag.kind.as_str(), Risk::parse(&flag.severity)) {
                _ if flag.lifted_at.is_some() => 0,
                ("signal", _) => 3,
                (_, Some(Risk::Low | Risk::Medium)) => 2,
                _ => 1,
            },
            icon: flag.facts.icon(),
            badge: flag.facts.badge(),
            sentence: flag.facts.sentence(),
            rows: flag.rows,
            known_later: flag.known_at.map(|at| time::instant(at, zone).short),
            lifted: flag.lifted_at.map(|at| time::instant(at, zone).short),
        })
        .collect();
    flags.sort_by_key(|flag| (std::cmp::Reverse(flag.strength), flag.rule.as_str()));
    Ok(flags)
}

/// The rules whose signals put the case in the queue.
pub fn signals(row: &CaseRow) -> Vec<String> {
    let rule = |flag: &serde_json::Value| flag["facts"]["rule"].as_str().map(str::to_owned);
    let signals = row.flags.as_array().into_iter().flatten().filter(|flag| flag["kind"] == "signal");
    signals.filter_map(rule).collect()
}

/// Who a case is about: a person, a vendor's account, or a login nobody is known to hold.
pub fn who(row: &CaseRow) -> (String, String) {
    match (&row.full_name, &row.vendor_name) {
        (Some(name), _) => {
            (short_name(name), row.job_role.clone().unwrap_or_else(|| "Job outside your facilities".to_owned()))
        }
        (None, Some(vendor)) => (vendor.clone(), format!("Vendor account {}", row.login)),
        (None, None) => (row.login.clone(), "Unmatched login".to_owned()),
    }
}

/// The patient's id in the source, or what stands for it, or that there were many.
pub fn subject(patient: Option<Uuid>, source_id: Option<&str>) -> String {
    match (patient, source_id) {
        (_, Some(id)) => id.to_owned(),
        (Some(patient), None) => pseudonym(patient),
        (None, None) => "No patient named".to_owned(),
    }
}

/// The same of a whole case: a spike is about many.
pub fn subject_of(row: &CaseRow) -> String {
    if is_spike(row) { "Many patients".to_owned() } else { subject(row.patient_id, row.source_patient_id.as_deref()) }
}

/// Whether the case is about a whole day rather than one patient.
pub fn is_spike(row: &CaseRow) -> bool {
    let spike = |flag: &serde_json::Value| {
        let rule = flag["facts"]["rule"].as_str().and_then(RuleCode::parse);
        rule.is_some_and(RuleCode::about_a_day)
    };
    row.patient_id.is_none() && row.flags.as_array().is_some_and(|flags| flags.iter().any(spike))
}

/// `Exported 412`, `Viewed`, `Broke the glass, 6 rows`.
pub fn verb(row: &CaseRow) -> String {
    let verb = AccessType::parse(&row.access_type).map_or("Used", AccessType::label);
    let rows = time::count(i64::from(row.row_count));
    match (row.row_count, row.access_type.as_str()) {
        (1, _) => verb.to_owned(),
        (_, "break_glass") => format!("{verb}, {rows} rows"),
        _ => format!("{verb} {rows}"),
    }
}

/// Late counts from the last access: the site's target.
pub fn is_late(row: &CaseRow, now: DateTime<Utc>) -> bool {
    ReviewState::parse(&row.state).is_some_and(ReviewState::may_be_decided)
        && now - row.last_action_at > TimeDelta::days(TARGET_DAYS)
}
