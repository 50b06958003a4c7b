-- A case offers the reason that its reader gave last for its kind. Asked through the policies, the history's own question (may
-- this person see the event's case?) read every case there is; the answer is about the reader's own decisions alone, so it
-- walks back through those.
SET ROLE portal_owner;
CREATE INDEX review_events_decisions ON portal.review_events (actor_id, at DESC) WHERE kind = 'decided';

CREATE FUNCTION portal.my_last_reason(p_rules text[]) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('review_event/r');
BEGIN
  RETURN (SELECT e.reason_code
            FROM (SELECT d.case_id, d.reason_code, d.at FROM portal.review_events d
                   WHERE d.actor_id = v_me AND d.kind = 'decided' AND d.disposition = 'appropriate'
                   ORDER BY d.at DESC LIMIT 50) e
           WHERE EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = e.case_id AND f.rule_code = ANY (p_rules))
           ORDER BY e.at DESC LIMIT 1);
END $$;
REVOKE ALL ON FUNCTION portal.my_last_reason FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.my_last_reason TO portal_app;
RESET ROLE;
