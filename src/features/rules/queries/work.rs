//! The rows of a pass, enriched once: who held the login, which local day it was, where and as what the person worked. Every
//! rule is then one statement over these tables. All of it is read as of the access, never as of today.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::engine::Span;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// The rows of the local days that the span touches, over all batches: a row that comes late changes what its whole day
/// looks like. Of a person every login they held then.
pub async fn gather(tx: &mut AuditedTx<'_>, pass: Uuid, span: &Span) -> Result<u64, AppError> {
    let (batch, logins, from, until) = match span {
        Span::Batch(batch, from, until) => (Some(*batch), Vec::new(), *from, *until),
        Span::Logins(logins, from, until) => (None, logins.clone(), *from, *until),
        Span::Everyone(from, until) => return everyone(tx, pass, *from, *until).await,
    };
    tx.run(sqlx::query!(
        "WITH named AS MATERIALIZED (
           SELECT DISTINCT a.login_id, (a.action_at AT TIME ZONE coalesce(f.time_zone, (SELECT o.time_zone FROM portal.organisations o), 'UTC'))::date AS day
             FROM (
               SELECT b.login_id, b.facility_id, b.action_at FROM portal.access_logs b
                WHERE b.batch_id = $2 AND b.action_at >= $4 AND b.action_at <= $5
                  AND b.id >= audit.uuid_floor($4) AND b.id < audit.uuid_floor($5 + interval '1 second')
               UNION ALL
               -- what another import stored that did not get as far as the rules
               SELECT s.login_id, s.facility_id, s.action_at FROM portal.batch_known_rows k
                 JOIN portal.access_logs s ON s.id = k.access_id
                 JOIN portal.import_batches o ON o.id = s.batch_id AND o.state <> 'complete'
                WHERE k.batch_id = $2 AND s.action_at >= $4 AND s.action_at <= $5
                  AND k.access_id >= audit.uuid_floor($4) AND k.access_id < audit.uuid_floor($5 + interval '1 second')
               UNION ALL
               SELECT l.login_id, l.facility_id, l.action_at FROM portal.access_logs l
                WHERE l.login_id = ANY ($3) AND l.action_at >= $4 AND l.action_at <= $5
                  AND l.id >= audit.uuid_floor($4) AND l.id < audit.uuid_floor($5 + interval '1 second')) a
             LEFT JOIN portal.facilities f ON f.id = a.facility_id),
         touched AS MATERIALIZED (
           SELECT n.login_id, n.day FROM named n
           UNION
           SELECT others.login_id, n.day FROM named n
             JOIN portal.login_holders h ON h.login_id = n.login_id AND h.person_id IS NOT NULL
             JOIN portal.login_holders others ON others.person_id = h.person_id AND others.login_id <> n.login_id)
         INSERT INTO portal.rule_work (pass_id, access_id, login_id, person_id, vendor_id, subject_id, patient_id, facility_id, facility_key,
                owner_id, batch_id, action_at, wall, local_day, actor_kind, resource_type, access_type, access_reason, source_ip,
                holder_known_at, counts)
         SELECT $1, a.id, a.login_id, h.person_id, h.vendor_id, coalesce(h.person_id, a.login_id), a.patient_id, a.facility_id,
                coalesce(a.facility_id, '00000000-0000-0000-0000-000000000000'), a.owner_id, a.batch_id, a.action_at, z.wall,
                z.wall::date, a.actor_kind, a.resource_type, a.access_type, a.access_reason, a.source_ip,
                -- who held it was learned after the row was there
                CASE WHEN h.recorded_at > greatest(a.action_at, b.created_at) THEN h.recorded_at END,
                w.access_id IS NULL
           FROM touched t
           JOIN portal.access_logs a ON a.login_id = t.login_id
            AND a.id >= audit.uuid_floor((t.day::timestamp - interval '14 hours') AT TIME ZONE 'UTC')
            AND a.id < audit.uuid_floor(((t.day + 1)::timestamp + interval '12 hours') AT TIME ZONE 'UTC')
           JOIN portal.import_batches b ON b.id = a.batch_id
           LEFT JOIN portal.facilities f ON f.id = a.facility_id
          CROSS JOIN LATERAL (
             SELECT a.action_at AT TIME ZONE coalesce(f.time_zone, (SELECT o.time_zone FROM portal.organisations o), 'UTC') AS wall) z
           LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at
            AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
           LEFT JOIN portal.withdrawn_rows w ON w.access_id = a.id
          WHERE z.wall::date = t.day",
        pass,
        batch,
        &logins,
        from,
        until
    ))
    .await
}

