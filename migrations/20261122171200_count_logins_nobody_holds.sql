-- The navigation says how many logins nobody is known to have held. Whether somebody was is kept with the login, so that the
-- count on every page reads only those it counts.
SET ROLE portal_owner;
ALTER TABLE portal.ehr_logins ADD COLUMN held boolean NOT NULL DEFAULT false;
UPDATE portal.ehr_logins l SET held = true WHERE EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = l.id);
CREATE INDEX ehr_logins_unheld ON portal.ehr_logins (id) WHERE kind = 'personal' AND NOT held;

CREATE FUNCTION portal.keep_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_login uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.login_id ELSE NEW.login_id END;
BEGIN
  UPDATE portal.ehr_logins l SET held = x.held
    FROM (SELECT EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = v_login) AS held) x
   WHERE l.id = v_login AND l.held IS DISTINCT FROM x.held;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_held AFTER INSERT OR DELETE ON portal.login_holders FOR EACH ROW EXECUTE FUNCTION portal.keep_held();

-- Of how many such logins the reader's account covers a row: up to a hundred, which is as much as a navigation says.
CREATE FUNCTION portal.unheld_logins() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  RETURN (SELECT count(*) FROM (
    SELECT 1 FROM portal.ehr_logins l
     WHERE l.kind = 'personal' AND NOT l.held
       AND EXISTS (SELECT 1 FROM portal.access_logs a
                    WHERE a.login_id = l.id AND a.action_at >= t.since AND a.action_at < t.until
                      AND (t.sees_all OR a.facility_id = ANY (t.facilities) OR (a.facility_id IS NULL AND a.owner_id = t.actor_id))
                      AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id))
     LIMIT 100) counted);
END $$;
GRANT EXECUTE ON FUNCTION portal.unheld_logins TO portal_app;
RESET ROLE;
