-- Whoever ends their other sessions, or changes their password, stays signed in where they did it: the session of the event, which
-- the caller does not name. A session named by a caller could be another one, which then would outlive what was to end it.
SET ROLE portal_owner;
DROP FUNCTION portal.end_own_sessions(uuid);
CREATE FUNCTION portal.end_own_sessions() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_session/d');
BEGIN
  RETURN portal.sign_out_everywhere_(me, audit.session('own_session/d'));
END $$;

DROP FUNCTION portal.change_own_password(text, text, uuid);
CREATE FUNCTION portal.change_own_password(p_old_hash text, p_new_hash text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me   uuid := audit.me('own_password/w');
  here uuid := audit.session('own_password/w');
BEGIN
  UPDATE portal.credentials c SET password_hash = p_new_hash, changed_at = clock_timestamp()
   WHERE c.person_id = me AND c.password_hash = p_old_hash;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  DELETE FROM portal.reset_links l WHERE l.person_id = me AND l.used_at IS NULL;
  PERFORM portal.sign_out_everywhere_(me, here);
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION portal.end_own_sessions, portal.change_own_password FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.end_own_sessions, portal.change_own_password TO portal_app;
RESET ROLE;
