-- Asking, withdrawing, approving and refusing were one permission to write a proposal; now each is its own, and the times
-- are set here, not by whoever asks.
INSERT INTO audit.action_covers (action, cover) VALUES
  ('rule.proposal.request', 'proposal_request/w'),
  ('rule.proposal.withdraw', 'proposal_withdraw/w'),
  ('rule.proposal.approve', 'proposal_approve/w'),
  ('rule.proposal.refuse', 'proposal_refuse/w');

SET ROLE portal_owner;
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
       ('shadow_waiting', 'withdrawn'), ('shadow_running', 'withdrawn'), ('shadow_failed', 'withdrawn'), ('shadow_done', 'withdrawn'),
       ('requested', 'withdrawn')) THEN
    RAISE EXCEPTION 'a proposal does not go from % to %', OLD.state, NEW.state
      USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_proposals_order';
  END IF;
  IF session_user = 'portal_app' THEN
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
RESET ROLE;
