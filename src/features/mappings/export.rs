//! `/imports/mappings.csv`: the sources with their current mapping, by name.

use super::pages::{kind_words, parsed};
use super::queries::{SourceRow, sources};
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};

/// The columns, in their order. They do not change without notice.
const HEADER: &[&str] = &["id", "source", "time_zone", "files_hold", "kind_of_file", "version", "saved_at", "saved_by"];

/// The file. Nothing narrows it.
#[must_use]
pub(super) fn export() -> Export {
    Export::of("mapping", HEADER, serde_json::json!({}), sources(), line)
}

fn line(source: SourceRow) -> ExportRow {
    let spec = parsed(source.spec.as_ref());
    let cells = vec![
        source.id.to_string(),
        source.name,
        source.time_zone,
        cell(spec.as_ref().map(|spec| spec.target.label())),
        cell(spec.as_ref().map(kind_words)),
        cell(source.version),
        cell(source.made_at.map(instant)),
        cell(source.by),
    ];
    ExportRow { id: Some(source.id), cells }
}
