-- A rule changes in four steps: proposed, run in the shadow over the last sixty days, asked for, and approved by a second
-- manager. The database holds to the order and to the two people; nothing goes live beside it. And what people do by hand:
-- flag an access, put a patient on the watch list.
SET ROLE portal_owner;

ALTER TABLE portal.jobs DROP CONSTRAINT jobs_kind_check;
ALTER TABLE portal.jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('import_batch', 'rule_rerun', 'shadow_run'));

CREATE TABLE portal.rule_proposals (
  id             uuid PRIMARY KEY,
  code           text NOT NULL,
  -- the version that was live when it was proposed; a proposal over another one is moot
  base_version   integer NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('signal', 'context')),
  severity       text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  parameters     jsonb NOT NULL,
  enabled        boolean NOT NULL,
  -- whether the rules run again over the last sixty days once it is live
  rerun          boolean NOT NULL DEFAULT false,
  state          text NOT NULL DEFAULT 'shadow_waiting' CHECK (state IN ('shadow_waiting', 'shadow_running', 'shadow_failed', 'shadow_done',
                   'requested', 'approved', 'refused', 'withdrawn', 'expired')),
  proposed_by    uuid NOT NULL REFERENCES portal.people,
  shadow_from    timestamptz,
  shadow_until   timestamptz,
  rows_seen      bigint,
  flagged_now    bigint,
  flagged_then   bigint,
  cases_now      bigint,
  cases_more     bigint,
  cases_fewer    bigint,
  missed         bigint,
  lost_cases     uuid[] NOT NULL DEFAULT '{}',
  gained_rows    uuid[] NOT NULL DEFAULT '{}',
  shadow_done_at timestamptz,
  requested_at   timestamptz,
  decided_by     uuid REFERENCES portal.people,
  decided_at     timestamptz,
  new_version    integer,
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (code, base_version) REFERENCES portal.rules (code, version),
  CONSTRAINT rule_proposals_two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CONSTRAINT rule_proposals_decided_whole CHECK ((state IN ('approved', 'refused')) = (decided_by IS NOT NULL)
    AND (decided_by IS NULL) = (decided_at IS NULL) AND (new_version IS NULL OR state = 'approved')),
  CONSTRAINT rule_proposals_shadow_first CHECK (state NOT IN ('shadow_done', 'requested', 'approved', 'refused') OR shadow_done_at IS NOT NULL)
);
CREATE INDEX rule_proposals_code ON portal.rule_proposals (code, created_at);

CREATE FUNCTION portal.keep_proposals_in_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'DELETE on rule_proposals refused: a proposal is kept' USING ERRCODE = 'HA403';
  END IF;
  IF (NEW.id, NEW.code, NEW.base_version, NEW.kind, NEW.severity, NEW.parameters, NEW.enabled, NEW.rerun, NEW.proposed_by)
     IS DISTINCT FROM (OLD.id, OLD.code, OLD.base_version, OLD.kind, OLD.severity, OLD.parameters, OLD.enabled, OLD.rerun, OLD.proposed_by) THEN
    RAISE EXCEPTION 'a proposal does not change after it was made' USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_unchanged';
  END IF;
  IF NEW.state = OLD.state THEN RETURN NEW; END IF;
  IF NOT (OLD.state, NEW.state) IN (('shadow_waiting', 'shadow_running'), ('shadow_running', 'shadow_done'), ('shadow_running', 'shadow_failed'),
       ('shadow_waiting', 'shadow_failed'), ('shadow_done', 'requested'), ('requested', 'approved'), ('requested', 'refused'), ('requested', 'expired'),
       ('shadow_waiting', 'withdrawn'), ('shadow_running', 'withdrawn'), ('shadow_failed', 'withdrawn'), ('shadow_done', 'withdrawn'),
       ('requested', 'withdrawn')) THEN
    RAISE EXCEPTION 'a proposal does not go from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_order';
  END IF;
  IF session_user = 'portal_app' THEN
    v_me := audit.me('rule_proposal/w');
    IF NEW.state LIKE 'shadow%' THEN
      RAISE EXCEPTION 'a shadow run is the program''s' USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_order';
    END IF;
    IF (NEW.state IN ('requested', 'withdrawn')) <> (v_me = OLD.proposed_by) THEN
      RAISE EXCEPTION 'the proposer asks and withdraws, somebody else decides'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_two_people';
    END IF;
    IF NEW.state IN ('approved', 'refused')
       AND (NEW.decided_by IS DISTINCT FROM v_me OR OLD.requested_at < now() - interval '30 days') THEN
      RAISE EXCEPTION 'nobody decides for somebody else, or what was asked for more than thirty days ago'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_two_people';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER in_order BEFORE UPDATE OR DELETE ON portal.rule_proposals
  FOR EACH ROW EXECUTE FUNCTION portal.keep_proposals_in_order();

