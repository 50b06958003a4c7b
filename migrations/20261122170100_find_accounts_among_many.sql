-- Accounts as an organisation of twenty thousand has them: a page of the list costs a page, wherever in it one stands; a
-- name is found by a search, whose text is kept nowhere; requests have a list of their own.
SET ROLE portal_owner;

CREATE INDEX people_accounts_by_name ON portal.people (lower(full_name), id) WHERE username IS NOT NULL;

-- What pages say of sign-in, without any secret, of these people alone.
DROP FUNCTION portal.account_facts();
CREATE FUNCTION portal.account_facts(p_people uuid[])
RETURNS TABLE (person_id uuid, password_set_at timestamptz, last_sign_in timestamptz, live_sessions bigint,
               second_factor boolean, waiting bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('account/r');
  RETURN QUERY
    SELECT p.id, c.changed_at, s.last_at, s.live, f.confirmed_at IS NOT NULL, w.waiting
      FROM portal.people p
      LEFT JOIN portal.credentials c ON c.person_id = p.id
      LEFT JOIN portal.second_factors f ON f.person_id = p.id
     CROSS JOIN LATERAL (SELECT max(x.started_at) AS last_at,
                                count(*) FILTER (WHERE x.ended_at IS NULL AND x.seen_at > clock_timestamp() - interval '15 minutes'
                                                   AND x.started_at > clock_timestamp() - interval '12 hours') AS live
                           FROM portal.sessions x WHERE x.person_id = p.id) s
     CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM portal.account_changes x
                          WHERE x.person_id = p.id AND x.state = 'waiting' AND x.expires_at > now()) w
     WHERE p.id = ANY (p_people) AND p.username IS NOT NULL;
END $$;

-- One page of accounts by name, after the one that is named. The index gives the order, so that rows are read until the page
-- is full; a filter that few pass reads more of them, and never anybody's sessions.
CREATE FUNCTION portal.account_page(p_role text, p_active boolean, p_waiting boolean, p_among uuid[], p_after uuid, p_limit integer)
RETURNS TABLE (id uuid, full_name text, username text, role text, active boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_name text := '';
  v_id   uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
  PERFORM audit.ok('account/r');
  IF p_after IS NOT NULL THEN
    SELECT lower(x.full_name), x.id INTO v_name, v_id FROM portal.people x WHERE x.id = p_after;
    IF NOT FOUND THEN RETURN; END IF;
  END IF;
  RETURN QUERY
    SELECT p.id, p.full_name, p.username, p.role, p.active FROM portal.people p
     WHERE p.username IS NOT NULL AND (lower(p.full_name), p.id) > (v_name, v_id)
       AND (p_role IS NULL OR p.role = p_role) AND (p_active IS NULL OR p.active = p_active)
       AND (p_among IS NULL OR p.id = ANY (p_among))
       AND (NOT p_waiting OR EXISTS (SELECT 1 FROM portal.account_changes x
                                      WHERE x.person_id = p.id AND x.state = 'waiting' AND x.expires_at > now()))
     ORDER BY lower(p.full_name), p.id LIMIT p_limit;
END $$;
GRANT EXECUTE ON FUNCTION portal.account_facts, portal.account_page TO portal_app;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('account.search.execute', 'search', false, false),
  ('account.search.create', 'search', false, false),
  ('account.signup.list.read', 'sign_up', false, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('account.list.read', 'search/r'),
  ('account.search.execute', 'person/r'),
  ('account.search.execute', 'account/r'),
  ('account.search.create', 'search/a'),
  ('account.signup.list.read', 'sign_up/r');
INSERT INTO audit.role_action (role, action) VALUES
  ('auditor', 'account.search.execute'),
  ('manager', 'account.search.execute'),
  ('admin', 'account.search.execute'),
  ('auditor', 'account.search.create'),
  ('manager', 'account.search.create'),
  ('admin', 'account.search.create'),
  ('auditor', 'account.signup.list.read'),
  ('manager', 'account.signup.list.read'),
  ('admin', 'account.signup.list.read');
