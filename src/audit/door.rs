//! The audited door for people: read, write, change (read first, then write), and the record of what was refused.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::types::ipnetwork::IpNetwork;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::actor::{Client, Intent};
use super::tx::AuditedTx;
use super::vocabulary::{Code, Outcome};
use crate::error::{AppError, Refusal};
use crate::policy::{self, Action};

/// The application's connections. It logs in as `portal_app`, which can reach nothing without an event.
#[derive(Clone)]
pub struct Db {
    pub(super) pool: PgPool,
    /// Exports stream for long; their own few connections never starve the pages.
    pub(super) exports: PgPool,
}

impl Db {
    /// Prepares the pools; connects when first needed.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn lazy(url: &str, max_connections: u32) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = url.parse()?;
        let options = options.application_name("hipaa-auditor");
        Ok(Self { pool: pool_of(options.clone(), max_connections), exports: pool_of(options, 4) })
    }

    /// One read: the event is committed, then the block runs in a transaction of its own.
    ///
    /// # Errors
    /// Refusals and failures are recorded before they are returned; [`AppError::Unrecorded`] when nothing could be.
    pub async fn read<T>(
        &self,
        intent: Intent,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        self.recorded(&intent, async |conn: &mut PgConnection| {
            let event = open(conn, &intent).await?;
            let mut tx = conn.begin().await?;
            sqlx::query!("SELECT audit.use_event($1)", event).execute(&mut *tx).await?;
            let result = block(&mut AuditedTx { conn: &mut tx, event, token: &intent.token, parts: 0 }).await;
            finish(tx, result).await
        })
        .await
    }

    /// One write: event and change stand or fall together.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn write<T>(
        &self,
        intent: Intent,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        self.recorded(&intent, async |conn: &mut PgConnection| {
            let mut tx = conn.begin().await?;
            let event = open(&mut tx, &intent).await?;
            let result = block(&mut AuditedTx { conn: &mut tx, event, token: &intent.token, parts: 0 }).await;
            finish(tx, result).await
        })
        .await
    }

    /// A write in whose way something may stand that only shows inside: then nothing is changed, the refusal is recorded, and
    /// what stood there is the answer.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn write_unless<O>(
        &self,
        intent: Intent,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<Option<O>, AppError>,
    ) -> Result<Result<(), O>, AppError> {
        let mut obstacle = None;
        let done = self
            .write(intent, async |tx| {
                obstacle = block(tx).await?;
                if obstacle.is_some() { Err(AppError::Invalid(String::new())) } else { Ok(()) }
            })
            .await;
        match (done, obstacle) {
            (Err(AppError::Invalid(_)), Some(obstacle)) => Ok(Err(obstacle)),
            (done, _) => done.map(Ok),
        }
    }

    /// A write that reads first: the read's event is committed, then the write's own stands in the same transaction as
    /// the change. What goes wrong is recorded against the write.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn change<T>(
        &self,
        reads: Intent,
        writes: Intent,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        self.recorded(&writes, async |conn: &mut PgConnection| {
            let read = open(conn, &reads).await?;
            let mut tx = conn.begin().await?;
            sqlx::query!("SELECT audit.use_event($1)", read).execute(&mut *tx).await?;
            let event = open(&mut tx, &writes).await?;
            let result = block(&mut AuditedTx { conn: &mut tx, event, token: &writes.token, parts: 0 }).await;
            finish(tx, result).await
        })
        .await
    }

    /// Records an act that a form check refused before it reached the database.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when the refusal cannot be written.
    pub async fn refuse(&self, intent: &Intent, outcome: Outcome, code: Code) -> Result<(), AppError> {
        self.fail(Some(&intent.token), intent.action, intent.resource_id, outcome, code, &intent.client).await
    }

    /// Records a form that cannot be accepted. Whoever may not do the action at all learns only that.
    ///
    /// # Errors
    /// [`AppError::Denied`] for a role that lacks the action; [`AppError::Unrecorded`] when nothing can be written.
    pub async fn refuse_form(&self, intent: &Intent) -> Result<(), AppError> {
        if !policy::may(intent.role, intent.action) {
            self.refuse(intent, Outcome::AuthzFail, Code::RoleLacksAction).await?;
            return Err(AppError::Denied);
        }
        self.refuse(intent, Outcome::ValidateFail, Code::InvalidInput).await
    }

    /// Records a failure that has no intent: a request refused before it reached a page.
    ///
    /// # Errors
    /// [`AppError::Unrecorded`] when it cannot be written.
    pub async fn refuse_request(
        &self,
        token: Option<&str>,
        outcome: Outcome,
        code: Code,
        client: &Client,
    ) -> Result<(), AppError> {
        self.fail(token, Action::RequestRefuse, Uuid::nil(), outcome, code, client).await
    }

    /// Whether an event could be written right now.
    ///
    /// # Errors
    /// When the database is gone or the trail cannot be written.
    pub async fn ready(&self) -> Result<bool, AppError> {
        let ready =
            sqlx::query_scalar!("SELECT audit.ready()").fetch_one(&self.pool).await.map_err(AppError::Unrecorded)?;
        Ok(ready.unwrap_or(false))
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
        self.exports.close().await;
    }

    /// Checks the role, runs the work, and leaves the event of whatever went wrong.
    async fn recorded<T>(
        &self,
        intent: &Intent,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let result = if policy::may(intent.role, intent.action) {
            let mut conn = self.pool.acquire().await.map_err(AppError::Unrecorded)?;
            work(&mut conn).await
        } else {
            Err(AppError::Denied)
        };
        match result {
            Ok(value) => Ok(value),
            Err(error @ AppError::Unrecorded(_)) => Err(error),
            Err(error) => {
                let (outcome, code) = ending(&error);
                self.refuse(intent, outcome, code).await?;
                Err(error)
            }
        }
    }

    pub(super) async fn fail(
        &self,
        token: Option<&str>,
        action: Action,
        resource_id: Uuid,
        outcome: Outcome,
        code: Code,
        client: &Client,
    ) -> Result<(), AppError> {
        sqlx::query_scalar!(
            "SELECT audit.fail($1, $2, $3, $4, $5, $6, $7, $8)",
            token,
            action.name(),
            resource_id,
            outcome.as_str(),
            code.as_str(),
            client.request_id,
            client.ip.map(IpNetwork::from),
            client.agent,
        )
        .fetch_one(&self.pool)
        .await
        .map_err(AppError::Unrecorded)?;
        client.failure_recorded.store(true, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}

/// Declares the intent on this connection. An answer that is not about the person means the event was not written.
pub(super) async fn open(conn: &mut PgConnection, intent: &Intent) -> Result<Uuid, AppError> {
    let event = sqlx::query_scalar!(
        "SELECT audit.open($1, $2, $3, $4, $5, $6)",
        intent.token,
        intent.action.name(),
        intent.resource_id,
        intent.client.request_id,
        intent.client.ip.map(IpNetwork::from),
        intent.client.agent,
    )
    .fetch_one(conn)
    .await
    .map_err(|error| match AppError::from(error) {
        AppError::Database(error) => AppError::Unrecorded(error),
        about_the_person => about_the_person,
    })?;
    event.ok_or(AppError::Internal("audit.open returned nothing"))
}

async fn finish<T>(tx: sqlx::Transaction<'_, sqlx::Postgres>, result: Result<T, AppError>) -> Result<T, AppError> {
    match result {
        Ok(value) => {
            tx.commit().await?;
            Ok(value)
        }
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

/// How the trail tells an error.
pub(super) fn ending(error: &AppError) -> (Outcome, Code) {
    match error {
        AppError::SignedOut => (Outcome::AuthFail, Code::NoSession),
        AppError::Denied => (Outcome::AuthzFail, Code::RoleLacksAction),
        AppError::NotFound => (Outcome::AuthzFail, Code::NotInScope),
        AppError::CrossSite => (Outcome::AuthzFail, Code::CrossSite),
        AppError::Invalid(_) => (Outcome::ValidateFail, Code::InvalidInput),
        AppError::Conflict => (Outcome::ValidateFail, Code::Conflict),
        AppError::TooLarge => (Outcome::ValidateFail, Code::TooLarge),
        AppError::Refused(refusal) => refused(*refusal),
        AppError::Throttled(_) => (Outcome::AuthFail, Code::Throttled),
        AppError::Unrecorded(_) | AppError::Database(_) => (Outcome::Error, Code::DatabaseError),
        AppError::Internal(_) => (Outcome::Error, Code::InternalError),
    }
}

/// How the trail tells a refusal of accounts.
pub(crate) const fn refused(refusal: Refusal) -> (Outcome, Code) {
    match refusal {
        Refusal::WrongPassword => (Outcome::AuthFail, Code::BadCredentials),
        Refusal::WrongCode => (Outcome::AuthFail, Code::BadCode),
        Refusal::WeakPassword => (Outcome::ValidateFail, Code::WeakPassword),
        Refusal::SecondPerson => (Outcome::AuthzFail, Code::SecondPersonNeeded),
        Refusal::Expired => (Outcome::ValidateFail, Code::RequestExpired),
        Refusal::LastAdministrator => (Outcome::ValidateFail, Code::LastAdministrator),
        Refusal::Conflicted(_) => (Outcome::AuthzFail, Code::ConflictOfInterest),
    }
}

/// A pool whose connections come back clean: no ticket, no claim, no cursor survives its request. The gate's functions
/// make every plan look dear enough to compile, which takes seconds where the statement takes milliseconds.
pub(super) fn pool_of(options: PgConnectOptions, max_connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .after_release(|conn, _| {
            Box::pin(async move {
                conn.execute("CLOSE ALL; SELECT audit.release()").await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options.options([("jit", "off")]))
}
