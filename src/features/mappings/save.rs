//! From a draft and what was posted to a version of a source's mapping.

use uuid::Uuid;

use super::form::{self, Posted};
use super::queries::{self, Draft};
use crate::audit::{Actor, AuditedTx, Db};
use crate::error::AppError;
use crate::ingest::Spec;
use crate::policy::Action;
use crate::web::Errors;

/// The mapping a draft began with. It may be incomplete: it is checked when it is saved.
///
/// # Errors
/// When it is no mapping at all.
pub fn base_of(draft: &Draft) -> Result<Spec, AppError> {
    serde_json::from_value(draft.spec.clone()).map_err(|_| AppError::Internal("a draft's mapping cannot be read"))
}

/// Saves the version; a second post of the same draft finds what the first one saved.
///
/// # Errors
/// [`AppError::Invalid`] with `errors` filled.
pub async fn save(
    db: &Db,
    actor: &Actor,
    id: Uuid,
    posted: &Posted,
    errors: &mut Errors,
) -> Result<(Uuid, i32), AppError> {
    let mapping = Uuid::now_v7();
    let (mut refused, mut earlier) = (Errors::new(), None);
    let saved = db
        .change(
            actor.does(Action::MappingPreviewRead).on(id),
            actor.does(Action::MappingCreate).on(mapping),
            async |tx| save_version(tx, actor, id, mapping, posted, &mut refused, &mut earlier).await,
        )
        .await;
    *errors = refused;
    match (saved, earlier) {
        (Err(AppError::Conflict), Some(earlier)) => Ok(earlier),
        (saved, _) => saved,
    }
}

async fn save_version(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    id: Uuid,
    mapping: Uuid,
    posted: &Posted,
    refused: &mut Errors,
    earlier: &mut Option<(Uuid, i32)>,
) -> Result<(Uuid, i32), AppError> {
    let draft = queries::draft(tx, id).await?;
    let spec = posted.onto(&base_of(&draft)?);
    *refused = form::errors_of(&spec);
    if !refused.is_empty() {
        return Err(AppError::Invalid(String::new()));
    }
    let of_name = queries::source_of_name(tx, &draft.source_name).await?;
    let first = draft.source_id.is_none();
    if let Some(done) = tx.made_before("mapping", actor.id(), id, mapping).await? {
        let source = draft.source_id.or(of_name).ok_or(AppError::NotFound)?;
        *earlier = Some((source, queries::version_of(tx, done).await?));
        return Err(AppError::Conflict);
    }
    if first && of_name.is_some() {
        refused.add("", "A source of this name was made meanwhile. Begin again and choose it");
        return Err(AppError::Invalid(String::new()));
    }
    let version = draft.latest.unwrap_or(0) + 1;
    if posted.version() != Some(version) {
        refused.add(
            "",
            format!("Version {} was saved meanwhile. Look at it, then save yours as version {version}", version - 1),
        );
        return Err(AppError::Invalid(String::new()));
    }
    let source = draft.source_id.unwrap_or_else(Uuid::now_v7);
    if first {
        queries::add_source(tx, source, &draft.source_name, &spec.time_zone).await?;
    } else {
        queries::set_zone(tx, source, &spec.time_zone).await?;
    }
    if !queries::add_mapping(tx, mapping, source, version, &spec.to_json(), actor.id()).await? {
        refused.add("", format!("Version {version} was saved meanwhile. Look at it, then save yours again"));
        return Err(AppError::Invalid(String::new()));
    }
    Ok((source, version))
}
