//! What a message was about: patients (type 1, role 1) and records (type 2). Traces and queries' texts are neither.

use super::super::codes::{is_about_documents, is_code};
use super::super::event::Record;
use super::super::fhir::kinds::is_kind;
use super::super::people::{Patient, patient_id, says_nothing};
use super::super::xml::Element;
use super::code;

fn all<'a>(message: &'a Element, kind: &'a str) -> impl Iterator<Item = &'a Element> {
    message
        .children("ParticipantObjectIdentification")
        .filter(move |object| object.filled("ParticipantObjectTypeCode") == Some(kind))
}

fn role(object: &Element) -> Option<&str> {
    object.filled("ParticipantObjectTypeCodeRole")
}

/// Kind and id of a record that is named by its address on a FHIR server.
fn referred(object: &Element) -> Option<(&str, &str)> {
    // a search may stand behind the question mark
    let address = object.filled("ParticipantObjectID")?.split('?').next()?;
    let is_address =
        address.contains("://") || object.child("ParticipantObjectIDTypeCode").and_then(code) == Some("12");
    let mut parts = address.split("/_history").next()?.rsplit('/').filter(|_| is_address);
    let id = parts.next().filter(|id| !id.is_empty())?;
    Some((parts.next().filter(|kind| is_kind(kind))?, id))
}

/// The patients.
pub fn patients(message: &Element) -> Vec<Patient> {
    let named = all(message, "1").filter(|object| matches!(role(object), None | Some("1"))).map(|object| {
        let name = object.child("ParticipantObjectName").map(|name| name.text.trim().to_owned());
        Patient {
            id: object.filled("ParticipantObjectID").and_then(patient_id),
            name: name.filter(|name| !name.is_empty()),
        }
    });
    let addressed = all(message, "2").filter_map(referred).filter(|(kind, _)| *kind == "Patient");
    named.chain(addressed.map(|(_, id)| Patient { id: Some(id.to_owned()), name: None })).collect()
}

/// The records.
pub fn records(message: &Element) -> Vec<Record> {
    all(message, "2").filter(|object| role(object) != Some("26")).filter_map(record).collect()
}

fn record(object: &Element) -> Option<Record> {
    let id_type = object.child("ParticipantObjectIDTypeCode").and_then(code);
    let word = id_type.filter(|code| is_code(code)).map(str::to_owned);
    match referred(object) {
        Some(("Patient", _)) => return None,
        Some((kind, id)) => return Some(Record { kind: Some(kind.to_owned()), id: Some(id.to_owned()), word }),
        None => {}
    }
    let id = object.filled("ParticipantObjectID").filter(|id| !says_nothing(id));
    let id = id.and_then(|id| id.split('?').next()).filter(|id| !id.is_empty());
    let kind = match id_type {
        Some("110180") => Some("ImagingStudy"),
        Some("9") => Some("DocumentReference"),
        Some("5") => Some("Encounter"),
        Some(code) if is_about_documents(code) || code.starts_with("urn:ihe:iti:xds") => Some("DocumentReference"),
        Some(kind) if is_kind(kind) => Some(kind),
        // a query of people is about no record of its own
        _ if role(object) == Some("24") => Some("Other"),
        _ if role(object) == Some("3") => Some("DocumentReference"),
        _ => None,
    };
    Some(Record { kind: kind.map(str::to_owned), id: id.map(str::to_owned), word })
}