/// How many rows a pass over a batch looks at, by day: its own, in UTC, and what its logins had on such a day before.
pub async fn days_of_batch(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<Vec<(NaiveDate, i64)>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT a.day AS "day!", (sum(a.rows) + coalesce(sum(d.rows), 0))::bigint AS "rows!" FROM (
                 SELECT r.login_id, (r.action_at AT TIME ZONE 'UTC')::date AS day, count(*) AS rows FROM (
                   SELECT b.login_id, b.action_at FROM portal.access_logs b WHERE b.batch_id = $1
                   UNION ALL
                   -- what another import stored that did not get as far as the rules
                   SELECT s.login_id, s.action_at FROM portal.batch_known_rows k
                     JOIN portal.access_logs s ON s.id = k.access_id
                     JOIN portal.import_batches o ON o.id = s.batch_id AND o.state <> 'complete'
                    WHERE k.batch_id = $1) r
                  GROUP BY 1, 2) a
                 LEFT JOIN portal.login_days d ON d.login_id = a.login_id AND d.local_day = a.day
                GROUP BY a.day ORDER BY a.day"#,
            batch
        ))
        .await?;
    Ok(rows.into_iter().map(|row| (row.day, row.rows)).collect())
}

/// How many rows some logins, or all, are known to have on each day of a period.
pub async fn days_of(
    tx: &mut AuditedTx<'_>,
    logins: Option<&[Uuid]>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<(NaiveDate, i64)>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT d.local_day AS "day!", sum(d.rows)::bigint AS "rows!" FROM portal.login_days d
                WHERE ($1::uuid[] IS NULL OR d.login_id = ANY ($1)) AND d.local_day >= $2 AND d.local_day <= $3
                GROUP BY d.local_day ORDER BY d.local_day"#,
            logins,
            from.date_naive(),
            until.date_naive()
        ))
        .await?;
    Ok(rows.into_iter().map(|row| (row.day, row.rows)).collect())
}

/// Every row of the local days of a period: what a shadow run looks at.
async fn everyone(
    tx: &mut AuditedTx<'_>,
    pass: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work (pass_id, access_id, login_id, person_id, vendor_id, subject_id, patient_id, facility_id, facility_key,
                owner_id, batch_id, action_at, wall, local_day, actor_kind, resource_type, access_type, access_reason, source_ip,
                holder_known_at, counts)
         SELECT $1, a.id, a.login_id, h.person_id, h.vendor_id, coalesce(h.person_id, a.login_id), a.patient_id, a.facility_id,
                coalesce(a.facility_id, '00000000-0000-0000-0000-000000000000'), a.owner_id, a.batch_id, a.action_at, z.wall,
                z.wall::date, a.actor_kind, a.resource_type, a.access_type, a.access_reason, a.source_ip, NULL, true
           FROM portal.access_logs a
           LEFT JOIN portal.facilities f ON f.id = a.facility_id
          CROSS JOIN LATERAL (
             SELECT a.action_at AT TIME ZONE coalesce(f.time_zone, (SELECT o.time_zone FROM portal.organisations o), 'UTC') AS wall) z
           LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at
            AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
          WHERE a.id >= audit.uuid_floor($2::timestamptz - interval '14 hours') AND a.id < audit.uuid_floor($3::timestamptz + interval '12 hours')
            AND z.wall >= $2::timestamptz AT TIME ZONE 'UTC' AND z.wall < $3::timestamptz AT TIME ZONE 'UTC'
            AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)",
        pass,
        from,
        until
    ))
    .await
}

/// Room to sort and to hash in for one step of a pass, of which one runs at a time: Postgres' own 4 MB send each to the disk.
pub async fn make_room(tx: &mut AuditedTx<'_>) -> Result<(), AppError> {
    tx.run(sqlx::query!("SET LOCAL work_mem = '64MB'")).await.map(|_| ())
}

/// Gives the planner numbers: the tables are fresh, and only their owner may.
pub async fn analyze(tx: &mut AuditedTx<'_>) -> Result<(), AppError> {
    tx.run(sqlx::query!("SELECT portal.analyze_rule_work()")).await.map(|_| ())
}

