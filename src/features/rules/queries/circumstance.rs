//! What colours a case: hours, place, network, job, training, and that nobody is known to have held the login. As context
//! these look at the rows of cases only; a site that made a signal of one has it look at every row.

use uuid::Uuid;

use super::super::engine::{Reach, Rule};
use crate::audit::AuditedTx;
use crate::error::AppError;

/// Outside the hours of the department the person worked in on that day. Round-the-clock departments have none. Whoever
/// works for two is outside only where neither's hours allow it. Hours that end before they begin run over midnight.
pub async fn after_hours(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule, reach: Reach) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_build_object('rule', $2::text, 'at', to_char(w.wall, 'HH24:MI'), 'opens', to_char(d.opens_at, 'HH24:MI'),
                                   'closes', to_char(d.closes_at, 'HH24:MI'), 'weekend', extract(isodow FROM w.wall) > 5),
                w.holder_known_at
           FROM portal.rule_work_days d
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND (w.in_case OR NOT $4::boolean) AND w.person_id = d.person_id AND w.facility_key = d.facility_key
            AND w.local_day = d.local_day AND w.patient_id IS NOT NULL
          WHERE d.pass_id = $1 AND d.opens_at IS NOT NULL
            AND portal.outside_hours(w.wall, d.opens_at, d.closes_at)
            AND NOT EXISTS (SELECT 1 FROM portal.employment_periods p
                              LEFT JOIN portal.departments dep ON dep.id = p.department_id
                             WHERE p.person_id = d.person_id AND p.superseded_at IS NULL AND NOT p.on_leave AND p.id <> d.period_id
                               AND p.starts_on <= d.local_day AND (p.ends_on IS NULL OR p.ends_on >= d.local_day)
                               AND (dep.opens_at IS NULL OR NOT portal.outside_hours(w.wall, dep.opens_at, dep.closes_at)))",
        pass,
        rule.code.as_str(),
        rule.version,
        reach == Reach::Cases
    ))
    .await
}

/// A record of a facility that is none of those the person worked for on that day.
pub async fn foreign_facility(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule, reach: Reach) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text), w.holder_known_at
           FROM portal.rule_work_days d
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND (w.in_case OR NOT $4::boolean) AND w.person_id = d.person_id AND w.facility_key = d.facility_key
            AND w.local_day = d.local_day AND w.patient_id IS NOT NULL AND w.facility_id IS NOT NULL
          WHERE d.pass_id = $1 AND d.period_id IS NOT NULL AND NOT d.facility_key = ANY (d.facilities)",
        pass,
        rule.code.as_str(),
        rule.version,
        reach == Reach::Cases
    ))
    .await
}

/// From an address in no network of the organisation, where the row's facility says what its networks are.
pub async fn foreign_network(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule, reach: Reach) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH outside AS MATERIALIZED (
           SELECT s.source_ip FROM (SELECT DISTINCT w.source_ip FROM portal.rule_work w
                                     WHERE w.pass_id = $1 AND w.counts AND w.source_ip IS NOT NULL) s
            WHERE NOT EXISTS (SELECT 1 FROM portal.facilities f, unnest(f.networks) n WHERE s.source_ip <<= n))
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text), NULL
           FROM outside o
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND (w.in_case OR NOT $4::boolean) AND w.source_ip = o.source_ip AND w.patient_id IS NOT NULL
           JOIN portal.facilities f ON f.id = w.facility_id AND cardinality(f.networks) > 0",
        pass,
        rule.code.as_str(),
        rule.version,
        reach == Reach::Cases
    ))
    .await
}

/// A kind of record that the site's table says this job does not need.
pub async fn role_mismatch(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule, reach: Reach) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH jobs AS MATERIALIZED (
           SELECT j.job_role, t.type AS resource_type
             FROM (SELECT DISTINCT d.job_role FROM portal.rule_work_days d WHERE d.pass_id = $1 AND d.job_role IS NOT NULL) j
            CROSS JOIN jsonb_array_elements($4::jsonb) g
            CROSS JOIN LATERAL jsonb_array_elements_text(g->'types') t(type)
            WHERE EXISTS (SELECT 1 FROM jsonb_array_elements_text(g->'words') word WHERE strpos(lower(j.job_role), word) > 0)
            GROUP BY 1, 2)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text, 'resource_type', w.resource_type), w.holder_known_at
           FROM portal.rule_work w
           JOIN portal.rule_work_days d ON d.pass_id = $1 AND d.person_id = w.person_id AND d.facility_key = w.facility_key
            AND d.local_day = w.local_day
           JOIN jobs j ON j.job_role = d.job_role AND j.resource_type = w.resource_type
          WHERE w.pass_id = $1 AND w.counts AND (w.in_case OR NOT $5::boolean) AND w.patient_id IS NOT NULL",
        pass,
        rule.code.as_str(),
        rule.version,
        rule.job_groups(),
        reach == Reach::Cases
    ))
    .await
}

/// A course taken once whose last completion had expired by then. What is entered later says when it became known.
pub async fn training_lapsed(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule, reach: Reach) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH people AS MATERIALIZED (
           SELECT d.person_id, d.local_day FROM portal.rule_work_days d WHERE d.pass_id = $1 AND d.period_id IS NOT NULL GROUP BY 1, 2),
         lapsed AS MATERIALIZED (
           SELECT p.person_id, p.local_day, min(l.expires_on) AS expired_on, count(*) AS courses, max(l.recorded_at) AS known_at
             FROM people p
            CROSS JOIN LATERAL (
               SELECT DISTINCT ON (t.course_code) t.expires_on, t.recorded_at FROM portal.training_records t
                WHERE t.person_id = p.person_id AND t.completed_at < (p.local_day + 1)::timestamptz
                ORDER BY t.course_code, t.expires_on DESC NULLS FIRST) l
            WHERE l.expires_on <= p.local_day
            GROUP BY p.person_id, p.local_day)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_build_object('rule', $2::text, 'expired_on', l.expired_on, 'days', w.local_day - l.expired_on, 'courses', l.courses),
                greatest(w.holder_known_at, CASE WHEN l.known_at > w.action_at THEN l.known_at END)
           FROM lapsed l
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND (w.in_case OR NOT $4::boolean) AND w.person_id = l.person_id AND w.local_day = l.local_day
            AND w.patient_id IS NOT NULL",
        pass,
        rule.code.as_str(),
        rule.version,
        reach == Reach::Cases
    ))
    .await
}

/// Nobody is known to have held the login at that time. An interface or a device is nobody's.
pub async fn unmatched_identity(
    tx: &mut AuditedTx<'_>,
    pass: Uuid,
    rule: &Rule,
    reach: Reach,
) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text), NULL
           FROM portal.rule_work w
          WHERE w.pass_id = $1 AND w.counts AND (w.in_case OR NOT $4::boolean) AND w.person_id IS NULL AND w.vendor_id IS NULL AND w.patient_id IS NOT NULL
            AND w.actor_kind IN ('workforce', 'vendor', 'unknown')
            AND NOT EXISTS (SELECT 1 FROM portal.ehr_logins l WHERE l.id = w.login_id AND l.kind = 'system')",
        pass,
        rule.code.as_str(),
        rule.version,
        reach == Reach::Cases
    ))
    .await
}
