-- What somebody selected to act on in bulk: the cases and the version at which each was seen, frozen when they were selected,
-- so that what is confirmed is exactly what changes. It belongs to who selected, holds what was typed for all of them until
-- it is done with, and goes a day later. What the act did to which case stays: that decisions were made in one go is evidence.
SET ROLE portal_owner;

CREATE TABLE portal.case_selections (
  id          uuid PRIMARY KEY,
  person_id   uuid NOT NULL REFERENCES portal.people,
  case_ids    uuid[] NOT NULL CHECK (cardinality(case_ids) BETWEEN 1 AND 500),
  versions    integer[] NOT NULL,
  -- the queue it was selected in, with its filters: where the way leads back
  back        text NOT NULL CHECK (length(back) <= 2000),
  -- more cases matched than a selection holds
  cut_off     boolean NOT NULL,
  act         text CHECK (act IN ('decide', 'assign')),
  disposition text NOT NULL DEFAULT '' CHECK (length(disposition) <= 40),
  reason_code text NOT NULL DEFAULT '' CHECK (length(reason_code) <= 40),
  note        text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
  assignee_id uuid REFERENCES portal.people,
  created_at  timestamptz NOT NULL DEFAULT now(),
  ran_at      timestamptz,
  CHECK (cardinality(case_ids) = cardinality(versions)),
  CHECK ((act IS NULL) = (ran_at IS NULL))
);
CREATE INDEX case_selections_age ON portal.case_selections (created_at);
SELECT audit.put_gate_before('portal.case_selections', 'case_selection');
CREATE POLICY scope_select ON portal.case_selections FOR SELECT TO portal_app
  USING (person_id = (SELECT audit.me('case_selection/r')));
CREATE POLICY scope_insert ON portal.case_selections FOR INSERT TO portal_app
  WITH CHECK (person_id = (SELECT audit.me('case_selection/a')) AND ran_at IS NULL);
CREATE POLICY scope_update ON portal.case_selections FOR UPDATE TO portal_app
  USING (person_id = (SELECT audit.me('case_selection/w')));
GRANT SELECT, INSERT ON portal.case_selections TO portal_app;
GRANT UPDATE (act, disposition, reason_code, note, assignee_id, ran_at) ON portal.case_selections TO portal_app;

-- Which lines of which cases' histories were one act. It opens and closes with those lines.
CREATE TABLE portal.selection_acts (
  selection_id uuid NOT NULL,
  case_id      uuid NOT NULL,
  seq          integer NOT NULL,
  PRIMARY KEY (selection_id, case_id, seq),
  FOREIGN KEY (case_id, seq) REFERENCES portal.review_events (case_id, seq)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.selection_acts
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
SELECT audit.put_gate_before('portal.selection_acts', 'review_event');
-- ids and numbers only; asking for each whether its case is seen would read every case
CREATE POLICY everyone ON portal.selection_acts FOR SELECT TO portal_app USING (true);
CREATE POLICY scope_insert ON portal.selection_acts FOR INSERT TO portal_app
  WITH CHECK (portal.conflict_in_case('review_event/a', case_id) IS NULL);
GRANT SELECT, INSERT ON portal.selection_acts TO portal_app;

-- Old selections go, with what was typed into them. Says whether there was any, so that nothing done leaves no event.
CREATE FUNCTION portal.purge_case_selections() RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('case_selection/d');
  DELETE FROM portal.case_selections s WHERE s.created_at <= now() - interval '1 day';
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION portal.purge_case_selections FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.purge_case_selections TO portal_worker;
RESET ROLE;
