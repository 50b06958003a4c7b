-- When the portal learned of something is evidence, so it never comes from whoever writes: the columns are not theirs to set.
SET ROLE portal_owner;
REVOKE INSERT ON portal.employment_periods, portal.login_holders, portal.coverage_explanations FROM portal_app;
REVOKE UPDATE (person_id, vendor_id, recorded_at) ON portal.login_holders FROM portal_app;
GRANT INSERT (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on, on_leave)
  ON portal.employment_periods TO portal_app;
GRANT INSERT (id, login_id, person_id, vendor_id, valid_from, valid_to) ON portal.login_holders TO portal_app;
GRANT INSERT (id, source_id, local_day, reason, note, rows_then, explained_by) ON portal.coverage_explanations TO portal_app;

-- A period that is cut because another follows was known as long as before; one that ends was not known to.
CREATE INDEX employment_periods_superseded ON portal.employment_periods (person_id) WHERE superseded_at IS NOT NULL;
CREATE FUNCTION portal.date_employment() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.recorded_at := coalesce((
    SELECT o.recorded_at FROM portal.employment_periods o
     WHERE o.person_id = NEW.person_id AND o.superseded_at = now()
       AND (o.facility_id, o.department_id, o.job_role, o.on_leave, o.starts_on)
         = (NEW.facility_id, NEW.department_id, NEW.job_role, NEW.on_leave, NEW.starts_on)
       AND o.supervisor_id IS NOT DISTINCT FROM NEW.supervisor_id
       AND (NEW.ends_on IS NOT DISTINCT FROM o.ends_on
            OR (NEW.ends_on IS NOT NULL AND (o.ends_on IS NULL OR NEW.ends_on < o.ends_on)
                AND EXISTS (SELECT 1 FROM portal.employment_periods n
                             WHERE n.person_id = NEW.person_id AND n.superseded_at IS NULL AND n.starts_on = NEW.ends_on + 1)))
     ORDER BY o.recorded_at LIMIT 1), now());
  RETURN NEW;
END $$;
-- the worker's demonstration has a past of its own
CREATE TRIGGER date_employment BEFORE INSERT ON portal.employment_periods
  FOR EACH ROW WHEN (current_user = 'portal_app') EXECUTE FUNCTION portal.date_employment();

CREATE FUNCTION portal.date_supersession() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.superseded_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER date_supersession BEFORE UPDATE ON portal.employment_periods
  FOR EACH ROW WHEN (current_user = 'portal_app') EXECUTE FUNCTION portal.date_supersession();

-- Days taken off a holder's period leave the others as long known as they were; days put to it are known from now on.
CREATE FUNCTION portal.date_holder() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.valid_from < OLD.valid_from OR (OLD.valid_to IS NOT NULL AND (NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to)) THEN
    NEW.recorded_at := now();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER date_holder BEFORE UPDATE ON portal.login_holders
  FOR EACH ROW WHEN (current_user = 'portal_app') EXECUTE FUNCTION portal.date_holder();

-- A period's department is one of its facility. What stands already stays; it is what was entered.
ALTER TABLE portal.departments ADD CONSTRAINT departments_of_facility UNIQUE (id, facility_id);
ALTER TABLE portal.employment_periods ADD CONSTRAINT employment_periods_department_of_facility
  FOREIGN KEY (department_id, facility_id) REFERENCES portal.departments (id, facility_id) NOT VALID;
RESET ROLE;
