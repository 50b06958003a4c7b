-- A second person looks before a decision stands that weighs on somebody, and at a sample of those that would stand at once.
-- Who looks at the sample does it blind: what was decided, why and by whom is sealed until theirs stands too.
SET ROLE portal_owner;

-- One round: what was decided first, and what the second person said of it. Only the functions below write it.
CREATE TABLE portal.second_reviews (
  case_id            uuid NOT NULL REFERENCES portal.review_cases,
  first_seq          integer NOT NULL,
  kind               text NOT NULL CONSTRAINT second_reviews_kind_check CHECK (kind IN ('required', 'blind')),
  ground             text NOT NULL CONSTRAINT second_reviews_ground_check
                       CHECK (ground IN ('disposition', 'critical', 'watch_list', 'complaint', 'overturned', 'sample')),
  first_by           uuid NOT NULL REFERENCES portal.people,
  first_disposition  text NOT NULL,
  first_reason_code  text NOT NULL,
  first_at           timestamptz NOT NULL,
  -- who the case was assigned to, while that is sealed too
  first_assigned     uuid REFERENCES portal.people,
  outcome            text CONSTRAINT second_reviews_outcome_check CHECK (outcome IN ('confirmed', 'overturned', 'taken_back')),
  ended_at           timestamptz,
  second_by          uuid REFERENCES portal.people,
  second_disposition text CONSTRAINT second_reviews_disposition_check CHECK (second_disposition IN ('appropriate', 'appropriate_policy_gap',
                       'inappropriate_inadvertent', 'inappropriate_intentional', 'attributed_to_other', 'unable_to_determine', 'duplicate',
                       'data_error')),
  second_reason_code text CONSTRAINT second_reviews_reason_check CHECK (second_reason_code IN ('care_team', 'on_call', 'registration',
                       'billing', 'quality_review', 'release_of_information', 'it_support', 'curiosity', 'family', 'coworker', 'wrong_patient',
                       'excess', 'credential_sharing', 'other')),
  second_seq         integer,
  -- of the case, for the policies: who sees it sees its rounds
  facility_id        uuid,
  owner_id           uuid,
  first_action_at    timestamptz NOT NULL,
  PRIMARY KEY (case_id, first_seq),
  CONSTRAINT second_reviews_two_people CHECK (second_by <> first_by),
  CONSTRAINT second_reviews_sample_is_blind CHECK ((kind = 'blind') = (ground = 'sample')),
  CONSTRAINT second_reviews_end_whole CHECK ((outcome IS NULL) = (ended_at IS NULL)
    AND (coalesce(outcome, 'taken_back') <> 'taken_back') = (second_by IS NOT NULL) AND (second_by IS NULL) = (second_disposition IS NULL)
    AND (second_by IS NULL) = (second_reason_code IS NULL) AND (second_by IS NULL) = (second_seq IS NULL)),
  CONSTRAINT second_reviews_agreed CHECK (second_by IS NULL OR (outcome = 'confirmed') = (second_disposition = first_disposition))
);
CREATE UNIQUE INDEX second_reviews_waiting ON portal.second_reviews (case_id) WHERE outcome IS NULL;
CREATE INDEX second_reviews_ended ON portal.second_reviews (ended_at DESC, case_id DESC);

CREATE FUNCTION portal.keep_second_reviews() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.outcome IS NOT NULL
     OR (to_jsonb(NEW) - '{outcome,ended_at,second_by,second_disposition,second_reason_code,second_seq}'::text[])
        <> (to_jsonb(OLD) - '{outcome,ended_at,second_by,second_disposition,second_reason_code,second_seq}'::text[]) THEN
    RAISE EXCEPTION 'what was decided stays' USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON portal.second_reviews FOR EACH ROW EXECUTE FUNCTION portal.keep_second_reviews();

