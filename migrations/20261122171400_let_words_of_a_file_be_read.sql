-- A person may have two positions in one file, of which one counts, and a file may have words of its own for facilities and
-- departments. What somebody says such a word means is kept for the source's next files; the newest meaning holds.
SET ROLE portal_owner;
ALTER TABLE portal.roster_items ADD COLUMN secondary boolean NOT NULL DEFAULT false,
  ADD COLUMN department_id uuid REFERENCES portal.departments;
ALTER TABLE portal.roster_items DROP CONSTRAINT roster_items_change_check;
ALTER TABLE portal.roster_items ADD CONSTRAINT roster_items_change_check CHECK (change IN ('added', 'moved', 'on_leave', 'returned',
  'terminated', 'rehired', 'renamed', 'unchanged', 'missing', 'problem', 'other_position'));

CREATE TABLE portal.roster_words (
  id            uuid PRIMARY KEY,
  source_id     uuid NOT NULL REFERENCES portal.sources,
  -- in lower case, as words are compared
  word          text NOT NULL CHECK (word <> '' AND length(word) <= 400 AND word = lower(word)),
  facility_id   uuid NOT NULL REFERENCES portal.facilities,
  -- null: the word is a facility's; else that of a department of this facility
  department_id uuid,
  entered_by    uuid NOT NULL REFERENCES portal.people,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT roster_words_department_of_facility FOREIGN KEY (department_id, facility_id) REFERENCES portal.departments (id, facility_id)
);
CREATE INDEX roster_words_source ON portal.roster_words (source_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.roster_words FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
SELECT audit.put_gate_before('portal.roster_words', 'roster_word');
CREATE POLICY worker ON portal.roster_words TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY everyone ON portal.roster_words FOR SELECT TO portal_app USING (true);
CREATE POLICY scope_insert ON portal.roster_words FOR INSERT TO portal_app
  WITH CHECK (entered_by = (SELECT audit.me('roster_word/a'))
              AND ((SELECT audit.sees_all('roster_word/a')) OR facility_id = ANY ((SELECT audit.facilities('roster_word/a'))::uuid[])));
GRANT SELECT, INSERT (id, source_id, word, facility_id, department_id, entered_by) ON portal.roster_words TO portal_app;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES ('roster.word.create', 'roster', false, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('roster.form.read', 'roster_word/r'),
  ('roster.read', 'roster_word/r'),
  ('roster.word.create', 'roster_word/a'),
  ('roster.word.create', 'roster/a'),
  ('roster.word.create', 'roster/w'),
  ('roster.word.create', 'roster/d');
INSERT INTO audit.role_action (role, action) VALUES
  ('coordinator', 'roster.word.create'),
  ('manager', 'roster.word.create'),
  ('admin', 'roster.word.create');
