-- A hospital group with 2,000 logins and 100,000 patients, made set-based. Chance is a hash of a row's number, so that every
-- run is of the same data. What was opened there is another file's.
-- nothing to check about what is made to fit
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.dice(n bigint, purpose bigint, sides bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
  AS 'SELECT abs(hashint8extended(n, purpose) % sides)';
CREATE FUNCTION pg_temp.id(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT md5(what || n)::uuid';

INSERT INTO portal.organisations (id, name, time_zone) VALUES (pg_temp.id('organisation', 1), 'Bench Health', 'America/New_York');
INSERT INTO portal.people (id, full_name, role, name_hash, surname_hash, address_hash)
  SELECT pg_temp.id('person', n), 'Person ' || n, 'field_staff', sha256(convert_to('name ' || n, 'UTF8')),
         sha256(convert_to('surname ' || n % 400, 'UTF8')), sha256(convert_to('address ' || n, 'UTF8'))
    FROM generate_series(0, 1959) n;
INSERT INTO portal.facilities (id, name, site_code, privacy_owner_id, time_zone, networks)
  SELECT pg_temp.id('facility', n), 'Facility ' || n, 'F' || n, pg_temp.id('person', 0),
         CASE n WHEN 3 THEN 'America/Chicago' ELSE 'America/New_York' END, CASE WHEN n < 2 THEN '{10.0.0.0/8}'::cidr[] ELSE '{}' END
    FROM generate_series(0, 3) n;
INSERT INTO portal.departments (id, facility_id, name, opens_at, closes_at)
  SELECT pg_temp.id('department', n), pg_temp.id('facility', n % 4), 'Department ' || n,
         CASE WHEN n % 3 = 0 THEN time '07:00' END, CASE WHEN n % 3 = 0 THEN time '19:00' END
    FROM generate_series(0, 39) n;
-- one person in a hundred left during the month, one in two hundred is on leave
INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on, on_leave, recorded_at)
  SELECT pg_temp.id('job', n), pg_temp.id('person', n), pg_temp.id('facility', n % 4), pg_temp.id('department', n % 40),
         (ARRAY['Registered nurse', 'Physician', 'Registrar', 'Billing specialist', 'Lab technician', 'Imaging technologist',
                'Pharmacist', 'Physical therapist', 'Scheduler', 'Case manager', 'Coder', 'Respiratory therapist'])[n % 12 + 1],
         current_date - 700, CASE WHEN n % 100 = 7 THEN current_date - 6 END, n % 200 = 11, now() - interval '700 days'
    FROM generate_series(0, 1959) n;
INSERT INTO portal.training_records (id, person_id, course_code, completed_at, expires_on, recorded_at)
  SELECT pg_temp.id('course', n), pg_temp.id('person', n), 'PRIVACY-YEARLY', now() - interval '400 days',
         CASE WHEN n % 150 = 3 THEN current_date - 20 ELSE current_date + 200 END, now() - interval '400 days'
    FROM generate_series(0, 1959) n;
INSERT INTO portal.vendors (id, name, service) SELECT pg_temp.id('vendor', n), 'Vendor ' || n, 'Coding' FROM generate_series(0, 9) n;
INSERT INTO portal.agreements (id, vendor_id, effective_from, effective_to, recorded_at)
  SELECT pg_temp.id('agreement', n), pg_temp.id('vendor', n), current_date - 700, CASE n WHEN 4 THEN current_date - 3 END,
         now() - interval '700 days'
    FROM generate_series(0, 9) n;
INSERT INTO portal.sources (id, name, time_zone) VALUES (pg_temp.id('source', 1), 'Epic', 'America/New_York');
INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (pg_temp.id('mapping', 1), pg_temp.id('source', 1), 1, '{}');

-- 1,960 logins are people's, 30 vendors', of 10 nobody knows whose they are
INSERT INTO portal.ehr_logins (id, source_id, login)
  SELECT pg_temp.id('login', n), pg_temp.id('source', 1), 'u' || n FROM generate_series(0, 1999) n;
INSERT INTO portal.login_holders (id, login_id, person_id, vendor_id, valid_from, recorded_at)
  SELECT pg_temp.id('holder', n), pg_temp.id('login', n), CASE WHEN n < 1960 THEN pg_temp.id('person', n) END,
         CASE WHEN n >= 1960 THEN pg_temp.id('vendor', n % 10) END, now() - interval '700 days', now() - interval '700 days'
    FROM generate_series(0, 1989) n;

-- patients: one in a thousand is a member of the staff, one in five hundred lives with one, one in a thousand is watched
INSERT INTO portal.patients (id, source_id, name_hash, surname_hash, address_hash, watched, watched_at, linked_person_id)
  SELECT pg_temp.id('patient', n), pg_temp.id('source', 1),
         sha256(convert_to(CASE WHEN n % 1000 = 0 THEN 'name ' || n / 1000 * 19 ELSE 'patient name ' || n END, 'UTF8')),
         sha256(convert_to('surname ' || n % 9000, 'UTF8')),
         sha256(convert_to(CASE WHEN n % 1000 = 0 THEN 'address ' || n / 1000 * 19 WHEN n % 500 = 1 THEN 'address ' || n / 500 * 9
                                ELSE 'patient address ' || n / 3 END, 'UTF8')),
         n % 1000 = 2, CASE WHEN n % 1000 = 2 THEN now() - interval '90 days' END,
         CASE WHEN n % 2000 = 0 THEN pg_temp.id('person', n / 1000 * 19) END
    FROM generate_series(0, 99999) n;
INSERT INTO portal.patient_ids (patient_id, source_id, source_patient_id)
  SELECT pg_temp.id('patient', n), pg_temp.id('source', 1), 'MRN-' || n FROM generate_series(0, 99999) n;
