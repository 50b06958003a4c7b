-- What a manager is kept from goes to a named alternate: another manager, or, where there is one manager only, a coordinator
-- whom an administrator named. Being named lets somebody decide about a colleague of their own department; it lets nobody
-- near to accesses by themselves, their supervisors or their household.
SET ROLE portal_owner;

CREATE TABLE portal.review_alternates (
  id           uuid PRIMARY KEY,
  manager_id   uuid NOT NULL REFERENCES portal.people,
  alternate_id uuid NOT NULL REFERENCES portal.people,
  named_by     uuid NOT NULL REFERENCES portal.people,
  named_at     timestamptz NOT NULL DEFAULT now(),
  ended_by     uuid REFERENCES portal.people,
  ended_at     timestamptz,
  CONSTRAINT review_alternates_two_people CHECK (manager_id <> alternate_id),
  CONSTRAINT review_alternates_by_another CHECK (named_by <> alternate_id),
  CONSTRAINT review_alternates_end_whole CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX review_alternates_standing ON portal.review_alternates (manager_id) WHERE ended_at IS NULL;
CREATE INDEX review_alternates_alternate ON portal.review_alternates (alternate_id) WHERE ended_at IS NULL;
SELECT audit.put_gate_before('portal.review_alternates', 'review_alternate');
CREATE POLICY everyone ON portal.review_alternates FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.review_alternates TO portal_app;

-- A line only ends; who was named when stays.
CREATE FUNCTION portal.keep_alternates() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
     OR (to_jsonb(NEW) - '{ended_by,ended_at}'::text[]) <> (to_jsonb(OLD) - '{ended_by,ended_at}'::text[]) THEN
    RAISE EXCEPTION 'who was named stays' USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON portal.review_alternates FOR EACH ROW EXECUTE FUNCTION portal.keep_alternates();

-- What is in the way of somebody standing in for a manager, in a word, or nothing.
CREATE FUNCTION portal.against_standing_in(p_alternate uuid, p_manager uuid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  who record;
BEGIN
  IF p_alternate = p_manager THEN RETURN 'oneself'; END IF;
  SELECT p.role, p.all_facilities INTO who FROM portal.people p WHERE p.id = p_alternate AND p.active;
  IF NOT FOUND OR who.role NOT IN ('manager', 'coordinator') THEN RETURN 'role'; END IF;
  IF who.role = 'coordinator' THEN
    IF (SELECT count(*) FROM portal.people m WHERE m.role = 'manager' AND m.active) > 1 THEN RETURN 'role'; END IF;
    -- the cases of a manager may be of any facility
    IF NOT who.all_facilities THEN RETURN 'facilities'; END IF;
  END IF;
  IF portal.relation_to(p_alternate, p_manager, portal.today()) IN ('oneself', 'supervisor', 'household') THEN RETURN 'near'; END IF;
  RETURN NULL;
END $$;

-- Whether somebody is the named alternate of a manager who is kept from accesses by this person on that day.
CREATE FUNCTION portal.stands_in(p_me uuid, p_person uuid, p_day date) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM portal.review_alternates a
      JOIN portal.people m ON m.id = a.manager_id AND m.role = 'manager' AND m.active
      JOIN LATERAL portal.people_kept_from(a.manager_id) k ON k.person_id = p_person AND k.days @> p_day
     WHERE a.alternate_id = p_me AND a.ended_at IS NULL AND portal.against_standing_in(p_me, a.manager_id) IS NULL);
END $$;

-- The relation that is in the way of a decision: an alternate was named to decide about colleagues.
CREATE FUNCTION portal.relation_in_the_way(p_me uuid, p_person uuid, p_day date) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_relation text := portal.relation_to(p_me, p_person, p_day);
BEGIN
  IF v_relation = 'department' AND portal.stands_in(p_me, p_person, p_day) THEN RETURN NULL; END IF;
  RETURN v_relation;
END $$;

CREATE OR REPLACE FUNCTION portal.conflict_with(p_cover text, p_person uuid, p_day date) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN portal.relation_in_the_way(audit.me(p_cover), p_person, p_day);
END $$;
CREATE OR REPLACE FUNCTION portal.conflict_in_case(p_cover text, p_case uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me(p_cover);
BEGIN
  RETURN (SELECT portal.relation_in_the_way(v_me, c.person_id, c.local_day) FROM portal.review_cases c WHERE c.id = p_case);
END $$;

-- Names who stands in for a manager, or nobody any more. Says in a word what is in the way. A manager names a manager; an
-- administrator names a coordinator, so that the only manager does not choose who judges them. Nobody names themselves.
CREATE FUNCTION portal.name_alternate(p_id uuid, p_manager uuid, p_alternate uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me   uuid := audit.me('review_alternate/a');
  v_mine text;
  v_word text;
BEGIN
  PERFORM 1 FROM portal.people p WHERE p.id = p_manager AND p.role = 'manager' AND p.active FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN 'manager'; END IF;
  -- who stands in already goes on
  IF EXISTS (SELECT 1 FROM portal.review_alternates a
              WHERE a.manager_id = p_manager AND a.alternate_id = p_alternate AND a.ended_at IS NULL) THEN
    RETURN NULL;
  END IF;
  IF p_alternate IS NOT NULL THEN
    v_word := portal.against_standing_in(p_alternate, p_manager);
    IF v_word IS NOT NULL THEN RETURN v_word; END IF;
    SELECT p.role INTO v_mine FROM portal.people p WHERE p.id = v_me;
    IF p_alternate = v_me THEN RETURN 'named_oneself'; END IF;
    IF (v_mine = 'admin') <> ((SELECT p.role FROM portal.people p WHERE p.id = p_alternate) = 'coordinator') THEN RETURN 'named_by'; END IF;
  END IF;
  UPDATE portal.review_alternates a SET ended_at = now(), ended_by = v_me WHERE a.manager_id = p_manager AND a.ended_at IS NULL;
  IF p_alternate IS NOT NULL THEN
    INSERT INTO portal.review_alternates (id, manager_id, alternate_id, named_by) VALUES (p_id, p_manager, p_alternate, v_me);
  END IF;
  RETURN NULL;
END $$;

-- Whom the asker may name for whom: nobody is offered who is kept from it.
CREATE FUNCTION portal.alternates_to_name() RETURNS TABLE (manager_id uuid, alternate_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('review_alternate/r');
BEGIN
  RETURN QUERY
  SELECT m.id, a.id FROM portal.people me
    JOIN portal.people a ON a.active AND a.id <> me.id AND a.role = CASE me.role WHEN 'admin' THEN 'coordinator' ELSE 'manager' END
    JOIN portal.people m ON m.active AND m.role = 'manager'
   WHERE me.id = v_me AND me.role IN ('manager', 'admin') AND portal.against_standing_in(a.id, m.id) IS NULL;
END $$;

REVOKE ALL ON FUNCTION portal.keep_alternates, portal.against_standing_in, portal.stands_in, portal.relation_in_the_way FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.name_alternate, portal.alternates_to_name TO portal_app;

-- The cases that no coordinator of the facility decides, and those about whom a manager is kept from whom the reader stands
-- in for. The policies take out what the reader is kept from.
CREATE FUNCTION portal.sees_conflicts() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.people p WHERE p.id = t.actor_id AND (p.role = 'manager' OR (p.role = 'coordinator' AND EXISTS (
    SELECT 1 FROM portal.review_alternates a
     WHERE a.alternate_id = p.id AND a.ended_at IS NULL AND portal.against_standing_in(p.id, a.manager_id) IS NULL))));
END $$;
CREATE FUNCTION portal.cases_in_conflict() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 20 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  RETURN QUERY
  SELECT c.id FROM portal.review_alternates a
    JOIN LATERAL portal.people_kept_from(a.manager_id) k ON true
    JOIN portal.review_cases c ON c.person_id = k.person_id AND k.days @> c.local_day AND c.state <> 'closed' AND c.withdrawn_at IS NULL
   WHERE a.alternate_id = t.actor_id AND a.ended_at IS NULL AND portal.against_standing_in(t.actor_id, a.manager_id) IS NULL;
  IF NOT EXISTS (SELECT 1 FROM portal.people p WHERE p.id = t.actor_id AND p.role = 'manager') THEN RETURN; END IF;
  RETURN QUERY
  WITH coordinators AS (
    SELECT p.id, p.all_facilities FROM portal.people p WHERE p.role = 'coordinator' AND p.active),
  near AS (
    SELECT w.id AS coordinator, k.person_id, k.days FROM coordinators w CROSS JOIN LATERAL portal.people_kept_from(w.id) k
    UNION ALL
    SELECT w.id, theirs.person_id,
           CASE WHEN mine.span @> portal.today() AND theirs.span @> portal.today() THEN daterange(NULL, NULL) ELSE mine.span * theirs.span END
      FROM coordinators w
      JOIN LATERAL (SELECT e.department_id, daterange(e.starts_on, e.ends_on, '[]') AS span FROM portal.employment_periods e
                     WHERE e.person_id = w.id AND e.superseded_at IS NULL) mine ON true
      JOIN LATERAL (SELECT e.person_id, daterange(e.starts_on, e.ends_on, '[]') AS span FROM portal.employment_periods e
                     WHERE e.department_id = mine.department_id AND e.superseded_at IS NULL) theirs ON mine.span && theirs.span),
  blocked AS (
    SELECT DISTINCT n.coordinator, c.id, c.facility_id FROM near n
      JOIN portal.review_cases c ON c.person_id = n.person_id AND n.days @> c.local_day AND c.state <> 'closed' AND c.withdrawn_at IS NULL
       AND c.facility_id IS NOT NULL)
  SELECT b.id FROM blocked b
    JOIN coordinators w ON w.id = b.coordinator
     AND (w.all_facilities OR EXISTS (SELECT 1 FROM portal.person_facilities f WHERE f.person_id = w.id AND f.facility_id = b.facility_id))
   GROUP BY b.id, b.facility_id
  HAVING count(*) = (SELECT count(*) FROM coordinators w
                      WHERE w.all_facilities OR EXISTS (SELECT 1 FROM portal.person_facilities f
                                                         WHERE f.person_id = w.id AND f.facility_id = b.facility_id));
END $$;
GRANT EXECUTE ON FUNCTION portal.sees_conflicts, portal.cases_in_conflict TO portal_app;
RESET ROLE;
