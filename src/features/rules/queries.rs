//! The rules' SQL. Everything is one statement over a batch; who held a login, where they worked and what the local day
//! was are read as of the access, never as of today.

use uuid::Uuid;

use super::Rule;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::RuleCode;

/// The rules that run: the newest version of each, if it is enabled.
pub(super) async fn enabled(tx: &mut AuditedTx<'_>) -> Result<Vec<Rule>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            "SELECT DISTINCT ON (code) code, version, parameters, enabled FROM portal.rules ORDER BY code, version DESC"
        ))
        .await?;
    rows.into_iter()
        .filter(|row| row.enabled)
        .map(|row| {
            let code =
                RuleCode::parse(&row.code).ok_or(AppError::Internal("a rule in the database has no code here"))?;
            Ok(Rule { code, version: row.version, parameters: row.parameters })
        })
        .collect()
}

/// How many rows and patients each login had on the local days this batch touched, over all batches. A row's day is its own
/// facility's: a login used in two zones has one day of that name, and the ids only bound where in the log to look.
pub(super) async fn refresh_usual(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "WITH touched AS MATERIALIZED (
           SELECT DISTINCT a.login_id, (a.action_at AT TIME ZONE z.name)::date AS day
             FROM portal.access_logs a
             LEFT JOIN portal.facilities f ON f.id = a.facility_id
             CROSS JOIN LATERAL (SELECT coalesce(f.time_zone, (SELECT o.time_zone FROM portal.organisations o), 'UTC') AS name) z
            WHERE a.batch_id = $1 AND a.patient_id IS NOT NULL)
         INSERT INTO portal.login_days (login_id, local_day, rows, patients)
         SELECT t.login_id, t.day, count(*), count(DISTINCT a.patient_id)
           FROM touched t
           JOIN portal.access_logs a ON a.login_id = t.login_id AND a.patient_id IS NOT NULL
            AND a.id >= audit.uuid_floor((t.day::timestamp - interval '14 hours') AT TIME ZONE 'UTC')
            AND a.id < audit.uuid_floor(((t.day + 1)::timestamp + interval '12 hours') AT TIME ZONE 'UTC')
           LEFT JOIN portal.facilities f ON f.id = a.facility_id
           CROSS JOIN LATERAL (SELECT coalesce(f.time_zone, (SELECT o.time_zone FROM portal.organisations o), 'UTC') AS name) z
          WHERE (a.action_at AT TIME ZONE z.name)::date = t.day
          GROUP BY t.login_id, t.day
         ON CONFLICT (login_id, local_day) DO UPDATE SET rows = excluded.rows, patients = excluded.patients",
        batch
    ))
    .await?;
    Ok(())
}

/// A login used after its holder's last day, while no employment covers the day.
pub(super) async fn raise_terminated_user(tx: &mut AuditedTx<'_>, batch: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id, known_at)
         SELECT a.id, $2, $3,
                jsonb_build_object('rule', $2::text, 'last_day', gone.last_day, 'days_after', d.day - gone.last_day),
                a.facility_id, a.owner_id, a.action_at, $1,
                CASE WHEN gone.recorded_at > a.action_at THEN gone.recorded_at END
           FROM portal.access_logs a
           JOIN portal.login_holders h ON h.login_id = a.login_id AND h.person_id IS NOT NULL
            AND h.valid_from <= a.action_at AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
           CROSS JOIN LATERAL (SELECT portal.local_day(a.action_at, a.facility_id) AS day) d
           JOIN LATERAL (
             SELECT e.ends_on AS last_day, e.recorded_at FROM portal.employment_periods e
              WHERE e.person_id = h.person_id AND e.superseded_at IS NULL AND e.ends_on < d.day
              ORDER BY e.ends_on DESC LIMIT 1) gone ON true
          WHERE a.batch_id = $1 AND a.actor_kind = 'workforce'
            -- signing in colours nothing by itself on a day when charts were opened
            AND (a.patient_id IS NOT NULL
                 OR NOT EXISTS (SELECT 1 FROM portal.login_days w WHERE w.login_id = a.login_id AND w.local_day = d.day))
            AND NOT EXISTS (SELECT 1 FROM portal.employment_periods e
                             WHERE e.person_id = h.person_id AND e.superseded_at IS NULL
                               AND e.starts_on <= d.day AND (e.ends_on IS NULL OR e.ends_on >= d.day))
         ON CONFLICT DO NOTHING",
        batch,
        rule.code.as_str(),
        rule.version
    ))
    .await
}

