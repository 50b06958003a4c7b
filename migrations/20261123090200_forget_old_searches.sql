-- What a search found is kept so that its page has an address without what was typed. A day later nobody goes back to it, and it
-- goes: that somebody searched, and what they were shown, stays in the trail.
SET ROLE portal_owner;
CREATE INDEX searches_created ON portal.searches (created_at);

-- Takes no ids, so that nobody's newer search can be named; what another program is deleting is left to it.
CREATE FUNCTION portal.purge_searches(p_limit integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_gone bigint;
BEGIN
  PERFORM audit.ok('old_search/d');
  DELETE FROM portal.searches s
   WHERE s.id IN (SELECT o.id FROM portal.searches o WHERE o.created_at <= now() - interval '24 hours'
                   ORDER BY o.created_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS v_gone = ROW_COUNT;
  RETURN v_gone;
END $$;
REVOKE ALL ON FUNCTION portal.purge_searches FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.purge_searches TO portal_worker;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('search.result.purge', 'search', true, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('search.result.purge', 'old_search/d');
