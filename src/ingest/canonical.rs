//! From a record of the source to a row of ours, or to the reason why not. Names and addresses become keyed hashes here and
//! are dropped; columns that no field needs, such as free-text explanations, are never looked at.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::net::IpAddr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::lookup::Lookup;
use super::mapping::Spec;
use super::reader::{Next, Record, Records};
use super::text::{FIELD_CHARS, ID_CHARS, clean, normalise, rounded};
use super::words::{Field, Reason};
use crate::config::Keys;

/// Names and addresses whose hash is remembered during one import.
const REMEMBERED: usize = 20_000;

/// One access, in our words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the columns of portal.import_staging")]
pub struct Row {
    pub line: u64,
    /// Microseconds since 1970, UTC.
    pub micros: i64,
    pub actor_kind: String,
    pub login: String,
    pub place: Option<String>,
    pub source_event_id: Option<String>,
    pub resource_type: String,
    pub resource_word: Option<String>,
    pub resource_id: Option<String>,
    pub patient: Option<String>,
    /// Of first and last name together.
    pub name_hash: Option<[u8; 32]>,
    pub surname_hash: Option<[u8; 32]>,
    pub address_hash: Option<[u8; 32]>,
    pub access_type: String,
    pub access_word: Option<String>,
    pub access_reason: String,
    pub outcome: String,
    pub source_ip: Option<IpAddr>,
    pub device_label: Option<String>,
    pub on_behalf_of: Option<String>,
}

/// A row that was not accepted: where and why, never what it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The line it begins on.
    pub line: u64,
    /// The field, unless the row as a whole is at fault.
    pub field: Option<Field>,
    /// Why.
    pub reason: Reason,
    /// Of the row as it stood in the file.
    pub sha256: [u8; 32],
}

/// Why a file is refused before its first row. Names columns of the mapping, never words of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// No line at all.
    #[error("the file is empty")]
    Empty,
    /// UTF-16, or another encoding.
    #[error("the file is not UTF-8 text")]
    NotUtf8,
    /// Columns that the mapping needs.
    #[error("the header lacks {}", .0.join(", "))]
    Missing(Vec<String>),
    /// Columns that the mapping reads and that stand there twice.
    #[error("the header has more than one {}", .0.join(", "))]
    Twice(Vec<String>),
}

/// The columns of one file, found for the fields of one mapping.
pub struct Plan {
    width: usize,
    zone: Tz,
    format: String,
    with_offset: bool,
    actor_kind: String,
    columns: BTreeMap<&'static str, Vec<usize>>,
    access_type: Lookup,
    resource_type: Lookup,
    access_reason: Option<Lookup>,
    outcome: Option<Lookup>,
    keys: Keys,
    remembered: HashMap<(&'static str, String), [u8; 32]>,
}

impl Plan {
    /// Reads the header.
    ///
    /// # Errors
    /// Names every column that is missing or stands there twice.
    pub fn of_header<R: Read>(
        records: &mut Records<R>,
        spec: &Spec,
        keys: &Keys,
    ) -> std::io::Result<Result<Self, HeaderProblem>> {
        let mut header = Record::default();
        match records.next(&mut header)? {
            Next::Record => {}
            Next::End => return Ok(Err(HeaderProblem::Empty)),
            Next::Broken(_) => return Ok(Err(HeaderProblem::NotUtf8)),
        }
        let names: Option<Vec<_>> = (0..header.width())
            .map(|at| std::str::from_utf8(header.field(at)).ok().map(|name| name.trim().to_lowercase()))
            .collect();
        Ok(names
            .filter(|names| !names.iter().any(|name| name.contains('\0')))
            .ok_or(HeaderProblem::NotUtf8)
            .and_then(|names| Self::new(names, spec, keys)))
    }

