//! Opens samples and small inputs, and writes rows as lines that a table can hold.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use hipaa_auditor::config::Keys;
use hipaa_auditor::ingest::formats::{MessageKind, Recognised, Settings, open};
use hipaa_auditor::ingest::words::Reason;
use hipaa_auditor::ingest::{Next, Reject, Row};

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples")
}

pub fn sample(path: &str) -> Vec<u8> {
    let path = samples().join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn keys() -> Keys {
    Keys::new(&"k".repeat(32)).expect("long enough")
}

pub fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

pub fn settings() -> Settings {
    Settings { zone: chrono_tz::America::New_York, actor_kind: "workforce".to_owned() }
}

/// All that a file holds, or what it is instead.
pub fn read(bytes: &[u8], kind: MessageKind) -> Result<Vec<Result<Row, Reject>>, Recognised> {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let mut rows = open(input, kind, settings(), &keys()).expect("memory").map_err(|refusal| refusal.0)?;
    let mut all = Vec::new();
    loop {
        match rows.next(now()).expect("memory") {
            Next::Row(row) => all.push(Ok(row)),
            Next::Reject(reject) => all.push(Err(reject)),
            Next::End => break,
        }
    }
    assert_eq!(rows.bytes(), bytes.len() as u64, "all of it was read");
    Ok(all)
}

pub fn fhir(bytes: &[u8]) -> Vec<Result<Row, Reject>> {
    read(bytes, MessageKind::Fhir).expect("FHIR")
}

pub fn atna(bytes: &[u8]) -> Vec<Result<Row, Reject>> {
    read(bytes, MessageKind::DicomAudit).expect("audit messages")
}

/// The rows of an input that has nothing wrong.
pub fn rows(all: Vec<Result<Row, Reject>>) -> Vec<Row> {
    all.into_iter().map(|row| row.expect("a row")).collect()
}

pub fn only(all: Vec<Result<Row, Reject>>) -> Row {
    let mut rows = rows(all);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// Why the only message was not accepted.
pub fn refused(mut all: Vec<Result<Row, Reject>>) -> Reason {
    assert_eq!(all.len(), 1);
    all.remove(0).expect_err("refused").reason
}

/// `user; kind; record; patient; access; UTC; address; device; reason; outcome; place; on behalf of`. A hash is `#`.
pub fn line(row: &Result<Row, Reject>) -> String {
    let row = match row {
        Ok(row) => row,
        Err(reject) => return format!("rejected {}: {}", reject.line, reject.reason.as_str()),
    };
    let or_none = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), hashless);
    let utc = DateTime::<Utc>::from_timestamp_micros(row.micros).expect("in range");
    [
        hashless(&row.login),
        row.actor_kind.clone(),
        format!("{}/{}", row.resource_type, or_none(&row.resource_id)),
        or_none(&row.patient),
        row.access_type.clone(),
        utc.format("%FT%T%.3fZ").to_string(),
        row.source_ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string()),
        or_none(&row.device_label),
        row.access_reason.clone(),
        row.outcome.clone(),
        or_none(&row.place),
        or_none(&row.on_behalf_of),
    ]
    .join("; ")
}

fn hashless(text: &str) -> String {
    for kind in ["patient:", "representative:"] {
        if text.strip_prefix(kind).is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())) {
            return format!("{kind}#");
        }
    }
    text.to_owned()
}

/// Holds a file's rows against lines written by hand.
pub fn holds(name: &str, all: &[Result<Row, Reject>], wanted: &[&str]) {
    let got: Vec<_> = all.iter().map(line).collect();
    for (got, wanted) in got.iter().zip(wanted) {
        assert_eq!(got, wanted, "{name}");
    }
    assert_eq!(got.len(), wanted.len(), "{name}: {got:#?}");
}
