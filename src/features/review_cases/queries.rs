//! The queue's SQL. The list is composed (filter × sort × cursor); everything else is checked at compile time.

pub mod asked;
pub mod context;
pub mod decide;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::filter::{Assignee, Filter, Sort, View};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::FETCH;

/// What is still to be decided.
const UNDECIDED: &str =
    "c.withdrawn_at IS NULL AND c.state IN ('unassigned', 'assigned', 'in_review', 'awaiting_answer')";

/// Whose a case is; of one that looks closed, whose it was.
const ASSIGNED: &str = "coalesce(c.assigned_to, (SELECT y.first_assigned FROM portal.second_reviews y
    WHERE y.case_id = c.id AND y.outcome IS NULL AND y.kind = 'blind'))";
/// Without the blind cases that look closed to the reader.
const NOT_LOOKING_CLOSED: &str = " AND NOT EXISTS (SELECT 1 FROM portal.second_reviews y
    WHERE y.case_id = c.id AND y.outcome IS NULL AND y.kind = 'blind')";

/// One line of the queue, and the head of one case.
#[derive(Debug, Clone, FromRow)]
pub struct CaseRow {
    pub id: Uuid,
    pub number: i64,
    pub state: String,
    pub risk: String,
    pub risk_rank: i16,
    pub version: i32,
    pub local_day: NaiveDate,
    pub first_action_at: DateTime<Utc>,
    pub last_action_at: DateTime<Utc>,
    pub row_count: i32,
    pub access_type: String,
    pub resource_type: String,
    pub disposition: Option<String>,
    pub reason_code: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by: Option<Uuid>,
    pub decided_by_name: Option<String>,
    pub assigned_to: Option<Uuid>,
    pub assigned_to_name: Option<String>,
    pub person_id: Option<Uuid>,
    pub full_name: Option<String>,
    pub job_role: Option<String>,
    pub vendor_name: Option<String>,
    pub login: String,
    pub login_id: Uuid,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub facility_name: Option<String>,
    pub site_code: Option<String>,
    pub time_zone: Option<String>,
    pub flags: serde_json::Value,
}

// A case of the blind sample looks closed, with its decision, to whom that is not sealed from; the others find `z` empty, and
// the case without a decision.
const COLUMNS: &str = "SELECT c.id, c.number, CASE WHEN z.case_id IS NULL THEN c.state ELSE 'closed' END AS state, c.risk, c.risk_rank, c.version, c.local_day, c.first_action_at, c.last_action_at,
       c.row_count, c.access_type, c.resource_type, coalesce(c.disposition, z.first_disposition) AS disposition,
       coalesce(c.reason_code, z.first_reason_code) AS reason_code,
       CASE WHEN c.disposition IS NULL THEN z.first_at ELSE c.decided_at END AS decided_at, coalesce(c.decided_by, z.first_by) AS decided_by,
       -- one look by its key for each line; joined, everybody is read for each
       (SELECT d.full_name FROM portal.people d WHERE d.id = coalesce(c.decided_by, z.first_by)) AS decided_by_name,
       coalesce(c.assigned_to, z.first_assigned) AS assigned_to,
       (SELECT g.full_name FROM portal.people g WHERE g.id = coalesce(c.assigned_to, z.first_assigned)) AS assigned_to_name,
       c.person_id, p.full_name, e.job_role, v.name AS vendor_name, l.login, c.login_id, c.patient_id, i.source_patient_id,
       f.name AS facility_name, f.site_code, f.time_zone,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('version', cf.rule_version, 'kind', cf.kind, 'severity', cf.severity,
                                                     'facts', cf.facts, 'rows', cf.row_count, 'known_at', cf.known_at, 'lifted_at', cf.superseded_at)), '[]')
          FROM portal.case_flags cf WHERE cf.case_id = c.id) AS flags
  FROM portal.review_cases c
  JOIN portal.ehr_logins l ON l.id = c.login_id
  LEFT JOIN portal.people p ON p.id = c.person_id
  LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
  LEFT JOIN portal.vendors v ON v.id = c.vendor_id
  LEFT JOIN portal.facilities f ON f.id = c.facility_id
  LEFT JOIN portal.patient_ids i ON i.patient_id = c.patient_id
  LEFT JOIN LATERAL (SELECT x.job_role FROM portal.employment_periods x
                      WHERE x.person_id = c.person_id AND x.superseded_at IS NULL AND x.starts_on <= c.local_day
                      ORDER BY x.starts_on DESC LIMIT 1) e ON true
 WHERE ";

