-- Complaints, each with what came of it (45 CFR 164.530(d)). Who complained is a word of a closed list, never a name. What the
-- office writes about one lives here, behind the gate, and nowhere in the trail. The application's role writes nothing of it:
-- functions do, each under the event of its own act.
SET ROLE portal_owner;

CREATE TABLE portal.complaint_numbers (
  year integer PRIMARY KEY,
  last integer NOT NULL
);

CREATE TABLE portal.complaints (
  id           uuid PRIMARY KEY,
  number       text NOT NULL UNIQUE CHECK (number ~ '^CMP-[0-9]{4}-[0-9]{4,}$'),
  received_on  date NOT NULL,
  channel      text NOT NULL CHECK (channel IN ('in_person', 'phone', 'letter', 'email', 'hotline', 'portal')),
  complainant  text NOT NULL CHECK (complainant IN ('patient', 'representative', 'workforce', 'other')),
  kind         text NOT NULL CHECK (kind IN ('impermissible_access', 'impermissible_disclosure', 'rights_request', 'safeguards', 'other')),
  patient_id   uuid REFERENCES portal.patients,
  person_id    uuid REFERENCES portal.people,
  facility_id  uuid REFERENCES portal.facilities,
  -- whose facilities it concerns: the one named, those where the patient's records were opened, those where the person worked
  facility_ids uuid[] NOT NULL,
  details      text NOT NULL CHECK (length(details) BETWEEN 1 AND 2000),
  owner_id     uuid NOT NULL REFERENCES portal.people,
  due_on       date NOT NULL,
  state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'disposed')),
  disposition  text CHECK (disposition IN ('substantiated', 'not_substantiated', 'could_not_determine', 'referred', 'withdrawn')),
  disposed_by  uuid REFERENCES portal.people,
  disposed_at  timestamptz,
  recorded_by  uuid NOT NULL REFERENCES portal.people,
  -- the seq of the latest line of its history
  version      integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT complaints_disposed_whole CHECK ((state = 'disposed') = (disposition IS NOT NULL)
    AND (state = 'disposed') = (disposed_by IS NOT NULL) AND (state = 'disposed') = (disposed_at IS NOT NULL))
);
CREATE INDEX complaints_state ON portal.complaints (state, id);
CREATE INDEX complaints_person ON portal.complaints (person_id) WHERE person_id IS NOT NULL;

