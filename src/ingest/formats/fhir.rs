//! FHIR `AuditEvent`, R4 and R5, JSON and XML. Both releases and both spellings are read through the same leniency: a number
//! where a string is due, one element where a list is, members that nobody knows. Older shapes are refused, never half read.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::codes::{Codes, outcome, purpose};
use super::event::{Event, Record, Refused};
use super::pairs::{Act, Pairs};
use super::people::Patient;
use super::split::Item;
use super::{Settings, time, xml};
use crate::config::Keys;
use crate::ingest::canonical::Row;
use crate::ingest::times::Moment;
use crate::ingest::words::{Field, Reason};

mod agents;
mod entities;
mod identity;
pub(super) mod kinds;
mod reference;
mod value;

use agents::Agents;
use value::{codes_of, concept, list, text, word};

/// Which release an event's shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// FHIR 4.0.
    R4,
    /// FHIR 5.0.
    R5,
    /// DSTU2, STU3, or a ballot's draft.
    Older,
}

/// What reading events needs and remembers.
pub(super) struct Reader {
    pub settings: Settings,
    pub keys: Keys,
    pub pairs: Pairs,
}

/// The events of one message: usually one; none for a Bundle without entries.
pub(super) fn events(item: &Item, is_xml: bool) -> Result<Vec<Value>, Reason> {
    let text = item.text.as_ref().map_err(|&reason| reason)?;
    let value = if is_xml { value::of_xml(&xml::parse(text)?) } else { value::of_json(text)? };
    // an entry of a Bundle, whose brackets the file's reader has taken off
    let value = match value {
        Value::Object(mut entry) if !entry.contains_key("resourceType") => {
            entry.remove("resource").unwrap_or(Value::Object(entry))
        }
        other => other,
    };
    if value["resourceType"] == "Bundle" {
        return Ok(list(&value, "entry").map(|entry| entry["resource"].clone()).collect());
    }
    Ok(vec![value])
}

/// Which release's shape an `AuditEvent` has.
pub(super) fn release(event: &Value) -> Release {
    let has = |name: &str| !event[name].is_null();
    let old_agent = list(event, "agent").any(|agent| !agent["userId"].is_null() || !agent["reference"].is_null());
    let old_entity =
        list(event, "entity").any(|entity| !entity["identifier"].is_null() || !entity["reference"].is_null());
    let draft = !event["outcome"]["coding"].is_null() || !event["source"]["identifier"].is_null();
    if has("event") || has("participant") || has("object") || old_agent || old_entity || draft {
        Release::Older
    } else if has("code") || has("category") {
        Release::R5
    } else {
        Release::R4
    }
}

impl Reader {
    /// The rows of one event.
    pub fn rows(&mut self, event: &Value, line: u64, now: DateTime<Utc>) -> Result<Vec<Row>, Refused> {
        if event["resourceType"] != "AuditEvent" {
            return Err((None, Reason::NotAnAuditEvent));
        }
        let release = release(event);
        if release == Release::Older {
            return Err((None, Reason::OldAuditEvent));
        }
        let kinds = kinds_of(event, release);
        let action = text(event, "action");
        let agents = Agents::of(event, action.as_deref());
        let purpose = purpose_of(event, release, &agents);
        let codes = Codes { all: kinds.iter().map(String::as_str).collect(), action: action.as_deref(), purpose };
        let when = self.when(event, now)?;
        let actor = agents.actor(&self.settings.actor_kind, &self.keys);
        let (patients, records) = (entities::patients(event, release), entities::records(event, release));
        let own = identity::of(event);
        let (micros, id) = match entities::request_id(event) {
            Some(request) => {
                let act = Act {
                    request: &request,
                    access_type: codes.access_type(),
                    login: &actor.login,
                    about: &about(&patients, &records),
                    observer: &event["source"].to_string(),
                    own,
                };
                self.pairs.of(act, when.micros)
            }
            None => (when.micros, own),
        };
        let event = Event {
            micros,
            time_repeated: when.repeated,
            actor,
            on_behalf_of: agents.on_behalf_of(&self.keys),
            place: agents.place(),
            id: Some(id),
            records,
            patients,
            default_kind: codes.resource_type(),
            access_type: codes.access_type(),
            access_word: codes.word(),
            access_reason: purpose,
            outcome: outcome(outcome_code(event).as_deref()),
            source_ip: agents.ip(),
            device_label: agents.device(),
        };
        event.rows(line, &self.keys)
    }

    /// When it happened, if the event says so, otherwise when it was recorded.
    fn when(&self, event: &Value, now: DateTime<Utc>) -> Result<Moment, Refused> {
        let periods = [&event["period"]["start"], &event["occurredPeriod"]["start"], &event["occurredDateTime"]];
        let read = |text: &str| time::moment(text, self.settings.zone, now);
        if let Some(at) = periods.into_iter().filter_map(word).find_map(|said| read(&said).ok()) {
            return Ok(at);
        }
        let recorded = text(event, "recorded").ok_or((Some(Field::ActionAt), Reason::MissingTime))?;
        read(&recorded).map_err(|reason| (Some(Field::ActionAt), reason))
    }
}

/// What an act was about, in whichever order the event names it.
fn about(patients: &[Patient], records: &[Record]) -> String {
    let mut all: Vec<_> = patients.iter().map(|patient| format!("patient {:?}", patient.id)).collect();
    all.extend(records.iter().map(|record| format!("{:?} {:?}", record.kind, record.id)));
    all.sort();
    all.dedup();
    all.join("\n")
}

fn purpose_of(event: &Value, release: Release, agents: &Agents<'_>) -> &'static str {
    let of_event = if release == Release::R5 { "authorization" } else { "purposeOfEvent" };
    let codes: Vec<String> = list(event, of_event).flat_map(concept).chain(agents.purposes()).collect();
    purpose(codes.iter().map(String::as_str))
}

/// The kind of event and its subtypes.
fn kinds_of(event: &Value, release: Release) -> Vec<String> {
    if release == Release::R5 {
        list(event, "code").flat_map(concept).chain(list(event, "category").flat_map(concept)).collect()
    } else {
        codes_of(event, "type").chain(codes_of(event, "subtype")).collect()
    }
}

fn outcome_code(event: &Value) -> Option<String> {
    let outcome = &event["outcome"];
    text(&outcome["code"], "code").or_else(|| word(outcome))
}