    fn new(mut names: Vec<String>, spec: &Spec, keys: &Keys) -> Result<Self, HeaderProblem> {
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let (mut missing, mut twice) = (Vec::new(), Vec::new());
        let mut find = |columns: &[String], needed: bool| -> Vec<usize> {
            let mut found = Vec::new();
            for (position, column) in columns.iter().enumerate() {
                let wanted = column.trim().to_lowercase();
                let mut places = names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(at, _)| at);
                match (places.next(), places.next()) {
                    (None, _) if needed && position == 0 => missing.push(column.clone()),
                    (None, _) => {}
                    (Some(at), None) => found.push(at),
                    (Some(_), Some(_)) => twice.push(column.clone()),
                }
            }
            found
        };
        let columns = &spec.columns;
        let columns = BTreeMap::from([
            ("action_at", find(&columns.action_at, true)),
            ("actor_identifier", find(&columns.actor_identifier, true)),
            ("place", find(&columns.place, true)),
            ("patient", find(&columns.patient, true)),
            ("source_event_id", find(&columns.source_event_id, true)),
            ("resource_id", find(&columns.resource_id, true)),
            ("first_name", find(&columns.patient_first_name, false)),
            ("surname", find(&columns.patient_surname, false)),
            ("address", find(&columns.patient_address, false)),
            ("source_ip", find(&columns.source_ip, true)),
            ("device_label", find(&columns.device_label, true)),
            ("on_behalf_of", find(&columns.on_behalf_of, true)),
        ]);
        let mut lookup = |table: &super::mapping::WordTable| Lookup::new(table, find(&table.columns, true));
        let plan = Self {
            access_type: lookup(&spec.access_type),
            resource_type: lookup(&spec.resource_type),
            access_reason: spec.access_reason.as_ref().map(&mut lookup),
            outcome: spec.outcome.as_ref().map(&mut lookup),
            width: names.len(),
            zone: spec.time_zone.parse().unwrap_or(Tz::UTC),
            format: spec.time_format.clone(),
            with_offset: ["%z", "%:z", "%#z", "%+"].iter().any(|offset| spec.time_format.contains(offset)),
            actor_kind: spec.actor_kind.clone(),
            columns,
            keys: keys.clone(),
            remembered: HashMap::new(),
        };
        twice.sort();
        twice.dedup();
        missing.dedup();
        match (missing.is_empty(), twice.is_empty()) {
            (false, _) => Err(HeaderProblem::Missing(missing)),
            (true, false) => Err(HeaderProblem::Twice(twice)),
            (true, true) => Ok(plan),
        }
    }

    /// The row of a record.
    ///
    /// # Errors
    /// The field, if one is at fault, and why.
    pub fn row(&mut self, record: &Record, now: DateTime<Utc>) -> Result<Row, (Option<Field>, Reason)> {
        let extra = (self.width..record.width()).any(|at| !record.field(at).is_empty());
        if record.width() < self.width || extra {
            return Err((None, Reason::WrongColumnCount));
        }
        let time =
            self.text(record, Field::ActionAt, FIELD_CHARS)?.ok_or((Some(Field::ActionAt), Reason::MissingTime))?;
        let micros = self.instant(&time, now).map_err(|reason| (Some(Field::ActionAt), reason))?;
        let login = self
            .text(record, Field::ActorIdentifier, ID_CHARS)?
            .ok_or((Some(Field::ActorIdentifier), Reason::MissingActor))?;
        let patient = self.text(record, Field::Patient, ID_CHARS)?;
        for (field, id) in [(Field::ActorIdentifier, Some(&login)), (Field::Patient, patient.as_ref())] {
            if id.is_some_and(|id| rounded(id)) {
                return Err((Some(field), Reason::SpreadsheetNumber));
            }
        }
        // a record named by the patient's own id would carry that id past its key
        let resource_id = self.text(record, Field::ResourceId, ID_CHARS)?.filter(|id| Some(id) != patient.as_ref());
        let address = self.text(record, Field::SourceIp, FIELD_CHARS)?;
        let source_ip = address.as_deref().and_then(|text| text.parse::<IpAddr>().ok()).map(|ip| ip.to_canonical());
        let device_label =
            self.text(record, Field::DeviceLabel, FIELD_CHARS)?.or(address.filter(|_| source_ip.is_none()));
        let (access_type, access_word) =
            self.access_type.of(record).map_err(|reason| (Some(Field::AccessType), reason))?;
        let (resource_type, resource_word) =
            self.resource_type.of(record).map_err(|reason| (Some(Field::ResourceType), reason))?;
        let say = |lookup: &Option<Lookup>, field, silent: &str| match lookup {
            // the word itself is dropped: a reason may be typed by hand
            Some(lookup) => lookup.of(record).map(|(ours, _)| ours).map_err(|reason| (Some(field), reason)),
            None => Ok(silent.to_owned()),
        };
        Ok(Row {
            line: record.line(),
            micros,
            actor_kind: self.actor_kind.clone(),
            login,
            place: self.text(record, Field::Place, FIELD_CHARS)?,
            source_event_id: self.text(record, Field::SourceEventId, ID_CHARS)?,
            resource_type,
            resource_word,
            resource_id,
            name_hash: self.hashed_name(record),
            surname_hash: self.hashed(record, "surname"),
            address_hash: self.hashed(record, "address"),
            patient,
            access_type,
            access_word,
            access_reason: say(&self.access_reason, Field::AccessReason, "UNSTATED")?,
            outcome: say(&self.outcome, Field::Outcome, "success")?,
            source_ip,
            device_label,
            on_behalf_of: self.text(record, Field::OnBehalfOf, ID_CHARS)?,
        })
    }

