-- What somebody was handed while they could do little must not be a way to more. A one-time link is made for the account
-- as it was: a granted change takes it away, and a link for somebody who may do more than field staff counts only when a
-- second person approved that very link. An account is opened only for active field staff, and asking for one is limited
-- where the request is kept, not only where it is looked at.
SET ROLE portal_owner;

ALTER TABLE portal.reset_links ADD COLUMN change_id uuid REFERENCES portal.account_changes;
COMMENT ON COLUMN portal.reset_links.change_id IS 'The approved request this link was made from; none for field staff.';

CREATE FUNCTION portal.void_links_of_a_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM portal.reset_links l WHERE l.person_id = NEW.person_id AND l.used_at IS NULL;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION portal.void_links_of_a_grant FROM PUBLIC;
CREATE TRIGGER links_voided AFTER UPDATE OF state ON portal.account_changes FOR EACH ROW
  WHEN (OLD.state = 'waiting' AND NEW.state = 'approved') EXECUTE FUNCTION portal.void_links_of_a_grant();

CREATE OR REPLACE FUNCTION portal.create_reset_link(p_id uuid, p_person uuid, p_token_sha256 bytea) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me       uuid := audit.me('reset_link/a');
  who      portal.people;
  v_change uuid;
BEGIN
  SELECT * INTO who FROM portal.people p WHERE p.id = p_person AND p.active AND p.username IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  IF me = p_person THEN RETURN 'own'; END IF;
  IF who.role <> 'field_staff' THEN
    UPDATE portal.account_changes c SET consumed_at = now(), updated_at = now()
     WHERE c.id = (SELECT x.id FROM portal.account_changes x WHERE x.person_id = p_person AND x.kind = 'password_reset'
                      AND x.state = 'approved' AND x.requested_by = me AND x.consumed_at IS NULL
                      AND x.decided_at > now() - interval '24 hours' ORDER BY x.id LIMIT 1)
    RETURNING c.id INTO v_change;
    IF v_change IS NULL THEN RETURN 'own'; END IF;
  END IF;
  DELETE FROM portal.reset_links l WHERE l.person_id = p_person AND l.used_at IS NULL;
  INSERT INTO portal.reset_links (id, person_id, token_sha256, created_by, change_id)
  VALUES (p_id, p_person, p_token_sha256, me, v_change);
  RETURN 'ok';
END $$;

-- A sign-up is no way back for somebody who was deactivated, and takes no role from whom it is linked to.
CREATE OR REPLACE FUNCTION portal.open_account_(p_new uuid, p_link uuid, p_full_name text, p_email text, p_number text, p_username text)
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
  UPDATE portal.people p SET username = p_username, email = coalesce(p.email, p_email), updated_at = now()
   WHERE p.id = p_link AND p.active AND p.role = 'field_staff'
     AND (lower(p.email) = lower(p_email) OR p.employee_number = p_number)
     AND NOT EXISTS (SELECT 1 FROM portal.credentials c WHERE c.person_id = p.id)
     AND (p.email IS NOT NULL OR NOT EXISTS (SELECT 1 FROM portal.people x WHERE lower(x.email) = lower(p_email)));
  RETURN CASE WHEN FOUND THEN 'ok' ELSE 'known_person' END;
END $$;

-- A request that nobody decided within 30 days says too little about today.
CREATE OR REPLACE FUNCTION portal.approve_sign_up(p_request uuid, p_new uuid, p_link uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me   uuid := audit.me('sign_up/w');
  ask  portal.sign_up_requests;
  word text;
BEGIN
  SELECT * INTO ask FROM portal.sign_up_requests r WHERE r.id = p_request AND r.state = 'waiting' FOR UPDATE;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  IF ask.created_at <= now() - interval '30 days' THEN RETURN 'expired'; END IF;
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
RESET ROLE;

-- A household or an office has a /64 of IPv6: whoever counts single addresses there counts nothing.
CREATE FUNCTION audit.neighbourhood_(p_ip inet) RETURNS inet
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE family(p_ip) WHEN 6 THEN network(set_masklen(p_ip, 64))::inet ELSE p_ip END
$$;
REVOKE ALL ON FUNCTION audit.neighbourhood_ FROM PUBLIC;
ALTER FUNCTION audit.neighbourhood_ OWNER TO audit_owner;

CREATE OR REPLACE FUNCTION audit.sign_up_wait(p_ip inet) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM portal.sign_up_secrets s
       WHERE s.ip_address <<= audit.neighbourhood_(p_ip) AND s.asked_at > clock_timestamp() - interval '1 hour') >= 10
     OR (SELECT count(*) FROM portal.sign_up_requests r
          WHERE r.state = 'waiting' AND r.created_at > clock_timestamp() - interval '30 days') >= 500 THEN
    RETURN 3600;
  END IF;
  RETURN 0;
