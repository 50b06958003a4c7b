-- What the rules saw and what people decided. A flag is rule, version and typed facts; a case gathers one person's rows
-- on one patient on one local day; what people do to it is an append-only history with a projection beside it.
SET ROLE portal_owner;

CREATE TABLE portal.rules (
  code       text NOT NULL CHECK (code IN ('self_access', 'household', 'coworker', 'watch_list', 'terminated_user', 'inactive_user',
               'volume_spike', 'repeat_same_patient', 'break_glass_no_reason', 'bulk_export', 'agreement_lapsed', 'no_relationship',
               'reported_by_person', 'manual', 'after_hours', 'foreign_facility', 'foreign_network', 'role_mismatch',
               'training_lapsed', 'break_glass', 'unmatched_identity')),
  version    integer NOT NULL CHECK (version > 0),
  kind       text NOT NULL CHECK (kind IN ('signal', 'context')),
  severity   text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  parameters jsonb NOT NULL,
  enabled    boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (code, version)
);

CREATE TABLE portal.access_flags (
  access_id     uuid NOT NULL,
  rule_code     text NOT NULL,
  rule_version  integer NOT NULL,
  facts         jsonb NOT NULL,
  facility_id   uuid,
  owner_id      uuid,
  action_at     timestamptz NOT NULL,
  batch_id      uuid NOT NULL,
  raised_at     timestamptz NOT NULL DEFAULT now(),
  -- when the fact became known, if that was after the access
  known_at      timestamptz,
  PRIMARY KEY (access_id, rule_code),
  FOREIGN KEY (rule_code, rule_version) REFERENCES portal.rules (code, version)
);
CREATE INDEX access_flags_batch ON portal.access_flags (batch_id);

CREATE SEQUENCE portal.case_numbers START 480001;

CREATE TABLE portal.review_cases (
  id              uuid PRIMARY KEY,
  number          bigint NOT NULL UNIQUE DEFAULT nextval('portal.case_numbers'),
  -- the person, or the login as long as nobody is known to have held it
  person_id       uuid REFERENCES portal.people,
  vendor_id       uuid REFERENCES portal.vendors,
  login_id        uuid NOT NULL REFERENCES portal.ehr_logins,
  subject_id      uuid NOT NULL GENERATED ALWAYS AS (coalesce(person_id, login_id)) STORED,
  patient_id      uuid REFERENCES portal.patients,
  local_day       date NOT NULL,
  facility_id     uuid REFERENCES portal.facilities,
  owner_id        uuid REFERENCES portal.people,
  state           text NOT NULL CHECK (state IN ('unassigned', 'assigned', 'in_review', 'awaiting_answer', 'awaiting_second_review', 'closed')),
  risk            text NOT NULL CHECK (risk IN ('low', 'medium', 'high', 'critical')),
  risk_rank       smallint NOT NULL GENERATED ALWAYS AS
                    (CASE risk WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END) STORED,
  assigned_to     uuid REFERENCES portal.people,
  disposition     text CHECK (disposition IN ('appropriate', 'appropriate_policy_gap', 'inappropriate_inadvertent',
                    'inappropriate_intentional', 'attributed_to_other', 'unable_to_determine', 'duplicate', 'data_error')),
  reason_code     text CHECK (reason_code IN ('care_team', 'on_call', 'registration', 'billing', 'quality_review',
                    'release_of_information', 'it_support', 'curiosity', 'family', 'coworker', 'wrong_patient', 'excess',
                    'credential_sharing', 'other')),
  decided_by      uuid REFERENCES portal.people,
  decided_at      timestamptz,
  -- the seq of the latest review event; a form that carries an older one is answered 409
  version         integer NOT NULL DEFAULT 0,
  first_action_at timestamptz NOT NULL,
  last_action_at  timestamptz NOT NULL,
  row_count       integer NOT NULL,
  access_type     text NOT NULL,
  resource_type   text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (subject_id, patient_id, local_day),
  CONSTRAINT review_cases_decision_whole CHECK ((disposition IS NULL) = (decided_at IS NULL)
    AND (disposition IS NULL) = (decided_by IS NULL) AND (disposition IS NULL) = (reason_code IS NULL)),
  CONSTRAINT review_cases_closed_is_decided CHECK (state NOT IN ('closed', 'awaiting_second_review') OR disposition IS NOT NULL)
);
CREATE INDEX review_cases_open ON portal.review_cases (risk_rank DESC, first_action_at, id) WHERE state <> 'closed';
CREATE INDEX review_cases_newest ON portal.review_cases (first_action_at DESC, id DESC);
CREATE INDEX review_cases_facility ON portal.review_cases (facility_id) WHERE state <> 'closed';
CREATE INDEX review_cases_person ON portal.review_cases (person_id, first_action_at DESC);
CREATE INDEX review_cases_patient ON portal.review_cases (patient_id, first_action_at DESC);
CREATE INDEX review_cases_decided ON portal.review_cases (decided_at DESC) WHERE decided_at IS NOT NULL;

CREATE TABLE portal.case_rows (
  case_id   uuid NOT NULL REFERENCES portal.review_cases,
  access_id uuid NOT NULL,
  PRIMARY KEY (case_id, access_id)
);
CREATE INDEX case_rows_access ON portal.case_rows (access_id);

-- One line per rule and case: what the queue shows as "why flagged".
CREATE TABLE portal.case_flags (
  case_id      uuid NOT NULL REFERENCES portal.review_cases,
  rule_code    text NOT NULL,
  rule_version integer NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('signal', 'context')),
  severity     text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  facts        jsonb NOT NULL,
  row_count    integer NOT NULL,
  raised_at    timestamptz NOT NULL,
  known_at     timestamptz,
  PRIMARY KEY (case_id, rule_code),
  FOREIGN KEY (rule_code, rule_version) REFERENCES portal.rules (code, version)
);
CREATE INDEX case_flags_rule ON portal.case_flags (rule_code, case_id);

CREATE TABLE portal.review_events (
  case_id     uuid NOT NULL REFERENCES portal.review_cases,
  seq         integer NOT NULL CHECK (seq > 0),
  kind        text NOT NULL CHECK (kind IN ('opened', 'row_added', 'decided', 'reopened', 'assigned', 'finding_linked')),
  actor_id    uuid REFERENCES portal.people,
  at          timestamptz NOT NULL DEFAULT now(),
  from_state  text,
  to_state    text NOT NULL,
  disposition text,
  reason_code text,
  note        text CHECK (length(note) <= 500),
  finding_id  uuid,
  PRIMARY KEY (case_id, seq)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.review_events
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.access_flags
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
GRANT USAGE ON SEQUENCE portal.case_numbers TO portal_worker;

-- The first versions of the rules this release runs. Thresholds are the site's policy, not the law's.
INSERT INTO portal.rules (code, version, kind, severity, parameters) VALUES
  ('terminated_user',       1, 'signal',  'high',   '{}'),
  ('break_glass_no_reason', 1, 'signal',  'high',   '{}'),
  ('volume_spike',          1, 'signal',  'medium', '{"times_usual": 3, "least_rows": 40, "least_days": 5, "window_days": 30, "critical_times": 8}'),
  ('after_hours',           1, 'context', 'low',    '{}');
RESET ROLE;
