-- A person's flag brings a case back that was withdrawn or had gone on elsewhere, and never opens one that the person may
-- not see: the case is judged by its own facility, not only by the row's.
SET ROLE portal_owner;
CREATE OR REPLACE FUNCTION portal.flag_access(p_access uuid, p_code text, p_reason text, p_note text, p_case uuid, OUT case_id uuid, OUT case_number bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me      uuid := audit.me('access_flag/a');
  v_row     portal.access_logs;
  v_rule    portal.rules;
  v_person  uuid;
  v_vendor  uuid;
  v_day     date;
  v_facts   jsonb := jsonb_build_object('rule', p_code, 'reason', p_reason);
  v_round   smallint;
  v_case    portal.review_cases;
  v_again   boolean;
BEGIN
  IF p_code NOT IN ('manual', 'reported_by_person') THEN
    RAISE EXCEPTION 'this rule is not a person''s to raise' USING ERRCODE = 'HA403';
  END IF;
  SELECT a.* INTO v_row FROM portal.access_logs a
   WHERE a.id = p_access
     AND (audit.sees_all('access_flag/a') OR a.facility_id = ANY (audit.facilities('access_flag/a')) OR (a.facility_id IS NULL AND a.owner_id = v_me))
     AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id);
  IF NOT FOUND THEN RETURN; END IF;
  SELECT h.person_id, h.vendor_id INTO v_person, v_vendor FROM portal.login_holders h
   WHERE h.login_id = v_row.login_id AND h.valid_from <= v_row.action_at AND (h.valid_to IS NULL OR h.valid_to > v_row.action_at);
  IF v_person = v_me THEN RETURN; END IF;
  v_day := portal.local_day(v_row.action_at, v_row.facility_id);
  -- the case it would join may have begun at another facility: whoever may not see it may not open it again
  SELECT c.* INTO v_case FROM portal.review_cases c
   WHERE c.subject_id = coalesce(v_person, v_row.login_id) AND c.patient_id IS NOT DISTINCT FROM v_row.patient_id AND c.local_day = v_day
     FOR UPDATE;
  IF FOUND AND NOT coalesce(audit.sees_all('access_flag/a') OR v_case.facility_id = ANY (audit.facilities('access_flag/a'))
                            OR (v_case.facility_id IS NULL AND v_case.owner_id = v_me), false) THEN
    RETURN;
  END IF;
  SELECT r.* INTO STRICT v_rule FROM portal.rules r WHERE r.code = p_code ORDER BY r.version DESC LIMIT 1;
  SELECT coalesce(max(f.round), 0) + 1 INTO v_round FROM portal.access_flags f WHERE f.access_id = p_access AND f.rule_code = p_code;
  INSERT INTO portal.superseded_flags (access_id, rule_code, round)
  SELECT f.access_id, f.rule_code, f.round FROM portal.access_flags f WHERE f.access_id = p_access AND f.rule_code = p_code
  ON CONFLICT DO NOTHING;
  INSERT INTO portal.access_flags (access_id, rule_code, rule_version, facts, facility_id, owner_id, action_at, batch_id, round)
  VALUES (p_access, p_code, v_rule.version, v_facts, v_row.facility_id, v_row.owner_id, v_row.action_at, v_row.batch_id, v_round);

  INSERT INTO portal.review_cases (id, person_id, vendor_id, login_id, patient_id, local_day, facility_id, owner_id, state, risk,
                                   first_action_at, last_action_at, row_count, access_type, resource_type)
  VALUES (p_case, v_person, v_vendor, v_row.login_id, v_row.patient_id, v_day, v_row.facility_id, v_row.owner_id, 'unassigned', v_rule.severity,
          v_row.action_at, v_row.action_at, 0, v_row.access_type, v_row.resource_type)
  ON CONFLICT DO NOTHING;
  SELECT c.* INTO STRICT v_case FROM portal.review_cases c
   WHERE c.subject_id = coalesce(v_person, v_row.login_id) AND c.patient_id IS NOT DISTINCT FROM v_row.patient_id AND c.local_day = v_day
     FOR UPDATE;
  INSERT INTO portal.case_rows (case_id, access_id)
  SELECT v_case.id, a.id FROM portal.access_logs a
   WHERE a.login_id = v_row.login_id
     AND a.id >= audit.uuid_floor((v_day::timestamp - interval '14 hours') AT TIME ZONE 'UTC')
     AND a.id < audit.uuid_floor(((v_day + 1)::timestamp + interval '12 hours') AT TIME ZONE 'UTC')
     AND (a.id = p_access OR (a.patient_id = v_row.patient_id AND portal.local_day(a.action_at, a.facility_id) = v_day))
     AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
  ON CONFLICT DO NOTHING;
  INSERT INTO portal.case_flags AS cf (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
  VALUES (v_case.id, p_code, v_rule.version, v_rule.kind, v_rule.severity, v_facts, 1, now())
  ON CONFLICT ON CONSTRAINT case_flags_pkey DO UPDATE SET facts = excluded.facts, superseded_at = NULL,
    row_count = (SELECT count(*) FROM portal.case_rows r JOIN portal.access_flags f ON f.access_id = r.access_id AND f.rule_code = p_code
                  WHERE r.case_id = excluded.case_id);
  IF v_case.version = 0 THEN
    INSERT INTO portal.review_events (case_id, seq, kind, to_state) VALUES (v_case.id, 1, 'opened', 'unassigned');
    v_case.version := 1;
  END IF;
  IF v_case.withdrawn_at IS NOT NULL THEN
    INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
    VALUES (v_case.id, v_case.version + 1, 'restored', v_case.state, v_case.state);
    v_case.version := v_case.version + 1;
  END IF;
  v_again := v_case.disposition IS NOT NULL OR v_case.continued_in IS NOT NULL;
  INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, note)
  VALUES (v_case.id, v_case.version + 1, 'flagged', v_me, v_case.state, CASE WHEN v_again THEN 'in_review' ELSE v_case.state END, p_note);
  UPDATE portal.review_cases c
     SET version = v_case.version + 1, state = CASE WHEN v_again THEN 'in_review' ELSE c.state END, disposition = NULL, reason_code = NULL,
         decided_by = NULL, decided_at = NULL, withdrawn_at = NULL, continued_in = NULL, updated_at = now(),
         risk = (ARRAY['low', 'medium', 'high', 'critical'])[least(4, w.rank)], row_count = n.rows, first_action_at = n.first_at, last_action_at = n.last_at
    FROM (SELECT max(CASE f.severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END)
                   FILTER (WHERE f.kind = 'signal' OR f.rule_code = p_code) + CASE WHEN count(*) > 1 THEN 1 ELSE 0 END AS rank
            FROM portal.case_flags f WHERE f.case_id = v_case.id AND f.superseded_at IS NULL) w,
         (SELECT count(*) AS rows, min(a.action_at) AS first_at, max(a.action_at) AS last_at
            FROM portal.case_rows r JOIN portal.access_logs a ON a.id = r.access_id WHERE r.case_id = v_case.id) n
   WHERE c.id = v_case.id;
  case_id := v_case.id;
  case_number := v_case.number;
END $$;
RESET ROLE;
