//! From what a pass saw to the flags that stand. A flag that says the same stays as it is; one that no longer holds is
//! superseded, never changed or deleted; what is new, or says something else now, is a round of its own.

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::{RuleCode, RuleKind};

/// Supersedes what the rows of the pass are flagged with and these rules no longer say, or say differently, and every flag
/// on a withdrawn row. `were`: only what they raised as this kind.
pub async fn supersede(
    tx: &mut AuditedTx<'_>,
    pass: Uuid,
    rules: &[RuleCode],
    were: Option<RuleKind>,
) -> Result<u64, AppError> {
    let codes: Vec<_> = rules.iter().map(|rule| rule.as_str().to_owned()).collect();
    tx.run(sqlx::query!(
        "INSERT INTO portal.superseded_flags (access_id, rule_code, round)
         SELECT fl.access_id, fl.rule_code, fl.round
           FROM portal.rule_work w
           JOIN portal.access_flags fl ON fl.access_id = w.access_id
           JOIN portal.rules had ON had.code = fl.rule_code AND had.version = fl.rule_version
          WHERE w.pass_id = $1
            AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                             WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round)
            AND (NOT w.counts
                 OR (fl.rule_code = ANY ($2) AND ($3::text IS NULL OR had.kind = $3)
                     AND NOT EXISTS (SELECT 1 FROM portal.rule_work_flags n
                                       JOIN portal.rules has ON has.code = n.rule_code AND has.version = n.rule_version
                                      WHERE n.pass_id = $1 AND n.access_id = fl.access_id AND n.rule_code = fl.rule_code AND n.facts = fl.facts
                                        AND has.kind = had.kind AND has.severity = had.severity)))
         ON CONFLICT DO NOTHING",
        pass,
        &codes,
        were.map(RuleKind::as_str)
    ))
    .await
}

/// What people flagged comes back with its row. Only a withdrawal ends the newest round of such a flag, so that a row which
/// counts again carries it again, as a round of its own.
pub async fn raise_by_hand_again(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    let codes: Vec<_> =
        RuleCode::ALL.iter().filter(|rule| rule.by_people()).map(|rule| rule.as_str().to_owned()).collect();
    tx.run(sqlx::query!(
        "INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id, known_at, round)
         SELECT n.access_id, n.rule_code, n.rule_version, n.facts, n.facility_id, n.owner_id, n.action_at, n.batch_id, n.known_at, n.round + 1
           FROM (SELECT DISTINCT ON (fl.access_id, fl.rule_code) fl.* FROM portal.access_flags fl
                   JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.access_id = fl.access_id
                  WHERE fl.rule_code = ANY ($2)
                  ORDER BY fl.access_id, fl.rule_code, fl.round DESC) n
           JOIN portal.superseded_flags s ON s.access_id = n.access_id AND s.rule_code = n.rule_code AND s.round = n.round
         ON CONFLICT DO NOTHING",
        pass,
        &codes
    ))
    .await
}

/// Raises what does not stand yet.
pub async fn raise(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id, known_at, round)
         SELECT n.access_id, n.rule_code, n.rule_version, n.facts, w.facility_id, w.owner_id, w.action_at, w.batch_id, n.known_at,
                coalesce(had.round, 0) + 1
           FROM portal.rule_work_flags n
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.access_id = n.access_id
           LEFT JOIN (SELECT fl.access_id, fl.rule_code, max(fl.round) AS round, count(*) AS rounds, count(s.round) AS ended
                        FROM portal.access_flags fl
                        JOIN portal.rule_work x ON x.pass_id = $1 AND x.access_id = fl.access_id
                        LEFT JOIN portal.superseded_flags s ON s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round
                       GROUP BY fl.access_id, fl.rule_code) had ON had.access_id = n.access_id AND had.rule_code = n.rule_code
          WHERE n.pass_id = $1 AND (had.access_id IS NULL OR had.rounds = had.ended)
         ON CONFLICT DO NOTHING",
        pass
    ))
    .await
}
