-- What is done to accounts. Every function asks for its own ticket, and takes who acts from it; the application's role
-- has no other way to a role, a scope, an engagement, a password or a second factor. They answer with a word:
--   ok, gone (no such row in that state), own (nobody does this to or for themselves), and what each names.
SET ROLE portal_owner;

-- What an account page and the list say of sign-in, without any secret.
CREATE FUNCTION portal.account_facts()
RETURNS TABLE (person_id uuid, password_set_at timestamptz, last_sign_in timestamptz, live_sessions bigint,
               second_factor boolean, waiting bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('account/r');
  RETURN QUERY
    SELECT p.id, c.changed_at, s.last_at, coalesce(s.live, 0), f.confirmed_at IS NOT NULL, coalesce(w.waiting, 0)
      FROM portal.people p
      LEFT JOIN portal.credentials c ON c.person_id = p.id
      LEFT JOIN (SELECT x.person_id AS id, max(x.started_at) AS last_at,
                        count(*) FILTER (WHERE x.ended_at IS NULL AND x.seen_at > clock_timestamp() - interval '15 minutes'
                                           AND x.started_at > clock_timestamp() - interval '12 hours') AS live
                   FROM portal.sessions x GROUP BY x.person_id) s ON s.id = p.id
      LEFT JOIN portal.second_factors f ON f.person_id = p.id
      LEFT JOIN (SELECT x.person_id AS id, count(*) AS waiting FROM portal.account_changes x
                  WHERE x.state = 'waiting' AND x.expires_at > now() GROUP BY x.person_id) w ON w.id = p.id
     WHERE p.username IS NOT NULL;
END $$;

CREATE FUNCTION portal.account_facilities(p_person uuid) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('account/r');
  RETURN (SELECT coalesce(array_agg(f.facility_id), '{}') FROM portal.person_facilities f WHERE f.person_id = p_person);
END $$;

CREATE FUNCTION portal.account_engagements(p_person uuid) RETURNS SETOF portal.engagements
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('account/r');
  RETURN QUERY SELECT e.* FROM portal.engagements e WHERE e.auditor_id = p_person ORDER BY e.starts_on DESC, e.id DESC;
END $$;

-- Ends every session of a person; not granted to anybody, the functions below use it.
CREATE FUNCTION portal.sign_out_everywhere_(p_person uuid, p_keep uuid DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ended bigint;
BEGIN
  UPDATE portal.sessions s SET ended_at = clock_timestamp()
   WHERE s.person_id = p_person AND s.ended_at IS NULL AND s.id IS DISTINCT FROM p_keep;
  GET DIAGNOSTICS v_ended = ROW_COUNT;
  DELETE FROM portal.half_sessions h WHERE h.person_id = p_person;
  DELETE FROM portal.sign_in_grants g WHERE g.person_id = p_person;
  RETURN v_ended;
END $$;

-- The organisation keeps somebody who can grant: the last administrator stays one.
CREATE FUNCTION portal.is_last_admin_(p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.people p WHERE p.id = p_person AND p.role = 'admin' AND p.active)
     AND NOT EXISTS (SELECT 1 FROM portal.people p WHERE p.id <> p_person AND p.role = 'admin' AND p.active AND p.username IS NOT NULL);
END $$;

-- Asks for a change that needs a second person.
CREATE FUNCTION portal.request_change(p_id uuid, p_person uuid, p_kind text, p_role text, p_all boolean, p_facilities uuid[],
  p_starts date, p_ends date, p_from date, p_to date, p_full boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me  uuid := CASE p_kind WHEN 'role' THEN audit.me('role_change/a') WHEN 'scope' THEN audit.me('scope_change/a')
                WHEN 'engagement' THEN audit.me('engagement_change/a') WHEN 'factor_reset' THEN audit.me('factor_change/a')
                WHEN 'password_reset' THEN audit.me('password_change/a') END;
  who portal.people;
BEGIN
  SELECT * INTO who FROM portal.people p WHERE p.id = p_person AND p.active AND p.username IS NOT NULL FOR UPDATE;
  IF me IS NULL OR NOT FOUND THEN RETURN 'gone'; END IF;
  IF me = p_person THEN RETURN 'own'; END IF;
  IF (p_kind = 'role' AND p_role = who.role) OR (p_kind = 'scope' AND who.role <> 'coordinator')
     OR (p_kind = 'engagement' AND who.role <> 'auditor')
     OR (p_kind = 'factor_reset' AND NOT EXISTS (SELECT 1 FROM portal.second_factors f WHERE f.person_id = p_person)) THEN
    RETURN 'gone';
  END IF;
  IF EXISTS (SELECT 1 FROM unnest(p_facilities) f WHERE NOT EXISTS (SELECT 1 FROM portal.facilities x WHERE x.id = f)) THEN
    RETURN 'gone';
  END IF;
  UPDATE portal.account_changes c SET state = 'expired', updated_at = now()
   WHERE c.person_id = p_person AND c.kind = p_kind AND c.state = 'waiting' AND c.expires_at <= now();
  IF EXISTS (SELECT 1 FROM portal.account_changes c WHERE c.person_id = p_person AND c.kind = p_kind AND c.state = 'waiting') THEN
    RETURN 'waits';
  END IF;
  INSERT INTO portal.account_changes (id, person_id, kind, role, all_facilities, facilities, starts_on, ends_on, period_from,
      period_to, full_patient_ids, requested_by)
  VALUES (p_id, p_person, p_kind, p_role, p_all, p_facilities, p_starts, p_ends, p_from, p_to, p_full, me);
  RETURN 'ok';
END $$;

-- The second person's yes: only now it counts.
CREATE FUNCTION portal.approve_change(p_change uuid, p_person uuid, p_kind text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me  uuid := CASE p_kind WHEN 'role' THEN audit.me('role_change/w') WHEN 'scope' THEN audit.me('scope_change/w')
                WHEN 'engagement' THEN audit.me('engagement_change/w') WHEN 'factor_reset' THEN audit.me('factor_change/w')
                WHEN 'password_reset' THEN audit.me('password_change/w') END;
  ask portal.account_changes;
  who portal.people;
BEGIN
  SELECT * INTO ask FROM portal.account_changes c
   WHERE c.id = p_change AND c.person_id = p_person AND c.kind = p_kind AND c.state = 'waiting' FOR UPDATE;
  IF me IS NULL OR NOT FOUND THEN RETURN 'gone'; END IF;
  IF ask.expires_at <= now() THEN RETURN 'expired'; END IF;
  IF me = ask.requested_by OR me = ask.person_id THEN RETURN 'own'; END IF;
  SELECT * INTO who FROM portal.people p WHERE p.id = p_person AND p.active FOR UPDATE;
  IF NOT FOUND OR (p_kind = 'scope' AND who.role <> 'coordinator') OR (p_kind = 'engagement' AND who.role <> 'auditor') THEN
    RETURN 'gone';
  END IF;
  IF p_kind = 'role' AND ask.role <> 'admin' AND portal.is_last_admin_(p_person) THEN RETURN 'last_admin'; END IF;
  UPDATE portal.account_changes c SET state = 'approved', decided_by = me, decided_at = now(), updated_at = now() WHERE c.id = p_change;
  IF p_kind IN ('role', 'scope') THEN
    UPDATE portal.people p SET role = coalesce(ask.role, p.role), updated_at = now(),
           all_facilities = ask.all_facilities AND coalesce(ask.role, p.role) = 'coordinator' WHERE p.id = p_person;
    DELETE FROM portal.person_facilities f WHERE f.person_id = p_person;
    INSERT INTO portal.person_facilities (person_id, facility_id)
      SELECT p_person, f FROM (SELECT DISTINCT unnest(ask.facilities) AS f) t WHERE coalesce(ask.role, who.role) = 'coordinator';
  END IF;
  IF p_kind = 'role' THEN
    -- a new role begins with a new sign-in, and with the second factor it asks for
    UPDATE portal.engagements e SET ended_at = now(), updated_at = now() WHERE e.auditor_id = p_person AND e.ended_at IS NULL;
    PERFORM portal.sign_out_everywhere_(p_person);
  ELSIF p_kind = 'engagement' THEN
    INSERT INTO portal.engagements (id, auditor_id, starts_on, ends_on, all_facilities, facilities, period_from, period_to, full_patient_ids)
    VALUES (ask.id, p_person, ask.starts_on, ask.ends_on, ask.all_facilities, ask.facilities, ask.period_from, ask.period_to, ask.full_patient_ids);
  ELSIF p_kind = 'factor_reset' THEN
    DELETE FROM portal.recovery_codes r WHERE r.person_id = p_person;
    DELETE FROM portal.second_factors f WHERE f.person_id = p_person;
    PERFORM portal.sign_out_everywhere_(p_person);
  END IF;
  RETURN 'ok';
END $$;

-- The second person's no, or the first one's second thought.
CREATE FUNCTION portal.reject_change(p_change uuid, p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me  uuid := audit.me('account_change/w');
  ask portal.account_changes;
BEGIN
  SELECT * INTO ask FROM portal.account_changes c
   WHERE c.id = p_change AND c.person_id = p_person AND c.state = 'waiting' FOR UPDATE;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  IF me = ask.requested_by OR me = ask.person_id THEN RETURN 'own'; END IF;
  UPDATE portal.account_changes c SET state = 'rejected', decided_by = me, decided_at = now(), updated_at = now() WHERE c.id = p_change;
  RETURN 'ok';
END $$;
CREATE FUNCTION portal.withdraw_change(p_change uuid, p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('account_change/d');
BEGIN
  UPDATE portal.account_changes c SET state = 'withdrawn', decided_by = me, decided_at = now(), updated_at = now()
   WHERE c.id = p_change AND c.person_id = p_person AND c.state = 'waiting' AND c.requested_by = me;
  RETURN CASE WHEN FOUND THEN 'ok' ELSE 'gone' END;
END $$;

-- Taking away counts at once.
CREATE FUNCTION portal.lower_role(p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('role/d');
BEGIN
  IF me = p_person THEN RETURN 'own'; END IF;
  IF portal.is_last_admin_(p_person) THEN RETURN 'last_admin'; END IF;
  UPDATE portal.people p SET role = 'field_staff', all_facilities = false, updated_at = now()
   WHERE p.id = p_person AND p.username IS NOT NULL AND p.role <> 'field_staff';
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  DELETE FROM portal.person_facilities f WHERE f.person_id = p_person;
  UPDATE portal.engagements e SET ended_at = now(), updated_at = now() WHERE e.auditor_id = p_person AND e.ended_at IS NULL;
  PERFORM portal.sign_out_everywhere_(p_person);
  RETURN 'ok';
END $$;

-- A narrower scope counts at once; a wider one is asked for.
CREATE FUNCTION portal.narrow_scope(p_person uuid, p_all boolean, p_facilities uuid[]) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me  uuid := audit.me('scope/d');
  who portal.people;
BEGIN
  SELECT * INTO who FROM portal.people p WHERE p.id = p_person AND p.role = 'coordinator' FOR UPDATE;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  IF me = p_person THEN RETURN 'own'; END IF;
  IF (p_all AND NOT who.all_facilities) OR (NOT who.all_facilities AND NOT p_facilities <@
       (SELECT coalesce(array_agg(f.facility_id), '{}') FROM portal.person_facilities f WHERE f.person_id = p_person)) THEN
    RETURN 'wider';
  END IF;
  UPDATE portal.people p SET all_facilities = p_all, updated_at = now() WHERE p.id = p_person;
  DELETE FROM portal.person_facilities f WHERE f.person_id = p_person;
  INSERT INTO portal.person_facilities (person_id, facility_id)
    SELECT p_person, x.id FROM portal.facilities x WHERE x.id = ANY (p_facilities);
  RETURN 'ok';
END $$;

CREATE FUNCTION portal.end_engagement(p_engagement uuid, p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('engagement/d');
  UPDATE portal.engagements e SET ended_at = now(), updated_at = now()
   WHERE e.id = p_engagement AND e.auditor_id = p_person AND e.ended_at IS NULL;
  RETURN CASE WHEN FOUND THEN 'ok' ELSE 'gone' END;
END $$;

CREATE FUNCTION portal.deactivate_account(p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('account/d');
BEGIN
  IF me = p_person THEN RETURN 'own'; END IF;
  IF portal.is_last_admin_(p_person) THEN RETURN 'last_admin'; END IF;
  UPDATE portal.people p SET active = false, updated_at = now() WHERE p.id = p_person AND p.active AND p.username IS NOT NULL;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  PERFORM portal.sign_out_everywhere_(p_person);
  DELETE FROM portal.reset_links l WHERE l.person_id = p_person AND l.used_at IS NULL;
  UPDATE portal.account_changes c SET state = 'withdrawn', decided_by = me, decided_at = now(), updated_at = now()
   WHERE c.person_id = p_person AND c.state = 'waiting';
  RETURN 'ok';
END $$;

-- Who comes back comes back as field staff; more needs the second person again.
CREATE FUNCTION portal.reactivate_account(p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('account/w');
BEGIN
  IF me = p_person THEN RETURN 'own'; END IF;
  UPDATE portal.people p SET active = true, role = 'field_staff', all_facilities = false, updated_at = now()
   WHERE p.id = p_person AND NOT p.active AND p.username IS NOT NULL;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  DELETE FROM portal.person_facilities f WHERE f.person_id = p_person;
  UPDATE portal.engagements e SET ended_at = now(), updated_at = now() WHERE e.auditor_id = p_person AND e.ended_at IS NULL;
  RETURN 'ok';
END $$;

CREATE FUNCTION portal.end_sessions_of(p_person uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('account_session/d');
  IF NOT EXISTS (SELECT 1 FROM portal.people p WHERE p.id = p_person AND p.username IS NOT NULL) THEN RETURN 'gone'; END IF;
  PERFORM portal.sign_out_everywhere_(p_person);
  RETURN 'ok';
END $$;

-- A link for somebody who may do more than field staff is a way to become them: it needs an approved request first.
CREATE FUNCTION portal.create_reset_link(p_id uuid, p_person uuid, p_token_sha256 bytea) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me  uuid := audit.me('reset_link/a');
  who portal.people;
BEGIN
  SELECT * INTO who FROM portal.people p WHERE p.id = p_person AND p.active AND p.username IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  IF me = p_person THEN RETURN 'own'; END IF;
  IF who.role <> 'field_staff' THEN
    UPDATE portal.account_changes c SET consumed_at = now(), updated_at = now()
     WHERE c.id = (SELECT x.id FROM portal.account_changes x WHERE x.person_id = p_person AND x.kind = 'password_reset'
                      AND x.state = 'approved' AND x.requested_by = me AND x.consumed_at IS NULL
                      AND x.decided_at > now() - interval '24 hours' ORDER BY x.id LIMIT 1);
    IF NOT FOUND THEN RETURN 'own'; END IF;
  END IF;
  DELETE FROM portal.reset_links l WHERE l.person_id = p_person AND l.used_at IS NULL;
  INSERT INTO portal.reset_links (id, person_id, token_sha256, created_by) VALUES (p_id, p_person, p_token_sha256, me);
  RETURN 'ok';
END $$;

-- Makes the account: of somebody the roster knows (their number or e-mail must match), or of a new person.
CREATE FUNCTION portal.open_account_(p_new uuid, p_link uuid, p_full_name text, p_email text, p_number text, p_username text)
RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM portal.people p WHERE lower(p.username) = lower(p_username) AND p.id IS DISTINCT FROM p_link) THEN
    RETURN 'username_taken';
  END IF;
  IF p_link IS NULL THEN
    IF EXISTS (SELECT 1 FROM portal.people p WHERE lower(p.email) = lower(p_email) OR p.employee_number = p_number) THEN
      RETURN 'known_person';
    END IF;
    INSERT INTO portal.people (id, full_name, email, username, employee_number, role)
    VALUES (p_new, p_full_name, p_email, p_username, p_number, 'field_staff');
    RETURN 'ok';
  END IF;
  UPDATE portal.people p SET username = p_username, email = coalesce(p.email, p_email), role = 'field_staff',
         all_facilities = false, active = true, updated_at = now()
   WHERE p.id = p_link AND (lower(p.email) = lower(p_email) OR p.employee_number = p_number)
     AND NOT EXISTS (SELECT 1 FROM portal.credentials c WHERE c.person_id = p.id)
     AND (p.email IS NOT NULL OR NOT EXISTS (SELECT 1 FROM portal.people x WHERE lower(x.email) = lower(p_email)));
  RETURN CASE WHEN FOUND THEN 'ok' ELSE 'known_person' END;
END $$;

CREATE FUNCTION portal.create_account(p_new uuid, p_link uuid, p_full_name text, p_email text, p_number text, p_username text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('account/a');
  RETURN portal.open_account_(p_new, p_link, p_full_name, p_email, p_number, p_username);
END $$;

CREATE FUNCTION portal.approve_sign_up(p_request uuid, p_new uuid, p_link uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me   uuid := audit.me('sign_up/w');
  ask  portal.sign_up_requests;
  word text;
BEGIN
  SELECT * INTO ask FROM portal.sign_up_requests r WHERE r.id = p_request AND r.state = 'waiting' FOR UPDATE;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  IF me = p_link THEN RETURN 'own'; END IF;
  word := portal.open_account_(p_new, p_link, ask.full_name, ask.email, ask.employee_number, ask.username);
  IF word <> 'ok' THEN RETURN word; END IF;
  INSERT INTO portal.credentials (person_id, password_hash)
    SELECT coalesce(p_link, p_new), s.password_hash FROM portal.sign_up_secrets s WHERE s.request_id = p_request;
  DELETE FROM portal.sign_up_secrets s WHERE s.request_id = p_request;
  UPDATE portal.sign_up_requests r SET state = 'approved', person_id = coalesce(p_link, p_new), decided_by = me,
         decided_at = now(), updated_at = now() WHERE r.id = p_request;
  RETURN 'ok';
END $$;

CREATE FUNCTION portal.reject_sign_up(p_request uuid, p_reason text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('sign_up/d');
BEGIN
  UPDATE portal.sign_up_requests r SET state = 'rejected', reason = p_reason, decided_by = me, decided_at = now(), updated_at = now()
   WHERE r.id = p_request AND r.state = 'waiting';
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  DELETE FROM portal.sign_up_secrets s WHERE s.request_id = p_request;
  RETURN 'ok';
END $$;

GRANT EXECUTE ON FUNCTION portal.account_facts, portal.account_facilities, portal.account_engagements, portal.request_change,
  portal.approve_change, portal.reject_change, portal.withdraw_change, portal.lower_role, portal.narrow_scope,
  portal.end_engagement, portal.deactivate_account, portal.reactivate_account, portal.end_sessions_of,
  portal.create_reset_link, portal.create_account, portal.approve_sign_up, portal.reject_sign_up TO portal_app;

-- One's own account.
CREATE FUNCTION portal.own_account(OUT password_set_at timestamptz, OUT second_factor_since timestamptz, OUT codes_left bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_account/r');
BEGIN
  SELECT c.changed_at INTO password_set_at FROM portal.credentials c WHERE c.person_id = me;
  SELECT f.confirmed_at INTO second_factor_since FROM portal.second_factors f WHERE f.person_id = me;
  SELECT count(*) INTO codes_left FROM portal.recovery_codes r WHERE r.person_id = me AND r.used_at IS NULL;
END $$;

CREATE FUNCTION portal.own_sessions()
RETURNS TABLE (id uuid, started_at timestamptz, seen_at timestamptz, ip_address inet, user_agent text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_account/r');
BEGIN
  RETURN QUERY SELECT s.id, s.started_at, s.seen_at, s.ip_address, s.user_agent FROM portal.sessions s
    WHERE s.person_id = me AND s.ended_at IS NULL AND s.seen_at > clock_timestamp() - interval '15 minutes'
      AND s.started_at > clock_timestamp() - interval '12 hours' ORDER BY s.seen_at DESC, s.id DESC;
END $$;

CREATE FUNCTION portal.end_own_session(p_session uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_session/d');
BEGIN
  UPDATE portal.sessions s SET ended_at = clock_timestamp() WHERE s.id = p_session AND s.person_id = me AND s.ended_at IS NULL;
  RETURN FOUND;
END $$;
CREATE FUNCTION portal.end_own_sessions(p_keep uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_session/d');
BEGIN
  RETURN portal.sign_out_everywhere_(me, p_keep);
END $$;

-- The hash to verify the current password against, when it is to be changed or a second factor taken off.
CREATE FUNCTION portal.own_password(OUT password_hash text, OUT wait_seconds integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_proof/r');
BEGIN
  SELECT c.password_hash INTO password_hash FROM portal.credentials c WHERE c.person_id = me;
  wait_seconds := portal.proof_wait(me);
END $$;
CREATE FUNCTION portal.change_own_password(p_old_hash text, p_new_hash text, p_keep uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_password/w');
BEGIN
  UPDATE portal.credentials c SET password_hash = p_new_hash, changed_at = clock_timestamp()
   WHERE c.person_id = me AND c.password_hash = p_old_hash;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  DELETE FROM portal.reset_links l WHERE l.person_id = me AND l.used_at IS NULL;
  PERFORM portal.sign_out_everywhere_(me, p_keep);
  RETURN true;
END $$;

-- One's own second factor: the sealed secret goes out only to prove or set up a factor, under its own event.
CREATE FUNCTION portal.own_factor(OUT secret_sealed bytea, OUT confirmed boolean, OUT wait_seconds integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_factor/r');
BEGIN
  SELECT f.secret_sealed, f.confirmed_at IS NOT NULL INTO secret_sealed, confirmed FROM portal.second_factors f WHERE f.person_id = me;
  wait_seconds := portal.proof_wait(me);
END $$;
CREATE FUNCTION portal.enrol_own_factor(p_sealed bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_factor/a');
BEGIN
  INSERT INTO portal.second_factors AS f (person_id, secret_sealed) VALUES (me, p_sealed)
  ON CONFLICT (person_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, created_at = clock_timestamp()
    WHERE f.confirmed_at IS NULL;
  RETURN FOUND;
END $$;
CREATE FUNCTION portal.confirm_own_factor(p_step bigint, p_codes bytea[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_factor/w');
BEGIN
  UPDATE portal.second_factors f SET confirmed_at = clock_timestamp(), last_step = p_step
   WHERE f.person_id = me AND f.confirmed_at IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM portal.recovery_codes r WHERE r.person_id = me;
  INSERT INTO portal.recovery_codes (person_id, code_hash) SELECT me, unnest(p_codes);
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  RETURN true;
END $$;
CREATE FUNCTION portal.disable_own_factor(p_step bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_factor/d');
BEGIN
  DELETE FROM portal.second_factors f
   WHERE f.person_id = me AND f.confirmed_at IS NOT NULL AND (f.last_step IS NULL OR f.last_step < p_step);
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM portal.recovery_codes r WHERE r.person_id = me;
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION portal.own_account, portal.own_sessions, portal.end_own_session, portal.end_own_sessions,
  portal.own_password, portal.change_own_password, portal.own_factor, portal.enrol_own_factor, portal.confirm_own_factor,
  portal.disable_own_factor TO portal_app;
RESET ROLE;
