//! What each rule is, in plain words: what it looks for, its parameters with their meaning and bounds, and what a form may
//! propose. Pure; the words a person reads on the rule's page stand here.

use serde_json::{Map, Value, json};

use super::engine::Rule;
use crate::web::Errors;
use crate::words::{Risk, RuleCode, RuleKind, resource_label};

/// The groups of jobs a site keeps a table for.
pub const JOB_GROUPS: [(&str, &str); 4] =
    [("desk", "Front desk"), ("billing", "Billing"), ("laboratory", "Laboratory"), ("imaging", "Imaging")];

/// Kinds of record a job may not need.
pub const RESOURCES: [&str; 23] = [
    "Patient",
    "Encounter",
    "Observation",
    "Condition",
    "AllergyIntolerance",
    "MedicationRequest",
    "MedicationAdministration",
    "Procedure",
    "DiagnosticReport",
    "ImagingStudy",
    "DocumentReference",
    "Immunization",
    "CarePlan",
    "Appointment",
    "Coverage",
    "Claim",
    "ExplanationOfBenefit",
    "Consent",
    "QuestionnaireResponse",
    "Communication",
    "List",
    "Task",
    "AuditEvent",
];

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

/// What a rule looks for.
#[must_use]
pub const fn looks_for(code: RuleCode) -> &'static str {
    match code {
        RuleCode::SelfAccess => {
            "A workforce member opened their own record: it is linked to them, or name and home address are the same."
        }
        RuleCode::Household => {
            "The patient lives at the home address of whoever opened the record. The same surname raises the severity."
        }
        RuleCode::Coworker => {
            "The patient worked in the same department on that day as whoever opened the record; the same facility is a weaker sign."
        }
        RuleCode::WatchList => "The patient is on the watch list. Every access is looked at.",
        RuleCode::TerminatedUser => {
            "A login was used after its holder's last day of work, while no employment covered the day."
        }
        RuleCode::InactiveUser => {
            "A login was used while its holder was on leave, or after a long time in which it opened no record."
        }
        RuleCode::VolumeSpike => {
            "A day with many times the patients that are usual for this person, and many more than others in the same job at the facility open."
        }
        RuleCode::RepeatSamePatient => {
            "The same patient on many days, far more often than the person's other patients and than others in the job open theirs."
        }
        RuleCode::BreakGlassNoReason => "The glass was broken and the reason was left empty.",
        RuleCode::BulkExport => {
            "Records of many patients were printed, exported or disclosed by one person in one day."
        }
        RuleCode::AgreementLapsed => {
            "A vendor's account was used on a day that none of the vendor's business associate agreements covers (164.504(e))."
        }
        RuleCode::ReportedByPerson => {
            "Somebody reported an access to the privacy office, and it was entered from the access rows."
        }
        RuleCode::Manual => "Somebody of the privacy office flagged an access from the access rows.",
        RuleCode::AfterHours => {
            "An access outside the hours of the department the person worked in on that day. Round-the-clock departments have none."
        }
        RuleCode::ForeignFacility => {
            "The record belongs to a facility that is none of those the person worked for on that day."
        }
        RuleCode::ForeignNetwork => {
            "The address is in none of the organisation's networks, at a facility that says what its networks are."
        }
        RuleCode::RoleMismatch => "A kind of record that the site's own table says this job does not need.",
        RuleCode::TrainingLapsed => {
            "A course the person had completed had expired by the day of the access and was not taken again by then."
        }
        RuleCode::BreakGlass => "The glass was broken, and a reason was given.",
        RuleCode::UnmatchedIdentity => "Nobody is known to have held the login at the time of the access.",
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

/// What was typed into the form of a proposal; all of it comes back when it cannot be accepted.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub kind: String,
    pub severity: String,
    pub enabled: String,
    pub rerun: bool,
    pub values: Vec<(&'static str, String)>,
}

impl Typed {
    /// The live version, as the form opens.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        Self {
            kind: rule.kind.as_str().to_owned(),
            severity: rule.severity.as_str().to_owned(),
            enabled: if rule.enabled { "yes" } else { "no" }.to_owned(),
            rerun: false,
            values: parameters(rule.code).iter().map(|it| (it.name, shown(it, &rule.parameters))).collect(),
        }
    }

    /// What a post holds.
    #[must_use]
    pub fn posted(code: RuleCode, pairs: &[(String, String)]) -> Self {
        let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
        Self {
            kind: get("kind").unwrap_or_default(),
            severity: get("severity").unwrap_or_default(),
            enabled: get("enabled").unwrap_or_default(),
            rerun: get("rerun").is_some(),
            values: parameters(code).iter().map(|it| (it.name, get(it.name).unwrap_or_default())).collect(),
        }
    }

    /// What is typed for a parameter.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// The proposed version.
    ///
    /// # Errors
    /// A sentence for each field that cannot be accepted, and one for a proposal that changes nothing.
    pub fn check(&self, live: &Rule) -> Result<Rule, Errors> {
        let mut errors = Errors::new();
        let kind = RuleKind::parse(&self.kind);
        let severity = Risk::parse(&self.severity);
        if kind.is_none() {
            errors.add("kind", "Choose signal or context");
        }
        if severity.is_none() {
            errors.add("severity", "Choose a severity");
        }
        if !matches!(self.enabled.as_str(), "yes" | "no") {
            errors.add("enabled", "Choose on or off");
        }
        let mut values = live.parameters.as_object().cloned().unwrap_or_default();
        for parameter in parameters(live.code) {
            match check_value(parameter, self.value(parameter.name)) {
                Ok(value) => keep(&mut values, parameter, value, &live.parameters),
                Err(message) => errors.add(parameter.name, message),
            }
        }
        let (Some(kind), Some(severity), true) = (kind, severity, errors.is_empty()) else { return Err(errors) };
        let enabled = self.enabled == "yes";
        let proposed = Rule { kind, severity, enabled, parameters: Value::Object(values), ..live.clone() };
        if proposed == *live {
            errors.add("", "Nothing differs from the version that is live");
            return Err(errors);
        }
        Ok(proposed)
    }
}

