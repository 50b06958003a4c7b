-- Covers as wide as their acts and no wider: entering people makes departments, never facilities; a list that says how many
-- logins somebody held counts them; a change of employment names the logins its rules look at again by a function.
SET ROLE portal_owner;

ALTER POLICY gate_insert ON portal.departments WITH CHECK ((SELECT audit.ok('department/a')));
ALTER POLICY gate_update ON portal.departments USING ((SELECT audit.ok('department/w')));
ALTER POLICY scope_insert ON portal.departments
  WITH CHECK ((SELECT audit.sees_all('department/a')) OR facility_id = ANY ((SELECT audit.facilities('department/a'))::uuid[]));
ALTER POLICY scope_update ON portal.departments USING ((SELECT audit.sees_all('department/w')));

-- How many logins somebody is known to have held: a number, of whom the reader's account covers.
CREATE FUNCTION portal.count_logins(p_person uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (audit.sees_all('login_count/r') OR p_person IS NOT DISTINCT FROM audit.me('login_count/r')
          OR EXISTS (SELECT 1 FROM portal.employment_periods e
                      WHERE e.person_id = p_person AND e.facility_id = ANY (audit.facilities('login_count/r')))) THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT count(DISTINCT h.login_id) FROM portal.login_holders h WHERE h.person_id = p_person);
END $$;

-- Who is known to have held any, for the list of those who are not.
CREATE FUNCTION portal.people_with_logins() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_all   boolean := audit.sees_all('login_count/r');
  v_me    uuid    := audit.me('login_count/r');
  v_where uuid[]  := audit.facilities('login_count/r');
BEGIN
  RETURN QUERY SELECT DISTINCT h.person_id FROM portal.login_holders h
    WHERE h.person_id IS NOT NULL
      AND (v_all OR h.person_id = v_me
           OR h.person_id IN (SELECT e.person_id FROM portal.employment_periods e WHERE e.facility_id = ANY (v_where)));
END $$;

-- The logins of people whose facts change, for the rules to look at again. Ids only, and only for who may ask for that.
CREATE FUNCTION portal.logins_of(p_people uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('rule_rerun/a');
  RETURN QUERY SELECT DISTINCT h.login_id FROM portal.login_holders h WHERE h.person_id = ANY (p_people);
END $$;
GRANT EXECUTE ON FUNCTION portal.count_logins, portal.people_with_logins, portal.logins_of TO portal_app;
RESET ROLE;

DELETE FROM audit.action_covers WHERE (action, cover) IN (
  ('person.list.read', 'login/r'), ('person.list.export', 'login/r'), ('employment.form.read', 'login/r'),
  ('roster.form.read', 'login/r'), ('roster.read', 'login/r'), ('roster.apply', 'facility/a'), ('facility.update', 'facility/a'),
  ('login.list.read', 'facility/r'));
INSERT INTO audit.action_covers (action, cover) VALUES
  ('person.list.read', 'login_count/r'),
  ('person.list.export', 'login_count/r'),
  ('roster.apply', 'department/a'),
  ('facility.update', 'department/a'),
  ('facility.update', 'department/w'),
  ('roster.seed.execute', 'department/a');
