-- A person stands to few people as supervisor, household or colleague. Nobody had told the planner: it expected a thousand, and
-- read every case once for each policy that asks whom the reader is kept from.
SET ROLE portal_owner;
ALTER FUNCTION portal.people_kept_from(uuid) ROWS 5;
ALTER FUNCTION portal.cases_kept_from_person(uuid) ROWS 10;
ALTER FUNCTION portal.cases_kept_from(text) ROWS 10;
ALTER FUNCTION portal.accesses_kept_from(text) ROWS 50;
RESET ROLE;
