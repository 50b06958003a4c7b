-- A batch that should not have been imported is withdrawn: its rows stay as they are, and count no more unless another batch
-- holds them too. So each batch also keeps which rows it found stored already. Whatever was withdrawn comes back to life
-- when an import brings it again.
SET ROLE portal_owner;

ALTER TABLE portal.import_batches DROP CONSTRAINT import_batches_state_check;
ALTER TABLE portal.import_batches
  ADD CONSTRAINT import_batches_state_check CHECK (state IN ('waiting', 'running', 'complete', 'failed', 'withdrawing', 'withdrawn')),
  ADD COLUMN withdrawal_reason text CONSTRAINT import_batches_withdrawal_reason_check CHECK (withdrawal_reason IN
    ('wrong_mapping', 'wrong_source', 'wrong_file', 'test_data', 'corrected_export', 'other')),
  ADD COLUMN withdrawn_by uuid REFERENCES portal.people,
  ADD COLUMN withdrawn_at timestamptz,
  -- how far the withdrawal is, and how many rows count no more because of it
  ADD COLUMN rows_checked bigint NOT NULL DEFAULT 0,
  ADD COLUMN rows_withdrawn bigint NOT NULL DEFAULT 0,
  -- rows of withdrawn batches that this one brought back
  ADD COLUMN rows_restored bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT import_batches_withdrawal_whole CHECK ((state IN ('withdrawing', 'withdrawn')) <= (withdrawn_at IS NOT NULL)
    AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL));

-- A batch's rows in their order: its withdrawal goes through them part by part, and its page reads its newest.
CREATE INDEX access_logs_batch_row ON portal.access_logs (batch_id, id);
DROP INDEX portal.access_logs_batch;

-- Whoever sees everything may withdraw any batch, a coordinator of some facilities what they imported.
CREATE POLICY scope_update ON portal.import_batches FOR UPDATE TO portal_app
  USING ((SELECT audit.sees_all('import_batch/w')) OR started_by = (SELECT audit.me('import_batch/w')))
  WITH CHECK (state = 'withdrawing' AND withdrawn_by = (SELECT audit.me('import_batch/w')));
GRANT UPDATE (state, withdrawal_reason, withdrawn_by, withdrawn_at, rows_checked, rows_withdrawn, updated_at)
  ON portal.import_batches TO portal_app;

-- Rows that a batch holds without having stored them.
CREATE TABLE portal.batch_known_rows (
  batch_id  uuid NOT NULL REFERENCES portal.import_batches,
  access_id uuid NOT NULL,
  PRIMARY KEY (batch_id, access_id)
);
CREATE INDEX batch_known_rows_access ON portal.batch_known_rows (access_id);
SELECT audit.put_gate_before('portal.batch_known_rows', 'access_log');
CREATE POLICY worker ON portal.batch_known_rows TO portal_worker USING (true) WITH CHECK (true);
GRANT SELECT ON portal.batch_known_rows TO portal_worker;

-- How many rows of a source count on each of its own local days; what was expected is judged by it.
CREATE TABLE portal.source_days (
  source_id uuid NOT NULL REFERENCES portal.sources,
  local_day date NOT NULL,
  rows      bigint NOT NULL,
  PRIMARY KEY (source_id, local_day)
);
SELECT audit.put_gate_before('portal.source_days', 'coverage');
CREATE POLICY worker ON portal.source_days TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY everyone ON portal.source_days FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.source_days TO portal_app;
INSERT INTO portal.source_days (source_id, local_day, rows)
SELECT s.id, (a.action_at AT TIME ZONE s.time_zone)::date, count(*)
  FROM portal.access_logs a JOIN portal.sources s ON s.id = a.source_id
 GROUP BY 1, 2;

-- What a chunk says before it is stored: which rows this batch holds that another stored, which withdrawn rows it brings
-- back, and what each day gains. Runs in the chunk's own transaction, and as store_staged_rows one after the other.
CREATE FUNCTION portal.note_staged_rows(p_batch uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_source uuid;
  v_zone   text;
BEGIN
  PERFORM audit.ok('access_log/a');
  SELECT b.source_id INTO STRICT v_source FROM portal.import_batches b WHERE b.id = p_batch;
  SELECT s.time_zone INTO v_zone FROM portal.sources s WHERE s.id = v_source FOR NO KEY UPDATE;

  INSERT INTO portal.batch_known_rows (batch_id, access_id)
  SELECT DISTINCT p_batch, s.id FROM portal.import_staging s JOIN portal.access_logs a ON a.id = s.id AND a.batch_id <> p_batch
   WHERE s.batch_id = p_batch
  ON CONFLICT DO NOTHING;

  WITH back AS (
    DELETE FROM portal.withdrawn_rows w WHERE w.access_id IN (SELECT s.id FROM portal.import_staging s WHERE s.batch_id = p_batch)
    RETURNING w.access_id),
  gained AS (
    SELECT DISTINCT s.id, (s.action_at AT TIME ZONE v_zone)::date AS local_day
      FROM portal.import_staging s LEFT JOIN back b ON b.access_id = s.id
     WHERE s.batch_id = p_batch
       AND (b.access_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.id = s.id)))
  INSERT INTO portal.source_days AS d (source_id, local_day, rows)
  SELECT v_source, g.local_day, count(*) FROM gained g GROUP BY g.local_day
  ON CONFLICT (source_id, local_day) DO UPDATE SET rows = d.rows + excluded.rows;
END $$;
GRANT EXECUTE ON FUNCTION portal.note_staged_rows TO portal_worker;

