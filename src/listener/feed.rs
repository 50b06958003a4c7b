//! From the journal into the database: each segment is a batch of the listener's source, with the segment's own id, and its
//! file goes only when its rows are in. A database that does not answer makes it wait, never lose; what cannot be opened or
//! imported is set aside and kept, so that it does not hold up what comes after it.

use std::io::{Cursor, ErrorKind};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::UnboundedReceiver;

use super::journal::{self, Backlog, Contents, Entry, Waiting};
use crate::audit::Worker;
use crate::clock;
use crate::config::Config;
use crate::features::imports::{self, AfterBatch, StreamSource, TakenOver};
use crate::ingest::formats::syslog::Fault;
use crate::ingest::formats::{self, MessageKind};
use crate::ingest::words::Reason;
use crate::ingest::{Next, Reject, Rows};

/// How long to wait after a failure, at most.
const PATIENCE: Duration = Duration::from_mins(1);

/// Imports segments as they are closed, one after the other.
pub struct Feed {
    pub worker: Worker,
    pub config: Config,
    pub source: StreamSource,
    pub after: AfterBatch,
    /// How often one is tried before it is set aside.
    pub tries: u32,
    pub backlog: Backlog,
}

impl Feed {
    /// Until no more are closed.
    pub async fn run(self, mut segments: UnboundedReceiver<Waiting>) {
        while let Some(segment) = segments.recv().await {
            let bytes = std::fs::metadata(&segment.path).map_or(0, |data| data.len());
            self.settle(&segment).await;
            self.backlog.less(bytes);
        }
    }