/// A page of the queue, one row longer than the page so that it says whether more follow.
pub async fn page(
    tx: &mut AuditedTx<'_>,
    filter: &Filter,
    me: Uuid,
    today_began: DateTime<Utc>,
) -> Result<Vec<CaseRow>, AppError> {
    let mut query = QueryBuilder::new(COLUMNS);
    narrow(&mut query, filter, me, today_began);
    match (filter.sort, filter.after) {
        (Sort::Risk, Some(after)) => {
            query.push(" AND (c.risk_rank < ").push_bind(after.rank);
            query.push(" OR (c.risk_rank = ").push_bind(after.rank);
            query
                .push(" AND (c.first_action_at, c.id) > (")
                .push_bind(after.at)
                .push(", ")
                .push_bind(after.id)
                .push(")))");
        }
        (Sort::Newest, Some(after)) => {
            query
                .push(" AND (c.first_action_at, c.id) < (")
                .push_bind(after.at)
                .push(", ")
                .push_bind(after.id)
                .push(")");
        }
        (_, None) => {}
    }
    query.push(order(filter.sort)).push(" LIMIT ").push_bind(FETCH);
    tx.composed(query).await
}

/// The queue from its beginning to its end, for its file.
pub fn whole(filter: &Filter, me: Uuid, today_began: DateTime<Utc>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(COLUMNS);
    narrow(&mut query, filter, me, today_began);
    query.push(order(filter.sort));
    query
}

/// A case, and the version at which somebody saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct SeenCase {
    pub id: Uuid,
    pub version: i32,
}

/// The first cases of the queue, as they are now.
pub async fn matching(
    tx: &mut AuditedTx<'_>,
    filter: &Filter,
    me: Uuid,
    today_began: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<SeenCase>, AppError> {
    let mut query = QueryBuilder::new("SELECT c.id, c.version FROM portal.review_cases c WHERE ");
    narrow(&mut query, filter, me, today_began);
    query.push(order(filter.sort)).push(" LIMIT ").push_bind(limit);
    tx.composed(query).await
}

/// How many cases match, up to a thousand: what a tab says of a view.
pub async fn count(
    tx: &mut AuditedTx<'_>,
    filter: &Filter,
    me: Uuid,
    today_began: DateTime<Utc>,
) -> Result<i64, AppError> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM portal.review_cases c WHERE ");
    narrow(&mut query, filter, me, today_began);
    query.push(" LIMIT 1000) matching");
    let counted: Vec<(i64,)> = tx.composed(query).await?;
    Ok(counted.first().map_or(0, |(count,)| *count))
}

/// Who may work on cases at all, for the filter: not every one of them on each case.
pub async fn reviewers(tx: &mut AuditedTx<'_>) -> Result<Vec<(Uuid, String)>, AppError> {
    let query = sqlx::query!(
        "SELECT p.id, p.full_name FROM portal.people p
          WHERE p.active AND EXISTS (SELECT 1 FROM audit.role_action r WHERE r.role = p.role AND r.action = 'review_case.decide')
          ORDER BY lower(p.full_name), p.id"
    );
    Ok(tx.all(query).await?.into_iter().map(|row| (row.id, row.full_name)).collect())
}

const fn order(sort: Sort) -> &'static str {
    match sort {
        Sort::Risk => " ORDER BY c.risk_rank DESC, c.first_action_at, c.id",
        Sort::Newest => " ORDER BY c.first_action_at DESC, c.id DESC",
    }
}

