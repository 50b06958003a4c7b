//! The queue's SQL. The list is composed (filter × sort × cursor); everything else is checked at compile time.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::model::{Decision, Filter, Sort, View};
use crate::audit::{Actor, AuditedTx, Db};
use crate::error::AppError;
use crate::policy::Action;
use crate::web::paging::PAGE;
use crate::words::{ReviewState, Risk};

/// What is still to be decided.
const UNDECIDED: &str = "c.state IN ('unassigned', 'assigned', 'in_review', 'awaiting_answer')";

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
    pub decided_by_name: Option<String>,
    pub person_id: Option<Uuid>,
    pub full_name: Option<String>,
    pub job_role: Option<String>,
    pub vendor_name: Option<String>,
    pub login: String,
    pub login_id: Uuid,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub facility_name: Option<String>,
    pub time_zone: Option<String>,
    pub flags: serde_json::Value,
}

const COLUMNS: &str = "SELECT c.id, c.number, c.state, c.risk, c.risk_rank, c.version, c.local_day, c.first_action_at, c.last_action_at,
       c.row_count, c.access_type, c.resource_type, c.disposition, c.reason_code, c.decided_at, d.full_name AS decided_by_name,
       c.person_id, p.full_name, e.job_role, v.name AS vendor_name, l.login, c.login_id, c.patient_id, i.source_patient_id,
       f.name AS facility_name, f.time_zone,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('version', cf.rule_version, 'kind', cf.kind, 'severity', cf.severity,
                                                     'facts', cf.facts, 'rows', cf.row_count, 'known_at', cf.known_at)), '[]')
          FROM portal.case_flags cf WHERE cf.case_id = c.id) AS flags
  FROM portal.review_cases c
  JOIN portal.ehr_logins l ON l.id = c.login_id
  LEFT JOIN portal.people p ON p.id = c.person_id
  LEFT JOIN portal.people d ON d.id = c.decided_by
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
    query.push(match filter.sort {
        Sort::Risk => " ORDER BY c.risk_rank DESC, c.first_action_at, c.id",
        Sort::Newest => " ORDER BY c.first_action_at DESC, c.id DESC",
    });
    query.push(" LIMIT ").push_bind(i64::try_from(PAGE + 1).unwrap_or(51));
    tx.composed(query).await
}

