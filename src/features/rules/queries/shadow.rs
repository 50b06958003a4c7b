//! A shadow run: what a proposed version would have found over the last sixty days, set against what stands.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::engine::Rule;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::{Risk, RuleCode, RuleKind};

/// The proposal as a rule, and the version it would replace. Both run over the same rows: what stands was raised over time,
/// by what was known then, and would not compare.
pub struct Proposed {
    pub rule: Rule,
    pub base: Rule,
}

/// What is to be run, marked as under way; none where it no longer waits.
pub async fn begin(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Proposed>, AppError> {
    let row = tx
        .optional(sqlx::query!(
            r#"SELECT p.code, p.base_version, p.kind, p.severity, p.parameters, p.enabled,
                      r.kind AS base_kind, r.severity AS base_severity, r.parameters AS base_parameters, r.enabled AS base_enabled
                 FROM portal.rule_proposals p JOIN portal.rules r ON r.code = p.code AND r.version = p.base_version
                WHERE p.id = $1 AND p.state IN ('shadow_waiting', 'shadow_running')"#,
            id
        ))
        .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.rule_proposals SET state = 'shadow_running', shadow_from = $2, shadow_until = $3, updated_at = now()
          WHERE id = $1 AND state IN ('shadow_waiting', 'shadow_running')",
        id,
        from,
        until
    ))
    .await?;
    let unknown = AppError::Internal("a proposal is not of this release's words");
    row.map(|row| {
        let words = |kind: &str, severity: &str| {
            RuleCode::parse(&row.code).zip(RuleKind::parse(kind)).zip(Risk::parse(severity))
        };
        let both = words(&row.kind, &row.severity).zip(words(&row.base_kind, &row.base_severity));
        let (((code, kind), severity), ((_, base_kind), base_severity)) = both.ok_or(unknown)?;
        let rule = Rule {
            code,
            version: row.base_version + 1,
            kind,
            severity,
            parameters: row.parameters,
            enabled: row.enabled,
        };
        let base = Rule {
            code,
            version: row.base_version,
            kind: base_kind,
            severity: base_severity,
            parameters: row.base_parameters,
            enabled: row.base_enabled,
        };
        Ok(Proposed { rule, base })
    })
    .transpose()
}

/// Keeps of one part what is compared when all of them were looked at: what the versions flagged, and what stands.
pub async fn hand_over(tx: &mut AuditedTx<'_>, part: Uuid, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work (pass_id, access_id, login_id, person_id, vendor_id, subject_id, patient_id, facility_id, facility_key,
                owner_id, batch_id, action_at, wall, local_day, actor_kind, resource_type, access_type, access_reason, source_ip,
                holder_known_at, counts)
         SELECT $2, w.access_id, w.login_id, w.person_id, w.vendor_id, w.subject_id, w.patient_id, w.facility_id, w.facility_key,
                w.owner_id, w.batch_id, w.action_at, w.wall, w.local_day, w.actor_kind, w.resource_type, w.access_type, w.access_reason,
                w.source_ip, w.holder_known_at, w.counts
           FROM portal.rule_work w
          WHERE w.pass_id = $1
            AND (EXISTS (SELECT 1 FROM portal.rule_work_flags n WHERE n.pass_id = $1 AND n.access_id = w.access_id)
                 OR EXISTS (SELECT 1 FROM portal.access_flags f WHERE f.access_id = w.access_id))",
        part,
        pass
    ))
    .await?;
    tx.run(sqlx::query!(
        "INSERT INTO portal.rule_work_flags (pass_id, access_id, rule_code, rule_version, facts, known_at)
         SELECT $2, n.access_id, n.rule_code, n.rule_version, n.facts, n.known_at FROM portal.rule_work_flags n WHERE n.pass_id = $1",
        part,
        pass
    ))
    .await
    .map(|_| ())
}

