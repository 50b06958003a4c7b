-- What the EHRs say happened. Rows are immutable evidence; who held a login when is a table of periods, so that a later
-- match changes no row. Patients are references; their source ids live apart, behind a key of their own.
SET ROLE portal_owner;

-- Evidence is never overwritten.
CREATE FUNCTION portal.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% on % refused: append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HA403';
END $$;

CREATE TABLE portal.sources (
  id         uuid PRIMARY KEY,
  name       text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9 ._-]{1,60}$'),
  time_zone  text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- How a source's files are read: columns to fields, words to the vocabulary. Versions are never changed.
CREATE TABLE portal.mappings (
  id         uuid PRIMARY KEY,
  source_id  uuid NOT NULL REFERENCES portal.sources,
  version    integer NOT NULL CHECK (version > 0),
  spec       jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (source_id, version)
);

CREATE TABLE portal.ehr_logins (
  id         uuid PRIMARY KEY,
  source_id  uuid NOT NULL REFERENCES portal.sources,
  login      text NOT NULL CHECK (length(login) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (source_id, login)
);

-- Logins are reused: identity is looked up as of the access. valid_to is the instant it stopped, exclusive.
CREATE TABLE portal.login_holders (
  id          uuid PRIMARY KEY,
  login_id    uuid NOT NULL REFERENCES portal.ehr_logins,
  person_id   uuid REFERENCES portal.people,
  vendor_id   uuid REFERENCES portal.vendors,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT login_holders_one_holder CHECK ((person_id IS NULL) <> (vendor_id IS NULL)),
  CONSTRAINT login_holders_in_order CHECK (valid_to IS NULL OR valid_to > valid_from),
  UNIQUE (login_id, valid_from)
);
CREATE INDEX login_holders_person ON portal.login_holders (person_id);

CREATE FUNCTION portal.refuse_overlap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM portal.login_holders h
              WHERE h.login_id = NEW.login_id AND h.id <> NEW.id
                AND tstzrange(h.valid_from, h.valid_to) && tstzrange(NEW.valid_from, NEW.valid_to)) THEN
    RAISE EXCEPTION 'this login already has a holder in that period'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'login_holders_no_overlap';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER login_holders_no_overlap BEFORE INSERT OR UPDATE ON portal.login_holders
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_overlap();

