-- A ticket serves one transaction, also one that was rolled back. The advisory lock that remembered it could be released
-- by any statement of the session (pg_advisory_unlock_all). What a session took last from a sequence survives a rollback
-- too, and nobody but the door can change it: a ticket is good while its number is that one, and claiming it takes the next.
CREATE UNLOGGED SEQUENCE audit.ticket_numbers;
ALTER SEQUENCE audit.ticket_numbers OWNER TO audit_owner;
ALTER TABLE audit.tickets ADD COLUMN number bigint NOT NULL DEFAULT nextval('audit.ticket_numbers');

CREATE OR REPLACE FUNCTION audit.use_event(p_event uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_number bigint;
  v_mark   text := audit.transaction_mark();
BEGIN
  SELECT t.number INTO v_number FROM audit.tickets t
   WHERE t.event_id = p_event AND t.pid = pg_backend_pid() AND t.xid IS DISTINCT FROM pg_current_xact_id_if_assigned();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'audit event % opens nothing here', p_event USING ERRCODE = 'HA002';
  END IF;
  IF v_number <> currval('audit.ticket_numbers') THEN
    RAISE EXCEPTION 'audit event % has served a transaction already', p_event USING ERRCODE = 'HA003';
  END IF;
  PERFORM nextval('audit.ticket_numbers');
  UPDATE audit.tickets t SET claimed_by = v_mark WHERE t.event_id = p_event;
  PERFORM set_config('app.read_event', p_event::text || '/' || v_mark, true);
END $$;

-- The locks are no longer the door's.
CREATE OR REPLACE FUNCTION audit.release() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM audit.tickets t WHERE t.pid = pg_backend_pid();
END $$;
