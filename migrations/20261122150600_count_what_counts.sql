-- How many rows a patient, or a person, has in all: those of withdrawn imports are none of them.
SET ROLE portal_owner;
CREATE OR REPLACE FUNCTION portal.count_rows_of_patient(p_patient uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('access_log/r');
  RETURN (SELECT count(*) FROM portal.access_logs a
           WHERE a.patient_id = p_patient AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id));
END $$;
CREATE OR REPLACE FUNCTION portal.count_rows_of_person(p_person uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('access_log/r');
  RETURN (SELECT count(*) FROM portal.login_holders h
            JOIN portal.access_logs a ON a.login_id = h.login_id AND a.action_at >= h.valid_from
             AND (h.valid_to IS NULL OR a.action_at < h.valid_to)
           WHERE h.person_id = p_person AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id));
END $$;
RESET ROLE;
