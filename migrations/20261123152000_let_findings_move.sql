-- A finding moves by events alone: who appends one says what was done, and a trigger does it, or refuses with the reason. The
-- application has no grant to change a finding, so that no statement of its own skips a state, forgets the history, or puts
-- somebody else's name to it.
SET ROLE portal_owner;

ALTER TABLE portal.findings ADD COLUMN root_cause text CONSTRAINT findings_root_cause_check CHECK (length(root_cause) BETWEEN 1 AND 4000);

-- A case that turned out not to belong is unlinked and stays on record: whom it is about still does not see the finding, whose
-- comments may speak of them.
ALTER TABLE portal.finding_cases
  ADD COLUMN unlinked_at timestamptz,
  ADD COLUMN unlinked_by uuid REFERENCES portal.people,
  ADD CONSTRAINT finding_cases_unlinked_whole CHECK ((unlinked_at IS NULL) = (unlinked_by IS NULL));

-- Evidence is of one case: a row that two of them hold stays when one is unlinked.
ALTER TABLE portal.finding_evidence DROP CONSTRAINT finding_evidence_pkey,
  ADD CONSTRAINT finding_evidence_pkey PRIMARY KEY (finding_id, access_id, case_id);

ALTER TABLE portal.finding_events
  ADD COLUMN from_status text,
  ADD COLUMN assignee_id uuid REFERENCES portal.people,
  ADD COLUMN was_assigned_to uuid REFERENCES portal.people,
  ADD COLUMN case_id uuid REFERENCES portal.review_cases,
  ADD COLUMN note text CONSTRAINT finding_events_note_check CHECK (length(note) BETWEEN 1 AND 500),
  DROP CONSTRAINT finding_events_kind_check;
ALTER TABLE portal.finding_events
  ADD CONSTRAINT finding_events_kind_check
    CHECK (kind IN ('opened', 'status_changed', 'status_undone', 'assigned', 'edited', 'case_linked', 'case_unlinked')),
  ADD CONSTRAINT finding_events_from_whole CHECK ((kind = 'opened') = (from_status IS NULL)),
  ADD CONSTRAINT finding_events_assignee_whole
    CHECK ((kind = 'assigned') = (assignee_id IS NOT NULL) AND (kind = 'assigned') = (was_assigned_to IS NOT NULL)),
  ADD CONSTRAINT finding_events_case_whole CHECK ((kind IN ('case_linked', 'case_unlinked')) = (case_id IS NOT NULL));

