-- A row that is imported again after its batch was withdrawn comes back only if it says what it said. With an event id of
-- the source the row's id leaves out what a mapping may have got wrong (login, place, kind of access), so a corrected row
-- has the id of the wrong one: it now gets an id of its own, made of that id and what it says, and the wrong one stays out.
SET ROLE portal_owner;

-- Gives staged rows the id that they are stored under. Runs before anything else looks at them; the source is locked.
CREATE FUNCTION portal.settle_staged_ids(p_batch uuid, p_source uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH met AS MATERIALIZED (
    -- of lines that share an id the first decides; the others are known, as ever
    SELECT DISTINCT ON (s.id) s.*, substring(uuid_send(s.id) FROM 1 FOR 8) AS head,
           sha256(uuid_send(s.id) || convert_to(jsonb_build_array(s.actor_kind, s.login, s.place, s.access_type, s.access_word,
             s.access_reason, s.outcome, s.source_ip, s.device_label, s.on_behalf_of)::text, 'UTF8')) AS hash
      FROM portal.import_staging s
      JOIN portal.withdrawn_rows w ON w.access_id = s.id
     WHERE s.batch_id = p_batch AND s.source_event_id IS NOT NULL
     ORDER BY s.id, s.ordinal),
  made AS MATERIALIZED (
    SELECT m.*, encode(m.head || set_byte(substring(m.hash FROM 1 FOR 8), 0, (get_byte(m.hash, 0) & 63) | 128), 'hex')::uuid AS own_id,
           coalesce(d.facility_id, f.id) AS facility_id, d.id AS department_id
      FROM met m
      LEFT JOIN (SELECT n.name, (array_agg(n.id))[1] AS id, (array_agg(n.facility_id))[1] AS facility_id
                   FROM portal.departments n GROUP BY n.name HAVING count(*) = 1) d ON d.name = m.place
      LEFT JOIN portal.facilities f ON f.site_code = m.place),
  chosen AS (
    SELECT m.id, coalesce(same.id, m.own_id) AS new_id
      FROM made m
      LEFT JOIN LATERAL (
        -- the same event of the same moment: one that counts, else one that says the same
        SELECT a.id
          FROM portal.access_logs a
          JOIN portal.ehr_logins l ON l.id = a.login_id
          LEFT JOIN portal.patient_ids i ON i.source_id = p_source AND i.source_patient_id = m.patient
          LEFT JOIN portal.withdrawn_rows w ON w.access_id = a.id
         WHERE a.id >= (encode(m.head, 'hex') || '8000000000000000')::uuid
           AND a.id <= (encode(m.head, 'hex') || 'bfffffffffffffff')::uuid
           AND a.source_id = p_source AND a.source_event_id = m.source_event_id AND a.resource_type = m.resource_type
           AND a.resource_word IS NOT DISTINCT FROM m.resource_word AND a.resource_id IS NOT DISTINCT FROM m.resource_id
           AND a.patient_id IS NOT DISTINCT FROM i.patient_id
           AND (w.access_id IS NULL OR a.id = m.own_id
                OR a.actor_kind = m.actor_kind AND l.login = m.login AND a.access_type = m.access_type
                   AND a.access_word IS NOT DISTINCT FROM m.access_word AND a.access_reason = m.access_reason
                   AND a.outcome = m.outcome AND a.source_ip IS NOT DISTINCT FROM m.source_ip
                   AND a.device_label IS NOT DISTINCT FROM m.device_label AND a.on_behalf_of IS NOT DISTINCT FROM m.on_behalf_of
                   AND a.facility_id IS NOT DISTINCT FROM m.facility_id AND a.department_id IS NOT DISTINCT FROM m.department_id)
         ORDER BY w.access_id IS NOT NULL, a.id = m.own_id DESC, a.id LIMIT 1) same ON true)
  UPDATE portal.import_staging s SET id = c.new_id FROM chosen c
   WHERE s.batch_id = p_batch AND s.id = c.id AND c.new_id <> c.id;
$$;
REVOKE ALL ON FUNCTION portal.settle_staged_ids FROM PUBLIC;

-- The rest of the function stays whatever it is by now.
DO $$
DECLARE
  v_old text := pg_get_functiondef('portal.note_staged_rows'::regproc);
  v_new text := replace(v_old, E'FOR NO KEY UPDATE;\n', E'FOR NO KEY UPDATE;\n  PERFORM portal.settle_staged_ids(p_batch, v_source);\n');
BEGIN
  IF v_new = v_old THEN RAISE EXCEPTION 'portal.note_staged_rows() does not lock its source as expected'; END IF;
  EXECUTE v_new;
END $$;
RESET ROLE;
