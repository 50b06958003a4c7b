//! The access rows of a patient or of a person: one statement behind the page and its file. Rows are found and paged by their
//! time-ordered id, beside the patient or the login in one index, so that a page deep in the past costs what the first one does.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::super::filter::Period;
use super::HeldLogin;
use crate::audit::{AuditedTx, compose};
use crate::error::AppError;
use crate::web::filters::lowest_id;
use crate::web::paging::FETCH;

/// One access row, with who held the login then, as what, and the case it is evidence of.
#[derive(Debug, FromRow)]
pub struct AccessRow {
    pub id: Uuid,
    pub action_at: DateTime<Utc>,
    pub actor_kind: String,
    pub access_type: String,
    pub resource_type: String,
    pub resource_id: Option<String>,
    pub access_reason: String,
    pub outcome: String,
    pub source_ip: Option<sqlx::types::ipnetwork::IpNetwork>,
    pub device_label: Option<String>,
    pub source_event_id: Option<String>,
    pub source: Option<String>,
    pub login: String,
    pub person_id: Option<Uuid>,
    pub full_name: Option<String>,
    pub vendor_name: Option<String>,
    pub job_role: Option<String>,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub site_code: Option<String>,
    pub case_id: Option<Uuid>,
    pub case_number: Option<i64>,
    pub review_state: Option<String>,
    pub disposition: Option<String>,
}

/// Whose rows.
#[derive(Debug, Clone)]
pub enum Of {
    /// Everybody's on a patient.
    Patient(Uuid),
    /// A person's: each login while they held it.
    Person(Vec<Held>),
}

/// A login while a person held it, as far as a period reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    login: Uuid,
    first: Uuid,
    end: Uuid,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// The parts of a period in which a person held each of their logins. An id holds milliseconds, so that the row at the very end
/// is left to the exact times.
#[must_use]
pub fn held(logins: &[HeldLogin], period: &Period) -> Vec<Held> {
    let parts = logins.iter().map(|login| {
        let until = login.valid_to.map(|at| lowest_id(at + chrono::TimeDelta::milliseconds(1)));
        Held {
            login: login.login_id,
            first: lowest_id(login.valid_from).max(period.first),
            end: until.unwrap_or(Uuid::max()).min(period.end),
            from: login.valid_from,
            until: login.valid_to,
        }
    });
    parts.filter(|part| part.first < part.end).collect()
}

// Every join is an outer one, so that the rows stay the first table and keep their order. A case of the blind sample looks closed
// to whom the first decision is not sealed from.
const COLUMNS: &str = "SELECT a.id, a.action_at, a.actor_kind, a.access_type, a.resource_type, a.resource_id, a.access_reason, a.outcome, a.source_ip,
       a.device_label, a.source_event_id, s.name AS source, coalesce(l.login, '') AS login, h.person_id, p.full_name, v.name AS vendor_name,
       e.job_role, a.patient_id, i.source_patient_id, f.site_code, k.id AS case_id, k.number AS case_number, k.state AS review_state,
       k.disposition
  FROM ";
const JOINS: &str = " a
  LEFT JOIN portal.sources s ON s.id = a.source_id
  LEFT JOIN portal.ehr_logins l ON l.id = a.login_id
  LEFT JOIN LATERAL (SELECT d.person_id, d.vendor_id FROM portal.login_holders d
                      WHERE d.login_id = a.login_id AND d.valid_from <= a.action_at AND (d.valid_to IS NULL OR d.valid_to > a.action_at)
                      LIMIT 1) h ON true
  LEFT JOIN portal.people p ON p.id = h.person_id
  LEFT JOIN portal.vendors v ON v.id = h.vendor_id
  LEFT JOIN portal.facilities f ON f.id = a.facility_id
  LEFT JOIN LATERAL (SELECT x.job_role FROM portal.employment_periods x
                      WHERE x.person_id = h.person_id AND x.superseded_at IS NULL
                        AND x.starts_on <= (a.action_at AT TIME ZONE coalesce(f.time_zone, 'UTC'))::date
                      ORDER BY x.starts_on DESC LIMIT 1) e ON true
  LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
  LEFT JOIN LATERAL (
    SELECT c.id, c.number, CASE WHEN z.case_id IS NULL THEN c.state ELSE 'closed' END AS state,
           coalesce(c.disposition, z.first_disposition) AS disposition
      FROM portal.case_rows r JOIN portal.review_cases c ON c.id = r.case_id
      LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
     WHERE r.access_id = a.id ORDER BY c.patient_id NULLS LAST, c.number LIMIT 1) k ON true";

