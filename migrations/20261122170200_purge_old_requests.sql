-- A request for an account that was refused, or that nobody decided in time, names somebody who has no account here. Thirty
-- days later it goes, with its password's hash; that it was made, and what became of it, stays in the trail. A request that
-- was approved stays: it says where an account came from.
SET ROLE portal_owner;

-- Ids only, like the jobs that wait.
CREATE FUNCTION portal.sign_ups_to_purge(p_limit integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT r.id FROM portal.sign_up_requests r
   WHERE (r.state = 'waiting' AND r.created_at <= now() - interval '30 days')
      OR (r.state = 'rejected' AND r.decided_at <= now() - interval '30 days')
   ORDER BY r.id LIMIT p_limit
$$;
REVOKE ALL ON FUNCTION portal.sign_ups_to_purge FROM PUBLIC;

-- Asks again itself whether this one is due: whoever names another purges nothing.
CREATE FUNCTION portal.purge_sign_up(p_request uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('old_sign_up/d');
  PERFORM 1 FROM portal.sign_up_requests r
    WHERE r.id = p_request AND ((r.state = 'waiting' AND r.created_at <= now() - interval '30 days')
      OR (r.state = 'rejected' AND r.decided_at <= now() - interval '30 days')) FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM portal.sign_up_secrets s WHERE s.request_id = p_request;
  DELETE FROM portal.sign_up_requests r WHERE r.id = p_request;
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION portal.purge_sign_up FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.sign_ups_to_purge, portal.purge_sign_up TO portal_worker;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('account.signup.purge', 'sign_up', true, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('account.signup.purge', 'old_sign_up/d');