-- What a finding said, by the event since which it does. The present one is in the finding itself too.
CREATE TABLE portal.finding_versions (
  finding_id uuid NOT NULL REFERENCES portal.findings,
  seq        integer NOT NULL,
  title      text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  severity   text NOT NULL CONSTRAINT finding_versions_severity_check CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  due_date   date NOT NULL,
  details    text CHECK (length(details) BETWEEN 1 AND 4000),
  root_cause text CHECK (length(root_cause) BETWEEN 1 AND 4000),
  PRIMARY KEY (finding_id, seq),
  CONSTRAINT finding_versions_event FOREIGN KEY (finding_id, seq) REFERENCES portal.finding_events DEFERRABLE INITIALLY DEFERRED
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.finding_versions
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- What people say beside it: a comment of the office, or evidence of whoever was asked to follow up. Nobody's form goes stale
-- because somebody said something, so that these are no events.
CREATE TABLE portal.finding_comments (
  id         uuid PRIMARY KEY,
  finding_id uuid NOT NULL REFERENCES portal.findings,
  kind       text NOT NULL CONSTRAINT finding_comments_kind_check CHECK (kind IN ('comment', 'evidence')),
  author_id  uuid NOT NULL REFERENCES portal.people,
  at         timestamptz NOT NULL DEFAULT now(),
  body       text NOT NULL CONSTRAINT finding_comments_body_check CHECK (length(body) BETWEEN 1 AND 2000)
);
CREATE INDEX finding_comments_finding ON portal.finding_comments (finding_id, at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.finding_comments
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- The steps of a finding. The code says the same, and a test holds them equal. No step leads to an end: that takes an approval.
CREATE FUNCTION portal.finding_may_move(p_from text, p_to text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT (p_from, p_to) IN (('open', 'investigating'), ('reopened', 'investigating'), ('investigating', 'action_planned'),
    ('action_planned', 'action_in_progress'), ('action_in_progress', 'ready_for_review'), ('ready_for_review', 'investigating'))
$$;

-- Who may have a finding of this place: whoever sees it by their role, and a workforce member with an account, who sees what
-- is assigned to them.
CREATE FUNCTION portal.may_hold_finding(p_person uuid, p_facility uuid, p_creator uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM portal.people p
     WHERE p.id = p_person AND p.active AND p.username IS NOT NULL
       AND (p.role IN ('manager', 'field_staff')
            OR (p.role = 'coordinator'
                AND (p.all_facilities OR (p_facility IS NULL AND p.id = p_creator)
                     OR EXISTS (SELECT 1 FROM portal.person_facilities f WHERE f.person_id = p.id AND f.facility_id = p_facility)))));
END $$;
-- Of these cases, does any keep this person from the finding? Whom it is about, their supervisor's and household's cases; and, for
-- the office, a colleague's, about which they would decide nothing.
CREATE FUNCTION portal.is_near_to_cases(p_person uuid, p_cases uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM portal.review_cases c
      JOIN portal.people p ON p.id = p_person
     CROSS JOIN LATERAL (SELECT portal.relation_in_the_way(p.id, c.person_id, c.local_day) AS relation) r
     WHERE c.id = ANY (p_cases) AND r.relation IS NOT NULL AND NOT (r.relation = 'department' AND p.role = 'field_staff'));
END $$;
CREATE FUNCTION portal.may_work_on_finding(p_person uuid, p_finding uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = p_finding AND portal.may_hold_finding(p_person, f.facility_id, f.created_by))
    AND NOT portal.finding_is_about_(p_finding, p_person)
    AND NOT portal.is_near_to_cases(p_person, (SELECT coalesce(array_agg(fc.case_id), '{}') FROM portal.finding_cases fc
                                                WHERE fc.finding_id = p_finding AND fc.unlinked_at IS NULL));
END $$;

-- Whether whoever holds the ticket of this read sees a finding, for functions that pass the policies by.
CREATE FUNCTION portal.reader_sees_finding(p_finding uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets;
BEGIN
  PERFORM audit.ok('finding/r');
  t := audit.reading();
  RETURN EXISTS (SELECT 1 FROM portal.findings f
                  WHERE f.id = p_finding AND f.created_at >= t.since AND f.created_at < t.until
                    AND (t.sees_all OR f.facility_id = ANY (t.facilities) OR f.assigned_to = t.actor_id
                         OR (f.facility_id IS NULL AND f.created_by = t.actor_id))
                    AND NOT portal.finding_is_about_(f.id, t.actor_id));
END $$;

-- Whom a finding can be given to: the office, then the people who work at its place; or, asked by number, whoever has it.
CREATE FUNCTION portal.finding_candidates(p_finding uuid, p_number text)
RETURNS TABLE (person_id uuid, full_name text, office boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_finding portal.findings;
BEGIN
  IF NOT audit.directory('finding/r') OR NOT portal.reader_sees_finding(p_finding) THEN RETURN; END IF;
  SELECT f.* INTO v_finding FROM portal.findings f WHERE f.id = p_finding;
  RETURN QUERY
  WITH named AS (
    SELECT p.id, p.full_name, p.role <> 'field_staff' AS office FROM portal.people p
     WHERE p_number IS NULL AND p.active AND p.role IN ('manager', 'coordinator')
    UNION ALL
    (SELECT p.id, p.full_name, false FROM portal.people p
      WHERE p_number IS NULL AND p.active AND p.role = 'field_staff' AND p.username IS NOT NULL
        AND EXISTS (SELECT 1 FROM portal.employment_periods e
                     WHERE e.person_id = p.id AND e.superseded_at IS NULL AND e.facility_id = v_finding.facility_id
                       AND daterange(e.starts_on, e.ends_on, '[]') @> portal.today())
      ORDER BY p.full_name, p.id LIMIT 100)
    UNION ALL
    SELECT p.id, p.full_name, p.role <> 'field_staff' FROM portal.people p WHERE p.employee_number = p_number)
  SELECT n.id, n.full_name, n.office FROM named n WHERE portal.may_work_on_finding(n.id, p_finding)
   ORDER BY n.office DESC, lower(n.full_name), n.id;
END $$;

-- Who of the office may own a finding that is opened from these cases.
CREATE FUNCTION portal.finding_owners(p_facility uuid, p_cases uuid[]) RETURNS TABLE (person_id uuid, full_name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('finding/r');
BEGIN
  IF NOT audit.directory('finding/r') THEN RETURN; END IF;
  RETURN QUERY
  SELECT p.id, p.full_name FROM portal.people p
   WHERE p.active AND p.role IN ('manager', 'coordinator') AND portal.may_hold_finding(p.id, p_facility, v_me)
     AND NOT portal.is_near_to_cases(p.id, p_cases)
   ORDER BY lower(p.full_name), p.id;
END $$;

-- What is in the way of somebody who sees a finding and would change it: it is about a colleague.
CREATE FUNCTION portal.conflict_in_finding(p_cover text, p_finding uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me(p_cover);
BEGIN
  RETURN (SELECT r.relation FROM portal.finding_cases fc
            JOIN portal.review_cases c ON c.id = fc.case_id
           CROSS JOIN LATERAL (SELECT portal.relation_in_the_way(v_me, c.person_id, c.local_day) AS relation) r
           WHERE fc.finding_id = p_finding AND fc.unlinked_at IS NULL AND r.relation IS NOT NULL
           ORDER BY array_position(ARRAY['oneself', 'supervisor', 'household', 'department'], r.relation) LIMIT 1);
END $$;

-- What an event does to its finding. It runs after the policies have let the event in.
CREATE FUNCTION portal.move_finding() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_finding portal.findings;
  v_last    portal.finding_events;
  v_content portal.finding_versions;
BEGIN
  SELECT f.* INTO STRICT v_finding FROM portal.findings f WHERE f.id = NEW.finding_id FOR UPDATE;
  IF NEW.kind = 'opened' THEN
    IF NEW.seq <> 1 OR v_finding.version <> 1 THEN
      RAISE EXCEPTION 'a finding is opened once' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
    END IF;
    INSERT INTO portal.finding_versions (finding_id, seq, title, severity, due_date, details, root_cause)
    VALUES (v_finding.id, 1, v_finding.title, v_finding.severity, v_finding.due_date, nullif(v_finding.details, ''), v_finding.root_cause);
    RETURN NULL;
  END IF;
  IF NEW.seq <> v_finding.version + 1 OR NEW.from_status <> v_finding.status THEN
    RAISE EXCEPTION 'a finding''s events follow each other' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
  ELSIF v_finding.status LIKE 'closed%' THEN
    RAISE EXCEPTION 'a closed finding does not change: opening it again takes an approval'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
  ELSIF NEW.to_status LIKE 'closed%' THEN
    RAISE EXCEPTION 'closing a finding takes an approval by somebody who did not work on it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
  ELSIF NEW.kind = 'status_changed' AND NOT portal.finding_may_move(v_finding.status, NEW.to_status) THEN
    RAISE EXCEPTION 'a finding does not go from % to %', v_finding.status, NEW.to_status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
  ELSIF NEW.kind NOT IN ('status_changed', 'status_undone') AND NEW.to_status <> v_finding.status THEN
    RAISE EXCEPTION 'only a move changes the status' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
  END IF;
  IF NEW.kind = 'status_undone' THEN
    SELECT e.* INTO v_last FROM portal.finding_events e WHERE e.finding_id = NEW.finding_id AND e.seq = v_finding.version;
    IF v_last.kind IS DISTINCT FROM 'status_changed' OR NEW.to_status <> v_last.from_status THEN
      RAISE EXCEPTION 'only the last move is taken back' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
    END IF;
  ELSIF NEW.kind = 'assigned' THEN
    IF NEW.was_assigned_to <> v_finding.assigned_to OR NEW.assignee_id = v_finding.assigned_to
       OR NOT portal.may_work_on_finding(NEW.assignee_id, NEW.finding_id) THEN
      RAISE EXCEPTION 'nobody owns a finding whom it is kept from' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_owner';
    END IF;
  ELSIF NEW.kind = 'edited' THEN
    SELECT v.* INTO v_content FROM portal.finding_versions v WHERE v.finding_id = NEW.finding_id AND v.seq = NEW.seq;
    IF NOT FOUND OR (v_content.title, v_content.severity, v_content.due_date, v_content.details, v_content.root_cause)
         IS NOT DISTINCT FROM
         (v_finding.title, v_finding.severity, v_finding.due_date, v_finding.details, v_finding.root_cause) THEN
      RAISE EXCEPTION 'an edit says something new' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_order';
    ELSIF v_content.due_date > v_finding.due_date AND NEW.note IS NULL THEN
      RAISE EXCEPTION 'a later due date has a reason' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_due';
    END IF;
  ELSIF NEW.kind = 'case_linked' THEN
    INSERT INTO portal.finding_cases AS fc (finding_id, case_id, linked_by) VALUES (NEW.finding_id, NEW.case_id, NEW.actor_id)
    ON CONFLICT (finding_id, case_id) DO UPDATE SET linked_by = excluded.linked_by, linked_at = now(), unlinked_at = NULL, unlinked_by = NULL
      WHERE fc.unlinked_at IS NOT NULL;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'this case is linked already' USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_cases_order';
    ELSIF portal.is_near_to_cases(v_finding.assigned_to, ARRAY[NEW.case_id]) THEN
      RAISE EXCEPTION 'nobody owns a finding whom it is kept from' USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_owner';
    END IF;
  ELSIF NEW.kind = 'case_unlinked' THEN
    UPDATE portal.finding_cases fc SET unlinked_at = now(), unlinked_by = NEW.actor_id
     WHERE fc.finding_id = NEW.finding_id AND fc.case_id = NEW.case_id AND fc.unlinked_at IS NULL
       AND EXISTS (SELECT 1 FROM portal.finding_cases o WHERE o.finding_id = NEW.finding_id AND o.case_id <> NEW.case_id AND o.unlinked_at IS NULL);
    IF NOT FOUND THEN
      RAISE EXCEPTION 'a finding keeps a case that it is about' USING ERRCODE = 'check_violation', CONSTRAINT = 'finding_cases_order';
    END IF;
  END IF;
  UPDATE portal.findings f
     SET status = NEW.to_status, version = NEW.seq, updated_at = now(),
         assigned_to = CASE NEW.kind WHEN 'assigned' THEN NEW.assignee_id ELSE f.assigned_to END,
         title = CASE NEW.kind WHEN 'edited' THEN v_content.title ELSE f.title END,
         severity = CASE NEW.kind WHEN 'edited' THEN v_content.severity ELSE f.severity END,
         due_date = CASE NEW.kind WHEN 'edited' THEN v_content.due_date ELSE f.due_date END,
         details = CASE NEW.kind WHEN 'edited' THEN v_content.details ELSE f.details END,
         root_cause = CASE NEW.kind WHEN 'edited' THEN v_content.root_cause ELSE f.root_cause END
   WHERE f.id = NEW.finding_id;
  RETURN NULL;
END $$;
CREATE TRIGGER move_finding AFTER INSERT ON portal.finding_events FOR EACH ROW EXECUTE FUNCTION portal.move_finding();
REVOKE ALL ON FUNCTION portal.finding_may_move, portal.may_hold_finding, portal.is_near_to_cases, portal.may_work_on_finding,
  portal.reader_sees_finding, portal.finding_candidates, portal.finding_owners, portal.conflict_in_finding, portal.move_finding FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.finding_candidates, portal.finding_owners, portal.conflict_in_finding TO portal_app;

-- The gates: each act has a key of its own, so that whoever adds evidence moves nothing, and whoever moves links nothing.
DROP POLICY gate_insert ON portal.finding_events;
DROP POLICY scope_insert ON portal.finding_events;
DROP POLICY gate_insert ON portal.finding_evidence;
DROP POLICY scope_insert ON portal.finding_evidence;
CREATE POLICY gate_insert ON portal.finding_events AS RESTRICTIVE FOR INSERT TO portal_app, portal_worker
  WITH CHECK ((SELECT audit.ok('finding_event/a')));
CREATE POLICY act ON portal.finding_events AS RESTRICTIVE FOR INSERT TO portal_app
  WITH CHECK (CASE kind WHEN 'opened' THEN (SELECT audit.ok('finding/a'))
                        WHEN 'status_changed' THEN (SELECT audit.ok('finding_status/w'))
                        WHEN 'status_undone' THEN (SELECT audit.ok('finding_status/w'))
                        WHEN 'assigned' THEN (SELECT audit.ok('finding_owner/w'))
                        WHEN 'edited' THEN (SELECT audit.ok('finding_content/a'))
                        WHEN 'case_linked' THEN (SELECT audit.ok('finding_case/a'))
                        WHEN 'case_unlinked' THEN (SELECT audit.ok('finding_case/d'))
                        ELSE false END);
CREATE POLICY scope_insert ON portal.finding_events FOR INSERT TO portal_app
  WITH CHECK (actor_id = (SELECT audit.me('finding_event/a'))
              AND EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id));
CREATE POLICY no_conflict ON portal.finding_events AS RESTRICTIVE FOR INSERT TO portal_app
  WITH CHECK (portal.conflict_in_finding('finding_event/a', finding_id) IS NULL);
-- one links, and unlinks, what one sees and stands near to nobody in
CREATE POLICY no_conflict_in_case ON portal.finding_events AS RESTRICTIVE FOR INSERT TO portal_app
  WITH CHECK (case_id IS NULL OR (EXISTS (SELECT 1 FROM portal.review_cases c WHERE c.id = case_id)
                                  AND portal.conflict_in_case('finding_event/a', case_id) IS NULL));

CREATE POLICY gate_insert ON portal.finding_evidence AS RESTRICTIVE FOR INSERT TO portal_app, portal_worker
  WITH CHECK ((SELECT audit.ok('finding_evidence/a')));
-- what a finding relies on is what the log says, of a case that is linked to it
CREATE POLICY scope_insert ON portal.finding_evidence FOR INSERT TO portal_app
  WITH CHECK (EXISTS (SELECT 1 FROM portal.finding_cases fc WHERE fc.finding_id = finding_evidence.finding_id
                         AND fc.case_id = finding_evidence.case_id AND fc.unlinked_at IS NULL));

-- Of a finding of one place, whoever sees it by that place sees what happened there; whose it is sees the whole.
CREATE POLICY in_place ON portal.finding_evidence AS RESTRICTIVE FOR SELECT TO portal_app
  USING ((SELECT audit.sees_all('finding/r')) OR facility_id IS NULL OR facility_id = ANY ((SELECT audit.facilities('finding/r'))::uuid[])
         OR EXISTS (SELECT 1 FROM portal.findings f
                     WHERE f.id = finding_id AND (f.facility_id IS NULL OR f.assigned_to = (SELECT audit.me('finding/r')))));

-- A finding begins open.
CREATE POLICY begins_open ON portal.findings AS RESTRICTIVE FOR INSERT TO portal_app
  WITH CHECK (status = 'open' AND version = 1 AND root_cause IS NULL AND discovered_on IS NULL);

SELECT audit.put_gate_before('portal.finding_versions', 'finding');
SELECT audit.put_gate_before('portal.finding_comments', 'finding');
DROP POLICY gate_insert ON portal.finding_versions;
DROP POLICY gate_insert ON portal.finding_comments;
CREATE POLICY gate_insert ON portal.finding_versions AS RESTRICTIVE FOR INSERT TO portal_app, portal_worker
  WITH CHECK ((SELECT audit.ok('finding_content/a')));
CREATE POLICY gate_insert ON portal.finding_comments AS RESTRICTIVE FOR INSERT TO portal_app, portal_worker
  WITH CHECK (CASE kind WHEN 'comment' THEN (SELECT audit.ok('finding_comment/a')) ELSE (SELECT audit.ok('finding_note/a')) END);
CREATE POLICY worker ON portal.finding_versions TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON portal.finding_comments TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY scope_select ON portal.finding_versions FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id));
CREATE POLICY scope_insert ON portal.finding_versions FOR INSERT TO portal_app
  WITH CHECK (EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id));
CREATE POLICY scope_select ON portal.finding_comments FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id));
CREATE POLICY scope_insert ON portal.finding_comments FOR INSERT TO portal_app
  WITH CHECK (author_id = (SELECT CASE kind WHEN 'comment' THEN audit.me('finding_comment/a') ELSE audit.me('finding_note/a') END)
              AND EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id));

