//! What of each rule a site may tune: every parameter with its meaning, its bounds and what holds where a version says
//! nothing.

use serde_json::Value;

use crate::ingest::words::RESOURCE_TYPES;
use crate::words::{RuleCode, resource_label};

/// The groups of jobs a site keeps a table for.
pub const JOB_GROUPS: [(&str, &str); 4] =
    [("desk", "Front desk"), ("billing", "Billing"), ("laboratory", "Laboratory"), ("imaging", "Imaging")];

/// Kinds of record a job may not need: all that have a name, of which `Other` is the last.
pub const RESOURCES: &[&str] = RESOURCE_TYPES.split_at(RESOURCE_TYPES.len() - 1).0;

/// What a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A whole number within bounds, and what holds where a version does not say.
    Whole { least: i64, most: i64, otherwise: i64 },
    /// Parts of job titles, separated by commas.
    Words,
    /// Kinds of record, as the log names them, separated by commas.
    Resources,
}

/// One parameter of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub label: &'static str,
    pub meaning: &'static str,
    pub holds: Holds,
}

const fn whole(
    name: &'static str,
    (least, most, otherwise): (i64, i64, i64),
    label: &'static str,
    meaning: &'static str,
) -> Parameter {
    Parameter { name, label, meaning, holds: Holds::Whole { least, most, otherwise } }
}

const fn words(name: &'static str, label: &'static str) -> Parameter {
    Parameter { name, label, meaning: "Parts of job titles, separated by commas.", holds: Holds::Words }
}

const fn kinds(name: &'static str, label: &'static str) -> Parameter {
    let meaning = "Kinds of record as the log names them, separated by commas.";
    Parameter { name, label, meaning, holds: Holds::Resources }
}

/// The parameters of a rule.
#[must_use]
pub const fn parameters(code: RuleCode) -> &'static [Parameter] {
    match code {
        RuleCode::VolumeSpike => {
            const {
                &[
                    whole(
                        "times_usual",
                        (2, 20, 3),
                        "Times usual",
                        "How many times the person's own median of patients a day.",
                    ),
                    whole(
                        "times_peers",
                        (1, 20, 2),
                        "Times the job's usual",
                        "How many times the median of others in the same job at the facility.",
                    ),
                    whole("least_rows", (10, 1000, 40), "Least rows", "A day with fewer rows is never a spike."),
                    whole(
                        "least_days",
                        (3, 20, 5),
                        "Least days",
                        "Days with work before it, so that there is a usual.",
                    ),
                    whole("window_days", (7, 90, 30), "Window in days", "How far back the usual is read."),
                    whole(
                        "critical_times",
                        (3, 50, 8),
                        "Times that weigh more",
                        "From here on the flag's severity is high.",
                    ),
                ]
            }
        }
        RuleCode::RepeatSamePatient => {
            const {
                &[
                    whole(
                        "least_days",
                        (3, 60, 8),
                        "Days",
                        "On how many days within the window the same patient was opened.",
                    ),
                    whole(
                        "times_usual",
                        (2, 20, 4),
                        "Times usual",
                        "How many times the median per patient, the person's own and the job's.",
                    ),
                    whole("window_days", (7, 90, 30), "Window in days", "How far back it is counted."),
                ]
            }
        }
        RuleCode::BulkExport => {
            const {
                &[whole(
                    "least_patients",
                    (2, 1000, 25),
                    "Patients",
                    "Printed, exported or disclosed by one person in one day.",
                )]
            }
        }
        RuleCode::InactiveUser => {
            const {
                &[whole(
                    "unused_days",
                    (14, 730, 90),
                    "Days without use",
                    "A login that opens a record after so many days is flagged.",
                )]
            }
        }
        RuleCode::Household => {
            const {
                &[whole(
                    "most_at_address",
                    (2, 100, 12),
                    "Most patients at an address",
                    "An address with more patients is a home or a shelter, not a household.",
                )]
            }
        }
        RuleCode::RoleMismatch => {
            const {
                &[
                    words("desk_words", "Front desk: jobs"),
                    kinds("desk_types", "Front desk: not needed"),
                    words("billing_words", "Billing: jobs"),
                    kinds("billing_types", "Billing: not needed"),
                    words("laboratory_words", "Laboratory: jobs"),
                    kinds("laboratory_types", "Laboratory: not needed"),
                    words("imaging_words", "Imaging: jobs"),
                    kinds("imaging_types", "Imaging: not needed"),
                ]
            }
        }
        _ => &[],
    }
}

/// A parameter's value as the form shows it.
#[must_use]
pub fn shown(parameter: &Parameter, parameters: &Value) -> String {
    match (parameter.holds, parameters.get(parameter.name)) {
        (Holds::Whole { otherwise, .. }, value) => value.and_then(Value::as_i64).unwrap_or(otherwise).to_string(),
        (_, Some(Value::Array(words))) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        (_, _) => String::new(),
    }
}

/// A parameter's value in a person's words.
#[must_use]
pub fn told(parameter: &Parameter, parameters: &Value) -> String {
    match parameter.holds {
        Holds::Resources => {
            let kinds = shown(parameter, parameters);
            kinds.split(", ").filter(|kind| !kind.is_empty()).map(resource_label).collect::<Vec<_>>().join(", ")
        }
        _ => shown(parameter, parameters),
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, parameters};
    use crate::words::RuleCode;

    #[test]
    fn bounds_hold_what_holds_where_nothing_is_said() {
        for &code in RuleCode::ALL {
            for parameter in parameters(code) {
                if let Holds::Whole { least, most, otherwise } = parameter.holds {
                    assert!((least..=most).contains(&otherwise), "{} {}", code.as_str(), parameter.name);
                }
            }
        }
    }
}