    /// Imports one, or puts it where it does not keep the next ones waiting. It is deleted only when its rows are in.
    async fn settle(&self, segment: &Waiting) {
        let (mut wait, mut tries) = (Duration::from_millis(500), 0);
        loop {
            match self.import(segment).await {
                Ok(()) => return,
                Err(error) if damaged(error.as_ref()) => {
                    tracing::error!(batch = %segment.id, "a segment does not open: another secret, or changed bytes. It is kept as .damaged");
                    return set_aside(segment, "damaged");
                }
                Err(error) if error.is::<OtherKind>() => {
                    tracing::error!(batch = %segment.id, "every message of a segment is of another kind than the source's newest mapping reads. It is kept as .failed and tried again at the next start");
                    return set_aside(segment, "failed");
                }
                Err(error) => {
                    tracing::error!(batch = %segment.id, %error, "a segment is not imported yet");
                    // a database that does not answer says nothing against the segment
                    tries += u32::from(self.worker.answers().await);
                }
            }
            if tries >= self.tries {
                tracing::error!(batch = %segment.id, tries, "a segment cannot be imported. It is kept as .failed and tried again at the next start");
                return set_aside(segment, "failed");
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(PATIENCE);
        }
    }

    async fn import(&self, segment: &Waiting) -> Result<(), Box<dyn std::error::Error>> {
        let (waiting, keys) = (segment.clone(), self.config.keys.clone());
        let Contents { mapping, entries } =
            match tokio::task::spawn_blocking(move || journal::read(&waiting, &keys)).await? {
                // its rows are in, and only this was not said any more
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                read => read?,
            };
        if !entries.is_empty() {
            let (worker, config, source) = (&self.worker, &self.config, &self.source);
            let pieces = Pieces::of(entries);
            // an earlier release did not say under which mapping: the newest may be of another kind
            if mapping.is_none() && of_another_kind(&pieces, source, config)? {
                return Err(Box::new(OtherKind));
            }
            let bytes = pieces.framed.len() as u64;
            let rows = |source: &StreamSource| Box::new(Segment::new(pieces, source, config)) as Box<dyn Rows>;
            let taken = TakenOver { id: segment.id, mapping, bytes, rows };
            imports::import_stream(worker, config, source, taken, self.after).await?;
        }
        match std::fs::remove_file(&segment.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn damaged(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::InvalidData)
}

fn set_aside(segment: &Waiting, why: &str) {
    if let Err(error) = std::fs::rename(&segment.path, segment.path.with_extension(why)) {
        tracing::error!(batch = %segment.id, kind = %error.kind(), "a segment cannot be set aside; it is tried again at the next start");
    }
}

/// Messages that the mapping at hand does not read: evidence of another kind, not garbage.
#[derive(Debug, thiserror::Error)]
#[error("every message is of another kind")]
struct OtherKind;

/// Whether there are messages and none of them is of the source's kind.
fn of_another_kind(pieces: &Pieces, source: &StreamSource, config: &Config) -> std::io::Result<bool> {
    let mut rows = Segment::new(pieces.clone(), source, config);
    let mut messages = false;
    while rows.messages.is_some() {
        match rows.next(clock::now())? {
            Next::Reject(reject) if rows.messages.is_some() => {
                messages = true;
                let other = [Reason::NotXml, Reason::NotAnAuditEvent, Reason::NotAnAuditMessage];
                if !other.contains(&reject.reason) {
                    return Ok(false);
                }
            }
            Next::Row(_) => return Ok(false),
            _ => {}
        }
    }
    Ok(messages)
}

/// What a segment holds: messages, each with its length before it, and the rest.
#[derive(Debug, Clone)]
struct Pieces {
    framed: Vec<u8>,
    garbage: Vec<(Fault, [u8; 32])>,
    messages: u64,
}

impl Pieces {
    fn of(entries: Vec<Entry>) -> Self {
        let mut pieces = Self { framed: Vec::new(), garbage: Vec::new(), messages: 0 };
        for entry in entries {
            match entry {
                Entry::Message(raw) => {
                    pieces.framed.extend_from_slice(format!("{} ", raw.len()).as_bytes());
                    pieces.framed.extend_from_slice(&raw);
                    pieces.messages += 1;
                }
                Entry::Garbage(fault, hash) => pieces.garbage.push((fault, hash)),
            }
        }
        pieces
    }
}

/// One segment as rows: its messages first, then what was none, each with its hash.
struct Segment {
    messages: Option<Box<dyn Rows>>,
    kind: MessageKind,
    garbage: std::vec::IntoIter<(Fault, [u8; 32])>,
    /// Messages and garbage so far: where a reject stands.
    line: u64,
    size: u64,
    sha256: [u8; 32],
}

impl Segment {
    fn new(pieces: Pieces, source: &StreamSource, config: &Config) -> Self {
        let Pieces { framed, garbage, messages: line } = pieces;
        let size = framed.len() as u64;
        let hash = garbage.iter().fold(Sha256::new().chain_update(&framed), |hash, piece| hash.chain_update(piece.1));
        let messages = if framed.is_empty() {
            None
        } else {
            let input = Box::new(Cursor::new(framed));
            Some(formats::open_frames(input, source.messages, source.spec.of_messages(), &config.keys))
        };
        let kind = source.messages;
        Self { messages, kind, garbage: garbage.into_iter(), line, size, sha256: hash.finalize().into() }
    }
}

impl Rows for Segment {
    fn next(&mut self, now: DateTime<Utc>) -> std::io::Result<Next> {
        if let Some(messages) = &mut self.messages {
            let next = messages.next(now)?;
            // a message of several events has several places, and no two rejects may share one
            match &next {
                Next::Row(row) => self.line = self.line.max(row.line),
                Next::Reject(reject) => self.line = self.line.max(reject.line),
                Next::End => self.messages = None,
            }
            if self.messages.is_some() {
                return Ok(next);
            }
        }
        let Some((fault, sha256)) = self.garbage.next() else { return Ok(Next::End) };
        self.line += 1;
        Ok(Next::Reject(Reject { line: self.line, field: None, reason: fault.reason(self.kind), sha256 }))
    }

    fn bytes(&self) -> u64 {
        self.messages.as_ref().map_or(self.size, |messages| messages.bytes())
    }

    fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}
