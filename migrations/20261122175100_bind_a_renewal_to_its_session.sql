-- Whoever proved themselves to move their second factor did so in one session. That session alone reads the secret that is
-- to follow, and confirms it: another one of the same person, whose cookie may have been taken, has proved nothing.
ALTER TABLE audit.tickets ADD COLUMN session_id uuid;

-- The rest of the function stays whatever it is by now.
DO $$
DECLARE
  v_old text := pg_get_functiondef('audit.open'::regproc);
  v_new text := replace(replace(v_old, 'full_ids, trail)', 'full_ids, trail, session_id)'),
                        $q$WHEN 'admin' THEN 'non_phi' ELSE 'own' END);$q$,
                        $q$WHEN 'admin' THEN 'non_phi' ELSE 'own' END, audit.session_id(p_token));$q$);
BEGIN
  IF length(v_new) <> length(v_old) + length(', session_id') + length(', audit.session_id(p_token)') THEN
    RAISE EXCEPTION 'audit.open() does not write its ticket as expected';
  END IF;
  EXECUTE v_new;
END $$;

-- In which session the event of this transaction was declared.
CREATE FUNCTION audit.session(p_cover text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).session_id; END $$;
ALTER FUNCTION audit.session OWNER TO audit_owner;
REVOKE ALL ON FUNCTION audit.session FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.session TO portal_owner;

SET ROLE portal_owner;
-- what was begun before this is begun again
UPDATE portal.second_factors SET next_sealed = NULL, next_since = NULL WHERE next_sealed IS NOT NULL;
ALTER TABLE portal.second_factors ADD COLUMN next_session uuid,
  ADD CONSTRAINT second_factors_next_has_session CHECK ((next_sealed IS NULL) = (next_session IS NULL));

CREATE OR REPLACE FUNCTION portal.begin_own_replacement(p_step bigint, p_recovery bytea, p_sealed bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_replacement/a');
BEGIN
  IF NOT portal.prove_factor_(me, p_step, p_recovery) THEN RETURN false; END IF;
  UPDATE portal.second_factors f
     SET next_sealed = p_sealed, next_since = clock_timestamp(), next_session = audit.session('own_replacement/a')
   WHERE f.person_id = me;
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION portal.own_replacement() RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('own_factor/r');
BEGIN
  RETURN (SELECT f.next_sealed FROM portal.second_factors f
           WHERE f.person_id = me AND f.next_session = audit.session('own_factor/r')
             AND f.next_since > clock_timestamp() - interval '10 minutes');
END $$;

-- The session that goes on is the one that confirms; the caller does not name it.
DROP FUNCTION portal.confirm_own_replacement(bytea, bigint, bytea[], uuid);
CREATE FUNCTION portal.confirm_own_replacement(p_sealed bytea, p_step bigint, p_codes bytea[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me   uuid := audit.me('own_replacement/w');
  here uuid := audit.session('own_replacement/w');
BEGIN
  UPDATE portal.second_factors f
     SET secret_sealed = f.next_sealed, confirmed_at = clock_timestamp(), last_step = p_step,
         next_sealed = NULL, next_since = NULL, next_session = NULL
   WHERE f.person_id = me AND f.next_sealed = p_sealed AND f.next_session = here
     AND f.next_since > clock_timestamp() - interval '10 minutes';
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM portal.recovery_codes r WHERE r.person_id = me;
  INSERT INTO portal.recovery_codes (person_id, code_hash) SELECT me, unnest(p_codes);
  DELETE FROM portal.proof_failures f WHERE f.person_id = me;
  PERFORM portal.sign_out_everywhere_(me, here);
  RETURN true;
END $$;

CREATE FUNCTION portal.forget_replacement_(p_person uuid) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  UPDATE portal.second_factors f SET next_sealed = NULL, next_since = NULL, next_session = NULL
   WHERE f.person_id = p_person AND f.next_sealed IS NOT NULL
$$;
REVOKE ALL ON FUNCTION portal.forget_replacement_ FROM PUBLIC;

-- Any session of the person may stop it: that takes nothing from anybody.
CREATE FUNCTION portal.cancel_own_replacement() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM portal.forget_replacement_(audit.me('own_replacement/d'));
END $$;
GRANT EXECUTE ON FUNCTION portal.confirm_own_replacement, portal.cancel_own_replacement TO portal_app;

-- A password that changes, by whatever way, and a sign-out everywhere end what was proved with the old one.
CREATE FUNCTION portal.forget_replacement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM portal.forget_replacement_(NEW.person_id);
  RETURN NULL;
END $$;
CREATE TRIGGER forget_replacement AFTER UPDATE OF password_hash ON portal.credentials
  FOR EACH ROW EXECUTE FUNCTION portal.forget_replacement();

CREATE OR REPLACE FUNCTION portal.sign_out_everywhere_(p_person uuid, p_keep uuid DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ended bigint;
BEGIN
  UPDATE portal.sessions s SET ended_at = clock_timestamp()
   WHERE s.person_id = p_person AND s.ended_at IS NULL AND s.id IS DISTINCT FROM p_keep;
  GET DIAGNOSTICS v_ended = ROW_COUNT;
  DELETE FROM portal.half_sessions h WHERE h.person_id = p_person;
  DELETE FROM portal.sign_in_grants g WHERE g.person_id = p_person;
  PERFORM portal.forget_replacement_(p_person);
  RETURN v_ended;
END $$;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('credential.totp.replace_cancel', 'credential', false, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('credential.totp.replace_cancel', 'own_replacement/d');
INSERT INTO audit.role_action (role, action)
  SELECT role, 'credential.totp.replace_cancel' FROM unnest(ARRAY['auditor', 'coordinator', 'field_staff', 'manager', 'admin']) AS r(role);
