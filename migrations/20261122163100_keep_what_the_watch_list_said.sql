-- Who was on the watch list when is read from its marks. Putting a patient on it looks back over everything opened before;
-- taking one off is a manager's decision. Both ask the database for the caller's own rows of the patient.
SET ROLE portal_owner;

CREATE POLICY worker ON portal.watch_marks FOR SELECT TO portal_worker USING (true);
GRANT SELECT ON portal.watch_marks TO portal_worker;

ALTER TABLE portal.rule_reruns DROP CONSTRAINT rule_reruns_cause_check;
ALTER TABLE portal.rule_reruns ADD CONSTRAINT rule_reruns_cause_check
  CHECK (cause IN ('login_matched', 'employment_changed', 'agreement_changed', 'rule_changed', 'batch_withdrawn', 'patient_watched'));

CREATE OR REPLACE FUNCTION portal.watch_patient(p_id uuid, p_patient uuid, p_watched boolean, p_reason text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_cover text := CASE WHEN p_watched THEN 'patient/w' ELSE 'patient/d' END;
  v_me    uuid := audit.me(v_cover);
BEGIN
  IF NOT EXISTS (SELECT 1 FROM portal.access_logs a
                  WHERE a.patient_id = p_patient
                    AND (audit.sees_all(v_cover) OR a.facility_id = ANY (audit.facilities(v_cover))
                         OR (a.facility_id IS NULL AND a.owner_id = v_me))) THEN
    RETURN false;
  END IF;
  UPDATE portal.patients p SET watched = p_watched, watched_at = CASE WHEN p_watched THEN now() END, updated_at = now()
   WHERE p.id = p_patient AND p.watched <> p_watched;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO portal.watch_marks (id, patient_id, watched, reason, marked_by) VALUES (p_id, p_patient, p_watched, p_reason, v_me);
  RETURN true;
END $$;

-- Which logins opened a patient, and in which time: the rules run again over those days, whoever may see them.
CREATE FUNCTION portal.logins_of_patient(p_patient uuid, OUT login_ids uuid[], OUT first_at timestamptz, OUT last_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('patient/w');
  SELECT coalesce(array_agg(DISTINCT a.login_id), '{}'), min(a.action_at), max(a.action_at) INTO login_ids, first_at, last_at
    FROM portal.access_logs a WHERE a.patient_id = p_patient;
END $$;
GRANT EXECUTE ON FUNCTION portal.logins_of_patient TO portal_app;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES ('patient.watch.end', 'patient', false, true);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('patient.watch.end', 'patient/w'),
  ('patient.watch.end', 'patient/d'),
  ('patient.watch.update', 'rule_rerun/a');
INSERT INTO audit.role_action (role, action) VALUES ('manager', 'patient.watch.end');