/// Sets what the proposal would flag beside what the live version does, case by case, and keeps the numbers and a sample.
/// What people raise is not looked for: of that what stands is compared.
pub async fn compare(
    tx: &mut AuditedTx<'_>,
    pass: Uuid,
    id: Uuid,
    proposed: &Proposed,
    rows: i64,
) -> Result<(), AppError> {
    let rule = &proposed.rule;
    tx.run(sqlx::query!(
        "WITH then_keys AS MATERIALIZED (
           SELECT w.subject_id, w.local_day, CASE WHEN $4 THEN NULL ELSE w.patient_id END AS patient_id, min(n.access_id::text)::uuid AS access_id
             FROM portal.rule_work_flags n JOIN portal.rule_work w ON w.pass_id = $1 AND w.access_id = n.access_id
            WHERE n.pass_id = $1 AND n.rule_version = $9 GROUP BY 1, 2, 3),
         standing AS MATERIALIZED (
           SELECT w.subject_id, w.local_day, w.patient_id, fl.rule_code, r.kind, fl.access_id
             FROM portal.rule_work w
             JOIN portal.access_flags fl ON fl.access_id = w.access_id
             JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version
            WHERE w.pass_id = $1 AND (r.kind = 'signal' OR fl.rule_code = $3)
              AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                               WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round)),
         now_rows AS MATERIALIZED (
           SELECT w.subject_id, w.local_day, w.patient_id, n.access_id
             FROM portal.rule_work_flags n JOIN portal.rule_work w ON w.pass_id = $1 AND w.access_id = n.access_id
            WHERE n.pass_id = $1 AND n.rule_version = $9 - 1
           UNION ALL
           SELECT s.subject_id, s.local_day, s.patient_id, s.access_id FROM standing s WHERE $10 AND s.rule_code = $3),
         now_keys AS MATERIALIZED (
           SELECT DISTINCT subject_id, local_day, CASE WHEN $4 THEN NULL ELSE patient_id END AS patient_id FROM now_rows),
         others AS MATERIALIZED (
           SELECT DISTINCT subject_id, local_day, CASE WHEN rule_code = ANY ($8) THEN NULL ELSE patient_id END AS patient_id FROM standing
            WHERE rule_code <> $3 AND kind = 'signal'),
         more AS MATERIALIZED (
           SELECT t.* FROM then_keys t
            WHERE $5 AND NOT EXISTS (SELECT 1 FROM others o WHERE o.subject_id = t.subject_id AND o.local_day = t.local_day
                                        AND o.patient_id IS NOT DISTINCT FROM t.patient_id)
              AND NOT ($6 AND EXISTS (SELECT 1 FROM now_keys k WHERE k.subject_id = t.subject_id AND k.local_day = t.local_day
                                         AND k.patient_id IS NOT DISTINCT FROM t.patient_id))),
         fewer AS MATERIALIZED (
           SELECT k.* FROM now_keys k
            WHERE $6 AND NOT EXISTS (SELECT 1 FROM others o WHERE o.subject_id = k.subject_id AND o.local_day = k.local_day
                                        AND o.patient_id IS NOT DISTINCT FROM k.patient_id)
              AND NOT ($5 AND EXISTS (SELECT 1 FROM then_keys t WHERE t.subject_id = k.subject_id AND t.local_day = k.local_day
                                         AND t.patient_id IS NOT DISTINCT FROM k.patient_id))),
         lost AS MATERIALIZED (
           SELECT c.id, coalesce(c.disposition LIKE 'inappropriate%', false) AS inappropriate, c.risk_rank FROM fewer f
             JOIN portal.review_cases c ON c.subject_id = f.subject_id AND c.local_day = f.local_day AND c.patient_id IS NOT DISTINCT FROM f.patient_id)
         UPDATE portal.rule_proposals p
            SET state = 'shadow_done', shadow_done_at = now(), updated_at = now(), rows_seen = $7,
                flagged_now = (SELECT count(DISTINCT access_id) FROM now_rows),
                flagged_then = (SELECT count(DISTINCT access_id) FROM portal.rule_work_flags WHERE pass_id = $1 AND rule_version = $9),
                cases_now = (SELECT count(*) FROM now_keys),
                cases_more = (SELECT count(*) FROM more), cases_fewer = (SELECT count(*) FROM fewer),
                missed = (SELECT count(*) FROM lost WHERE inappropriate),
                lost_cases = ARRAY(SELECT id FROM lost ORDER BY inappropriate DESC, risk_rank DESC, id LIMIT 20),
                gained_rows = ARRAY(SELECT access_id FROM more ORDER BY access_id DESC LIMIT 20)
          WHERE p.id = $2 AND p.state = 'shadow_running'",
        pass,
        id,
        rule.code.as_str(),
        rule.code.about_a_day(),
        rule.enabled && rule.kind == RuleKind::Signal,
        proposed.base.enabled && proposed.base.kind == RuleKind::Signal,
        rows,
        &super::cases::day_rules(),
        rule.version,
        rule.code.by_people() && proposed.base.enabled
    ))
    .await
    .map(|_| ())
}

/// A run that broke.
pub async fn failed(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.rule_proposals SET state = 'shadow_failed', updated_at = now() WHERE id = $1 AND state IN ('shadow_waiting', 'shadow_running')",
        id
    ))
    .await
    .map(|_| ())
}
