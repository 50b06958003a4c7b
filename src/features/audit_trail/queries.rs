//! The one statement behind the page and the file. Only the filters that are set stand in it, so that each finds its
//! index: by target, by actor, by action, by request, or by time alone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::types::ipnetwork::IpNetwork;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::filter::Filter;
use crate::audit::{AuditedTx, compose};
use crate::error::AppError;
use crate::web::paging::FETCH;

/// One event.
#[allow(clippy::struct_field_names, reason = "the names are the trail's columns")]
#[derive(Debug, FromRow)]
pub struct Event {
    /// Its id, in the order of time.
    pub event_id: Uuid,
    /// When.
    pub event_time: DateTime<Utc>,
    /// Who; nobody when the program or a stranger.
    pub actor_id: Option<Uuid>,
    /// `user`, `system` or `admin`.
    pub actor_type: String,
    /// The verb-noun.
    pub action: String,
    /// On what kind of thing.
    pub resource_type: String,
    /// On which; the nil id stands for a list as a whole.
    pub resource_id: Uuid,
    /// How it ended.
    pub outcome: String,
    /// Why, when not well.
    pub outcome_code: Option<String>,
    /// In which request.
    pub request_id: Uuid,
    /// From where.
    pub ip_address: Option<IpNetwork>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// The actor's name, where the reader may know it.
    pub actor_name: Option<String>,
}

/// The events a filter leaves, newest first once [`NEWEST_FIRST`] is added.
#[must_use]
pub fn select(filter: &Filter, zone: Tz) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "SELECT e.event_id, e.event_time, e.actor_id, e.actor_type, e.action, e.resource_type, e.resource_id, e.outcome,
                e.outcome_code, e.request_id, e.ip_address, e.user_agent, p.full_name AS actor_name
           FROM audit.events e LEFT JOIN portal.people p ON p.id = e.actor_id
          WHERE true",
    );
    if let Some(actor) = filter.actor {
        sql.push(" AND e.actor_id = ").push_bind(actor);
    }
    if let Some(action) = filter.action {
        sql.push(" AND e.action = ").push_bind(action);
    }
    if let Some(resource_type) = filter.resource_type {
        sql.push(" AND e.resource_type = ").push_bind(resource_type);
    }
    if let Some(target) = filter.target {
        sql.push(" AND e.resource_id = ").push_bind(target);
        if filter.resource_type.is_none() {
            // the index begins with the kind: naming every kind keeps it useful
            sql.push(" AND e.resource_type = ANY (").push_bind(super::filter::resource_types()).push(")");
        }
    }
    if let Some(outcome) = filter.outcome {
        sql.push(" AND e.outcome = ").push_bind(outcome);
    }
    if let Some(request) = filter.request {
        sql.push(" AND e.request_id = ").push_bind(request);
    }
    let (first, end) = filter.days.ids(zone);
    if let Some(first) = first {
        sql.push(" AND e.event_id >= ").push_bind(first);
    }
    if let Some(end) = end {
        sql.push(" AND e.event_id < ").push_bind(end);
    }
    sql
}

/// The order of page and file.
pub const NEWEST_FIRST: &str = " ORDER BY e.event_id DESC";
/// All of it, for the file. No limit: the sub-select only keeps the planner from guessing one, so that it walks down the
/// key and streams at once instead of sorting the trail first.
pub const ALL_OF_IT: &str = " LIMIT (SELECT 9223372036854775807)";

/// One page, and one event more to tell whether another follows.
///
/// # Errors
/// What the database answers.
pub async fn page(tx: &mut AuditedTx<'_>, filter: &Filter, zone: Tz) -> Result<Vec<Event>, AppError> {
    let mut sql = select(filter, zone);
    if let Some(after) = filter.after {
        sql.push(" AND e.event_id < ").push_bind(after);
    }
    sql.push(NEWEST_FIRST).push(" LIMIT ").push_bind(FETCH);
    tx.all(compose(sql)?).await
}

/// The name of the filter's person, where the reader may know it.
///
/// # Errors
/// What the database answers.
pub async fn person_name(tx: &mut AuditedTx<'_>, person: Option<Uuid>) -> Result<Option<String>, AppError> {
    match person {
        Some(id) => {
            let row = tx.optional(sqlx::query!("SELECT full_name FROM portal.people WHERE id = $1", id)).await?;
            Ok(row.map(|row| row.full_name))
        }
        None => Ok(None),
    }
}
