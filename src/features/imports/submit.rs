//! What stands between a posted file and a queued import: which source, which mapping, does the header fit, was this very
//! form posted before. Runs inside the door; whatever it refuses is recorded as a refused import.

use std::io::Cursor;

use uuid::Uuid;

use super::queries::{self, NewBatch};
use super::upload::{Received, Upload};
use crate::audit::{Actor, AuditedTx};
use crate::config::Keys;
use crate::error::AppError;
use crate::ingest::{HeaderProblem, Opened, Spec, formats};
use crate::web::Errors;

/// Why nothing was queued, beside the error that the trail keeps.
#[derive(Default)]
pub(super) struct Refusal {
    /// The form's errors.
    pub errors: Errors,
    /// The file is an export that another mapping could read.
    pub misfit: bool,
    /// What the first post of the same form made.
    pub earlier: Option<Uuid>,
}

/// Queues the import of a spooled file.
///
/// # Errors
/// [`AppError::Invalid`] with the form's errors in `refusal`, [`AppError::Conflict`] with the earlier batch.
pub(super) async fn queue(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    batch: Uuid,
    upload: &Upload,
    keys: &Keys,
    refusal: &mut Refusal,
) -> Result<(), AppError> {
    let form_key = upload.form_key.unwrap_or(batch);
    // a second post of the form waits for the first to end, then finds what it made
    refusal.earlier = tx.made_before("import", actor.id(), form_key, batch).await?;
    if refusal.earlier.is_some() {
        return Err(AppError::Conflict);
    }
    let latest = match upload.source {
        Some(source) => queries::latest_by_id(tx, source).await?,
        None => None,
    };
    let spec = latest.as_ref().and_then(|latest| Spec::parse(latest.spec.clone()).ok());
    match (&latest, &spec) {
        (None, _) => refusal.errors.add("source", "Choose the source that this file comes from"),
        (Some(_), None) => refusal
            .errors
            .add("source", "This source's mapping cannot be used. Import a file from the command line with a new one"),
        (Some(_), Some(_)) => {}
    }
    match (&upload.file, &spec) {
        (None, _) => refusal.errors.add("file", "Choose the file to import"),
        (Some(file), _) if file.spooled.bytes == 0 => {
            refusal.errors.add("file", "The file is empty. Choose another one");
        }
        (Some(file), Some(spec)) => {
            if let Some(problem) = header_problem(file, spec, keys) {
                refusal.misfit = formats::recognise(&file.head).may_be_log();
                refusal.errors.add("file", problem.sentence(spec));
            }
        }
        (Some(_), None) => {}
    }
    let (Some(latest), Some(file), true) = (latest, &upload.file, refusal.errors.is_empty()) else {
        return Err(AppError::Invalid("The import form is not complete.".to_owned()));
    };
    queries::add_waiting(
        tx,
        &NewBatch {
            id: batch,
            source: latest.source_id,
            mapping: latest.mapping_id,
            started_by: actor.id(),
            request: actor.request_id(),
        },
        &file.spooled,
    )
    .await
}

fn header_problem(file: &Received, spec: &Spec, keys: &Keys) -> Option<HeaderProblem> {
    Opened::new(Box::new(Cursor::new(file.head.clone())), spec, keys).map_or(Some(HeaderProblem::NotUtf8), Result::err)
}
