//! Signals that compare a day, or a patient, with what is usual for the person and for the job, and those about an
//! account's whole day.

use uuid::Uuid;

use super::super::engine::Rule;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// A day with many times the patients that are usual for this person, over every login they held, judged by their own
/// window before and, where the job has enough days at this facility, by the others in it.
pub async fn volume_spike(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH touched AS MATERIALIZED (
           SELECT w.subject_id, w.person_id, w.local_day, count(*) AS rows, count(DISTINCT w.patient_id) AS patients FROM portal.rule_work w
            WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL GROUP BY w.subject_id, w.person_id, w.local_day
           HAVING count(*) >= $5),
         held AS MATERIALIZED (SELECT h.subject_id, h.login_id, h.from_day, h.until_day FROM portal.held_logins h),
         before AS MATERIALIZED (
           SELECT u.subject_id, u.local_day, percentile_cont(0.5) WITHIN GROUP (ORDER BY u.patients) AS median, count(*) AS days
             FROM (SELECT t.subject_id, t.local_day, d.local_day AS day, sum(d.patients) AS patients
                     FROM touched t JOIN held h ON h.subject_id = t.subject_id
                     JOIN portal.login_days d ON d.login_id = h.login_id AND d.local_day >= t.local_day - $7::int AND d.local_day < t.local_day
                      AND d.local_day >= h.from_day AND d.local_day < h.until_day
                    GROUP BY t.subject_id, t.local_day, d.local_day) u
            GROUP BY u.subject_id, u.local_day),
         spikes AS MATERIALIZED (
           SELECT t.*, b.median, b.days, j.home_facility_id, j.job_role FROM touched t
             JOIN before b ON b.subject_id = t.subject_id AND b.local_day = t.local_day
              AND b.days >= $6 AND t.patients >= $4 * greatest(b.median, 1)
             LEFT JOIN LATERAL (
               SELECT x.home_facility_id, x.job_role FROM portal.rule_work_days x
                WHERE x.pass_id = $1 AND x.person_id = t.person_id AND x.local_day = t.local_day AND x.period_id IS NOT NULL
                ORDER BY x.facility_key LIMIT 1) j ON true),
         colleagues AS MATERIALIZED (
           SELECT c.home_facility_id, c.job_role, c.local_day, c.person_id, c.day, sum(c.patients) AS patients
             FROM (SELECT DISTINCT g.home_facility_id, g.job_role, g.local_day, e.person_id, d.login_id, d.local_day AS day, d.patients
                     FROM (SELECT DISTINCT s.home_facility_id, s.job_role, s.local_day FROM spikes s) g
                     JOIN portal.employment_periods e ON e.facility_id = g.home_facility_id AND e.job_role = g.job_role AND e.superseded_at IS NULL
                     JOIN held h ON h.subject_id = e.person_id
                     JOIN portal.login_days d ON d.login_id = h.login_id AND d.local_day >= g.local_day - $7::int AND d.local_day < g.local_day
                      AND d.local_day >= h.from_day AND d.local_day < h.until_day
                      AND d.local_day >= e.starts_on AND (e.ends_on IS NULL OR d.local_day <= e.ends_on)) c
            GROUP BY c.home_facility_id, c.job_role, c.local_day, c.person_id, c.day),
         job AS MATERIALIZED (
           SELECT s.subject_id, s.local_day, percentile_cont(0.5) WITHIN GROUP (ORDER BY c.patients) AS peers, count(*) AS peer_days
             FROM spikes s JOIN colleagues c ON c.home_facility_id = s.home_facility_id AND c.job_role = s.job_role AND c.local_day = s.local_day
              AND c.person_id <> s.person_id
            GROUP BY s.subject_id, s.local_day HAVING count(*) >= $6),
         judged AS MATERIALIZED (
           SELECT s.*, j.peers, j.peer_days FROM spikes s
             LEFT JOIN job j ON j.subject_id = s.subject_id AND j.local_day = s.local_day)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_strip_nulls(jsonb_build_object('rule', $2::text, 'patients', s.patients, 'rows', s.rows, 'usual', s.median, 'days', s.days,
                  'window', $7::int, 'peers', s.peers, 'peer_days', s.peer_days)),
                w.holder_known_at
           FROM judged s
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.subject_id = s.subject_id AND w.local_day = s.local_day
            AND w.counts AND w.patient_id IS NOT NULL
          WHERE s.peers IS NULL OR s.patients >= $8 * greatest(s.peers, 1)",
        pass,
        rule.code.as_str(),
        rule.version,
        f64::from(rule.whole("times_usual", 3)),
        i64::from(rule.whole("least_rows", 40)),
        i64::from(rule.whole("least_days", 5)),
        rule.whole("window_days", 30),
        f64::from(rule.whole("times_peers", 2))
    ))
    .await
}

