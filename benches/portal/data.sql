-- What a year left in the hospital group: ROWS accesses in the last sixty days, HISTORY a month in the twelve months before,
-- forty thousand decided cases and two thousand that wait, each with its rows, its flags and its history.
INSERT INTO portal.people (id, full_name, username, role, all_facilities)
  SELECT pg_temp.id('account', n), 'Account ' || n, 'account' || n, 'manager', true FROM generate_series(1, 64) n;
INSERT INTO portal.credentials (person_id, password_hash) SELECT pg_temp.id('account', n), 'HASH' FROM generate_series(1, 64) n;
SELECT audit.make_partitions(month::date)
  FROM generate_series(date_trunc('month', now() - interval '15 months'), now(), interval '1 month') month;

INSERT INTO portal.import_batches (id, source_id, mapping_id, state, rows_read, rows_stored)
  VALUES (pg_temp.id('batch', 1), pg_temp.id('source', 1), pg_temp.id('mapping', 1), 'complete', ROWS + 12 * HISTORY, ROWS + 12 * HISTORY);

-- a login opens the patients of its own panel of four hundred, seldom somebody else's
INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, department_id, source_id, resource_type, patient_id,
                                access_type, access_reason, outcome, source_ip, device_label, batch_id, ordinal)
  SELECT (left(audit.uuid_floor(r.at)::text, 13) || '-7000-8000-' || lpad(to_hex(r.n), 12, '0'))::uuid, r.at,
         CASE WHEN r.login >= 1960 AND r.login < 1990 THEN 'vendor' ELSE 'workforce' END,
         pg_temp.id('login', r.login), pg_temp.id('facility', r.login % 4), pg_temp.id('department', r.login % 40), pg_temp.id('source', 1),
         (ARRAY['Patient', 'Encounter', 'Observation', 'DocumentReference', 'DiagnosticReport', 'MedicationRequest', 'Appointment',
                'Claim', 'ImagingStudy', 'Condition'])[pg_temp.dice(r.n, 5, 10) + 1],
         CASE WHEN pg_temp.dice(r.n, 11, 20) = 0 THEN pg_temp.id('patient', pg_temp.dice(r.n, 12, 100000))
              ELSE pg_temp.id('patient', (r.login * 47 + pg_temp.dice(r.n, 13, 400)) % 100000) END,
         CASE WHEN pg_temp.dice(r.n, 14, 300) = 0 THEN 'break_glass' WHEN pg_temp.dice(r.n, 15, 100) = 0 THEN 'export' ELSE 'view' END,
         CASE WHEN pg_temp.dice(r.n, 16, 8) = 0 THEN 'UNSTATED' ELSE 'TREAT' END, 'success',
         '10.1.0.0'::inet + pg_temp.dice(r.n, 18, 2000), 'WS-' || r.login, pg_temp.id('batch', 1), r.n
    FROM (SELECT n, pg_temp.dice(n, 2, 2000) AS login,
                 date_trunc('milliseconds', CASE
                   WHEN n <= 12 * HISTORY THEN now() - interval '425 days' + interval '365 days' * ((n - 1)::float8 / (12 * HISTORY))
                   ELSE now() - interval '60 days' + interval '60 days' * ((n - 12 * HISTORY - 1)::float8 / ROWS) END) AS at
            FROM generate_series(1::bigint, 12 * HISTORY + ROWS) n) r;
ANALYZE portal.access_logs;

INSERT INTO portal.login_patient_days (login_id, patient_id, local_day, rows)
  SELECT login_id, patient_id, (action_at AT TIME ZONE 'America/New_York')::date, count(*)
    FROM portal.access_logs WHERE action_at > now() - interval '95 days' GROUP BY 1, 2, 3;
INSERT INTO portal.login_days (login_id, local_day, rows, patients)
  SELECT login_id, local_day, sum(rows), count(*) FROM portal.login_patient_days GROUP BY 1, 2;
INSERT INTO portal.source_days (source_id, local_day, rows)
  SELECT pg_temp.id('source', 1), (action_at AT TIME ZONE 'America/New_York')::date, count(*) FROM portal.access_logs GROUP BY 2;
INSERT INTO portal.login_facilities (login_id, facility_id, waits)
  SELECT l.id, pg_temp.id('facility', n % 4), n >= 1990 FROM generate_series(0, 1999) n JOIN portal.ehr_logins l ON l.id = pg_temp.id('login', n);

