-- Every chunk of an import passes through the staging table, and what it deleted there stayed until the next vacuum: each
-- chunk read over the dead rows of all before it, so that a file of five million rows became slower with every one of them.
-- Whoever is alone at the table now empties it whole. Staged rows are never committed, so there is nobody else's to lose: an
-- import that has staged some holds a lock that keeps this one from being had, and then the rows are deleted as before.
SET ROLE portal_owner;

-- The rest of the function stays whatever it is by now.
DO $$
DECLARE
  v_old text := pg_get_functiondef('portal.store_staged_rows'::regproc);
  v_new text := replace(v_old, E'  DELETE FROM portal.import_staging s WHERE s.batch_id = p_batch;\n', E'  BEGIN
    LOCK TABLE portal.import_staging IN ACCESS EXCLUSIVE MODE NOWAIT;
    TRUNCATE portal.import_staging;
  EXCEPTION WHEN lock_not_available THEN
    DELETE FROM portal.import_staging s WHERE s.batch_id = p_batch;
  END;\n');
BEGIN
  IF v_new = v_old THEN RAISE EXCEPTION 'portal.store_staged_rows() does not clear the staging table as expected'; END IF;
  EXECUTE v_new;
END $$;
RESET ROLE;
