-- Rows that the rules took from a case because their import was withdrawn bring it back to the queue when they count again.
SET ROLE portal_owner;
GRANT SELECT ON portal.past_case_rows TO portal_worker;
RESET ROLE;
