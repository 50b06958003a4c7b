//! Signals that compare a day, or a patient, with what is usual for the person and for the job, and those about an
//! account's whole day.

use uuid::Uuid;

use super::super::engine::Rule;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// A day with many times the patients that are usual for this login, judged by its own window before and, where the job has
/// enough days at this facility, by the others in it.
pub async fn volume_spike(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH touched AS MATERIALIZED (
           SELECT w.login_id, w.local_day, (array_agg(w.person_id))[1] AS person_id, min(w.action_at) AS first_at FROM portal.rule_work w
            WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL GROUP BY w.login_id, w.local_day),
         spikes AS MATERIALIZED (
           SELECT t.*, d.rows, d.patients, usual.median, usual.days
             FROM touched t
             JOIN portal.login_days d ON d.login_id = t.login_id AND d.local_day = t.local_day AND d.rows >= $5
            CROSS JOIN LATERAL (
               SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY u.patients) AS median, count(*) AS days
                 FROM portal.login_days u
                WHERE u.login_id = t.login_id AND u.local_day < t.local_day AND u.local_day >= t.local_day - $7::int) usual
            WHERE usual.days >= $6 AND d.patients >= $4 * greatest(usual.median, 1)),
         jobs AS MATERIALIZED (
           SELECT DISTINCT ON (s.login_id, s.local_day) s.*, x.home_facility_id, x.job_role FROM spikes s
             LEFT JOIN portal.rule_work_days x ON x.pass_id = $1 AND x.person_id = s.person_id AND x.local_day = s.local_day
              AND x.period_id IS NOT NULL
            ORDER BY s.login_id, s.local_day, x.facility_key),
         judged AS MATERIALIZED (
           SELECT j.*, CASE WHEN p.days >= $6 THEN p.median END AS peers, CASE WHEN p.days >= $6 THEN p.days END AS peer_days
             FROM jobs j
            CROSS JOIN LATERAL (
               SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY u.patients) AS median, count(*) AS days
                 FROM portal.employment_periods e
                 JOIN portal.login_holders h ON h.person_id = e.person_id
                 JOIN portal.login_days u ON u.login_id = h.login_id AND u.local_day < j.local_day AND u.local_day >= j.local_day - $7::int
                  AND u.local_day >= e.starts_on AND (e.ends_on IS NULL OR u.local_day <= e.ends_on)
                WHERE e.facility_id = j.home_facility_id AND e.job_role = j.job_role AND e.superseded_at IS NULL
                  AND e.person_id <> j.person_id AND u.login_id <> j.login_id) p)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_strip_nulls(jsonb_build_object('rule', $2::text, 'patients', s.patients, 'rows', s.rows, 'usual', s.median, 'days', s.days,
                  'window', $7::int, 'peers', s.peers, 'peer_days', s.peer_days)),
                w.holder_known_at
           FROM judged s
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.login_id = s.login_id AND w.local_day = s.local_day
            AND w.counts AND w.patient_id IS NOT NULL
          WHERE s.peers IS NULL OR s.patients >= $8 * greatest(s.peers, 1)",
        pass,
        rule.code.as_str(),
        rule.version,
        f64::from(rule.whole("times_usual", 3)),
        rule.whole("least_rows", 40),
        i64::from(rule.whole("least_days", 5)),
        rule.whole("window_days", 30),
        f64::from(rule.whole("times_peers", 2))
    ))
    .await
}

