-- A login waits for its holder, too, where it was used at a time at which nobody is known to have held it: before the first
-- period, after the last, or between two. The list of logins says so already; what the navigation counts is kept with where a
-- login was seen, so that the count goes on reading an index of just what waits.
SET ROLE portal_owner;

-- Whether a login has a row at this place that nobody held it for. Only the times between its periods are asked for.
CREATE FUNCTION portal.used_unheld_(p_login uuid, p_facility uuid, p_owner uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM (
      SELECT '00000000-0000-0000-0000-000000000000'::uuid AS lower, audit.uuid_floor(min(h.valid_from)) AS upper
        FROM portal.login_holders h WHERE h.login_id = p_login
      UNION ALL
      SELECT audit.uuid_floor(h.valid_to),
             coalesce((SELECT audit.uuid_floor(min(n.valid_from)) FROM portal.login_holders n
                        WHERE n.login_id = p_login AND n.valid_from >= h.valid_to), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        FROM portal.login_holders h WHERE h.login_id = p_login AND h.valid_to IS NOT NULL) gap
      JOIN portal.access_logs a ON a.login_id = p_login AND a.id >= gap.lower AND a.id < gap.upper
     WHERE a.facility_id IS NOT DISTINCT FROM p_facility AND (a.facility_id IS NOT NULL OR a.owner_id IS NOT DISTINCT FROM p_owner)
       AND NOT EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = p_login AND h.valid_from <= a.action_at
                          AND (h.valid_to IS NULL OR h.valid_to > a.action_at))
       AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id));
END $$;

-- Says anew of these logins where they wait. What does not change is not written. Rows that another transaction stores in this
-- very moment are seen with the next change: waiting for it would make an import and whoever matches wait for each other.
CREATE FUNCTION portal.judge_waiting_(p_logins uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE portal.login_facilities f SET waits = NOT f.waits
    FROM portal.ehr_logins l
   WHERE l.id = ANY (p_logins) AND f.login_id = l.id
     AND f.waits <> (l.kind = 'personal' AND (NOT l.held OR portal.used_unheld_(f.login_id, f.facility_id, f.owner_id)));
END $$;
REVOKE ALL ON FUNCTION portal.used_unheld_, portal.judge_waiting_ FROM PUBLIC;

-- A place is new with a row there: held all the while or not is asked below, with the rows of places that were known.
CREATE OR REPLACE FUNCTION portal.keep_login_facilities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_unsure uuid[];
BEGIN
  PERFORM portal.add_login_facilities_(array_agg(n.login_id), array_agg(n.facility_id), array_agg(n.owner_id))
    FROM (SELECT DISTINCT r.login_id, r.facility_id, CASE WHEN r.facility_id IS NULL THEN r.owner_id END AS owner_id
            FROM stored r) n;
  -- mostly one period covers all rows of a login, and nothing more is asked
  SELECT array_agg(n.login_id) INTO v_unsure
    FROM (SELECT r.login_id, min(r.action_at) AS first_at, max(r.action_at) AS last_at FROM stored r GROUP BY r.login_id) n
    JOIN portal.ehr_logins l ON l.id = n.login_id AND l.kind = 'personal' AND l.held
   WHERE NOT EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = n.login_id AND h.valid_from <= n.first_at
                        AND (h.valid_to IS NULL OR h.valid_to > n.last_at));
  IF v_unsure IS NOT NULL THEN PERFORM portal.judge_waiting_(v_unsure); END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION portal.drop_login_facilities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM portal.login_facilities f
   WHERE f.login_id IN (SELECT a.login_id FROM gone g JOIN portal.access_logs a ON a.id = g.access_id)
     AND NOT EXISTS (SELECT 1 FROM portal.access_logs a
                      WHERE a.login_id = f.login_id AND a.facility_id IS NOT DISTINCT FROM f.facility_id
                        AND (a.facility_id IS NOT NULL OR a.owner_id IS NOT DISTINCT FROM f.owner_id)
                        AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id));
  PERFORM portal.judge_waiting_((SELECT array_agg(DISTINCT a.login_id) FROM gone g JOIN portal.access_logs a ON a.id = g.access_id));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION portal.bring_back_login_facilities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM portal.add_login_facilities_(array_agg(n.login_id), array_agg(n.facility_id), array_agg(n.owner_id))
    FROM (SELECT DISTINCT a.login_id, a.facility_id, CASE WHEN a.facility_id IS NULL THEN a.owner_id END AS owner_id
            FROM back b JOIN portal.access_logs a ON a.id = b.access_id) n;
  PERFORM portal.judge_waiting_((SELECT array_agg(DISTINCT a.login_id) FROM back b JOIN portal.access_logs a ON a.id = b.access_id));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION portal.keep_waiting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM portal.judge_waiting_(ARRAY[NEW.id]);
  RETURN NULL;
END $$;

-- A period that is entered, moved or taken away covers other rows than before. By its name it comes after `keep_held`.
CREATE FUNCTION portal.keep_waiting_of_holder() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM portal.judge_waiting_(ARRAY[CASE TG_OP WHEN 'DELETE' THEN OLD.login_id ELSE NEW.login_id END]);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION portal.keep_waiting_of_holder FROM PUBLIC;
CREATE TRIGGER keep_waiting_of_holder AFTER INSERT OR UPDATE OF valid_from, valid_to OR DELETE ON portal.login_holders
  FOR EACH ROW EXECUTE FUNCTION portal.keep_waiting_of_holder();

SELECT portal.judge_waiting_((SELECT array_agg(l.id) FROM portal.ehr_logins l WHERE l.held));
RESET ROLE;
