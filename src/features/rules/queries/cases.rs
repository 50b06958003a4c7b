//! From flags to cases: one person (or login), one patient, one local day; or one account's day, for what is about the day.
//! Every step works on the cases of the pass's people and days, so that a row without a flag of its own joins a case that
//! stands already.

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::RuleCode;

/// The rules whose flags are about a day, not about one patient; `RuleCode::about_a_day` in SQL's hands.
pub fn day_rules() -> Vec<String> {
    RuleCode::ALL.iter().filter(|rule| rule.about_a_day()).map(|rule| rule.as_str().to_owned()).collect()
}

/// A case for every new combination among the standing signals of the pass.
pub async fn open(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_cases (id, person_id, vendor_id, login_id, patient_id, local_day, facility_id, owner_id, state,
                                          risk, first_action_at, last_action_at, row_count, access_type, resource_type)
         SELECT audit.uuid7(), k.person_id, (array_agg(k.vendor_id))[1], (array_agg(k.login_id ORDER BY k.action_at))[1], k.patient_id, k.local_day,
                (array_agg(k.facility_id ORDER BY k.action_at))[1], (array_agg(k.owner_id ORDER BY k.action_at))[1], 'unassigned',
                'low', min(k.action_at), max(k.action_at), 0, 'view', 'Other'
           FROM (SELECT w.login_id, w.facility_id, w.owner_id, w.action_at, w.person_id, w.vendor_id, w.subject_id, w.local_day,
                        CASE WHEN fl.rule_code = ANY ($2) THEN NULL ELSE w.patient_id END AS patient_id
                   FROM portal.rule_work w
                   JOIN portal.access_flags fl ON fl.access_id = w.access_id
                   JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version AND r.kind = 'signal'
                  WHERE w.pass_id = $1 AND w.counts
                    AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                                     WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round)) k
          GROUP BY k.subject_id, k.person_id, k.patient_id, k.local_day
          ORDER BY min(k.action_at)
         ON CONFLICT DO NOTHING",
        pass,
        &day_rules()
    ))
    .await
}

/// The cases that the pass's rows belong to now, or belonged to.
pub async fn name(tx: &mut AuditedTx<'_>, pass: Uuid, belonged: bool) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_cases (pass_id, case_id)
         SELECT $1, c.id FROM (SELECT DISTINCT w.subject_id, w.local_day FROM portal.rule_work w WHERE w.pass_id = $1) k
           JOIN portal.review_cases c ON c.subject_id = k.subject_id AND c.local_day = k.local_day AND c.continued_in IS NULL
         UNION
         SELECT $1, cr.case_id FROM portal.rule_work w JOIN portal.case_rows cr ON cr.access_id = w.access_id
           JOIN portal.review_cases c ON c.id = cr.case_id AND c.continued_in IS NULL
          WHERE w.pass_id = $1 AND $2
         ON CONFLICT DO NOTHING",
        pass,
        belonged
    ))
    .await
}

/// Rows that are withdrawn, or somebody else's, leave; that they were there is kept beside.
pub async fn part_with_rows(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "DELETE FROM portal.case_rows cr
          USING portal.rule_work_cases k, portal.review_cases c, portal.rule_work w
          WHERE k.pass_id = $1 AND cr.case_id = k.case_id AND c.id = k.case_id AND w.pass_id = $1 AND w.access_id = cr.access_id
            AND (NOT w.counts OR w.subject_id <> c.subject_id)",
        pass
    ))
    .await
}

/// The evidence: of a patient's case every row of that person on that patient on that day; of a day's case the rows that
/// what is about the day flagged, and those without a patient.
pub async fn add_rows(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.case_rows (case_id, access_id)
         SELECT c.id, w.access_id
           FROM portal.rule_work_cases k
           JOIN portal.review_cases c ON c.id = k.case_id AND c.patient_id IS NOT NULL
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.subject_id = c.subject_id AND w.local_day = c.local_day
            AND w.patient_id = c.patient_id
          WHERE k.pass_id = $1
         UNION
         SELECT c.id, w.access_id
           FROM portal.rule_work_cases k
           JOIN portal.review_cases c ON c.id = k.case_id AND c.patient_id IS NULL
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.subject_id = c.subject_id AND w.local_day = c.local_day
           JOIN portal.access_flags fl ON fl.access_id = w.access_id AND (fl.rule_code = ANY ($2) OR w.patient_id IS NULL)
           JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version AND r.kind = 'signal'
          WHERE k.pass_id = $1
            AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                             WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round)
         ON CONFLICT DO NOTHING",
        pass,
        &day_rules()
    ))
    .await
}

