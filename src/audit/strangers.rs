//! What people do before they can sign in: ask for an account, set a password by a one-time link. Named exceptions to "an
//! event first": each call writes its own event and shows nothing but what its caller has proved to be theirs.

use uuid::Uuid;

use super::actor::{Actor, Client};
use super::sessions::{Sessions, address};
use super::vocabulary::{Code, Outcome};
use crate::error::AppError;
use crate::policy::Action;

/// A request for an account, checked.
pub struct AskedFor {
    /// As colleagues know them.
    pub full_name: String,
    /// To reach them.
    pub email: String,
    /// As the roster has it.
    pub employee_number: Option<String>,
    /// To sign in with.
    pub username: String,
    /// The PHC string of the password.
    pub password_hash: String,
}

/// Whoever holds a one-time link that is still good.
pub struct LinkHolder {
    /// What their password should not be made of.
    pub own_words: Vec<String>,
}

impl Sessions {
    /// How many seconds this address waits before it may ask for an account.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when the database is gone.
    pub async fn sign_up_wait(&self, client: &Client) -> Result<u32, AppError> {
        let wait = sqlx::query_scalar!("SELECT audit.sign_up_wait($1)", address(client))
            .fetch_one(&self.db.pool)
            .await
            .map_err(AppError::Unrecorded)?;
        Ok(wait.and_then(|wait| u32::try_from(wait).ok()).unwrap_or(0))
    }

    /// Keeps a request for an account, with its event.
    ///
    /// # Errors
    /// [`AppError::Throttled`] when others were faster; [`AppError::Unrecorded`] when it cannot be written.
    pub async fn sign_up(
        &self,
        actor: Option<&Actor>,
        id: Uuid,
        asked: &AskedFor,
        client: &Client,
    ) -> Result<(), AppError> {
        sqlx::query!(
            "SELECT audit.sign_up($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            actor.map(|actor| actor.token.as_str()),
            id,
            asked.full_name,
            asked.email,
            asked.employee_number,
            asked.username,
            asked.password_hash,
            client.request_id,
            address(client),
            client.agent,
        )
        .execute(&self.db.pool)
        .await
        .map_err(|error| {
            match error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() {
                Some("HA429") => AppError::Throttled(3600),
                _ => AppError::Unrecorded(error),
            }
        })?;
        Ok(())
    }

    /// Records what a stranger tried in vain.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when it cannot be written.
    pub async fn refuse(
        &self,
        actor: Option<&Actor>,
        action: Action,
        outcome: Outcome,
        code: Code,
        client: &Client,
    ) -> Result<(), AppError> {
        let token = actor.map(|actor| actor.token.as_str());
        self.db.fail(token, action, Uuid::nil(), outcome, code, client).await
    }

    /// Who holds a one-time link; `None` when it is used, expired or none.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn link_holder(&self, link: &str) -> Result<Option<LinkHolder>, AppError> {
        let row = sqlx::query!("SELECT person_id, own_words FROM audit.reset_link($1)", link)
            .fetch_one(&self.db.pool)
            .await?;
        Ok(row.person_id.map(|_| LinkHolder { own_words: row.own_words.unwrap_or_default() }))
    }

    /// Sets the password of a one-time link and ends every session of its person. False when the link is good no more.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when it cannot be written.
    pub async fn use_link(&self, link: &str, password_hash: &str, client: &Client) -> Result<bool, AppError> {
        let used = sqlx::query_scalar!(
            "SELECT audit.use_reset_link($1, $2, $3, $4, $5)",
            link,
            password_hash,
            client.request_id,
            address(client),
            client.agent,
        )
        .fetch_one(&self.db.pool)
        .await
        .map_err(AppError::Unrecorded)?;
        Ok(used == Some(true))
    }
}
