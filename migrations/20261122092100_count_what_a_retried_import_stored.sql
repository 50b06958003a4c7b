-- A chunk may be sent twice: its commit was not answered, or the program was killed and the import begins anew. Its rows
-- are there then, from this very batch and line, and count as stored by it, not as known before.
SET ROLE portal_owner;

CREATE FUNCTION portal.own_staged_rows(p_batch uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('access_log/a');
  RETURN (SELECT count(*) FROM portal.import_staging s
           WHERE s.batch_id = p_batch
             AND EXISTS (SELECT 1 FROM portal.access_logs a
                          WHERE a.id = s.id AND a.batch_id = s.batch_id AND a.ordinal = s.ordinal));
END $$;
GRANT EXECUTE ON FUNCTION portal.own_staged_rows TO portal_worker;
RESET ROLE;