/// A value that says what holds anyway is not written down, so that nothing seems changed.
fn keep(values: &mut Map<String, Value>, parameter: &Parameter, value: Value, live: &Value) {
    if live.get(parameter.name).is_none()
        && shown(parameter, live) == shown(parameter, &json!({ parameter.name: &value }))
    {
        return;
    }
    values.insert(parameter.name.to_owned(), value);
}

fn check_value(parameter: &Parameter, typed: &str) -> Result<Value, String> {
    match parameter.holds {
        Holds::Whole { least, most, .. } => typed
            .parse::<i64>()
            .ok()
            .filter(|n| (least..=most).contains(n))
            .map(|n| json!(n))
            .ok_or_else(|| format!("{}: enter a whole number from {least} to {most}", parameter.label)),
        Holds::Words | Holds::Resources => {
            let words: Vec<_> = typed.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
            let fits = |word: &&str| match parameter.holds {
                Holds::Resources => RESOURCES.contains(word),
                _ => {
                    (3..=40).contains(&word.len())
                        && word.chars().all(|c| c.is_ascii_alphabetic() || c == ' ' || c == '-')
                }
            };
            match words.iter().find(|word| !fits(word)) {
                Some(_) if parameter.holds == Holds::Resources => {
                    Err(format!("{}: choose among {}", parameter.label, RESOURCES.join(", ")))
                }
                Some(_) => Err(format!("{}: use words of 3 to 40 letters, separated by commas", parameter.label)),
                None if words.len() > 40 => Err(format!("{}: at most 40", parameter.label)),
                None => Ok(words
                    .iter()
                    .map(|word| match parameter.holds {
                        Holds::Resources => json!(word),
                        _ => json!(word.to_lowercase()),
                    })
                    .collect()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;
    use super::{Typed, parameters};
    use crate::words::{Risk, RuleCode, RuleKind};
    use serde_json::json;

    fn spike() -> Rule {
        let parameters =
            json!({"times_usual": 3, "least_rows": 40, "least_days": 5, "window_days": 30, "critical_times": 8});
        let (code, kind, severity) = (RuleCode::VolumeSpike, RuleKind::Signal, Risk::Medium);
        Rule { code, version: 1, kind, severity, parameters, enabled: true }
    }

    #[test]
    fn what_is_live_proposes_nothing() {
        let errors = Typed::of(&spike()).check(&spike()).expect_err("no change");
        assert_eq!(errors.get(""), Some("Nothing differs from the version that is live"));
    }

    #[test]
    fn a_number_beyond_its_bounds_is_refused_beside_its_field_and_one_within_is_proposed() {
        let with = |value: &str| {
            let mut typed = Typed::of(&spike());
            typed.values.iter_mut().find(|(name, _)| *name == "times_usual").expect("a parameter").1 = value.to_owned();
            typed.check(&spike())
        };
        for bad in ["1", "21", "three", "", "-3", "3.5"] {
            let errors = with(bad).expect_err(bad);
            assert!(errors.get("times_usual").is_some_and(|text| text.contains("from 2 to 20")), "{bad}");
        }
        let proposed = with("5").expect("a proposal");
        assert_eq!(proposed.parameters["times_usual"], 5);
        assert_eq!(proposed.parameters["least_rows"], 40);
    }

    #[test]
    fn a_word_that_is_not_of_the_list_is_refused() {
        let parameters = json!({"desk_words": ["registrar"], "desk_types": ["Condition"]});
        let (code, kind, severity) = (RuleCode::RoleMismatch, RuleKind::Context, Risk::Low);
        let live = Rule { code, version: 1, kind, severity, parameters, enabled: true };
        let with = |name: &'static str, value: &str| {
            let mut typed = Typed::of(&live);
            typed.values.iter_mut().find(|(key, _)| *key == name).expect("a parameter").1 = value.to_owned();
            typed.check(&live)
        };
        assert!(with("desk_types", "Condition, Gossip").is_err());
        assert!(with("desk_words", "re; gistrar").is_err());
        assert_eq!(
            with("desk_words", "Registrar, Greeter").expect("fine").parameters["desk_words"],
            json!(["registrar", "greeter"])
        );
    }

    #[test]
    fn bounds_hold_what_holds_where_nothing_is_said() {
        for &code in RuleCode::ALL {
            for parameter in parameters(code) {
                if let super::Holds::Whole { least, most, otherwise } = parameter.holds {
                    assert!((least..=most).contains(&otherwise), "{} {}", code.as_str(), parameter.name);
                }
            }
        }
    }
}
