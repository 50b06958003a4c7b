-- What was applied is evidence: an applied roster is final, by whom and when it was is the server's word, and its lines are
-- written only while it is a plan of one's own.
SET ROLE portal_owner;
CREATE FUNCTION portal.keep_applied_roster_whole() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.state = 'applied' THEN
    RAISE EXCEPTION 'an applied roster stays as it is' USING ERRCODE = 'serialization_failure';
  END IF;
  IF (NEW.id, NEW.source_id, NEW.started_by, NEW.as_of, NEW.file_sha256, NEW.created_at)
     IS DISTINCT FROM (OLD.id, OLD.source_id, OLD.started_by, OLD.as_of, OLD.file_sha256, OLD.created_at) THEN
    RAISE EXCEPTION 'what a roster was made from stays as it is';
  END IF;
  IF NEW.state = 'applied' THEN
    NEW.applied_at := now();
  ELSE
    NEW.planned_at := now();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_applied BEFORE UPDATE ON portal.rosters FOR EACH ROW EXECUTE FUNCTION portal.keep_applied_roster_whole();

ALTER POLICY scope_update ON portal.rosters
  USING ((SELECT audit.sees_all('roster/w')) OR started_by = (SELECT audit.me('roster/w')))
  WITH CHECK (((SELECT audit.sees_all('roster/w')) OR started_by = (SELECT audit.me('roster/w')))
              AND (applied_by IS NULL OR applied_by = (SELECT audit.me('roster/w'))));
REVOKE INSERT ON portal.rosters FROM portal_app;
GRANT INSERT (id, source_id, started_by, as_of, file_sha256, plan_sha256) ON portal.rosters TO portal_app;

CREATE FUNCTION portal.open_rosters(p_cover text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT r.id FROM portal.rosters r
    WHERE r.state = 'planned' AND (audit.sees_all(p_cover) OR r.started_by = audit.me(p_cover));
END $$;
GRANT EXECUTE ON FUNCTION portal.open_rosters TO portal_app;
ALTER POLICY scope_insert ON portal.roster_items WITH CHECK (roster_id IN (SELECT portal.open_rosters('roster/a')));
ALTER POLICY scope_delete ON portal.roster_items USING (roster_id IN (SELECT portal.open_rosters('roster/d')));
RESET ROLE;
