-- Every rule of the product, over rows that are enriched once. What a rule saw stays as it was written; that it no longer
-- holds is a fact of its own. Training and agreements stand here thinly, with the dates the rules ask for.
SET ROLE portal_owner;

-- Whose training of which course was done when, and until when it holds. A retake is a row of its own.
CREATE TABLE portal.training_records (
  id           uuid PRIMARY KEY,
  person_id    uuid NOT NULL REFERENCES portal.people,
  course_code  text NOT NULL CHECK (course_code ~ '^[A-Z0-9-]{2,40}$'),
  completed_at timestamptz NOT NULL,
  -- the first day on which it no longer holds; null: for good
  expires_on   date,
  recorded_at  timestamptz NOT NULL DEFAULT now(),
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX training_records_person ON portal.training_records (person_id, course_code);

-- From which day to which an agreement with a vendor is in effect. A correction supersedes.
CREATE TABLE portal.agreements (
  id             uuid PRIMARY KEY,
  vendor_id      uuid NOT NULL REFERENCES portal.vendors,
  effective_from date NOT NULL,
  -- the last day, included; null while it lasts
  effective_to   date,
  recorded_at    timestamptz NOT NULL DEFAULT now(),
  superseded_at  timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agreements_in_order CHECK (effective_to IS NULL OR effective_to >= effective_from)
);
CREATE INDEX agreements_vendor ON portal.agreements (vendor_id) WHERE superseded_at IS NULL;

-- On how many days a login opened a patient, so that "again and again" never reads the raw rows.
CREATE TABLE portal.login_patient_days (
  login_id   uuid NOT NULL REFERENCES portal.ehr_logins,
  patient_id uuid NOT NULL REFERENCES portal.patients,
  local_day  date NOT NULL,
  rows       integer NOT NULL,
  PRIMARY KEY (login_id, patient_id, local_day)
);

ALTER TABLE portal.patients ADD COLUMN watched_at timestamptz;

-- A flag stays as it was raised. When a fact is corrected, or a day grows, a later round says what is true now.
ALTER TABLE portal.access_flags ADD COLUMN round smallint NOT NULL DEFAULT 1 CHECK (round > 0);
ALTER TABLE portal.access_flags DROP CONSTRAINT access_flags_pkey;
ALTER TABLE portal.access_flags ADD PRIMARY KEY (access_id, rule_code, round);
CREATE TABLE portal.superseded_flags (
  access_id     uuid NOT NULL,
  rule_code     text NOT NULL,
  round         smallint NOT NULL,
  superseded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (access_id, rule_code, round),
  FOREIGN KEY (access_id, rule_code, round) REFERENCES portal.access_flags
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.superseded_flags
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- A row leaves a case when its batch is withdrawn or its login turns out to be somebody else's. That it was there stays.
CREATE TABLE portal.past_case_rows (
  case_id   uuid NOT NULL REFERENCES portal.review_cases,
  access_id uuid NOT NULL,
  left_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX past_case_rows_case ON portal.past_case_rows (case_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.past_case_rows
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
CREATE FUNCTION portal.keep_past_case_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO portal.past_case_rows (case_id, access_id) VALUES (OLD.case_id, OLD.access_id);
  RETURN OLD;
END $$;
CREATE TRIGGER keep_past BEFORE DELETE ON portal.case_rows FOR EACH ROW EXECUTE FUNCTION portal.keep_past_case_row();

ALTER TABLE portal.case_flags ADD COLUMN superseded_at timestamptz;
ALTER TABLE portal.review_cases ADD COLUMN continued_in uuid REFERENCES portal.review_cases;
ALTER TABLE portal.review_cases DROP CONSTRAINT review_cases_closed_is_decided;
ALTER TABLE portal.review_cases ADD CONSTRAINT review_cases_closed_is_decided
  CHECK (state NOT IN ('closed', 'awaiting_second_review') OR disposition IS NOT NULL OR continued_in IS NOT NULL);
ALTER TABLE portal.review_events DROP CONSTRAINT review_events_kind_check;
ALTER TABLE portal.review_events ADD CONSTRAINT review_events_kind_check CHECK (kind IN ('opened', 'row_added', 'decided', 'reopened',
  'assigned', 'finding_linked', 'flag_raised', 'flag_lifted', 'matched', 'continued', 'flagged'));
CREATE INDEX review_cases_subject_day ON portal.review_cases (subject_id, local_day);

-- What one pass works on: its rows with the person and the local day as of the access, what was true of each person on each
-- day, and what the rules saw. Not logged: a pass that is cut off begins anew.
CREATE UNLOGGED TABLE portal.rule_work (
  pass_id         uuid NOT NULL,
  access_id       uuid NOT NULL,
  login_id        uuid NOT NULL,
  person_id       uuid,
  vendor_id       uuid,
  subject_id      uuid NOT NULL,
  patient_id      uuid,
  facility_id     uuid,
  facility_key    uuid NOT NULL,
  owner_id        uuid,
  batch_id        uuid NOT NULL,
  action_at       timestamptz NOT NULL,
  wall            timestamp NOT NULL,
  local_day       date NOT NULL,
  actor_kind      text NOT NULL,
  resource_type   text NOT NULL,
  access_type     text NOT NULL,
  access_reason   text NOT NULL,
  source_ip       inet,
  holder_known_at timestamptz,
  -- false: its batch was withdrawn
  counts          boolean NOT NULL
);
CREATE INDEX rule_work_pass ON portal.rule_work (pass_id);
CREATE UNLOGGED TABLE portal.rule_work_days (
  pass_id          uuid NOT NULL,
  person_id        uuid NOT NULL,
  facility_key     uuid NOT NULL,
  local_day        date NOT NULL,
  -- null: nobody employed this person on that day
  period_id        uuid,
  home_facility_id uuid,
  department_id    uuid,
  job_role         text,
  on_leave         boolean,
  starts_on        date,
  opens_at         time,
  closes_at        time,
  known_at         timestamptz,
  facilities       uuid[],
  last_day         date,
  last_known_at    timestamptz
);
CREATE INDEX rule_work_days_pass ON portal.rule_work_days (pass_id);
CREATE UNLOGGED TABLE portal.rule_work_flags (
  pass_id      uuid NOT NULL,
  access_id    uuid NOT NULL,
  rule_code    text NOT NULL,
  rule_version integer NOT NULL,
  facts        jsonb NOT NULL,
  known_at     timestamptz
);
CREATE INDEX rule_work_flags_pass ON portal.rule_work_flags (pass_id);
CREATE UNLOGGED TABLE portal.rule_work_cases (
  pass_id uuid NOT NULL,
  case_id uuid NOT NULL,
  PRIMARY KEY (pass_id, case_id)
);

-- Only an owner may ANALYZE, and a fresh work table without statistics gives plans that never end.
CREATE FUNCTION portal.analyze_rule_work() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  ANALYZE portal.rule_work;
  ANALYZE portal.rule_work_days;
  ANALYZE portal.rule_work_flags;
  ANALYZE portal.rule_work_cases;
END $$;

-- Forgets a pass. The tables are emptied as a whole when no other pass is in them, and nobody is waited for.
CREATE FUNCTION portal.forget_pass(p_pass uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('rule_work/d');
  BEGIN
    LOCK TABLE portal.rule_work, portal.rule_work_days, portal.rule_work_flags, portal.rule_work_cases IN ACCESS EXCLUSIVE MODE NOWAIT;
    IF NOT EXISTS (SELECT 1 FROM portal.rule_work w WHERE w.pass_id <> p_pass) THEN
      TRUNCATE portal.rule_work, portal.rule_work_days, portal.rule_work_flags, portal.rule_work_cases;
      RETURN;
    END IF;
  EXCEPTION WHEN lock_not_available THEN NULL;
  END;
  DELETE FROM portal.rule_work w WHERE w.pass_id = p_pass;
  DELETE FROM portal.rule_work_days w WHERE w.pass_id = p_pass;
  DELETE FROM portal.rule_work_flags w WHERE w.pass_id = p_pass;
  DELETE FROM portal.rule_work_cases w WHERE w.pass_id = p_pass;
END $$;
GRANT EXECUTE ON FUNCTION portal.analyze_rule_work, portal.forget_pass TO portal_worker;

DO $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN
    SELECT * FROM (VALUES
      ('training_records', 'training_record'), ('agreements', 'agreement'), ('login_patient_days', 'login_day'),
      ('superseded_flags', 'access_flag'), ('past_case_rows', 'review_case'), ('rule_work', 'rule_work'),
      ('rule_work_days', 'rule_work'), ('rule_work_flags', 'rule_work'), ('rule_work_cases', 'rule_work')
    ) AS tables(name, resource)
  LOOP
    PERFORM audit.put_gate_before(format('portal.%I', guarded.name)::regclass, guarded.resource);
    EXECUTE format('CREATE POLICY worker ON portal.%I TO portal_worker USING (true) WITH CHECK (true)', guarded.name);
    EXECUTE format('GRANT SELECT, INSERT ON portal.%I TO portal_worker', guarded.name);
  END LOOP;
END $$;
GRANT UPDATE, DELETE ON portal.login_patient_days TO portal_worker;
GRANT DELETE ON portal.rule_work, portal.rule_work_days, portal.rule_work_flags, portal.rule_work_cases, portal.login_days,
  portal.case_rows TO portal_worker;
GRANT SELECT ON portal.patients TO portal_worker;

-- People see the flags that stand; the rounds before are history.
CREATE POLICY everyone ON portal.superseded_flags FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.superseded_flags TO portal_app;
CREATE POLICY standing ON portal.access_flags AS RESTRICTIVE FOR SELECT TO portal_app
  USING (NOT EXISTS (SELECT 1 FROM portal.superseded_flags s
                      WHERE s.access_id = access_flags.access_id AND s.rule_code = access_flags.rule_code AND s.round = access_flags.round));

-- The first versions of the new rules. Thresholds are the site's policy, not the law's.
INSERT INTO portal.rules (code, version, kind, severity, parameters) VALUES
  ('self_access',         1, 'signal',  'medium', '{}'),
  ('household',           1, 'signal',  'medium', '{"most_at_address": 12}'),
  ('coworker',            1, 'signal',  'medium', '{}'),
  ('watch_list',          1, 'signal',  'high',   '{}'),
  ('inactive_user',       1, 'signal',  'medium', '{"unused_days": 90}'),
  ('repeat_same_patient', 1, 'signal',  'medium', '{"least_days": 8, "times_usual": 4, "window_days": 30}'),
  ('bulk_export',         1, 'signal',  'high',   '{"least_patients": 25}'),
  ('agreement_lapsed',    1, 'signal',  'high',   '{}'),
  ('reported_by_person',  1, 'signal',  'high',   '{}'),
  ('manual',              1, 'signal',  'medium', '{}'),
  ('foreign_facility',    1, 'context', 'low',    '{}'),
  ('foreign_network',     1, 'context', 'medium', '{}'),
  ('role_mismatch',       1, 'context', 'low',
    '{"desk_words": ["registrar", "front desk", "scheduler"], "desk_types": ["DocumentReference", "Observation", "DiagnosticReport", "ImagingStudy", "MedicationRequest", "MedicationAdministration", "Condition"],
      "billing_words": ["billing", "coder", "claims"], "billing_types": ["ImagingStudy", "MedicationAdministration", "Communication"],
      "laboratory_words": ["lab technician", "phlebotom"], "laboratory_types": ["DocumentReference", "ImagingStudy", "Claim", "Coverage"],
      "imaging_words": ["imaging tech", "ultrasound"], "imaging_types": ["DocumentReference", "MedicationRequest", "MedicationAdministration", "Claim"]}'),
  ('training_lapsed',     1, 'context', 'low',    '{}'),
  ('break_glass',         1, 'context', 'low',    '{}'),
  ('unmatched_identity',  1, 'context', 'medium', '{}');
RESET ROLE;
