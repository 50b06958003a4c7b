-- Keyed hashes of whole names beside those of surnames, of patients and of the workforce: who opened their own record, a
-- relative's or a coworker's is found by comparing hashes; names of patients are never stored.
SET ROLE portal_owner;
ALTER TABLE portal.patients ADD COLUMN name_hash bytea CONSTRAINT patients_name_hash_check CHECK (length(name_hash) = 32);
ALTER TABLE portal.import_staging ADD COLUMN name_hash bytea;
ALTER TABLE portal.people ADD COLUMN name_hash bytea CONSTRAINT people_name_hash_check CHECK (length(name_hash) = 32),
  ADD COLUMN surname_hash bytea CONSTRAINT people_surname_hash_check CHECK (length(surname_hash) = 32),
  ADD COLUMN address_hash bytea CONSTRAINT people_address_hash_check CHECK (length(address_hash) = 32);
CREATE INDEX patients_address ON portal.patients (address_hash) WHERE address_hash IS NOT NULL;
CREATE INDEX people_address ON portal.people (address_hash) WHERE address_hash IS NOT NULL;

CREATE OR REPLACE FUNCTION portal.store_staged_rows(p_batch uuid, OUT stored bigint, OUT known bigint, OUT unmatched bigint,
  OUT first_at timestamptz, OUT last_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_source uuid;
  v_owner  uuid;
  v_read   bigint;
BEGIN
  PERFORM audit.ok('access_log/a');
  SELECT b.source_id, b.started_by INTO STRICT v_source, v_owner FROM portal.import_batches b WHERE b.id = p_batch;
  PERFORM 1 FROM portal.sources s WHERE s.id = v_source FOR NO KEY UPDATE;

  INSERT INTO portal.ehr_logins (id, source_id, login)
  SELECT audit.uuid7(), v_source, n.login
    FROM (SELECT DISTINCT s.login FROM portal.import_staging s WHERE s.batch_id = p_batch) n
  ON CONFLICT (source_id, login) DO NOTHING;

  WITH new_ids AS MATERIALIZED (
    SELECT audit.uuid7() AS id, s.patient,
           (array_agg(s.surname_hash ORDER BY s.ordinal DESC) FILTER (WHERE s.surname_hash IS NOT NULL))[1] AS surname_hash,
           (array_agg(s.address_hash ORDER BY s.ordinal DESC) FILTER (WHERE s.address_hash IS NOT NULL))[1] AS address_hash,
           (array_agg(s.name_hash ORDER BY s.ordinal DESC) FILTER (WHERE s.name_hash IS NOT NULL))[1] AS name_hash
      FROM portal.import_staging s
     WHERE s.batch_id = p_batch AND s.patient IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM portal.patient_ids i WHERE i.source_id = v_source AND i.source_patient_id = s.patient)
     GROUP BY s.patient),
  people AS (
    INSERT INTO portal.patients (id, source_id, surname_hash, address_hash, name_hash)
    SELECT n.id, v_source, n.surname_hash, n.address_hash, n.name_hash FROM new_ids n)
  INSERT INTO portal.patient_ids (patient_id, source_id, source_patient_id)
  SELECT n.id, v_source, n.patient FROM new_ids n;

  -- a patient met before without a name or an address takes it from the first export that has one
  UPDATE portal.patients p
     SET surname_hash = coalesce(p.surname_hash, n.surname_hash), address_hash = coalesce(p.address_hash, n.address_hash),
         name_hash = coalesce(p.name_hash, n.name_hash), updated_at = now()
    FROM (SELECT s.patient,
                 (array_agg(s.surname_hash ORDER BY s.ordinal DESC) FILTER (WHERE s.surname_hash IS NOT NULL))[1] AS surname_hash,
                 (array_agg(s.address_hash ORDER BY s.ordinal DESC) FILTER (WHERE s.address_hash IS NOT NULL))[1] AS address_hash,
                 (array_agg(s.name_hash ORDER BY s.ordinal DESC) FILTER (WHERE s.name_hash IS NOT NULL))[1] AS name_hash
            FROM portal.import_staging s
           WHERE s.batch_id = p_batch AND s.patient IS NOT NULL
           GROUP BY s.patient) n
    JOIN portal.patient_ids i ON i.source_id = v_source AND i.source_patient_id = n.patient
   WHERE p.id = i.patient_id
     AND ((p.surname_hash IS NULL AND n.surname_hash IS NOT NULL) OR (p.address_hash IS NULL AND n.address_hash IS NOT NULL)
          OR (p.name_hash IS NULL AND n.name_hash IS NOT NULL));

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
  IF stored < v_read THEN
    SELECT count(*) INTO stored FROM portal.import_staging s
     WHERE s.batch_id = p_batch
       AND EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.id = s.id AND a.batch_id = p_batch AND a.ordinal = s.ordinal);
  END IF;
  known := v_read - stored;
  DELETE FROM portal.import_staging s WHERE s.batch_id = p_batch;
END $$;
RESET ROLE;
