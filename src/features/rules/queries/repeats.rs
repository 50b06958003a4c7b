//! The signal about one patient opened again and again. What is usual for the others in a job is counted by what changes from
//! day to day, so that a month of a hospital is one statement and not one for each of them.

use uuid::Uuid;

use super::super::engine::Rule;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// One patient on many days, far more than is usual for the person's other patients and for others in the job. Said on
/// the first day on which all of that holds, and again when the least count has doubled, not every day.
#[expect(clippy::too_many_lines, reason = "one statement, read from top to bottom")]
pub async fn repeat_same_patient(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH pairs AS MATERIALIZED (
           SELECT w.subject_id, w.person_id, w.patient_id, min(w.local_day) AS first_day, max(w.local_day) AS last_day FROM portal.rule_work w
            WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL GROUP BY w.subject_id, w.person_id, w.patient_id),
         held AS MATERIALIZED (SELECT h.subject_id, h.login_id, h.from_day, h.until_day FROM portal.held_logins h),
         seen AS (
           SELECT d.subject_id, d.person_id, d.patient_id, d.local_day,
                  count(*) OVER (PARTITION BY d.subject_id, d.patient_id ORDER BY d.local_day
                                 RANGE BETWEEN make_interval(days => $5::int - 1) PRECEDING AND CURRENT ROW) AS days
             FROM (SELECT DISTINCT p.subject_id, p.person_id, p.patient_id, x.local_day
                     FROM pairs p JOIN held h ON h.subject_id = p.subject_id
                    -- a day is judged by its window, and whether it was said before by the days of one
                    CROSS JOIN LATERAL (
                      SELECT d.local_day FROM portal.login_patient_days d
                       WHERE d.login_id = h.login_id AND d.patient_id = p.patient_id AND d.local_day >= h.from_day AND d.local_day < h.until_day
                         AND d.local_day > p.first_day - 2 * $5::int AND d.local_day <= p.last_day
                      -- pair by pair through the index: the planner knows no numbers of the pairs
                      OFFSET 0) x) d),
         often AS MATERIALIZED (SELECT s.* FROM seen s WHERE s.days >= $4),
         own AS MATERIALIZED (
           SELECT c.subject_id, c.local_day, percentile_cont(0.5) WITHIN GROUP (ORDER BY c.days) AS usual
             FROM (SELECT m.subject_id, m.local_day, d.patient_id, count(DISTINCT d.local_day) AS days
                     FROM (SELECT DISTINCT o.subject_id, o.local_day FROM often o) m
                     JOIN held h ON h.subject_id = m.subject_id
                     JOIN portal.login_patient_days d ON d.login_id = h.login_id AND d.local_day > m.local_day - $5::int AND d.local_day <= m.local_day
                      AND d.local_day >= h.from_day AND d.local_day < h.until_day
                    GROUP BY m.subject_id, m.local_day, d.patient_id) c
            GROUP BY c.subject_id, c.local_day),
         unusual AS MATERIALIZED (
           SELECT o.*, u.usual, j.facility_id, j.job_role FROM often o
             JOIN own u ON u.subject_id = o.subject_id AND u.local_day = o.local_day AND o.days >= $6 * u.usual
             LEFT JOIN LATERAL (
               SELECT p.facility_id, p.job_role FROM portal.employment_periods p
                WHERE p.person_id = o.person_id AND p.superseded_at IS NULL AND p.starts_on <= o.local_day
                  AND (p.ends_on IS NULL OR p.ends_on >= o.local_day)
                ORDER BY p.starts_on DESC, p.id LIMIT 1) j ON true),
         groups AS MATERIALIZED (
           SELECT row_number() OVER () AS n, g.* FROM (
             SELECT u.facility_id, u.job_role, min(u.local_day) AS first_day, max(u.local_day) AS last_day FROM unusual u
              WHERE u.job_role IS NOT NULL GROUP BY u.facility_id, u.job_role) g),
         -- of the others in the job only what changes: a patient's day counts from then on, and a window later no more
         steps AS (
           SELECT d.n, d.person_id, d.patient_id, c.day, sum(c.change)::int AS change
             FROM (SELECT DISTINCT g.n, e.person_id, x.patient_id, x.local_day
                     FROM groups g
                     JOIN portal.employment_periods e ON e.facility_id = g.facility_id AND e.job_role = g.job_role AND e.superseded_at IS NULL
                     JOIN held h ON h.subject_id = e.person_id
                    CROSS JOIN LATERAL (
                      SELECT d.patient_id, d.local_day FROM portal.login_patient_days d
                       WHERE d.login_id = h.login_id AND d.local_day > g.first_day - $5::int AND d.local_day <= g.last_day
                         AND d.local_day >= h.from_day AND d.local_day < h.until_day
                         AND d.local_day >= e.starts_on AND (e.ends_on IS NULL OR d.local_day <= e.ends_on)
                      OFFSET 0) x) d
            CROSS JOIN LATERAL (VALUES (d.local_day, 1), (d.local_day + $5::int, -1)) c (day, change)
            GROUP BY d.n, d.person_id, d.patient_id, c.day),
         levels AS (
           SELECT s.n, s.person_id, s.day, s.change,
                  (sum(s.change) OVER (PARTITION BY s.n, s.person_id, s.patient_id ORDER BY s.day))::int AS days
             FROM steps s WHERE s.change <> 0),
         moves AS MATERIALIZED (
           SELECT l.n, l.person_id, l.day, m.days, sum(m.patients)::int AS patients FROM levels l
            CROSS JOIN LATERAL (VALUES (l.days, 1), (l.days - l.change, -1)) m (days, patients)
            WHERE m.days > 0 GROUP BY l.n, l.person_id, l.day, m.days),
         job_moves AS MATERIALIZED (SELECT m.n, m.day, m.days, sum(m.patients)::int AS patients FROM moves m GROUP BY m.n, m.day, m.days),
         moments AS MATERIALIZED (
           SELECT DISTINCT u.subject_id, u.local_day, g.n FROM unusual u
             JOIN groups g ON g.facility_id = u.facility_id AND g.job_role = u.job_role),
         others AS (
           SELECT o.subject_id, o.local_day, o.days, sum(o.patients)::int AS patients FROM (
             SELECT t.subject_id, t.local_day, j.days, j.patients FROM moments t JOIN job_moves j ON j.n = t.n AND j.day <= t.local_day
             UNION ALL
             SELECT t.subject_id, t.local_day, m.days, -m.patients FROM moments t
               JOIN moves m ON m.n = t.n AND m.person_id = t.subject_id AND m.day <= t.local_day) o
            GROUP BY o.subject_id, o.local_day, o.days HAVING sum(o.patients) > 0),
         job AS MATERIALIZED (
           SELECT r.subject_id, r.local_day, min(r.days) FILTER (WHERE 2 * r.upto >= r.total) AS peers
             FROM (SELECT o.*, sum(o.patients) OVER (PARTITION BY o.subject_id, o.local_day ORDER BY o.days) AS upto,
                          sum(o.patients) OVER (PARTITION BY o.subject_id, o.local_day) AS total FROM others o) r
            GROUP BY r.subject_id, r.local_day),
         standing AS MATERIALIZED (
           SELECT u.subject_id, u.patient_id, u.local_day, u.days, u.usual, j.peers, floor(log(2::numeric, u.days::numeric / $4)) AS level
             FROM unusual u LEFT JOIN job j ON j.subject_id = u.subject_id AND j.local_day = u.local_day
            WHERE j.peers IS NULL OR u.days >= $6 * j.peers),
         told AS MATERIALIZED (
           SELECT t.* FROM standing t
            WHERE NOT EXISTS (SELECT 1 FROM standing e
                               WHERE e.subject_id = t.subject_id AND e.patient_id = t.patient_id
                                 AND e.local_day < t.local_day AND e.local_day > t.local_day - $5::int AND e.level >= t.level))
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_strip_nulls(jsonb_build_object('rule', $2::text, 'days', r.days, 'window', $5::int, 'usual', r.usual,
                  'peers', r.peers::double precision)),
                w.holder_known_at
           FROM told r
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.subject_id = r.subject_id AND w.local_day = r.local_day
            AND w.patient_id = r.patient_id",
        pass,
        rule.code.as_str(),
        rule.version,
        i64::from(rule.whole("least_days", 8)),
        rule.whole("window_days", 30),
        f64::from(rule.whole("times_usual", 4))
    ))
    .await
}
