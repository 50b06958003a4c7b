-- What is usual is a person's, over every login they held, and only while they held it: a login that changes hands takes no
-- past along. Days are counted by login; who held one at noon is whose day it was.
SET ROLE portal_owner;

CREATE FUNCTION portal.noon(p_day date) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT (p_day::timestamp + interval '12 hours') AT TIME ZONE coalesce((SELECT o.time_zone FROM portal.organisations o), 'UTC')
$$;

-- The days of a person; of a login, those on which no person held it.
CREATE FUNCTION portal.days_of(p_person uuid, p_login uuid, p_from date, p_until date)
RETURNS TABLE (local_day date, patients bigint) LANGUAGE sql STABLE AS $$
  SELECT u.local_day, sum(u.patients) FROM (
    SELECT d.local_day, d.patients FROM portal.login_holders h JOIN portal.login_days d ON d.login_id = h.login_id
     WHERE h.person_id = p_person AND d.local_day >= p_from AND d.local_day < p_until
       AND h.valid_from <= portal.noon(d.local_day) AND (h.valid_to IS NULL OR h.valid_to > portal.noon(d.local_day))
    UNION ALL
    SELECT d.local_day, d.patients FROM portal.login_days d
     WHERE p_person IS NULL AND d.login_id = p_login AND d.local_day >= p_from AND d.local_day < p_until
       AND NOT EXISTS (SELECT 1 FROM portal.login_holders h
                        WHERE h.login_id = d.login_id AND h.person_id IS NOT NULL AND h.valid_from <= portal.noon(d.local_day)
                          AND (h.valid_to IS NULL OR h.valid_to > portal.noon(d.local_day)))) u
   GROUP BY u.local_day
$$;

-- The same by patient, each patient and day once.
CREATE FUNCTION portal.patient_days_of(p_person uuid, p_login uuid, p_from date, p_until date)
RETURNS TABLE (patient_id uuid, local_day date) LANGUAGE sql STABLE AS $$
  SELECT d.patient_id, d.local_day FROM portal.login_holders h JOIN portal.login_patient_days d ON d.login_id = h.login_id
   WHERE h.person_id = p_person AND d.local_day >= p_from AND d.local_day < p_until
     AND h.valid_from <= portal.noon(d.local_day) AND (h.valid_to IS NULL OR h.valid_to > portal.noon(d.local_day))
  UNION
  SELECT d.patient_id, d.local_day FROM portal.login_patient_days d
   WHERE p_person IS NULL AND d.login_id = p_login AND d.local_day >= p_from AND d.local_day < p_until
     AND NOT EXISTS (SELECT 1 FROM portal.login_holders h
                      WHERE h.login_id = d.login_id AND h.person_id IS NOT NULL AND h.valid_from <= portal.noon(d.local_day)
                        AND (h.valid_to IS NULL OR h.valid_to > portal.noon(d.local_day)))
$$;

-- On how many days of a window a person opens one patient, by the median; and, where p_days are p_times as many, how many it
-- is for the others in the job.
CREATE FUNCTION portal.usual_repeats(p_person uuid, p_login uuid, p_day date, p_window integer, p_days bigint, p_times double precision,
  OUT usual double precision, OUT peers double precision) LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY c.days) INTO usual
    FROM (SELECT count(*) AS days FROM portal.patient_days_of(p_person, p_login, p_day - p_window + 1, p_day + 1) d GROUP BY d.patient_id) c;
  IF p_person IS NULL OR p_days < p_times * usual THEN RETURN; END IF;
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY c.days) INTO peers
    FROM (SELECT count(*) AS days
            FROM (SELECT p.facility_id, p.job_role FROM portal.employment_periods p
                   WHERE p.person_id = p_person AND p.superseded_at IS NULL AND p.starts_on <= p_day AND (p.ends_on IS NULL OR p.ends_on >= p_day)
                   ORDER BY p.starts_on DESC, p.id LIMIT 1) j
           CROSS JOIN LATERAL (SELECT DISTINCT e.person_id FROM portal.employment_periods e
                                WHERE e.facility_id = j.facility_id AND e.job_role = j.job_role AND e.superseded_at IS NULL
                                  AND e.person_id <> p_person) o
           CROSS JOIN LATERAL portal.patient_days_of(o.person_id, NULL, p_day - p_window + 1, p_day + 1) d
           WHERE EXISTS (SELECT 1 FROM portal.employment_periods e
                          WHERE e.person_id = o.person_id AND e.facility_id = j.facility_id AND e.job_role = j.job_role
                            AND e.superseded_at IS NULL AND e.starts_on <= d.local_day AND (e.ends_on IS NULL OR e.ends_on >= d.local_day))
           GROUP BY o.person_id, d.patient_id) c;
END $$;
GRANT EXECUTE ON FUNCTION portal.noon, portal.days_of, portal.patient_days_of, portal.usual_repeats TO portal_worker;
RESET ROLE;
