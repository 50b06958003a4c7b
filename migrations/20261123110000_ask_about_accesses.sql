-- "Why did you open this record?": what the privacy office asks the person of a case, or their supervisor, and what they
-- answer. A question carries all that its addressee may know of the access, so that reading it touches neither the case nor
-- the log. The office reads these tables behind the gate; an addressee has functions that show their own and no more.
SET ROLE portal_owner;

CREATE TABLE portal.questions (
  id            uuid PRIMARY KEY,
  case_id       uuid NOT NULL REFERENCES portal.review_cases,
  asked_by      uuid NOT NULL REFERENCES portal.people,
  asked_at      timestamptz NOT NULL DEFAULT now(),
  addressee     text NOT NULL CHECK (addressee IN ('person', 'supervisor')),
  addressee_id  uuid NOT NULL REFERENCES portal.people,
  confidential  boolean NOT NULL,
  question      text NOT NULL CHECK (question IN ('role_in_care', 'course_of_work', 'which_task', 'was_it_you', 'meant_to', 'working_then')),
  line          text CHECK (length(line) BETWEEN 1 AND 200),
  -- what the addressee may know of the access, as it was when it was asked about
  subject_id    uuid NOT NULL REFERENCES portal.people,
  subject_name  text NOT NULL,
  resource_type text NOT NULL,
  several       boolean NOT NULL,
  access_at     timestamptz NOT NULL,
  time_zone     text NOT NULL,
  facility_name text,
  -- the last day for an answer, and when it ends in the organisation's time zone
  due_on        date NOT NULL,
  due_until     timestamptz NOT NULL,
  state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'withdrawn', 'not_needed')),
  ended_at      timestamptz,
  -- when the program noted that nobody had answered in time
  overdue_at    timestamptz,
  -- since when nothing is added any more: the case is decided
  sealed_at     timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT questions_confidential_to_supervisor CHECK (NOT confidential OR addressee = 'supervisor'),
  CONSTRAINT questions_person_is_subject CHECK ((addressee = 'person') = (addressee_id = subject_id)),
  CONSTRAINT questions_end_whole CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX questions_one_open ON portal.questions (case_id, addressee_id) WHERE state = 'open';
CREATE INDEX questions_case ON portal.questions (case_id);
CREATE INDEX questions_addressee ON portal.questions (addressee_id, state);
CREATE INDEX questions_to_mark ON portal.questions (due_until) WHERE state = 'open' AND overdue_at IS NULL;

