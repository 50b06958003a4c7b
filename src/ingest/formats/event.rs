//! One event of a message, before it is rows: one row for each patient, and for each further record.

use std::net::IpAddr;

use super::people::{Patient, Person};
use crate::config::Keys;
use crate::ingest::canonical::Row;
use crate::ingest::text::{FIELD_CHARS, ID_CHARS, clean};
use crate::ingest::words::{Field, RESOURCE_TYPES, Reason};

/// A record of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The source's kind.
    pub kind: Option<String>,
    pub id: Option<String>,
    /// What the source calls the kind when ours is another.
    pub word: Option<String>,
}

/// One event in our words.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub micros: i64,
    pub time_repeated: bool,
    pub actor: Person,
    pub on_behalf_of: Option<Person>,
    pub place: Option<String>,
    pub id: Option<String>,
    pub patients: Vec<Patient>,
    pub records: Vec<Record>,
    /// The kind of record when there is none.
    pub default_kind: Option<&'static str>,
    pub access_type: &'static str,
    pub access_word: Option<String>,
    pub access_reason: &'static str,
    pub outcome: &'static str,
    pub source_ip: Option<IpAddr>,
    pub device_label: Option<String>,
}

/// The field at fault, and why.
pub(super) type Refused = (Option<Field>, Reason);

impl Event {
    /// The rows. With one patient every record is that patient's; with several the first record stands beside each of
    /// them, and further ones beside none, since the message does not say whose they are.
    pub fn rows(mut self, line: u64, keys: &Keys) -> Result<Vec<Row>, Refused> {
        let mut patients = Vec::new();
        for patient in self.patients.drain(..) {
            let known = |other: &Patient| other.id == patient.id;
            if patient.id.is_some() && !patients.iter().any(known) {
                patients.push(patient);
            }
        }
        let mut records = Vec::new();
        for record in self.records.drain(..) {
            if !records.contains(&record) {
                records.push(record);
            }
        }
        let base = self.base(line)?;
        let ours = |mut record: Record| {
            record.kind = record.kind.or_else(|| self.default_kind.map(str::to_owned));
            record
        };
        let alone = if patients.is_empty() { None } else { Some("Patient") };
        let mut records = records.into_iter().map(ours);
        let first = records
            .next()
            .unwrap_or_else(|| Record { kind: self.default_kind.or(alone).map(str::to_owned), ..Record::default() });
        let mut rows = Vec::with_capacity(patients.len() + records.len());
        for patient in &patients {
            rows.push(row_of(&base, &first, Some(patient), keys)?);
        }
        if patients.is_empty() {
            rows.push(row_of(&base, &first, None, keys)?);
        }
        let only = (patients.len() == 1).then(|| &patients[0]);
        for record in records {
            rows.push(row_of(&base, &record, only, keys)?);
        }
        Ok(rows)
    }

    fn base(&self, line: u64) -> Result<Row, Refused> {
        let login = text(Some(&self.actor.login), Field::ActorIdentifier, ID_CHARS)?;
        Ok(Row {
            line,
            micros: self.micros,
            time_repeated: self.time_repeated,
            actor_kind: self.actor.kind.clone(),
            login: login.unwrap_or_else(|| super::people::NOBODY.to_owned()),
            place: text(self.place.as_deref(), Field::Place, FIELD_CHARS)?,
            source_event_id: text(self.id.as_deref(), Field::SourceEventId, ID_CHARS)?,
            resource_type: "Other".to_owned(),
            resource_word: None,
            resource_id: None,
            patient: None,
            name_hash: None,
            surname_hash: None,
            address_hash: None,
            access_type: self.access_type.to_owned(),
            access_word: text(self.access_word.as_deref(), Field::AccessType, FIELD_CHARS)?,
            access_reason: self.access_reason.to_owned(),
            outcome: self.outcome.to_owned(),
            source_ip: self.source_ip,
            device_label: text(self.device_label.as_deref(), Field::DeviceLabel, FIELD_CHARS)?
                .filter(|label| self.actor.kind == "system" || *label != self.actor.login),
            on_behalf_of: text(
                self.on_behalf_of.as_ref().map(|person| person.login.as_str()),
                Field::OnBehalfOf,
                ID_CHARS,
            )?,
        })
    }
}

fn row_of(base: &Row, record: &Record, patient: Option<&Patient>, keys: &Keys) -> Result<Row, Refused> {
    let mut row = base.clone();
    let kind = record.kind.as_deref().unwrap_or("Other");
    let known = RESOURCE_TYPES.contains(&kind);
    if known { kind } else { "Other" }.clone_into(&mut row.resource_type);
    row.resource_word = record.word.clone().or_else(|| (!known).then(|| kind.to_owned()));
    row.patient = text(patient.and_then(|patient| patient.id.as_deref()), Field::Patient, ID_CHARS)?;
    // a record named by the patient's own id would carry that id past its key
    let without_authority = row.patient.as_deref().map(|id| id.rsplit('|').next().unwrap_or(id));
    let own = |id: &String| Some(id) == row.patient.as_ref() || Some(id.as_str()) == without_authority;
    row.resource_id = text(record.id.as_deref(), Field::ResourceId, ID_CHARS)?.filter(|id| !own(id));
    if let Some(patient) = patient {
        patient.hash_into(&mut row, keys);
    }
    Ok(row)
}

/// A field's text within its limit.
fn text(value: Option<&str>, field: Field, limit: usize) -> Result<Option<String>, Refused> {
    let Some(value) = value else { return Ok(None) };
    clean(value.as_bytes(), limit).map_err(|reason| (Some(field), reason))
}
