-- Nobody sees flags on, or decides, accesses by themselves, their supervisors or their household; accesses from one's own
-- department are seen and left to somebody else. Who stands how to whom is said here, once; the policies and the pages ask.
SET ROLE portal_owner;

CREATE FUNCTION portal.today() RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (clock_timestamp() AT TIME ZONE coalesce((SELECT o.time_zone FROM portal.organisations o), 'UTC'))::date
$$;

-- Whose accesses a person may not even see, and from which days: a supervisor of today is one for every day, a past one for
-- the days of then. The way up follows periods that overlap, and passes nobody twice.
CREATE FUNCTION portal.people_kept_from(p_me uuid) RETURNS TABLE (person_id uuid, relation text, days daterange)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
  WITH RECURSIVE chain(above, during, passed) AS (
    SELECT e.supervisor_id, daterange(e.starts_on, e.ends_on, '[]'), ARRAY[p_me, e.supervisor_id]
      FROM portal.employment_periods e
     WHERE e.person_id = p_me AND e.superseded_at IS NULL AND e.supervisor_id IS NOT NULL AND e.supervisor_id <> p_me
    UNION ALL
    SELECT e.supervisor_id, c.during * daterange(e.starts_on, e.ends_on, '[]'), c.passed || e.supervisor_id
      FROM chain c
      JOIN portal.employment_periods e ON e.person_id = c.above AND e.superseded_at IS NULL AND e.supervisor_id IS NOT NULL
       AND daterange(e.starts_on, e.ends_on, '[]') && c.during
     WHERE NOT e.supervisor_id = ANY (c.passed))
  SELECT p_me, 'oneself', daterange(NULL, NULL)
  UNION ALL
  SELECT c.above, 'supervisor', CASE WHEN c.during @> portal.today() THEN daterange(NULL, NULL) ELSE c.during END FROM chain c
  UNION ALL
  SELECT p.id, 'household', daterange(NULL, NULL) FROM portal.people me
    JOIN portal.people p ON p.address_hash = me.address_hash AND p.id <> me.id
   WHERE me.id = p_me;
END $$;

-- The nearest of the relations between two people about a day, or NULL. A colleague is who shares the department today or
-- did on that day.
CREATE FUNCTION portal.relation_to(p_me uuid, p_person uuid, p_day date) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_relation text;
BEGIN
  IF p_person IS NULL OR p_me IS NULL THEN RETURN NULL; END IF;
  SELECT k.relation INTO v_relation FROM portal.people_kept_from(p_me) k
   WHERE k.person_id = p_person AND k.days @> p_day
   ORDER BY array_position(ARRAY['oneself', 'supervisor', 'household'], k.relation) LIMIT 1;
  IF v_relation IS NULL AND EXISTS (
    SELECT 1 FROM portal.employment_periods mine
      JOIN portal.employment_periods theirs ON theirs.department_id = mine.department_id
     WHERE mine.person_id = p_me AND mine.superseded_at IS NULL AND theirs.person_id = p_person AND theirs.superseded_at IS NULL
       AND daterange(mine.starts_on, mine.ends_on, '[]') * daterange(theirs.starts_on, theirs.ends_on, '[]') && 
           ANY (ARRAY[daterange(p_day, p_day, '[]'), daterange(portal.today(), portal.today(), '[]')])) THEN
    v_relation := 'department';
  END IF;
  RETURN v_relation;
END $$;

