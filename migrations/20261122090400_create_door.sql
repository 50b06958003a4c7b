-- The audited door. An event is the key to the data: these functions are the only writers of the trail, and the
-- policies of every protected table ask them whether this transaction holds a ticket for what it is doing.
--   HA001 no event in this transaction     HA002 the event does not cover it     HA003 ticket already used
--   HA400 not in the vocabulary            HA401 no live session                 HA403 the role may not
SET ROLE audit_owner;

-- Who a session token belongs to. 15 minutes idle, 12 hours at most.
CREATE FUNCTION audit.session_person(p_token text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT s.person_id FROM portal.sessions s JOIN portal.people p ON p.id = s.person_id AND p.active
           WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND s.ended_at IS NULL
             AND s.seen_at > clock_timestamp() - interval '15 minutes'
             AND s.started_at > clock_timestamp() - interval '12 hours');
END $$;

CREATE FUNCTION audit.append_(p_actor uuid, p_actor_type text, p_action text, p_resource_type text, p_resource_id uuid,
  p_outcome text, p_code text, p_request uuid, p_ip inet, p_agent text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ev uuid := audit.uuid7();
BEGIN
  INSERT INTO audit.events (event_id, event_time, xid, actor_id, actor_type, action, resource_type, resource_id,
                            outcome, outcome_code, request_id, ip_address, user_agent)
  VALUES (ev, clock_timestamp(), pg_current_xact_id(), p_actor, p_actor_type, p_action, p_resource_type, p_resource_id,
          p_outcome, p_code, p_request, p_ip, p_agent);
  RETURN ev;
END $$;

-- Declares what a person is about to do. The actor comes from the session, never from the caller.
CREATE FUNCTION audit.open(p_token text, p_action text, p_resource_id uuid, p_request uuid, p_ip inet, p_agent text)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who record;
  act record;
  eng record;
  cov text[];
  ev  uuid;
BEGIN
  SELECT p.id, p.role, p.all_facilities INTO who FROM portal.people p WHERE p.id = audit.session_person(p_token);
  IF NOT FOUND THEN RAISE EXCEPTION 'no live session' USING ERRCODE = 'HA401'; END IF;
  SELECT a.resource_type, a.by_system INTO act FROM audit.actions a WHERE a.action = p_action;
  IF NOT FOUND OR act.by_system THEN
    RAISE EXCEPTION 'action % is not one a session may declare', p_action USING ERRCODE = 'HA400';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM audit.role_action r WHERE r.role = who.role AND r.action = p_action) THEN
    RAISE EXCEPTION 'role % may not %', who.role, p_action USING ERRCODE = 'HA403';
  END IF;
  SELECT coalesce(array_agg(c.cover), '{}') INTO cov FROM audit.action_covers c WHERE c.action = p_action;

  ev := audit.append_(who.id, CASE who.role WHEN 'admin' THEN 'admin' ELSE 'user' END, p_action, act.resource_type,
                      p_resource_id, 'success', NULL, p_request, p_ip, p_agent);

  -- an engagement's days are the organisation's, whatever time zone this connection has set
  SELECT e.all_facilities, e.facilities, e.full_patient_ids,
         e.period_from::timestamp AT TIME ZONE o.zone AS since, (e.period_to + 1)::timestamp AT TIME ZONE o.zone AS until INTO eng
    FROM portal.engagements e
   CROSS JOIN (SELECT coalesce((SELECT x.time_zone FROM portal.organisations x), 'UTC') AS zone) o
   WHERE who.role = 'auditor' AND e.auditor_id = who.id AND e.ended_at IS NULL
     AND (clock_timestamp() AT TIME ZONE o.zone)::date BETWEEN e.starts_on AND e.ends_on
   ORDER BY e.starts_on DESC LIMIT 1;
  -- Tickets of this backend's earlier transactions have served; one that this transaction reads by stays.
  DELETE FROM audit.tickets t
   WHERE t.pid = pg_backend_pid() AND t.claimed_by IS DISTINCT FROM audit.transaction_mark();
  INSERT INTO audit.tickets (event_id, xid, pid, issued_at, covers, actor_id, sees_all, facilities, directory,
                             since, until, full_ids, trail)
  VALUES (ev, pg_current_xact_id(), pg_backend_pid(), clock_timestamp(), cov, who.id,
    CASE who.role
      WHEN 'manager' THEN true
      -- the vocabulary gives an administrator no action that opens rows which may name a patient
      WHEN 'admin' THEN true
      WHEN 'auditor' THEN coalesce(eng.all_facilities, false)
      WHEN 'coordinator' THEN who.all_facilities
      ELSE false END,
    CASE who.role
      WHEN 'coordinator' THEN coalesce((SELECT array_agg(f.facility_id) FROM portal.person_facilities f
                                         WHERE f.person_id = who.id), '{}')
      WHEN 'auditor' THEN coalesce(eng.facilities, '{}')
      ELSE '{}' END,
    who.role <> 'field_staff',
    CASE WHEN who.role = 'auditor' THEN coalesce(eng.since, 'infinity') ELSE '-infinity' END,
    CASE WHEN who.role = 'auditor' THEN coalesce(eng.until, '-infinity') ELSE 'infinity' END,
    who.role <> 'auditor' OR coalesce(eng.full_patient_ids, false),
    CASE who.role WHEN 'manager' THEN 'all' WHEN 'auditor' THEN 'all' WHEN 'admin' THEN 'non_phi' ELSE 'own' END);
  PERFORM set_config('app.write_event', ev::text, true);
  RETURN ev;
