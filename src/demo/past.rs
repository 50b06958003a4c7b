//! What the demo's privacy office has already decided: through the door, as the people who decided it, under their own
//! events. Nothing is back-dated: the decisions are as old as the demo's data folder.

use uuid::Uuid;

use super::activity::PastDecision;
use super::organisation::Organisation;
use crate::audit::{Actor, Client, Db, Sessions};
use crate::auth::password;
use crate::config::Keys;
use crate::error::{AppError, Refusal};
use crate::features::{review_cases, rules};
use crate::policy::Action;
use crate::words::WatchReason;

/// Decides what is decided.
///
/// # Errors
/// What the door answers.
pub async fn decide(
    db: &Db,
    keys: &Keys,
    organisation: &Organisation,
    decisions: &[PastDecision],
) -> Result<usize, AppError> {
    let mut decided = 0;
    let mut beyond = Vec::new();
    for person in [organisation.accounts.coordinator, organisation.accounts.manager] {
        let actor = sign_in(db, keys, &organisation.people[person].username).await?;
        let own: Vec<_> = decisions
            .iter()
            .filter(|decision| decision.decided_by == person)
            .chain(std::mem::take(&mut beyond))
            .collect();
        for decision in own {
            let Some((case, version)) = case_of(db, &actor, decision).await? else {
                // a case outside the coordinator's facilities is the manager's
                beyond.push(decision);
                continue;
            };
            let form = review_cases::DecisionForm {
                version,
                disposition: decision.disposition.to_owned(),
                reason: decision.reason_code.to_owned(),
                note: decision.note.to_owned(),
                next: String::new(),
            };
            let checked =
                form.check().map_err(|_| AppError::Internal("a decision of the demo is none a person could make"))?;
            match review_cases::decide(db, &actor, case, version, &checked).await {
                Ok(_) => decided += 1,
                // so is one of a colleague's
                Err(AppError::Refused(Refusal::Conflicted(_))) => beyond.push(decision),
                Err(error) => return Err(error),
            }
        }
        db.write(actor.does(Action::SessionLogoutExecute).on(actor.id()), async |_| Ok(())).await?;
    }
    Ok(decided)
}

/// Puts patients on the watch list, as the manager does on a patient's page.
///
/// # Errors
/// What the door answers.
pub async fn watch(db: &Db, keys: &Keys, organisation: &Organisation, mrns: &[String]) -> Result<(), AppError> {
    let actor = sign_in(db, keys, &organisation.people[organisation.accounts.manager].username).await?;
    for mrn in mrns {
        let patient = db
            .read(actor.does(Action::ReviewCaseListRead), async |tx| {
                tx.optional(sqlx::query!("SELECT patient_id FROM portal.patient_ids WHERE source_patient_id = $1", mrn))
                    .await
            })
            .await?;
        let Some(patient) = patient.map(|row| row.patient_id) else { continue };
        db.change(
            actor.does(Action::PatientRead).on(patient),
            actor.does(Action::PatientWatchUpdate).on(patient),
            async |tx| rules::watch(tx, patient, true, WatchReason::PublicFigure, actor.request_id()).await,
        )
        .await?;
    }
    db.write(actor.does(Action::SessionLogoutExecute).on(actor.id()), async |_| Ok(())).await
}

/// A session of the demo's own, begun the way any is.
pub(super) async fn sign_in(db: &Db, keys: &Keys, username: &str) -> Result<Actor, AppError> {
    let sessions = Sessions::new(db.clone());
    let client = Client::new(Uuid::now_v7(), None, None);
    let account = keys.hash("sign-in account", username.as_bytes());
    let hash = sessions.lookup(username, &account, &client).await?.password_hash.ok_or(AppError::SignedOut)?;
    let grant = sessions.succeeded(username, &account, &hash, &client).await?;
    let token = password::random_token();
    sessions.start(&token, grant).await?;
    let identity = sessions.load(&token, true).await?.ok_or(AppError::SignedOut)?;
    Ok(Actor::of_session(identity, token, client))
}

async fn case_of(db: &Db, actor: &Actor, decision: &PastDecision) -> Result<Option<(Uuid, i32)>, AppError> {
    let planted = &decision.planted;
    db.read(actor.does(Action::ReviewCaseListRead), async |tx| {
        let row = tx
            .optional(sqlx::query!(
                "SELECT c.id, c.version FROM portal.review_cases c
                   JOIN portal.ehr_logins l ON l.id = c.login_id
                   LEFT JOIN portal.patient_ids i ON i.patient_id = c.patient_id
                  WHERE l.login = $1 AND c.local_day = $2 AND i.source_patient_id IS NOT DISTINCT FROM $3 AND c.disposition IS NULL",
                planted.login,
                planted.day,
                planted.mrn
            ))
            .await?;
        Ok(row.map(|row| (row.id, row.version)))
    })
    .await
}
