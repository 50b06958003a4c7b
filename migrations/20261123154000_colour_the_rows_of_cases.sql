-- Context only colours a case that is there: raised on every row it would be nine of ten flags, and the most part of what an
-- import costs. The rows that are in a case are marked when the signals have made theirs.
SET ROLE portal_owner;

ALTER TABLE portal.rule_work ADD COLUMN in_case boolean NOT NULL DEFAULT false;

CREATE FUNCTION portal.mark_rows_of_cases(p_pass uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('rule_work/a');
  UPDATE portal.rule_work w SET in_case = true
   WHERE w.pass_id = p_pass
     AND w.access_id IN (SELECT cr.access_id FROM portal.rule_work_cases k JOIN portal.case_rows cr ON cr.case_id = k.case_id
                          WHERE k.pass_id = p_pass);
END $$;
REVOKE ALL ON FUNCTION portal.mark_rows_of_cases FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.mark_rows_of_cases TO portal_worker;

-- What somebody flags by hand makes a case that no pass has coloured: the rules look at that day again.
ALTER TABLE portal.rule_reruns DROP CONSTRAINT rule_reruns_cause_check;
ALTER TABLE portal.rule_reruns ADD CONSTRAINT rule_reruns_cause_check CHECK (cause IN ('login_matched', 'employment_changed',
  'agreement_changed', 'rule_changed', 'batch_withdrawn', 'patient_watched', 'person_changed', 'flagged_by_hand'));

RESET ROLE;

INSERT INTO audit.action_covers (action, cover) VALUES ('access_log.flag.create', 'rule_rerun/a');
