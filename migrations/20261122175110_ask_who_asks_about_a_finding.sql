-- Whether a finding is about somebody was answered to anybody who asked. Now it is answered under an event that opens
-- findings, and about the person of that event: which is what the policy asks. The frame asks the twin, which nobody else can.
SET ROLE portal_owner;
CREATE FUNCTION portal.finding_is_about_(p_finding uuid, p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.finding_cases fc JOIN portal.review_cases c ON c.id = fc.case_id
                  WHERE fc.finding_id = p_finding AND c.person_id = p_person);
END $$;
REVOKE ALL ON FUNCTION portal.finding_is_about_ FROM PUBLIC;

CREATE OR REPLACE FUNCTION portal.finding_is_about(p_finding uuid, p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_person IS DISTINCT FROM audit.me('finding/r') THEN
    RAISE EXCEPTION 'the audit event of this transaction is somebody else''s' USING ERRCODE = 'HA002';
  END IF;
  RETURN portal.finding_is_about_(p_finding, p_person);
END $$;

-- The rest of the function stays whatever it is by now.
DO $$
DECLARE
  v_old text := pg_get_functiondef('portal.frame'::regproc);
  v_new text := replace(v_old, 'portal.finding_is_about(', 'portal.finding_is_about_(');
BEGIN
  IF v_new = v_old THEN RAISE EXCEPTION 'portal.frame() does not leave out findings as expected'; END IF;
  EXECUTE v_new;
END $$;
RESET ROLE;
