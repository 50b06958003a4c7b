//! `/facilities.csv`: the facilities of the page, by name.

use uuid::Uuid;

use super::queries::{Facility, facilities};
use crate::audit::{Export, ExportRow};
use crate::web::csv::cell;

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "id",
    "name",
    "site_code",
    "time_zone",
    "privacy_owner_id",
    "privacy_owner",
    "networks",
    "departments",
    "people_today",
];

/// The file. Nothing narrows it but the reader's scope.
#[must_use]
pub fn export(me: Uuid) -> Export {
    Export::of("facility", HEADER, serde_json::json!({}), facilities(None, me), line)
}

fn line(facility: Facility) -> ExportRow {
    let networks: Vec<_> = facility.networks.iter().map(ToString::to_string).collect();
    let cells = vec![
        facility.id.to_string(),
        facility.name,
        facility.site_code,
        facility.time_zone,
        facility.privacy_owner_id.to_string(),
        cell(facility.owner),
        networks.join(";"),
        facility.departments.to_string(),
        facility.people.to_string(),
    ];
    ExportRow { id: Some(facility.id), cells }
}
