-- Triggers, rules and policies have no schema of their own, so the guard did not see that one was put on a table of the
-- trail: its owner could replace `append_only`, or let a rule swallow every insert. And an object carried into another
-- schema was out of its sight. Now it looks at the table behind the object, and at the owner.
CREATE OR REPLACE FUNCTION audit.guard_ddl() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_object record;
BEGIN
  IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN RETURN; END IF;
  IF TG_EVENT = 'sql_drop' THEN
    FOR v_object IN
      SELECT d.object_identity FROM pg_event_trigger_dropped_objects() d
       WHERE d.schema_name = 'audit' OR d.address_names[1] = 'audit'
    LOOP
      RAISE EXCEPTION 'DROP of % refused', v_object.object_identity USING ERRCODE = 'HA403';
    END LOOP;
  ELSE
    FOR v_object IN
      SELECT c.command_tag, c.object_identity
        FROM (SELECT d.*, CASE d.classid
                       WHEN 'pg_class'::regclass   THEN d.objid
                       WHEN 'pg_trigger'::regclass THEN (SELECT t.tgrelid FROM pg_trigger t WHERE t.oid = d.objid)
                       WHEN 'pg_policy'::regclass  THEN (SELECT p.polrelid FROM pg_policy p WHERE p.oid = d.objid)
                       WHEN 'pg_rewrite'::regclass THEN (SELECT w.ev_class FROM pg_rewrite w WHERE w.oid = d.objid)
                     END AS relation
                FROM pg_event_trigger_ddl_commands() d) c
       WHERE c.schema_name = 'audit'
          OR EXISTS (SELECT 1 FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
                      WHERE r.oid = c.relation AND (n.nspname = 'audit' OR r.relowner = to_regrole('audit_owner')))
          OR EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class r ON r.oid = i.inhparent JOIN pg_namespace n ON n.oid = r.relnamespace
                      WHERE i.inhrelid = c.relation AND n.nspname = 'audit')
          OR EXISTS (SELECT 1 FROM pg_proc p
                      WHERE c.classid = 'pg_proc'::regclass AND p.oid = c.objid AND p.proowner = to_regrole('audit_owner'))
          -- a grant names no object here; who could grant on the trail is its owner
          OR (c.command_tag IN ('GRANT', 'REVOKE') AND pg_has_role(current_user, 'audit_owner', 'USAGE'))
    LOOP
      RAISE EXCEPTION '% on % refused', v_object.command_tag, coalesce(v_object.object_identity, 'the trail')
        USING ERRCODE = 'HA403';
    END LOOP;
  END IF;
END $$;