/// The glass broken without a reason, counted per person, patient and day.
pub(super) async fn raise_break_glass_no_reason(
    tx: &mut AuditedTx<'_>,
    batch: Uuid,
    rule: &Rule,
) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id)
         SELECT a.id, $2, $3,
                jsonb_build_object('rule', $2::text, 'times', count(*) OVER (PARTITION BY a.login_id, a.patient_id,
                                   portal.local_day(a.action_at, a.facility_id))),
                a.facility_id, a.owner_id, a.action_at, $1
           FROM portal.access_logs a
          WHERE a.batch_id = $1 AND a.access_type = 'break_glass' AND a.access_reason = 'UNSTATED'
         ON CONFLICT DO NOTHING",
        batch,
        rule.code.as_str(),
        rule.version
    ))
    .await
}

/// A day with many times the patients that are usual for this login, judged by its own window before.
pub(super) async fn raise_volume_spike(tx: &mut AuditedTx<'_>, batch: Uuid, rule: &Rule) -> Result<u64, AppError> {
    let (times, least_rows, least_days, window) = (
        f64::from(rule.whole("times_usual", 3)),
        rule.whole("least_rows", 40),
        i64::from(rule.whole("least_days", 5)),
        rule.whole("window_days", 30),
    );
    debug_assert_eq!(rule.code, RuleCode::VolumeSpike);
    tx.run(sqlx::query!(
        "WITH touched AS MATERIALIZED (
           SELECT DISTINCT a.login_id, (a.action_at AT TIME ZONE z.name)::date AS day
             FROM portal.access_logs a
             LEFT JOIN portal.facilities f ON f.id = a.facility_id
             CROSS JOIN LATERAL (SELECT coalesce(f.time_zone, (SELECT o.time_zone FROM portal.organisations o), 'UTC') AS name) z
            WHERE a.batch_id = $1 AND a.patient_id IS NOT NULL),
         spikes AS MATERIALIZED (
           SELECT t.login_id, t.day, d.rows, d.patients, usual.median, usual.days
             FROM touched t
             JOIN portal.login_days d ON d.login_id = t.login_id AND d.local_day = t.day AND d.rows >= $5
             CROSS JOIN LATERAL (
               SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY u.patients) AS median, count(*) AS days
                 FROM portal.login_days u
                WHERE u.login_id = t.login_id AND u.local_day < t.day AND u.local_day >= t.day - $7::int) usual
            WHERE usual.days >= $6 AND d.patients >= $4 * greatest(usual.median, 1))
         INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id)
         SELECT a.id, $2, $3,
                jsonb_build_object('rule', $2::text, 'patients', s.patients, 'rows', s.rows, 'usual', s.median, 'days', s.days,
                                   'window', $7::int),
                a.facility_id, a.owner_id, a.action_at, $1
           FROM spikes s
           JOIN portal.access_logs a ON a.login_id = s.login_id AND a.patient_id IS NOT NULL
            AND a.id >= audit.uuid_floor((s.day::timestamp - interval '14 hours') AT TIME ZONE 'UTC')
            AND a.id < audit.uuid_floor(((s.day + 1)::timestamp + interval '12 hours') AT TIME ZONE 'UTC')
          WHERE portal.local_day(a.action_at, a.facility_id) = s.day
         ON CONFLICT DO NOTHING",
        batch,
        rule.code.as_str(),
        rule.version,
        times,
        least_rows,
        least_days,
        window
    ))
    .await
}