/// Marks the rows that are in a case: what context looks at.
pub async fn mark_rows_of_cases(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!("SELECT portal.mark_rows_of_cases($1)", pass)).await.map(|_| ())
}

/// What was true of each person on each day: the employment that covered it, at the row's facility if there are several;
/// else the last day of work before it.
pub async fn employ(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_days (pass_id, person_id, facility_key, local_day, period_id, home_facility_id, department_id, job_role,
                on_leave, starts_on, opens_at, closes_at, known_at, facilities, last_day, last_known_at)
         SELECT $1, d.person_id, d.facility_key, d.local_day, e.id, e.facility_id, e.department_id, e.job_role, e.on_leave, e.starts_on,
                dep.opens_at, dep.closes_at, e.recorded_at, e.facilities, gone.ends_on, gone.known_at
           FROM (SELECT DISTINCT w.person_id, w.facility_key, w.local_day FROM portal.rule_work w
                  WHERE w.pass_id = $1 AND w.person_id IS NOT NULL) d
           LEFT JOIN LATERAL (
             SELECT p.id, p.facility_id, p.department_id, p.job_role, p.on_leave, p.starts_on, p.recorded_at,
                    array_agg(p.facility_id) OVER () AS facilities
               FROM portal.employment_periods p
              WHERE p.person_id = d.person_id AND p.superseded_at IS NULL AND p.starts_on <= d.local_day
                AND (p.ends_on IS NULL OR p.ends_on >= d.local_day)
              ORDER BY (p.facility_id = d.facility_key) DESC, p.starts_on DESC, p.id LIMIT 1) e ON true
           LEFT JOIN portal.departments dep ON dep.id = e.department_id
           LEFT JOIN LATERAL (
             SELECT p.ends_on, coalesce(p.end_known_at, p.recorded_at) AS known_at FROM portal.employment_periods p
              WHERE p.person_id = d.person_id AND p.superseded_at IS NULL AND p.ends_on < d.local_day AND e.id IS NULL
              ORDER BY p.ends_on DESC LIMIT 1) gone ON true",
        pass
    ))
    .await
}

/// How many rows and patients each login had on the days of the pass, and which patients: what "usual" is read from.
pub async fn refresh_usual(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.login_days (login_id, local_day, rows, patients)
         SELECT w.login_id, w.local_day, count(*), count(DISTINCT w.patient_id)
           FROM portal.rule_work w WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL
          GROUP BY w.login_id, w.local_day
         ON CONFLICT (login_id, local_day) DO UPDATE SET rows = excluded.rows, patients = excluded.patients
           WHERE (login_days.rows, login_days.patients) <> (excluded.rows, excluded.patients)",
        pass
    ))
    .await?;
    tx.run(sqlx::query!(
        "INSERT INTO portal.login_patient_days (login_id, patient_id, local_day, rows)
         SELECT w.login_id, w.patient_id, w.local_day, count(*)
           FROM portal.rule_work w WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL
          GROUP BY w.login_id, w.patient_id, w.local_day
         ON CONFLICT (login_id, patient_id, local_day) DO UPDATE SET rows = excluded.rows WHERE login_patient_days.rows <> excluded.rows",
        pass
    ))
    .await?;
    Ok(())
}

/// Days and patients that only withdrawn rows spoke of are usual no more.
pub async fn forget_withdrawn(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "DELETE FROM portal.login_days d
          WHERE (d.login_id, d.local_day) IN (
                  SELECT w.login_id, w.local_day FROM portal.rule_work w WHERE w.pass_id = $1
                   GROUP BY 1, 2 HAVING bool_and(NOT w.counts OR w.patient_id IS NULL))",
        pass
    ))
    .await?;
    tx.run(sqlx::query!(
        "DELETE FROM portal.login_patient_days d
          WHERE (d.login_id, d.patient_id, d.local_day) IN (
                  SELECT w.login_id, w.patient_id, w.local_day FROM portal.rule_work w WHERE w.pass_id = $1
                   GROUP BY 1, 2, 3 HAVING bool_and(NOT w.counts))",
        pass
    ))
    .await?;
    Ok(())
}

/// Empties the pass's part of the work tables.
pub async fn forget(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!("SELECT portal.forget_pass($1)", pass)).await.map(|_| ())
}