/// One patient on many days, far more than is usual for the person's other patients and for others in the job. Said on
/// the first day on which all of that holds, and again when the least count has doubled, not every day.
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

/// Many patients printed, exported or disclosed on one day.
pub async fn bulk_export(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH taken AS MATERIALIZED (
           SELECT w.subject_id, w.local_day, count(*) AS rows, count(DISTINCT w.patient_id) AS patients FROM portal.rule_work w
            WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL AND w.access_type IN ('export', 'print', 'disclose')
            GROUP BY w.subject_id, w.local_day HAVING count(DISTINCT w.patient_id) >= $4)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text, 'patients', t.patients, 'rows', t.rows), w.holder_known_at
           FROM taken t
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.subject_id = t.subject_id AND w.local_day = t.local_day
            AND w.patient_id IS NOT NULL AND w.access_type IN ('export', 'print', 'disclose')",
        pass,
        rule.code.as_str(),
        rule.version,
        i64::from(rule.whole("least_patients", 25))
    ))
    .await
}

/// A login used during its holder's leave, or after a long time in which it opened no record.
pub async fn inactive_user(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH back AS MATERIALIZED (
           SELECT t.login_id, t.local_day, t.holder, before.day FROM (
             SELECT DISTINCT w.login_id, w.local_day, coalesce(w.person_id, w.vendor_id) AS holder FROM portal.rule_work w
              WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL) t
            -- whoever held it before says nothing of whoever holds it now
            CROSS JOIN LATERAL (SELECT d.local_day AS day FROM portal.login_days d
                                 WHERE d.login_id = t.login_id AND d.local_day < t.local_day
                                   AND NOT EXISTS (SELECT 1 FROM portal.login_holders h
                                                    WHERE h.login_id = d.login_id AND coalesce(h.person_id, h.vendor_id) IS DISTINCT FROM t.holder
                                                      AND portal.first_noon(h.valid_from) <= d.local_day
                                                      AND (h.valid_to IS NULL OR portal.first_noon(h.valid_to) > d.local_day))
                                 ORDER BY d.local_day DESC LIMIT 1) before
            WHERE t.local_day - before.day >= $4)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_build_object('rule', $2::text, 'on_leave', coalesce(d.on_leave, false),
                  'since', CASE WHEN d.on_leave THEN d.starts_on ELSE b.day END,
                  'days', w.local_day - CASE WHEN d.on_leave THEN d.starts_on ELSE b.day END),
                greatest(w.holder_known_at, CASE WHEN d.on_leave AND d.known_at > w.action_at THEN d.known_at END)
           FROM portal.rule_work w
           LEFT JOIN portal.rule_work_days d ON d.pass_id = $1 AND d.person_id = w.person_id AND d.facility_key = w.facility_key
            AND d.local_day = w.local_day
           LEFT JOIN back b ON b.login_id = w.login_id AND b.local_day = w.local_day AND b.holder IS NOT DISTINCT FROM coalesce(w.person_id, w.vendor_id)
          WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL AND (d.on_leave OR b.day IS NOT NULL)",
        pass,
        rule.code.as_str(),
        rule.version,
        rule.whole("unused_days", 90)
    ))
    .await
}

/// A vendor's account used on a day that none of the vendor's agreements covers.
pub async fn agreement_lapsed(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH days AS MATERIALIZED (
           SELECT d.vendor_id, d.local_day, ended.day, coalesce(ended.known_at, other.known_at) AS known_at FROM (
             SELECT DISTINCT w.vendor_id, w.local_day FROM portal.rule_work w
              WHERE w.pass_id = $1 AND w.counts AND w.vendor_id IS NOT NULL AND w.patient_id IS NOT NULL) d
             LEFT JOIN LATERAL (
               SELECT a.effective_to AS day, a.recorded_at AS known_at FROM portal.agreements a
                WHERE a.vendor_id = d.vendor_id AND a.superseded_at IS NULL AND a.effective_to < d.local_day
                ORDER BY a.effective_to DESC LIMIT 1) ended ON true
             LEFT JOIN LATERAL (
               SELECT min(a.recorded_at) AS known_at FROM portal.agreements a
                WHERE a.vendor_id = d.vendor_id AND a.superseded_at IS NULL) other ON true
            WHERE other.known_at IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM portal.agreements a
                               WHERE a.vendor_id = d.vendor_id AND a.superseded_at IS NULL AND a.effective_from <= d.local_day
                                 AND (a.effective_to IS NULL OR a.effective_to >= d.local_day)))
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_build_object('rule', $2::text, 'ended_on', d.day, 'days_after', d.local_day - d.day),
                greatest(w.holder_known_at, CASE WHEN d.known_at > w.action_at THEN d.known_at END)
           FROM days d
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.vendor_id = d.vendor_id AND w.local_day = d.local_day
            AND w.patient_id IS NOT NULL",
        pass,
        rule.code.as_str(),
        rule.version
    ))
    .await
}