-- How the asker stands to the one whom a case is about.
CREATE FUNCTION portal.conflict_with(p_cover text, p_person uuid, p_day date) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN portal.relation_to(audit.me(p_cover), p_person, p_day);
END $$;
CREATE FUNCTION portal.conflict_in_case(p_cover text, p_case uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me(p_cover);
BEGIN
  RETURN (SELECT portal.relation_to(v_me, c.person_id, c.local_day) FROM portal.review_cases c WHERE c.id = p_case);
END $$;

-- The sets that the policies take out, each computed once a statement: few people, found by index. The ticket is this
-- backend's, so that no parallel worker may ask.
CREATE FUNCTION portal.cases_kept_from_person(p_me uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT c.id FROM portal.people_kept_from(p_me) k
    JOIN portal.review_cases c ON c.person_id = k.person_id AND k.days @> c.local_day;
END $$;
CREATE FUNCTION portal.cases_kept_from(p_cover text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT portal.cases_kept_from_person(audit.me(p_cover));
END $$;
CREATE FUNCTION portal.accesses_kept_from(p_cover text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me(p_cover);
BEGIN
  RETURN QUERY SELECT r.access_id FROM portal.case_rows r
    WHERE r.case_id IN (SELECT portal.cases_kept_from_person(v_me));
END $$;
-- The people themselves, for a list that knows who held a login.
CREATE FUNCTION portal.kept_from(p_cover text) RETURNS TABLE (person_id uuid, days daterange)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT k.person_id, k.days FROM portal.people_kept_from(audit.me(p_cover)) k;
END $$;
REVOKE ALL ON FUNCTION portal.today, portal.people_kept_from, portal.relation_to, portal.cases_kept_from_person FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.conflict_with, portal.conflict_in_case, portal.cases_kept_from, portal.accesses_kept_from,
  portal.kept_from TO portal_app;

CREATE POLICY no_conflict ON portal.review_cases AS RESTRICTIVE FOR SELECT TO portal_app
  USING (id NOT IN (SELECT portal.cases_kept_from('review_case/r')));
CREATE POLICY no_conflict_in_change ON portal.review_cases AS RESTRICTIVE FOR UPDATE TO portal_app
  USING (portal.conflict_with('review_case/w', person_id, local_day) IS NULL);
CREATE POLICY no_conflict ON portal.review_events AS RESTRICTIVE FOR INSERT TO portal_app
  WITH CHECK (portal.conflict_in_case('review_event/a', case_id) IS NULL);
CREATE POLICY no_conflict ON portal.finding_cases AS RESTRICTIVE FOR INSERT TO portal_app
  WITH CHECK (portal.conflict_in_case('finding/a', case_id) IS NULL);
CREATE POLICY no_conflict ON portal.access_flags AS RESTRICTIVE FOR SELECT TO portal_app
  USING (access_id NOT IN (SELECT portal.accesses_kept_from('access_flag/r')));

-- A finding is about whom one of its cases is about; who may not see that case does not see the finding.
CREATE OR REPLACE FUNCTION portal.finding_is_about_(p_finding uuid, p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.finding_cases fc JOIN portal.review_cases c ON c.id = fc.case_id
                   JOIN portal.people_kept_from(p_person) k ON k.person_id = c.person_id AND k.days @> c.local_day
                  WHERE fc.finding_id = p_finding);
END $$;

CREATE OR REPLACE FUNCTION portal.frame(OUT open_cases bigint, OUT open_findings bigint, OUT facility_ids uuid[],
  OUT facility_names text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  SELECT count(*) INTO open_cases FROM portal.review_cases c
   WHERE c.withdrawn_at IS NULL AND c.state NOT IN ('closed', 'awaiting_second_review') AND (t.sees_all OR c.facility_id = ANY (t.facilities) OR (c.facility_id IS NULL AND c.owner_id = t.actor_id))
     AND c.first_action_at >= t.since AND c.first_action_at < t.until
     AND c.id NOT IN (SELECT portal.cases_kept_from_person(t.actor_id));
  SELECT count(*) INTO open_findings FROM portal.findings f
   WHERE f.status NOT LIKE 'closed%' AND f.created_at >= t.since AND f.created_at < t.until
     AND NOT portal.finding_is_about_(f.id, t.actor_id)
     AND (t.sees_all OR f.facility_id = ANY (t.facilities) OR f.assigned_to = t.actor_id
                                          OR (f.facility_id IS NULL AND f.created_by = t.actor_id));
  SELECT coalesce(array_agg(f.id ORDER BY f.name), '{}'), coalesce(array_agg(f.name ORDER BY f.name), '{}')
    INTO facility_ids, facility_names
    FROM portal.facilities f WHERE t.sees_all OR f.id = ANY (t.facilities);
END $$;
RESET ROLE;

INSERT INTO audit.outcome_codes (outcome_code) VALUES ('conflict_of_interest');
