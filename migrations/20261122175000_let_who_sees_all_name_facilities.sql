-- What a source's word for a facility means holds for everybody's next files of that source, so whoever sees every facility says
-- it. What it means for a department stays with whoever has the facility.
SET ROLE portal_owner;
DROP POLICY scope_insert ON portal.roster_words;
CREATE POLICY scope_insert ON portal.roster_words FOR INSERT TO portal_app
  WITH CHECK (entered_by = (SELECT audit.me('roster_word/a'))
              AND ((SELECT audit.sees_all('roster_word/a'))
                   OR (department_id IS NOT NULL AND facility_id = ANY ((SELECT audit.facilities('roster_word/a'))::uuid[]))));
RESET ROLE;
