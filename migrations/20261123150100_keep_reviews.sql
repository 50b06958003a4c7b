-- Why somebody looked beyond the queue: at everyone who touched a patient's records, or at all that a person opened, in a
-- period. A review ends in a memo, also when nothing improper was found (45 CFR 164.316(b)(1)(ii)), and never while one of its
-- cases is open. An ended one is not overwritten: it is reopened by a line of its own, and a memo that is amended is another.
SET ROLE portal_owner;

CREATE TABLE portal.review_numbers (
  year integer PRIMARY KEY,
  last integer NOT NULL
);

CREATE TABLE portal.reviews (
  id           uuid PRIMARY KEY,
  number       text NOT NULL UNIQUE CHECK (number ~ '^REV-[0-9]{4}-[0-9]{4,}$'),
  kind         text NOT NULL CHECK (kind IN ('complaint', 'watch_list', 'person', 'patient')),
  reason       text NOT NULL CHECK (reason IN ('complaint', 'concern', 'request', 'watched', 'in_the_news', 'pattern', 'follow_up', 'other')),
  line         text CHECK (length(line) BETWEEN 1 AND 200),
  patient_id   uuid REFERENCES portal.patients,
  person_id    uuid REFERENCES portal.people,
  complaint_id uuid REFERENCES portal.complaints,
  from_on      date NOT NULL,
  to_on        date NOT NULL,
  -- the same in the organisation's zone, the end exclusive
  starts_at    timestamptz NOT NULL,
  ends_at      timestamptz NOT NULL,
  -- whose facilities it concerns, as it was when it began
  facility_ids uuid[] NOT NULL,
  state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ended')),
  outcome      text CHECK (outcome IN ('nothing_improper', 'findings_made', 'could_not_determine')),
  started_by   uuid NOT NULL REFERENCES portal.people,
  ended_by     uuid REFERENCES portal.people,
  ended_at     timestamptz,
  -- the seq of the latest line of its history
  version      integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT reviews_scope_whole CHECK (patient_id IS NOT NULL OR person_id IS NOT NULL),
  CONSTRAINT reviews_of_their_kind CHECK ((kind <> 'complaint' OR complaint_id IS NOT NULL) AND (kind <> 'person' OR person_id IS NOT NULL)
    AND (kind NOT IN ('patient', 'watch_list') OR patient_id IS NOT NULL)),
  CONSTRAINT reviews_period CHECK (to_on >= from_on AND to_on - from_on <= 731 AND ends_at > starts_at),
  CONSTRAINT reviews_other_is_said CHECK (reason <> 'other' OR line IS NOT NULL),
  CONSTRAINT reviews_ended_whole CHECK ((state = 'ended') = (outcome IS NOT NULL) AND (state = 'ended') = (ended_by IS NOT NULL)
    AND (state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX reviews_state ON portal.reviews (state, id);
CREATE INDEX reviews_person ON portal.reviews (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX reviews_patient ON portal.reviews (patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX reviews_complaint ON portal.reviews (complaint_id) WHERE complaint_id IS NOT NULL;

CREATE TABLE portal.review_acts (
  review_id uuid NOT NULL REFERENCES portal.reviews,
  seq       integer NOT NULL CHECK (seq > 0),
  kind      text NOT NULL CHECK (kind IN ('started', 'cases_taken_up', 'ended', 'memo_amended', 'reopened')),
  actor_id  uuid NOT NULL REFERENCES portal.people,
  at        timestamptz NOT NULL DEFAULT now(),
  cases     integer CHECK (cases > 0),
  outcome   text,
  memo      text CHECK (length(memo) BETWEEN 1 AND 4000),
  PRIMARY KEY (review_id, seq),
  CONSTRAINT review_acts_whole CHECK ((kind = 'cases_taken_up') = (cases IS NOT NULL) AND (kind = 'ended') = (outcome IS NOT NULL)
    AND (kind IN ('ended', 'memo_amended')) = (memo IS NOT NULL))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.review_acts
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- The cases that a review took up, whether it opened them or found them there.
CREATE TABLE portal.review_links (
  review_id uuid NOT NULL REFERENCES portal.reviews,
  case_id   uuid NOT NULL REFERENCES portal.review_cases,
  linked_by uuid NOT NULL REFERENCES portal.people,
  linked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (review_id, case_id)
);
CREATE INDEX review_links_case ON portal.review_links (case_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.review_links
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- What of its cases still waits: the number of each. A case that went on in another waits there. A blind second review is one
-- that nobody shall know of, so that it stands in nobody's way.
CREATE FUNCTION portal.open_cases_of_review_(p_review uuid) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT DISTINCT c.number FROM portal.review_links l
    JOIN portal.review_cases o ON o.id = l.case_id
    JOIN portal.review_cases c ON c.id = coalesce(o.continued_in, o.id)
   WHERE l.review_id = p_review AND c.state <> 'closed' AND c.withdrawn_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM portal.second_reviews z WHERE z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind')
   ORDER BY 1;
END $$;

-- Whatever writes: what a review looks at stays, and it does not end over an open case.
CREATE FUNCTION portal.guard_reviews() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_moves text[] := '{state,outcome,ended_by,ended_at,version,updated_at}';
BEGIN
  IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - v_moves) <> (to_jsonb(OLD) - v_moves) OR NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'a review stays what it was started as' USING ERRCODE = 'HA403';
  END IF;
  IF NEW.state = 'ended' AND OLD.state = 'open' AND EXISTS (SELECT 1 FROM portal.open_cases_of_review_(NEW.id)) THEN
    RAISE EXCEPTION 'a review does not end over an open case' USING ERRCODE = 'HA403';
  END IF;
  IF OLD.state = 'ended' AND NEW.state = 'ended' AND NEW.outcome <> OLD.outcome THEN
    RAISE EXCEPTION 'an ended review is reopened, not changed' USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON portal.reviews FOR EACH ROW EXECUTE FUNCTION portal.guard_reviews();

CREATE FUNCTION portal.complaint_has_open_review_(p_complaint uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.reviews r WHERE r.complaint_id = p_complaint AND r.state = 'open');
END $$;
CREATE FUNCTION portal.guard_complaints() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_moves text[] := '{patient_id,person_id,facility_ids,owner_id,due_on,state,disposition,disposed_by,disposed_at,version,updated_at}';
BEGIN
  IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - v_moves) <> (to_jsonb(OLD) - v_moves) OR NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'a complaint stays what was said of it' USING ERRCODE = 'HA403';
  END IF;
  IF NEW.state = 'disposed' AND OLD.state = 'open' AND portal.complaint_has_open_review_(NEW.id) THEN
    RAISE EXCEPTION 'a complaint does not end over an open review' USING ERRCODE = 'HA403';
  END IF;
  IF OLD.state = 'disposed' AND NEW.state = 'disposed' THEN
    RAISE EXCEPTION 'what a complaint came to is reopened, not changed' USING ERRCODE = 'HA403';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON portal.complaints FOR EACH ROW EXECUTE FUNCTION portal.guard_complaints();

-- Reviews of whoever the asker is kept from, for the complaint about them, and those with a case that they may not see.
CREATE FUNCTION portal.reviews_kept_from_person(p_me uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY
  SELECT r.id FROM portal.people_kept_from(p_me) k
    JOIN portal.reviews r ON r.person_id = k.person_id AND k.days && daterange(r.from_on, r.to_on, '[]')
  UNION
  SELECT r.id FROM portal.reviews r WHERE r.complaint_id IN (SELECT portal.complaints_kept_from_person(p_me))
  UNION
  SELECT l.review_id FROM portal.review_links l WHERE l.case_id IN (SELECT portal.cases_kept_from_person(p_me));
END $$;
CREATE FUNCTION portal.reviews_kept_from(p_cover text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT portal.reviews_kept_from_person(audit.me(p_cover));
END $$;

CREATE FUNCTION portal.review_to_act_on_(p_cover text, p_review uuid) RETURNS portal.reviews
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me     uuid    := audit.me(p_cover);
  v_all    boolean := audit.sees_all(p_cover);
  v_where  uuid[]  := audit.facilities(p_cover);
  v_review portal.reviews;
BEGIN
  SELECT r.* INTO v_review FROM portal.reviews r
   WHERE r.id = p_review AND (v_all OR r.facility_ids && v_where OR r.started_by = v_me)
     AND r.id NOT IN (SELECT portal.reviews_kept_from_person(v_me))
     FOR UPDATE;
  RETURN v_review;
END $$;

-- Whoever works beside one whom the review is about sees it and leaves its end to somebody else.
CREATE FUNCTION portal.relation_in_review_(p_me uuid, p_review portal.reviews) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT x.relation FROM (
    SELECT portal.relation_in_the_way(p_me, p_review.person_id, p_review.from_on) AS relation
    UNION ALL SELECT portal.relation_in_the_way(p_me, p_review.person_id, p_review.to_on)
    UNION ALL SELECT portal.relation_in_the_way(p_me, c.person_id, c.local_day)
      FROM portal.review_links l JOIN portal.review_cases c ON c.id = l.case_id WHERE l.review_id = p_review.id) x
   WHERE x.relation IS NOT NULL LIMIT 1);
END $$;

-- The same, for the page that says why its form is locked.
CREATE FUNCTION portal.conflict_in_review(p_review uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me     uuid := audit.me('review/r');
  v_review portal.reviews;
BEGIN
  SELECT r.* INTO v_review FROM portal.reviews r WHERE r.id = p_review;
  RETURN portal.relation_in_review_(v_me, v_review);
END $$;
CREATE FUNCTION portal.conflict_in_complaint(p_complaint uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('complaint/r');
BEGIN
  RETURN (SELECT portal.relation_in_the_way(v_me, c.person_id, portal.today()) FROM portal.complaints c WHERE c.id = p_complaint);
END $$;

-- Starts a review; its number, or in a word what is in the way.
CREATE FUNCTION portal.start_review(p_id uuid, p_kind text, p_patient uuid, p_person uuid, p_complaint uuid, p_from date, p_to date,
  p_reason text, p_line text, OUT made text, OUT refused text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me        uuid := audit.me('review/a');
  v_zone      text := coalesce((SELECT o.time_zone FROM portal.organisations o), 'UTC');
  v_starts    timestamptz := p_from::timestamp AT TIME ZONE v_zone;
  v_ends      timestamptz := (p_to + 1)::timestamp AT TIME ZONE v_zone;
  v_year      integer := extract(year FROM portal.today());
  v_complaint portal.complaints;
  v_last      integer;
BEGIN
  IF p_kind = 'complaint' THEN
    v_complaint := portal.complaint_to_act_on_('review/a', p_complaint);
    IF v_complaint.id IS NULL THEN refused := 'scope'; RETURN; END IF;
    IF v_complaint.state <> 'open' OR v_complaint.patient_id IS DISTINCT FROM p_patient OR v_complaint.person_id IS DISTINCT FROM p_person THEN
      refused := 'version'; RETURN;
    END IF;
  END IF;
  refused := CASE
    WHEN p_kind = 'watch_list' AND NOT EXISTS (SELECT 1 FROM portal.patients t WHERE t.id = p_patient AND t.watched) THEN 'watched'
    -- who may see the complaint may look at whom it names
    WHEN p_kind <> 'complaint' AND NOT portal.is_in_reach_('review/a', p_patient, p_person) THEN 'scope'
    ELSE coalesce(portal.near_(v_me, p_person, p_from), portal.near_(v_me, p_person, p_to)) END;
  IF refused IS NOT NULL THEN RETURN; END IF;
  INSERT INTO portal.review_numbers AS n (year, last) VALUES (v_year, 1)
    ON CONFLICT (year) DO UPDATE SET last = n.last + 1 RETURNING last INTO v_last;
  made := format('REV-%s-%s', v_year, lpad(v_last::text, 4, '0'));
  INSERT INTO portal.reviews (id, number, kind, reason, line, patient_id, person_id, complaint_id, from_on, to_on, starts_at, ends_at,
                              facility_ids, started_by)
  VALUES (p_id, made, p_kind, p_reason, p_line, p_patient, p_person, v_complaint.id, p_from, p_to, v_starts, v_ends,
          portal.facilities_concerned_(p_patient, p_person, v_starts, v_ends) || coalesce(v_complaint.facility_ids, '{}'), v_me);
  INSERT INTO portal.review_acts (review_id, seq, kind, actor_id) VALUES (p_id, 1, 'started', v_me);
  IF v_complaint.id IS NOT NULL THEN
    UPDATE portal.complaints c SET version = c.version + 1, updated_at = now() WHERE c.id = v_complaint.id;
    INSERT INTO portal.complaint_acts (complaint_id, seq, kind, actor_id) VALUES (v_complaint.id, v_complaint.version + 1, 'review_started', v_me);
  END IF;
END $$;

-- The rows a review looks at, whoever may see them: of the patient, of the person, of both.
CREATE FUNCTION portal.rows_of_review_(p_review uuid)
RETURNS TABLE (access_id uuid, action_at timestamptz, login_id uuid, patient_id uuid, facility_id uuid, owner_id uuid, person_id uuid)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  r portal.reviews;
BEGIN
  SELECT x.* INTO r FROM portal.reviews x WHERE x.id = p_review;
  IF r.patient_id IS NOT NULL THEN
    RETURN QUERY
    SELECT a.id, a.action_at, a.login_id, a.patient_id, a.facility_id, a.owner_id, h.person_id
      FROM portal.access_logs a
      LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
     WHERE a.patient_id = r.patient_id AND a.id >= audit.uuid_floor(r.starts_at) AND a.id < audit.uuid_floor(r.ends_at)
       AND (r.person_id IS NULL OR h.person_id = r.person_id)
       AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id);
  ELSE
    RETURN QUERY
    SELECT a.id, a.action_at, a.login_id, a.patient_id, a.facility_id, a.owner_id, h.person_id
      FROM portal.login_holders h
      JOIN portal.access_logs a ON a.login_id = h.login_id AND a.action_at >= h.valid_from AND (h.valid_to IS NULL OR a.action_at < h.valid_to)
     WHERE h.person_id = r.person_id AND a.id >= audit.uuid_floor(r.starts_at) AND a.id < audit.uuid_floor(r.ends_at)
       AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id);
  END IF;
END $$;

-- How many there are in all: the page says how many of them lie outside its reader's scope, without more.
CREATE FUNCTION portal.count_rows_of_review(p_review uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('review/r');
  PERFORM audit.ok('access_log/r');
  RETURN (SELECT count(*) FROM portal.rows_of_review_(p_review));
END $$;

-- Takes up what chosen people did (or, of a person's review, what was done to chosen patients): rows that stand in no case are
-- flagged, one of each login, patient and local day, and so gathered into cases; cases that are there are linked. For a
-- complaint an open case that is there is flagged too, so that a second person looks at how it is decided. Rows out of scope,
-- and those of people the asker is kept from, are passed by. How many cases, or in a word what is in the way.
CREATE FUNCTION portal.take_up_rows(p_review uuid, p_version integer, p_chosen uuid[], p_ids uuid[], OUT taken integer, OUT refused text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me     uuid    := audit.me('review_case_link/a');
  v_all    boolean := audit.sees_all('review_case_link/a');
  v_where  uuid[]  := audit.facilities('review_case_link/a');
  v_review portal.reviews := portal.review_to_act_on_('review_case_link/a', p_review);
  v_code   text;
  v_reason text;
  v_row    record;
  v_case   uuid;
  v_next   integer := 0;
BEGIN
  taken := 0;
  refused := CASE WHEN v_review.id IS NULL THEN 'scope'
                  WHEN v_review.state <> 'open' OR v_review.version <> p_version THEN 'version' END;
  IF refused IS NOT NULL THEN RETURN; END IF;
  v_code := CASE v_review.kind WHEN 'complaint' THEN 'reported_by_person' ELSE 'manual' END;
  v_reason := CASE v_review.kind WHEN 'complaint' THEN 'complaint' ELSE 'review' END;
  FOR v_row IN
    SELECT DISTINCT ON (x.login_id, x.patient_id, x.day) x.access_id, x.case_id, x.flagged
      FROM (SELECT r.*, portal.local_day(r.action_at, r.facility_id) AS day, k.id AS case_id,
                   k.state = 'closed' OR k.state = 'awaiting_second_review' OR v_review.kind <> 'complaint'
                     OR EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = k.id AND f.rule_code = v_code AND f.superseded_at IS NULL) AS flagged
              FROM portal.rows_of_review_(p_review) r
              LEFT JOIN LATERAL (SELECT c.id, c.state FROM portal.case_rows cr JOIN portal.review_cases c ON c.id = cr.case_id
                                  WHERE cr.access_id = r.access_id AND c.withdrawn_at IS NULL
                                  ORDER BY c.patient_id NULLS LAST, c.number LIMIT 1) k ON true
             WHERE (v_all OR r.facility_id = ANY (v_where) OR (r.facility_id IS NULL AND r.owner_id = v_me))
               AND CASE WHEN v_review.patient_id IS NULL THEN r.patient_id ELSE coalesce(r.person_id, r.login_id) END = ANY (p_chosen)) x
     WHERE portal.near_(v_me, x.person_id, x.day) IS NULL
     ORDER BY x.login_id, x.patient_id, x.day, x.case_id IS NOT NULL, x.access_id
  LOOP
    IF v_row.case_id IS NULL OR NOT v_row.flagged THEN
      v_next := v_next + 1;
      IF v_next > cardinality(p_ids) THEN refused := 'many'; RETURN; END IF;
      SELECT f.case_id INTO v_case FROM portal.flag_access(v_row.access_id, v_code, v_reason, NULL, p_ids[v_next]) f;
    ELSE
      SELECT c.id INTO v_case FROM portal.review_cases c
       WHERE c.id = v_row.case_id AND (v_all OR c.facility_id = ANY (v_where) OR (c.facility_id IS NULL AND c.owner_id = v_me))
         AND portal.near_(v_me, c.person_id, c.local_day) IS NULL;
    END IF;
    IF v_case IS NOT NULL THEN
      INSERT INTO portal.review_links (review_id, case_id, linked_by) VALUES (p_review, v_case, v_me) ON CONFLICT DO NOTHING;
      IF FOUND THEN taken := taken + 1; END IF;
    END IF;
  END LOOP;
  IF taken = 0 THEN refused := 'nothing'; RETURN; END IF;
  UPDATE portal.reviews r SET version = r.version + 1, updated_at = now() WHERE r.id = p_review;
  INSERT INTO portal.review_acts (review_id, seq, kind, actor_id, cases) VALUES (p_review, p_version + 1, 'cases_taken_up', v_me, taken);
END $$;

-- Ends a review with its memo. What it came to must agree with how its cases were decided.
CREATE FUNCTION portal.end_review(p_review uuid, p_version integer, p_outcome text, p_memo text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me     uuid := audit.me('review_end/a');
  v_review portal.reviews := portal.review_to_act_on_('review_end/a', p_review);
  v_word   text;
BEGIN
  v_word := CASE
    WHEN v_review.id IS NULL THEN 'scope'
    WHEN v_review.version <> p_version OR v_review.state <> 'open' THEN 'version'
    WHEN EXISTS (SELECT 1 FROM portal.open_cases_of_review_(p_review)) THEN 'open'
    WHEN p_outcome = 'nothing_improper' AND EXISTS (
      SELECT 1 FROM portal.review_links l JOIN portal.review_cases c ON c.id = l.case_id
       WHERE l.review_id = p_review AND c.disposition LIKE 'inappropriate%') THEN 'improper'
    WHEN p_outcome = 'findings_made' AND NOT EXISTS (
      SELECT 1 FROM portal.review_links l JOIN portal.finding_cases f ON f.case_id = l.case_id WHERE l.review_id = p_review) THEN 'no_finding'
    ELSE portal.relation_in_review_(v_me, v_review) END;
  IF v_word IS NOT NULL THEN RETURN v_word; END IF;
  UPDATE portal.reviews r
     SET state = 'ended', outcome = p_outcome, ended_by = v_me, ended_at = now(), version = r.version + 1, updated_at = now()
   WHERE r.id = p_review;
  INSERT INTO portal.review_acts (review_id, seq, kind, actor_id, outcome, memo)
  VALUES (p_review, p_version + 1, 'ended', v_me, p_outcome, p_memo);
  RETURN NULL;
END $$;

-- Another version of the memo; the one before stays in the history.
CREATE FUNCTION portal.amend_memo(p_review uuid, p_version integer, p_memo text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me     uuid := audit.me('review_memo/a');
  v_review portal.reviews := portal.review_to_act_on_('review_memo/a', p_review);
  v_word   text;
BEGIN
  v_word := CASE
    WHEN v_review.id IS NULL THEN 'scope'
    WHEN v_review.version <> p_version OR v_review.state <> 'ended' THEN 'version'
    ELSE portal.relation_in_review_(v_me, v_review) END;
  IF v_word IS NOT NULL THEN RETURN v_word; END IF;
  UPDATE portal.reviews r SET version = r.version + 1, updated_at = now() WHERE r.id = p_review;
  INSERT INTO portal.review_acts (review_id, seq, kind, actor_id, memo) VALUES (p_review, p_version + 1, 'memo_amended', v_me, p_memo);
  RETURN NULL;
END $$;

-- A complaint that has come to its end is opened first.
CREATE FUNCTION portal.reopen_review(p_review uuid, p_version integer) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me     uuid := audit.me('review_reopening/a');
  v_review portal.reviews := portal.review_to_act_on_('review_reopening/a', p_review);
  v_state  text;
  v_word   text;
BEGIN
  SELECT c.state INTO v_state FROM portal.complaints c WHERE c.id = v_review.complaint_id FOR UPDATE;
  v_word := CASE
    WHEN v_review.id IS NULL THEN 'scope'
    WHEN v_review.version <> p_version OR v_review.state <> 'ended' THEN 'version'
    WHEN v_state = 'disposed' THEN 'disposed'
    ELSE portal.relation_in_review_(v_me, v_review) END;
  IF v_word IS NOT NULL THEN RETURN v_word; END IF;
  UPDATE portal.reviews r
     SET state = 'open', outcome = NULL, ended_by = NULL, ended_at = NULL, version = r.version + 1, updated_at = now()
   WHERE r.id = p_review;
  INSERT INTO portal.review_acts (review_id, seq, kind, actor_id) VALUES (p_review, p_version + 1, 'reopened', v_me);
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION portal.open_cases_of_review_, portal.guard_reviews, portal.guard_complaints, portal.complaint_has_open_review_,
  portal.reviews_kept_from_person, portal.review_to_act_on_, portal.relation_in_review_, portal.rows_of_review_ FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.reviews_kept_from, portal.conflict_in_review, portal.conflict_in_complaint, portal.start_review,
  portal.count_rows_of_review, portal.take_up_rows, portal.end_review, portal.amend_memo, portal.reopen_review TO portal_app;

-- A coordinator sees what concerns a facility of theirs and what they started; an auditor what was started in the period of
-- the engagement.
SELECT audit.put_gate_before('portal.reviews', 'review');
SELECT audit.put_gate_before('portal.review_acts', 'review');
SELECT audit.put_gate_before('portal.review_links', 'review');
CREATE POLICY scope_select ON portal.reviews FOR SELECT TO portal_app
  USING (((SELECT audit.sees_all('review/r')) OR facility_ids && (SELECT audit.facilities('review/r'))::uuid[]
          OR started_by = (SELECT audit.me('review/r')))
         AND created_at >= (SELECT audit.since('review/r')) AND created_at < (SELECT audit.until('review/r')));
CREATE POLICY no_conflict ON portal.reviews AS RESTRICTIVE FOR SELECT TO portal_app
  USING (id NOT IN (SELECT portal.reviews_kept_from('review/r')));
CREATE POLICY scope_select ON portal.review_acts FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.reviews r WHERE r.id = review_id));
CREATE POLICY scope_select ON portal.review_links FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.reviews r WHERE r.id = review_id));
GRANT SELECT ON portal.reviews, portal.review_acts, portal.review_links TO portal_app;
RESET ROLE;