-- What was done about it: each line stays. The text of a disposition stands in its line, so that another one overwrites nothing.
CREATE TABLE portal.complaint_acts (
  complaint_id uuid NOT NULL REFERENCES portal.complaints,
  seq          integer NOT NULL CHECK (seq > 0),
  kind         text NOT NULL CHECK (kind IN ('recorded', 'changed', 'review_started', 'disposed', 'reopened')),
  actor_id     uuid NOT NULL REFERENCES portal.people,
  at           timestamptz NOT NULL DEFAULT now(),
  disposition  text,
  statement    text CHECK (length(statement) BETWEEN 1 AND 2000),
  PRIMARY KEY (complaint_id, seq),
  CONSTRAINT complaint_acts_disposition_whole
    CHECK ((kind = 'disposed') = (disposition IS NOT NULL) AND (kind = 'disposed') = (statement IS NOT NULL))
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.complaint_acts
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- Where a patient's records were opened, and where a person worked or opened records, between two instants.
CREATE FUNCTION portal.facilities_concerned_(p_patient uuid, p_person uuid, p_from timestamptz, p_until timestamptz) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_first uuid := audit.uuid_floor(p_from);
  v_end   uuid := audit.uuid_floor(p_until);
BEGIN
  RETURN ARRAY(
    SELECT a.facility_id FROM portal.access_logs a
     WHERE a.patient_id = p_patient AND a.id >= v_first AND a.id < v_end AND a.facility_id IS NOT NULL
    UNION
    SELECT e.facility_id FROM portal.employment_periods e
     WHERE e.person_id = p_person AND e.superseded_at IS NULL
       AND daterange(e.starts_on, e.ends_on, '[]') && daterange(p_from::date, p_until::date, '[]')
    UNION
    SELECT a.facility_id FROM portal.login_holders h
      JOIN portal.access_logs a ON a.login_id = h.login_id AND a.id >= v_first AND a.id < v_end
       AND a.action_at >= h.valid_from AND (h.valid_to IS NULL OR a.action_at < h.valid_to) AND a.facility_id IS NOT NULL
     WHERE h.person_id = p_person);
END $$;

-- Whether whoever acts may name this patient and this person at all: a patient of whom they see a row, a person who worked
-- at a facility of theirs. Nobody named is nobody in the way.
CREATE FUNCTION portal.is_in_reach_(p_cover text, p_patient uuid, p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me    uuid    := audit.me(p_cover);
  v_all   boolean := audit.sees_all(p_cover);
  v_where uuid[]  := audit.facilities(p_cover);
BEGIN
  RETURN (p_patient IS NULL OR EXISTS (
      SELECT 1 FROM portal.access_logs a
       WHERE a.patient_id = p_patient
         AND (v_all OR a.facility_id = ANY (v_where) OR (a.facility_id IS NULL AND a.owner_id = v_me))))
    AND (p_person IS NULL OR (v_all AND EXISTS (SELECT 1 FROM portal.people p WHERE p.id = p_person)) OR EXISTS (
      SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p_person AND e.facility_id = ANY (v_where)));
END $$;

-- A relation that keeps somebody from a person altogether.
CREATE FUNCTION portal.near_(p_me uuid, p_person uuid, p_day date) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_relation text := portal.relation_to(p_me, p_person, p_day);
BEGIN
  RETURN CASE WHEN v_relation <> 'department' THEN v_relation END;
END $$;

-- Complaints about whoever the asker is kept from, whatever the day: nobody knows yet which days it is about.
CREATE FUNCTION portal.complaints_kept_from_person(p_me uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT c.id FROM portal.people_kept_from(p_me) k JOIN portal.complaints c ON c.person_id = k.person_id;
END $$;
CREATE FUNCTION portal.complaints_kept_from(p_cover text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT portal.complaints_kept_from_person(audit.me(p_cover));
END $$;

-- The complaint, if whoever acts may act on it, locked for the act.
CREATE FUNCTION portal.complaint_to_act_on_(p_cover text, p_complaint uuid) RETURNS portal.complaints
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me        uuid    := audit.me(p_cover);
  v_all       boolean := audit.sees_all(p_cover);
  v_where     uuid[]  := audit.facilities(p_cover);
  v_complaint portal.complaints;
BEGIN
  SELECT c.* INTO v_complaint FROM portal.complaints c
   WHERE c.id = p_complaint AND (v_all OR c.facility_ids && v_where OR c.recorded_by = v_me OR c.owner_id = v_me)
     AND c.id NOT IN (SELECT portal.complaints_kept_from_person(v_me))
     FOR UPDATE;
  RETURN v_complaint;
END $$;

-- Who may own a complaint: somebody of the office who stands near to nobody it is about.
CREATE FUNCTION portal.may_own_complaint_(p_owner uuid, p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.people p WHERE p.id = p_owner AND p.active AND p.role IN ('manager', 'coordinator'))
    AND portal.near_(p_owner, p_person, portal.today()) IS NULL;
END $$;

-- Records a complaint; its number, or in a word what is in the way.
CREATE FUNCTION portal.record_complaint(p_id uuid, p_received date, p_channel text, p_complainant text, p_kind text, p_patient uuid,
  p_person uuid, p_facility uuid, p_details text, p_owner uuid, p_due date, OUT made text, OUT refused text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me   uuid := audit.me('complaint/a');
  v_year integer := extract(year FROM portal.today());
  v_last integer;
BEGIN
  refused := CASE
    WHEN NOT portal.is_in_reach_('complaint/a', p_patient, p_person) THEN 'scope'
    WHEN p_facility IS NOT NULL AND NOT (audit.sees_all('complaint/a') OR p_facility = ANY (audit.facilities('complaint/a'))) THEN 'scope'
    WHEN NOT portal.may_own_complaint_(p_owner, p_person) THEN 'owner'
    ELSE portal.near_(v_me, p_person, portal.today()) END;
  IF refused IS NOT NULL THEN RETURN; END IF;
  INSERT INTO portal.complaint_numbers AS n (year, last) VALUES (v_year, 1)
    ON CONFLICT (year) DO UPDATE SET last = n.last + 1 RETURNING last INTO v_last;
  made := format('CMP-%s-%s', v_year, lpad(v_last::text, 4, '0'));
  INSERT INTO portal.complaints (id, number, received_on, channel, complainant, kind, patient_id, person_id, facility_id, facility_ids,
                                 details, owner_id, due_on, recorded_by)
  VALUES (p_id, made, p_received, p_channel, p_complainant, p_kind, p_patient, p_person, p_facility,
          array_remove(portal.facilities_concerned_(p_patient, p_person, now() - interval '2 years', now() + interval '1 day') || p_facility, NULL),
          p_details, p_owner, p_due, v_me);
  INSERT INTO portal.complaint_acts (complaint_id, seq, kind, actor_id) VALUES (p_id, 1, 'recorded', v_me);
END $$;

-- Says whom it is about, whose it is and until when. What was said of it when it came stays.
CREATE FUNCTION portal.change_complaint(p_complaint uuid, p_version integer, p_patient uuid, p_person uuid, p_owner uuid, p_due date) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me        uuid := audit.me('complaint/w');
  v_complaint portal.complaints := portal.complaint_to_act_on_('complaint/w', p_complaint);
  v_word      text;
BEGIN
  v_word := CASE
    WHEN v_complaint.id IS NULL THEN 'scope'
    WHEN v_complaint.version <> p_version OR v_complaint.state <> 'open' THEN 'version'
    -- whom it was about when a review began stays whom the review is about
    WHEN (v_complaint.patient_id IS DISTINCT FROM p_patient OR v_complaint.person_id IS DISTINCT FROM p_person)
         AND EXISTS (SELECT 1 FROM portal.complaint_acts a WHERE a.complaint_id = p_complaint AND a.kind = 'review_started') THEN 'reviewed'
    WHEN NOT portal.is_in_reach_('complaint/w', nullif(p_patient, v_complaint.patient_id), nullif(p_person, v_complaint.person_id)) THEN 'scope'
    WHEN NOT portal.may_own_complaint_(p_owner, p_person) THEN 'owner'
    ELSE portal.near_(v_me, p_person, portal.today()) END;
  IF v_word IS NOT NULL THEN RETURN v_word; END IF;
  UPDATE portal.complaints c
     SET patient_id = p_patient, person_id = p_person, owner_id = p_owner, due_on = p_due, version = c.version + 1, updated_at = now(),
         facility_ids = array_remove(portal.facilities_concerned_(p_patient, p_person, now() - interval '2 years', now() + interval '1 day')
                                     || c.facility_id, NULL)
   WHERE c.id = p_complaint;
  INSERT INTO portal.complaint_acts (complaint_id, seq, kind, actor_id) VALUES (p_complaint, p_version + 1, 'changed', v_me);
  RETURN NULL;
END $$;

-- The colleague of a department sees a complaint and leaves its end to somebody else.
CREATE FUNCTION portal.dispose_complaint(p_complaint uuid, p_version integer, p_disposition text, p_statement text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me        uuid := audit.me('complaint_disposition/a');
  v_complaint portal.complaints := portal.complaint_to_act_on_('complaint_disposition/a', p_complaint);
  v_word      text;
BEGIN
  v_word := CASE
    WHEN v_complaint.id IS NULL THEN 'scope'
    WHEN v_complaint.version <> p_version OR v_complaint.state <> 'open' THEN 'version'
    WHEN portal.complaint_has_open_review_(p_complaint) THEN 'review'
    ELSE portal.relation_in_the_way(v_me, v_complaint.person_id, portal.today()) END;
  IF v_word IS NOT NULL THEN RETURN v_word; END IF;
  UPDATE portal.complaints c
     SET state = 'disposed', disposition = p_disposition, disposed_by = v_me, disposed_at = now(), version = c.version + 1, updated_at = now()
   WHERE c.id = p_complaint;
  INSERT INTO portal.complaint_acts (complaint_id, seq, kind, actor_id, disposition, statement)
  VALUES (p_complaint, p_version + 1, 'disposed', v_me, p_disposition, p_statement);
  RETURN NULL;
END $$;

CREATE FUNCTION portal.reopen_complaint(p_complaint uuid, p_version integer) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_me        uuid := audit.me('complaint_reopening/a');
  v_complaint portal.complaints := portal.complaint_to_act_on_('complaint_reopening/a', p_complaint);
  v_word      text;
BEGIN
  v_word := CASE
    WHEN v_complaint.id IS NULL THEN 'scope'
    WHEN v_complaint.version <> p_version OR v_complaint.state <> 'disposed' THEN 'version'
    ELSE portal.relation_in_the_way(v_me, v_complaint.person_id, portal.today()) END;
  IF v_word IS NOT NULL THEN RETURN v_word; END IF;
  UPDATE portal.complaints c
     SET state = 'open', disposition = NULL, disposed_by = NULL, disposed_at = NULL, version = c.version + 1, updated_at = now()
   WHERE c.id = p_complaint;
  INSERT INTO portal.complaint_acts (complaint_id, seq, kind, actor_id) VALUES (p_complaint, p_version + 1, 'reopened', v_me);
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION portal.facilities_concerned_, portal.is_in_reach_, portal.near_, portal.complaints_kept_from_person,
  portal.complaint_to_act_on_, portal.may_own_complaint_ FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.complaints_kept_from, portal.record_complaint, portal.change_complaint, portal.dispose_complaint,
  portal.reopen_complaint TO portal_app;

-- A coordinator sees what concerns a facility of theirs, what they recorded and what is theirs to answer; an auditor what was
-- recorded in the period of the engagement.
SELECT audit.put_gate_before('portal.complaints', 'complaint');
SELECT audit.put_gate_before('portal.complaint_acts', 'complaint');
CREATE POLICY scope_select ON portal.complaints FOR SELECT TO portal_app
  USING (((SELECT audit.sees_all('complaint/r')) OR facility_ids && (SELECT audit.facilities('complaint/r'))::uuid[]
          OR recorded_by = (SELECT audit.me('complaint/r')) OR owner_id = (SELECT audit.me('complaint/r')))
         AND created_at >= (SELECT audit.since('complaint/r')) AND created_at < (SELECT audit.until('complaint/r')));
CREATE POLICY no_conflict ON portal.complaints AS RESTRICTIVE FOR SELECT TO portal_app
  USING (id NOT IN (SELECT portal.complaints_kept_from('complaint/r')));
CREATE POLICY scope_select ON portal.complaint_acts FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.complaints c WHERE c.id = complaint_id));
GRANT SELECT ON portal.complaints, portal.complaint_acts TO portal_app;
RESET ROLE;