/// The rows of a period, without an order yet; of a person with a limit, no login gives more than that.
fn select(of: &Of, period: &Period, limit: Option<i64>) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(COLUMNS);
    match of {
        Of::Patient(patient) => {
            sql.push("(SELECT x.* FROM portal.access_logs x WHERE x.patient_id = ").push_bind(*patient);
            sql.push(" AND x.id >= ").push_bind(period.first).push(" AND x.id < ").push_bind(period.end);
        }
        Of::Person(held) => {
            let column = |of: fn(&Held) -> Uuid| held.iter().map(of).collect::<Vec<_>>();
            sql.push("(SELECT x.* FROM unnest(").push_bind(column(|part| part.login));
            sql.push(", ").push_bind(column(|part| part.first));
            sql.push(", ").push_bind(column(|part| part.end));
            sql.push(", ").push_bind(held.iter().map(|part| part.from).collect::<Vec<_>>());
            sql.push(", ").push_bind(held.iter().map(|part| part.until).collect::<Vec<_>>());
            sql.push(") AS t(login_id, first, past, from_at, until_at) CROSS JOIN LATERAL (");
            sql.push("SELECT x.* FROM portal.access_logs x WHERE x.login_id = t.login_id AND x.id >= t.first AND x.id < t.past");
            sql.push(" AND x.action_at >= t.from_at AND (t.until_at IS NULL OR x.action_at < t.until_at)");
        }
    }
    sql.push(" AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = x.id)");
    if let Some(limit) = limit {
        sql.push(" ORDER BY x.id DESC LIMIT ").push_bind(limit);
    }
    sql.push(if matches!(of, Of::Person(_)) { ") x)" } else { ")" });
    sql.push(JOINS);
    sql
}

/// A page of the rows, newest first, one longer than the page so that it says whether more follow.
///
/// # Errors
/// What the database answers.
pub async fn page(
    tx: &mut AuditedTx<'_>,
    of: &Of,
    period: &Period,
    after: Option<Uuid>,
) -> Result<Vec<AccessRow>, AppError> {
    let end = after.map_or(period.end, |after| after.min(period.end));
    let of = match of {
        Of::Person(held) => {
            let upto = held.iter().map(|part| Held { end: part.end.min(end), ..*part });
            Of::Person(upto.filter(|part| part.first < part.end).collect())
        }
        Of::Patient(_) => of.clone(),
    };
    let mut sql = select(&of, &Period { end, ..*period }, Some(FETCH));
    sql.push(" ORDER BY a.id DESC LIMIT ").push_bind(FETCH);
    tx.all(compose(sql)?).await
}

/// All of them, oldest first. No limit: the sub-select only keeps the planner from guessing one.
#[must_use]
pub fn file(of: &Of, period: &Period) -> QueryBuilder<Postgres> {
    let mut sql = select(of, period, None);
    sql.push(" ORDER BY a.id LIMIT (SELECT 9223372036854775807)");
    sql
}

#[cfg(test)]
mod tests {
    use super::super::super::filter::Period;
    use super::super::HeldLogin;
    use super::{held, lowest_id};
    use chrono::{DateTime, Utc};
    use uuid::Uuid;

    #[test]
    fn a_login_counts_while_it_was_held_and_as_far_as_the_period_reaches() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let login = |from: &str, to: Option<&str>| HeldLogin {
            login_id: Uuid::nil(),
            login: String::new(),
            valid_from: at(from),
            valid_to: to.map(at),
        };
        let (first, end) = (lowest_id(at("2026-03-01T00:00:00Z")), lowest_id(at("2026-04-01T00:00:00Z")));
        let period = Period { first_day: None, last_day: None, first, end };
        let logins = [
            login("2020-01-01T00:00:00Z", None),
            login("2026-03-10T00:00:00Z", Some("2026-03-20T00:00:00.0005Z")),
            login("2020-01-01T00:00:00Z", Some("2026-02-28T23:59:59Z")),
            login("2026-04-01T00:00:00Z", None),
        ];
        let parts: Vec<_> = held(&logins, &period).into_iter().map(|part| (part.first, part.end)).collect();
        let (began, ended) = (lowest_id(at("2026-03-10T00:00:00Z")), lowest_id(at("2026-03-20T00:00:00.001Z")));
        assert_eq!(parts, [(first, end), (began, ended)]);
    }
}
