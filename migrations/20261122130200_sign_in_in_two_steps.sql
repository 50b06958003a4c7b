-- Sign-in in two steps, sign-up, and one-time links: what happens before anybody is signed in. As all of sign-in these are
-- named exceptions to "an event first": each writes its own event and returns nothing but what its caller has proved to be
-- theirs. A half session is no session: it opens no door but the second step's.
-- This changes the schema audit: it runs as the installer and hands ownership over.

-- Signed in at last: the event, the address that is known from now on, and the grant the new session takes its person from.
CREATE FUNCTION audit.signed_in_(p_person uuid, p_account bytea, p_request uuid, p_ip inet, p_agent text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_grant uuid := audit.uuid7();
BEGIN
  PERFORM audit.append_(p.id, CASE p.role WHEN 'admin' THEN 'admin' ELSE 'user' END,
    'session.login.attempt', 'session', p.id, 'success', NULL, p_request, p_ip, p_agent)
    FROM portal.people p WHERE p.id = p_person;
  DELETE FROM portal.sign_in_failures f WHERE f.account_sha256 = p_account AND f.ip_address = p_ip;
  DELETE FROM portal.proof_failures f WHERE f.person_id = p_person;
  INSERT INTO portal.known_addresses AS k (person_id, ip_address, last_at) VALUES (p_person, p_ip, clock_timestamp())
    ON CONFLICT (person_id, ip_address) DO UPDATE SET last_at = clock_timestamp();
  INSERT INTO portal.sign_in_grants (id, person_id, ip_address, user_agent) VALUES (v_grant, p_person, p_ip, p_agent);
  RETURN v_grant;
END $$;

-- The caller verified the password against this very hash; naming it is the proof. Who has a second factor, or must have
-- one, gets no grant but a half session.
DROP FUNCTION audit.sign_in_succeeded(text, bytea, text, uuid, inet, text);
CREATE FUNCTION audit.sign_in_verified(p_username text, p_account bytea, p_password_hash text, p_half text, p_required boolean,
  p_request uuid, p_ip inet, p_agent text, OUT grant_id uuid, OUT step text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person record;
BEGIN
  SELECT p.id, p.role INTO v_person FROM portal.people p JOIN portal.credentials c ON c.person_id = p.id
   WHERE lower(p.username) = lower(p_username) AND p.active AND c.password_hash = p_password_hash;
  IF NOT FOUND THEN RAISE EXCEPTION 'no such credential' USING ERRCODE = 'HA401'; END IF;
  step := CASE
    WHEN EXISTS (SELECT 1 FROM portal.second_factors f WHERE f.person_id = v_person.id AND f.confirmed_at IS NOT NULL) THEN 'code'
    WHEN p_required AND v_person.role IN ('admin', 'manager') THEN 'enrol' END;
  IF step IS NULL THEN
    grant_id := audit.signed_in_(v_person.id, p_account, p_request, p_ip, p_agent);
    RETURN;
  END IF;
  IF p_half IS NULL THEN RAISE EXCEPTION 'a second step is needed' USING ERRCODE = 'HA401'; END IF;
  -- nobody is signed in yet: the target says whose password was right
  PERFORM audit.append_(NULL, 'user', 'session.login.begin', 'session', v_person.id, 'success', NULL, p_request, p_ip, p_agent);
  DELETE FROM portal.half_sessions h WHERE h.started_at < clock_timestamp() - interval '5 minutes';
  INSERT INTO portal.half_sessions (id, token_sha256, person_id, account_sha256, step)
  VALUES (audit.uuid7(), sha256(convert_to(p_half, 'UTF8')), v_person.id, p_account, step);
END $$;

CREATE FUNCTION audit.half_(p_half text) RETURNS portal.half_sessions
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  h portal.half_sessions;
BEGIN
  SELECT x.* INTO h FROM portal.half_sessions x JOIN portal.people p ON p.id = x.person_id AND p.active
   WHERE x.token_sha256 = sha256(convert_to(p_half, 'UTF8')) AND x.failures < 5
     AND x.started_at > clock_timestamp() - interval '5 minutes';
  RETURN h;
END $$;

-- Whose half session it is, which step follows, and the sealed secret to check a code against.
CREATE FUNCTION audit.half_session(p_half text, OUT person_id uuid, OUT username text, OUT step text, OUT secret_sealed bytea,
  OUT wait_seconds integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  h portal.half_sessions := audit.half_(p_half);
BEGIN
  IF h.id IS NULL THEN RETURN; END IF;
  person_id := h.person_id;
  step := h.step;
  SELECT p.username INTO username FROM portal.people p WHERE p.id = h.person_id;
  SELECT f.secret_sealed INTO secret_sealed FROM portal.second_factors f
   WHERE f.person_id = h.person_id AND (f.confirmed_at IS NOT NULL) = (h.step = 'code');
  wait_seconds := portal.proof_wait(h.person_id);
END $$;

CREATE FUNCTION audit.count_wrong_proof_(p_person uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO portal.proof_failures AS f (person_id, failures, last_at) VALUES (p_person, 1, clock_timestamp())
  ON CONFLICT (person_id) DO UPDATE
    SET failures = CASE WHEN f.last_at < clock_timestamp() - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
        last_at = clock_timestamp();
END $$;

-- A wrong code counts like a wrong password of this account from this address, and against the person from anywhere.
CREATE FUNCTION audit.second_step_failed(p_half text, p_code text, p_request uuid, p_ip inet, p_agent text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  h portal.half_sessions := audit.half_(p_half);
BEGIN
  IF p_code NOT IN ('bad_code', 'throttled', 'no_session') THEN
    RAISE EXCEPTION 'not a sign-in failure: %', p_code USING ERRCODE = 'HA400';
  END IF;
  PERFORM audit.append_(NULL, 'user', 'session.login.attempt', 'session',
    coalesce(h.person_id, '00000000-0000-0000-0000-000000000000'), 'auth_fail', p_code, p_request, p_ip, p_agent);
  IF h.id IS NULL OR p_code <> 'bad_code' THEN RETURN; END IF;
  UPDATE portal.half_sessions x SET failures = x.failures + 1 WHERE x.id = h.id;
  PERFORM audit.count_wrong_proof_(h.person_id);
  INSERT INTO portal.sign_in_failures AS f (account_sha256, ip_address, failures, last_at)
  VALUES (h.account_sha256, p_ip, 1, clock_timestamp())
  ON CONFLICT (account_sha256, ip_address) DO UPDATE
    SET failures = CASE WHEN f.last_at < clock_timestamp() - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
        last_at = clock_timestamp();
END $$;

-- The caller checked the code; it names its time step, or the hash of a recovery code. Either counts once: null otherwise.
CREATE FUNCTION audit.second_step_succeeded(p_half text, p_step bigint, p_recovery bytea, p_request uuid, p_ip inet, p_agent text)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  h portal.half_sessions := audit.half_(p_half);
BEGIN
  IF h.id IS NULL OR h.step <> 'code' OR portal.proof_wait(h.person_id) > 0 THEN RETURN NULL; END IF;
  IF p_recovery IS NULL THEN
    UPDATE portal.second_factors f SET last_step = p_step
     WHERE f.person_id = h.person_id AND f.confirmed_at IS NOT NULL AND (f.last_step IS NULL OR f.last_step < p_step);
  ELSE
    UPDATE portal.recovery_codes r SET used_at = clock_timestamp()
     WHERE r.person_id = h.person_id AND r.code_hash = p_recovery AND r.used_at IS NULL;
  END IF;
  IF NOT FOUND THEN RETURN NULL; END IF;
  DELETE FROM portal.half_sessions x WHERE x.id = h.id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM audit.append_(p.id, CASE p.role WHEN 'admin' THEN 'admin' ELSE 'user' END,
    CASE WHEN p_recovery IS NULL THEN 'credential.totp.use' ELSE 'credential.recovery.use' END,
    'credential', p.id, 'success', NULL, p_request, p_ip, p_agent) FROM portal.people p WHERE p.id = h.person_id;
  RETURN audit.signed_in_(h.person_id, h.account_sha256, p_request, p_ip, p_agent);
END $$;

-- Whoever must have a second factor sets it up here and can do nothing else until then.
CREATE FUNCTION audit.half_enrol(p_half text, p_sealed bytea, p_request uuid, p_ip inet, p_agent text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  h portal.half_sessions := audit.half_(p_half);
BEGIN
  IF h.id IS NULL OR h.step <> 'enrol' THEN RETURN false; END IF;
  INSERT INTO portal.second_factors AS f (person_id, secret_sealed) VALUES (h.person_id, p_sealed)
  ON CONFLICT (person_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, created_at = clock_timestamp()
    WHERE f.confirmed_at IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM audit.append_(p.id, CASE p.role WHEN 'admin' THEN 'admin' ELSE 'user' END, 'credential.totp.enrol', 'credential',
    p.id, 'success', NULL, p_request, p_ip, p_agent) FROM portal.people p WHERE p.id = h.person_id;
  RETURN true;
END $$;

CREATE FUNCTION audit.half_confirm(p_half text, p_step bigint, p_codes bytea[], p_request uuid, p_ip inet, p_agent text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  h portal.half_sessions := audit.half_(p_half);
BEGIN
  IF h.id IS NULL OR h.step <> 'enrol' THEN RETURN NULL; END IF;
  UPDATE portal.second_factors f SET confirmed_at = clock_timestamp(), last_step = p_step
   WHERE f.person_id = h.person_id AND f.confirmed_at IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  DELETE FROM portal.recovery_codes r WHERE r.person_id = h.person_id;
  INSERT INTO portal.recovery_codes (person_id, code_hash) SELECT h.person_id, unnest(p_codes);
  DELETE FROM portal.half_sessions x WHERE x.id = h.id;
  PERFORM audit.append_(p.id, CASE p.role WHEN 'admin' THEN 'admin' ELSE 'user' END, 'credential.totp.confirm', 'credential',
    p.id, 'success', NULL, p_request, p_ip, p_agent) FROM portal.people p WHERE p.id = h.person_id;
  RETURN audit.signed_in_(h.person_id, h.account_sha256, p_request, p_ip, p_agent);
END $$;

-- Somebody who is signed in named a wrong password or code of their own. The event is written by audit.fail.
CREATE FUNCTION audit.proof_failed(p_token text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid := audit.session_person(p_token);
BEGIN
  IF v_person IS NOT NULL THEN PERFORM audit.count_wrong_proof_(v_person); END IF;
END $$;

-- Which of a person's sessions this is, to mark it in the list of their own.
CREATE FUNCTION audit.session_id(p_token text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT s.id FROM portal.sessions s WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8')));
END $$;

-- The session remembers where it was begun.
CREATE OR REPLACE FUNCTION audit.session_start(p_token text, p_grant uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_grant portal.sign_in_grants;
BEGIN
  DELETE FROM portal.sign_in_grants g WHERE g.granted_at < clock_timestamp() - interval '1 minute';
  DELETE FROM portal.sign_in_grants g WHERE g.id = p_grant RETURNING g.* INTO v_grant;
  IF v_grant.id IS NULL THEN RAISE EXCEPTION 'no such grant' USING ERRCODE = 'HA401'; END IF;
  INSERT INTO portal.sessions (id, token_sha256, person_id, ip_address, user_agent)
  VALUES (audit.uuid7(), sha256(convert_to(p_token, 'UTF8')), v_grant.person_id, v_grant.ip_address, v_grant.user_agent);
END $$;

-- Ten requests an hour from one address, five hundred that wait in all: what is more is asked to come back.
CREATE FUNCTION audit.sign_up_wait(p_ip inet) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM portal.sign_up_secrets s WHERE s.ip_address = p_ip AND s.asked_at > clock_timestamp() - interval '1 hour') >= 10
     OR (SELECT count(*) FROM portal.sign_up_requests r WHERE r.state = 'waiting') >= 500 THEN
    RETURN 3600;
  END IF;
  RETURN 0;
END $$;

CREATE FUNCTION audit.sign_up(p_token text, p_id uuid, p_full_name text, p_email text, p_number text, p_username text,
  p_password_hash text, p_request uuid, p_ip inet, p_agent text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid := audit.session_person(p_token);
BEGIN
  PERFORM audit.append_(v_person,
    CASE (SELECT p.role FROM portal.people p WHERE p.id = v_person) WHEN 'admin' THEN 'admin' ELSE 'user' END,
    'account.signup.submit', 'sign_up', p_id, 'success', NULL, p_request, p_ip, p_agent);
  INSERT INTO portal.sign_up_requests (id, full_name, email, username, employee_number)
  VALUES (p_id, p_full_name, p_email, p_username, p_number);
  INSERT INTO portal.sign_up_secrets (request_id, password_hash, ip_address) VALUES (p_id, p_password_hash, p_ip);
END $$;

-- Whose one-time link this is, with the words that their new password should not be made of.
CREATE FUNCTION audit.reset_link(p_link text, OUT person_id uuid, OUT own_words text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT p.id, array_remove(ARRAY[p.full_name, p.username, p.email, p.employee_number], NULL) INTO person_id, own_words
    FROM portal.reset_links l JOIN portal.people p ON p.id = l.person_id AND p.active
   WHERE l.token_sha256 = sha256(convert_to(p_link, 'UTF8')) AND l.used_at IS NULL AND l.expires_at > clock_timestamp();
END $$;

CREATE FUNCTION audit.use_reset_link(p_link text, p_password_hash text, p_request uuid, p_ip inet, p_agent text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid;
BEGIN
  UPDATE portal.reset_links l SET used_at = clock_timestamp()
   WHERE l.token_sha256 = sha256(convert_to(p_link, 'UTF8')) AND l.used_at IS NULL AND l.expires_at > clock_timestamp()
     AND EXISTS (SELECT 1 FROM portal.people p WHERE p.id = l.person_id AND p.active)
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

DO $$
DECLARE
  v_function regprocedure;
BEGIN
  FOR v_function IN
    SELECT p.oid::regprocedure FROM pg_proc p
     WHERE p.pronamespace = 'audit'::regnamespace
       AND p.proname IN ('signed_in_', 'sign_in_verified', 'half_', 'half_session', 'count_wrong_proof_', 'second_step_failed',
         'second_step_succeeded', 'half_enrol', 'half_confirm', 'proof_failed', 'session_id', 'sign_up_wait', 'sign_up', 'reset_link',
         'use_reset_link')
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
    EXECUTE format('ALTER FUNCTION %s OWNER TO audit_owner', v_function);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION audit.sign_in_verified, audit.half_session, audit.second_step_failed, audit.second_step_succeeded,
  audit.half_enrol, audit.half_confirm, audit.proof_failed, audit.session_id, audit.sign_up_wait, audit.sign_up,
  audit.reset_link, audit.use_reset_link TO portal_app;