/// One patient on many days, far more than is usual for the person's other patients and for others in the job. Said on
/// the day the count is reached, and again when it has doubled, not every day.
pub async fn repeat_same_patient(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH logins AS MATERIALIZED (
           SELECT w.login_id, min(w.local_day) AS first_day, max(w.local_day) AS last_day FROM portal.rule_work w
            WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL GROUP BY w.login_id),
         often AS MATERIALIZED (
           SELECT d.login_id, d.patient_id FROM logins l
             JOIN portal.login_patient_days d ON d.login_id = l.login_id AND d.local_day > l.first_day - $5::int AND d.local_day <= l.last_day
            GROUP BY d.login_id, d.patient_id HAVING count(*) >= $4),
         touched AS MATERIALIZED (
           SELECT w.login_id, w.patient_id, w.local_day, (array_agg(w.person_id))[1] AS person_id
             FROM often o
             JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.login_id = o.login_id AND w.patient_id = o.patient_id
            GROUP BY w.login_id, w.patient_id, w.local_day),
         reached AS MATERIALIZED (
           SELECT t.*, n.days FROM touched t
            CROSS JOIN LATERAL (
               SELECT count(*) AS days FROM portal.login_patient_days d
                WHERE d.login_id = t.login_id AND d.patient_id = t.patient_id
                  AND d.local_day > t.local_day - $5::int AND d.local_day <= t.local_day) n
            WHERE n.days >= $4 AND n.days % $4 = 0),
         owns AS MATERIALIZED (
           SELECT k.login_id, k.local_day,
                  (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY c.days)
                     FROM (SELECT count(*) AS days FROM portal.login_patient_days d
                            WHERE d.login_id = k.login_id AND d.local_day > k.local_day - $5::int AND d.local_day <= k.local_day
                            GROUP BY d.patient_id) c) AS usual
             FROM (SELECT DISTINCT r.login_id, r.local_day FROM reached r) k),
         -- only what is unusual for the person is held against the others in the job
         unusual AS MATERIALIZED (
           SELECT r.*, o.usual FROM reached r
             JOIN owns o ON o.login_id = r.login_id AND o.local_day = r.local_day
            WHERE r.days >= $6 * o.usual),
         jobs AS MATERIALIZED (
           SELECT DISTINCT ON (u.login_id, u.local_day) u.login_id, u.local_day, u.person_id, x.home_facility_id, x.job_role
             FROM unusual u
             JOIN portal.rule_work_days x ON x.pass_id = $1 AND x.person_id = u.person_id AND x.local_day = u.local_day AND x.period_id IS NOT NULL
            ORDER BY u.login_id, u.local_day, x.facility_key),
         peers AS MATERIALIZED (
           SELECT j.login_id, j.local_day,
                  (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY c.days)
                     FROM (SELECT count(*) AS days FROM portal.employment_periods e
                             JOIN portal.login_holders h ON h.person_id = e.person_id
                             JOIN portal.login_patient_days d ON d.login_id = h.login_id AND d.local_day > j.local_day - $5::int
                              AND d.local_day <= j.local_day AND d.local_day >= e.starts_on AND (e.ends_on IS NULL OR d.local_day <= e.ends_on)
                            WHERE e.facility_id = j.home_facility_id AND e.job_role = j.job_role AND e.superseded_at IS NULL
                              AND e.person_id <> j.person_id
                            GROUP BY d.login_id, d.patient_id) c) AS usual
             FROM jobs j)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_strip_nulls(jsonb_build_object('rule', $2::text, 'days', u.days, 'window', $5::int, 'usual', u.usual, 'peers', p.usual)),
                w.holder_known_at
           FROM unusual u
           LEFT JOIN peers p ON p.login_id = u.login_id AND p.local_day = u.local_day
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.login_id = u.login_id AND w.local_day = u.local_day
            AND w.patient_id = u.patient_id
          WHERE p.usual IS NULL OR u.days >= $6 * p.usual",
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
           SELECT t.login_id, t.local_day, before.day FROM (
             SELECT DISTINCT w.login_id, w.local_day FROM portal.rule_work w
              WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL) t
            CROSS JOIN LATERAL (SELECT max(d.local_day) AS day FROM portal.login_days d
                                 WHERE d.login_id = t.login_id AND d.local_day < t.local_day) before
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
           LEFT JOIN back b ON b.login_id = w.login_id AND b.local_day = w.local_day
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