    /// The first filled column of a field.
    fn text(&self, record: &Record, field: Field, limit: usize) -> Result<Option<String>, (Option<Field>, Reason)> {
        for &at in self.columns.get(field.as_str()).into_iter().flatten() {
            if let Some(text) = clean(record.field(at), limit).map_err(|reason| (Some(field), reason))? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    fn instant(&self, text: &str, now: DateTime<Utc>) -> Result<i64, Reason> {
        let at = if self.with_offset {
            DateTime::parse_from_str(text, &self.format).map_err(|_| Reason::UnreadableTime)?.with_timezone(&Utc)
        } else {
            let local = NaiveDateTime::parse_from_str(text, &self.format).map_err(|_| Reason::UnreadableTime)?;
            self.zone.from_local_datetime(&local).earliest().ok_or(Reason::AbsentLocalTime)?.with_timezone(&Utc)
        };
        let first = DateTime::from_timestamp(946_684_800, 0).unwrap_or_default();
        if at < first || at > now + TimeDelta::days(1) {
            return Err(Reason::TimeOutOfRange);
        }
        Ok(at.timestamp_micros())
    }

    /// The keyed hash of a name or an address; what cannot be read as text has none.
    fn hashed(&mut self, record: &Record, purpose: &'static str) -> Option<[u8; 32]> {
        let places = self.columns.get(purpose)?.clone();
        self.hash_of(record, purpose, &places)
    }

    /// Of first and last name; one of them alone is none.
    fn hashed_name(&mut self, record: &Record) -> Option<[u8; 32]> {
        let (first, last) = (self.columns.get("first_name")?, self.columns.get("surname")?);
        let empty = |places: &[usize]| places.iter().all(|&at| record.field(at).trim_ascii().is_empty());
        if empty(first) || empty(last) {
            return None;
        }
        let places: Vec<_> = first.iter().chain(last).copied().collect();
        self.hash_of(record, "name", &places)
    }

    fn hash_of(&mut self, record: &Record, purpose: &'static str, places: &[usize]) -> Option<[u8; 32]> {
        let parts: Vec<_> = places.iter().filter_map(|&at| std::str::from_utf8(record.field(at)).ok()).collect();
        let normal = normalise(&parts.join(" "));
        if normal.is_empty() || normal.len() > 4 * FIELD_CHARS {
            return None;
        }
        if self.remembered.len() >= REMEMBERED {
            self.remembered.clear();
        }
        let keys = &self.keys;
        Some(
            *self
                .remembered
                .entry((purpose, normal))
                .or_insert_with_key(|(purpose, normal)| keys.hash(purpose, normal.as_bytes())),
        )
    }
}

#[cfg(test)]
pub(crate) use tests::sample_row;
#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