-- When something was done is the database's to say.
REVOKE INSERT ON portal.finding_events FROM portal_app;
GRANT INSERT (finding_id, seq, kind, actor_id, from_status, to_status, assignee_id, was_assigned_to, case_id, note)
  ON portal.finding_events TO portal_app;
GRANT SELECT ON portal.finding_versions, portal.finding_comments TO portal_app;
GRANT INSERT ON portal.finding_versions TO portal_app;
GRANT INSERT (id, finding_id, kind, author_id, body) ON portal.finding_comments TO portal_app;

-- A case's history says when it left a finding. Words are added to what stands there: other migrations have words of their own.
DO $$
DECLARE
  v_words text;
BEGIN
  SELECT string_agg(DISTINCT quote_literal(m), ', ') INTO v_words
    FROM (SELECT (regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g'))[1] AS m
            FROM pg_constraint c WHERE c.conrelid = 'portal.review_events'::regclass AND c.conname = 'review_events_kind_check'
          UNION SELECT 'finding_unlinked') every;
  EXECUTE format('ALTER TABLE portal.review_events DROP CONSTRAINT review_events_kind_check, ADD CONSTRAINT review_events_kind_check CHECK (kind IN (%s))',
                 v_words);
END $$;

-- The first version of what there is already.
INSERT INTO portal.finding_versions (finding_id, seq, title, severity, due_date, details, root_cause)
SELECT f.id, 1, f.title, f.severity, f.due_date, nullif(f.details, ''), f.root_cause FROM portal.findings f
  JOIN portal.finding_events e ON e.finding_id = f.id AND e.seq = 1;
RESET ROLE;
