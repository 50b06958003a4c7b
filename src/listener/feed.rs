//! From the journal into the database: each segment is a batch of the listener's source, with the segment's own id, and its
//! file goes only when its rows are in. A database that does not answer makes it wait, never lose.

use std::io::Cursor;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::UnboundedReceiver;

use super::ListenError;
use super::journal::{self, Entry, Waiting};
use crate::audit::Worker;
use crate::clock;
use crate::config::Config;
use crate::features::imports::{self, AfterBatch, StreamSource};
use crate::ingest::formats::syslog::Fault;
use crate::ingest::formats::{self, MessageKind, Settings};
use crate::ingest::words::Reason;
use crate::ingest::{Next, Reject, Rows};

/// How long to wait after a failure, at most.
const PATIENCE: Duration = Duration::from_mins(1);

/// The source that messages belong to; it must be there.
pub async fn source(worker: &Worker, name: &str) -> Result<StreamSource, ListenError> {
    match imports::stream_source(worker, name).await {
        Ok(Some(source)) => Ok(source),
        Ok(None) => Err(ListenError::Source(format!("there is no source named {name} with a mapping; make it first"))),
        Err(error) => Err(ListenError::Source(error.to_string())),
    }
}

/// Imports segments as they are closed, one after the other, each until it is in.
pub async fn import_segments(
    worker: Worker,
    config: Config,
    source: StreamSource,
    after: AfterBatch,
    mut segments: UnboundedReceiver<Waiting>,
) {
    while let Some(segment) = segments.recv().await {
        let mut wait = Duration::from_millis(500);
        while let Err(error) = import(&worker, &config, &source, after, &segment).await {
            tracing::error!(batch = %segment.id, %error, "a segment is not imported yet");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(PATIENCE);
        }
    }
}

async fn import(
    worker: &Worker,
    config: &Config,
    source: &StreamSource,
    after: AfterBatch,
    segment: &Waiting,
) -> Result<(), Box<dyn std::error::Error>> {
    let (path, keys) = (segment.path.clone(), config.keys.clone());
    let entries = tokio::task::spawn_blocking(move || journal::read(&path, &keys)).await??;
    if !entries.is_empty() {
        let rows = Segment::new(entries, source, config)?;
        let bytes = rows.size;
        imports::import_stream(worker, config, source, segment.id, Box::new(rows), bytes, after).await?;
    }
    std::fs::remove_file(&segment.path)?;
    Ok(())
}

/// One segment as rows: its messages first, then what was none, each with its hash.
struct Segment {
    messages: Option<Box<dyn Rows>>,
    garbage: std::vec::IntoIter<(Fault, [u8; 32])>,
    /// Messages and garbage so far: where a reject stands.
    line: u64,
    size: u64,
    sha256: [u8; 32],
}

impl Segment {
    fn new(entries: Vec<Entry>, source: &StreamSource, config: &Config) -> std::io::Result<Self> {
        let (mut framed, mut garbage, mut line) = (Vec::new(), Vec::new(), 0);
        for entry in entries {
            match entry {
                Entry::Message(raw) => {
                    framed.extend_from_slice(format!("{} ", raw.len()).as_bytes());
                    framed.extend_from_slice(&raw);
                    line += 1;
                }
                Entry::Garbage(fault, hash) => garbage.push((fault, hash)),
            }
        }
        let size = framed.len() as u64;
        let hash = garbage.iter().fold(Sha256::new().chain_update(&framed), |hash, piece| hash.chain_update(piece.1));
        let messages = if framed.is_empty() {
            None
        } else {
            let settings = Settings { zone: clock::zone(&source.time_zone), actor_kind: "workforce".to_owned() };
            let opened = formats::open(Box::new(Cursor::new(framed)), MessageKind::DicomAudit, settings, &config.keys)?;
            Some(opened.map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidData))?)
        };
        Ok(Self { messages, garbage: garbage.into_iter(), line, size, sha256: hash.finalize().into() })
    }
}

impl Rows for Segment {
    fn next(&mut self, now: DateTime<Utc>) -> std::io::Result<Next> {
        if let Some(messages) = &mut self.messages {
            match messages.next(now)? {
                Next::End => self.messages = None,
                next => return Ok(next),
            }
        }
        let Some((fault, sha256)) = self.garbage.next() else { return Ok(Next::End) };
        self.line += 1;
        let reason = match fault {
            Fault::NoHeader => Reason::NoSyslogHeader,
            Fault::BadHeader => Reason::BadSyslogHeader,
            Fault::NotXml => Reason::NotXml,
            Fault::TooLong => Reason::TooLong,
            Fault::Cut => Reason::CutShort,
        };
        Ok(Next::Reject(Reject { line: self.line, field: None, reason, sha256 }))
    }

    fn bytes(&self) -> u64 {
        self.messages.as_ref().map_or(self.size, |messages| messages.bytes())
    }

    fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}
