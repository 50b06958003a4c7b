//! Audit messages of DICOM PS3.15 and RFC 3881 (IHE ATNA): bare XML, many in a file, or in syslog frames.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::codes::{Codes, outcome, purpose};
use super::event::{Event, Refused};
use super::people::opaque;
use super::split::Item;
use super::xml::{self, Element};
use super::{Settings, time};
use crate::config::Keys;
use crate::ingest::canonical::Row;
use crate::ingest::words::{Field, Reason};

mod objects;
mod participants;

use participants::Participants;

/// The code of a coded value, in DICOM's spelling or in RFC 3881's.
fn code(element: &Element) -> Option<&str> {
    element.filled("csd-code").or_else(|| element.filled("code"))
}

/// The rows of one message.
pub(super) fn rows(
    item: &Item,
    settings: &Settings,
    keys: &Keys,
    line: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Row>, Refused> {
    let text = item.text.as_ref().map_err(|&reason| (None, reason))?;
    let message = xml::parse(text).map_err(|reason| (None, reason))?;
    if message.name != "AuditMessage" {
        return Err((None, Reason::NotAnAuditMessage));
    }
    let event = message.child("EventIdentification").ok_or((None, Reason::NotAnAuditMessage))?;
    let at = |reason| (Some(Field::ActionAt), reason);
    let said = event.filled("EventDateTime").ok_or(at(Reason::MissingTime))?;
    let when = time::moment(said, settings.zone, now).map_err(at)?;
    let purposes = event.children("PurposeOfUse").chain(message.children("PurposeOfUse"));
    let of_people = message.children("ActiveParticipant").flat_map(|participant| participant.children("PurposeOfUse"));
    let purpose = purpose(purposes.chain(of_people).filter_map(code));
    let kinds = event.children("EventID").chain(event.children("EventTypeCode")).filter_map(code);
    let codes = Codes { all: kinds.collect(), action: event.filled("EventActionCode"), purpose };
    let source = message.child("AuditSourceIdentification");
    let participants = Participants::of(&message, &codes);
    // there is no id of a message: what it says is the id, and a message that is sent again says the same
    let mut digest = Sha256::new();
    message.digest(&mut digest);
    let event = Event {
        micros: when.micros,
        time_repeated: when.repeated,
        actor: participants.actor(&settings.actor_kind, keys),
        on_behalf_of: participants.on_behalf_of(keys),
        place: source.and_then(|source| source.filled("AuditEnterpriseSiteID")).map(str::to_owned),
        id: Some(opaque("sha256", &digest)),
        patients: objects::patients(&message),
        records: objects::records(&message),
        default_kind: codes.resource_type(),
        access_type: codes.access_type(),
        access_word: codes.word(),
        access_reason: purpose,
        outcome: outcome(event.attribute("EventOutcomeIndicator")),
        source_ip: participants.ip(),
        device_label: participants.device(source.and_then(|source| source.filled("AuditSourceID"))),
    };
    event.rows(line, keys)
}
