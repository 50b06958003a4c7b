//! A corrected name reaches the rules: the keyed hashes of the old one follow it, as those of a roster do, and the rules look
//! again at what the person opened, and at whoever opened the person's records.

use chrono::TimeDelta;
use uuid::Uuid;

use super::queries::rename;
use crate::audit::{Actor, AuditedTx};
use crate::clock;
use crate::config::Keys;
use crate::error::AppError;
use crate::ingest::roster;
use crate::words::RerunCause;

/// Lets the hashes follow, and asks for the second look where one changed.
///
/// # Errors
/// What the database answers.
pub async fn follow(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    keys: &Keys,
    person: Uuid,
    (before, after): (&str, &str),
) -> Result<(), AppError> {
    if before == after {
        return Ok(());
    }
    let mut logins = rename::touched(tx, person).await?;
    let (old, new) = (roster::name_hashes(before, keys), roster::name_hashes(after, keys));
    if !rename::hashes(tx, person, old, new).await? {
        return Ok(());
    }
    // as a patient they may be somebody else's record now
    logins.extend(rename::touched(tx, person).await?);
    logins.sort_unstable();
    logins.dedup();
    if let Some(first) = rename::first_access_of(tx, &logins).await? {
        let (from, until) = (first - TimeDelta::days(1), clock::now() + TimeDelta::days(1));
        tx.ask_for_rerun(RerunCause::PersonChanged, &logins, from, until, actor.request_id()).await?;
    }
    Ok(())
}
