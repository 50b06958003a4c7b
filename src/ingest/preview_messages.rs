//! Messages as a preview: they have no columns, so their rows are shown as they come.

use std::io;

use chrono::{DateTime, Utc};

use super::{Cell, Preview, PreviewRow, READ, SHOWN, local};
use crate::config::Keys;
use crate::ingest::canonical::{Reject, Row};
use crate::ingest::header::HeaderProblem;
use crate::ingest::mapping::Spec;
use crate::ingest::rows::{self, Input};
use crate::ingest::targets::our_label;
use crate::ingest::text::masked;
use crate::ingest::words::Field;

/// The first messages of a file.
pub fn messages(
    input: Input,
    spec: &Spec,
    keys: &Keys,
    now: DateTime<Utc>,
) -> io::Result<Result<Preview, HeaderProblem>> {
    let mut rows = match rows::Opened::new(input, spec, keys)? {
        Ok(opened) => opened.into_rows(),
        Err(problem) => return Ok(Err(problem)),
    };
    let fields = vec![
        Field::ActionAt,
        Field::ActorIdentifier,
        Field::Patient,
        Field::Place,
        Field::DeviceLabel,
        Field::AccessType,
        Field::ResourceType,
        Field::AccessReason,
        Field::Outcome,
    ];
    let mut preview = Preview { fields, ..Preview::default() };
    while preview.read < READ {
        preview.read += 1;
        match rows.next(now)? {
            rows::Next::End => {
                preview.read -= 1;
                break;
            }
            rows::Next::Reject(Reject { line, field, reason, .. }) => {
                preview.count(line, field, reason);
                if field.is_some() && preview.rows.len() < SHOWN {
                    preview.rows.push(PreviewRow { line, cells: Vec::new(), problem: Some(reason) });
                }
            }
            rows::Next::Row(row) => {
                preview.accepted += 1;
                if preview.rows.len() < SHOWN {
                    preview.rows.push(of_row(&row, spec));
                }
            }
        }
    }
    preview.more = preview.read == READ;
    preview.problems.sort_by_key(|problem| std::cmp::Reverse(problem.2));
    Ok(Ok(preview))
}

fn of_row(row: &Row, spec: &Spec) -> PreviewRow {
    let said = |field, ours: &str, word: Option<&str>| match word {
        Some(word) => format!("{} ({word})", our_label(field, ours)),
        None => our_label(field, ours),
    };
    let cells = [
        local(row.micros, spec),
        row.login.clone(),
        row.patient.as_deref().map(masked).unwrap_or_default(),
        row.place.clone().unwrap_or_default(),
        row.device_label.clone().unwrap_or_default(),
        said(Field::AccessType, &row.access_type, row.access_word.as_deref()),
        said(Field::ResourceType, &row.resource_type, row.resource_word.as_deref()),
        our_label(Field::AccessReason, &row.access_reason),
        our_label(Field::Outcome, &row.outcome),
    ];
    PreviewRow { line: row.line, cells: cells.into_iter().map(Cell::of).collect(), problem: None }
}
