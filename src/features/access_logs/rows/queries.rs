//! The one statement behind the page and the file. Only the filters that are set stand in it, each as an equality or a
//! range that row-level security lets an index answer; the order, and how many, is the caller's.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::filter::Filter;
use crate::audit::{AuditedTx, compose};
use crate::error::AppError;
use crate::web::paging::FETCH;

/// One access row with what was known of it at its time, and what became of it.
#[derive(Debug, FromRow)]
pub struct AccessRow {
    /// Our id.
    pub id: Uuid,
    /// When.
    pub action_at: DateTime<Utc>,
    /// As whom the source says it was done.
    pub actor_kind: String,
    /// Who held the login at that time.
    pub person_id: Option<Uuid>,
    /// Their name, or the vendor's.
    pub holder: Option<String>,
    /// As the source wrote it.
    pub login: String,
    /// The site's code.
    pub site_code: Option<String>,
    /// The source.
    pub source: String,
    /// The source's own id of the event.
    pub source_event_id: Option<String>,
    /// The patient, as our reference.
    pub patient_id: Option<Uuid>,
    /// The patient's id in the source; for whom it is not shown, a pseudonym that is the same wherever they appear.
    pub patient: Option<String>,
    /// What kind of record.
    pub resource_type: String,
    /// Which; the patient where the source names the record by the patient's own id.
    pub resource: Option<String>,
    /// What was done.
    pub access_type: String,
    /// The purpose that was stated.
    pub access_reason: String,
    /// How it ended.
    pub outcome: String,
    /// From where.
    pub source_ip: Option<sqlx::types::ipnetwork::IpNetwork>,
    /// On what.
    pub device_label: Option<String>,
    /// For whom.
    pub on_behalf_of: Option<String>,
    /// Those of its flags that are signals: they make it suspicious.
    pub signals: Option<String>,
    /// The rules that flagged it, sorted, joined by `;`.
    pub flags: Option<String>,
    /// The case it is evidence of.
    pub case_id: Option<Uuid>,
    /// That case's short number.
    pub case_number: Option<i64>,
    /// That case's state.
    pub review_state: Option<String>,
    /// How it was decided.
    pub disposition: Option<String>,
    /// Why.
    pub reason_code: Option<String>,
    /// By whom.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Whether it counts no more, because its import was withdrawn.
    pub withdrawn: bool,
    /// Whether the local clock said this time twice that night; the earlier is taken.
    pub time_repeated: bool,
    /// Whether it is by somebody whose flags the viewer may not see.
    pub kept: bool,
}

// Every join is an outer one, so that the log itself stays the first table: a plan then walks down its key and stops, or
// streams, instead of sorting the log by way of a smaller table.
// A case of the blind sample looks closed to whom the first decision is not sealed from.
// Whoever asks sees no flag on accesses by themselves, their supervisors or their household, with a case or without one.
const COLUMNS: &str = "SELECT a.id, a.action_at, a.actor_kind, h.person_id, coalesce(p.full_name, v.name) AS holder, l.login, fa.site_code,
       s.name AS source, a.source_event_id, a.patient_id, n.patient, a.resource_type,
       coalesce(a.resource_id, n.patient) AS resource, a.access_type, a.access_reason, a.outcome, a.source_ip, a.device_label, a.on_behalf_of, g.signals, g.flags,
       c.id AS case_id, c.number AS case_number, c.state AS review_state, c.disposition, c.reason_code, c.decided_by, c.decided_at,
       o.access_id IS NOT NULL AS withdrawn, a.time_repeated, q.kept
  FROM portal.access_logs a
  LEFT JOIN portal.sources s ON s.id = a.source_id
  LEFT JOIN portal.ehr_logins l ON l.id = a.login_id
  LEFT JOIN portal.facilities fa ON fa.id = a.facility_id
  LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
  CROSS JOIN LATERAL (
    SELECT coalesce(i.source_patient_id, 'PT-' || upper(right(a.patient_id::text, 12))) AS patient) n
  LEFT JOIN LATERAL (
    SELECT d.person_id, d.vendor_id FROM portal.login_holders d
     WHERE d.login_id = a.login_id AND d.valid_from <= a.action_at AND (d.valid_to IS NULL OR d.valid_to > a.action_at)
     LIMIT 1) h ON true
  LEFT JOIN portal.withdrawn_rows o ON o.access_id = a.id
  LEFT JOIN portal.people p ON p.id = h.person_id
  LEFT JOIN portal.vendors v ON v.id = h.vendor_id
  CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM portal.kept_from('access_flag/r') k
                    WHERE k.person_id = h.person_id AND k.days @> (a.action_at AT TIME ZONE coalesce(fa.time_zone, 'UTC'))::date) AS kept) q
  LEFT JOIN LATERAL (
    SELECT string_agg(f.rule_code, ';' ORDER BY f.rule_code) FILTER (WHERE r.kind = 'signal') AS signals,
           string_agg(f.rule_code, ';' ORDER BY f.rule_code) AS flags
      FROM portal.access_flags f JOIN portal.rules r ON r.code = f.rule_code AND r.version = f.rule_version
     WHERE f.access_id = a.id AND NOT q.kept) g ON true
  LEFT JOIN LATERAL (
    SELECT k.id, k.number, CASE WHEN z.case_id IS NULL THEN k.state ELSE 'closed' END AS state,
           coalesce(k.disposition, z.first_disposition) AS disposition, coalesce(k.reason_code, z.first_reason_code) AS reason_code,
           coalesce(k.decided_by, z.first_by) AS decided_by, CASE WHEN k.disposition IS NULL THEN z.first_at ELSE k.decided_at END AS decided_at
      FROM portal.case_rows e JOIN portal.review_cases k ON k.id = e.case_id
      LEFT JOIN portal.second_reviews z ON z.case_id = k.id AND z.outcome IS NULL AND z.kind = 'blind'
     WHERE e.access_id = a.id
     ORDER BY k.patient_id IS NULL, k.number LIMIT 1) c ON true
 WHERE true";

