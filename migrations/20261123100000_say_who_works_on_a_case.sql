-- Who works on a case, and who may: somebody who decides cases, in whose facilities it lies, and who stands near to nobody
-- it is about. An assignment says in the case's history whose it became and whose it was, so that it can be taken back.
SET ROLE portal_owner;

ALTER TABLE portal.review_events ADD COLUMN assignee_id uuid REFERENCES portal.people,
  ADD COLUMN was_assigned_to uuid REFERENCES portal.people,
  ADD CONSTRAINT review_events_assignee_is_of_an_assignment
    CHECK (kind = 'assigned' OR (assignee_id IS NULL AND was_assigned_to IS NULL));
CREATE INDEX review_cases_assigned ON portal.review_cases (assigned_to, risk_rank DESC, first_action_at, id)
  WHERE assigned_to IS NOT NULL;

CREATE FUNCTION portal.may_review(p_person uuid, p_facility uuid, p_owner uuid, p_about uuid, p_day date) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED COST 2000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
      SELECT 1 FROM portal.people p
        JOIN audit.role_action r ON r.role = p.role AND r.action = 'review_case.decide'
       WHERE p.id = p_person AND p.active AND p.username IS NOT NULL
         AND (p.role = 'manager' OR p.all_facilities OR (p_facility IS NULL AND p_owner = p.id)
              OR EXISTS (SELECT 1 FROM portal.person_facilities f WHERE f.person_id = p.id AND f.facility_id = p_facility)))
    AND portal.relation_to(p_person, p_about, p_day) IS NULL;
END $$;

-- Who may work on these cases, of those that the asker sees; asked about one person, or about everybody.
CREATE FUNCTION portal.reviewers_of(p_cases uuid[], p_person uuid) RETURNS TABLE (case_id uuid, person_id uuid, full_name text)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets;
BEGIN
  PERFORM audit.ok('review_case/r');
  t := audit.reading();
  RETURN QUERY
    SELECT c.id, p.id, p.full_name
      FROM portal.review_cases c
      JOIN portal.people p ON p.active AND p.username IS NOT NULL AND (p_person IS NULL OR p.id = p_person)
      JOIN audit.role_action r ON r.role = p.role AND r.action = 'review_case.decide'
     WHERE c.id = ANY (p_cases)
       AND (t.sees_all OR c.facility_id = ANY (t.facilities) OR (c.facility_id IS NULL AND c.owner_id = t.actor_id))
       AND c.first_action_at >= t.since AND c.first_action_at < t.until
       AND c.id NOT IN (SELECT portal.cases_kept_from_person(t.actor_id))
       AND portal.may_review(p.id, c.facility_id, c.owner_id, c.person_id, c.local_day)
     ORDER BY lower(p.full_name), p.id, c.id;
END $$;

-- The database takes no assignment to anybody else, whoever asks.
CREATE FUNCTION portal.refuse_assignee() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.assigned_to IS NOT NULL AND NEW.assigned_to IS DISTINCT FROM OLD.assigned_to
     AND NOT portal.may_review(NEW.assigned_to, NEW.facility_id, NEW.owner_id, NEW.person_id, NEW.local_day) THEN
    RAISE EXCEPTION 'nobody works on a case whom it is kept from' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER assignee_may_review BEFORE UPDATE OF assigned_to ON portal.review_cases
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_assignee();
REVOKE ALL ON FUNCTION portal.may_review, portal.reviewers_of, portal.refuse_assignee FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.reviewers_of TO portal_app;
RESET ROLE;
