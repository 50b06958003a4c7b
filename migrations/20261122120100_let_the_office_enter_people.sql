-- The workforce as it was: the office enters employment by form and by roster. A period is never changed; one that was wrong
-- or has ended is superseded, and what is known now stands beside it with the day it became known.
SET ROLE portal_owner;

CREATE POLICY scope_insert ON portal.employment_periods FOR INSERT TO portal_app
  WITH CHECK ((SELECT audit.sees_all('employment/a')) OR facility_id = ANY ((SELECT audit.facilities('employment/a'))::uuid[]));
CREATE POLICY scope_update ON portal.employment_periods FOR UPDATE TO portal_app
  USING ((SELECT audit.sees_all('employment/w')) OR facility_id = ANY ((SELECT audit.facilities('employment/w'))::uuid[]));
GRANT INSERT ON portal.employment_periods TO portal_app;
GRANT UPDATE (superseded_at, updated_at) ON portal.employment_periods TO portal_app;

CREATE FUNCTION portal.keep_superseded() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.superseded_at IS NOT NULL THEN
    RAISE EXCEPTION 'a superseded period stays as it is' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_superseded BEFORE UPDATE ON portal.employment_periods
  FOR EACH ROW EXECUTE FUNCTION portal.keep_superseded();

-- Which of these people work at a facility outside the reader's: without more, so that a plan does not end what it cannot see.
CREATE FUNCTION portal.employed_elsewhere(p_day date) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF audit.sees_all('employment/r') THEN RETURN; END IF;
  RETURN QUERY SELECT DISTINCT e.person_id FROM portal.employment_periods e
    WHERE e.superseded_at IS NULL AND (e.ends_on IS NULL OR e.ends_on >= p_day)
      AND NOT e.facility_id = ANY (audit.facilities('employment/r'));
END $$;
GRANT EXECUTE ON FUNCTION portal.employed_elsewhere TO portal_app;

-- Adds people, or brings names and e-mail addresses up to date. It cannot touch a role, a user name, or a password: whoever
-- is new is field staff without an account. A coordinator's roster changes nobody who works at another facility.
CREATE FUNCTION portal.put_people(p_ids uuid[], p_numbers text[], p_names text[], p_emails text[],
  p_name_hashes bytea[], p_surname_hashes bytea[], p_address_hashes bytea[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_all   boolean := audit.sees_all('workforce/w');
  v_where uuid[]  := audit.facilities('workforce/w');
  v_done  bigint;
BEGIN
  WITH put AS MATERIALIZED (
    SELECT * FROM unnest(p_ids, p_numbers, p_names, p_emails, p_name_hashes, p_surname_hashes, p_address_hashes)
      AS t(id, employee_number, full_name, email, name_hash, surname_hash, address_hash)),
  changed AS (
    UPDATE portal.people p
       SET full_name = put.full_name, email = coalesce(put.email, p.email), name_hash = coalesce(put.name_hash, p.name_hash),
           surname_hash = coalesce(put.surname_hash, p.surname_hash), address_hash = coalesce(put.address_hash, p.address_hash),
           updated_at = now()
      FROM put
     WHERE p.id = put.id
       AND (v_all OR NOT EXISTS (SELECT 1 FROM portal.employment_periods e
             WHERE e.person_id = p.id AND e.superseded_at IS NULL AND (e.ends_on IS NULL OR e.ends_on >= current_date)
               AND NOT e.facility_id = ANY (v_where)))
    RETURNING p.id),
  added AS (
    INSERT INTO portal.people (id, full_name, email, employee_number, role, name_hash, surname_hash, address_hash)
    SELECT put.id, put.full_name, put.email, put.employee_number, 'field_staff', put.name_hash, put.surname_hash, put.address_hash
      FROM put WHERE NOT EXISTS (SELECT 1 FROM portal.people p WHERE p.id = put.id)
    RETURNING id)
  SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM added) INTO v_done;
  RETURN v_done;
END $$;
GRANT EXECUTE ON FUNCTION portal.put_people TO portal_app;

CREATE POLICY scope_insert ON portal.facilities FOR INSERT TO portal_app WITH CHECK ((SELECT audit.sees_all('facility/a')));
CREATE POLICY scope_update ON portal.facilities FOR UPDATE TO portal_app USING ((SELECT audit.sees_all('facility/w')));
CREATE POLICY scope_insert ON portal.departments FOR INSERT TO portal_app
  WITH CHECK ((SELECT audit.sees_all('facility/a')) OR facility_id = ANY ((SELECT audit.facilities('facility/a'))::uuid[]));
CREATE POLICY scope_update ON portal.departments FOR UPDATE TO portal_app USING ((SELECT audit.sees_all('facility/w')));
GRANT INSERT ON portal.facilities, portal.departments TO portal_app;
GRANT UPDATE (name, site_code, privacy_owner_id, time_zone, networks, updated_at) ON portal.facilities TO portal_app;
GRANT UPDATE (name, opens_at, closes_at, updated_at) ON portal.departments TO portal_app;
RESET ROLE;