/// Outside the hours of the department the person worked in on that day. Round-the-clock departments have none.
pub(super) async fn raise_after_hours(tx: &mut AuditedTx<'_>, batch: Uuid, rule: &Rule) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id)
         SELECT a.id, $2, $3,
                jsonb_build_object('rule', $2::text, 'at', to_char(w.wall, 'HH24:MI'), 'opens', to_char(dep.opens_at, 'HH24:MI'),
                                   'closes', to_char(dep.closes_at, 'HH24:MI'), 'weekend', extract(isodow FROM w.wall) > 5),
                a.facility_id, a.owner_id, a.action_at, $1
           FROM portal.access_logs a
           LEFT JOIN portal.facilities f ON f.id = a.facility_id
           CROSS JOIN LATERAL (
             SELECT a.action_at AT TIME ZONE coalesce(f.time_zone, (SELECT o.time_zone FROM portal.organisations o), 'UTC') AS wall) w
           JOIN portal.login_holders h ON h.login_id = a.login_id AND h.person_id IS NOT NULL
            AND h.valid_from <= a.action_at AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
           JOIN portal.employment_periods e ON e.person_id = h.person_id AND e.superseded_at IS NULL
            AND e.starts_on <= w.wall::date AND (e.ends_on IS NULL OR e.ends_on >= w.wall::date)
           JOIN portal.departments dep ON dep.id = e.department_id AND dep.opens_at IS NOT NULL
          WHERE a.batch_id = $1 AND a.patient_id IS NOT NULL
            AND (w.wall::time < dep.opens_at OR w.wall::time >= dep.closes_at OR extract(isodow FROM w.wall) > 5)
         ON CONFLICT DO NOTHING",
        batch,
        rule.code.as_str(),
        rule.version
    ))
    .await
}

/// A case for every new combination of person (or login), patient and local day among the batch's signals.
pub(super) async fn open_cases(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_cases (id, person_id, vendor_id, login_id, patient_id, local_day, facility_id, owner_id, state,
                                          risk, first_action_at, last_action_at, row_count, access_type, resource_type)
         SELECT audit.uuid7(), k.person_id, (array_agg(k.vendor_id))[1], (array_agg(k.login_id ORDER BY k.action_at))[1], k.patient_id, k.day,
                (array_agg(k.facility_id ORDER BY k.action_at))[1], (array_agg(k.owner_id ORDER BY k.action_at))[1], 'unassigned',
                'low', min(k.action_at), max(k.action_at), 0, 'view', 'Other'
           FROM (SELECT a.login_id, a.facility_id, a.owner_id, a.action_at, h.person_id, h.vendor_id,
                        CASE WHEN fl.rule_code = 'volume_spike' THEN NULL ELSE a.patient_id END AS patient_id,
                        portal.local_day(a.action_at, a.facility_id) AS day
                   FROM portal.access_flags fl
                   JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version AND r.kind = 'signal'
                   JOIN portal.access_logs a ON a.id = fl.access_id
                   LEFT JOIN portal.login_holders h ON h.login_id = a.login_id
                    AND h.valid_from <= a.action_at AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
                  WHERE fl.batch_id = $1) k
          GROUP BY k.person_id, CASE WHEN k.person_id IS NULL THEN k.login_id END, k.patient_id, k.day
          ORDER BY min(k.action_at)
         ON CONFLICT DO NOTHING",
        batch
    ))
    .await
}

