-- What is usual is counted from access rows, which name logins and patients that are there and are never deleted. Looking each
-- of them up once more for every patient and day took half the time of the longest step of a pass.
SET ROLE portal_owner;
ALTER TABLE portal.login_patient_days
  DROP CONSTRAINT login_patient_days_login_id_fkey,
  DROP CONSTRAINT login_patient_days_patient_id_fkey;

-- A rule that found a few days of logins looks for their rows; without this it read all of the pass for each of them.
CREATE INDEX rule_work_login_day ON portal.rule_work (pass_id, login_id, local_day);
DROP INDEX portal.rule_work_pass;
RESET ROLE;
