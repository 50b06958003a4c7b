-- Accounts: who asks for one, what needs a second person before it counts, second factors, one-time links, and sign-ins
-- that are half done. Secrets and hashes stand in tables that no login role may read.
SET ROLE portal_owner;

-- Somebody asked for an account on the public page. Whether the name is taken shows to whoever decides, to nobody else.
CREATE TABLE portal.sign_up_requests (
  id              uuid PRIMARY KEY,
  full_name       text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
  email           text NOT NULL CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND length(email) <= 254),
  username        text NOT NULL CHECK (username ~ '^[A-Za-z0-9._-]{2,64}$'),
  employee_number text CHECK (length(employee_number) BETWEEN 1 AND 60),
  state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'rejected')),
  reason          text CHECK (reason IN ('unknown_person', 'has_account', 'wrong_details', 'not_needed')),
  decided_by      uuid REFERENCES portal.people,
  decided_at      timestamptz,
  person_id       uuid REFERENCES portal.people,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT sign_up_requests_decision_whole CHECK (
    (state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
    AND (state = 'rejected') = (reason IS NOT NULL) AND (state = 'approved') = (person_id IS NOT NULL)),
  CONSTRAINT sign_up_requests_by_another CHECK (person_id <> decided_by)
);
CREATE INDEX sign_up_requests_waiting ON portal.sign_up_requests (id) WHERE state = 'waiting';

