-- A page that watches an import asks again and again without anybody at the keyboard. Such a request is recorded like any
-- other read, but says that it is none of the person's own, and the session's idle time goes on.
DO $$
DECLARE
  v_old text := pg_get_functiondef('audit.session_load'::regproc);
  v_new text := replace(v_old, 'UPDATE portal.sessions s SET seen_at = clock_timestamp()
   WHERE ', 'UPDATE portal.sessions s SET seen_at = clock_timestamp()
   WHERE current_setting(''app.unattended'', true) IS DISTINCT FROM ''on'' AND ');
BEGIN
  IF v_new = v_old THEN RAISE EXCEPTION 'audit.session_load() does not keep the idle time as expected'; END IF;
  EXECUTE v_new;
END $$;
