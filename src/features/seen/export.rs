//! `/audit/seen/{resource}/{id}.csv`: everything the page says of its days, newest first.

use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};

use super::model::How;
use super::queries::Look;
use crate::audit::{Export, ExportRow};
use crate::web::csv::{cell, instant};

const HEADER: &[&str] =
    &["event_id", "event_time", "actor_id", "actor", "how", "action", "request_id", "ip_address", "user_agent"];

/// The file of a statement.
#[must_use]
pub fn export(sql: QueryBuilder<Postgres>, filter: Value) -> Export {
    Export::composed::<Look>("audit_event", HEADER, filter, sql, line)
}

fn line(look: Look) -> ExportRow {
    let how = How::of(&look.action, look.itself).word().to_owned();
    let cells = vec![
        look.event_id.to_string(),
        instant(look.event_time),
        cell(look.actor_id),
        cell(look.actor_name),
        how,
        look.action,
        look.request_id.to_string(),
        cell(look.ip_address.map(|address| address.ip())),
        cell(look.user_agent),
    ];
    ExportRow { id: Some(look.event_id), cells }
}