END $$;

-- Many at once wait for each other here, so that each sees those before it.
CREATE OR REPLACE FUNCTION audit.sign_up(p_token text, p_id uuid, p_full_name text, p_email text, p_number text, p_username text,
  p_password_hash text, p_request uuid, p_ip inet, p_agent text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid := audit.session_person(p_token);
  v_wait   integer;
BEGIN
  PERFORM pg_advisory_xact_lock(7302, 3);
  v_wait := audit.sign_up_wait(p_ip);
  IF v_wait > 0 THEN RAISE EXCEPTION 'too many requests' USING ERRCODE = 'HA429'; END IF;
  PERFORM audit.append_(v_person,
    CASE (SELECT p.role FROM portal.people p WHERE p.id = v_person) WHEN 'admin' THEN 'admin' ELSE 'user' END,
    'account.signup.submit', 'sign_up', p_id, 'success', NULL, p_request, p_ip, p_agent);
  INSERT INTO portal.sign_up_requests (id, full_name, email, username, employee_number)
  VALUES (p_id, p_full_name, p_email, p_username, p_number);
  INSERT INTO portal.sign_up_secrets (request_id, password_hash, ip_address) VALUES (p_id, p_password_hash, p_ip);
END $$;

-- A link counts for whom it was made: field staff, or somebody for whom a second person approved it.
CREATE OR REPLACE FUNCTION audit.reset_link(p_link text, OUT person_id uuid, OUT own_words text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT p.id, array_remove(ARRAY[p.full_name, p.username, p.email, p.employee_number], NULL) INTO person_id, own_words
    FROM portal.reset_links l JOIN portal.people p ON p.id = l.person_id AND p.active
   WHERE l.token_sha256 = sha256(convert_to(p_link, 'UTF8')) AND l.used_at IS NULL AND l.expires_at > clock_timestamp()
     AND (p.role = 'field_staff' OR l.change_id IS NOT NULL);
END $$;

CREATE OR REPLACE FUNCTION audit.use_reset_link(p_link text, p_password_hash text, p_request uuid, p_ip inet, p_agent text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid;
BEGIN
  UPDATE portal.reset_links l SET used_at = clock_timestamp()
   WHERE l.token_sha256 = sha256(convert_to(p_link, 'UTF8')) AND l.used_at IS NULL AND l.expires_at > clock_timestamp()
     AND EXISTS (SELECT 1 FROM portal.people p
                  WHERE p.id = l.person_id AND p.active AND (p.role = 'field_staff' OR l.change_id IS NOT NULL))
  RETURNING l.person_id INTO v_person;
  IF v_person IS NULL THEN RETURN false; END IF;
  PERFORM audit.append_(p.id, CASE p.role WHEN 'admin' THEN 'admin' ELSE 'user' END, 'credential.reset.use', 'credential',
    p.id, 'success', NULL, p_request, p_ip, p_agent) FROM portal.people p WHERE p.id = v_person;
  INSERT INTO portal.credentials AS c (person_id, password_hash) VALUES (v_person, p_password_hash)
  ON CONFLICT (person_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp();
  UPDATE portal.sessions s SET ended_at = clock_timestamp() WHERE s.person_id = v_person AND s.ended_at IS NULL;
  DELETE FROM portal.half_sessions h WHERE h.person_id = v_person;
  DELETE FROM portal.sign_in_grants g WHERE g.person_id = v_person;
  DELETE FROM portal.proof_failures f WHERE f.person_id = v_person;
  RETURN true;
END $$;
