//! `hipaa-auditor import`: the same import from the command line, for files of any size and for standard input.

use std::fmt;
use std::fs::File;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::queries;
use super::run::{AfterBatch, Batch, Progress, RunError, run};
use crate::audit::Worker;
use crate::config::{Config, Keys};
use crate::error::AppError;
use crate::ingest::words::{Field, Reason};
use crate::ingest::{HeaderProblem, Input, Opened, Spec, SpecProblem, presets};
use crate::policy::Action;
use crate::web::time::count;

/// How many rejected rows a report names.
const NAMED: usize = 20;

/// Why an import from the command line did not happen, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be opened or read.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file's header does not fit the mapping.
    #[error("{}: {problem}", .path.display())]
    Header {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: HeaderProblem,
    },
    /// The mapping document is no JSON.
    #[error("{}: not JSON: {source}", .path.display())]
    Json {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] SpecProblem),
    /// Not a name a source may have.
    #[error("a source's name has 1 to 60 letters, digits, spaces, dots, dashes or underscores")]
    SourceName,
    /// The database refused before the first row.
    #[error(transparent)]
    App(#[from] AppError),
    /// The import ended early.
    #[error("{}: {}{}", .path.display(), .source.failure.label(), .source.cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default())]
    Run {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: RunError,
    },
}

/// What became of one file.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file, `-` for standard input.
    pub file: PathBuf,
    /// Its batch: `/imports/{id}`.
    pub batch: Uuid,
    /// The numbers.
    pub progress: Progress,
    /// The first rejected rows.
    pub rejects: Vec<RejectLine>,
}

/// A rejected row in a report.
#[derive(Debug, Clone)]
pub struct RejectLine {
    /// Where it begins.
    pub line: i64,
    /// The field at fault, for people.
    pub field: Option<&'static str>,
    /// Why, for people.
    pub reason: &'static str,
}

impl RejectLine {
    pub(super) fn of_stored(line: i64, field: Option<&str>, reason: &str) -> Self {
        Self { line, field: field.map(Field::label_of), reason: Reason::label_of(reason) }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Progress { read, stored, known, unmatched, rejected, .. } = self.progress;
        writeln!(f, "{}: import {}", self.file.display(), self.batch)?;
        for (label, number) in
            [("read", read), ("stored", stored), ("known", known), ("unmatched", unmatched), ("rejected", rejected)]
        {
            writeln!(f, "  {label:<10}{:>14}", count(number))?;
        }
        let repeated = self.progress.repeated;
        if repeated > 0 {
            writeln!(
                f,
                "  {:<10}{:>14}  of the hour that the clocks repeat, the earlier is taken",
                "unsure",
                count(repeated)
            )?;
        }
        for reject in &self.rejects {
            writeln!(
                f,
                "  line {}: {}{}",
                reject.line,
                reject.field.map(|field| format!("{field}: ")).unwrap_or_default(),
                reject.reason
            )?;
        }
        let more = rejected - i64::try_from(self.rejects.len()).unwrap_or(0);
        if more > 0 { writeln!(f, "  and {} more", count(more)) } else { Ok(()) }
    }
}