const SIGNALLED: &str = " AND a.id = ANY (ARRAY(
    SELECT x.access_id FROM portal.access_flags x JOIN portal.rules y ON y.code = x.rule_code AND y.version = x.rule_version
     WHERE y.kind = 'signal')) AND NOT q.kept";
/// The file's order. No limit: the sub-select only keeps the planner from guessing one, so that it begins to stream at
/// once; a sort of the whole log could outlive the minute in which the event opens the tables behind it.
pub const OLDEST_FIRST: &str = " ORDER BY a.id LIMIT (SELECT 9223372036854775807)";

/// The rows a filter leaves, without an order yet.
#[must_use]
pub fn select(filter: &Filter, zone: Tz) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(COLUMNS);
    if let Some(facility) = filter.facility {
        sql.push(" AND a.facility_id = ").push_bind(facility);
    }
    if let Some(patient) = filter.patient {
        sql.push(" AND a.patient_id = ").push_bind(patient);
    }
    match filter.batch {
        Some(batch) => sql.push(" AND a.batch_id = ").push_bind(batch),
        // only a withdrawn import's own list still shows its rows
        None => sql.push(" AND o.access_id IS NULL"),
    };
    if let Some(person) = filter.person {
        sql.push(" AND a.login_id = ANY (ARRAY(SELECT o.login_id FROM portal.login_holders o WHERE o.person_id = ")
            .push_bind(person)
            .push(")) AND h.person_id = ")
            .push_bind(person);
    }
    if let Some(access_type) = filter.access_type {
        sql.push(" AND a.access_type = ").push_bind(access_type.as_str());
    }
    let (first, end) = filter.days.ids(zone);
    if let Some(first) = first {
        sql.push(" AND a.id >= ").push_bind(first);
    }
    if let Some(end) = end {
        sql.push(" AND a.id < ").push_bind(end);
    }
    if let Some(rule) = filter.rule {
        sql.push(" AND NOT q.kept");
        // an array, not a join: flags are few, and each is one look into the key
        sql.push(" AND a.id = ANY (ARRAY(SELECT x.access_id FROM portal.access_flags x WHERE x.rule_code = ")
            .push_bind(rule.as_str())
            .push("))");
    }
    match filter.suspicious {
        Some(true) => sql.push(SIGNALLED),
        Some(false) => sql.push(" AND g.signals IS NULL AND NOT q.kept"),
        None => &mut sql,
    };
    sql
}

/// One page, newest first, and one row more to tell whether another follows.
///
/// # Errors
/// What the database answers.
pub async fn page(tx: &mut AuditedTx<'_>, filter: &Filter, zone: Tz) -> Result<Vec<AccessRow>, AppError> {
    let mut sql = select(filter, zone);
    if let Some(after) = filter.after {
        sql.push(" AND a.id < ").push_bind(after);
    }
    sql.push(" ORDER BY a.id DESC LIMIT ").push_bind(FETCH);
    tx.all(compose(sql)?).await
}

/// The name of a filter's person, if there is one.
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