-- Sealed once it is sent: what comes later is a remark beside it.
CREATE TABLE portal.question_answers (
  question_id uuid PRIMARY KEY REFERENCES portal.questions,
  answer      text NOT NULL CHECK (answer IN ('caring', 'covering', 'registration', 'quality_review', 'wrong_patient', 'not_me',
                'not_known', 'other')),
  line        text CHECK (length(line) BETWEEN 1 AND 500),
  channel     text NOT NULL CHECK (channel IN ('portal', 'phone')),
  answered_by uuid NOT NULL REFERENCES portal.people,
  answered_at timestamptz NOT NULL,
  -- who listened, where the answer was taken by phone
  taken_by    uuid REFERENCES portal.people,
  recorded_by uuid NOT NULL REFERENCES portal.people,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  late        boolean NOT NULL,
  CONSTRAINT question_answers_phone_whole CHECK ((channel = 'phone') = (taken_by IS NOT NULL)),
  CONSTRAINT question_answers_in_order CHECK (answered_at <= recorded_at)
);
CREATE TABLE portal.question_remarks (
  id          uuid PRIMARY KEY,
  question_id uuid NOT NULL REFERENCES portal.questions,
  person_id   uuid NOT NULL REFERENCES portal.people,
  at          timestamptz NOT NULL DEFAULT now(),
  remark      text NOT NULL CHECK (length(remark) BETWEEN 1 AND 500)
);
CREATE INDEX question_remarks_question ON portal.question_remarks (question_id, at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.question_answers
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.question_remarks
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- When the earliest open answer of a case was due at the latest: the queue shows and counts by it without reading questions.
ALTER TABLE portal.review_cases ADD COLUMN answer_due_at timestamptz;
CREATE INDEX review_cases_answer_due ON portal.review_cases (answer_due_at) WHERE answer_due_at IS NOT NULL;
ALTER TABLE portal.review_events ADD COLUMN question_id uuid REFERENCES portal.questions;

-- Words are added to what stands there: other migrations have words of their own.
DO $$
DECLARE
  v_words text;
BEGIN
  SELECT string_agg(DISTINCT quote_literal(m), ', ') INTO v_words
    FROM (SELECT (regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g'))[1] AS m
            FROM pg_constraint c WHERE c.conrelid = 'portal.review_events'::regclass AND c.conname = 'review_events_kind_check'
          UNION SELECT unnest(ARRAY['asked', 'answered', 'answer_recorded', 'remarked', 'question_withdrawn', 'answer_overdue'])) every;
  EXECUTE format('ALTER TABLE portal.review_events DROP CONSTRAINT review_events_kind_check,
                  ADD CONSTRAINT review_events_kind_check CHECK (kind IN (%s))', v_words);
END $$;

-- What a question says of the access comes from the case, whoever asks; and nobody is asked who has nothing to do with it.
CREATE FUNCTION portal.prepare_question() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_case record;
  v_zone text := coalesce((SELECT o.time_zone FROM portal.organisations o), 'UTC');
BEGIN
  -- this looks before the policies do
  IF session_user = 'portal_app' THEN PERFORM audit.ok('question/a'); END IF;
  SELECT c.person_id, p.full_name, c.resource_type, c.patient_id IS NULL AND c.row_count > 1 AS several, c.first_action_at, c.local_day,
         f.name AS facility_name, coalesce(f.time_zone, v_zone) AS time_zone,
         c.state IN ('awaiting_second_review', 'closed') OR c.withdrawn_at IS NOT NULL AS is_over
    INTO STRICT v_case
    FROM portal.review_cases c
    LEFT JOIN portal.people p ON p.id = c.person_id
    LEFT JOIN portal.facilities f ON f.id = c.facility_id
   WHERE c.id = NEW.case_id;
  IF v_case.person_id IS NULL OR v_case.is_over THEN
    RAISE EXCEPTION 'nobody is asked about this case' USING ERRCODE = 'check_violation', CONSTRAINT = 'questions_case_open';
  END IF;
  IF NEW.addressee = 'supervisor' AND NOT EXISTS (
       SELECT 1 FROM portal.employment_periods e
        WHERE e.person_id = v_case.person_id AND e.supervisor_id = NEW.addressee_id AND e.superseded_at IS NULL
          AND e.starts_on <= v_case.local_day) THEN
    RAISE EXCEPTION 'not a supervisor of that person' USING ERRCODE = 'check_violation', CONSTRAINT = 'questions_supervisor';
  END IF;
  NEW.subject_id := v_case.person_id;
  NEW.subject_name := v_case.full_name;
  NEW.resource_type := v_case.resource_type;
  NEW.several := v_case.several;
  NEW.access_at := v_case.first_action_at;
  NEW.time_zone := v_case.time_zone;
  NEW.facility_name := v_case.facility_name;
  NEW.due_until := (NEW.due_on + 1)::timestamp AT TIME ZONE v_zone;
  RETURN NEW;
END $$;
CREATE TRIGGER prepare_question BEFORE INSERT ON portal.questions FOR EACH ROW EXECUTE FUNCTION portal.prepare_question();

-- A question stays as it was asked, and ends once.
CREATE FUNCTION portal.keep_question() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'DELETE on questions refused: a question is kept' USING ERRCODE = 'HA403';
  END IF;
  IF (NEW.id, NEW.case_id, NEW.asked_by, NEW.asked_at, NEW.addressee, NEW.addressee_id, NEW.confidential, NEW.question, NEW.line,
      NEW.subject_id, NEW.subject_name, NEW.resource_type, NEW.several, NEW.access_at, NEW.time_zone, NEW.facility_name, NEW.due_on,
      NEW.due_until)
     IS DISTINCT FROM
     (OLD.id, OLD.case_id, OLD.asked_by, OLD.asked_at, OLD.addressee, OLD.addressee_id, OLD.confidential, OLD.question, OLD.line,
      OLD.subject_id, OLD.subject_name, OLD.resource_type, OLD.several, OLD.access_at, OLD.time_zone, OLD.facility_name, OLD.due_on,
      OLD.due_until) THEN
    RAISE EXCEPTION 'a question does not change after it was asked' USING ERRCODE = 'HA403';
  END IF;
  IF NEW.state <> OLD.state THEN
    IF OLD.state <> 'open'
       OR (NEW.state = 'answered' AND NOT EXISTS (SELECT 1 FROM portal.question_answers a WHERE a.question_id = NEW.id)) THEN
      RAISE EXCEPTION 'a question does not go from % to %', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'questions_order';
    END IF;
    NEW.ended_at := now();
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER keep_question BEFORE UPDATE OR DELETE ON portal.questions FOR EACH ROW EXECUTE FUNCTION portal.keep_question();

-- When an answer was late is the database's to say.
CREATE FUNCTION portal.date_answer() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.recorded_at := now();
  NEW.late := NEW.answered_at >= (SELECT q.due_until FROM portal.questions q WHERE q.id = NEW.question_id);
  RETURN NEW;
END $$;
CREATE TRIGGER date_answer BEFORE INSERT ON portal.question_answers FOR EACH ROW EXECUTE FUNCTION portal.date_answer();

CREATE FUNCTION portal.note_answer_due() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE portal.review_cases c
     SET answer_due_at = (SELECT min(q.due_until) FROM portal.questions q WHERE q.case_id = NEW.case_id AND q.state = 'open')
   WHERE c.id = NEW.case_id;
  RETURN NULL;
END $$;
CREATE TRIGGER note_answer_due AFTER INSERT OR UPDATE OF state ON portal.questions
  FOR EACH ROW EXECUTE FUNCTION portal.note_answer_due();

-- Whoever decides a case, in whatever way, needs no answer to it any more; so does nobody once its rows are withdrawn.
CREATE FUNCTION portal.end_questions() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_over boolean := NEW.state IN ('awaiting_second_review', 'closed') OR NEW.withdrawn_at IS NOT NULL;
BEGIN
  IF v_over THEN
    UPDATE portal.questions q SET state = 'not_needed' WHERE q.case_id = NEW.id AND q.state = 'open';
  END IF;
  UPDATE portal.questions q SET sealed_at = CASE WHEN v_over THEN now() END
   WHERE q.case_id = NEW.id AND (q.sealed_at IS NULL) = v_over;
  IF NEW.withdrawn_at IS NOT NULL AND NEW.state = 'awaiting_answer' THEN
    UPDATE portal.review_cases c SET state = 'in_review' WHERE c.id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER end_questions AFTER UPDATE ON portal.review_cases FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at)
  EXECUTE FUNCTION portal.end_questions();

-- Whether whoever holds this ticket may do something about a case: it is in their scope, and no conflict is in the way.
CREATE FUNCTION portal.may_act_on_case(p_cover text, p_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me    uuid    := audit.me(p_cover);
  v_all   boolean := audit.sees_all(p_cover);
  v_where uuid[]  := audit.facilities(p_cover);
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.review_cases c
                  WHERE c.id = p_case
                    AND (v_all OR c.facility_id = ANY (v_where) OR (c.facility_id IS NULL AND c.owner_id = v_me))
                    AND portal.relation_to(v_me, c.person_id, c.local_day) IS NULL);
END $$;
REVOKE ALL ON FUNCTION portal.may_act_on_case FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.may_act_on_case TO portal_app;

SELECT audit.put_gate_before('portal.questions', 'question');
SELECT audit.put_gate_before('portal.question_answers', 'answer');
SELECT audit.put_gate_before('portal.question_remarks', 'answer');
CREATE POLICY worker ON portal.questions TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON portal.question_answers TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON portal.question_remarks TO portal_worker USING (true) WITH CHECK (true);
-- whoever sees the case sees what was asked about it
CREATE POLICY scope_select ON portal.questions FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.review_cases c WHERE c.id = case_id));
CREATE POLICY scope_select ON portal.question_answers FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.questions q WHERE q.id = question_id));
CREATE POLICY scope_select ON portal.question_remarks FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.questions q WHERE q.id = question_id));
CREATE POLICY scope_insert ON portal.questions FOR INSERT TO portal_app
  WITH CHECK (asked_by = (SELECT audit.me('question/a')) AND addressee_id <> asked_by AND portal.may_act_on_case('question/a', case_id));
