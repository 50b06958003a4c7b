-- What somebody said a roster's word means may turn out to be nothing we have: then the word has no meaning again, and is asked
-- anew. What was said stays recorded; of a word with several lines the newest one holds, and this may be that one. It names the
-- facility, and the department, that the word meant until then, so that whoever may say a word is who may take it back.
SET ROLE portal_owner;
ALTER TABLE portal.roster_words ADD COLUMN taken_back boolean NOT NULL DEFAULT false;
GRANT INSERT (taken_back) ON portal.roster_words TO portal_app;
RESET ROLE;
