-- A partition that is created as one asks for the parent's strongest lock: it waits for whoever reads, such as a file that
-- takes an hour to send, and everybody who comes after waits behind it. Made beside the parent and then attached, it asks
-- for a lock that readers and writers do not mind.
CREATE OR REPLACE FUNCTION audit.make_partitions(p_month date) RETURNS integer
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
    EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
      v_parent.schema, v_name, v_parent.schema, v_parent.name);
    EXECUTE format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)',
      v_parent.schema, v_parent.name, v_parent.schema, v_name, audit.uuid_floor(v_from), audit.uuid_floor(v_to));
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
