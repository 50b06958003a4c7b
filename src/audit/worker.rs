//! The door for the program's own work: imports, rules, partitions, the command line. It logs in as `portal_worker`,
//! may declare only system actions, and leaves events whose actor is the system.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::types::ipnetwork::IpNetwork;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::door::{ending, pool_of};
use super::tx::AuditedTx;
use crate::error::AppError;
use crate::policy::Action;
use crate::words::JobKind;

/// The worker's connections.
#[derive(Clone)]
pub struct Worker {
    pool: PgPool,
}

/// A chunk of rows in Postgres' COPY text format, on its way to staging.
pub struct StagedChunk<'a> {
    /// The table and columns to copy into: a constant of the code, never input.
    pub copy: &'static str,
    /// The rows.
    pub bytes: &'a [u8],
}

impl Worker {
    /// Prepares the pool; connects when first needed.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn lazy(url: &str, max_connections: u32) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = url.parse()?;
        Ok(Self { pool: pool_of(options.application_name("hipaa-auditor-worker"), max_connections) })
    }

    /// One read under a system event, committed first.
    ///
    /// # Errors
    /// What the database answers; a failure leaves its event.
    pub async fn read<T>(
        &self,
        action: Action,
        target: Uuid,
        request_id: Uuid,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let result = async {
            let mut conn = self.pool.acquire().await.map_err(AppError::Unrecorded)?;
            let event = open_system(&mut conn, action, target, request_id).await?;
            let mut tx = conn.begin().await?;
            sqlx::query!("SELECT audit.use_event($1)", event).execute(&mut *tx).await?;
            let value = block(&mut AuditedTx { conn: &mut tx, event, token: "", parts: 0 }).await?;
            tx.commit().await?;
            Ok(value)
        }
        .await;
        self.noted(action, target, request_id, result).await
    }

    /// One write under a system event in its own transaction, reading under another that was committed before it.
    /// A chunk for staging is copied in first, in the same transaction.
    ///
    /// # Errors
    /// What the database answers; then nothing of it stands but the event that says so.
    pub async fn change<T>(
        &self,
        reads: Option<Action>,
        writes: Action,
        target: Uuid,
        request_id: Uuid,
        staged: Option<StagedChunk<'_>>,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let result = self.change_once(reads, writes, target, request_id, staged, block).await;
        self.noted(writes, target, request_id, result).await
    }

    async fn change_once<T>(
        &self,
        reads: Option<Action>,
        writes: Action,
        target: Uuid,
        request_id: Uuid,
        staged: Option<StagedChunk<'_>>,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let mut conn = self.pool.acquire().await.map_err(AppError::Unrecorded)?;
        let read = match reads {
            Some(action) => Some(open_system(&mut conn, action, target, request_id).await?),
            None => None,
        };
        let mut tx = conn.begin().await?;
        if let Some(event) = read {
            sqlx::query!("SELECT audit.use_event($1)", event).execute(&mut *tx).await?;
        }
        let event = open_system(&mut tx, writes, target, request_id).await?;
        if let Some(chunk) = staged {
            let mut copy = tx.copy_in_raw(chunk.copy).await?;
            copy.send(chunk.bytes).await?;
            copy.finish().await?;
        }
        let value = block(&mut AuditedTx { conn: &mut tx, event, token: "", parts: 0 }).await?;
        tx.commit().await?;
        Ok(value)
    }

    /// One write under a system event that may find itself done by somebody else: a block that changed nothing says so, and
    /// then its event does not stand either. A write's event opens nothing to read, so nobody has seen anything by it.
    ///
    /// # Errors
    /// As [`Worker::change`].
    pub async fn change_if_due(
        &self,
        writes: Action,
        target: Uuid,
        request_id: Uuid,
        block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<bool, AppError>,
    ) -> Result<bool, AppError> {
        let result = async {
            let mut conn = self.pool.acquire().await.map_err(AppError::Unrecorded)?;
            let mut tx = conn.begin().await?;
            let event = open_system(&mut tx, writes, target, request_id).await?;
            let changed = block(&mut AuditedTx { conn: &mut tx, event, token: "", parts: 0 }).await?;
            if changed {
                tx.commit().await?;
            } else {
                tx.rollback().await?;
            }
            Ok(changed)
        }
        .await;
        self.noted(writes, target, request_id, result).await
    }

    /// Leaves the event of work that failed. Work whose failure cannot be recorded either has failed all the same.
    async fn noted<T>(
        &self,
        action: Action,
        target: Uuid,
        request_id: Uuid,
        result: Result<T, AppError>,
    ) -> Result<T, AppError> {
        let Err(error) = &result else { return result };
        let (outcome, code) = ending(error);
        let noted = sqlx::query_scalar!(
            "SELECT audit.fail($1, $2, $3, $4, $5, $6, $7, $8)",
            None::<&str>,
            action.name(),
            target,
            outcome.as_str(),
            code.as_str(),
            request_id,
            None::<IpNetwork>,
            None::<&str>,
        )
        .fetch_one(&self.pool)
        .await;
        if let Err(cause) = noted {
            tracing::error!(action = action.name(), %cause, "a failure of the program's own work is not recorded");
        }
        result
    }

    /// Waits until nobody else has this turn, in this program or another, and takes it; the number after `key` is its door.
    /// The turn hangs on a connection of
    /// its own, outside the pool, so that it ends with whoever held it, and nobody waits for a connection while holding one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn turn(&self, key: i64) -> Result<Turn, AppError> {
        let mut conn = PgConnection::connect_with(&self.pool.connect_options()).await.map_err(AppError::Unrecorded)?;
        // one stands at the door, the others behind it: whoever just had the turn comes after whoever stood there
        let door = key.wrapping_add(1);
        wait_for(&mut conn, door).await?;
        wait_for(&mut conn, key).await?;
        sqlx::query_scalar!("SELECT pg_advisory_unlock($1)", door).fetch_one(&mut conn).await?;
        Ok(Turn { conn })
    }

    /// The jobs table holds ids only and has no gate: polling it every second leaves no event.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn claim_job(&self) -> Result<Option<Job>, AppError> {
        Ok(sqlx::query_as!(
            Job,
            "UPDATE portal.jobs SET state = 'running', attempts = attempts + 1, locked_at = clock_timestamp(), updated_at = clock_timestamp()
              WHERE id = (SELECT id FROM portal.jobs
                           WHERE (state = 'waiting' AND run_at <= clock_timestamp())
                              OR (state = 'running' AND locked_at < clock_timestamp() - interval '2 minutes' AND attempts < 5)
                           ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING id, kind, target_id, request_id, attempts"
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Requests for an account that are due to be deleted: ids only, as of the jobs that wait.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn sign_ups_to_purge(&self, limit: i32) -> Result<Vec<Uuid>, AppError> {
        let due = sqlx::query_scalar!(r#"SELECT id AS "id!" FROM portal.sign_ups_to_purge($1) AS id"#, limit)
            .fetch_all(&self.pool)
            .await?;
        Ok(due)
    }

    /// Open questions that nobody answered in time and that are not marked yet: ids only, as of the jobs that wait.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn questions_to_mark(&self, limit: i32) -> Result<Vec<Uuid>, AppError> {
        let due = sqlx::query_scalar!(r#"SELECT id AS "id!" FROM portal.questions_to_mark($1) AS id"#, limit)
            .fetch_all(&self.pool)
            .await?;
        Ok(due)
    }

    /// Whether the database answers at all: what a failure is to be blamed on.
    pub async fn answers(&self) -> bool {
        sqlx::query!("SELECT 1 AS one").fetch_one(&self.pool).await.is_ok()
    }

    /// Says that a running job still runs.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn touch_job(&self, id: Uuid) -> Result<(), AppError> {
        sqlx::query!("UPDATE portal.jobs SET locked_at = clock_timestamp() WHERE id = $1", id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Jobs of a kind that nobody takes up any more: their process died as often as a job is begun.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn lost_jobs(&self, kind: JobKind) -> Result<Vec<Job>, AppError> {
        Ok(sqlx::query_as!(
            Job,
            "SELECT id, kind, target_id, request_id, attempts FROM portal.jobs
              WHERE kind = $1 AND state = 'running' AND attempts >= 5 AND locked_at < clock_timestamp() - interval '2 minutes'",
            kind.as_str()
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Gives a job back that was begun and not done, as at a stop: that is no attempt.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn give_job_back(&self, id: Uuid) -> Result<(), AppError> {
        sqlx::query!(
            "UPDATE portal.jobs SET state = 'waiting', attempts = greatest(attempts - 1, 0), updated_at = clock_timestamp() WHERE id = $1",
            id
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends a job: `done` or `failed`.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn end_job(&self, id: Uuid, state: &str) -> Result<(), AppError> {
        sqlx::query!("UPDATE portal.jobs SET state = $2, updated_at = clock_timestamp() WHERE id = $1", id, state)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Puts a job back that met an error that may pass: later each time, within the hour.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn put_job_off(&self, id: Uuid) -> Result<(), AppError> {
        sqlx::query!(
            "UPDATE portal.jobs SET state = 'waiting', updated_at = clock_timestamp(),
                    run_at = clock_timestamp() + least(interval '1 hour', interval '2 seconds' * power(4, least(attempts, 10) - 1))
              WHERE id = $1",
            id
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Adds the partitions of a month, if they are missing. Leaves its event only when it made something.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn make_partitions(&self, month: chrono::NaiveDate, request_id: Uuid) -> Result<(), AppError> {
        let mut conn = self.pool.acquire().await.map_err(AppError::Unrecorded)?;
        let mut tx = conn.begin().await?;
        let made = sqlx::query_scalar!("SELECT audit.make_partitions($1)", month).fetch_one(&mut *tx).await?;
        if made.unwrap_or(0) > 0 {
            open_system(&mut tx, Action::PartitionCreate, Uuid::nil(), request_id).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// How often a turn is asked for.
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// Asks rather than waits in the server: a statement that waits there keeps what is dead from being cleaned away.
async fn wait_for(conn: &mut PgConnection, key: i64) -> Result<(), AppError> {
    while !sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "taken!""#, key).fetch_one(&mut *conn).await? {
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    Ok(())
}

/// A turn that was taken. Dropping it ends it, too, as soon as the server sees that the connection is gone.
pub struct Turn {
    conn: PgConnection,
}

impl Turn {
    /// Gives the turn to the next.
    pub async fn end(self) {
        if let Err(cause) = self.conn.close().await {
            tracing::warn!(%cause, "the end of a turn was not said; it ends with its connection");
        }
    }
}

/// Work that waits in the jobs table.
#[derive(Debug)]
pub struct Job {
    /// The job's own id.
    pub id: Uuid,
    /// What to do.
    pub kind: String,
    /// With which row.
    pub target_id: Uuid,
    /// The request of the person who asked for it; the job's events carry it.
    pub request_id: Uuid,
    /// How often it was begun, this time included.
    pub attempts: i32,
}

/// How often a job is begun that meets errors of the database.
const ATTEMPTS: i32 = 5;

impl Job {
    /// Whether to try once more: the database refused or did not answer, and that may pass.
    #[must_use]
    pub const fn again(&self, error: &AppError) -> bool {
        self.attempts < ATTEMPTS && matches!(error, AppError::Database(_) | AppError::Unrecorded(_))
    }
}

async fn open_system(
    conn: &mut PgConnection,
    action: Action,
    target: Uuid,
    request_id: Uuid,
) -> Result<Uuid, AppError> {
    let event = sqlx::query_scalar!("SELECT audit.open_system($1, $2, $3)", action.name(), target, request_id)
        .fetch_one(conn)
        .await
        .map_err(AppError::Unrecorded)?;
    event.ok_or(AppError::Internal("audit.open_system returned nothing"))
}
