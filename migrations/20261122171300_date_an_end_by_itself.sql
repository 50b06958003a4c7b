-- That employment began and that it ended become known on days of their own: a last day that is entered later leaves the
-- beginning as long known as it was. A last day that moves later covers days nobody knew of, and is dated as a whole.
SET ROLE portal_owner;
ALTER TABLE portal.employment_periods ADD COLUMN end_known_at timestamptz;

CREATE OR REPLACE FUNCTION portal.date_employment() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_old record;
BEGIN
  SELECT o.recorded_at, o.ends_on, coalesce(o.end_known_at, o.recorded_at) AS end_known_at INTO v_old
    FROM portal.employment_periods o
   WHERE o.person_id = NEW.person_id AND o.superseded_at = now()
     AND (o.facility_id, o.department_id, o.job_role, o.on_leave, o.starts_on)
       = (NEW.facility_id, NEW.department_id, NEW.job_role, NEW.on_leave, NEW.starts_on)
     AND o.supervisor_id IS NOT DISTINCT FROM NEW.supervisor_id
     AND (NEW.ends_on IS NOT DISTINCT FROM o.ends_on OR (NEW.ends_on IS NOT NULL AND (o.ends_on IS NULL OR NEW.ends_on < o.ends_on)))
   ORDER BY o.recorded_at LIMIT 1;
  NEW.recorded_at := coalesce(v_old.recorded_at, now());
  NEW.end_known_at := CASE WHEN NEW.ends_on IS NULL THEN NULL
                           WHEN NEW.ends_on = v_old.ends_on THEN v_old.end_known_at
                           ELSE now() END;
  RETURN NEW;
END $$;

-- Hashes of a name or an address that change say when; what a person came with is as old as the person.
ALTER TABLE portal.people ADD COLUMN hashes_known_at timestamptz;
CREATE FUNCTION portal.date_hashes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.hashes_known_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER date_hashes BEFORE UPDATE ON portal.people FOR EACH ROW
  WHEN ((OLD.name_hash, OLD.surname_hash, OLD.address_hash) IS DISTINCT FROM (NEW.name_hash, NEW.surname_hash, NEW.address_hash))
  EXECUTE FUNCTION portal.date_hashes();

-- Who opened the records of somebody who is a patient too: their colleagues' flags depend on where that patient works.
CREATE INDEX patients_linked ON portal.patients (linked_person_id) WHERE linked_person_id IS NOT NULL;
CREATE FUNCTION portal.logins_that_opened(p_people uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('rule_rerun/a');
  RETURN QUERY
    WITH themselves AS MATERIALIZED (
      SELECT p.id FROM portal.patients p WHERE p.linked_person_id = ANY (p_people)
      UNION
      SELECT p.id FROM portal.people q
        JOIN portal.patients p ON p.address_hash = q.address_hash AND p.name_hash = q.name_hash AND p.linked_person_id IS NULL
       WHERE q.id = ANY (p_people))
    SELECT DISTINCT a.login_id FROM themselves t JOIN portal.access_logs a ON a.patient_id = t.id;
END $$;
CREATE FUNCTION portal.first_access_of(p_logins uuid[]) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('rule_rerun/a');
  RETURN (SELECT min(f.action_at) FROM unnest(p_logins) l
           CROSS JOIN LATERAL (SELECT a.action_at FROM portal.access_logs a WHERE a.login_id = l ORDER BY a.id LIMIT 1) f);
END $$;
GRANT EXECUTE ON FUNCTION portal.logins_that_opened, portal.first_access_of TO portal_app;

ALTER TABLE portal.rule_reruns DROP CONSTRAINT rule_reruns_cause_check;
ALTER TABLE portal.rule_reruns ADD CONSTRAINT rule_reruns_cause_check CHECK (cause IN ('login_matched', 'employment_changed',
  'agreement_changed', 'rule_changed', 'batch_withdrawn', 'patient_watched', 'person_changed'));
RESET ROLE;
