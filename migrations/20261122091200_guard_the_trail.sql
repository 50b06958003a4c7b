-- Append-only, in depth. The guard's functions belong to whoever installs (a superuser, where there is one), so that
-- even the trail's owner cannot replace them; without a superuser the event triggers are missing and `migrate` says so.
CREATE FUNCTION audit.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% on % refused: append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HA403';
END $$;
-- an export's end is written once, by the door; nothing else about it changes
CREATE FUNCTION audit.refuse_all_but_the_end() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR OLD.ended IS NOT NULL
     OR (NEW.event_id, NEW.actor_id, NEW.action, NEW.filter, NEW.started_at)
        IS DISTINCT FROM (OLD.event_id, OLD.actor_id, OLD.action, OLD.filter, OLD.started_at) THEN
    RAISE EXCEPTION '% on % refused: append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION audit.refuse, audit.refuse_all_but_the_end TO audit_owner;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.events FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.shown_rows FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.exports FOR EACH ROW EXECUTE FUNCTION audit.refuse_all_but_the_end();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.events FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.shown_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.exports FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
-- ENABLE ALWAYS: session_replication_role = replica does not walk past them
ALTER TABLE audit.events ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.events ENABLE ALWAYS TRIGGER no_truncate;
ALTER TABLE audit.shown_rows ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.shown_rows ENABLE ALWAYS TRIGGER no_truncate;
ALTER TABLE audit.exports ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.exports ENABLE ALWAYS TRIGGER no_truncate;

-- The one way to add a month, for the trail and for the access logs. Idempotent; says whether it made anything.
-- TRUNCATE triggers are not cloned to partitions, so each gets its own.
CREATE FUNCTION audit.make_partitions(p_month date) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_from   timestamptz := date_trunc('month', p_month)::timestamp AT TIME ZONE 'UTC';
  v_to     timestamptz := (date_trunc('month', p_month) + interval '1 month')::timestamp AT TIME ZONE 'UTC';
  v_parent record;
  v_name   text;
  v_made   integer := 0;
BEGIN
  IF p_month NOT BETWEEN date '2000-01-01' AND date '2100-01-01' THEN
    RAISE EXCEPTION 'no partition for %', p_month USING ERRCODE = 'HA400';
  END IF;
  PERFORM pg_advisory_xact_lock(7302, 1);
  FOR v_parent IN
    SELECT * FROM (VALUES ('audit', 'events', 'audit_owner', true), ('audit', 'shown_rows', 'audit_owner', true),
                          ('portal', 'access_logs', 'portal_owner', false)) AS parents(schema, name, owner, is_trail)
  LOOP
    v_name := v_parent.name || '_' || to_char(v_from AT TIME ZONE 'UTC', 'YYYYMM');
    CONTINUE WHEN to_regclass(format('%I.%I', v_parent.schema, v_name)) IS NOT NULL;
    EXECUTE format('CREATE TABLE %I.%I PARTITION OF %I.%I FOR VALUES FROM (%L) TO (%L)',
      v_parent.schema, v_name, v_parent.schema, v_parent.name, audit.uuid_floor(v_from), audit.uuid_floor(v_to));
    IF v_parent.is_trail THEN
      EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse()',
        v_parent.schema, v_name);
      EXECUTE format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER no_truncate', v_parent.schema, v_name);
      EXECUTE format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER append_only', v_parent.schema, v_name);
    END IF;
    EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', v_parent.schema, v_name, v_parent.owner);
    v_made := v_made + 1;
  END LOOP;
  RETURN v_made;
END $$;
GRANT EXECUTE ON FUNCTION audit.make_partitions TO portal_worker;

-- Called by the program for the months an import needs and for the months ahead; leaves its event.
SELECT audit.make_partitions((date_trunc('month', now()) + n * interval '1 month')::date) FROM generate_series(-3, 3) n;

-- The last layer: nobody but a superuser changes what guards the trail, whoever owns it.
CREATE FUNCTION audit.guard_ddl() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_object record;
BEGIN
  IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN RETURN; END IF;
  IF TG_EVENT = 'sql_drop' THEN
    FOR v_object IN SELECT * FROM pg_event_trigger_dropped_objects() WHERE schema_name = 'audit' LOOP
      RAISE EXCEPTION 'DROP of % refused', v_object.object_identity USING ERRCODE = 'HA403';
    END LOOP;
  ELSE
    FOR v_object IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'audit' LOOP
      RAISE EXCEPTION '% on % refused', v_object.command_tag, v_object.object_identity USING ERRCODE = 'HA403';
    END LOOP;
  END IF;
END $$;

DO $$
BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    CREATE EVENT TRIGGER audit_guard_drop ON sql_drop EXECUTE FUNCTION audit.guard_ddl();
    CREATE EVENT TRIGGER audit_guard_ddl ON ddl_command_end EXECUTE FUNCTION audit.guard_ddl();
    ALTER EVENT TRIGGER audit_guard_drop ENABLE ALWAYS;
    ALTER EVENT TRIGGER audit_guard_ddl ENABLE ALWAYS;
  END IF;
END $$;