-- every so many rows of a person's begins a case
CREATE TEMP TABLE chosen AS
  SELECT a.id AS access_id, a.login_id, h.person_id, a.patient_id, a.facility_id, a.action_at, a.access_type, a.resource_type,
         (a.action_at AT TIME ZONE 'America/New_York')::date AS local_day, a.ordinal AS n, a.action_at > now() - interval '60 days' AS waits
    FROM portal.access_logs a JOIN portal.login_holders h ON h.login_id = a.login_id AND h.person_id IS NOT NULL
   WHERE (a.ordinal <= 12 * HISTORY AND a.ordinal % greatest(12 * HISTORY / 40000, 1) = 0) OR (a.ordinal > 12 * HISTORY AND a.ordinal % greatest(ROWS / 2000, 1) = 0);
INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, version, first_action_at,
                                 last_action_at, row_count, access_type, resource_type, disposition, reason_code, decided_by, decided_at)
  SELECT pg_temp.id('case', n), person_id, login_id, patient_id, local_day, facility_id, CASE WHEN waits THEN 'unassigned' ELSE 'closed' END,
         (ARRAY['low', 'medium', 'high', 'medium', 'critical', 'medium', 'high', 'low'])[pg_temp.dice(n, 31, 8) + 1], CASE WHEN waits THEN 1 ELSE 2 END,
         action_at, action_at, 1, access_type, resource_type, CASE WHEN NOT waits THEN 'appropriate' END, CASE WHEN NOT waits THEN 'care_team' END,
         CASE WHEN NOT waits THEN pg_temp.id('account', 1 + n % 64) END, CASE WHEN NOT waits THEN action_at + interval '1 day' END
    FROM chosen ORDER BY n
  ON CONFLICT DO NOTHING;
DELETE FROM chosen WHERE NOT EXISTS (SELECT 1 FROM portal.review_cases c WHERE c.id = pg_temp.id('case', n));
INSERT INTO portal.case_rows (case_id, access_id)
  SELECT pg_temp.id('case', c.n), a.id
    FROM chosen c CROSS JOIN LATERAL (
         SELECT r.id FROM portal.access_logs r WHERE r.login_id = c.login_id AND r.id <= c.access_id ORDER BY r.id DESC LIMIT 1 + c.n % 6) a
  ON CONFLICT DO NOTHING;
UPDATE portal.review_cases c SET row_count = r.n FROM (SELECT case_id, count(*) AS n FROM portal.case_rows GROUP BY 1) r WHERE r.case_id = c.id;
CREATE TEMP TABLE fired AS
  SELECT c.n, c.access_id, c.facility_id, c.action_at, f.code, f.facts
    FROM chosen c CROSS JOIN LATERAL (VALUES
         ('break_glass_no_reason', 0, jsonb_build_object('rule', 'break_glass_no_reason', 'times', 1)),
         ('terminated_user', 1, jsonb_build_object('rule', 'terminated_user', 'last_day', c.local_day - 9, 'days_after', 9)),
         ('volume_spike', 2, jsonb_build_object('rule', 'volume_spike', 'patients', 48, 'rows', 60, 'usual', 8.0, 'days', 20, 'window', 30))) f(code, nth, facts)
   WHERE c.n % 3 = f.nth
  UNION ALL
  SELECT c.n, c.access_id, c.facility_id, c.action_at, 'after_hours',
         jsonb_build_object('rule', 'after_hours', 'at', '02:14', 'opens', '07:00', 'closes', '19:00', 'weekend', false)
    FROM chosen c WHERE c.n % 2 = 0;
INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, action_at, batch_id)
  SELECT access_id, code, 1, facts, facility_id, action_at, pg_temp.id('batch', 1) FROM fired;
INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
  SELECT pg_temp.id('case', f.n), f.code, 1, r.kind, r.severity, f.facts, 1, f.action_at + interval '1 hour'
    FROM fired f JOIN portal.rules r ON r.code = f.code AND r.version = 1;
UPDATE portal.review_cases c SET glass_broken = true WHERE EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = c.id AND f.rule_code = 'break_glass_no_reason');
INSERT INTO portal.review_events (case_id, seq, kind, at, to_state) SELECT pg_temp.id('case', n), 1, 'opened', action_at, 'unassigned' FROM chosen;
INSERT INTO portal.review_events (case_id, seq, kind, actor_id, at, from_state, to_state, disposition, reason_code)
  SELECT pg_temp.id('case', n), 2, 'decided', pg_temp.id('account', 1 + n % 64), action_at + interval '1 day', 'unassigned', 'closed', 'appropriate', 'care_team'
    FROM chosen WHERE NOT waits;
