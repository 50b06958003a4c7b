//! `/settings/rules.csv`: the rules as they run now, and what they found in the last sixty days.

use chrono::NaiveDate;

use super::queries::pages::{Standing, standing};
use crate::audit::{Export, ExportRow};

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "code",
    "kind",
    "severity",
    "enabled",
    "version",
    "cases",
    "decided",
    "inappropriate",
    "proposals_waiting",
    "since",
];

/// The file. Nothing narrows it but the reader's scope, which the counts are of.
#[must_use]
pub fn export(since: NaiveDate) -> Export {
    Export::of("rule", HEADER, serde_json::json!({}), standing(None, since), move |rule| line(rule, since))
}

fn line(rule: Standing, since: NaiveDate) -> ExportRow {
    let cells = vec![
        rule.code,
        rule.kind,
        rule.severity,
        rule.enabled.to_string(),
        rule.version.to_string(),
        rule.cases.to_string(),
        rule.decided.to_string(),
        rule.inappropriate.to_string(),
        rule.waiting.to_string(),
        since.to_string(),
    ];
    // a rule is known by its code
    ExportRow { id: None, cells }
}
