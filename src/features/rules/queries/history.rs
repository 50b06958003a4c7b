//! What a pass says in the histories of the cases it touches. A line makes a form that was opened before answer 409; rows or
//! a signal that were not there when a case was decided open it again.

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// Holds the cases that a pass may write to until its step is done: a person who decides one meanwhile waits, or is waited
/// for, and no two write the same line of a history.
pub async fn hold(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.one(sqlx::query!(
        "WITH held AS MATERIALIZED (
         SELECT c.id FROM portal.review_cases c
          WHERE c.id IN (SELECT o.id FROM (SELECT DISTINCT w.subject_id, w.local_day FROM portal.rule_work w WHERE w.pass_id = $1
                                           UNION SELECT DISTINCT w.login_id, w.local_day FROM portal.rule_work w WHERE w.pass_id = $1) k
                           JOIN portal.review_cases o ON o.subject_id = k.subject_id AND o.local_day = k.local_day
                         UNION
                         SELECT k.case_id FROM portal.rule_work_cases k WHERE k.pass_id = $1)
          ORDER BY c.id FOR UPDATE)
         SELECT count(*) FROM held",
        pass
    ))
    .await
    .map(|_| ())
}

/// Cases of a login of which no row is left with the holder they say, known or not: the case becomes the present holder's;
/// where that person has one of that patient and day already, it goes on there. Nothing of its history is lost.
pub async fn match_cases(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<u64, AppError> {
    let lines = tx
        .run(sqlx::query!(
            "INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
             SELECT c.id, c.version + 1, 'matched', c.state, c.state
               FROM portal.review_cases c
              WHERE c.person_id IS NULL AND c.continued_in IS NULL AND c.version > 0
                AND EXISTS (SELECT 1 FROM portal.rule_work w
                             WHERE w.pass_id = $1 AND w.counts AND w.login_id = c.login_id AND w.local_day = c.local_day
                               AND (c.patient_id IS NULL OR w.patient_id = c.patient_id)
                               AND (w.person_id IS NOT NULL OR w.vendor_id IS DISTINCT FROM c.vendor_id))
                AND NOT EXISTS (SELECT 1 FROM portal.rule_work w
                                 WHERE w.pass_id = $1 AND w.counts AND w.login_id = c.login_id AND w.local_day = c.local_day
                                   AND (c.patient_id IS NULL OR w.patient_id = c.patient_id)
                                   AND w.person_id IS NULL AND w.vendor_id IS NOT DISTINCT FROM c.vendor_id)
                AND NOT EXISTS (SELECT 1 FROM portal.rule_work w
                                  JOIN portal.review_cases o ON o.subject_id = w.person_id AND o.local_day = c.local_day
                                   AND o.patient_id IS NOT DISTINCT FROM c.patient_id
                                 WHERE w.pass_id = $1 AND w.login_id = c.login_id AND w.local_day = c.local_day)",
            pass
        ))
        .await?;
    if lines == 0 {
        return Ok(0);
    }
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c
            SET person_id = m.person_id, vendor_id = m.vendor_id, version = c.version + 1, updated_at = now()
           FROM (SELECT DISTINCT ON (c.id) c.id, w.person_id, w.vendor_id,
                        row_number() OVER (PARTITION BY coalesce(w.person_id, w.login_id), c.patient_id, c.local_day ORDER BY c.number) AS turn
                   FROM portal.review_cases c
                   JOIN portal.review_events e ON e.case_id = c.id AND e.seq = c.version + 1 AND e.kind = 'matched'
                   JOIN LATERAL (SELECT w.person_id, w.vendor_id, w.login_id FROM portal.rule_work w
                                  WHERE w.pass_id = $1 AND w.counts AND w.login_id = c.login_id AND w.local_day = c.local_day
                                    AND (c.patient_id IS NULL OR w.patient_id = c.patient_id)
                                    AND (w.person_id IS NOT NULL OR w.vendor_id IS DISTINCT FROM c.vendor_id)
                                  ORDER BY w.person_id, w.vendor_id LIMIT 1) w ON true
                  WHERE c.person_id IS NULL
                  ORDER BY c.id) m
          WHERE c.id = m.id AND m.turn = 1",
        pass
    ))
    .await
}

