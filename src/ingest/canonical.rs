//! From a record of the source to a row of ours, or to the reason why not. Names and addresses become keyed hashes here and
//! are dropped; columns that no field needs, such as free-text explanations, are never looked at.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::hashes::Hasher;
use super::header::{Header, HeaderProblem};
use super::layout::Layout;
use super::mapping::Spec;
use super::reader::Record;
use super::targets::Target;
use super::text::{FIELD_CHARS, ID_CHARS, rounded};
use super::times::{Clock, Moment};
use super::words::{Field, Reason};
use crate::config::Keys;

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
    /// The local clock said this time twice that night; the earlier is taken.
    pub time_repeated: bool,
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

/// The columns of one file, found for the fields of one mapping.
pub struct Plan {
    layout: Layout,
    clock: Clock,
    actor_kind: String,
    hasher: Hasher,
}

impl Plan {
    /// For a header.
    ///
    /// # Errors
    /// Names every column that is missing or stands there twice.
    pub fn new(header: &Header, spec: &Spec, keys: &Keys) -> Result<Self, HeaderProblem> {
        if spec.target != Target::AccessLog {
            return Err(HeaderProblem::OtherTarget);
        }
        Ok(Self {
            layout: Layout::new(header, spec)?,
            clock: Clock::new(&spec.time_zone, &spec.time_format),
            actor_kind: spec.actor_kind.clone(),
            hasher: Hasher::new(keys),
        })
    }

    /// The row of a record.
    ///
    /// # Errors
    /// The field, if one is at fault, and why.
    pub fn row(&mut self, record: &Record, now: DateTime<Utc>) -> Result<Row, (Option<Field>, Reason)> {
        self.layout.fits(record).map_err(|reason| (None, reason))?;
        let at = self.moment(record, now).map_err(of(Field::ActionAt))?;
        let login =
            self.id(record, Field::ActorIdentifier)?.ok_or((Some(Field::ActorIdentifier), Reason::MissingActor))?;
        let patient = self.id(record, Field::Patient)?;
        // a record named by the patient's own id would carry that id past its key
        let resource_id = self.text(record, Field::ResourceId, ID_CHARS)?.filter(|id| Some(id) != patient.as_ref());
        let address = self.text(record, Field::SourceIp, FIELD_CHARS)?;
        let source_ip = address.as_deref().and_then(|text| text.parse::<IpAddr>().ok()).map(|ip| ip.to_canonical());
        let device_label =
            self.text(record, Field::DeviceLabel, FIELD_CHARS)?.or(address.filter(|_| source_ip.is_none()));
        let (access_type, access_word) = self.word(record, Field::AccessType, "view")?;
        let (resource_type, resource_word) = self.word(record, Field::ResourceType, "Other")?;
        Ok(Row {
            line: record.line(),
            micros: at.micros,
            actor_kind: self.actor_kind.clone(),
            login,
            place: self.text(record, Field::Place, FIELD_CHARS)?,
            source_event_id: self.text(record, Field::SourceEventId, ID_CHARS)?,
            resource_type,
            resource_word,
            resource_id,
            name_hash: self.hasher.name(
                &self.layout.raw(record, Field::PatientFirstName),
                &self.layout.raw(record, Field::PatientSurname),
            ),
            surname_hash: self.hasher.surname(&self.layout.raw(record, Field::PatientSurname)),
            address_hash: self.hasher.address(&self.layout.raw(record, Field::PatientAddress)),
            patient,
            access_type,
            access_word,
            // the words themselves are dropped: a reason may be typed by hand
            access_reason: self.word(record, Field::AccessReason, "UNSTATED")?.0,
            outcome: self.word(record, Field::Outcome, "success")?.0,
            source_ip,
            device_label,
            on_behalf_of: self.text(record, Field::OnBehalfOf, ID_CHARS)?,
            time_repeated: at.repeated,
        })
    }

    /// When it was, and whether the local clock said so twice.
    ///
    /// # Errors
    /// Why that cannot be told.
    pub fn moment(&self, record: &Record, now: DateTime<Utc>) -> Result<Moment, Reason> {
        let text = self.layout.text(record, Field::ActionAt, FIELD_CHARS)?.ok_or(Reason::MissingTime)?;
        self.clock.read(&text, now)
    }

    /// Where the columns stand.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    fn text(&self, record: &Record, field: Field, limit: usize) -> Result<Option<String>, (Option<Field>, Reason)> {
        self.layout.text(record, field, limit).map_err(of(field))
    }

    /// An id that people share when a spreadsheet has rounded it.
    fn id(&self, record: &Record, field: Field) -> Result<Option<String>, (Option<Field>, Reason)> {
        let id = self.text(record, field, ID_CHARS)?;
        if id.as_deref().is_some_and(rounded) {
            return Err((Some(field), Reason::SpreadsheetNumber));
        }
        Ok(id)
    }

    fn word(
        &self,
        record: &Record,
        field: Field,
        silent: &str,
    ) -> Result<(String, Option<String>), (Option<Field>, Reason)> {
        match self.layout.table(field) {
            Some(table) => table.of(record).map_err(of(field)),
            None => Ok((silent.to_owned(), None)),
        }
    }
}

fn of(field: Field) -> impl Fn(Reason) -> (Option<Field>, Reason) {
    move |reason| (Some(field), reason)
}

#[cfg(test)]
pub(crate) use tests::sample_row;
#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
