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