fn narrow(query: &mut QueryBuilder<Postgres>, filter: &Filter, me: Uuid, today_began: DateTime<Utc>) {
    match filter.view {
        View::Awaiting => query.push(UNDECIDED),
        View::Mine => query.push(UNDECIDED).push(" AND c.assigned_to = ").push_bind(me),
        View::High => query.push(UNDECIDED).push(" AND c.risk_rank >= 3"),
        View::BreakGlass => query.push(UNDECIDED).push(" AND c.glass_broken"),
        View::SecondReview => {
            query.push("c.withdrawn_at IS NULL AND c.state = 'awaiting_second_review'").push(NOT_LOOKING_CLOSED)
        }
        View::Conflicts => query
            .push("c.withdrawn_at IS NULL AND c.state <> 'closed' AND c.id IN (SELECT portal.cases_in_conflict())")
            .push(NOT_LOOKING_CLOSED),
        View::Asked => query.push("c.withdrawn_at IS NULL AND c.state = 'awaiting_answer'"),
        View::Overdue => query.push(UNDECIDED).push(" AND c.answer_due_at <= now()"),
        View::DecidedToday => query.push("c.withdrawn_at IS NULL AND c.decided_at >= ").push_bind(today_began),
        View::All => query.push("true"),
    };
    if let Some(facility) = filter.facility {
        query.push(" AND c.facility_id = ").push_bind(facility);
    }
    if let Some(risk) = filter.risk {
        query.push(" AND c.risk = ").push_bind(risk.as_str());
    }
    if let Some(rule) = filter.rule {
        query
            .push(" AND EXISTS (SELECT 1 FROM portal.case_flags r WHERE r.case_id = c.id AND r.superseded_at IS NULL AND r.rule_code = ")
            .push_bind(rule.as_str())
            .push(")");
    }
    match filter.assigned {
        Some(Assignee::Me) => query.push(" AND ").push(ASSIGNED).push(" = ").push_bind(me),
        Some(Assignee::Person(person)) => query.push(" AND ").push(ASSIGNED).push(" = ").push_bind(person),
        Some(Assignee::Nobody) => query.push(" AND ").push(ASSIGNED).push(" IS NULL"),
        None => query,
    };
    if let Some(person) = filter.person {
        query.push(" AND c.person_id = ").push_bind(person);
    }
    if let Some(patient) = filter.patient {
        query.push(" AND c.patient_id = ").push_bind(patient);
    }
}

/// How many cases each view holds, within the facility chosen.
#[derive(Debug, Default)]
pub struct Counts {
    pub awaiting: i64,
    pub mine: i64,
    pub high: i64,
    pub break_glass: i64,
    pub asked: i64,
    pub overdue: i64,
    pub second_review: i64,
    /// None for whom conflicts are nobody's business.
    pub conflicts: Option<i64>,
    pub decided_today: i64,
    pub late: i64,
}

/// The numbers of the tabs; open cases come from a partial index.
pub async fn counts(
    tx: &mut AuditedTx<'_>,
    facility: Option<Uuid>,
    me: Uuid,
    today_began: DateTime<Utc>,
    late_before: DateTime<Utc>,
) -> Result<Counts, AppError> {
    tx.one(sqlx::query_as!(
        Counts,
        r#"SELECT count(*) FILTER (WHERE o.undecided) AS "awaiting!",
                  count(*) FILTER (WHERE o.undecided AND o.assigned_to = $2) AS "mine!",
                  count(*) FILTER (WHERE o.undecided AND o.risk_rank >= 3) AS "high!",
                  count(*) FILTER (WHERE o.undecided AND o.break_glass) AS "break_glass!",
                  count(*) FILTER (WHERE o.asked) AS "asked!",
                  count(*) FILTER (WHERE o.undecided AND o.answer_due_at <= now()) AS "overdue!",
                  count(*) FILTER (WHERE NOT o.undecided) AS "second_review!",
                  CASE WHEN portal.sees_conflicts()
                       THEN count(*) FILTER (WHERE o.id IN (SELECT portal.cases_in_conflict())) END AS "conflicts?",
                  count(*) FILTER (WHERE o.undecided AND o.last_action_at < $4) AS "late!",
                  (SELECT count(*) FROM portal.review_cases t
                    WHERE t.withdrawn_at IS NULL AND t.decided_at >= $3 AND ($1::uuid IS NULL OR t.facility_id = $1)) AS "decided_today!"
             FROM (SELECT c.id, c.state <> 'awaiting_second_review' AS undecided, c.assigned_to, c.risk_rank, c.last_action_at,
                          c.state = 'awaiting_answer' AS asked, c.answer_due_at,
                          c.glass_broken AS break_glass
                     FROM portal.review_cases c
                     LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
                    WHERE c.withdrawn_at IS NULL AND c.state <> 'closed' AND z.case_id IS NULL AND ($1::uuid IS NULL OR c.facility_id = $1)) o"#,
        facility,
        me,
        today_began,
        late_before
    ))
    .await
}

/// The head of one case, if it is in scope.
pub async fn head(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<CaseRow, AppError> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push("c.id = ").push_bind(id);
    tx.composed(query).await?.pop().ok_or(AppError::NotFound)
}
