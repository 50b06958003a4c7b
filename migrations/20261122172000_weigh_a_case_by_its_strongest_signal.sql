-- A case's risk begins with its strongest signal. A second signal of another family is a step, and so is context that makes
-- the strongest one worse, however much of it there is; hours and training raise nothing. `critical` is kept for what does
-- real harm. `model/weighing.rs` weighs the same way, and a test holds the two equal.
SET ROLE portal_owner;

-- Whether an act changes a record or takes it out of the system.
CREATE FUNCTION portal.keeps(p_access_type text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT p_access_type IN ('create', 'update', 'delete', 'print', 'export', 'disclose')
$$;

-- What a rule's signal speaks about.
CREATE FUNCTION portal.family_of(p_code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN p_code IN ('self_access', 'household', 'coworker', 'watch_list') THEN 'relation'
              WHEN p_code IN ('terminated_user', 'inactive_user', 'agreement_lapsed') THEN 'standing'
              WHEN p_code IN ('volume_spike', 'repeat_same_patient') THEN 'amount'
              WHEN p_code IN ('bulk_export', 'break_glass_no_reason') THEN 'act'
              WHEN p_code IN ('reported_by_person', 'manual') THEN 'told'
              ELSE 'circumstance' END
$$;

-- Whether a context makes a signal worse.
CREATE FUNCTION portal.makes_worse(p_context text, p_signal text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_context IN ('role_mismatch', 'foreign_facility')
      THEN p_signal IN ('household', 'coworker', 'watch_list', 'volume_spike', 'repeat_same_patient', 'break_glass_no_reason',
                        'bulk_export', 'reported_by_person', 'manual')
    WHEN p_context = 'foreign_network'
      THEN p_signal IN ('terminated_user', 'inactive_user', 'agreement_lapsed', 'volume_spike', 'bulk_export')
    WHEN p_context = 'unmatched_identity'
      THEN p_signal IN ('watch_list', 'break_glass_no_reason', 'volume_spike', 'bulk_export')
    ELSE false END
$$;

-- The risk of a case: its standing signals and, in the same order, how severe each is; its context; and whether anything on
-- it was changed or taken out. Without a signal it is the lowest.
CREATE FUNCTION portal.risk_of(p_signals text[], p_severities text[], p_context text[], p_kept boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  v_kept      boolean := coalesce(p_kept, false);
  v_top       integer;
  v_strongest text[];
  v_steps     integer;
BEGIN
  IF coalesce(cardinality(p_signals), 0) = 0 THEN RETURN 'low'; END IF;
  SELECT max(array_position(ARRAY['low', 'medium', 'high', 'critical'], s)) INTO v_top FROM unnest(p_severities) s;
  IF v_top = 4 OR (v_kept AND p_signals && ARRAY['self_access', 'household']) THEN RETURN 'critical'; END IF;
  SELECT array_agg(u.code) INTO v_strongest FROM unnest(p_signals, p_severities) u(code, severity)
   WHERE u.severity = (ARRAY['low', 'medium', 'high'])[v_top];
  v_steps := CASE WHEN (SELECT count(DISTINCT portal.family_of(s)) > 1 FROM unnest(p_signals) s) THEN 1 ELSE 0 END
           + CASE WHEN EXISTS (SELECT 1 FROM unnest(p_context) c, unnest(v_strongest) s WHERE portal.makes_worse(c, s)) THEN 1 ELSE 0 END;
  IF v_top = 3 AND v_steps > 0 AND v_strongest && ARRAY['watch_list', 'terminated_user', 'bulk_export', 'reported_by_person'] THEN
    RETURN 'critical';
  END IF;
  RETURN (ARRAY['low', 'medium', 'high'])[least(3, v_top + v_steps)];
END $$;
GRANT EXECUTE ON FUNCTION portal.keeps, portal.family_of, portal.makes_worse, portal.risk_of TO portal_app, portal_worker;

-- What people flag is weighed the same way.
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
         risk = portal.risk_of(w.signals, w.severities, w.context, n.kept), row_count = n.rows, first_action_at = n.first_at, last_action_at = n.last_at
    FROM (SELECT array_agg(f.rule_code) FILTER (WHERE f.kind = 'signal' OR f.rule_code = p_code) AS signals,
                 array_agg(f.severity) FILTER (WHERE f.kind = 'signal' OR f.rule_code = p_code) AS severities,
                 array_agg(f.rule_code) FILTER (WHERE f.kind = 'context' AND f.rule_code <> p_code) AS context
            FROM portal.case_flags f WHERE f.case_id = v_case.id AND f.superseded_at IS NULL) w,
         (SELECT count(*) AS rows, min(a.action_at) AS first_at, max(a.action_at) AS last_at, bool_or(portal.keeps(a.access_type)) AS kept
            FROM portal.case_rows r JOIN portal.access_logs a ON a.id = r.access_id WHERE r.case_id = v_case.id) n
   WHERE c.id = v_case.id;
  case_id := v_case.id;
  case_number := v_case.number;
END $$;

-- What the release shipped is tuned: a glass broken without a reason is a gap to ask about, by itself no grave matter; a
-- vendor whose agreement ran out went on with its ordinary work, and one finding answers all its days; five days are no
-- habit that a busy one could be set against. Where flags point to the first version a second one says so; a site that
-- changed a rule keeps what it decided.
DO $$
DECLARE
  tuned record;
BEGIN
  FOR tuned IN
    SELECT r.code, t.severity, r.parameters || t.parameters AS parameters,
           EXISTS (SELECT 1 FROM portal.access_flags f WHERE f.rule_code = r.code) AS used
      FROM (VALUES ('break_glass_no_reason', 'medium', '{}'::jsonb), ('agreement_lapsed', 'medium', '{}'),
                   ('volume_spike', 'medium', '{"least_days": 10}')) t(code, severity, parameters)
      JOIN portal.rules r ON r.code = t.code AND r.version = 1
     WHERE NOT EXISTS (SELECT 1 FROM portal.rules n WHERE n.code = r.code AND n.version > 1)
  LOOP
    IF tuned.used THEN
      INSERT INTO portal.rules (code, version, kind, severity, parameters, enabled)
      SELECT r.code, 2, r.kind, tuned.severity, tuned.parameters, r.enabled FROM portal.rules r WHERE r.code = tuned.code AND r.version = 1;
    ELSE
      UPDATE portal.rules r SET severity = tuned.severity, parameters = tuned.parameters WHERE r.code = tuned.code AND r.version = 1;
    END IF;
  END LOOP;
END $$;

-- What waits for a person is weighed anew; what was decided keeps the risk it was decided at.
UPDATE portal.review_cases c
   SET risk = portal.risk_of(f.signals, f.severities, f.context, n.kept)
  FROM (SELECT cf.case_id, array_agg(cf.rule_code) FILTER (WHERE cf.kind = 'signal') AS signals,
               array_agg(cf.severity) FILTER (WHERE cf.kind = 'signal') AS severities,
               array_agg(cf.rule_code) FILTER (WHERE cf.kind = 'context') AS context
          FROM portal.case_flags cf WHERE cf.superseded_at IS NULL GROUP BY cf.case_id) f
  LEFT JOIN (SELECT cr.case_id, bool_or(portal.keeps(a.access_type)) AS kept
               FROM portal.case_rows cr JOIN portal.access_logs a ON a.id = cr.access_id GROUP BY cr.case_id) n ON n.case_id = f.case_id
 WHERE c.id = f.case_id AND c.disposition IS NULL;
RESET ROLE;
