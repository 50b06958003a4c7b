//! A transaction that holds its event. It offers what `query!` and `query_as!` return a way to run, and nothing else:
//! no constructor, no commit, no connection, and it cannot outlive the closure it is lent to.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Map, Query};
use sqlx::{FromRow, IntoArguments, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::error::AppError;
use crate::words::{JobKind, RerunCause};

/// The transaction a closure works in.
pub struct AuditedTx<'c> {
    pub(super) conn: &'c mut PgConnection,
    pub(super) event: Uuid,
    pub(super) token: &'c str,
    pub(super) parts: i32,
}

/// What the page's frame shows: counts and the names of the facilities in scope.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Cases that wait for someone.
    pub open_cases: i64,
    /// Findings that are not closed.
    pub open_findings: i64,
    /// EHR logins that were used while nobody is known to have held them, up to a hundred; none for a role that may not match
    /// them.
    pub unheld_logins: i64,
    /// Questions put to the person that wait for their answer.
    pub open_questions: i64,
    /// The facilities in scope, by name.
    pub facilities: Vec<(Uuid, String)>,
}

impl AuditedTx<'_> {
    /// Every row.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn all<'q, F, O, A>(&mut self, query: Map<'q, Postgres, F, A>) -> Result<Vec<O>, AppError>
    where
        F: FnMut(PgRow) -> Result<O, sqlx::Error> + Send,
        O: Send + Unpin,
        A: 'q + Send + IntoArguments<Postgres>,
    {
        Ok(query.fetch_all(&mut *self.conn).await?)
    }

    /// Exactly one row.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none in scope; else what the database answers.
    pub async fn one<'q, F, O, A>(&mut self, query: Map<'q, Postgres, F, A>) -> Result<O, AppError>
    where
        F: FnMut(PgRow) -> Result<O, sqlx::Error> + Send,
        O: Send + Unpin,
        A: 'q + Send + IntoArguments<Postgres>,
    {
        self.optional(query).await?.ok_or(AppError::NotFound)
    }

    /// One row or none.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn optional<'q, F, O, A>(&mut self, query: Map<'q, Postgres, F, A>) -> Result<Option<O>, AppError>
    where
        F: FnMut(PgRow) -> Result<O, sqlx::Error> + Send,
        O: Send + Unpin,
        A: 'q + Send + IntoArguments<Postgres>,
    {
        Ok(query.fetch_optional(&mut *self.conn).await?)
    }

    /// A statement without rows; how many it changed. An update out of scope changes none: check it.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn run(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<u64, AppError> {
        Ok(query.execute(&mut *self.conn).await?.rows_affected())
    }

    /// Rows of a composed list query: filter × sort × scope is the one place where SQL is put together at run time.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn composed<O>(&mut self, mut query: QueryBuilder<Postgres>) -> Result<Vec<O>, AppError>
    where
        O: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        Ok(query.build_query_as::<O>().fetch_all(&mut *self.conn).await?)
    }

    /// Records which rows this page shows, so that "who has seen X" has an answer.
    ///
    /// # Errors
    /// What the database answers; then nothing is shown.
    pub async fn shown(&mut self, resource_type: &str, ids: &[Uuid]) -> Result<(), AppError> {
        for part in ids.chunks(1000) {
            sqlx::query!(
                "SELECT audit.shown($1, $2, $3, $4, $5)",
                self.token,
                self.event,
                self.parts,
                resource_type,
                part
            )
            .execute(&mut *self.conn)
            .await?;
            self.parts += 1;
        }
        Ok(())
    }

    /// Keeps which post of a form made what; a second post of the same form learns the first one's result.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn made_before(
        &mut self,
        form: &'static str,
        person: Uuid,
        form_key: Uuid,
        result: Uuid,
    ) -> Result<Option<Uuid>, AppError> {
        let kept = sqlx::query!(
            "INSERT INTO portal.form_keys (person_id, form, form_key, result_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            person,
            form,
            form_key,
            result
        )
        .execute(&mut *self.conn)
        .await?;
        if kept.rows_affected() == 1 { Ok(None) } else { self.form_result(form, person, form_key).await }
    }

    /// What an earlier post of this form made.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn form_result(
        &mut self,
        form: &'static str,
        person: Uuid,
        form_key: Uuid,
    ) -> Result<Option<Uuid>, AppError> {
        let row = sqlx::query!(
            "SELECT result_id FROM portal.form_keys WHERE person_id = $1 AND form = $2 AND form_key = $3",
            person,
            form,
            form_key
        )
        .fetch_optional(&mut *self.conn)
        .await?;
        Ok(row.map(|row| row.result_id))
    }

    /// The counts of the page's frame, from the scope of this very event.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn frame(&mut self) -> Result<Frame, AppError> {
        let row = sqlx::query!(
            r#"SELECT open_cases AS "open_cases!", open_findings AS "open_findings!", portal.unheld_logins() AS "unheld_logins!",
                      portal.open_questions() AS "open_questions!",
                      facility_ids AS "facility_ids!", facility_names AS "facility_names!" FROM portal.frame()"#
        )
        .fetch_one(&mut *self.conn)
        .await?;
        Ok(Frame {
            open_cases: row.open_cases,
            open_findings: row.open_findings,
            unheld_logins: row.unheld_logins,
            open_questions: row.open_questions,
            facilities: row.facility_ids.into_iter().zip(row.facility_names).collect(),
        })
    }

    /// Leaves work for the job loop. The jobs table holds ids only; `target` is a row that says what to do.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn enqueue(&mut self, kind: JobKind, target: Uuid, request_id: Uuid) -> Result<(), AppError> {
        sqlx::query!(
            "INSERT INTO portal.jobs (id, kind, target_id, request_id) VALUES ($1, $2, $3, $4)",
            Uuid::now_v7(),
            kind.as_str(),
            target,
            request_id
        )
        .execute(&mut *self.conn)
        .await?;
        Ok(())
    }

    /// Asks for the rules to run again over the rows of these logins in this period, because a fact arrived late. The
    /// action must cover `rule_rerun/a`.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn ask_for_rerun(
        &mut self,
        cause: RerunCause,
        logins: &[Uuid],
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        request_id: Uuid,
    ) -> Result<Uuid, AppError> {
        let id = Uuid::now_v7();
        sqlx::query!(
            "INSERT INTO portal.rule_reruns (id, cause, login_ids, from_at, until_at) VALUES ($1, $2, $3, $4, $5)",
            id,
            cause.as_str(),
            logins,
            from,
            until
        )
        .execute(&mut *self.conn)
        .await?;
        self.enqueue(JobKind::RuleRerun, id, request_id).await?;
        Ok(id)
    }

    /// Which of the person's sessions this is.
    ///
    /// # Errors
    /// What the database answers, without values.
    pub async fn session_id(&mut self) -> Result<Option<Uuid>, AppError> {
        Ok(sqlx::query_scalar!("SELECT audit.session_id($1)", self.token).fetch_one(&mut *self.conn).await?)
    }

    /// The event this transaction works under.
    #[must_use]
    pub const fn event_id(&self) -> Uuid {
        self.event
    }
}
