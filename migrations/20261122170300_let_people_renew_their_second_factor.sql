-- One's own second factor, renewed by its owner: fresh recovery codes, or another phone. Either takes the password and a
-- proof that counts once: a code of the phone that is on, or a recovery code. The old phone counts until the new one has
-- shown that it works; then its codes and every other session end.
SET ROLE portal_owner;

-- The secret that is to follow, for ten minutes.
ALTER TABLE portal.second_factors ADD COLUMN next_sealed bytea, ADD COLUMN next_since timestamptz,
  ADD CONSTRAINT second_factors_next_whole CHECK ((next_sealed IS NULL) = (next_since IS NULL)),
  ADD CONSTRAINT second_factors_next_follows CHECK (next_sealed IS NULL OR confirmed_at IS NOT NULL);

-- Uses up a proof: a time step later than any that counted, or a recovery code. Not granted to anybody.
CREATE FUNCTION portal.prove_factor_(p_person uuid, p_step bigint, p_recovery bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF portal.proof_wait(p_person) > 0 THEN RETURN false; END IF;
  IF p_recovery IS NULL THEN
    UPDATE portal.second_factors f SET last_step = p_step
     WHERE f.person_id = p_person AND f.confirmed_at IS NOT NULL AND (f.last_step IS NULL OR f.last_step < p_step);
  ELSE
    UPDATE portal.recovery_codes r SET used_at = clock_timestamp()
     WHERE r.person_id = p_person AND r.code_hash = p_recovery AND r.used_at IS NULL
       AND EXISTS (SELECT 1 FROM portal.second_factors f WHERE f.person_id = p_person AND f.confirmed_at IS NOT NULL);
  END IF;
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION portal.prove_factor_ FROM PUBLIC;

CREATE FUNCTION portal.renew_own_codes(p_step bigint, p_recovery bytea, p_codes bytea[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_codes/w');
BEGIN
  IF NOT portal.prove_factor_(me, p_step, p_recovery) THEN RETURN false; END IF;
  DELETE FROM portal.recovery_codes r WHERE r.person_id = me;
  INSERT INTO portal.recovery_codes (person_id, code_hash) SELECT me, unnest(p_codes);
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  RETURN true;
END $$;

CREATE FUNCTION portal.begin_own_replacement(p_step bigint, p_recovery bytea, p_sealed bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_replacement/a');
BEGIN
  IF NOT portal.prove_factor_(me, p_step, p_recovery) THEN RETURN false; END IF;
  UPDATE portal.second_factors f SET next_sealed = p_sealed, next_since = clock_timestamp() WHERE f.person_id = me;
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  RETURN true;
END $$;

-- The secret that is to follow goes out under the same event as the one that is on.
CREATE FUNCTION portal.own_replacement() RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_factor/r');
BEGIN
  RETURN (SELECT f.next_sealed FROM portal.second_factors f
           WHERE f.person_id = me AND f.next_since > clock_timestamp() - interval '10 minutes');
END $$;

-- The caller checked the first code against this very secret: another that was begun meanwhile does not take its place.
CREATE FUNCTION portal.confirm_own_replacement(p_sealed bytea, p_step bigint, p_codes bytea[], p_keep uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_replacement/w');
BEGIN
  UPDATE portal.second_factors f
     SET secret_sealed = f.next_sealed, confirmed_at = clock_timestamp(), last_step = p_step, next_sealed = NULL, next_since = NULL
   WHERE f.person_id = me AND f.next_sealed = p_sealed AND f.next_since > clock_timestamp() - interval '10 minutes';
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM portal.recovery_codes r WHERE r.person_id = me;
  INSERT INTO portal.recovery_codes (person_id, code_hash) SELECT me, unnest(p_codes);
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  PERFORM portal.sign_out_everywhere_(me, p_keep);
  RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION portal.renew_own_codes, portal.begin_own_replacement, portal.own_replacement,
  portal.confirm_own_replacement TO portal_app;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('credential.recovery.renew', 'credential', false, false),
  ('credential.totp.replace_begin', 'credential', false, false),
  ('credential.totp.replace', 'credential', false, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('credential.recovery.renew', 'own_codes/w'),
  ('credential.totp.replace_begin', 'own_replacement/a'),
  ('credential.totp.replace', 'own_replacement/w');
INSERT INTO audit.role_action (role, action)
  SELECT role, action FROM unnest(ARRAY['auditor', 'coordinator', 'field_staff', 'manager', 'admin']) AS r(role),
    unnest(ARRAY['credential.recovery.renew', 'credential.totp.replace_begin', 'credential.totp.replace']) AS a(action);
