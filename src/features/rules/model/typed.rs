//! What a form may propose: what was typed, and the version it makes or a sentence for each field that cannot be accepted.

use serde_json::{Map, Value, json};

use super::parameters::{Holds, Parameter, RESOURCES, parameters, shown};
use crate::features::rules::engine::Rule;
use crate::web::Errors;
use crate::words::{Risk, RuleCode, RuleKind};

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
    use super::{Rule, Typed};
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
}
