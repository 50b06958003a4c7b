//! What an event was about: patients and records. Correlation keys are neither, names are never ids, and a query is decoded
//! only to see which kind of record it asks for.

use serde_json::Value;

use super::super::codes::is_code;
use super::super::event::Record;
use super::super::people::{Patient, patient_id};
use super::Release;
use super::kinds::{is_kind, kind_of_request};
use super::reference::Reference;
use super::value::{codes_of, list, text};

/// Domain resource, report, job, query.
const RECORD_ROLES: [&str; 4] = ["4", "3", "20", "24"];

/// One entity, with what is asked of it often.
struct Entity<'a> {
    value: &'a Value,
    role: Vec<String>,
    kind: Vec<String>,
    reference: Option<Reference>,
}

impl<'a> Entity<'a> {
    fn of(value: &'a Value) -> Self {
        Self {
            value,
            role: codes_of(value, "role").collect(),
            kind: codes_of(value, "type").collect(),
            reference: text(&value["what"], "reference").map(|text| Reference::parse(&text)),
        }
    }

    fn role(&self, code: &str) -> bool {
        self.role.iter().any(|role| role == code)
    }

    fn kind(&self, code: &str) -> bool {
        self.kind.iter().any(|kind| kind == code)
    }

    fn referred(&self) -> Option<&str> {
        self.reference.as_ref().and_then(|reference| reference.kind.as_deref())
    }

    fn patient(&self) -> bool {
        let person = self.kind("1") && (self.role.is_empty() || self.role("1"));
        self.role("1") || person || self.referred() == Some("Patient")
    }

    /// The X-Request-Id or a trace of several requests.
    fn correlates(&self) -> bool {
        self.role("26") || self.kind.iter().any(|kind| kind.eq_ignore_ascii_case("XrequestId"))
    }

    fn identifier(&self) -> Option<String> {
        text(&self.value["what"]["identifier"], "value")
    }

    fn referred_id(&self) -> Option<String> {
        self.reference.as_ref().and_then(|reference| reference.id.clone())
    }
}

fn all(event: &Value) -> impl Iterator<Item = Entity<'_>> {
    list(event, "entity").map(Entity::of)
}

/// The request that client and server both name.
pub fn request_id(event: &Value) -> Option<String> {
    all(event).find(|entity| entity.kind.iter().any(|kind| kind.eq_ignore_ascii_case("XrequestId")))?.identifier()
}

/// The patients.
pub fn patients(event: &Value, release: Release) -> Vec<Patient> {
    let mut patients: Vec<_> = all(event)
        .filter(Entity::patient)
        .map(|entity| {
            let id = entity.identifier().as_deref().and_then(patient_id).or_else(|| entity.referred_id());
            let name = text(entity.value, "name").or_else(|| text(&entity.value["what"], "display"));
            Patient { id, name }
        })
        .collect();
    if release == Release::R5 {
        let patient = &event["patient"];
        let referred = text(patient, "reference").and_then(|text| Reference::parse(&text).id);
        let id = text(&patient["identifier"], "value").as_deref().and_then(patient_id).or(referred);
        patients.push(Patient { id, name: text(patient, "display") });
    }
    if patients.is_empty() {
        patients
            .extend(all(event).filter_map(|entity| insured(&entity)).map(|id| Patient { id: Some(id), name: None }));
    }
    patients
}

/// A German prescription names its patient by the insurance number, in the place of a name.
fn insured(entity: &Entity<'_>) -> Option<String> {
    let prescription = text(&entity.value["what"]["identifier"], "system")?.starts_with("https://gematik.de/fhir/");
    let name = text(entity.value, "name").filter(|_| prescription)?;
    let (first, digits) = name.split_at_checked(1)?;
    let fits = first.bytes().all(|byte| byte.is_ascii_uppercase()) && digits.len() == 9;
    (fits && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// The records, those with a role of a record before others.
pub fn records(event: &Value, release: Release) -> Vec<Record> {
    let candidates: Vec<_> = all(event).filter(|entity| !entity.patient() && !entity.correlates()).collect();
    let ranked = |entity: &Entity<'_>| RECORD_ROLES.iter().any(|role| entity.role(role));
    let (first, rest): (Vec<_>, Vec<_>) = candidates.iter().partition(|entity| ranked(entity));
    let mut records: Vec<_> = first.into_iter().chain(rest).filter_map(|entity| record(entity)).collect();
    if release == Release::R5 && records.is_empty() {
        let encounter = text(&event["encounter"], "reference").and_then(|text| Reference::parse(&text).id);
        records.extend(encounter.map(|id| Record { kind: Some("Encounter".to_owned()), id: Some(id), word: None }));
    }
    records
}

fn record(entity: &Entity<'_>) -> Option<Record> {
    let typed = entity.kind.iter().find(|kind| is_kind(kind)).cloned();
    let asked = || if entity.role("24") { asks_for(entity.value) } else { None };
    let kind = entity.referred().map(str::to_owned).or(typed).or_else(asked);
    let id = entity.referred_id().or_else(|| entity.identifier());
    if kind.is_none() && id.is_none() && !entity.role("24") {
        return None;
    }
    if kind.is_some() {
        return Some(Record { kind, id, word: None });
    }
    if RECORD_ROLES.iter().any(|role| entity.role(role)) {
        let report = entity.role("3").then(|| "DocumentReference".to_owned());
        return Some(Record { kind: report, id, word: None });
    }
    let word = entity.role.iter().find(|role| is_code(role)).map(|role| format!("role {role}"));
    Some(Record { kind: Some("Other".to_owned()), id, word })
}

/// The kind of record that a query asks for: of its text, and of the copy in clear, nothing else is looked at.
fn asks_for(entity: &Value) -> Option<String> {
    let decoded = text(entity, "query").and_then(|query| super::value::base64(&query));
    let first_line = |text: &str| kind_of_request(text.lines().next().unwrap_or_default());
    decoded.as_deref().and_then(first_line).or_else(|| text(entity, "description").as_deref().and_then(first_line))
}