-- Of a blind case the decision, its reason and who made it are not in the case; when it was made is.
ALTER TABLE portal.review_cases
  ADD COLUMN second_review_kind text CONSTRAINT review_cases_second_review_kind_check CHECK (second_review_kind IN ('required', 'blind')),
  ADD CONSTRAINT review_cases_second_review_waits CHECK (second_review_kind IS NULL OR state = 'awaiting_second_review'),
  DROP CONSTRAINT review_cases_decision_whole,
  DROP CONSTRAINT review_cases_closed_is_decided;
ALTER TABLE portal.review_cases
  ADD CONSTRAINT review_cases_decision_whole CHECK ((disposition IS NULL) = (decided_by IS NULL) AND (disposition IS NULL) = (reason_code IS NULL)
    AND (disposition IS NULL OR decided_at IS NOT NULL)
    AND (disposition IS NULL AND decided_at IS NOT NULL) = coalesce(second_review_kind = 'blind', false)),
  ADD CONSTRAINT review_cases_closed_is_decided CHECK (state NOT IN ('closed', 'awaiting_second_review') OR disposition IS NOT NULL
    OR continued_in IS NOT NULL OR coalesce(second_review_kind = 'blind', false));

-- Why a decision needs a second person, whatever the sample says; the first that holds. The code says the same, and a test
-- holds them equal.
CREATE FUNCTION portal.second_review_ground(p_disposition text, p_risk text, p_rules text[], p_overturned boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_disposition IN ('inappropriate_inadvertent', 'inappropriate_intentional', 'attributed_to_other', 'unable_to_determine', 'data_error')
      THEN 'disposition'
    WHEN p_risk = 'critical' THEN 'critical'
    WHEN 'watch_list' = ANY (p_rules) THEN 'watch_list'
    WHEN 'reported_by_person' = ANY (p_rules) THEN 'complaint'
    WHEN p_overturned THEN 'overturned' END
$$;

-- The sample. Each month has a seed that nobody but the drawing function reads, so that nobody foresees it; with the seed
-- anybody can draw it again.
CREATE TABLE portal.sample_seeds (
  month      date PRIMARY KEY CHECK (extract(day FROM month) = 1),
  seed       bytea NOT NULL DEFAULT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())),
  share      smallint NOT NULL DEFAULT 5 CHECK (share BETWEEN 0 AND 100),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.sample_seeds FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- A point in [0, 2^32) for a case, the same for the same seed.
