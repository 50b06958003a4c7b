-- A case stands beside its whole context: training and agreements as of the access and as they are known now, what is usual for
-- the person and for the job, and, as numbers, how much lies outside the reader's scope. What counts bypasses the policies, so
-- each function asks for its event itself and gives numbers only.
SET ROLE portal_owner;

-- An agreement has no facility: whoever's event covers it sees it.
CREATE POLICY everyone ON portal.agreements FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.agreements TO portal_app;

-- A case's page asks for all of a person's periods, also those that were superseded; the other indexes hold one kind each.
CREATE INDEX employment_periods_all ON portal.employment_periods (person_id);

-- How many rows of a patient lie between two ids, and how many of those the reader does not see: of the newest ten thousand, so
-- that the question costs the same however long the history is. One more than ten thousand means that there are more.
CREATE FUNCTION portal.rows_of_patient_between(p_patient uuid, p_first uuid, p_end uuid, OUT total bigint, OUT outside bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  PERFORM audit.ok('access_log/r');
  SELECT count(*), count(*) FILTER (WHERE NOT coalesce((t.sees_all OR r.facility_id = ANY (t.facilities)
                                                        OR (r.facility_id IS NULL AND r.owner_id = t.actor_id))
                                                       AND r.action_at >= t.since AND r.action_at < t.until, false))
    INTO total, outside
    FROM (SELECT a.facility_id, a.owner_id, a.action_at FROM portal.access_logs a
           WHERE a.patient_id = p_patient AND a.id >= p_first AND a.id < p_end
             AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
           ORDER BY a.id DESC LIMIT 10001) r;
END $$;

-- The same of a person, over every login while they held it; of a login nobody is known to have held, its own.
CREATE FUNCTION portal.rows_of_person_between(p_person uuid, p_login uuid, p_first uuid, p_end uuid, OUT total bigint, OUT outside bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  PERFORM audit.ok('access_log/r');
  SELECT count(*), count(*) FILTER (WHERE NOT coalesce((t.sees_all OR r.facility_id = ANY (t.facilities)
                                                        OR (r.facility_id IS NULL AND r.owner_id = t.actor_id))
                                                       AND r.action_at >= t.since AND r.action_at < t.until, false))
    INTO total, outside
    FROM (SELECT a.facility_id, a.owner_id, a.action_at
            FROM (SELECT h.login_id, h.valid_from, h.valid_to FROM portal.login_holders h WHERE h.person_id = p_person
                  UNION ALL
                  SELECT p_login, NULL, NULL WHERE p_person IS NULL) h
           CROSS JOIN LATERAL (
             SELECT x.id, x.facility_id, x.owner_id, x.action_at FROM portal.access_logs x
              WHERE x.login_id = h.login_id
                AND x.id >= greatest(p_first, audit.uuid_floor(h.valid_from))
                AND x.id < least(p_end, audit.uuid_floor(h.valid_to + interval '1 millisecond'))
                AND (h.valid_from IS NULL OR x.action_at >= h.valid_from) AND (h.valid_to IS NULL OR x.action_at < h.valid_to)
                AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = x.id)
              ORDER BY x.id DESC LIMIT 10001) a
           ORDER BY a.id DESC LIMIT 10001) r;
END $$;

-- What lies outside the reader's scope around a case: rows of its person on its day, rows of its patient within a day of it, and
-- other cases of its person in a year. Cases that the reader is kept from are in no number.
CREATE FUNCTION portal.outside_of_case(p_case uuid, OUT day_rows bigint, OUT day_outside bigint, OUT near_rows bigint,
  OUT near_outside bigint, OUT cases_outside bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
  c record;
BEGIN
  PERFORM audit.ok('review_case/r');
  SELECT k.id, k.person_id, k.login_id, k.subject_id, k.patient_id, k.local_day, k.first_action_at, k.last_action_at,
         coalesce(f.time_zone, o.time_zone, 'UTC') AS zone INTO c
    FROM portal.review_cases k LEFT JOIN portal.facilities f ON f.id = k.facility_id LEFT JOIN portal.organisations o ON true
   WHERE k.id = p_case;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT r.total, r.outside INTO day_rows, day_outside
    FROM portal.rows_of_person_between(c.person_id, c.login_id, audit.uuid_floor(c.local_day::timestamp AT TIME ZONE c.zone),
                                       audit.uuid_floor((c.local_day + 1)::timestamp AT TIME ZONE c.zone)) r;
  IF c.patient_id IS NOT NULL THEN
    SELECT r.total, r.outside INTO near_rows, near_outside
      FROM portal.rows_of_patient_between(c.patient_id, audit.uuid_floor(c.first_action_at - interval '1 day'),
                                          audit.uuid_floor(c.last_action_at + interval '1 day')) r;
  END IF;
  SELECT count(*) INTO cases_outside FROM portal.review_cases k
   WHERE k.subject_id = c.subject_id AND k.local_day > c.local_day - 365 AND k.id <> c.id
     AND NOT coalesce((t.sees_all OR k.facility_id = ANY (t.facilities) OR (k.facility_id IS NULL AND k.owner_id = t.actor_id))
                      AND k.first_action_at >= t.since AND k.first_action_at < t.until, false)
     AND k.id NOT IN (SELECT portal.cases_kept_from_person(t.actor_id));
END $$;

-- What a person opened on each day of a window that ends with one day, and, if they are asked for, what others of the same job at
-- the same facility opened: how many of them worked that day, and the median of their patients. The line without a day is the
-- others' median over the window before that day. Of a very common job four hundred people stand for all.
CREATE FUNCTION portal.usual_around(p_person uuid, p_login uuid, p_day date, p_window integer, p_peers boolean)
RETURNS TABLE (local_day date, opened bigint, patients bigint, people bigint, peers double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_zone text := coalesce((SELECT o.time_zone FROM portal.organisations o), 'UTC');
  v_from date := p_day - least(greatest(p_window, 1), 60);
BEGIN
  PERFORM audit.ok('login_day/r');
  RETURN QUERY
  WITH own AS MATERIALIZED (
    SELECT u.local_day, sum(u.rows)::bigint AS opened, sum(u.patients)::bigint AS patients
      FROM (SELECT d.local_day, d.rows, d.patients FROM portal.login_holders h JOIN portal.login_days d ON d.login_id = h.login_id
             WHERE h.person_id = p_person AND d.local_day >= v_from AND d.local_day <= p_day
               AND h.valid_from <= (d.local_day::timestamp + interval '12 hours') AT TIME ZONE v_zone
               AND (h.valid_to IS NULL OR h.valid_to > (d.local_day::timestamp + interval '12 hours') AT TIME ZONE v_zone)
            UNION ALL
            SELECT d.local_day, d.rows, d.patients FROM portal.login_days d
             WHERE p_person IS NULL AND d.login_id = p_login AND d.local_day >= v_from AND d.local_day <= p_day) u
     GROUP BY u.local_day),
  job AS MATERIALIZED (
    SELECT e.facility_id, e.job_role FROM portal.employment_periods e
     WHERE p_peers AND e.person_id = p_person AND e.superseded_at IS NULL AND e.starts_on <= p_day
       AND (e.ends_on IS NULL OR e.ends_on >= p_day)
     ORDER BY e.starts_on DESC, e.id LIMIT 1),
  others AS MATERIALIZED (
    SELECT e.person_id, e.starts_on, e.ends_on FROM job j
      JOIN portal.employment_periods e ON e.facility_id = j.facility_id AND e.job_role = j.job_role AND e.superseded_at IS NULL
     WHERE e.person_id <> p_person AND e.starts_on <= p_day AND (e.ends_on IS NULL OR e.ends_on >= v_from)
     ORDER BY e.person_id LIMIT 400),
  theirs AS MATERIALIZED (
    SELECT x.person_id, x.local_day, sum(x.patients)::bigint AS patients
      FROM (SELECT DISTINCT o.person_id, d.login_id, d.local_day, d.patients FROM others o
              JOIN portal.login_holders h ON h.person_id = o.person_id
              JOIN portal.login_days d ON d.login_id = h.login_id AND d.local_day >= v_from AND d.local_day <= p_day
               AND d.local_day >= o.starts_on AND (o.ends_on IS NULL OR d.local_day <= o.ends_on)
               AND h.valid_from <= (d.local_day::timestamp + interval '12 hours') AT TIME ZONE v_zone
               AND (h.valid_to IS NULL OR h.valid_to > (d.local_day::timestamp + interval '12 hours') AT TIME ZONE v_zone)) x
     GROUP BY x.person_id, x.local_day)
  SELECT s.day::date, coalesce(o.opened, 0), coalesce(o.patients, 0), coalesce(t.people, 0), t.peers
    FROM generate_series(v_from::timestamp, p_day::timestamp, interval '1 day') AS s(day)
    LEFT JOIN own o ON o.local_day = s.day::date
    LEFT JOIN (SELECT x.local_day, count(*) AS people, percentile_cont(0.5) WITHIN GROUP (ORDER BY x.patients) AS peers
                 FROM theirs x GROUP BY x.local_day) t ON t.local_day = s.day::date
  UNION ALL
  SELECT NULL, NULL, NULL, count(DISTINCT x.person_id), percentile_cont(0.5) WITHIN GROUP (ORDER BY x.patients)
    FROM theirs x WHERE x.local_day < p_day;
END $$;

-- In which hours of the day a person opened records in the thirty days before an instant: of their newest three thousand rows.
CREATE FUNCTION portal.hours_before(p_person uuid, p_login uuid, p_before timestamptz, p_zone text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_first uuid := audit.uuid_floor(p_before - interval '30 days');
  v_end   uuid := audit.uuid_floor(p_before);
BEGIN
  PERFORM audit.ok('login_day/r');
  PERFORM audit.ok('access_log/r');
  RETURN (SELECT array_agg(coalesce(n.rows, 0) ORDER BY s.hour)
            FROM generate_series(0, 23) AS s(hour)
            LEFT JOIN (SELECT extract(hour FROM r.action_at AT TIME ZONE p_zone)::integer AS hour, count(*) AS rows
                         FROM (SELECT a.id, a.action_at
                                 FROM (SELECT h.login_id, h.valid_from, h.valid_to FROM portal.login_holders h WHERE h.person_id = p_person
                                       UNION ALL
                                       SELECT p_login, NULL, NULL WHERE p_person IS NULL) h
                                CROSS JOIN LATERAL (
                                  SELECT x.id, x.action_at FROM portal.access_logs x
                                   WHERE x.login_id = h.login_id AND x.patient_id IS NOT NULL
                                     AND x.id >= greatest(v_first, audit.uuid_floor(h.valid_from))
                                     AND x.id < least(v_end, audit.uuid_floor(h.valid_to + interval '1 millisecond'))
                                     AND (h.valid_from IS NULL OR x.action_at >= h.valid_from)
                                     AND (h.valid_to IS NULL OR x.action_at < h.valid_to)
                                     AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = x.id)
                                   ORDER BY x.id DESC LIMIT 3000) a
                                ORDER BY a.id DESC LIMIT 3000) r
                        GROUP BY 1) n ON n.hour = s.hour);
END $$;

REVOKE ALL ON FUNCTION portal.rows_of_patient_between, portal.rows_of_person_between, portal.outside_of_case, portal.usual_around,
  portal.hours_before FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.rows_of_patient_between, portal.rows_of_person_between, portal.outside_of_case, portal.usual_around,
  portal.hours_before TO portal_app;
-- they counted without end
DROP FUNCTION portal.count_rows_of_patient, portal.count_rows_of_person;
RESET ROLE;

-- The files of a patient's and of a person's rows, and what a case's page reads now.
INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('patient.export', 'patient', false, true),
  ('person.activity.export', 'person', false, true);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('review_case.read', 'training_record/r'),
  ('review_case.read', 'training_of_others/r'),
  ('review_case.read', 'agreement/r'),
  ('patient.read', 'source/r'),
  ('person.activity.read', 'source/r'),
  ('patient.export', 'patient/r'),
  ('patient.export', 'patient_id/r'),
  ('patient.export', 'access_log/r'),
  ('patient.export', 'review_case/r'),
  ('patient.export', 'person/r'),
  ('patient.export', 'login/r'),
  ('patient.export', 'facility/r'),
  ('patient.export', 'employment/r'),
  ('patient.export', 'source/r'),
  ('person.activity.export', 'patient_id/r'),
  ('person.activity.export', 'access_log/r'),
  ('person.activity.export', 'review_case/r'),
  ('person.activity.export', 'person/r'),
  ('person.activity.export', 'login/r'),
  ('person.activity.export', 'facility/r'),
  ('person.activity.export', 'employment/r'),
  ('person.activity.export', 'source/r');
INSERT INTO audit.role_action (role, action) VALUES
  ('auditor', 'patient.export'),
  ('coordinator', 'patient.export'),
  ('manager', 'patient.export'),
  ('auditor', 'person.activity.export'),
  ('coordinator', 'person.activity.export'),
  ('manager', 'person.activity.export');