END $$;

-- The same for the program's own work: only the worker's login, only actions marked so.
CREATE FUNCTION audit.open_system(p_action text, p_resource_id uuid, p_request uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  act record;
  cov text[];
  ev  uuid;
BEGIN
  IF session_user <> 'portal_worker' THEN
    RAISE EXCEPTION 'only the worker may declare system actions' USING ERRCODE = 'HA403';
  END IF;
  SELECT a.resource_type, a.by_system INTO act FROM audit.actions a WHERE a.action = p_action;
  IF NOT FOUND OR NOT act.by_system THEN
    RAISE EXCEPTION 'action % is not one the program may declare', p_action USING ERRCODE = 'HA400';
  END IF;
  SELECT coalesce(array_agg(c.cover), '{}') INTO cov FROM audit.action_covers c WHERE c.action = p_action;
  ev := audit.append_(NULL, 'system', p_action, act.resource_type, p_resource_id, 'success', NULL, p_request, NULL, NULL);
  DELETE FROM audit.tickets t
   WHERE t.pid = pg_backend_pid() AND t.claimed_by IS DISTINCT FROM audit.transaction_mark();
  INSERT INTO audit.tickets (event_id, xid, pid, issued_at, covers, actor_id, sees_all, facilities, directory,
                             since, until, full_ids, trail)
  VALUES (ev, pg_current_xact_id(), pg_backend_pid(), clock_timestamp(), cov, NULL, true, '{}', true,
          '-infinity', 'infinity', true, 'own');
  PERFORM set_config('app.write_event', ev::text, true);
  RETURN ev;
END $$;

-- Refused, invalid or broken work. Needs no session, cannot say success, opens nothing.
CREATE FUNCTION audit.fail(p_token text, p_action text, p_resource_id uuid, p_outcome text, p_code text,
  p_request uuid, p_ip inet, p_agent text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_person uuid;
  v_role   text;
  v_type   text;
BEGIN
  IF p_outcome = 'success' THEN
    RAISE EXCEPTION 'audit.fail cannot record success' USING ERRCODE = 'HA400';
  END IF;
  SELECT a.resource_type INTO v_type FROM audit.actions a WHERE a.action = p_action;
  IF NOT FOUND OR NOT EXISTS (SELECT 1 FROM audit.outcome_codes c WHERE c.outcome_code = p_code) THEN
    RAISE EXCEPTION 'not in the vocabulary: % %', p_action, p_code USING ERRCODE = 'HA400';
  END IF;
  -- a session that has just ended still names its person: the refusal is theirs
  SELECT s.person_id, p.role INTO v_person, v_role
    FROM portal.sessions s JOIN portal.people p ON p.id = s.person_id
   WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8'));
  RETURN audit.append_(v_person,
    CASE WHEN session_user = 'portal_worker' THEN 'system' WHEN v_role = 'admin' THEN 'admin' ELSE 'user' END,
    p_action, v_type, p_resource_id, p_outcome, p_code, p_request, p_ip, p_agent);
END $$;

-- Names this transaction; a value copied out of it means nothing in the next.
CREATE FUNCTION audit.transaction_mark() RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN pg_backend_pid()::text || '@' || extract(epoch FROM transaction_timestamp())::text;
END $$;

-- Binds a committed read event to this transaction, once. The claim is a row change, so that it holds after a commit,
-- and a session-level advisory lock, so that it holds after a rollback too.
CREATE FUNCTION audit.use_event(p_event uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET client_min_messages = error AS $$
DECLARE
  v_key  bigint := hashtextextended(p_event::text, 7302);
  v_mark text := audit.transaction_mark();
BEGIN
  IF pg_advisory_unlock(v_key) THEN
    PERFORM pg_advisory_lock(v_key);
    RAISE EXCEPTION 'audit event % has served a transaction already', p_event USING ERRCODE = 'HA003';
  END IF;
  UPDATE audit.tickets t SET claimed_by = v_mark
   WHERE t.event_id = p_event AND t.pid = pg_backend_pid() AND t.claimed_by IS NULL
     AND t.xid IS DISTINCT FROM pg_current_xact_id_if_assigned();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'audit event % opens nothing here', p_event USING ERRCODE = 'HA002';
  END IF;
  PERFORM pg_advisory_lock(v_key);
  PERFORM set_config('app.read_event', p_event::text || '/' || v_mark, true);
END $$;

-- Frees the claims of transactions that are over; the pool calls it when a connection comes back.
CREATE FUNCTION audit.release() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM audit.tickets t WHERE t.pid = pg_backend_pid();
  PERFORM pg_advisory_unlock_all();
END $$;

-- The ticket that covers 'resource/command' for the running statement, or an error.
-- Reads: committed before this transaction, on this backend, at most 60 s ago, bound to this transaction.
-- Writes: issued inside this transaction.
CREATE FUNCTION audit.ticket_for(p_cover text) RETURNS audit.tickets
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  is_read boolean := right(p_cover, 2) = '/r';
  pointer text := current_setting(CASE WHEN right(p_cover, 2) = '/r' THEN 'app.read_event' ELSE 'app.write_event' END, true);
  me      xid8 := pg_current_xact_id_if_assigned();
  t       audit.tickets;
BEGIN
  IF pointer IS NULL OR pointer = ''
     OR (is_read AND split_part(pointer, '/', 2) <> audit.transaction_mark()) THEN
    RAISE EXCEPTION 'no audit event for % in this transaction', p_cover
      USING ERRCODE = 'HA001', HINT = 'declare the intent first: audit.open(), then audit.use_event()';
  END IF;
  SELECT * INTO t FROM audit.tickets k WHERE k.event_id = split_part(pointer, '/', 1)::uuid;
  IF NOT FOUND OR NOT p_cover = ANY (t.covers) OR t.pid <> pg_backend_pid()
     OR (is_read AND (t.xid IS NOT DISTINCT FROM me
                      OR t.issued_at < clock_timestamp() - interval '60 seconds'
                      OR t.claimed_by IS DISTINCT FROM audit.transaction_mark()))
     OR (NOT is_read AND t.xid IS DISTINCT FROM me) THEN
    RAISE EXCEPTION 'the audit event of this transaction does not cover %', p_cover USING ERRCODE = 'HA002';
  END IF;
  RETURN t;
END $$;

-- The scope of whatever this transaction reads by, for functions that count without showing.
CREATE FUNCTION audit.reading() RETURNS audit.tickets
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  pointer text := current_setting('app.read_event', true);
  t       audit.tickets;
BEGIN
  IF pointer IS NULL OR split_part(pointer, '/', 2) <> audit.transaction_mark() THEN
    RAISE EXCEPTION 'no audit event in this transaction' USING ERRCODE = 'HA001';
  END IF;
  SELECT * INTO t FROM audit.tickets k
   WHERE k.event_id = split_part(pointer, '/', 1)::uuid AND k.pid = pg_backend_pid()
     AND k.claimed_by = audit.transaction_mark();
  IF NOT FOUND THEN RAISE EXCEPTION 'the audit event opens nothing here' USING ERRCODE = 'HA002'; END IF;
  RETURN t;
END $$;
GRANT EXECUTE ON FUNCTION audit.reading TO portal_owner;

CREATE FUNCTION audit.ok(p_cover text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN PERFORM audit.ticket_for(p_cover); RETURN true; END $$;
CREATE FUNCTION audit.me(p_cover text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).actor_id; END $$;
CREATE FUNCTION audit.sees_all(p_cover text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).sees_all; END $$;
CREATE FUNCTION audit.facilities(p_cover text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).facilities; END $$;
-- May the names of the workforce be looked up (everyone but field staff, who see themselves)?
CREATE FUNCTION audit.directory(p_cover text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).directory; END $$;
-- The period an auditor's engagement is about; without end for everybody else.
CREATE FUNCTION audit.since(p_cover text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).since; END $$;
CREATE FUNCTION audit.until(p_cover text) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).until; END $$;
CREATE FUNCTION audit.full_ids(p_cover text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).full_ids; END $$;
CREATE FUNCTION audit.trail(p_cover text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE COST 5000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (audit.ticket_for(p_cover)).trail; END $$;
CREATE FUNCTION audit.actions_without_phi() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN RETURN (SELECT array_agg(a.action) FROM audit.actions a WHERE NOT a.phi); END $$;

-- Keeps which rows an event showed. Only for an event of the caller's own session (or the worker's).
CREATE FUNCTION audit.shown(p_token text, p_event uuid, p_part integer, p_resource_type text, p_ids uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_actor uuid;
BEGIN
  IF cardinality(p_ids) = 0 THEN RETURN; END IF;
  SELECT e.actor_id INTO v_actor FROM audit.events e WHERE e.event_id = p_event AND e.outcome = 'success';
  IF NOT FOUND OR v_actor IS NULL OR v_actor IS DISTINCT FROM
     (SELECT s.person_id FROM portal.sessions s WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8'))) THEN
    RAISE EXCEPTION 'not an event of this session' USING ERRCODE = 'HA403';
  END IF;
  INSERT INTO audit.shown_rows (event_id, part, resource_type, resource_ids)
  VALUES (p_event, p_part, p_resource_type, p_ids);
END $$;

CREATE FUNCTION audit.export_started(p_token text, p_event uuid, p_filter jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.exports (event_id, actor_id, action, filter, started_at)
  SELECT e.event_id, e.actor_id, e.action, p_filter, e.event_time FROM audit.events e
   WHERE e.event_id = p_event AND e.outcome = 'success' AND e.action LIKE '%.export'
     AND e.actor_id = audit.session_person(p_token);
  IF NOT FOUND THEN RAISE EXCEPTION 'not an export of this session' USING ERRCODE = 'HA403'; END IF;
END $$;

CREATE FUNCTION audit.export_ended(p_token text, p_event uuid, p_rows bigint, p_sha256 bytea, p_ended text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE audit.exports x SET ended_at = clock_timestamp(), row_count = p_rows, sha256 = p_sha256, ended = p_ended
   WHERE x.event_id = p_event AND x.ended IS NULL AND x.actor_id =
     (SELECT s.person_id FROM portal.sessions s WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8')));
  IF NOT FOUND THEN RAISE EXCEPTION 'not a running export of this session' USING ERRCODE = 'HA403'; END IF;
END $$;

-- Can an event be written right now? Rolled back by the caller; /readyz asks.
CREATE FUNCTION audit.ready() RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT has_table_privilege('audit_owner', 'audit.events', 'INSERT') THEN
    RAISE EXCEPTION 'the trail cannot be written' USING ERRCODE = 'HA403';
  END IF;
  RETURN EXISTS (SELECT 1 FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
                  WHERE i.inhparent = 'audit.events'::regclass AND c.relname = 'events_' || to_char(now(), 'YYYYMM'));
END $$;

GRANT EXECUTE ON FUNCTION audit.open, audit.fail, audit.use_event, audit.release, audit.shown, audit.export_started,
  audit.export_ended, audit.ready TO portal_app;
GRANT EXECUTE ON FUNCTION audit.open_system, audit.fail, audit.use_event, audit.release, audit.ready TO portal_worker;
GRANT EXECUTE ON FUNCTION audit.transaction_mark TO portal_app, portal_worker, portal_owner;
GRANT EXECUTE ON FUNCTION audit.ok, audit.me, audit.sees_all, audit.facilities, audit.directory, audit.since, audit.until,
  audit.full_ids, audit.trail, audit.actions_without_phi TO portal_app, portal_worker, portal_owner;
GRANT EXECUTE ON FUNCTION audit.append_, audit.session_person TO portal_owner;
RESET ROLE;

-- Puts the gate before a table: one restrictive policy per command, on top of whatever scope policies it has.
-- Runs with its caller's rights, so that only a table's owner can use it.
CREATE FUNCTION audit.put_gate_before(p_table regclass, p_resource text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('CREATE POLICY gate_select ON %s AS RESTRICTIVE FOR SELECT TO portal_app, portal_worker USING ((SELECT audit.ok(%L)))', p_table, p_resource || '/r');
  EXECUTE format('CREATE POLICY gate_insert ON %s AS RESTRICTIVE FOR INSERT TO portal_app, portal_worker WITH CHECK ((SELECT audit.ok(%L)))', p_table, p_resource || '/a');
  EXECUTE format('CREATE POLICY gate_update ON %s AS RESTRICTIVE FOR UPDATE TO portal_app, portal_worker USING ((SELECT audit.ok(%L)))', p_table, p_resource || '/w');
  EXECUTE format('CREATE POLICY gate_delete ON %s AS RESTRICTIVE FOR DELETE TO portal_app, portal_worker USING ((SELECT audit.ok(%L)))', p_table, p_resource || '/d');
END $$;
GRANT EXECUTE ON FUNCTION audit.put_gate_before TO portal_owner, audit_owner;