CREATE TABLE portal.patients (
  id               uuid PRIMARY KEY,
  source_id        uuid NOT NULL REFERENCES portal.sources,
  -- keyed hashes: names and addresses themselves are never stored
  surname_hash     bytea CHECK (length(surname_hash) = 32),
  address_hash     bytea CHECK (length(address_hash) = 32),
  watched          boolean NOT NULL DEFAULT false,
  linked_person_id uuid REFERENCES portal.people,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE portal.patient_ids (
  patient_id        uuid PRIMARY KEY REFERENCES portal.patients,
  source_id         uuid NOT NULL REFERENCES portal.sources,
  source_patient_id text NOT NULL CHECK (length(source_patient_id) BETWEEN 1 AND 200),
  UNIQUE (source_id, source_patient_id)
);

CREATE TABLE portal.import_batches (
  id             uuid PRIMARY KEY,
  source_id      uuid NOT NULL REFERENCES portal.sources,
  mapping_id     uuid NOT NULL REFERENCES portal.mappings,
  state          text NOT NULL CHECK (state IN ('waiting', 'running', 'complete', 'failed', 'withdrawn')),
  started_by     uuid REFERENCES portal.people,
  byte_count     bigint,
  bytes_read     bigint NOT NULL DEFAULT 0,
  file_sha256    bytea CHECK (length(file_sha256) = 32),
  same_file_as   uuid REFERENCES portal.import_batches,
  rows_read      bigint NOT NULL DEFAULT 0,
  rows_stored    bigint NOT NULL DEFAULT 0,
  rows_known     bigint NOT NULL DEFAULT 0,
  rows_unmatched bigint NOT NULL DEFAULT 0,
  rows_rejected  bigint NOT NULL DEFAULT 0,
  first_at       timestamptz,
  last_at        timestamptz,
  flags_raised   bigint NOT NULL DEFAULT 0,
  cases_opened   bigint NOT NULL DEFAULT 0,
  failure_code   text CHECK (failure_code ~ '^[a-z_]+$'),
  finished_at    timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX import_batches_file ON portal.import_batches (file_sha256);

-- A rejected row keeps where and why, and a hash to find it again, never its values.
CREATE TABLE portal.import_rejects (
  batch_id   uuid NOT NULL REFERENCES portal.import_batches,
  line       bigint NOT NULL,
  field      text CHECK (field ~ '^[a-z_]+$'),
  reason     text NOT NULL CHECK (reason ~ '^[a-z_]+$'),
  row_sha256 bytea NOT NULL CHECK (length(row_sha256) = 32),
  PRIMARY KEY (batch_id, line)
);

CREATE TABLE portal.access_logs (
  -- 48 bits of milliseconds, 10 of microseconds, then a hash of what the source says: order, dedupe key, page cursor
  id              uuid PRIMARY KEY,
  action_at       timestamptz NOT NULL,
  actor_kind      text NOT NULL CHECK (actor_kind IN ('workforce', 'vendor', 'patient', 'representative', 'system', 'unknown')),
  login_id        uuid NOT NULL,
  facility_id     uuid,
  department_id   uuid,
  -- a row without a facility is seen by whoever imported it
  owner_id        uuid,
  source_id       uuid NOT NULL,
  source_event_id text,
  resource_type   text NOT NULL CHECK (resource_type IN ('Patient', 'Encounter', 'Observation', 'Condition', 'AllergyIntolerance',
                    'MedicationRequest', 'MedicationAdministration', 'Procedure', 'DiagnosticReport', 'ImagingStudy',
                    'DocumentReference', 'Immunization', 'CarePlan', 'Appointment', 'Coverage', 'Claim', 'ExplanationOfBenefit',
                    'Consent', 'QuestionnaireResponse', 'Communication', 'List', 'Task', 'AuditEvent', 'Other')),
  resource_word   text,
  -- null: the source names the record by the patient's own id, which is kept in patient_ids alone
  resource_id     text,
  patient_id      uuid,
  access_type     text NOT NULL CHECK (access_type IN ('view', 'search', 'create', 'update', 'delete', 'print', 'export', 'import',
                    'disclose', 'break_glass', 'login', 'logout', 'security', 'execute', 'system')),
  access_word     text,
  access_reason   text NOT NULL CHECK (access_reason IN ('TREAT', 'ETREAT', 'HPAYMT', 'HOPERAT', 'HRESCH', 'PUBHLTH', 'PATRQT',
                    'FAMRQT', 'BTG', 'UNSTATED')),
  outcome         text NOT NULL CHECK (outcome IN ('success', 'minor_failure', 'serious_failure', 'major_failure', 'unknown')),
  source_ip       inet,
  device_label    text,
  on_behalf_of    text,
  batch_id        uuid NOT NULL,
  ordinal         bigint NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX access_logs_patient ON portal.access_logs (patient_id, id);
CREATE INDEX access_logs_login ON portal.access_logs (login_id, id);
CREATE INDEX access_logs_facility ON portal.access_logs (facility_id, id);
CREATE INDEX access_logs_batch ON portal.access_logs (batch_id);

-- Where an import's rows wait between COPY and the gate. The worker writes here and can read nothing back.
CREATE UNLOGGED TABLE portal.import_staging (
  batch_id        uuid NOT NULL,
  ordinal         bigint NOT NULL,
  id              uuid NOT NULL,
  action_at       timestamptz NOT NULL,
  actor_kind      text NOT NULL,
  login           text NOT NULL,
  place           text,
  source_event_id text,
  resource_type   text NOT NULL,
  resource_word   text,
  resource_id     text,
  patient         text,
  surname_hash    bytea,
  address_hash    bytea,
  access_type     text NOT NULL,
  access_word     text,
  access_reason   text NOT NULL,
  outcome         text NOT NULL,
  source_ip       inet,
  device_label    text,
  on_behalf_of    text
);
CREATE INDEX import_staging_batch ON portal.import_staging (batch_id);

-- A login's work per local day, so that "usual" never reads the raw rows.
CREATE TABLE portal.login_days (
  login_id  uuid NOT NULL REFERENCES portal.ehr_logins,
  local_day date NOT NULL,
  rows      integer NOT NULL,
  patients  integer NOT NULL,
  PRIMARY KEY (login_id, local_day)
);

CREATE FUNCTION portal.local_day(p_at timestamptz, p_facility uuid) RETURNS date
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (p_at AT TIME ZONE coalesce((SELECT f.time_zone FROM portal.facilities f WHERE f.id = p_facility),
                                     (SELECT o.time_zone FROM portal.organisations o), 'UTC'))::date;
END $$;

-- Moves one chunk from staging behind the gate: logins and patients on first sight, rows that are new, and says how
-- many were stored and known. It runs with the owner's rights, so it asks for the ticket itself.
CREATE FUNCTION portal.store_staged_rows(p_batch uuid, OUT stored bigint, OUT known bigint, OUT unmatched bigint,
  OUT first_at timestamptz, OUT last_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_source uuid;
  v_owner  uuid;
  v_read   bigint;
BEGIN
  PERFORM audit.ok('access_log/a');
  SELECT b.source_id, b.started_by INTO STRICT v_source, v_owner FROM portal.import_batches b WHERE b.id = p_batch;

  INSERT INTO portal.ehr_logins (id, source_id, login)
  SELECT audit.uuid7(), v_source, n.login
    FROM (SELECT DISTINCT s.login FROM portal.import_staging s WHERE s.batch_id = p_batch) n
  ON CONFLICT (source_id, login) DO NOTHING;

  WITH new_ids AS MATERIALIZED (
    SELECT audit.uuid7() AS id, s.patient, (array_agg(s.surname_hash))[1] AS surname_hash, (array_agg(s.address_hash))[1] AS address_hash
      FROM portal.import_staging s
     WHERE s.batch_id = p_batch AND s.patient IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM portal.patient_ids i WHERE i.source_id = v_source AND i.source_patient_id = s.patient)
     GROUP BY s.patient),
  people AS (
    INSERT INTO portal.patients (id, source_id, surname_hash, address_hash)
    SELECT n.id, v_source, n.surname_hash, n.address_hash FROM new_ids n)
  INSERT INTO portal.patient_ids (patient_id, source_id, source_patient_id)
  SELECT n.id, v_source, n.patient FROM new_ids n;

  INSERT INTO portal.access_logs (id, action_at, actor_kind, login_id, facility_id, department_id, owner_id, source_id,
    source_event_id, resource_type, resource_word, resource_id, patient_id, access_type, access_word, access_reason, outcome,
    source_ip, device_label, on_behalf_of, batch_id, ordinal)
  SELECT s.id, s.action_at, s.actor_kind, l.id, coalesce(d.facility_id, f.id), d.id,
         CASE WHEN d.facility_id IS NULL AND f.id IS NULL THEN v_owner END, v_source,
         s.source_event_id, s.resource_type, s.resource_word, s.resource_id, i.patient_id, s.access_type, s.access_word,
         s.access_reason, s.outcome, s.source_ip, s.device_label, s.on_behalf_of, s.batch_id, s.ordinal
    FROM portal.import_staging s
    JOIN portal.ehr_logins l ON l.source_id = v_source AND l.login = s.login
    LEFT JOIN portal.patient_ids i ON i.source_id = v_source AND i.source_patient_id = s.patient
    LEFT JOIN portal.departments d ON d.name = s.place
    LEFT JOIN portal.facilities f ON f.site_code = s.place
   WHERE s.batch_id = p_batch
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;

  SELECT count(*), min(s.action_at), max(s.action_at),
         count(*) FILTER (WHERE NOT EXISTS (
           SELECT 1 FROM portal.ehr_logins l JOIN portal.login_holders h ON h.login_id = l.id
            WHERE l.source_id = v_source AND l.login = s.login
              AND h.valid_from <= s.action_at AND (h.valid_to IS NULL OR h.valid_to > s.action_at)))
    INTO v_read, first_at, last_at, unmatched
    FROM portal.import_staging s WHERE s.batch_id = p_batch;
  known := v_read - stored;
  DELETE FROM portal.import_staging s WHERE s.batch_id = p_batch;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.access_logs
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
RESET ROLE;
