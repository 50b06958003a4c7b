//! CSV out, of any size, in constant memory. The event is committed first; the ids of each part are recorded before the
//! part is sent; at the end the typed filter, the number of rows and the file's SHA-256 are kept. A client that leaves,
//! or that does not take a part within a minute, is recorded as aborted.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, LocalBoxStream, Stream};
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Map;
use sqlx::{Acquire as _, FromRow, IntoArguments, PgConnection, Postgres, QueryBuilder};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::actor::Intent;
use super::compose::compose;
use super::door::{Db, open};
use crate::error::AppError;
use crate::policy;

/// Rows per recorded part.
const PART: usize = 1000;
/// How long a slow client may take for one part.
const PATIENCE: Duration = Duration::from_mins(1);

/// One line of an export: the row it shows, and its cells.
pub struct ExportRow {
    /// Our id of the row shown; none for a line about something that is not recorded.
    pub id: Option<Uuid>,
    /// The cells, in the order of the header.
    pub cells: Vec<String>,
}

/// Where an export's query runs: inside the export's own audited transaction.
pub struct RowSource<'c> {
    conn: &'c mut PgConnection,
}

impl<'c> RowSource<'c> {
    /// Streams what `query!` or `query_as!` describes, turned into lines.
    pub fn rows<'q: 'c, F, O, A>(
        self,
        query: Map<'q, Postgres, F, A>,
        line: impl Fn(O) -> ExportRow + 'c,
    ) -> LocalBoxStream<'c, Result<ExportRow, AppError>>
    where
        F: FnMut(PgRow) -> Result<O, sqlx::Error> + Send + 'c,
        O: Send + Unpin + 'c,
        A: 'q + Send + IntoArguments<Postgres>,
    {
        Box::pin(query.fetch(self.conn).map(move |row| row.map(&line).map_err(AppError::from)))
    }
}

/// A statement as `query!` and `query_as!` describe it, to be run later: a page runs it for its part, a file for all of it.
pub type Rows<F> = Map<'static, Postgres, F, PgArguments>;

/// What an export is: its header, its typed filter, and its query.
pub struct Export {
    /// The resource type of the ids shown.
    pub resource_type: &'static str,
    /// The column names.
    pub header: &'static [&'static str],
    /// The filter in typed form: ids, dates and closed words, never text.
    pub filter: serde_json::Value,
    /// Runs the query.
    #[allow(clippy::type_complexity, reason = "a named alias would hide the one thing this is: a query to run later")]
    pub query: Box<dyn for<'c> FnOnce(RowSource<'c>) -> LocalBoxStream<'c, Result<ExportRow, AppError>>>,
}

impl Export {
    /// The file of a statement: each of its rows is a line.
    #[must_use]
    pub fn of<F, O>(
        resource_type: &'static str,
        header: &'static [&'static str],
        filter: serde_json::Value,
        rows: Rows<F>,
        line: impl Fn(O) -> ExportRow + 'static,
    ) -> Self
    where
        F: FnMut(PgRow) -> Result<O, sqlx::Error> + Send + 'static,
        O: Send + Unpin + 'static,
    {
        Self { resource_type, header, filter, query: Box::new(move |source| source.rows(rows, line)) }
    }

    /// The same of a statement that was put together at run time.
    #[must_use]
    pub fn composed<O>(
        resource_type: &'static str,
        header: &'static [&'static str],
        filter: serde_json::Value,
        sql: QueryBuilder<Postgres>,
        line: impl Fn(O) -> ExportRow + 'static,
    ) -> Self
    where
        O: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static,
    {
        Self {
            resource_type,
            header,
            filter,
            query: Box::new(move |source| match compose::<O>(sql) {
                Ok(rows) => source.rows(rows, line),
                Err(error) => stream::once(async { Err(error) }).boxed_local(),
            }),
        }
    }
}

