//! What the syslog listener asks of imports: the source its messages belong to, and each segment of its journal as a batch
//! under the segment's own id, so that a segment that is imported again after a kill is the same batch.

use uuid::Uuid;

use super::queries;
use super::run::{AfterBatch, Batch, RunError, run};
use crate::audit::Worker;
use crate::config::Config;
use crate::error::AppError;
use crate::ingest::formats::MessageKind;
use crate::ingest::{Opened, Rows, Spec, SpecProblem};
use crate::policy::Action;

/// The source of a stream.
#[derive(Debug, Clone)]
pub struct StreamSource {
    /// The source.
    pub id: Uuid,
    /// Its newest mapping, or the one that a batch names.
    pub mapping_id: Uuid,
    /// The same, to read by.
    pub spec: Spec,
    /// What its messages are.
    pub messages: MessageKind,
}

/// Why a segment is not in yet.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The batch cannot be made or read.
    #[error(transparent)]
    App(#[from] AppError),
    /// The mapping it was taken over under cannot be used.
    #[error("the mapping that a segment was taken over under does not read messages")]
    Mapping,
    /// The import ended early.
    #[error("{source}{}", .source.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default())]
    Run {
        /// Why.
        #[from]
        source: RunError,
    },
}

/// Why a source cannot be listened for.
#[derive(Debug, thiserror::Error)]
pub enum NoStream {
    /// What the database answers.
    #[error(transparent)]
    App(#[from] AppError),
    /// No such name, or nothing that says how it is read.
    #[error("there is no source named {0} with a mapping; make it first")]
    Unknown(String),
    /// A document that this release does not read.
    #[error("the newest mapping of {0} cannot be used: {1}")]
    Mapping(String, SpecProblem),
    /// Columns have their names in a file's first line, and messages have none.
    #[error(
        "{0} is mapped as {1}, whose columns are named in a file's first line; syslog messages have none. Choose a source \
         whose mapping reads FHIR AuditEvents or DICOM audit messages, or make one"
    )]
    NoMessages(String, &'static str),
}

/// The source of this name, and how its messages are read.
///
/// # Errors
/// Why its messages cannot be taken.
pub async fn stream_source(worker: &Worker, name: &str) -> Result<StreamSource, NoStream> {
    let latest = worker
        .read(Action::ImportBatchRead, Uuid::nil(), Uuid::now_v7(), async |tx| queries::latest_by_name(tx, name).await)
        .await?
        .ok_or_else(|| NoStream::Unknown(name.to_owned()))?;
    let spec = Spec::parse(latest.spec).map_err(|problem| NoStream::Mapping(name.to_owned(), problem))?;
    match spec.kind.messages() {
        Some(messages) => Ok(StreamSource { id: latest.source_id, mapping_id: latest.mapping_id, messages, spec }),
        None => Err(NoStream::NoMessages(name.to_owned(), spec.kind.label())),
    }
}

/// A segment, as a batch to be.
#[derive(Debug)]
pub struct TakenOver<F> {
    /// The batch.
    pub id: Uuid,
    /// The mapping it was taken over under, where it says so.
    pub mapping: Option<Uuid>,
    /// Its size.
    pub bytes: u64,
    /// Its rows, read as the batch's own mapping says.
    pub rows: F,
}

/// Imports a segment; one that is in already is left as it is, even when it was withdrawn since.
///
/// # Errors
/// Why it is not in; it may be tried again.
pub async fn import_stream(
    worker: &Worker,
    config: &Config,
    source: &StreamSource,
    segment: TakenOver<impl FnOnce(&StreamSource) -> Box<dyn Rows>>,
    after: AfterBatch,
) -> Result<(), StreamError> {
    let TakenOver { id, mapping, bytes, rows } = segment;
    let request_id = Uuid::now_v7();
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let (reads, writes) = (Some(Action::ImportBatchRead), Action::ImportBatchRun);
    let mapping_id = mapping.unwrap_or(source.mapping_id);
    let batch = worker
        .change(reads, writes, id, request_id, None, async |tx| {
            queries::add_stream(tx, id, source.id, mapping_id, bytes).await?;
            queries::waiting(tx, id).await
        })
        .await?;
    if matches!(batch.state.as_str(), "waiting" | "running" | "failed") {
        // not by the newest: that may be of another kind, and a batch that was begun says by which it is read
        let spec = Spec::parse(batch.spec).map_err(|_| StreamError::Mapping)?;
        let messages = spec.kind.messages().ok_or(StreamError::Mapping)?;
        let rows = rows(&StreamSource { id: source.id, mapping_id: batch.mapping_id, spec, messages });
        let batch = Batch { id, request_id, source_id: source.id, keys: &config.keys, dir: &config.spool_dir };
        run(worker, &batch, Opened::of(rows), after, |_| ()).await?;
    }
    Ok(())
}