fn narrow(query: &mut QueryBuilder<Postgres>, filter: &Filter, me: Uuid, today_began: DateTime<Utc>) {
    match filter.view {
        View::Awaiting => query.push(UNDECIDED),
        View::Mine => query.push(UNDECIDED).push(" AND c.assigned_to = ").push_bind(me),
        View::High => query.push(UNDECIDED).push(" AND c.risk_rank >= 3"),
        View::BreakGlass => query
            .push(UNDECIDED)
            .push(" AND EXISTS (SELECT 1 FROM portal.case_flags b WHERE b.case_id = c.id AND b.rule_code = 'break_glass_no_reason')"),
        View::SecondReview => query.push("c.state = 'awaiting_second_review'"),
        View::DecidedToday => query.push("c.decided_at >= ").push_bind(today_began),
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
            .push(" AND EXISTS (SELECT 1 FROM portal.case_flags r WHERE r.case_id = c.id AND r.rule_code = ")
            .push_bind(rule.as_str())
            .push(")");
    }
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
    pub second_review: i64,
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
                  count(*) FILTER (WHERE NOT o.undecided) AS "second_review!",
                  count(*) FILTER (WHERE o.undecided AND o.last_action_at < $4) AS "late!",
                  (SELECT count(*) FROM portal.review_cases t
                    WHERE t.decided_at >= $3 AND ($1::uuid IS NULL OR t.facility_id = $1)) AS "decided_today!"
             FROM (SELECT c.state <> 'awaiting_second_review' AS undecided, c.assigned_to, c.risk_rank, c.last_action_at,
                          EXISTS (SELECT 1 FROM portal.case_flags b WHERE b.case_id = c.id AND b.rule_code = 'break_glass_no_reason') AS break_glass
                     FROM portal.review_cases c
                    WHERE c.state <> 'closed' AND ($1::uuid IS NULL OR c.facility_id = $1)) o"#,
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

/// One access row of a case.
#[derive(Debug)]
pub struct EvidenceRow {
    pub id: Uuid,
    pub action_at: DateTime<Utc>,
    pub access_type: String,
    pub resource_type: String,
    pub resource_id: Option<String>,
    pub access_reason: String,
    pub outcome: String,
    pub device_label: Option<String>,
    pub source_ip: Option<sqlx::types::ipnetwork::IpNetwork>,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub flagged: bool,
}

/// The case's rows in scope, oldest first; a spike's page shows the first hundred.
pub async fn evidence(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<EvidenceRow>, AppError> {
    tx.all(sqlx::query_as!(
        EvidenceRow,
        r#"SELECT a.id, a.action_at, a.access_type, a.resource_type, a.resource_id, a.access_reason, a.outcome, a.device_label,
                  a.source_ip, a.patient_id, i.source_patient_id AS "source_patient_id?",
                  EXISTS (SELECT 1 FROM portal.access_flags fl JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version
                           WHERE fl.access_id = a.id AND r.kind = 'signal') AS "flagged!"
             FROM portal.case_rows cr
             JOIN portal.access_logs a ON a.id = cr.access_id
             LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
            WHERE cr.case_id = $1
            ORDER BY a.id LIMIT 100"#,
        case
    ))
    .await
}

/// How many of the case's rows are in scope.
pub async fn rows_in_scope(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<i64, AppError> {
    let row = tx.one(sqlx::query!(
        r#"SELECT count(*) AS "count!" FROM portal.case_rows cr JOIN portal.access_logs a ON a.id = cr.access_id WHERE cr.case_id = $1"#,
        case
    ))
    .await?;
    Ok(row.count)
}

/// Where and as what the person worked on the day of the access.
#[derive(Debug)]
pub struct Employment {
    pub job_role: String,
    pub department: String,
    pub facility: String,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub on_leave: bool,
    pub supervisor: Option<String>,
}

/// The employment that covered the day, else the last one before it.
pub async fn employment_on(
    tx: &mut AuditedTx<'_>,
    person: Uuid,
    day: NaiveDate,
) -> Result<Option<Employment>, AppError> {
    tx.optional(sqlx::query_as!(
        Employment,
        r#"SELECT e.job_role, d.name AS department, f.name AS facility, e.starts_on, e.ends_on, e.on_leave, s.full_name AS "supervisor?"
             FROM portal.employment_periods e
             JOIN portal.departments d ON d.id = e.department_id
             JOIN portal.facilities f ON f.id = e.facility_id
             LEFT JOIN portal.people s ON s.id = e.supervisor_id
            WHERE e.person_id = $1 AND e.superseded_at IS NULL AND e.starts_on <= $2
            ORDER BY e.starts_on DESC LIMIT 1"#,
        person,
        day
    ))
    .await
}

/// One line of a case's history.
#[derive(Debug)]
pub struct HistoryRow {
    pub kind: String,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub disposition: Option<String>,
    pub reason_code: Option<String>,
    pub note: Option<String>,
    pub finding_id: Option<Uuid>,
    pub finding_number: Option<String>,
}

/// The case's history, oldest first.
pub async fn history(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<HistoryRow>, AppError> {
    tx.all(sqlx::query_as!(
        HistoryRow,
        r#"SELECT e.kind, e.at, p.full_name AS "actor?", e.disposition, e.reason_code, e.note, e.finding_id, f.number AS "finding_number?"
             FROM portal.review_events e
             LEFT JOIN portal.people p ON p.id = e.actor_id
             LEFT JOIN portal.findings f ON f.id = e.finding_id
            WHERE e.case_id = $1 ORDER BY e.seq"#,
        case
    ))
    .await
}

/// This person's other cases: how many, and how they were decided.
#[derive(Debug)]
pub struct Earlier {
    pub cases: i64,
    pub open: i64,
    pub inappropriate: i64,
}

/// The person's (or the login's) other cases in the twelve months before.
pub async fn earlier(tx: &mut AuditedTx<'_>, case: &CaseRow) -> Result<Earlier, AppError> {
    tx.one(sqlx::query_as!(
        Earlier,
        r#"SELECT count(*) AS "cases!", count(*) FILTER (WHERE c.state <> 'closed') AS "open!",
                  count(*) FILTER (WHERE c.disposition LIKE 'inappropriate%') AS "inappropriate!"
             FROM portal.review_cases c
            WHERE (c.person_id = $1 OR ($1::uuid IS NULL AND c.login_id = $2)) AND c.id <> $3
              AND c.first_action_at > $4::timestamptz - interval '12 months'"#,
        case.person_id,
        case.login_id,
        case.id,
        case.first_action_at
    ))
    .await
}

/// How many patients the login opened on one day.
#[derive(Debug)]
pub struct DayCount {
    pub local_day: NaiveDate,
    pub patients: i32,
}

/// The thirty days up to the case's.
pub async fn days_before(tx: &mut AuditedTx<'_>, login: Uuid, day: NaiveDate) -> Result<Vec<DayCount>, AppError> {
    tx.all(sqlx::query_as!(
        DayCount,
        "SELECT local_day, patients FROM portal.login_days WHERE login_id = $1 AND local_day > $2::date - 30 AND local_day <= $2 ORDER BY local_day",
        login,
        day
    ))
    .await
}

/// What a write needs to know of the case, locked until the decision stands.
#[derive(Debug)]
pub struct Locked {
    pub number: i64,
    pub version: i32,
    pub state: ReviewState,
    pub risk: Risk,
}

/// Locks one case in scope.
pub async fn lock(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Locked, AppError> {
    let row = tx
        .one(sqlx::query!("SELECT number, version, state, risk FROM portal.review_cases WHERE id = $1 FOR UPDATE", id))
        .await?;
    Ok(Locked {
        number: row.number,
        version: row.version,
        state: ReviewState::parse(&row.state).ok_or(AppError::Internal("unknown state"))?,
        risk: Risk::parse(&row.risk).ok_or(AppError::Internal("unknown risk"))?,
    })
}

/// Decides a case in one audited block; the short number of the case.
///
/// # Errors
/// [`AppError::Conflict`] when the case has moved on since the version the person looked at.
pub async fn decide_case(db: &Db, actor: &Actor, id: Uuid, version: i32, decision: &Decision) -> Result<i64, AppError> {
    db.change(actor.does(Action::ReviewCaseRead).on(id), actor.does(Action::ReviewCaseDecide).on(id), async |tx| {
        let locked = lock(tx, id).await?;
        let to = locked.state.decided(decision.disposition, locked.risk).filter(|_| locked.version == version);
        decide(tx, id, actor.id(), &locked, to.ok_or(AppError::Conflict)?, decision).await?;
        Ok(locked.number)
    })
    .await
}

/// Appends the decision and moves the projection.
async fn decide(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    me: Uuid,
    locked: &Locked,
    to: ReviewState,
    decision: &Decision,
) -> Result<(), AppError> {
    let seq = locked.version + 1;
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, disposition, reason_code, note)
         VALUES ($1, $2, 'decided', $3, $4, $5, $6, $7, $8)",
        id,
        seq,
        me,
        locked.state.as_str(),
        to.as_str(),
        decision.disposition.as_str(),
        decision.reason.as_str(),
        decision.note
    ))
    .await?;
    let changed = tx
        .run(sqlx::query!(
            "UPDATE portal.review_cases SET state = $2, disposition = $3, reason_code = $4, decided_by = $5, decided_at = now(), version = $6,
                    updated_at = now() WHERE id = $1",
            id,
            to.as_str(),
            decision.disposition.as_str(),
            decision.reason.as_str(),
            me,
            seq
        ))
        .await?;
    if changed == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Appends the reversal and moves the projection back; the decision itself stays in the history.
pub async fn reopen(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    me: Uuid,
    locked: &Locked,
    to: ReviewState,
) -> Result<(), AppError> {
    let seq = locked.version + 1;
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state) VALUES ($1, $2, 'reopened', $3, $4, $5)",
        id,
        seq,
        me,
        locked.state.as_str(),
        to.as_str()
    ))
    .await?;
    let changed = tx
        .run(sqlx::query!(
            "UPDATE portal.review_cases SET state = $2, disposition = NULL, reason_code = NULL, decided_by = NULL, decided_at = NULL, version = $3,
                    updated_at = now() WHERE id = $1",
            id,
            to.as_str(),
            seq
        ))
        .await?;
    if changed == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// The finding links of a case.
#[derive(Debug)]
pub struct FindingLink {
    pub id: Uuid,
    pub number: String,
    pub title: String,
}

/// The findings this case is in.
pub async fn findings(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<FindingLink>, AppError> {
    tx.all(sqlx::query_as!(
        FindingLink,
        "SELECT f.id, f.number, f.title FROM portal.finding_cases fc JOIN portal.findings f ON f.id = fc.finding_id WHERE fc.case_id = $1 ORDER BY f.number",
        case
    ))
    .await
}

/// The reason this person last gave for an appropriate case in which the same rule fired: offered, never chosen for them.
pub async fn last_reason(tx: &mut AuditedTx<'_>, case: Uuid, me: Uuid) -> Result<Option<String>, AppError> {
    let row = tx
        .optional(sqlx::query!(
            "SELECT e.reason_code FROM portal.review_events e
              WHERE e.actor_id = $2 AND e.kind = 'decided' AND e.disposition = 'appropriate'
                AND EXISTS (SELECT 1 FROM portal.case_flags mine JOIN portal.case_flags theirs ON theirs.rule_code = mine.rule_code
                             WHERE mine.case_id = $1 AND mine.kind = 'signal' AND theirs.case_id = e.case_id)
              ORDER BY e.at DESC LIMIT 1",
            case,
            me
        ))
        .await?;
    Ok(row.and_then(|row| row.reason_code))
}