impl Db {
    /// Opens the event and starts the stream. What comes back are the file's bytes.
    ///
    /// # Errors
    /// As [`Db::read`]; once the stream has begun an error ends it and is recorded.
    pub async fn stream(
        &self,
        intent: Intent,
        export: Export,
        encode: fn(&[ExportRow]) -> Vec<u8>,
        header: Vec<u8>,
    ) -> Result<impl Stream<Item = Result<Bytes, AppError>> + use<>, AppError> {
        if !policy::may(intent.role, intent.action) {
            self.refuse(&intent, super::Outcome::AuthzFail, super::Code::RoleLacksAction).await?;
            return Err(AppError::Denied);
        }
        let mut conn = self.exports.acquire().await.map_err(AppError::Unrecorded)?;
        let event = match open(&mut conn, &intent).await {
            Ok(event) => event,
            Err(error) => {
                if !matches!(error, AppError::Unrecorded(_)) {
                    let (outcome, code) = super::door::ending(&error);
                    self.refuse(&intent, outcome, code).await?;
                }
                return Err(error);
            }
        };
        sqlx::query!("SELECT audit.export_started($1, $2, $3)", intent.token, event, export.filter)
            .execute(&self.pool)
            .await
            .map_err(AppError::Unrecorded)?;

        let (sender, receiver) = mpsc::channel::<Result<Bytes, AppError>>(4);
        let db = self.clone();
        actix_web::rt::spawn(async move {
            let mut hash = Sha256::new();
            let mut count = 0_i64;
            let result = async {
                hash.update(&header);
                send(&sender, header).await?;
                let mut tx = conn.begin().await?;
                sqlx::query!("SELECT audit.use_event($1)", event).execute(&mut *tx).await?;
                let rows = (export.query)(RowSource { conn: tx.acquire().await? });
                let mut parts = rows.chunks(PART);
                let mut part = 0_i32;
                while let Some(rows) = parts.next().await {
                    let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
                    let ids: Vec<_> = rows.iter().filter_map(|row| row.id).collect();
                    sqlx::query!(
                        "SELECT audit.shown($1, $2, $3, $4, $5)",
                        intent.token,
                        event,
                        part,
                        export.resource_type,
                        &ids
                    )
                    .execute(&db.pool)
                    .await?;
                    part += 1;
                    let bytes = encode(&rows);
                    let sent = Sha256::clone(&hash).chain_update(&bytes);
                    send(&sender, bytes).await?;
                    hash = sent;
                    count += i64::try_from(rows.len()).unwrap_or(0);
                }
                taken(&sender).await
            }
            .await;
            let ended = match &result {
                Ok(()) => "complete",
                Err(Stop::ClientLeft) => "aborted",
                Err(Stop::Failed(error)) => {
                    tracing::error!(request_id = %intent.client.request_id, %error, "export failed");
                    "failed"
                }
            };
            let digest = hash.finalize();
            let recorded = sqlx::query!(
                "SELECT audit.export_ended($1, $2, $3, $4, $5)",
                intent.token,
                event,
                count,
                &digest[..],
                ended
            )
            .execute(&db.pool)
            .await;
            if let Err(error) = recorded {
                tracing::error!(request_id = %intent.client.request_id, error = %crate::error::describe(&error), "export end not recorded");
            }
            if let Err(Stop::Failed(error)) = result {
                let (outcome, code) = super::door::ending(&error);
                if let Err(error) = db.refuse(&intent, outcome, code).await {
                    tracing::error!(request_id = %intent.client.request_id, %error, "export failure not recorded");
                }
                // the client must not take a cut file for a whole one
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|item| (item, receiver)) }))
    }
}

enum Stop {
    ClientLeft,
    Failed(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Waits until the client has taken every part: a file that nobody took is not complete.
async fn taken(sender: &mpsc::Sender<Result<Bytes, AppError>>) -> Result<(), Stop> {
    match tokio::time::timeout(PATIENCE, sender.reserve_many(sender.max_capacity())).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(Stop::ClientLeft),
    }
}

async fn send(sender: &mpsc::Sender<Result<Bytes, AppError>>, bytes: Vec<u8>) -> Result<(), Stop> {
    match tokio::time::timeout(PATIENCE, sender.send(Ok(Bytes::from(bytes)))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Stop::ClientLeft),
    }
}
