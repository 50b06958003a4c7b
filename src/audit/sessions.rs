//! Sign-in and sessions: the named exceptions to "an event first". Each calls one function of the door that returns only
//! the caller's own identity; a session takes an identity only through a grant that left its sign-in event.

use sqlx::types::ipnetwork::IpNetwork;
use uuid::Uuid;

use super::actor::{Client, Identity};
use super::door::Db;
use super::second_step::Step;
use crate::error::AppError;
use crate::policy::Role;

/// What sign-in learns before it verifies a password.
#[derive(Debug)]
pub struct SignInLookup {
    /// The stored hash, if the account exists and may sign in.
    pub password_hash: Option<String>,
    /// How long this address must wait, in seconds; 0 means now.
    pub wait_seconds: u32,
}

/// What a right password led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// Signed in: the grant of the new session.
    SignedIn(Uuid),
    /// A second step follows.
    Half(Step),
}

/// The calls of sign-in and of the session store.
#[derive(Clone)]
pub struct Sessions {
    pub(super) db: Db,
}

impl Sessions {
    /// On the application's own connections.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// The hash to verify against, and the throttle.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when the database is gone.
    pub async fn lookup(&self, username: &str, account: &[u8], client: &Client) -> Result<SignInLookup, AppError> {
        let row = sqlx::query!(
            "SELECT password_hash, wait_seconds FROM audit.sign_in_lookup($1, $2, $3)",
            username,
            account,
            address(client),
        )
        .fetch_one(&self.db.pool)
        .await
        .map_err(AppError::Unrecorded)?;
        let wait_seconds = row.wait_seconds.unwrap_or(0);
        Ok(SignInLookup { password_hash: row.password_hash, wait_seconds: u32::try_from(wait_seconds).unwrap_or(0) })
    }

    /// Records a failed sign-in: `bad_credentials`, or `throttled`.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when it cannot be written.
    pub async fn failed(
        &self,
        username: &str,
        account: &[u8],
        code: super::Code,
        client: &Client,
    ) -> Result<(), AppError> {
        sqlx::query!(
            "SELECT audit.sign_in_failed($1, $2, $3, $4, $5, $6)",
            username,
            account,
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

    /// Records that the password was right. Whoever has a second factor, or must have one, gets a half session under the
    /// token given; everybody else is signed in and gets the grant that the new session takes its identity from.
    ///
    /// # Errors
    /// [`AppError::SignedOut`] when the hash is no longer the account's; [`AppError::Unrecorded`] when it cannot be written.
    pub async fn verified(
        &self,
        username: &str,
        account: &[u8],
        password_hash: &str,
        half: Option<(&str, bool)>,
        client: &Client,
    ) -> Result<Verified, AppError> {
        let row = sqlx::query!(
            "SELECT grant_id, step FROM audit.sign_in_verified($1, $2, $3, $4, $5, $6, $7, $8)",
            username,
            account,
            password_hash,
            half.map(|(token, _)| token),
            half.is_some_and(|(_, required)| required),
            client.request_id,
            address(client),
            client.agent,
        )
        .fetch_one(&self.db.pool)
        .await
        .map_err(|error| match AppError::from(error) {
            AppError::Database(error) => AppError::Unrecorded(error),
            about_the_person => about_the_person,
        })?;
        match (row.grant_id, row.step.as_deref().and_then(Step::parse)) {
            (Some(grant), _) => Ok(Verified::SignedIn(grant)),
            (None, Some(step)) => Ok(Verified::Half(step)),
            (None, None) => Err(AppError::Internal("no sign-in grant")),
        }
    }

    /// A sign-in without a second step, as the demo makes its past.
    ///
    /// # Errors
    /// As [`Sessions::verified`]; [`AppError::SignedOut`] for an account with a second factor.
    pub async fn succeeded(
        &self,
        username: &str,
        account: &[u8],
        password_hash: &str,
        client: &Client,
    ) -> Result<Uuid, AppError> {
        match self.verified(username, account, password_hash, None, client).await? {
            Verified::SignedIn(grant) => Ok(grant),
            Verified::Half(_) => Err(AppError::SignedOut),
        }
    }

    /// Makes the session of a grant.
    ///
    /// # Errors
    /// When the grant is spent, older than a minute, or the database is gone.
    pub async fn start(&self, token: &str, grant: Uuid) -> Result<(), AppError> {
        sqlx::query!("SELECT audit.session_start($1, $2)", token, grant).execute(&self.db.pool).await?;
        Ok(())
    }

    /// Who a token belongs to, while its session lives. A request that nobody made at the keyboard does not keep it.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn load(&self, token: &str, attended: bool) -> Result<Option<Identity>, AppError> {
        let mut tx = self.db.pool.begin().await?;
        if !attended {
            sqlx::query!("SELECT set_config('app.unattended', 'on', true)").fetch_one(&mut *tx).await?;
        }
        let row = sqlx::query!(
            "SELECT person_id, role, full_name, theme, shortcuts, organisation, time_zone FROM audit.session_load($1)",
            token
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        let (Some(person_id), Some(role)) = (row.person_id, row.role) else { return Ok(None) };
        Ok(Some(Identity {
            person_id,
            role: Role::parse(&role).ok_or(AppError::Internal("unknown role"))?,
            full_name: row.full_name.unwrap_or_default(),
            theme: row.theme.unwrap_or_default(),
            shortcuts: row.shortcuts.unwrap_or(true),
            organisation: row.organisation.unwrap_or_else(|| "Privacy office".to_owned()),
            time_zone: row.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        }))
    }

    /// The user name a dead session belonged to.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn holder(&self, token: &str) -> Result<Option<String>, AppError> {
        Ok(sqlx::query_scalar!("SELECT audit.session_holder($1)", token).fetch_one(&self.db.pool).await?)
    }

    /// The organisation's name, for the sign-in page; a plain word while the database is gone, so that the form still answers.
    pub async fn organisation(&self) -> String {
        let name = sqlx::query_scalar!("SELECT name FROM portal.organisations").fetch_optional(&self.db.pool).await;
        name.ok().flatten().unwrap_or_else(|| "Privacy office".to_owned())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database is gone.
    pub async fn end(&self, token: &str) -> Result<(), AppError> {
        sqlx::query!("SELECT audit.session_end($1)", token).execute(&self.db.pool).await?;
        Ok(())
    }
}

pub(super) fn address(client: &Client) -> IpNetwork {
    IpNetwork::from(client.ip.unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)))
}