/// One line per rule and case. A spike of eight times or more, a shared surname weigh more; a shared facility, and the day
/// after the last one, which a night shift runs into, less.
pub async fn add_flags(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.case_flags AS cf (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at, known_at)
         SELECT cr.case_id, fl.rule_code, max(fl.rule_version), (array_agg(r.kind ORDER BY fl.rule_version DESC))[1],
                CASE WHEN fl.rule_code = 'volume_spike'
                      AND max((fl.facts->>'patients')::numeric / greatest((fl.facts->>'usual')::numeric, 1))
                          >= max(coalesce((r.parameters->>'critical_times')::numeric, 8))
                     THEN 'high'
                     WHEN fl.rule_code = 'household' AND bool_or((fl.facts->>'same_surname')::boolean) AND max(r.severity) = 'medium' THEN 'high'
                     WHEN fl.rule_code = 'coworker' AND NOT bool_or((fl.facts->>'same_department')::boolean) AND max(r.severity) = 'medium' THEN 'low'
                     WHEN fl.rule_code = 'terminated_user' AND max((fl.facts->>'days_after')::integer) = 1 AND max(r.severity) = 'high' THEN 'medium'
                     ELSE (array_agg(r.severity ORDER BY fl.rule_version DESC))[1] END,
                (array_agg(fl.facts ORDER BY (fl.facts->>'times')::integer DESC NULLS LAST, fl.action_at, fl.access_id))[1], count(*),
                min(fl.raised_at), max(fl.known_at)
           FROM portal.rule_work_cases k
           JOIN portal.review_cases c ON c.id = k.case_id
           JOIN portal.case_rows cr ON cr.case_id = k.case_id
           JOIN portal.access_flags fl ON fl.access_id = cr.access_id
           JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version
          WHERE k.pass_id = $1 AND (NOT fl.rule_code = ANY ($2) OR c.patient_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                             WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round)
          GROUP BY cr.case_id, fl.rule_code
         ON CONFLICT (case_id, rule_code) DO UPDATE
           SET facts = excluded.facts, row_count = excluded.row_count, severity = excluded.severity, rule_version = excluded.rule_version,
               kind = excluded.kind, known_at = excluded.known_at, raised_at = least(cf.raised_at, excluded.raised_at), superseded_at = NULL",
        pass,
        &day_rules()
    ))
    .await
}

/// A case's flag that none of its rows carries any more says since when.
pub async fn lift_flags(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.case_flags cf SET superseded_at = now()
           FROM portal.rule_work_cases k
          WHERE k.pass_id = $1 AND cf.case_id = k.case_id AND cf.superseded_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM portal.case_rows cr JOIN portal.access_flags fl ON fl.access_id = cr.access_id AND fl.rule_code = cf.rule_code
                             WHERE cr.case_id = cf.case_id
                               AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                                                WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round))",
        pass
    ))
    .await
}

/// What the queue shows of a case. Its risk is weighed as `model::weighing` says, by the same rules in the database; a case
/// whose signals no longer hold stays, at the lowest risk, until a person decides it.
pub async fn weigh(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c
            SET row_count = w.rows, first_action_at = coalesce(w.first_at, c.first_action_at), last_action_at = coalesce(w.last_at, c.last_action_at),
                access_type = coalesce(w.access_type, c.access_type), resource_type = coalesce(w.resource_type, c.resource_type),
                risk = portal.risk_of(f.signals, f.severities, f.context, w.kept),
                glass_broken = coalesce('break_glass_no_reason' = ANY (f.signals || f.context), false), updated_at = now()
           FROM (SELECT k.case_id, count(a.id) AS rows, min(a.action_at) AS first_at, max(a.action_at) AS last_at,
                        coalesce(mode() WITHIN GROUP (ORDER BY a.access_type) FILTER (WHERE a.access_type IN ('export', 'print', 'break_glass', 'delete')),
                                 mode() WITHIN GROUP (ORDER BY a.access_type)) AS access_type,
                        mode() WITHIN GROUP (ORDER BY a.resource_type) AS resource_type,
                        coalesce(bool_or(portal.keeps(a.access_type)), false) AS kept
                   FROM portal.rule_work_cases k
                   LEFT JOIN portal.case_rows cr ON cr.case_id = k.case_id
                   LEFT JOIN portal.access_logs a ON a.id = cr.access_id
                  WHERE k.pass_id = $1
                  GROUP BY k.case_id) w
          CROSS JOIN LATERAL (
                SELECT array_agg(cf.rule_code) FILTER (WHERE cf.kind = 'signal') AS signals,
                       array_agg(cf.severity) FILTER (WHERE cf.kind = 'signal') AS severities,
                       array_agg(cf.rule_code) FILTER (WHERE cf.kind = 'context') AS context
                  FROM portal.case_flags cf WHERE cf.case_id = w.case_id AND cf.superseded_at IS NULL) f
          WHERE c.id = w.case_id",
        pass
    ))
    .await
}
