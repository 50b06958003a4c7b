-- A run of the rules that failed is seen on the rules' page, and can be asked for again: a shadow run by whoever proposed the
-- change, a run over the past by a manager. Its job begins anew; what it had done already it recognises.
INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('rule.proposal.retry', 'rule_proposal', false, false),
  ('rule.rerun.retry', 'rule_rerun', false, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('rule.list.read', 'rule_rerun/r'),
  ('rule.proposal.retry', 'rule_proposal/w'),
  ('rule.proposal.retry', 'proposal_retry/w'),
  ('rule.rerun.retry', 'rule_rerun/w');
INSERT INTO audit.role_action (role, action) VALUES
  ('manager', 'rule.proposal.retry'),
  ('manager', 'rule.rerun.retry');

SET ROLE portal_owner;
CREATE POLICY everyone ON portal.rule_reruns FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.rule_reruns TO portal_app;

CREATE OR REPLACE FUNCTION portal.keep_proposals_in_order() RETURNS trigger
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
  -- when something was asked for and decided is the database's to say
  IF session_user = 'portal_app' THEN
    NEW.requested_at := CASE WHEN NEW.state = 'requested' AND OLD.state <> 'requested' THEN now() ELSE OLD.requested_at END;
    NEW.decided_at := CASE WHEN NEW.state IN ('approved', 'refused') AND OLD.state = 'requested' THEN now() ELSE OLD.decided_at END;
    NEW.updated_at := now();
  END IF;
  IF NEW.state = OLD.state THEN RETURN NEW; END IF;
  IF NOT (OLD.state, NEW.state) IN (('shadow_waiting', 'shadow_running'), ('shadow_running', 'shadow_done'), ('shadow_running', 'shadow_failed'),
       ('shadow_waiting', 'shadow_failed'), ('shadow_done', 'requested'), ('requested', 'approved'), ('requested', 'refused'), ('requested', 'expired'),
       ('shadow_waiting', 'withdrawn'), ('shadow_running', 'withdrawn'), ('shadow_failed', 'withdrawn'), ('shadow_failed', 'shadow_waiting'),
       ('shadow_done', 'withdrawn'),
       ('requested', 'withdrawn')) THEN
    RAISE EXCEPTION 'a proposal does not go from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_order';
  END IF;
  IF session_user = 'portal_app' THEN
    -- only its proposer asks for a run that broke again, by portal.run_shadow_again
    IF NEW.state = 'shadow_waiting' AND audit.me('proposal_retry/w') = OLD.proposed_by THEN RETURN NEW; END IF;
    IF NEW.state LIKE 'shadow%' OR NEW.state = 'expired' THEN
      RAISE EXCEPTION 'a shadow run is the program''s' USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_order';
    END IF;
    -- what the person declared is what they may do: who refuses does not approve
    v_me := audit.me(CASE NEW.state WHEN 'requested' THEN 'proposal_request/w' WHEN 'withdrawn' THEN 'proposal_withdraw/w'
                                    WHEN 'approved' THEN 'proposal_approve/w' ELSE 'proposal_refuse/w' END);
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

-- The job of a target, to be done again. False where it is still under way.
CREATE FUNCTION portal.begin_job_again(p_kind text, p_target uuid, p_request uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO portal.jobs AS j (id, kind, target_id, request_id) VALUES (audit.uuid7(), p_kind, p_target, p_request)
  ON CONFLICT (kind, target_id) DO UPDATE
    SET state = 'waiting', attempts = 0, run_at = now(), locked_at = NULL, request_id = excluded.request_id, updated_at = now()
    WHERE j.state IN ('done', 'failed');
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION portal.begin_job_again FROM PUBLIC;

-- A shadow run that broke; false where it did not, or is somebody else's.
CREATE FUNCTION portal.run_shadow_again(p_proposal uuid, p_request uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('proposal_retry/w');
BEGIN
  UPDATE portal.rule_proposals SET state = 'shadow_waiting', updated_at = now()
   WHERE id = p_proposal AND state = 'shadow_failed' AND proposed_by = v_me;
  RETURN FOUND AND portal.begin_job_again('shadow_run', p_proposal, p_request);
END $$;

-- A run over the past that failed; false where it did not.
CREATE FUNCTION portal.run_rules_again(p_rerun uuid, p_request uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.me('rule_rerun/w');
  UPDATE portal.rule_reruns SET state = 'waiting', finished_at = NULL, updated_at = now() WHERE id = p_rerun AND state = 'failed';
  RETURN FOUND AND portal.begin_job_again('rule_rerun', p_rerun, p_request);
END $$;
REVOKE ALL ON FUNCTION portal.run_shadow_again, portal.run_rules_again FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.run_shadow_again, portal.run_rules_again TO portal_app;
RESET ROLE;
