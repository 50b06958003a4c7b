-- The closed vocabulary of the trail: what may be done, by which role, and which tables each action opens.
-- It mirrors `policy::Action`; a test holds both equal. It is filled by later migrations.
SET ROLE audit_owner;

CREATE TABLE audit.actions (
  action        text PRIMARY KEY CHECK (action ~ '^[a-z_]+(\.[a-z_]+)+$'),
  resource_type text NOT NULL CHECK (resource_type ~ '^[a-z_]+$'),
  -- done by the program itself, through audit.open_system, never by a session
  by_system     boolean NOT NULL DEFAULT false,
  -- touches rows that may name a patient; the administrator's view of the trail leaves these out
  phi           boolean NOT NULL
);

-- 'review_case/r': r select, a insert, w update, d delete
CREATE TABLE audit.action_covers (
  action text NOT NULL REFERENCES audit.actions,
  cover  text NOT NULL CHECK (cover ~ '^[a-z_]+/[rawd]$'),
  PRIMARY KEY (action, cover)
);

CREATE TABLE audit.role_action (
  role   text NOT NULL CHECK (role IN ('auditor', 'coordinator', 'field_staff', 'manager', 'admin')),
  action text NOT NULL REFERENCES audit.actions,
  PRIMARY KEY (role, action)
);

CREATE TABLE audit.outcome_codes (
  outcome_code text PRIMARY KEY CHECK (outcome_code ~ '^[a-z_]+$')
);

GRANT SELECT ON audit.actions, audit.action_covers, audit.role_action, audit.outcome_codes
  TO portal_app, portal_worker, portal_owner;
RESET ROLE;
