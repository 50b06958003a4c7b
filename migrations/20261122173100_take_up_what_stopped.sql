-- An import that failed for a reason that passes, such as a database that went away, is taken up again from its page while
-- its file still waits in the spool; a withdrawal that nobody works on just now likewise.
INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES ('import.retry', 'import_batch', false, true);
INSERT INTO audit.action_covers (action, cover) VALUES ('import.retry', 'import_batch/w');
INSERT INTO audit.role_action (role, action) VALUES ('coordinator', 'import.retry'), ('manager', 'import.retry');

SET ROLE portal_owner;

-- Whether a batch stopped where it can go on. A withdrawal's job that was put off after an error waits longer each time.
CREATE FUNCTION portal.batch_stands_still(p_batch uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('import_batch/r');
  RETURN EXISTS (
    SELECT 1 FROM portal.import_batches b
     WHERE b.id = p_batch
       AND (b.state = 'failed' AND b.failure_code IN ('database_error', 'rules_failed', 'input_unreadable', 'interrupted')
            OR b.state = 'withdrawing' AND NOT EXISTS (
              SELECT 1 FROM portal.jobs j
               WHERE j.target_id = b.id AND j.kind = 'batch_withdrawal'
                 AND (j.state = 'waiting' AND j.run_at <= clock_timestamp() + interval '5 seconds'
                      OR j.state = 'running' AND j.locked_at > clock_timestamp() - interval '2 minutes'))));
END $$;

-- Lets it go on: its job waits again, under this request. False when there is nothing to take up, or no longer.
CREATE FUNCTION portal.take_up_batch(p_batch uuid, p_request uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  PERFORM audit.ok('import_batch/w');
  SELECT b.state INTO v_state FROM portal.import_batches b
   WHERE b.id = p_batch AND (audit.sees_all('import_batch/w') OR b.started_by = audit.me('import_batch/w'))
     FOR NO KEY UPDATE;
  IF v_state = 'failed' THEN
    UPDATE portal.import_batches b SET state = 'waiting', failure_code = NULL, finished_at = NULL, updated_at = clock_timestamp()
     WHERE b.id = p_batch AND b.failure_code IN ('database_error', 'rules_failed', 'input_unreadable', 'interrupted')
       AND EXISTS (SELECT 1 FROM portal.jobs j WHERE j.target_id = b.id AND j.kind = 'import_batch');
    IF NOT FOUND THEN RETURN false; END IF;
  ELSIF v_state IS DISTINCT FROM 'withdrawing' THEN
    RETURN false;
  END IF;
  UPDATE portal.jobs j
     SET state = 'waiting', attempts = 0, locked_at = NULL, run_at = clock_timestamp(), request_id = p_request, updated_at = clock_timestamp()
   WHERE j.target_id = p_batch AND j.kind = CASE v_state WHEN 'failed' THEN 'import_batch' ELSE 'batch_withdrawal' END
     AND NOT (j.state = 'running' AND j.locked_at > clock_timestamp() - interval '2 minutes')
     AND NOT (j.state = 'waiting' AND j.run_at <= clock_timestamp() + interval '5 seconds');
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION portal.batch_stands_still, portal.take_up_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.batch_stands_still, portal.take_up_batch TO portal_app;
RESET ROLE;