/// The evidence of the batch's cases: every row of that person on that patient on that day; of a spike, the day's rows.
pub(super) async fn add_rows(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "WITH keys AS MATERIALIZED (
           SELECT DISTINCT c.id, c.person_id, a.login_id, a.patient_id AS row_patient, c.patient_id, c.local_day
             FROM portal.access_flags fl
             JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version AND r.kind = 'signal'
             JOIN portal.access_logs a ON a.id = fl.access_id
             LEFT JOIN portal.login_holders h ON h.login_id = a.login_id
              AND h.valid_from <= a.action_at AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
             JOIN portal.review_cases c ON c.subject_id = coalesce(h.person_id, a.login_id)
              AND c.local_day = portal.local_day(a.action_at, a.facility_id)
              AND c.patient_id IS NOT DISTINCT FROM CASE WHEN fl.rule_code = 'volume_spike' THEN NULL ELSE a.patient_id END
            WHERE fl.batch_id = $1)
         INSERT INTO portal.case_rows (case_id, access_id)
         SELECT DISTINCT k.id, a.id
           FROM keys k
          -- of a person every login they held then; of a spike, or of a login nobody holds, that login
          CROSS JOIN LATERAL (
             SELECT k.login_id, '-infinity'::timestamptz AS since, 'infinity'::timestamptz AS until
              WHERE k.person_id IS NULL OR k.patient_id IS NULL
             UNION ALL
             SELECT h.login_id, h.valid_from, coalesce(h.valid_to, 'infinity') FROM portal.login_holders h
              WHERE h.person_id = k.person_id AND k.patient_id IS NOT NULL) l
           JOIN portal.access_logs a ON a.login_id = l.login_id AND a.patient_id IS NOT DISTINCT FROM k.row_patient
            AND a.action_at >= l.since AND a.action_at < l.until
            AND a.action_at >= (k.local_day - 1)::timestamptz AND a.action_at < (k.local_day + 2)::timestamptz
            AND a.id >= audit.uuid_floor((k.local_day - 1)::timestamptz) AND a.id < audit.uuid_floor((k.local_day + 2)::timestamptz)
            AND portal.local_day(a.action_at, a.facility_id) = k.local_day
         ON CONFLICT DO NOTHING",
        batch
    ))
    .await
}

/// One line per rule and case. A spike of eight times or more weighs more.
pub(super) async fn add_flags(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.case_flags AS cf (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at, known_at)
         SELECT cr.case_id, fl.rule_code, max(fl.rule_version), max(r.kind),
                CASE WHEN fl.rule_code = 'volume_spike'
                      AND max((fl.facts->>'patients')::numeric / greatest((fl.facts->>'usual')::numeric, 1))
                          >= max(coalesce((r.parameters->>'critical_times')::numeric, 8))
                     THEN 'high' ELSE max(r.severity) END,
                (array_agg(fl.facts ORDER BY (fl.facts->>'times')::integer DESC NULLS LAST, fl.action_at))[1], count(*), min(fl.raised_at), max(fl.known_at)
           FROM portal.case_rows cr
           JOIN portal.review_cases c ON c.id = cr.case_id
           JOIN portal.access_flags fl ON fl.access_id = cr.access_id
           JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version
          WHERE cr.case_id IN (SELECT x.case_id FROM portal.access_flags b JOIN portal.case_rows x ON x.access_id = b.access_id
                                WHERE b.batch_id = $1)
            AND (fl.rule_code = 'volume_spike') <= (c.patient_id IS NULL)
          GROUP BY cr.case_id, fl.rule_code
         ON CONFLICT (case_id, rule_code) DO UPDATE
           SET facts = excluded.facts, row_count = excluded.row_count, severity = excluded.severity, rule_version = excluded.rule_version,
               known_at = excluded.known_at",
        batch
    ))
    .await
}

