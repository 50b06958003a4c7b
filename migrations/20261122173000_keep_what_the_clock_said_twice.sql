-- A local time of the hour that the clocks repeat is taken as the earlier of the two. Until now only a mapping's preview
-- said so; now the row keeps it, and its import counts such rows and names the first of them.
-- What a file had is what was stored, was known or was rejected: a batch that does not add up is not written.
-- And what has nobody to find, a system's own login or a patient's, is not counted as unmatched: as the rule has it.
SET ROLE portal_owner;

ALTER TABLE portal.import_staging ADD COLUMN time_repeated boolean NOT NULL DEFAULT false;
ALTER TABLE portal.access_logs ADD COLUMN time_repeated boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN portal.access_logs.time_repeated IS 'The local clock said this time twice that night; action_at is the earlier';
ALTER TABLE portal.import_batches
  ADD COLUMN rows_repeated bigint NOT NULL DEFAULT 0,
  ADD COLUMN repeated_lines bigint[] NOT NULL DEFAULT '{}',
  ADD CONSTRAINT import_batches_add_up CHECK (rows_read = rows_stored + rows_known + rows_rejected) NOT VALID,
  ADD CONSTRAINT import_batches_repeated CHECK (rows_repeated >= 0 AND cardinality(repeated_lines) <= 20);
GRANT SELECT (rows_repeated, repeated_lines) ON portal.import_batches TO portal_app;

-- The rest of the function stays whatever it is by now.
DO $$
DECLARE
  v_text text := pg_get_functiondef('portal.store_staged_rows'::regproc);
  v_old  text;
  v_new  text;
BEGIN
  FOR v_old, v_new IN SELECT * FROM (VALUES
    ('source_ip, device_label, on_behalf_of, batch_id, ordinal)', 'source_ip, device_label, on_behalf_of, batch_id, ordinal, time_repeated)'),
    ('s.on_behalf_of, s.batch_id, s.ordinal' || E'\n', 's.on_behalf_of, s.batch_id, s.ordinal, s.time_repeated' || E'\n'),
    ('FILTER (WHERE NOT EXISTS (', 'FILTER (WHERE s.actor_kind IN (''workforce'', ''vendor'', ''unknown'') AND NOT EXISTS (')) AS edits(old, new)
  LOOP
    IF position(v_old IN v_text) = 0 THEN
      RAISE EXCEPTION 'portal.store_staged_rows() does not say % any more', v_old;
    END IF;
    v_text := replace(v_text, v_old, v_new);
  END LOOP;
  EXECUTE v_text;
END $$;
RESET ROLE;
