//! Signals about who the patient is to the person, and about who the person was on that day. Hashes are compared; no name is.

use uuid::Uuid;

use super::super::engine::{Reach, Rule};
use crate::audit::AuditedTx;
use crate::error::AppError;

/// The person's own record: linked, or name and address are the same.
pub async fn self_access(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH own AS MATERIALIZED (
           SELECT p.id AS patient_id, p.linked_person_id AS person_id, 'linked' AS by, NULL::timestamptz AS known_at
             FROM portal.patients p WHERE p.linked_person_id IS NOT NULL
           UNION ALL
           SELECT p.id, q.id, 'name_and_address', q.hashes_known_at FROM portal.patients p
             JOIN portal.people q ON q.address_hash = p.address_hash AND q.name_hash = p.name_hash
            WHERE p.linked_person_id IS NULL)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text, 'by', o.by),
                greatest(w.holder_known_at, CASE WHEN o.known_at > w.action_at THEN o.known_at END)
           FROM own o
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.patient_id = o.patient_id AND w.person_id = o.person_id",
        pass,
        rule.code.as_str(),
        rule.version
    ))
    .await
}

/// Somebody at the same address, who is not the person. An address of many patients is a home or a shelter, not a household.
pub async fn household(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH near AS MATERIALIZED (
           SELECT p.id AS patient_id, q.id AS person_id, coalesce(p.surname_hash = q.surname_hash, false) AS same_surname,
                  q.hashes_known_at AS known_at
             FROM portal.people q
             JOIN portal.patients p ON p.address_hash = q.address_hash AND p.linked_person_id IS DISTINCT FROM q.id
              AND (p.linked_person_id IS NOT NULL OR NOT coalesce(p.name_hash = q.name_hash, false))
            WHERE q.address_hash IS NOT NULL
              AND (SELECT count(*) FROM portal.patients x WHERE x.address_hash = q.address_hash) <= $4)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text, 'same_surname', n.same_surname),
                greatest(w.holder_known_at, CASE WHEN n.known_at > w.action_at THEN n.known_at END)
           FROM near n
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.patient_id = n.patient_id AND w.person_id = n.person_id",
        pass,
        rule.code.as_str(),
        rule.version,
        i64::from(rule.whole("most_at_address", 12))
    ))
    .await
}

/// A patient who worked beside the person on that day: in the same department, or, weaker, in the same facility.
pub async fn coworker(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH members AS MATERIALIZED (
           SELECT p.id AS patient_id, p.linked_person_id AS person_id, 'linked' AS by, NULL::timestamptz AS known_at
             FROM portal.patients p WHERE p.linked_person_id IS NOT NULL
           UNION ALL
           SELECT p.id, q.id, 'name_and_address', q.hashes_known_at FROM portal.patients p
             JOIN portal.people q ON q.address_hash = p.address_hash AND q.name_hash = p.name_hash
            WHERE p.linked_person_id IS NULL),
         seen AS MATERIALIZED (
           SELECT w.access_id, w.action_at, w.holder_known_at, w.local_day, m.person_id AS member, m.by, m.known_at, d.department_id, d.home_facility_id
             FROM members m
             JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.patient_id = m.patient_id AND w.person_id <> m.person_id
             JOIN portal.rule_work_days d ON d.pass_id = $1 AND d.person_id = w.person_id AND d.facility_key = w.facility_key
              AND d.local_day = w.local_day AND d.period_id IS NOT NULL)
         INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, s.access_id, $2, $3,
                jsonb_build_object('rule', $2::text, 'same_department', bool_or(e.department_id = s.department_id), 'by', min(s.by)),
                greatest(min(s.holder_known_at), min(CASE WHEN s.known_at > s.action_at THEN s.known_at END),
                         min(CASE WHEN e.recorded_at > s.action_at THEN e.recorded_at END))
           FROM seen s
           JOIN portal.employment_periods e ON e.person_id = s.member AND e.superseded_at IS NULL AND e.facility_id = s.home_facility_id
            AND e.starts_on <= s.local_day AND (e.ends_on IS NULL OR e.ends_on >= s.local_day)
          GROUP BY s.access_id",
        pass,
        rule.code.as_str(),
        rule.version
    ))
    .await
}