/// A case that stood already and has grown says so in its history: a form that was opened before is answered 409, and a
/// decision that was made on less is open again. Runs before [`weigh`], which makes the counts equal.
pub(super) async fn note_growth(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT c.id, c.version + 1, CASE WHEN c.disposition IS NULL THEN 'row_added' ELSE 'reopened' END, c.state,
                CASE WHEN c.disposition IS NULL THEN c.state ELSE 'in_review' END
           FROM portal.review_cases c
          WHERE c.version > 0 AND (SELECT count(*) FROM portal.case_rows r WHERE r.case_id = c.id) > c.row_count
            AND c.id IN (SELECT x.case_id FROM portal.access_flags b JOIN portal.case_rows x ON x.access_id = b.access_id
                          WHERE b.batch_id = $1)",
        batch
    ))
    .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c
            SET version = c.version + 1, state = CASE WHEN c.disposition IS NULL THEN c.state ELSE 'in_review' END,
                disposition = NULL, reason_code = NULL, decided_by = NULL, decided_at = NULL, updated_at = now()
          WHERE c.version > 0 AND (SELECT count(*) FROM portal.case_rows r WHERE r.case_id = c.id) > c.row_count
            AND c.id IN (SELECT x.case_id FROM portal.access_flags b JOIN portal.case_rows x ON x.access_id = b.access_id
                          WHERE b.batch_id = $1)",
        batch
    ))
    .await?;
    Ok(())
}

/// What the queue shows of a case. Its risk is its worst signal's, one step more when something else points the same way.
pub(super) async fn weigh(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<u64, AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c
            SET row_count = w.rows, first_action_at = w.first_at, last_action_at = w.last_at, access_type = w.access_type,
                resource_type = w.resource_type, risk = (ARRAY['low', 'medium', 'high', 'critical'])[least(4, w.rank)], updated_at = now()
           FROM (SELECT cr.case_id, count(*) AS rows, min(a.action_at) AS first_at, max(a.action_at) AS last_at,
                        coalesce(mode() WITHIN GROUP (ORDER BY a.access_type) FILTER (WHERE a.access_type IN ('export', 'print', 'break_glass', 'delete')),
                                 mode() WITHIN GROUP (ORDER BY a.access_type)) AS access_type,
                        mode() WITHIN GROUP (ORDER BY a.resource_type) AS resource_type,
                        (SELECT max(CASE cf.severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END)
                                  FILTER (WHERE cf.kind = 'signal') + CASE WHEN count(*) > 1 THEN 1 ELSE 0 END
                           FROM portal.case_flags cf WHERE cf.case_id = cr.case_id) AS rank
                   FROM portal.case_rows cr JOIN portal.access_logs a ON a.id = cr.access_id
                  WHERE cr.case_id IN (SELECT x.case_id FROM portal.access_flags b JOIN portal.case_rows x ON x.access_id = b.access_id
                                        WHERE b.batch_id = $1)
                  GROUP BY cr.case_id) w
          WHERE c.id = w.case_id",
        batch
    ))
    .await
}

/// The first line of a case's history.
pub(super) async fn note_opening(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, to_state)
         SELECT DISTINCT cr.case_id, 1, 'opened', 'unassigned'
           FROM portal.access_flags b JOIN portal.case_rows cr ON cr.access_id = b.access_id
          WHERE b.batch_id = $1
         ON CONFLICT DO NOTHING",
        batch
    ))
    .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.review_cases c SET version = 1
          WHERE c.version = 0 AND EXISTS (SELECT 1 FROM portal.review_events e WHERE e.case_id = c.id)"
    ))
    .await?;
    Ok(())
}

/// What the batch's report says of its rules.
pub(super) async fn count(tx: &mut AuditedTx<'_>, batch: Uuid, flags: u64, cases: u64) -> Result<(), AppError> {
    let (flags, cases) = (i64::try_from(flags).unwrap_or(i64::MAX), i64::try_from(cases).unwrap_or(i64::MAX));
    tx.run(sqlx::query!(
        "UPDATE portal.import_batches SET flags_raised = flags_raised + $2, cases_opened = cases_opened + $3, updated_at = now() WHERE id = $1",
        batch,
        flags,
        cases
    ))
    .await?;
    Ok(())
}