-- The hash waits here until the request is decided.
CREATE TABLE portal.sign_up_secrets (
  request_id    uuid PRIMARY KEY REFERENCES portal.sign_up_requests,
  password_hash text NOT NULL CHECK (password_hash ~ '^\$argon2id\$'),
  ip_address    inet NOT NULL,
  asked_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sign_up_secrets_address ON portal.sign_up_secrets (ip_address, asked_at);

-- A change to somebody's account that needs a second person. Until that person has approved it nothing changes.
CREATE TABLE portal.account_changes (
  id               uuid PRIMARY KEY,
  person_id        uuid NOT NULL REFERENCES portal.people,
  kind             text NOT NULL CHECK (kind IN ('role', 'scope', 'engagement', 'factor_reset', 'password_reset')),
  role             text CHECK (role IN ('auditor', 'coordinator', 'manager', 'admin')),
  all_facilities   boolean NOT NULL DEFAULT false,
  facilities       uuid[] NOT NULL DEFAULT '{}',
  starts_on        date,
  ends_on          date,
  period_from      date,
  period_to        date,
  full_patient_ids boolean NOT NULL DEFAULT false,
  state            text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'rejected', 'withdrawn', 'expired')),
  requested_by     uuid NOT NULL REFERENCES portal.people,
  expires_at       timestamptz NOT NULL DEFAULT now() + interval '7 days',
  decided_by       uuid REFERENCES portal.people,
  decided_at       timestamptz,
  -- an approved reset is good for one link
  consumed_at      timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_changes_role_named CHECK ((kind = 'role') = (role IS NOT NULL)),
  CONSTRAINT account_changes_engagement_dated CHECK (
    (kind = 'engagement') = (starts_on IS NOT NULL AND ends_on IS NOT NULL AND period_from IS NOT NULL AND period_to IS NOT NULL)
    AND (starts_on IS NULL OR (ends_on >= starts_on AND period_to >= period_from))),
  CONSTRAINT account_changes_not_for_oneself CHECK (requested_by <> person_id),
  -- nobody approves what they requested, or what is for them
  CONSTRAINT account_changes_two_people CHECK (
    state NOT IN ('approved', 'rejected') OR (decided_by <> requested_by AND decided_by <> person_id)),
  CONSTRAINT account_changes_decision_whole CHECK (
    (state IN ('approved', 'rejected', 'withdrawn')) = (decided_by IS NOT NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CONSTRAINT account_changes_in_time CHECK (state <> 'approved' OR decided_at <= expires_at)
);
CREATE INDEX account_changes_person ON portal.account_changes (person_id);
CREATE UNIQUE INDEX account_changes_one_waits ON portal.account_changes (person_id, kind) WHERE state = 'waiting';

-- What was asked for stays as it was asked; a decision stays as it was taken.
CREATE FUNCTION portal.keep_account_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE'
     OR (to_jsonb(NEW) - '{state,decided_by,decided_at,consumed_at,updated_at}'::text[])
        <> (to_jsonb(OLD) - '{state,decided_by,decided_at,consumed_at,updated_at}'::text[])
     OR (OLD.state <> 'waiting' AND (NEW.state, NEW.decided_by, NEW.decided_at) IS DISTINCT FROM (OLD.state, OLD.decided_by, OLD.decided_at))
     OR OLD.consumed_at IS NOT NULL THEN
    RAISE EXCEPTION 'a change that was asked for or decided stays as it is' USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON portal.account_changes FOR EACH ROW EXECUTE FUNCTION portal.keep_account_change();

-- A role and its reach change through the functions of this schema only, whatever a later grant says.
CREATE FUNCTION portal.refuse_a_role_by_hand() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_user IN ('portal_app', 'portal_worker')
     AND (NEW.role, NEW.all_facilities) IS DISTINCT FROM (OLD.role, OLD.all_facilities) THEN
    RAISE EXCEPTION 'a role is granted by two people' USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER role_by_two BEFORE UPDATE ON portal.people FOR EACH ROW EXECUTE FUNCTION portal.refuse_a_role_by_hand();
GRANT EXECUTE ON FUNCTION portal.refuse_a_role_by_hand TO portal_app, portal_worker;

-- The shared secret of a person's second factor, sealed with a key the database does not have. It counts once confirmed.
CREATE TABLE portal.second_factors (
  person_id     uuid PRIMARY KEY REFERENCES portal.people,
  secret_sealed bytea NOT NULL,
  confirmed_at  timestamptz,
  -- the time step of the last code that counted: a code counts once
  last_step     bigint,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE portal.recovery_codes (
  person_id uuid NOT NULL REFERENCES portal.people,
  code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
  used_at   timestamptz,
  PRIMARY KEY (person_id, code_hash)
);
-- Wrong passwords and codes of somebody who is signed in, or half: guessing gets slower, whatever the address.
CREATE TABLE portal.proof_failures (
  person_id uuid PRIMARY KEY REFERENCES portal.people,
  failures  integer NOT NULL,
  last_at   timestamptz NOT NULL
);
-- A link by which a person sets a new password: handed over by an administrator, good once, for a day.
CREATE TABLE portal.reset_links (
  id           uuid PRIMARY KEY,
  person_id    uuid NOT NULL REFERENCES portal.people,
  token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  created_by   uuid NOT NULL REFERENCES portal.people,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at   timestamptz NOT NULL DEFAULT clock_timestamp() + interval '24 hours',
  used_at      timestamptz,
  CONSTRAINT reset_links_by_another CHECK (created_by <> person_id)
);
CREATE INDEX reset_links_person ON portal.reset_links (person_id);
-- The password was right and a second step follows. It is no session: no door but that step's knows it.
CREATE TABLE portal.half_sessions (
  id             uuid PRIMARY KEY,
  token_sha256   bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  person_id      uuid NOT NULL REFERENCES portal.people,
  account_sha256 bytea NOT NULL,
  step           text NOT NULL CHECK (step IN ('code', 'enrol')),
  failures       integer NOT NULL DEFAULT 0,
  started_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

ALTER TABLE portal.sign_in_grants ADD COLUMN ip_address inet, ADD COLUMN user_agent text;
-- where a session was begun, and with which browser: its owner recognises it by these
ALTER TABLE portal.sessions ADD COLUMN ip_address inet, ADD COLUMN user_agent text;

SELECT audit.put_gate_before('portal.sign_up_requests', 'sign_up');
SELECT audit.put_gate_before('portal.account_changes', 'account_change');
CREATE POLICY worker ON portal.sign_up_requests TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON portal.account_changes TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY everyone ON portal.sign_up_requests FOR SELECT TO portal_app USING (true);
CREATE POLICY everyone ON portal.account_changes FOR SELECT TO portal_app USING (true);
CREATE POLICY door ON portal.sign_up_requests TO audit_owner USING (true) WITH CHECK (true);
GRANT SELECT ON portal.sign_up_requests, portal.account_changes TO portal_app;

GRANT SELECT, INSERT ON portal.sign_up_requests, portal.sign_up_secrets TO audit_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON portal.half_sessions, portal.proof_failures, portal.recovery_codes, portal.reset_links TO audit_owner;
GRANT SELECT, INSERT, UPDATE ON portal.second_factors TO audit_owner;

-- How many seconds a person waits before the next proof is looked at: five wrong ones start a delay that doubles from
-- 30 s to 15 min.
CREATE FUNCTION portal.proof_wait(p_person uuid) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN coalesce((SELECT greatest(0, ceil(extract(epoch FROM f.last_at
      + least(interval '30 seconds' * (2 ^ least(f.failures - 5, 10)), interval '15 minutes') - clock_timestamp())))::integer
    FROM portal.proof_failures f
   WHERE f.person_id = p_person AND f.failures >= 5 AND f.last_at > clock_timestamp() - interval '1 hour'), 0);
END $$;
GRANT EXECUTE ON FUNCTION portal.proof_wait TO audit_owner;
RESET ROLE;
