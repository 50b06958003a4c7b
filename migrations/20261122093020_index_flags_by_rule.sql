-- "Every row that this rule flagged" starts from the rule.
SET ROLE portal_owner;
CREATE INDEX access_flags_rule ON portal.access_flags (rule_code, access_id);
RESET ROLE;
