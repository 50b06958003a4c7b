-- One batch of ROWS accesses over the last thirty days of the hospital group, and thirty days of what was usual before. About
-- one access in a thousand is something for each rule.
-- the thirty days before
INSERT INTO portal.login_patient_days (login_id, patient_id, local_day, rows)
  SELECT DISTINCT pg_temp.id('login', login), pg_temp.id('patient', (login * 47 + pg_temp.dice(login * 100000 + day * 100 + k, 21, 400)) % 100000),
         current_date - 30 - day::int, 1
    FROM generate_series(0, 1999) login, generate_series(1, 30) day, generate_series(1, 12) k;
INSERT INTO portal.login_days (login_id, local_day, rows, patients)
  SELECT login_id, local_day, count(*) * 4 / 3, count(*) FROM portal.login_patient_days GROUP BY 1, 2;

INSERT INTO portal.import_batches (id, source_id, mapping_id, state, rows_read, rows_stored)
  VALUES (pg_temp.id('batch', 1), pg_temp.id('source', 1), pg_temp.id('mapping', 1), 'complete', ROWS, ROWS);
-- the batch: a login opens patients of its own panel of four hundred, seldom somebody else's; thirty logins have one day
-- with twelve times the work, thirty open one patient every day, ten print on one day
INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, department_id, source_id, resource_type, patient_id,
                                access_type, access_reason, outcome, source_ip, device_label, batch_id, ordinal)
  SELECT (left(audit.uuid_floor(r.at)::text, 13) || '-7000-8000-' || lpad(to_hex(r.n), 12, '0'))::uuid, r.at,
         CASE WHEN r.login >= 1960 AND r.login < 1990 THEN 'vendor' ELSE 'workforce' END,
         pg_temp.id('login', r.login), pg_temp.id('facility', r.place % 4), pg_temp.id('department', r.place), pg_temp.id('source', 1),
         (ARRAY['Patient', 'Encounter', 'Observation', 'DocumentReference', 'DiagnosticReport', 'MedicationRequest', 'Appointment',
                'Claim', 'ImagingStudy', 'Condition'])[pg_temp.dice(r.n, 5, 10) + 1],
         CASE WHEN r.often AND pg_temp.dice(r.n, 6, 8) = 0 THEN pg_temp.id('patient', r.login * 47 % 100000 + 7)
              WHEN pg_temp.dice(r.n, 7, 200) = 0 THEN pg_temp.id('patient', pg_temp.dice(r.n, 8, 100) * 1000)
              WHEN r.login % 19 = 0 AND r.login < 1900 AND pg_temp.dice(r.n, 9, 200) = 0 THEN pg_temp.id('patient', r.login / 19 * 1000)
              WHEN r.login % 9 = 0 AND r.login < 1800 AND pg_temp.dice(r.n, 10, 100) = 0 THEN pg_temp.id('patient', r.login / 9 * 500 + 1)
              WHEN pg_temp.dice(r.n, 11, 20) = 0 THEN pg_temp.id('patient', pg_temp.dice(r.n, 12, 100000))
              ELSE pg_temp.id('patient', (r.login * 47 + pg_temp.dice(r.n, 13, 400)) % 100000) END,
         CASE WHEN r.printing THEN 'print' WHEN pg_temp.dice(r.n, 14, 300) = 0 THEN 'break_glass'
              WHEN pg_temp.dice(r.n, 15, 100) = 0 THEN 'export' ELSE 'view' END,
         CASE WHEN pg_temp.dice(r.n, 16, 8) = 0 THEN 'UNSTATED' ELSE 'TREAT' END, 'success',
         CASE WHEN pg_temp.dice(r.n, 17, 1000) = 0 THEN '198.51.100.7'::inet ELSE '10.1.0.0'::inet + pg_temp.dice(r.n, 18, 2000) END,
         'WS-' || r.login, pg_temp.id('batch', 1), r.n
    FROM (SELECT s.n, s.login, s.login < 30 AS often, s.printing,
                 CASE WHEN pg_temp.dice(s.n, 4, 50) = 0 THEN (s.login + 1) % 40 ELSE s.login % 40 END AS place,
                 date_trunc('day', now()) - interval '1 day' * s.day + interval '1 millisecond' * (6 * 3600000 + pg_temp.dice(s.n, 3, 50400000)) AS at
            FROM (SELECT n, login, CASE WHEN login BETWEEN 100 AND 129 AND pg_temp.dice(n, 2, 3) = 0 THEN 3 ELSE 1 + pg_temp.dice(n, 1, 30) END AS day,
                         login BETWEEN 100 AND 109 AND pg_temp.dice(n, 2, 3) = 0 AS printing
                    FROM (SELECT n, n % 2000 AS login FROM generate_series(1, ROWS) n) g) s) r
  ON CONFLICT DO NOTHING;
