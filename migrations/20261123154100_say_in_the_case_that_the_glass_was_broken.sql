-- A tab of the queue counts the open cases whose glass was broken without a reason. Asked flag by flag, that was half of what
-- the page cost; a case says it itself now, as it says its risk.
SET ROLE portal_owner;
ALTER TABLE portal.review_cases ADD COLUMN glass_broken boolean NOT NULL DEFAULT false;
UPDATE portal.review_cases c SET glass_broken = true
 WHERE EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = c.id AND f.rule_code = 'break_glass_no_reason' AND f.superseded_at IS NULL);
RESET ROLE;