/// A login that is nobody's again, or another's: its case had gone on in somebody's, and signals that are its own once more
/// take it up. Without this they would be in no open case.
pub async fn take_up(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT c.id, c.version + 1, 'reopened', c.state,
                CASE WHEN c.decided_at IS NOT NULL THEN 'in_review' WHEN c.assigned_to IS NOT NULL THEN 'assigned' ELSE 'unassigned' END
           FROM portal.review_cases c
          WHERE c.continued_in IS NOT NULL
            AND EXISTS (SELECT 1 FROM portal.rule_work w
                          JOIN portal.access_flags fl ON fl.access_id = w.access_id
                          JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version AND r.kind = 'signal'
                         WHERE w.pass_id = $1 AND w.counts AND w.subject_id = c.subject_id AND w.local_day = c.local_day
                           AND c.patient_id IS NOT DISTINCT FROM CASE WHEN fl.rule_code = ANY ($2) THEN NULL ELSE w.patient_id END
                           AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                                            WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round))",
        pass,
        &super::cases::day_rules()
    ))
    .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c
            SET continued_in = NULL, state = e.to_state, version = e.seq, disposition = NULL, reason_code = NULL, decided_by = NULL,
                decided_at = NULL, updated_at = now()
           FROM portal.review_events e
          WHERE c.continued_in IS NOT NULL AND e.case_id = c.id AND e.seq = c.version + 1 AND e.kind = 'reopened'"
    ))
    .await?;
    Ok(())
}

/// What is left under a matched login goes on in the holder's case of that patient and day, once no row is the login's own.
pub async fn continue_cases(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT DISTINCT c.id, c.version + 1, 'continued', c.state, 'closed'
           FROM portal.review_cases c
           JOIN portal.rule_work w ON w.pass_id = $1 AND w.counts AND w.login_id = c.login_id AND w.local_day = c.local_day
            AND w.person_id IS NOT NULL AND (c.patient_id IS NULL OR w.patient_id = c.patient_id)
           JOIN portal.review_cases o ON o.subject_id = w.person_id AND o.local_day = c.local_day AND o.patient_id IS NOT DISTINCT FROM c.patient_id
          WHERE c.person_id IS NULL AND c.continued_in IS NULL AND c.version > 0
            AND NOT EXISTS (SELECT 1 FROM portal.rule_work own
                             WHERE own.pass_id = $1 AND own.counts AND own.login_id = c.login_id AND own.local_day = c.local_day
                               AND (c.patient_id IS NULL OR own.patient_id = c.patient_id) AND own.person_id IS NULL)
         ON CONFLICT DO NOTHING",
        pass
    ))
    .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c
            SET continued_in = o.id, state = 'closed', version = (SELECT max(e.seq) FROM portal.review_events e WHERE e.case_id = c.id), updated_at = now()
           FROM portal.rule_work w
           JOIN portal.review_cases o ON o.subject_id = w.person_id
          WHERE w.pass_id = $1 AND w.counts AND w.login_id = c.login_id AND w.local_day = c.local_day AND w.person_id IS NOT NULL
            AND (c.patient_id IS NULL OR w.patient_id = c.patient_id)
            AND o.local_day = c.local_day AND o.patient_id IS NOT DISTINCT FROM c.patient_id
            AND c.person_id IS NULL AND c.continued_in IS NULL AND c.version > 0
            AND NOT EXISTS (SELECT 1 FROM portal.rule_work own
                             WHERE own.pass_id = $1 AND own.counts AND own.login_id = c.login_id AND own.local_day = c.local_day
                               AND (c.patient_id IS NULL OR own.patient_id = c.patient_id) AND own.person_id IS NULL)",
        pass
    ))
    .await?;
    Ok(())
}

/// A case whose every row had been withdrawn is in the queue again as soon as it has a row that counts; a corrected export
/// brings rows of other ids, which no withdrawal knows of. Runs after the rows were added.
pub async fn restore(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "WITH alive AS MATERIALIZED (
           SELECT c.id FROM portal.rule_work_cases k JOIN portal.review_cases c ON c.id = k.case_id AND c.withdrawn_at IS NOT NULL
            WHERE k.pass_id = $1 AND c.version > 0
              AND EXISTS (SELECT 1 FROM portal.case_rows r
                           WHERE r.case_id = c.id AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = r.access_id))),
         back AS (
           UPDATE portal.review_cases c SET withdrawn_at = NULL, version = c.version + 1, updated_at = now()
             FROM alive a WHERE c.id = a.id RETURNING c.id, c.version, c.state)
         INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT b.id, b.version, 'restored', b.state, b.state FROM back b",
        pass
    ))
    .await
    .map(|_| ())
}