-- Takes the next part of a withdrawn batch out. Says where it ended (null: there is nothing left), how many rows it looked
-- at, how many count no more, and whose logins they name.
CREATE FUNCTION portal.withdraw_rows(p_batch uuid, p_after uuid, p_limit integer, OUT last_id uuid, OUT checked bigint,
  OUT withdrawn bigint, OUT login_ids uuid[], OUT first_at timestamptz, OUT last_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_source uuid;
BEGIN
  PERFORM audit.ok('access_log/a');
  SELECT b.source_id INTO STRICT v_source FROM portal.import_batches b WHERE b.id = p_batch AND b.state = 'withdrawing';
  -- no import of this source says meanwhile that it holds one of them too
  PERFORM 1 FROM portal.sources s WHERE s.id = v_source FOR NO KEY UPDATE;

  WITH part AS MATERIALIZED (
    SELECT h.id FROM (
      (SELECT a.id FROM portal.access_logs a WHERE a.batch_id = p_batch AND a.id > p_after ORDER BY a.id LIMIT p_limit)
      UNION ALL
      (SELECT k.access_id FROM portal.batch_known_rows k WHERE k.batch_id = p_batch AND k.access_id > p_after
        ORDER BY k.access_id LIMIT p_limit)) h
     ORDER BY h.id LIMIT p_limit),
  gone AS MATERIALIZED (
    SELECT a.id, a.login_id, a.action_at
      FROM part p JOIN portal.access_logs a ON a.id = p.id
      JOIN portal.import_batches o ON o.id = a.batch_id AND o.state IN ('withdrawing', 'withdrawn')
     WHERE NOT EXISTS (SELECT 1 FROM portal.batch_known_rows k JOIN portal.import_batches b ON b.id = k.batch_id
                        WHERE k.access_id = p.id AND b.state NOT IN ('withdrawing', 'withdrawn'))),
  taken AS (
    INSERT INTO portal.withdrawn_rows (access_id, batch_id) SELECT g.id, p_batch FROM gone g
    ON CONFLICT DO NOTHING RETURNING access_id),
  days AS (
    UPDATE portal.source_days d SET rows = d.rows - n.rows
      FROM (SELECT (g.action_at AT TIME ZONE s.time_zone)::date AS local_day, count(*) AS rows
              FROM taken t JOIN gone g ON g.id = t.access_id JOIN portal.sources s ON s.id = v_source GROUP BY 1) n
     WHERE d.source_id = v_source AND d.local_day = n.local_day)
  SELECT (SELECT p.id FROM part p ORDER BY p.id DESC LIMIT 1), (SELECT count(*) FROM part), (SELECT count(*) FROM gone),
         (SELECT coalesce(array_agg(DISTINCT g.login_id), '{}') FROM gone g),
         (SELECT min(g.action_at) FROM gone g), (SELECT max(g.action_at) FROM gone g)
    INTO last_id, checked, withdrawn, login_ids, first_at, last_at;
END $$;
GRANT EXECUTE ON FUNCTION portal.withdraw_rows TO portal_worker;

-- Which logins, in which time, a batch brought back to life: the rules look at them again.
CREATE FUNCTION portal.restored_by(p_batch uuid, OUT rows bigint, OUT login_ids uuid[], OUT first_at timestamptz, OUT last_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('access_log/r');
  SELECT count(*), coalesce(array_agg(DISTINCT a.login_id), '{}'), min(a.action_at), max(a.action_at)
    INTO rows, login_ids, first_at, last_at
    FROM portal.batch_known_rows k
    JOIN portal.access_logs a ON a.id = k.access_id
    JOIN portal.import_batches o ON o.id = a.batch_id AND o.state IN ('withdrawing', 'withdrawn')
   WHERE k.batch_id = p_batch;
END $$;
GRANT EXECUTE ON FUNCTION portal.restored_by TO portal_worker;

-- A case without a row that counts is out of the queue, whatever its state; one that gets a row back is in it again.
ALTER TABLE portal.review_cases ADD COLUMN withdrawn_at timestamptz;
GRANT INSERT ON portal.rule_reruns TO portal_worker;

-- Words are added to what stands there: other migrations have words of their own.
DO $$
DECLARE
  v_wanted record;
  v_words  text;
BEGIN
  FOR v_wanted IN
    SELECT * FROM (VALUES ('portal.review_events', 'review_events_kind_check', 'kind', ARRAY['withdrawn', 'restored']),
                          ('portal.jobs', 'jobs_kind_check', 'kind', ARRAY['batch_withdrawal'])) AS w(tab, name, col, words)
  LOOP
    SELECT string_agg(DISTINCT quote_literal(m), ', ') INTO v_words
      FROM (SELECT (regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g'))[1] AS m
              FROM pg_constraint c WHERE c.conrelid = v_wanted.tab::regclass AND c.conname = v_wanted.name
            UNION SELECT unnest(v_wanted.words)) every;
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I CHECK (%I IN (%s))',
                   v_wanted.tab, v_wanted.name, v_wanted.name, v_wanted.col, v_words);
  END LOOP;
END $$;

-- The frame counts what waits: not what was withdrawn. The rest of the function stays whatever it is by now.
DO $$
DECLARE
  v_old text := pg_get_functiondef('portal.frame'::regproc);
  v_new text := replace(v_old, 'WHERE c.state NOT IN (''closed'', ''awaiting_second_review'')',
                        'WHERE c.withdrawn_at IS NULL AND c.state NOT IN (''closed'', ''awaiting_second_review'')');
BEGIN
  IF v_new = v_old THEN RAISE EXCEPTION 'portal.frame() does not count open cases as expected'; END IF;
  EXECUTE v_new;
END $$;
RESET ROLE;
