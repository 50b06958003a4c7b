-- Whose accesses a login's are follows from holders and employment: nobody enters, changes or takes away their own.
SET ROLE portal_owner;

ALTER POLICY scope_insert ON portal.employment_periods
  WITH CHECK (((SELECT audit.sees_all('employment/a')) OR facility_id = ANY ((SELECT audit.facilities('employment/a'))::uuid[]))
              AND person_id IS DISTINCT FROM (SELECT audit.me('employment/a')));
ALTER POLICY scope_update ON portal.employment_periods
  USING (((SELECT audit.sees_all('employment/w')) OR facility_id = ANY ((SELECT audit.facilities('employment/w'))::uuid[]))
         AND person_id IS DISTINCT FROM (SELECT audit.me('employment/w')));
ALTER POLICY scope_insert ON portal.login_holders
  WITH CHECK (portal.login_is_in_scope(login_id, 'login/a') AND person_id IS DISTINCT FROM (SELECT audit.me('login/a')));
ALTER POLICY scope_update ON portal.login_holders
  USING (portal.login_is_in_scope(login_id, 'login/w') AND person_id IS DISTINCT FROM (SELECT audit.me('login/w')));
ALTER POLICY scope_delete ON portal.login_holders
  USING (portal.login_is_in_scope(login_id, 'login/d') AND person_id IS DISTINCT FROM (SELECT audit.me('login/d')));

-- What a login is decides as much: not by whoever ever held it.
CREATE FUNCTION portal.my_logins(p_cover text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT h.login_id FROM portal.login_holders h WHERE h.person_id = audit.me(p_cover);
END $$;
GRANT EXECUTE ON FUNCTION portal.my_logins TO portal_app;
ALTER POLICY scope_update ON portal.ehr_logins
  USING (portal.login_is_in_scope(id, 'login/w') AND id NOT IN (SELECT portal.my_logins('login/w')));

ALTER TABLE portal.roster_items DROP CONSTRAINT roster_items_problem_check;
ALTER TABLE portal.roster_items ADD CONSTRAINT roster_items_problem_check CHECK (problem IN ('duplicate_number', 'no_facility',
  'unknown_facility', 'facility_not_yours', 'no_department', 'no_job', 'works_elsewhere', 'date_disorder', 'overlaps', 'email_taken',
  'unknown_supervisor', 'unreadable', 'yourself', 'account_elsewhere', 'account_kept'));

-- A roster touches no account: who signs in keeps the name and the address the account has. Nobody brings themselves up to
-- date, and a coordinator's roster nobody with an account who never worked where the coordinator's account reaches.
CREATE OR REPLACE FUNCTION portal.put_people(p_ids uuid[], p_numbers text[], p_names text[], p_emails text[],
  p_name_hashes bytea[], p_surname_hashes bytea[], p_address_hashes bytea[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me    uuid    := audit.me('workforce/w');
  v_all   boolean := audit.sees_all('workforce/w');
  v_where uuid[]  := audit.facilities('workforce/w');
  v_done  bigint;
BEGIN
  WITH put AS MATERIALIZED (
    SELECT * FROM unnest(p_ids, p_numbers, p_names, p_emails, p_name_hashes, p_surname_hashes, p_address_hashes)
      AS t(id, employee_number, full_name, email, name_hash, surname_hash, address_hash)),
  changed AS (
    UPDATE portal.people p
       SET full_name = CASE WHEN p.username IS NULL THEN put.full_name ELSE p.full_name END,
           email = CASE WHEN p.username IS NULL THEN coalesce(put.email, p.email) ELSE p.email END,
           name_hash = coalesce(put.name_hash, p.name_hash),
           surname_hash = coalesce(put.surname_hash, p.surname_hash), address_hash = coalesce(put.address_hash, p.address_hash),
           updated_at = now()
      FROM put
     WHERE p.id = put.id AND p.id IS DISTINCT FROM v_me
       AND (v_all OR (
             NOT EXISTS (SELECT 1 FROM portal.employment_periods e
               WHERE e.person_id = p.id AND e.superseded_at IS NULL AND (e.ends_on IS NULL OR e.ends_on >= current_date)
                 AND NOT e.facility_id = ANY (v_where))
             AND (p.username IS NULL OR EXISTS (SELECT 1 FROM portal.employment_periods e
               WHERE e.person_id = p.id AND e.superseded_at IS NULL AND e.facility_id = ANY (v_where)))))
    RETURNING p.id),
  added AS (
    INSERT INTO portal.people (id, full_name, email, employee_number, role, name_hash, surname_hash, address_hash)
    SELECT put.id, put.full_name, put.email, put.employee_number, 'field_staff', put.name_hash, put.surname_hash, put.address_hash
      FROM put WHERE NOT EXISTS (SELECT 1 FROM portal.people p WHERE p.id = put.id)
    RETURNING id)
  SELECT (SELECT count(*) FROM changed) + (SELECT count(*) FROM added) INTO v_done;
  RETURN v_done;
END $$;
RESET ROLE;