/// A case that stood already and has more rows, or a signal more, says so; a decision made on less is open again. Runs
/// before the case's flags and counts are made equal.
pub async fn note_growth(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT c.id, c.version + 1,
                CASE WHEN c.decided_at IS NOT NULL THEN 'reopened' WHEN g.rows > c.row_count THEN 'row_added' ELSE 'flag_raised' END,
                c.state, CASE WHEN c.decided_at IS NULL THEN c.state ELSE 'in_review' END
           FROM (SELECT k.case_id, (SELECT count(*) FROM portal.case_rows r WHERE r.case_id = k.case_id) AS rows,
                        EXISTS (SELECT 1 FROM portal.case_rows r
                                  JOIN portal.access_flags fl ON fl.access_id = r.access_id
                                  JOIN portal.rules v ON v.code = fl.rule_code AND v.version = fl.rule_version AND v.kind = 'signal'
                                 WHERE r.case_id = k.case_id
                                   AND (NOT fl.rule_code = ANY ($2) OR EXISTS (SELECT 1 FROM portal.review_cases d WHERE d.id = k.case_id AND d.patient_id IS NULL))
                                   AND NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                                                    WHERE s.access_id = fl.access_id AND s.rule_code = fl.rule_code AND s.round = fl.round)
                                   AND NOT EXISTS (SELECT 1 FROM portal.case_flags f
                                                    WHERE f.case_id = k.case_id AND f.rule_code = fl.rule_code AND f.superseded_at IS NULL)) AS signal
                   FROM portal.rule_work_cases k WHERE k.pass_id = $1) g
           JOIN portal.review_cases c ON c.id = g.case_id
          WHERE c.version > 0 AND (g.rows > c.row_count OR g.signal)",
        pass,
        &super::cases::day_rules()
    ))
    .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c
            SET version = e.seq, state = e.to_state, disposition = NULL, reason_code = NULL, decided_by = NULL, decided_at = NULL, updated_at = now()
           FROM portal.rule_work_cases k, portal.review_events e
          WHERE k.pass_id = $1 AND c.id = k.case_id AND e.case_id = c.id AND e.seq = c.version + 1
            AND e.kind IN ('reopened', 'row_added', 'flag_raised')",
        pass
    ))
    .await?;
    Ok(())
}

/// A case whose signal was lifted just now says so.
pub async fn note_lifted(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT c.id, c.version + 1, 'flag_lifted', c.state, c.state
           FROM portal.rule_work_cases k JOIN portal.review_cases c ON c.id = k.case_id
          WHERE k.pass_id = $1 AND c.version > 0
            AND EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = c.id AND f.kind = 'signal' AND f.superseded_at = now())",
        pass
    ))
    .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c SET version = e.seq, updated_at = now()
           FROM portal.rule_work_cases k, portal.review_events e
          WHERE k.pass_id = $1 AND c.id = k.case_id AND e.case_id = c.id AND e.seq = c.version + 1 AND e.kind = 'flag_lifted'",
        pass
    ))
    .await?;
    Ok(())
}

/// The first line of a case's history.
pub async fn note_opening(tx: &mut AuditedTx<'_>, pass: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, to_state)
         SELECT c.id, 1, 'opened', 'unassigned'
           FROM portal.rule_work_cases k JOIN portal.review_cases c ON c.id = k.case_id
          WHERE k.pass_id = $1 AND c.version = 0
         ON CONFLICT DO NOTHING",
        pass
    ))
    .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c SET version = 1 FROM portal.rule_work_cases k WHERE k.pass_id = $1 AND c.id = k.case_id AND c.version = 0",
        pass
    ))
    .await?;
    Ok(())
}

/// What the batch's report says of its rules.
pub async fn count(tx: &mut AuditedTx<'_>, batch: Uuid, flags: i64, cases: i64) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.import_batches SET flags_raised = flags_raised + $2, cases_opened = cases_opened + $3, updated_at = now() WHERE id = $1",
        batch,
        flags,
        cases
    ))
    .await
    .map(|_| ())
}
