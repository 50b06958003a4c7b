-- The navigation says how many logins nobody is known to have held, of those the reader's account covers. Where a login was
-- seen is kept beside it, so that the count on every page reads an index of just the logins that wait there, and no row of
-- the log, however long that grows.
SET ROLE portal_owner;
CREATE TABLE portal.login_facilities (
  login_id    uuid NOT NULL REFERENCES portal.ehr_logins (id),
  -- none: rows that name no place we know, which are seen by whoever imported them and by whoever sees everything
  facility_id uuid REFERENCES portal.facilities (id),
  owner_id    uuid REFERENCES portal.people (id),
  -- a personal login, and nobody is known to have held it
  waits       boolean NOT NULL,
  CONSTRAINT login_facilities_key UNIQUE NULLS NOT DISTINCT (login_id, facility_id, owner_id),
  CONSTRAINT login_facilities_one_place CHECK (facility_id IS NULL OR owner_id IS NULL)
);
CREATE INDEX login_facilities_waiting ON portal.login_facilities (login_id) WHERE waits;
CREATE INDEX login_facilities_waiting_there ON portal.login_facilities (facility_id, login_id) WHERE waits;
CREATE INDEX login_facilities_waiting_owner ON portal.login_facilities (owner_id, login_id) WHERE waits AND facility_id IS NULL;
SELECT audit.put_gate_before('portal.login_facilities', 'login');

INSERT INTO portal.login_facilities (login_id, facility_id, owner_id, waits)
SELECT a.login_id, a.facility_id, a.owner_id, l.kind = 'personal' AND NOT l.held
  FROM (SELECT DISTINCT a.login_id, a.facility_id, CASE WHEN a.facility_id IS NULL THEN a.owner_id END AS owner_id
          FROM portal.access_logs a
         WHERE NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)) a
  JOIN portal.ehr_logins l ON l.id = a.login_id;

-- Writes what is new. The login is locked only then: somebody may just be saying who held it.
CREATE FUNCTION portal.add_login_facilities_(p_logins uuid[], p_facilities uuid[], p_owners uuid[]) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO portal.login_facilities (login_id, facility_id, owner_id, waits)
  SELECT l.id, n.facility_id, n.owner_id, l.kind = 'personal' AND NOT l.held
    FROM unnest(p_logins, p_facilities, p_owners) AS n(login_id, facility_id, owner_id)
    JOIN portal.ehr_logins l ON l.id = n.login_id
   WHERE NOT EXISTS (SELECT 1 FROM portal.login_facilities f
                      WHERE f.login_id = n.login_id AND f.facility_id IS NOT DISTINCT FROM n.facility_id
                        AND f.owner_id IS NOT DISTINCT FROM n.owner_id)
   ORDER BY l.id FOR SHARE OF l
  ON CONFLICT DO NOTHING
$$;
REVOKE ALL ON FUNCTION portal.add_login_facilities_ FROM PUBLIC;

-- With every chunk that is stored.
CREATE FUNCTION portal.keep_login_facilities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM portal.add_login_facilities_(array_agg(n.login_id), array_agg(n.facility_id), array_agg(n.owner_id))
    FROM (SELECT DISTINCT r.login_id, r.facility_id, CASE WHEN r.facility_id IS NULL THEN r.owner_id END AS owner_id
            FROM stored r) n;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_login_facilities AFTER INSERT ON portal.access_logs
  REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION portal.keep_login_facilities();

-- A place goes with the last row that counts there, and comes back with the first.
CREATE FUNCTION portal.drop_login_facilities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM portal.login_facilities f
   WHERE f.login_id IN (SELECT a.login_id FROM gone g JOIN portal.access_logs a ON a.id = g.access_id)
     AND NOT EXISTS (SELECT 1 FROM portal.access_logs a
                      WHERE a.login_id = f.login_id AND a.facility_id IS NOT DISTINCT FROM f.facility_id
                        AND (a.facility_id IS NOT NULL OR a.owner_id IS NOT DISTINCT FROM f.owner_id)
                        AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id));
  RETURN NULL;
END $$;
CREATE TRIGGER drop_login_facilities AFTER INSERT ON portal.withdrawn_rows
  REFERENCING NEW TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION portal.drop_login_facilities();

CREATE FUNCTION portal.bring_back_login_facilities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM portal.add_login_facilities_(array_agg(n.login_id), array_agg(n.facility_id), array_agg(n.owner_id))
    FROM (SELECT DISTINCT a.login_id, a.facility_id, CASE WHEN a.facility_id IS NULL THEN a.owner_id END AS owner_id
            FROM back b JOIN portal.access_logs a ON a.id = b.access_id) n;
  RETURN NULL;
END $$;
CREATE TRIGGER bring_back_login_facilities AFTER DELETE ON portal.withdrawn_rows
  REFERENCING OLD TABLE AS back FOR EACH STATEMENT EXECUTE FUNCTION portal.bring_back_login_facilities();

CREATE FUNCTION portal.keep_waiting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE portal.login_facilities f SET waits = NEW.kind = 'personal' AND NOT NEW.held WHERE f.login_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_waiting AFTER UPDATE OF kind, held ON portal.ehr_logins
  FOR EACH ROW WHEN (NEW.kind <> OLD.kind OR NEW.held <> OLD.held) EXECUTE FUNCTION portal.keep_waiting();

-- Up to a hundred, which is as much as a navigation says, and only for whoever may match them: their accounts have no period.
CREATE OR REPLACE FUNCTION portal.unheld_logins() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  IF NOT EXISTS (SELECT 1 FROM portal.people p JOIN audit.role_action r ON r.role = p.role AND r.action = 'login.match'
                  WHERE p.id = t.actor_id) THEN
    RETURN 0;
  END IF;
  IF t.sees_all THEN
    RETURN (SELECT count(*) FROM (SELECT DISTINCT f.login_id FROM portal.login_facilities f
                                   WHERE f.waits ORDER BY f.login_id LIMIT 100) counted);
  END IF;
  RETURN (SELECT least(count(*), 100) FROM (
    SELECT w.login_id FROM unnest(t.facilities) AS place(id)
     CROSS JOIN LATERAL (SELECT f.login_id FROM portal.login_facilities f
                          WHERE f.facility_id = place.id AND f.waits ORDER BY f.login_id LIMIT 100) w
     UNION
    (SELECT f.login_id FROM portal.login_facilities f
      WHERE f.facility_id IS NULL AND f.owner_id = t.actor_id AND f.waits ORDER BY f.login_id LIMIT 100)) counted);
END $$;
DROP INDEX portal.ehr_logins_unheld;
RESET ROLE;
