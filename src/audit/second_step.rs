//! The second step of sign-in: a half session knows whose password was right, and opens nothing but this. Named exceptions
//! to "an event first", as all of sign-in: each call writes its own event.

use uuid::Uuid;

use super::actor::{Client, Intent};
use super::sessions::{Sessions, address};
use super::vocabulary::Code;
use crate::error::AppError;

/// What follows a right password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A code of the second factor.
    Code,
    /// A second factor has to be set up first.
    Enrol,
}

impl Step {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "code" => Some(Self::Code),
            "enrol" => Some(Self::Enrol),
            _ => None,
        }
    }
}

/// Somebody between the password and the second step.
pub struct HalfSession {
    /// Whose password was right.
    pub person_id: Uuid,
    /// Their user name, for the authenticator's label and the password manager.
    pub username: String,
    /// What follows.
    pub step: Step,
    /// The sealed secret to check a code against.
    pub secret_sealed: Option<Vec<u8>>,
    /// How long they must wait before the next code, in seconds.
    pub wait_seconds: u32,
}

impl Sessions {
    /// Whose half session a token is; `None` after five minutes, five wrong codes, or for any other token.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn half(&self, half: &str) -> Result<Option<HalfSession>, AppError> {
        let row = sqlx::query!(
            "SELECT person_id, username, step, secret_sealed, wait_seconds FROM audit.half_session($1)",
            half
        )
        .fetch_one(&self.db.pool)
        .await?;
        let (Some(person_id), Some(step)) = (row.person_id, row.step.as_deref().and_then(Step::parse)) else {
            return Ok(None);
        };
        Ok(Some(HalfSession {
            person_id,
            username: row.username.unwrap_or_default(),
            step,
            secret_sealed: row.secret_sealed,
            wait_seconds: row.wait_seconds.and_then(|wait| u32::try_from(wait).ok()).unwrap_or(0),
        }))
    }

    /// Records a second step that failed: `bad_code`, `throttled`, or `no_session` where the first one is too long ago.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when it cannot be written.
    pub async fn second_step_failed(&self, half: &str, code: Code, client: &Client) -> Result<(), AppError> {
        sqlx::query!(
            "SELECT audit.second_step_failed($1, $2, $3, $4, $5)",
            half,
            code.as_str(),
            client.request_id,
            address(client),
            client.agent,
        )
        .execute(&self.db.pool)
        .await
        .map_err(AppError::Unrecorded)?;
        Ok(())
    }

    /// Signs in by the time step of a code, or by the hash of a recovery code. `None` when it has counted already.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when it cannot be written.
    pub async fn second_step_succeeded(
        &self,
        half: &str,
        step: Option<i64>,
        recovery: Option<&[u8]>,
        client: &Client,
    ) -> Result<Option<Uuid>, AppError> {
        sqlx::query_scalar!(
            "SELECT audit.second_step_succeeded($1, $2, $3, $4, $5, $6)",
            half,
            step,
            recovery,
            client.request_id,
            address(client),
            client.agent,
        )
        .fetch_one(&self.db.pool)
        .await
        .map_err(AppError::Unrecorded)
    }

    /// Keeps a sealed secret that waits for its first code.
    ///
    /// # Errors
    /// [`AppError::SignedOut`] when the half session is over; [`AppError::Unrecorded`] when it cannot be written.
    pub async fn half_enrol(&self, half: &str, sealed: &[u8], client: &Client) -> Result<(), AppError> {
        let kept = sqlx::query_scalar!(
            "SELECT audit.half_enrol($1, $2, $3, $4, $5)",
            half,
            sealed,
            client.request_id,
            address(client),
            client.agent,
        )
        .fetch_one(&self.db.pool)
        .await
        .map_err(AppError::Unrecorded)?;
        if kept == Some(true) { Ok(()) } else { Err(AppError::SignedOut) }
    }

    /// Confirms the second factor by the time step of its first code, keeps the hashes of the recovery codes, signs in.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when it cannot be written.
    pub async fn half_confirm(
        &self,
        half: &str,
        step: i64,
        recovery: &[Vec<u8>],
        client: &Client,
    ) -> Result<Option<Uuid>, AppError> {
        sqlx::query_scalar!(
            "SELECT audit.half_confirm($1, $2, $3, $4, $5, $6)",
            half,
            step,
            recovery,
            client.request_id,
            address(client),
            client.agent,
        )
        .fetch_one(&self.db.pool)
        .await
        .map_err(AppError::Unrecorded)
    }

    /// Counts a wrong password or code of somebody who is signed in; the event is the door's.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when the database is gone.
    pub async fn proof_failed(&self, intent: &Intent) -> Result<(), AppError> {
        sqlx::query!("SELECT audit.proof_failed($1)", intent.token)
            .execute(&self.db.pool)
            .await
            .map_err(AppError::Unrecorded)?;
        Ok(())
    }
}