/// Imports files one after the other, each as a batch of its own; `-` is standard input. The source is made on first use,
/// with the preset or with the given mapping; a mapping that differs from the source's latest becomes its next version.
///
/// # Errors
/// At the first file that cannot be imported; those before it are.
pub async fn import_files(
    worker: &Worker,
    config: &Config,
    source: &str,
    mapping: Option<&Path>,
    files: &[PathBuf],
    after: AfterBatch,
) -> Result<Vec<Report>, ImportError> {
    let (keys, dir) = (&config.keys, config.spool_dir.as_path());
    let given = mapping.map(read_mapping).transpose()?;
    let request = Uuid::now_v7();
    let (source_id, mapping_id, spec) = prepare_source(worker, source, given, request).await?;
    let mut reports = Vec::with_capacity(files.len());
    for path in files {
        let (file, size) = open(path, &spec, keys).await?;
        let batch = Batch { id: Uuid::now_v7(), request_id: request, source_id, keys, dir };
        worker
            .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, batch.id, request, None, async |tx| {
                queries::add_running(
                    tx,
                    batch.id,
                    source_id,
                    mapping_id,
                    size.and_then(|size| i64::try_from(size).ok()),
                )
                .await
            })
            .await?;
        let bar = progress_bar(size);
        let ended = run(worker, &batch, file, after, |progress| {
            bar.set_position(progress.bytes_read);
            bar.set_message(format!("{} rows, {} rejected", count(progress.read), count(progress.rejected)));
        })
        .await;
        bar.finish_and_clear();
        let progress = ended.map_err(|source| ImportError::Run { path: path.clone(), source })?;
        let rejects = worker
            .read(Action::ImportBatchRead, batch.id, request, async |tx| {
                queries::first_rejects(tx, batch.id, NAMED).await
            })
            .await?;
        reports.push(Report { file: path.clone(), batch: batch.id, progress, rejects });
    }
    Ok(reports)
}

fn read_mapping(path: &Path) -> Result<Spec, ImportError> {
    let text = std::fs::read(path).map_err(|source| ImportError::File { path: path.to_owned(), source })?;
    let json = serde_json::from_slice(&text).map_err(|source| ImportError::Json { path: path.to_owned(), source })?;
    Ok(Spec::parse(json)?)
}

/// The source's id, and the mapping its files are read with.
async fn prepare_source(
    worker: &Worker,
    name: &str,
    given: Option<Spec>,
    request: Uuid,
) -> Result<(Uuid, Uuid, Spec), ImportError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
    if name.is_empty() || name.len() > 60 || !name.chars().all(fits) {
        return Err(ImportError::SourceName);
    }
    let latest = worker
        .read(Action::ImportBatchRead, Uuid::nil(), request, async |tx| queries::latest_by_name(tx, name).await)
        .await?;
    let current = latest.as_ref().map(|latest| Spec::parse(latest.spec.clone())).transpose()?;
    if let (Some(latest), Some(current)) = (&latest, &current)
        && given.as_ref().is_none_or(|given| given == current)
    {
        return Ok((latest.source_id, latest.mapping_id, current.clone()));
    }
    let spec = given.unwrap_or_else(presets::epic_access_log);
    let (source_id, mapping_id) =
        (latest.as_ref().map_or_else(Uuid::now_v7, |latest| latest.source_id), Uuid::now_v7());
    worker
        .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, Uuid::nil(), request, None, async |tx| {
            if latest.is_none() {
                queries::add_source(tx, source_id, name, &spec.time_zone).await?;
            }
            let version = latest.as_ref().map_or(1, |latest| latest.version + 1);
            queries::add_mapping(tx, mapping_id, source_id, version, &spec.to_json()).await
        })
        .await?;
    Ok((source_id, mapping_id, spec))
}

/// A file whose header fits, and its size if it has one.
async fn open(path: &Path, spec: &Spec, keys: &Keys) -> Result<(Opened, Option<u64>), ImportError> {
    let (path, spec, keys) = (path.to_owned(), spec.clone(), keys.clone());
    tokio::task::spawn_blocking(move || {
        let failed = |source| ImportError::File { path: path.clone(), source };
        let (input, size): (Input, _) = if path.as_os_str() == "-" {
            (Box::new(std::io::stdin()), None)
        } else {
            let file = File::open(&path).map_err(failed)?;
            let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|data| data.len());
            (Box::new(file), size)
        };
        let opened = Opened::new(input, &spec, &keys).map_err(failed)?;
        Ok((opened.map_err(|problem| ImportError::Header { path: path.clone(), problem })?, size))
    })
    .await
    .map_err(|_| AppError::Internal("opening a file panicked"))?
}

/// On a terminal a bar, else nothing.
fn progress_bar(size: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = size.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template =
        if size.is_some() { "{bar:40} {bytes}/{total_bytes} {msg} {eta}" } else { "{spinner} {bytes} {msg}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
