//! List queries put together at run time: filter × sort × scope. The statement holds only the filters that are set, so
//! that each combination gets the plan it deserves; the same builder feeds a page and its file.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Map;
use sqlx::{Execute as _, FromRow, Postgres, QueryBuilder};

use crate::error::AppError;

/// A composed query as `AuditedTx::all` and `RowSource::rows` take it.
///
/// It is not kept prepared: combinations are many, and would push the everyday statements out of the cache.
///
/// # Errors
/// When a bound value cannot be encoded, which means a bug.
#[allow(clippy::type_complexity, reason = "the type is sqlx's own, spelled out once here")]
pub fn compose<O>(
    mut builder: QueryBuilder<Postgres>,
) -> Result<Map<'static, Postgres, impl FnMut(PgRow) -> Result<O, sqlx::Error> + Send, PgArguments>, AppError>
where
    O: for<'r> FromRow<'r, PgRow> + Unpin,
{
    let mut query = builder.build();
    let arguments =
        query.take_arguments().map_err(|_| AppError::Internal("a composed query's value cannot be encoded"))?;
    let sql = query.sql();
    Ok(sqlx::query_with(sql, arguments.unwrap_or_default()).persistent(false).try_map(|row: PgRow| O::from_row(&row)))
}
