//! CSV as RFC 4180 has it: UTF-8, CRLF, quoted where needed. A cell that a spreadsheet would run as a formula is
//! neutralised with an apostrophe before it.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use futures_util::StreamExt as _;

use crate::audit::{Actor, Db, Export, ExportRow};
use crate::error::AppError;
use crate::policy::Action;

/// Streams an export as a download. The event is committed before this returns.
///
/// # Errors
/// As [`Db::stream`].
pub async fn download(
    db: &Data<Db>,
    actor: &Actor,
    action: Action,
    name: &str,
    export: Export,
) -> Result<HttpResponse, AppError> {
    let header = line(export.header.iter().copied());
    let bytes = db.stream(actor.does(action), export, encode, header).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")))
        // compression would hold the first bytes back
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .streaming(bytes.map(|part| part.map_err(actix_web::Error::from))))
}

fn encode(rows: &[ExportRow]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * 256);
    for row in rows {
        bytes.extend(line(row.cells.iter().map(String::as_str)));
    }
    bytes
}

/// One line of cells.
#[must_use]
pub fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    for (position, cell) in cells.enumerate() {
        if position > 0 {
            bytes.push(b',');
        }
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if formula || cell.contains([',', '"', '\n', '\r']) {
            bytes.push(b'"');
            if formula {
                bytes.push(b'\'');
            }
            bytes.extend(cell.replace('"', "\"\"").bytes());
            bytes.push(b'"');
        } else {
            bytes.extend(cell.bytes());
        }
    }
    bytes.extend(b"\r\n");
    bytes
}

/// An instant in UTC, as exports write it: `2026-11-14T07:14:09.123456Z`.
#[must_use]
pub fn instant(at: chrono::DateTime<chrono::Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// A value or an empty cell.
#[must_use]
pub fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn cells_are_quoted_where_needed_and_formulas_neutralised() {
        let cells = ["plain", "a,b", "say \"x\"", "=1+1", "-5", "@cmd", "two\nlines", ""];
        let text = String::from_utf8(line(cells.into_iter())).expect("utf-8");
        assert_eq!(text, "plain,\"a,b\",\"say \"\"x\"\"\",\"'=1+1\",\"'-5\",\"'@cmd\",\"two\nlines\",\r\n");
    }
}
