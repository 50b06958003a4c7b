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
         spikes AS MATERIALIZED (
           SELECT t.*, usual.median, usual.days
             FROM touched t
            CROSS JOIN LATERAL (
               SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY u.patients) AS median, count(*) AS days
                 FROM portal.days_of(t.person_id, t.subject_id, t.local_day - $7::int, t.local_day) u) usual
            WHERE usual.days >= $6 AND t.patients >= $4 * greatest(usual.median, 1)),
         jobs AS MATERIALIZED (
           SELECT s.*, j.home_facility_id, j.job_role FROM spikes s
             LEFT JOIN LATERAL (
               SELECT x.home_facility_id, x.job_role FROM portal.rule_work_days x
                WHERE x.pass_id = $1 AND x.person_id = s.person_id AND x.local_day = s.local_day AND x.period_id IS NOT NULL
                ORDER BY x.facility_key LIMIT 1) j ON true),
         judged AS MATERIALIZED (
           SELECT j.*, CASE WHEN p.days >= $6 THEN p.median END AS peers, CASE WHEN p.days >= $6 THEN p.days END AS peer_days
             FROM jobs j
            CROSS JOIN LATERAL (
               SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY u.patients) AS median, count(*) AS days
                 FROM (SELECT DISTINCT e.person_id FROM portal.employment_periods e
                        WHERE e.facility_id = j.home_facility_id AND e.job_role = j.job_role AND e.superseded_at IS NULL
                          AND e.person_id <> j.person_id) o
                CROSS JOIN LATERAL portal.days_of(o.person_id, NULL, j.local_day - $7::int, j.local_day) u
                WHERE EXISTS (SELECT 1 FROM portal.employment_periods e
                               WHERE e.person_id = o.person_id AND e.facility_id = j.home_facility_id AND e.job_role = j.job_role
                                 AND e.superseded_at IS NULL AND u.local_day >= e.starts_on
                                 AND (e.ends_on IS NULL OR u.local_day <= e.ends_on))) p)
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
        "WITH subjects AS MATERIALIZED (
           SELECT w.subject_id, w.person_id, min(w.local_day) AS first_day, max(w.local_day) AS last_day FROM portal.rule_work w
            WHERE w.pass_id = $1 AND w.counts AND w.patient_id IS NOT NULL GROUP BY w.subject_id, w.person_id),
         seen AS MATERIALIZED (
           SELECT s.subject_id, s.person_id, d.patient_id, d.local_day,
                  count(*) OVER (PARTITION BY s.subject_id, d.patient_id ORDER BY d.local_day
                                 RANGE BETWEEN make_interval(days => $5::int - 1) PRECEDING AND CURRENT ROW) AS days
             FROM subjects s
            -- a day is judged by its window, and whether it was said before by the days of one
            CROSS JOIN LATERAL portal.patient_days_of(s.person_id, s.subject_id, s.first_day - 2 * $5::int, s.last_day + 1) d),
         often AS MATERIALIZED (SELECT s.* FROM seen s WHERE s.days >= $4),
         reached AS MATERIALIZED (
           SELECT o.* FROM often o
             JOIN (SELECT DISTINCT w.subject_id, w.patient_id, w.local_day FROM portal.rule_work w
                    WHERE w.pass_id = $1 AND w.counts) t
               ON t.subject_id = o.subject_id AND t.patient_id = o.patient_id AND t.local_day = o.local_day),
         judged AS MATERIALIZED (
           SELECT k.subject_id, k.local_day, u.usual, u.peers
             FROM (SELECT r.subject_id, r.person_id, r.local_day, max(r.days) AS days FROM reached r GROUP BY 1, 2, 3) k
            CROSS JOIN LATERAL portal.usual_repeats(k.person_id, k.subject_id, k.local_day, $5::int, k.days, $6) u),
         held AS MATERIALIZED (
           SELECT r.*, j.usual, j.peers FROM reached r JOIN judged j ON j.subject_id = r.subject_id AND j.local_day = r.local_day
            WHERE r.days >= $6 * j.usual AND (j.peers IS NULL OR r.days >= $6 * j.peers)),
         told AS MATERIALIZED (
           SELECT h.* FROM held h
            WHERE NOT EXISTS (
               SELECT 1 FROM often e
                CROSS JOIN LATERAL portal.usual_repeats(e.person_id, e.subject_id, e.local_day, $5::int, e.days, $6) u
                WHERE e.subject_id = h.subject_id AND e.patient_id = h.patient_id
                  AND e.local_day < h.local_day AND e.local_day > h.local_day - $5::int
                  AND floor(log(2::numeric, e.days::numeric / $4)) >= floor(log(2::numeric, h.days::numeric / $4))
                  AND e.days >= $6 * u.usual AND (u.peers IS NULL OR e.days >= $6 * u.peers)))
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_strip_nulls(jsonb_build_object('rule', $2::text, 'days', r.days, 'window', $5::int, 'usual', r.usual, 'peers', r.peers)),
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
            CROSS JOIN LATERAL (SELECT max(d.local_day) AS day FROM portal.login_days d
                                 WHERE d.login_id = t.login_id AND d.local_day < t.local_day
                                   AND NOT EXISTS (SELECT 1 FROM portal.login_holders h
                                                    WHERE h.login_id = d.login_id AND coalesce(h.person_id, h.vendor_id) IS DISTINCT FROM t.holder
                                                      AND h.valid_from <= portal.noon(d.local_day)
                                                      AND (h.valid_to IS NULL OR h.valid_to > portal.noon(d.local_day)))) before
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
