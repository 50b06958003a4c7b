-- Every chunk of an import passes through the staging table, and what it deleted there stayed until the next vacuum: each
-- chunk read over the dead rows of all before it, so that a file of five million rows became slower with every one of them.
-- Whoever is alone at the table now empties it whole. Staged rows are never committed, so there is nobody else's to lose: an
-- import that has staged some holds a lock that keeps this one from being had, and then the rows are deleted as before.
-- And the planner is told what is staged; it took each chunk for a row or two, and looked up everything twenty thousand times.
SET ROLE portal_owner;

-- Patients who still lack what an export may bring are few.
CREATE INDEX patients_lacking ON portal.patients (id)
  WHERE surname_hash IS NULL OR address_hash IS NULL OR name_hash IS NULL;

-- It looks for staged rows in the log, of which the planner would rather read all than believe in one partition.
ALTER FUNCTION portal.note_staged_rows SET enable_hashjoin = off;
ALTER FUNCTION portal.note_staged_rows SET enable_mergejoin = off;

CREATE OR REPLACE FUNCTION portal.store_staged_rows(p_batch uuid, OUT stored bigint, OUT known bigint, OUT unmatched bigint, OUT first_at timestamp with time zone, OUT last_at timestamp with time zone)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_source uuid;
  v_owner  uuid;
  v_read   bigint;
BEGIN
  PERFORM audit.ok('access_log/a');
  SELECT b.source_id, b.started_by INTO STRICT v_source, v_owner FROM portal.import_batches b WHERE b.id = p_batch;
  PERFORM 1 FROM portal.sources s WHERE s.id = v_source FOR NO KEY UPDATE;
  -- what stands there now is another chunk each time: the planner counts it, or it would take twenty thousand rows for one
  ANALYZE portal.import_staging (batch_id, login, patient, place);

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
    source_ip, device_label, on_behalf_of, batch_id, ordinal, time_repeated)
  SELECT s.id, s.action_at, s.actor_kind, l.id, coalesce(d.facility_id, f.id), d.id,
         CASE WHEN d.facility_id IS NULL AND f.id IS NULL THEN v_owner END, v_source,
         s.source_event_id, s.resource_type, s.resource_word, s.resource_id, i.patient_id, s.access_type, s.access_word,
         s.access_reason, s.outcome, s.source_ip, s.device_label, s.on_behalf_of, s.batch_id, s.ordinal, s.time_repeated
    FROM portal.import_staging s
    JOIN portal.ehr_logins l ON l.source_id = v_source AND l.login = s.login
    LEFT JOIN portal.patient_ids i ON i.source_id = v_source AND i.source_patient_id = s.patient
    LEFT JOIN (SELECT n.name, (array_agg(n.id))[1] AS id, (array_agg(n.facility_id))[1] AS facility_id
                 FROM portal.departments n GROUP BY n.name HAVING count(*) = 1) d ON d.name = s.place
    LEFT JOIN portal.facilities f ON f.site_code = s.place
   WHERE s.batch_id = p_batch
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;

  SELECT count(*), min(s.action_at), max(s.action_at),
         count(*) FILTER (WHERE s.actor_kind IN ('workforce', 'vendor', 'unknown') AND h.login_id IS NULL)
    INTO v_read, first_at, last_at, unmatched
    FROM portal.import_staging s
    JOIN portal.ehr_logins l ON l.source_id = v_source AND l.login = s.login
    -- nobody holds a login while somebody else does
    LEFT JOIN portal.login_holders h ON h.login_id = l.id AND h.valid_from <= s.action_at AND (h.valid_to IS NULL OR h.valid_to > s.action_at)
   WHERE s.batch_id = p_batch;
  IF stored < v_read THEN
    SELECT count(*) INTO stored FROM portal.import_staging s
     WHERE s.batch_id = p_batch
       AND EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.id = s.id AND a.batch_id = p_batch AND a.ordinal = s.ordinal);
  END IF;
  known := v_read - stored;
  BEGIN
    LOCK TABLE portal.import_staging IN ACCESS EXCLUSIVE MODE NOWAIT;
    TRUNCATE portal.import_staging;
  EXCEPTION WHEN lock_not_available THEN
    DELETE FROM portal.import_staging s WHERE s.batch_id = p_batch;
  END;
END $$;
RESET ROLE;
