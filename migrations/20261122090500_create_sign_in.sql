-- Sign-in and sessions: the named exceptions to "an event first". They return only the caller's own identity and
-- preferences; a session can take an identity only through a grant that left its session.login.attempt event.
GRANT SELECT, INSERT, UPDATE, DELETE ON portal.credentials, portal.sign_in_grants, portal.sessions, portal.sign_in_failures,
  portal.known_addresses TO audit_owner;
SET ROLE audit_owner;

-- The stored hash of an account that may sign in (null: no such account), and how many seconds this address must wait.
-- Five failures of one account from one address start a delay that doubles from 30 s to 15 min. Fifty failures from
-- other addresses within 15 minutes hold unknown addresses to the first ten seconds of each minute: slowed, never shut.
CREATE FUNCTION audit.sign_in_lookup(p_username text, p_account bytea, p_ip inet,
  OUT password_hash text, OUT wait_seconds integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid;
  v_mine   record;
  v_others bigint;
BEGIN
  SELECT p.id, c.password_hash INTO v_person, password_hash
    FROM portal.people p JOIN portal.credentials c ON c.person_id = p.id
   WHERE lower(p.username) = lower(p_username) AND p.active;
  wait_seconds := 0;
  SELECT f.failures, f.last_at INTO v_mine FROM portal.sign_in_failures f
   WHERE f.account_sha256 = p_account AND f.ip_address = p_ip AND f.last_at > clock_timestamp() - interval '1 hour';
  IF FOUND AND v_mine.failures >= 5 THEN
    wait_seconds := greatest(0, ceil(extract(epoch FROM v_mine.last_at
      + least(interval '30 seconds' * (2 ^ least(v_mine.failures - 5, 10)), interval '15 minutes') - clock_timestamp())))::integer;
  END IF;
  IF wait_seconds = 0 AND NOT EXISTS (SELECT 1 FROM portal.known_addresses k WHERE k.person_id = v_person AND k.ip_address = p_ip) THEN
    SELECT coalesce(sum(f.failures), 0) INTO v_others FROM portal.sign_in_failures f
     WHERE f.account_sha256 = p_account AND f.ip_address <> p_ip AND f.last_at > clock_timestamp() - interval '15 minutes';
    IF v_others >= 50 AND extract(second FROM clock_timestamp()) >= 10 THEN
      wait_seconds := 60 - floor(extract(second FROM clock_timestamp()))::integer;
    END IF;
  END IF;
END $$;

CREATE FUNCTION audit.sign_in_failed(p_username text, p_account bytea, p_code text, p_request uuid, p_ip inet, p_agent text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid;
BEGIN
  IF p_code NOT IN ('bad_credentials', 'throttled') THEN
    RAISE EXCEPTION 'not a sign-in failure: %', p_code USING ERRCODE = 'HA400';
  END IF;
  SELECT p.id INTO v_person FROM portal.people p WHERE lower(p.username) = lower(p_username);
  -- the target is the account, when there is one; what was typed is never kept
  PERFORM audit.append_(NULL, 'user', 'session.login.attempt', 'session',
    coalesce(v_person, '00000000-0000-0000-0000-000000000000'), 'auth_fail', p_code, p_request, p_ip, p_agent);
  IF p_code = 'bad_credentials' THEN
    INSERT INTO portal.sign_in_failures AS f (account_sha256, ip_address, failures, last_at)
    VALUES (p_account, p_ip, 1, clock_timestamp())
    ON CONFLICT (account_sha256, ip_address) DO UPDATE
      SET failures = CASE WHEN f.last_at < clock_timestamp() - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
          last_at = clock_timestamp();
  END IF;
END $$;

-- The caller verified the password against this very hash; naming it is the proof.
CREATE FUNCTION audit.sign_in_succeeded(p_username text, p_account bytea, p_password_hash text, p_request uuid, p_ip inet, p_agent text)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person record;
  v_grant  uuid := audit.uuid7();
BEGIN
  SELECT p.id, p.role INTO v_person FROM portal.people p JOIN portal.credentials c ON c.person_id = p.id
   WHERE lower(p.username) = lower(p_username) AND p.active AND c.password_hash = p_password_hash;
  IF NOT FOUND THEN RAISE EXCEPTION 'no such credential' USING ERRCODE = 'HA401'; END IF;
  PERFORM audit.append_(v_person.id, CASE v_person.role WHEN 'admin' THEN 'admin' ELSE 'user' END,
    'session.login.attempt', 'session', v_person.id, 'success', NULL, p_request, p_ip, p_agent);
  DELETE FROM portal.sign_in_failures f WHERE f.account_sha256 = p_account AND f.ip_address = p_ip;
  INSERT INTO portal.known_addresses AS k (person_id, ip_address, last_at) VALUES (v_person.id, p_ip, clock_timestamp())
    ON CONFLICT (person_id, ip_address) DO UPDATE SET last_at = clock_timestamp();
  INSERT INTO portal.sign_in_grants (id, person_id) VALUES (v_grant, v_person.id);
  RETURN v_grant;
END $$;

CREATE FUNCTION audit.session_start(p_token text, p_grant uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid;
BEGIN
  DELETE FROM portal.sign_in_grants g WHERE g.granted_at < clock_timestamp() - interval '1 minute';
  DELETE FROM portal.sign_in_grants g WHERE g.id = p_grant RETURNING g.person_id INTO v_person;
  IF v_person IS NULL THEN RAISE EXCEPTION 'no such grant' USING ERRCODE = 'HA401'; END IF;
  INSERT INTO portal.sessions (id, token_sha256, person_id)
  VALUES (audit.uuid7(), sha256(convert_to(p_token, 'UTF8')), v_person);
END $$;

CREATE FUNCTION audit.session_load(p_token text,
  OUT person_id uuid, OUT role text, OUT full_name text, OUT theme text, OUT shortcuts boolean, OUT organisation text, OUT time_zone text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  person_id := audit.session_person(p_token);
  IF person_id IS NULL THEN RETURN; END IF;
  SELECT p.role, p.full_name, p.theme, p.shortcuts INTO role, full_name, theme, shortcuts
    FROM portal.people p WHERE p.id = person_id;
  SELECT o.name, o.time_zone INTO organisation, time_zone FROM portal.organisations o;
  UPDATE portal.sessions s SET seen_at = clock_timestamp()
   WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND s.seen_at < clock_timestamp() - interval '30 seconds';
END $$;

-- Whose session a token was, by user name, when it has ended: a form typed into an expired page is offered again to
-- the same person only.
CREATE FUNCTION audit.session_holder(p_token text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT p.username FROM portal.sessions s JOIN portal.people p ON p.id = s.person_id
           WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND s.started_at > clock_timestamp() - interval '24 hours');
END $$;

CREATE FUNCTION audit.session_end(p_token text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE portal.sessions s SET ended_at = clock_timestamp()
   WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND s.ended_at IS NULL;
END $$;

GRANT EXECUTE ON FUNCTION audit.sign_in_lookup, audit.sign_in_failed, audit.sign_in_succeeded, audit.session_start,
  audit.session_load, audit.session_holder, audit.session_end TO portal_app;
RESET ROLE;
GRANT SELECT ON portal.organisations TO audit_owner, portal_app, portal_worker;
