//! `/people/logins.csv`: the logins of a tab, all of them, in its order. A login that several people held stands in it once
//! for each of them; how often one was used while nobody held it is counted whole.

use uuid::Uuid;

use super::filter::{Filter, View};
use super::queries::{self, Holding, Login, Unmatched};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};
use crate::web::list::List;

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &[
    "id",
    "login",
    "source",
    "kind",
    "person_id",
    "holder",
    "employee_number",
    "held_from",
    "held_until",
    "recorded_at",
    "unmatched_rows",
    "unmatched_days",
    "first_unmatched_at",
    "last_unmatched_at",
];

/// The file a filter gives.
#[must_use]
pub fn export(filter: &Filter, list: &List, zone: &str, everything: bool) -> Export {
    let (source, typed) = (filter.source, list.as_json());
    match filter.view {
        View::Unmatched => {
            Export::of("login", HEADER, typed, queries::unmatched(source, zone, None, None, None), unmatched)
        }
        View::System => Export::of("login", HEADER, typed, queries::systems(source, everything, None, None), system),
        View::Matched | View::Vendors => {
            let vendors = Some(filter.view == View::Vendors);
            let rows = queries::holdings(vendors, None, source, everything, None, None);
            Export::of("login", HEADER, typed, rows, held)
        }
    }
}

/// A line: of every login what it is, then who held it, then how it was used while nobody did.
fn line(id: Uuid, about: [String; 3], holder: [String; 6], used: [String; 4]) -> ExportRow {
    let cells = std::iter::once(id.to_string()).chain(about).chain(holder).chain(used).collect();
    ExportRow { id: Some(id), cells }
}

fn unmatched(row: Unmatched) -> ExportRow {
    let used = [row.rows.to_string(), row.days.to_string(), instant(row.first_at), instant(row.last_at)];
    line(row.id, [row.login, row.source, "personal".to_owned()], Default::default(), used)
}

fn system(row: Login) -> ExportRow {
    line(row.id, [row.login, row.source, row.kind], Default::default(), Default::default())
}

fn held(row: Holding) -> ExportRow {
    let kind = if row.person_id.is_some() { "personal" } else { "vendor" };
    let holder = [
        cell(row.person_id),
        row.name,
        cell(row.employee_number),
        instant(row.valid_from),
        cell(row.valid_to.map(instant)),
        instant(row.recorded_at),
    ];
    line(row.login_id, [row.login, row.source, kind.to_owned()], holder, Default::default())
}