/// A patient who was on the watch list at the time, or was put on it later, which the flag says. Taking a patient off ends
/// nothing that was raised. A list that was begun without marks counts as it stood before the first of them.
pub async fn watch_list(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3, jsonb_build_object('rule', $2::text),
                greatest(w.holder_known_at, CASE WHEN NOT coalesce(had.watched, NOT first.watched, t.at <= w.action_at, p.watched)
                                                 THEN coalesce(later.at, t.at) END)
           FROM (SELECT m.patient_id AS id FROM portal.watch_marks m UNION SELECT q.id FROM portal.patients q WHERE q.watched) listed
           JOIN portal.patients p ON p.id = listed.id
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.patient_id = p.id
           LEFT JOIN LATERAL (SELECT m.watched FROM portal.watch_marks m WHERE m.patient_id = p.id AND m.marked_at <= w.action_at
                               ORDER BY m.marked_at DESC, m.id DESC LIMIT 1) had ON true
           LEFT JOIN LATERAL (SELECT m.watched FROM portal.watch_marks m WHERE m.patient_id = p.id
                               ORDER BY m.marked_at, m.id LIMIT 1) first ON true
           LEFT JOIN LATERAL (SELECT min(m.marked_at) AS at FROM portal.watch_marks m
                               WHERE m.patient_id = p.id AND m.watched AND m.marked_at > w.action_at) later ON true
           LEFT JOIN LATERAL (SELECT p.watched_at AS at WHERE p.watched AND first.watched IS NULL) t ON true
          WHERE coalesce(had.watched, NOT first.watched, p.watched) OR later.at IS NOT NULL",
        pass,
        rule.code.as_str(),
        rule.version
    ))
    .await
}

/// A login used after its holder's last day, while no employment covers the day.
pub async fn terminated_user(tx: &mut AuditedTx<'_>, pass: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_build_object('rule', $2::text, 'last_day', d.last_day, 'days_after', w.local_day - d.last_day),
                greatest(w.holder_known_at, CASE WHEN d.last_known_at > w.action_at THEN d.last_known_at END)
           FROM portal.rule_work_days d
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.person_id = d.person_id AND w.facility_key = d.facility_key
            AND w.local_day = d.local_day AND w.actor_kind = 'workforce'
          -- a last day is there only where nothing covers the day; asking for both makes the planner expect no row at all
          WHERE d.pass_id = $1 AND d.last_day IS NOT NULL
            -- signing in colours nothing by itself on a day when charts were opened
            AND (w.patient_id IS NOT NULL
                 OR NOT EXISTS (SELECT 1 FROM portal.login_days x WHERE x.login_id = w.login_id AND x.local_day = w.local_day))",
        pass,
        rule.code.as_str(),
        rule.version
    ))
    .await
}

/// The glass broken, counted per person, patient and day: without a reason a signal, with one context.
pub async fn glass(
    tx: &mut AuditedTx<'_>,
    pass: Uuid,
    rule: &Rule,
    reach: Reach,
    with_reason: bool,
) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $1, w.access_id, $2, $3,
                jsonb_build_object('rule', $2::text, 'times', count(*) OVER (PARTITION BY w.subject_id, w.patient_id, w.local_day)), NULL
           FROM portal.rule_work w
          WHERE w.pass_id = $1 AND w.counts AND (w.in_case OR NOT $5::boolean) AND w.access_type = 'break_glass' AND (w.access_reason <> 'UNSTATED') = $4",
        pass,
        rule.code.as_str(),
        rule.version,
        with_reason,
        reach == Reach::Cases
    ))
    .await
}