CREATE FUNCTION portal.sample_point(p_seed bytea, p_case uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x' || encode(substring(sha256(p_seed || uuid_send(p_case)) FROM 1 FOR 4), 'hex'))::bit(32)::bigint
$$;
CREATE FUNCTION portal.in_sample(p_seed bytea, p_share smallint, p_case uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT portal.sample_point(p_seed, p_case) * 100 < p_share * 4294967296
$$;
CREATE FUNCTION portal.month_of(p_at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT date_trunc('month', p_at AT TIME ZONE coalesce((SELECT o.time_zone FROM portal.organisations o), 'UTC'))::date
$$;
CREATE FUNCTION portal.drawn(p_case uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_month date := portal.month_of(now());
BEGIN
  INSERT INTO portal.sample_seeds (month) VALUES (v_month) ON CONFLICT DO NOTHING;
  RETURN (SELECT portal.in_sample(s.seed, s.share, p_case) FROM portal.sample_seeds s WHERE s.month = v_month);
END $$;

-- From whom a blind case keeps what was decided: whoever may give the second review, and auditors, until it stands. To the
-- others, the one who decided among them, it looks closed, so that nobody knows what is in the sample.
CREATE FUNCTION portal.cases_sealed_from_person(p_me uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT s.case_id FROM portal.second_reviews s
    JOIN portal.people me ON me.id = p_me
    JOIN portal.review_cases c ON c.id = s.case_id
   WHERE s.outcome IS NULL AND s.kind = 'blind'
     AND (me.role IN ('manager', 'auditor') OR (me.role = 'coordinator' AND portal.stands_in(p_me, c.person_id, c.local_day)))
     AND NOT EXISTS (SELECT 1 FROM portal.review_events e WHERE e.case_id = s.case_id AND e.kind = 'decided' AND e.actor_id = p_me);
END $$;
CREATE FUNCTION portal.cases_sealed_from(p_cover text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT portal.cases_sealed_from_person(audit.me(p_cover));
END $$;

-- How somebody stands to the second review that a case waits for, in a word, or nothing where it waits for none. `own` is
-- also whoever decided the case before, or asked about it: nobody confirms a line that goes back to themselves.
CREATE FUNCTION portal.standing_in_second_review(p_me uuid, p_case uuid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_case portal.review_cases;
  v_role text := (SELECT p.role FROM portal.people p WHERE p.id = p_me);
BEGIN
  SELECT c.* INTO v_case FROM portal.review_cases c
    JOIN portal.second_reviews s ON s.case_id = c.id AND s.outcome IS NULL
   WHERE c.id = p_case AND c.state = 'awaiting_second_review';
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF EXISTS (SELECT 1 FROM portal.second_reviews s WHERE s.case_id = p_case AND s.outcome IS NULL AND s.first_by = p_me)
     OR EXISTS (SELECT 1 FROM portal.review_events e WHERE e.case_id = p_case AND e.actor_id = p_me
                   AND e.kind IN ('decided', 'asked', 'answer_recorded', 'question_withdrawn')) THEN
    RETURN 'own';
  END IF;
  IF v_role <> 'manager' AND NOT (v_role = 'coordinator' AND portal.stands_in(p_me, v_case.person_id, v_case.local_day)) THEN
    RETURN 'role';
  END IF;
  IF portal.relation_in_the_way(p_me, v_case.person_id, v_case.local_day) IS NOT NULL THEN RETURN 'conflict'; END IF;
  RETURN 'may';
END $$;
CREATE FUNCTION portal.somebody_else_may_look(p_case uuid, p_first uuid, p_person uuid, p_day date) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM portal.people p
     WHERE p.active AND p.id <> p_first
       AND (p.role = 'manager' OR (p.role = 'coordinator' AND portal.stands_in(p.id, p_person, p_day)))
       AND portal.relation_in_the_way(p.id, p_person, p_day) IS NULL
       AND NOT EXISTS (SELECT 1 FROM portal.review_events e WHERE e.case_id = p_case AND e.actor_id = p.id
                          AND e.kind IN ('decided', 'asked', 'answer_recorded', 'question_withdrawn')));
END $$;
CREATE FUNCTION portal.second_review_standing(p_cover text, p_case uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN portal.standing_in_second_review(audit.me(p_cover), p_case);
END $$;

-- Whether somebody may open a decided case again: until the second review stands whoever decided it, afterwards a manager.
-- A blind case answers as one that closed at once, to everybody it looks closed to.
CREATE FUNCTION portal.may_take_back(p_cover text, p_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me    uuid := audit.me(p_cover);
  v_round portal.second_reviews;
BEGIN
  SELECT s.* INTO v_round FROM portal.second_reviews s WHERE s.case_id = p_case ORDER BY s.first_seq DESC LIMIT 1;
  IF v_round.outcome IS NULL AND v_round.case_id IS NOT NULL THEN
    RETURN v_round.first_by = v_me
      OR (v_round.kind = 'blind' AND p_case NOT IN (SELECT portal.cases_sealed_from_person(v_me)));
  END IF;
  IF v_round.outcome = 'confirmed' AND NOT EXISTS (
       SELECT 1 FROM portal.review_events e WHERE e.case_id = p_case AND e.kind = 'decided' AND e.seq > v_round.second_seq) THEN
    RETURN (SELECT p.role = 'manager' FROM portal.people p WHERE p.id = v_me);
  END IF;
  RETURN true;
END $$;

-- What follows from a decision, whoever's statement made it: a round begins, the sample is drawn and sealed; where a case
-- leaves its second review, the round ends and what was sealed comes back.
CREATE FUNCTION portal.ask_for_second_review() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_by_the_program boolean := session_user = 'portal_app';
  v_round          portal.second_reviews;
  v_ground         text;
BEGIN
  IF OLD.state = 'awaiting_second_review' THEN
    UPDATE portal.second_reviews s SET outcome = 'taken_back', ended_at = now() WHERE s.case_id = NEW.id AND s.outcome IS NULL;
    IF OLD.second_review_kind = 'blind' THEN
      SELECT s.* INTO STRICT v_round FROM portal.second_reviews s WHERE s.case_id = NEW.id ORDER BY s.first_seq DESC LIMIT 1;
      IF NEW.decided_at IS NOT NULL AND NEW.disposition IS NULL THEN
        NEW.disposition := v_round.first_disposition;
        NEW.reason_code := v_round.first_reason_code;
        NEW.decided_by := v_round.first_by;
      END IF;
      NEW.assigned_to := coalesce(NEW.assigned_to, v_round.first_assigned);
    END IF;
    NEW.second_review_kind := NULL;
    RETURN NEW;
  END IF;
  IF NEW.state NOT IN ('closed', 'awaiting_second_review') OR OLD.state = 'closed' OR NEW.continued_in IS NOT NULL THEN RETURN NEW; END IF;
  v_ground := portal.second_review_ground(NEW.disposition, NEW.risk,
    (SELECT array_agg(f.rule_code) FROM portal.case_flags f WHERE f.case_id = NEW.id AND f.superseded_at IS NULL),
    EXISTS (SELECT 1 FROM portal.second_reviews s WHERE s.case_id = NEW.id AND s.outcome = 'overturned'));
  IF v_by_the_program THEN
    IF NEW.decided_by IS DISTINCT FROM audit.me('review_case/w') THEN
      RAISE EXCEPTION 'a decision is of whoever makes it' USING ERRCODE = 'HA403';
    ELSIF (v_ground IS NOT NULL) <> (NEW.state = 'awaiting_second_review') THEN
      RAISE EXCEPTION 'a second person looks where there is a reason to, and nowhere else' USING ERRCODE = 'HA403';
    ELSIF v_ground IS NULL AND portal.drawn(NEW.id) THEN
      v_ground := 'sample';
    END IF;
  ELSIF NEW.state = 'awaiting_second_review' THEN
    v_ground := coalesce(v_ground, 'critical');
  ELSE
    RETURN NEW;
  END IF;
  IF v_ground IS NULL THEN RETURN NEW; END IF;
  -- drawn where nobody is left to look: it stays closed, or it would wait unseen for good, and the draw is on record
  IF v_ground = 'sample' AND NOT portal.somebody_else_may_look(NEW.id, NEW.decided_by, NEW.person_id, NEW.local_day) THEN
    INSERT INTO portal.second_reviews (case_id, first_seq, kind, ground, first_by, first_disposition, first_reason_code, first_at, outcome, ended_at,
                                       facility_id, owner_id, first_action_at)
    VALUES (NEW.id, NEW.version, 'blind', 'sample', NEW.decided_by, NEW.disposition, NEW.reason_code, NEW.decided_at, 'taken_back', now(),
            NEW.facility_id, NEW.owner_id, NEW.first_action_at);
    RETURN NEW;
  END IF;
  NEW.state := 'awaiting_second_review';
  NEW.second_review_kind := CASE v_ground WHEN 'sample' THEN 'blind' ELSE 'required' END;
  INSERT INTO portal.second_reviews (case_id, first_seq, kind, ground, first_by, first_disposition, first_reason_code, first_at, first_assigned,
                                     facility_id, owner_id, first_action_at)
  VALUES (NEW.id, NEW.version, NEW.second_review_kind, v_ground, NEW.decided_by, NEW.disposition, NEW.reason_code, NEW.decided_at, NEW.assigned_to,
          NEW.facility_id, NEW.owner_id, NEW.first_action_at);
  IF v_ground = 'sample' THEN
    NEW.disposition := NULL;
    NEW.reason_code := NULL;
    NEW.decided_by := NULL;
    NEW.assigned_to := NULL;
  END IF;
  RETURN NEW;
END $$;

-- What the application's own statements may not do to a decision. With its caller's rights, so that it knows the functions
-- below, which run as the owner, from a statement of the application.
CREATE FUNCTION portal.guard_decisions() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_user <> 'portal_app' THEN RETURN NEW; END IF;
  IF NEW.state = OLD.state THEN
    IF (NEW.disposition, NEW.reason_code, NEW.decided_by, NEW.decided_at) IS DISTINCT FROM
       (OLD.disposition, OLD.reason_code, OLD.decided_by, OLD.decided_at) THEN
      RAISE EXCEPTION 'a decision is taken back before it is made anew' USING ERRCODE = 'HA403';
    END IF;
  ELSIF OLD.state = 'awaiting_second_review' AND NEW.state = 'closed' THEN
    RAISE EXCEPTION 'a second person has not looked' USING ERRCODE = 'HA403';
  ELSIF OLD.state IN ('awaiting_second_review', 'closed') AND NOT portal.may_take_back('review_case/w', OLD.id) THEN
    RAISE EXCEPTION 'somebody else takes this decision back' USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;

-- What already waits is a round of its own.
INSERT INTO portal.second_reviews (case_id, first_seq, kind, ground, first_by, first_disposition, first_reason_code, first_at, first_assigned,
                                   facility_id, owner_id, first_action_at)
SELECT c.id, coalesce((SELECT max(e.seq) FROM portal.review_events e WHERE e.case_id = c.id AND e.kind = 'decided'), c.version), 'required',
       coalesce(portal.second_review_ground(c.disposition, c.risk,
         (SELECT array_agg(f.rule_code) FROM portal.case_flags f WHERE f.case_id = c.id AND f.superseded_at IS NULL), false), 'critical'),
       c.decided_by, c.disposition, c.reason_code, c.decided_at, c.assigned_to, c.facility_id, c.owner_id, c.first_action_at
  FROM portal.review_cases c WHERE c.state = 'awaiting_second_review' AND c.disposition IS NOT NULL;
UPDATE portal.review_cases SET second_review_kind = 'required' WHERE state = 'awaiting_second_review' AND disposition IS NOT NULL;

CREATE TRIGGER guard_decisions BEFORE UPDATE ON portal.review_cases FOR EACH ROW EXECUTE FUNCTION portal.guard_decisions();
CREATE TRIGGER second_review BEFORE UPDATE ON portal.review_cases FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION portal.ask_for_second_review();

-- The second review itself: agreeing closes the case; another disposition sends it back with both on record. Says in a word
-- what came of it, or what is in the way. Of a blind case only the own decision is taken, and compared here.
CREATE FUNCTION portal.give_second_review(p_case uuid, p_version integer, p_agrees boolean, p_disposition text, p_reason text, p_note text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me       uuid := audit.me('second_review/a');
  v_case     portal.review_cases;
  v_round    portal.second_reviews;
  v_standing text;
  v_outcome  text;
BEGIN
  SELECT c.* INTO v_case FROM portal.review_cases c WHERE c.id = p_case FOR UPDATE;
  v_standing := portal.standing_in_second_review(v_me, p_case);
  IF v_standing IS NULL OR v_case.version <> p_version THEN RETURN 'stale'; END IF;
  IF v_standing <> 'may' THEN RETURN v_standing; END IF;
  SELECT s.* INTO STRICT v_round FROM portal.second_reviews s WHERE s.case_id = p_case AND s.outcome IS NULL;
  IF p_agrees THEN
    IF v_round.kind = 'blind' THEN RETURN 'stale'; END IF;
    p_disposition := v_round.first_disposition;
    p_reason := v_round.first_reason_code;
  ELSIF p_note IS NULL THEN
    RAISE EXCEPTION 'a note says why' USING ERRCODE = 'HA400';
  ELSIF v_round.kind = 'required' AND p_disposition = v_round.first_disposition THEN
    RETURN 'same';
  END IF;
  v_outcome := CASE WHEN p_disposition = v_round.first_disposition THEN 'confirmed' ELSE 'overturned' END;
  INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, disposition, reason_code, note)
  VALUES (p_case, p_version + 1, 'second_' || v_outcome, v_me, v_case.state, CASE v_outcome WHEN 'confirmed' THEN 'closed' ELSE 'in_review' END,
          p_disposition, p_reason, p_note);
  UPDATE portal.second_reviews s
     SET outcome = v_outcome, ended_at = now(), second_by = v_me, second_disposition = p_disposition, second_reason_code = p_reason,
         second_seq = p_version + 1
   WHERE s.case_id = p_case AND s.outcome IS NULL;
  IF v_outcome = 'confirmed' THEN
    UPDATE portal.review_cases c SET state = 'closed', version = p_version + 1, updated_at = now() WHERE c.id = p_case;
  ELSE
    UPDATE portal.review_cases c
       SET state = 'in_review', version = p_version + 1, disposition = NULL, reason_code = NULL, decided_by = NULL, decided_at = NULL,
           -- back to whoever decided first, where they may work on it still
           assigned_to = (SELECT p.id FROM portal.people p
                           WHERE p.id = v_round.first_by AND p.active AND p.role IN ('manager', 'coordinator')
                             AND portal.relation_to(p.id, c.person_id, c.local_day) IS NULL
                             AND (p.role = 'manager' OR p.all_facilities OR (c.facility_id IS NULL AND c.owner_id = p.id)
                                  OR EXISTS (SELECT 1 FROM portal.person_facilities f WHERE f.person_id = p.id AND f.facility_id = c.facility_id))),
           updated_at = now()
     WHERE c.id = p_case;
  END IF;
  RETURN v_outcome;
END $$;

-- Who could take up a case that others are kept from, for the reader's own page of cases.
CREATE FUNCTION portal.waits_for(p_cases uuid[]) RETURNS TABLE (case_id uuid, full_name text, alternate boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 50 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  RETURN QUERY
  SELECT c.id, p.full_name, s.in_for
    FROM portal.review_cases c
    JOIN portal.people p ON p.active AND p.role IN ('manager', 'coordinator')
    CROSS JOIN LATERAL (SELECT portal.stands_in(p.id, c.person_id, c.local_day) AS in_for) s
   WHERE c.id = ANY (p_cases) AND (t.sees_all OR c.facility_id = ANY (t.facilities))
     AND c.id NOT IN (SELECT portal.cases_kept_from_person(t.actor_id))
     AND (p.role = 'manager' OR s.in_for)
     AND portal.relation_in_the_way(p.id, c.person_id, c.local_day) IS NULL
     -- who decided a blind case is not to be seen from who is left out here
     AND (c.state <> 'awaiting_second_review' OR c.second_review_kind = 'blind'
          OR portal.standing_in_second_review(p.id, c.id) = 'may')
   ORDER BY c.id, s.in_for DESC, p.full_name;
END $$;

-- The sample of each month that is over, drawn again: what was decided that would have closed at once, how much of it is in
-- the sample by the seed, and how much of that was looked at blind. Nothing was left out, nothing added.
CREATE FUNCTION portal.sample_drawn_again() RETURNS TABLE (month date, share smallint, decided bigint, drawn bigint, kept bigint, equal boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 12 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('review_case/r');
  RETURN QUERY
  SELECT m.month, m.share, count(e.case_id), count(*) FILTER (WHERE d.by_seed), count(*) FILTER (WHERE d.by_hand),
         coalesce(bool_and(d.by_seed = d.by_hand), true)
    FROM portal.sample_seeds m
    LEFT JOIN portal.review_events e ON e.kind = 'decided' AND e.to_state = 'closed' AND portal.month_of(e.at) = m.month AND e.at >= m.created_at
    LEFT JOIN LATERAL (
      SELECT portal.in_sample(m.seed, m.share, e.case_id) AS by_seed,
             EXISTS (SELECT 1 FROM portal.second_reviews s WHERE s.case_id = e.case_id AND s.first_seq = e.seq AND s.kind = 'blind') AS by_hand
    ) d ON e.case_id IS NOT NULL
   WHERE m.month < portal.month_of(now())
   GROUP BY m.month, m.share ORDER BY m.month DESC;
END $$;

REVOKE ALL ON FUNCTION portal.keep_second_reviews, portal.second_review_ground, portal.sample_point, portal.in_sample, portal.month_of,
  portal.drawn, portal.cases_sealed_from_person, portal.somebody_else_may_look, portal.standing_in_second_review, portal.ask_for_second_review, portal.guard_decisions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.cases_sealed_from, portal.second_review_standing, portal.may_take_back, portal.give_second_review,
  portal.waits_for, portal.sample_drawn_again TO portal_app;

SELECT audit.put_gate_before('portal.second_reviews', 'review_case');
CREATE POLICY scope_select ON portal.second_reviews FOR SELECT TO portal_app
  USING (((SELECT audit.sees_all('review_case/r')) OR facility_id = ANY ((SELECT audit.facilities('review_case/r'))::uuid[])
          OR (facility_id IS NULL AND owner_id = (SELECT audit.me('review_case/r'))))
         AND first_action_at >= (SELECT audit.since('review_case/r')) AND first_action_at < (SELECT audit.until('review_case/r')));
CREATE POLICY no_conflict ON portal.second_reviews AS RESTRICTIVE FOR SELECT TO portal_app
  USING (case_id NOT IN (SELECT portal.cases_kept_from('review_case/r')));
CREATE POLICY sealed ON portal.second_reviews AS RESTRICTIVE FOR SELECT TO portal_app
  USING (outcome IS NOT NULL OR kind <> 'blind' OR case_id NOT IN (SELECT portal.cases_sealed_from('review_case/r')));
GRANT SELECT ON portal.second_reviews TO portal_app;
-- While a case is sealed, its history is what the portal itself wrote: an assignment or a link says who works on it, too.
CREATE POLICY sealed ON portal.review_events AS RESTRICTIVE FOR SELECT TO portal_app
  USING (actor_id IS NULL OR actor_id = (SELECT audit.me('review_event/r'))
         OR case_id NOT IN (SELECT portal.cases_sealed_from('review_event/r')));
-- What a second person said is written by the function that checks who they are.
CREATE POLICY second_review ON portal.review_events AS RESTRICTIVE FOR INSERT TO portal_app
  WITH CHECK (kind NOT IN ('second_confirmed', 'second_overturned'));

-- Words are added to what stands there: other migrations have words of their own.
DO $$
DECLARE
  v_words text;
BEGIN
  SELECT string_agg(DISTINCT quote_literal(m), ', ') INTO v_words
    FROM (SELECT (regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g'))[1] AS m
            FROM pg_constraint c WHERE c.conrelid = 'portal.review_events'::regclass AND c.conname = 'review_events_kind_check'
          UNION SELECT unnest(ARRAY['second_confirmed', 'second_overturned'])) every;
  EXECUTE format('ALTER TABLE portal.review_events DROP CONSTRAINT review_events_kind_check, ADD CONSTRAINT review_events_kind_check CHECK (kind IN (%s))',
                 v_words);
END $$;

-- A fact that comes late opens a sealed decision again too. The rest of the function stays whatever it is by now.
DO $$
DECLARE
  v_found integer := 0;
  v_each  record;
BEGIN
  FOR v_each IN
    SELECT pg_get_functiondef(p.oid) AS def FROM pg_proc p WHERE p.pronamespace = 'portal'::regnamespace
       AND p.prosrc LIKE '%v_again := v_case.disposition IS NOT NULL OR%'
  LOOP
    EXECUTE replace(v_each.def, 'v_again := v_case.disposition IS NOT NULL OR', 'v_again := v_case.decided_at IS NOT NULL OR');
    v_found := v_found + 1;
  END LOOP;
  IF v_found <> 1 THEN RAISE EXCEPTION 'flagging by hand does not open decided cases as expected'; END IF;
END $$;
RESET ROLE;