CREATE POLICY scope_update ON portal.questions FOR UPDATE TO portal_app
  USING (portal.may_act_on_case('question/w', case_id));
-- a reviewer enters what was said on the phone; nobody else's own answer
CREATE POLICY scope_insert ON portal.question_answers FOR INSERT TO portal_app
  WITH CHECK (channel = 'phone' AND recorded_by = (SELECT audit.me('answer/a'))
              AND EXISTS (SELECT 1 FROM portal.questions q WHERE q.id = question_id AND portal.may_act_on_case('answer/a', q.case_id)));
GRANT SELECT ON portal.questions, portal.question_answers, portal.question_remarks TO portal_app;
GRANT INSERT (id, case_id, asked_by, addressee, addressee_id, confidential, question, line, due_on) ON portal.questions TO portal_app;
GRANT UPDATE (state, updated_at) ON portal.questions TO portal_app;
GRANT INSERT (question_id, answer, line, channel, answered_by, answered_at, taken_by, recorded_by) ON portal.question_answers TO portal_app;

-- Whether somebody could answer here at all: whoever cannot is asked by phone.
CREATE FUNCTION portal.can_sign_in(p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('question/r');
  RETURN EXISTS (SELECT 1 FROM portal.people p JOIN portal.credentials c ON c.person_id = p.id
                  WHERE p.id = p_person AND p.active AND p.username IS NOT NULL);
END $$;

-- The questions put to whoever asks: what they need to remember the access by, and nothing of the case.
CREATE FUNCTION portal.my_questions() RETURNS TABLE (id uuid, addressee text, subject_name text, confidential boolean, question text,
  line text, resource_type text, several boolean, access_at timestamptz, time_zone text, facility_name text, asked_at timestamptz,
  due_on date, overdue boolean, state text, ended_at timestamptz, open_to_remarks boolean, answer text, answer_line text,
  answered_at timestamptz, late boolean, by_phone boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('own_question/r');
BEGIN
  RETURN QUERY
    SELECT q.id, q.addressee, CASE WHEN q.addressee = 'supervisor' THEN q.subject_name END, q.confidential, q.question, q.line,
           q.resource_type, q.several, q.access_at, q.time_zone, q.facility_name, q.asked_at, q.due_on,
           q.state = 'open' AND q.due_until <= now(), q.state, q.ended_at, a.question_id IS NOT NULL AND q.sealed_at IS NULL,
           a.answer, a.line, a.answered_at, a.late, a.channel = 'phone'
      FROM portal.questions q
      LEFT JOIN portal.question_answers a ON a.question_id = q.id AND a.answered_by = v_me
     WHERE q.addressee_id = v_me;
END $$;
CREATE FUNCTION portal.my_remarks(p_question uuid) RETURNS TABLE (at timestamptz, remark text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me uuid := audit.me('own_question/r');
BEGIN
  RETURN QUERY SELECT r.at, r.remark FROM portal.question_remarks r
                WHERE r.question_id = p_question AND r.person_id = v_me ORDER BY r.at, r.id;
END $$;

-- How many wait for whoever reads this page: a number, no more.
CREATE FUNCTION portal.open_questions() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  RETURN (SELECT count(*) FROM portal.questions q WHERE q.addressee_id = t.actor_id AND q.state = 'open');
END $$;

-- A line in the history of a case that is locked already, and the state it leaves the case in.
CREATE FUNCTION portal.note_in_case_(p_case uuid, p_kind text, p_actor uuid, p_question uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_case record;
  v_to   text;
BEGIN
  SELECT c.version, c.state INTO STRICT v_case FROM portal.review_cases c WHERE c.id = p_case FOR UPDATE;
  v_to := CASE WHEN p_kind = 'answered' AND v_case.state = 'awaiting_answer' THEN 'in_review' ELSE v_case.state END;
  INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, question_id)
  VALUES (p_case, v_case.version + 1, p_kind, p_actor, v_case.state, v_to, p_question);
  UPDATE portal.review_cases c SET state = v_to, version = v_case.version + 1, updated_at = now() WHERE c.id = p_case;
END $$;

-- Answers one's own question: 'done', 'absent', or the state it is in by now. The case first: whoever decides it has it
-- locked before its questions.
CREATE FUNCTION portal.answer_question(p_question uuid, p_answer text, p_line text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me    uuid := audit.me('own_answer/a');
  v_case  uuid;
  v_state text;
BEGIN
  SELECT q.case_id INTO v_case FROM portal.questions q WHERE q.id = p_question AND q.addressee_id = v_me;
  IF NOT FOUND THEN RETURN 'absent'; END IF;
  PERFORM 1 FROM portal.review_cases c WHERE c.id = v_case FOR UPDATE;
  SELECT q.state INTO v_state FROM portal.questions q WHERE q.id = p_question FOR UPDATE;
  IF v_state <> 'open' THEN RETURN v_state; END IF;
  INSERT INTO portal.question_answers (question_id, answer, line, channel, answered_by, answered_at, recorded_by, late)
  VALUES (p_question, p_answer, p_line, 'portal', v_me, now(), v_me, false);
  UPDATE portal.questions q SET state = 'answered' WHERE q.id = p_question;
  PERFORM portal.note_in_case_(v_case, 'answered', v_me, p_question);
  RETURN 'done';
END $$;

-- Adds to one's own answer, as long as the case is not decided: 'done', 'absent' or 'sealed'.
CREATE FUNCTION portal.add_remark(p_id uuid, p_question uuid, p_remark text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me   uuid := audit.me('own_remark/a');
  v_case uuid;
BEGIN
  SELECT q.case_id INTO v_case FROM portal.questions q WHERE q.id = p_question AND q.addressee_id = v_me;
  IF NOT FOUND THEN RETURN 'absent'; END IF;
  PERFORM 1 FROM portal.review_cases c WHERE c.id = v_case FOR UPDATE;
  IF NOT EXISTS (SELECT 1 FROM portal.questions q JOIN portal.question_answers a ON a.question_id = q.id AND a.answered_by = v_me
                  WHERE q.id = p_question AND q.sealed_at IS NULL) THEN
    RETURN 'sealed';
  END IF;
  INSERT INTO portal.question_remarks (id, question_id, person_id, remark) VALUES (p_id, p_question, v_me, p_remark);
  PERFORM portal.note_in_case_(v_case, 'remarked', v_me, p_question);
  RETURN 'done';
END $$;

-- Which open questions nobody answered in time, ids only, like the jobs that wait; each is then marked under its own event.
CREATE FUNCTION portal.questions_to_mark(p_limit integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT q.id FROM portal.questions q WHERE q.state = 'open' AND q.overdue_at IS NULL AND q.due_until <= now() ORDER BY q.due_until, q.id LIMIT p_limit
$$;
-- Asks again itself whether this one is: whoever names another marks nothing.
CREATE FUNCTION portal.mark_question_overdue(p_question uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_case uuid;
BEGIN
  PERFORM audit.ok('overdue_question/w');
  SELECT q.case_id INTO v_case FROM portal.questions q WHERE q.id = p_question;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM 1 FROM portal.review_cases c WHERE c.id = v_case FOR UPDATE;
  UPDATE portal.questions q SET overdue_at = now()
   WHERE q.id = p_question AND q.state = 'open' AND q.overdue_at IS NULL AND q.due_until <= now();
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM portal.note_in_case_(v_case, 'answer_overdue', NULL, p_question);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION portal.can_sign_in, portal.my_questions, portal.my_remarks, portal.open_questions, portal.note_in_case_,
  portal.answer_question, portal.add_remark, portal.questions_to_mark, portal.mark_question_overdue FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.can_sign_in, portal.my_questions, portal.my_remarks, portal.open_questions, portal.answer_question,
  portal.add_remark TO portal_app;
GRANT EXECUTE ON FUNCTION portal.questions_to_mark, portal.mark_question_overdue TO portal_worker;
RESET ROLE;
