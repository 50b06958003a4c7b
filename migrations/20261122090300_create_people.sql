-- Facilities, the workforce as it was, credentials, sessions and what an auditor's engagement opens.
SET ROLE portal_owner;

CREATE TABLE portal.organisations (
  id         uuid PRIMARY KEY,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  time_zone  text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  only_one   boolean NOT NULL DEFAULT true UNIQUE CHECK (only_one)
);

CREATE TABLE portal.people (
  id              uuid PRIMARY KEY,
  full_name       text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
  email           text CHECK (email ~ '^[^@\s]+@[^@\s]+$'),
  username        text CHECK (username ~ '^[A-Za-z0-9._-]{2,64}$'),
  employee_number text UNIQUE,
  role            text NOT NULL CHECK (role IN ('auditor', 'coordinator', 'field_staff', 'manager', 'admin')),
  active          boolean NOT NULL DEFAULT true,
  all_facilities  boolean NOT NULL DEFAULT false,
  supervisor_id   uuid REFERENCES portal.people,
  theme           text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
  shortcuts       boolean NOT NULL DEFAULT true,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX people_username ON portal.people (lower(username));
CREATE UNIQUE INDEX people_email ON portal.people (lower(email));

CREATE TABLE portal.facilities (
  id               uuid PRIMARY KEY,
  name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  site_code        text NOT NULL UNIQUE CHECK (site_code ~ '^[A-Z0-9-]{1,12}$'),
  privacy_owner_id uuid NOT NULL REFERENCES portal.people,
  audit_status     text NOT NULL DEFAULT 'not_started' CHECK (audit_status IN
                     ('not_started', 'scheduled', 'in_progress', 'awaiting_evidence', 'findings_open', 'certified', 'overdue')),
  time_zone        text NOT NULL,
  networks         cidr[] NOT NULL DEFAULT '{}',
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now()
);

-- Business hours are local wall-clock; both null means round the clock.
CREATE TABLE portal.departments (
  id          uuid PRIMARY KEY,
  facility_id uuid NOT NULL REFERENCES portal.facilities,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  opens_at    time,
  closes_at   time,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (name),
  CONSTRAINT departments_hours_whole CHECK ((opens_at IS NULL) = (closes_at IS NULL))
);

-- Where and as what a person worked, when: the past is read from here, never from the person's present.
CREATE TABLE portal.employment_periods (
  id            uuid PRIMARY KEY,
  person_id     uuid NOT NULL REFERENCES portal.people,
  facility_id   uuid NOT NULL REFERENCES portal.facilities,
  department_id uuid NOT NULL REFERENCES portal.departments,
  job_role      text NOT NULL CHECK (length(job_role) BETWEEN 1 AND 120),
  supervisor_id uuid REFERENCES portal.people,
  starts_on     date NOT NULL,
  -- the last day of work; null while it lasts
  ends_on       date,
  on_leave      boolean NOT NULL DEFAULT false,
  -- when the portal learned of it; a termination entered a week late says so
  recorded_at   timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT employment_periods_in_order CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX employment_periods_person ON portal.employment_periods (person_id, starts_on) WHERE superseded_at IS NULL;
CREATE INDEX employment_periods_facility ON portal.employment_periods (facility_id) WHERE superseded_at IS NULL;

-- The facilities a coordinator works for.
CREATE TABLE portal.person_facilities (
  person_id   uuid NOT NULL REFERENCES portal.people,
  facility_id uuid NOT NULL REFERENCES portal.facilities,
  PRIMARY KEY (person_id, facility_id)
);

-- What an auditor may read, from when to when, about which period.
CREATE TABLE portal.engagements (
  id               uuid PRIMARY KEY,
  auditor_id       uuid NOT NULL REFERENCES portal.people,
  starts_on        date NOT NULL,
  ends_on          date NOT NULL,
  all_facilities   boolean NOT NULL,
  facilities       uuid[] NOT NULL DEFAULT '{}',
  period_from      date NOT NULL,
  period_to        date NOT NULL,
  full_patient_ids boolean NOT NULL DEFAULT false,
  ended_at         timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT engagements_in_order CHECK (ends_on >= starts_on AND period_to >= period_from)
);
CREATE INDEX engagements_auditor ON portal.engagements (auditor_id);

CREATE TABLE portal.vendors (
  id         uuid PRIMARY KEY,
  name       text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
  service    text NOT NULL CHECK (length(service) BETWEEN 1 AND 120),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- No role but the owner reads these: sign-in and sessions go through functions of the door.
CREATE TABLE portal.credentials (
  person_id     uuid PRIMARY KEY REFERENCES portal.people,
  password_hash text NOT NULL CHECK (password_hash ~ '^\$argon2id\$'),
  changed_at    timestamptz NOT NULL DEFAULT now()
);

-- A password was verified; the session that is about to be made may take this person's identity, once, within a minute.
CREATE TABLE portal.sign_in_grants (
  id         uuid PRIMARY KEY,
  person_id  uuid NOT NULL REFERENCES portal.people,
  granted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE portal.sessions (
  id           uuid PRIMARY KEY,
  token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
  person_id    uuid NOT NULL REFERENCES portal.people,
  started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at     timestamptz
);
CREATE INDEX sessions_person ON portal.sessions (person_id);

-- Failures of one account from one address; the account is a hash, so that a mistyped name is not kept.
CREATE TABLE portal.sign_in_failures (
  account_sha256 bytea NOT NULL CHECK (length(account_sha256) = 32),
  ip_address     inet NOT NULL,
  failures       integer NOT NULL,
  last_at        timestamptz NOT NULL,
  PRIMARY KEY (account_sha256, ip_address)
);
-- Addresses a person has signed in from: other people's failures never hold these back.
CREATE TABLE portal.known_addresses (
  person_id  uuid NOT NULL REFERENCES portal.people,
  ip_address inet NOT NULL,
  last_at    timestamptz NOT NULL,
  PRIMARY KEY (person_id, ip_address)
);

GRANT SELECT ON portal.sessions, portal.people, portal.person_facilities, portal.engagements TO audit_owner;
RESET ROLE;