-- Which proposal a version came from; the first ones came with the release.
ALTER TABLE portal.rules ADD COLUMN proposal_id uuid UNIQUE REFERENCES portal.rule_proposals;
CREATE FUNCTION portal.refuse_unapproved_rule() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF session_user IN ('portal_app', 'portal_worker') AND NOT EXISTS (
       SELECT 1 FROM portal.rule_proposals p
        WHERE p.id = NEW.proposal_id AND p.state = 'approved' AND p.code = NEW.code AND p.kind = NEW.kind AND p.severity = NEW.severity
          AND p.parameters = NEW.parameters AND p.enabled = NEW.enabled AND p.new_version = NEW.version AND NEW.version = p.base_version + 1) THEN
    RAISE EXCEPTION 'a version of a rule needs an approved proposal that says the same'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'rules_approved';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approved BEFORE INSERT ON portal.rules FOR EACH ROW EXECUTE FUNCTION portal.refuse_unapproved_rule();

SELECT audit.put_gate_before('portal.rule_proposals', 'rule_proposal');
CREATE POLICY worker ON portal.rule_proposals TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY everyone ON portal.rule_proposals FOR SELECT TO portal_app USING (true);
CREATE POLICY scope_insert ON portal.rule_proposals FOR INSERT TO portal_app
  WITH CHECK (proposed_by = (SELECT audit.me('rule_proposal/a')) AND state = 'shadow_waiting' AND shadow_done_at IS NULL);
CREATE POLICY scope_update ON portal.rule_proposals FOR UPDATE TO portal_app USING ((SELECT audit.ok('rule_proposal/w')));
CREATE POLICY scope_insert ON portal.rules FOR INSERT TO portal_app WITH CHECK ((SELECT audit.ok('rule/a')));
GRANT SELECT, INSERT ON portal.rule_proposals TO portal_app;
GRANT UPDATE (state, requested_at, decided_by, decided_at, new_version, updated_at) ON portal.rule_proposals TO portal_app;
GRANT INSERT ON portal.rules TO portal_app;
GRANT SELECT, UPDATE ON portal.rule_proposals TO portal_worker;

-- What people put on the watch list, and why, from a closed list. patients.watched is the present.
CREATE TABLE portal.watch_marks (
  id         uuid PRIMARY KEY,
  patient_id uuid NOT NULL REFERENCES portal.patients,
  watched    boolean NOT NULL,
  reason     text NOT NULL CHECK (reason IN ('public_figure', 'workforce', 'patient_asked', 'complaint', 'legal')),
  marked_by  uuid NOT NULL REFERENCES portal.people,
  marked_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX watch_marks_patient ON portal.watch_marks (patient_id, marked_at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.watch_marks
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
SELECT audit.put_gate_before('portal.watch_marks', 'patient');
CREATE POLICY everyone ON portal.watch_marks FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.watch_marks TO portal_app;

-- Puts a patient on the list or takes them off; false when that is how it stands already.
CREATE FUNCTION portal.watch_patient(p_id uuid, p_patient uuid, p_watched boolean, p_reason text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('patient/w');
BEGIN
  UPDATE portal.patients p SET watched = p_watched, watched_at = CASE WHEN p_watched THEN now() END, updated_at = now()
   WHERE p.id = p_patient AND p.watched <> p_watched;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO portal.watch_marks (id, patient_id, watched, reason, marked_by) VALUES (p_id, p_patient, p_watched, p_reason, v_me);
  RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION portal.watch_patient TO portal_app;

-- A person flags an access: the flag, and the case of that person, patient and day, opened if there is none. The number of
-- the case; null where the row is out of scope or the access is the caller's own.
CREATE FUNCTION portal.flag_access(p_access uuid, p_code text, p_reason text, p_note text, p_case uuid, OUT case_id uuid, OUT case_number bigint)
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
  v_decided boolean;
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
  v_decided := v_case.disposition IS NOT NULL;
  INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, note)
  VALUES (v_case.id, v_case.version + 1, 'flagged', v_me, v_case.state, CASE WHEN v_decided THEN 'in_review' ELSE v_case.state END, p_note);
  UPDATE portal.review_cases c
     SET version = v_case.version + 1, state = CASE WHEN v_decided THEN 'in_review' ELSE c.state END, disposition = NULL, reason_code = NULL,
         decided_by = NULL, decided_at = NULL, updated_at = now(),
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
GRANT EXECUTE ON FUNCTION portal.flag_access TO portal_app;
RESET ROLE;
