//! The blocking half of an import: reads the file, translates its rows and encodes them as COPY text, chunk by chunk. Two
//! chunks at most wait for the database, so memory stays the same whatever the size of the file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::ids::Ids;
use crate::ingest::{Next, Opened, Reject, Row};

/// Rows, or rejected rows, of one commit.
const CHUNK: usize = 20_000;

/// How many rows of a repeated hour a batch names.
pub(super) const NAMED: usize = 20;

/// Where and in which order a chunk's columns go.
pub(super) const COPY: &str = "COPY portal.import_staging (batch_id, ordinal, id, action_at, actor_kind, login, place, source_event_id, \
     resource_type, resource_word, resource_id, patient, surname_hash, address_hash, name_hash, access_type, access_word, access_reason, outcome, \
     source_ip, device_label, on_behalf_of, time_repeated) FROM STDIN";

/// What goes into one commit.
#[derive(Default)]
pub(super) struct Chunk {
    pub copy: Vec<u8>,
    pub rows: usize,
    /// Rows of an hour that the clocks repeated, and the first of them.
    pub repeated: i64,
    pub repeated_lines: Vec<i64>,
    pub months: BTreeSet<NaiveDate>,
    pub rejects: Vec<Reject>,
    pub bytes_read: u64,
    /// The whole file's, with the last chunk.
    pub sha256: Option<[u8; 32]>,
}

/// Reads to the end, or until nobody takes the chunks any more. Blocks.
pub(super) fn produce(
    file: Opened,
    mut ids: Ids,
    batch: Uuid,
    now: DateTime<Utc>,
    chunks: &mpsc::Sender<io::Result<Chunk>>,
) {
    let mut rows = file.into_rows();
    let mut chunk = Chunk::default();
    loop {
        let next = match rows.next(now) {
            Ok(next) => next,
            Err(error) => {
                let _ = chunks.blocking_send(Err(error));
                return;
            }
        };
        let ended = matches!(next, Next::End);
        match next {
            Next::End => chunk.sha256 = Some(rows.sha256()),
            Next::Reject(reject) => chunk.rejects.push(reject),
            Next::Row(row) => match ids.id(&row) {
                Ok(id) => chunk.add(&row, id, batch),
                Err(error) => {
                    let _ = chunks.blocking_send(Err(error));
                    return;
                }
            },
        }
        if ended || chunk.rows >= CHUNK || chunk.rejects.len() >= CHUNK {
            chunk.bytes_read = rows.bytes();
            if chunks.blocking_send(Ok(std::mem::take(&mut chunk))).is_err() || ended {
                return;
            }
        }
    }
}

impl Chunk {
    fn add(&mut self, row: &Row, id: Uuid, batch: Uuid) {
        let at = DateTime::from_timestamp_micros(row.micros).unwrap_or_default();
        self.months.insert(at.date_naive().with_day(1).unwrap_or_default());
        self.rows += 1;
        if row.time_repeated {
            self.repeated += 1;
            if self.repeated_lines.len() < NAMED {
                self.repeated_lines.push(i64::try_from(row.line).unwrap_or(i64::MAX));
            }
        }
        let mut line = Line { out: &mut self.copy, first: true };
        line.plain(&batch.to_string());
        line.plain(&row.line.to_string());
        line.plain(&id.to_string());
        line.plain(&at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
        line.text(Some(&row.actor_kind));
        line.text(Some(&row.login));
        line.text(row.place.as_deref());
        line.text(row.source_event_id.as_deref());
        line.text(Some(&row.resource_type));
        line.text(row.resource_word.as_deref());
        line.text(row.resource_id.as_deref());
        line.text(row.patient.as_deref());
        line.hash(row.surname_hash.as_ref());
        line.hash(row.address_hash.as_ref());
        line.hash(row.name_hash.as_ref());
        line.text(Some(&row.access_type));
        line.text(row.access_word.as_deref());
        line.text(Some(&row.access_reason));
        line.text(Some(&row.outcome));
        line.text(row.source_ip.map(|ip| ip.to_string()).as_deref());
        line.text(row.device_label.as_deref());
        line.text(row.on_behalf_of.as_deref());
        line.plain(if row.time_repeated { "t" } else { "f" });
        self.copy.push(b'\n');
    }
}

/// One line of COPY's text format.
struct Line<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl Line<'_> {
    fn next(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b'\t');
        }
    }

    /// What needs no escaping.
    fn plain(&mut self, text: &str) {
        self.next();
        self.out.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, text: Option<&str>) {
        self.next();
        let Some(text) = text else { return self.out.extend_from_slice(b"\\N") };
        for byte in text.bytes() {
            match byte {
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                byte => self.out.push(byte),
            }
        }
    }

    fn hash(&mut self, hash: Option<&[u8; 32]>) {
        let text = hash.map(|hash| {
            let mut text = String::with_capacity(66);
            let _ = write!(text, "\\x{}", hex::encode(hash));
            text
        });
        self.text(text.as_deref());
    }
}

#[cfg(test)]
mod tests {
    use super::Chunk;
    use crate::ingest::{Row, canonical::sample_row};
    use uuid::Uuid;

    #[test]
    fn a_row_is_one_line_of_copy_text_whatever_it_holds() {
        let row = Row {
            place: Some("a\\b\tc\nd".to_owned()),
            device_label: None,
            surname_hash: Some([1; 32]),
            ..sample_row()
        };
        let mut chunk = Chunk::default();
        chunk.add(&row, Uuid::nil(), Uuid::nil());
        let text = String::from_utf8(chunk.copy).expect("utf-8");
        let fields: Vec<_> = text.strip_suffix('\n').expect("one line").split('\t').collect();
        assert_eq!((fields.len(), fields[22]), (23, "f"));
        assert_eq!((fields[3], fields[6], fields[20]), ("2026-10-03T06:14:09.000000Z", "a\\\\b\\tc\\nd", "\\N"));
        assert_eq!(fields[12], format!("\\\\x{}", "01".repeat(32)));
        assert_eq!(chunk.months.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-10-01"]);
    }
}
