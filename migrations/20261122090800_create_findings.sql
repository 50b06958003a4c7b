-- Findings: what came of cases. A finding copies the evidence columns it relies on, so that a month of access rows can
-- later move to the archive without it.
SET ROLE portal_owner;

CREATE TABLE portal.finding_numbers (
  year integer PRIMARY KEY,
  last integer NOT NULL
);

CREATE TABLE portal.findings (
  id            uuid PRIMARY KEY,
  number        text NOT NULL UNIQUE CHECK (number ~ '^FND-[0-9]{4}-[0-9]{4,}$'),
  title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  severity      text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  status        text NOT NULL CHECK (status IN ('open', 'investigating', 'action_planned', 'action_in_progress', 'ready_for_review',
                  'closed_remediated', 'closed_accepted', 'closed_not_substantiated', 'reopened')),
  facility_id   uuid REFERENCES portal.facilities,
  created_by    uuid NOT NULL REFERENCES portal.people,
  assigned_to   uuid NOT NULL REFERENCES portal.people,
  due_date      date NOT NULL,
  discovered_on date,
  details       text CHECK (length(details) <= 4000),
  version       integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX findings_open ON portal.findings (due_date, id) WHERE status NOT LIKE 'closed%';
CREATE INDEX findings_facility ON portal.findings (facility_id);
CREATE INDEX findings_assigned ON portal.findings (assigned_to);

CREATE TABLE portal.finding_cases (
  finding_id uuid NOT NULL REFERENCES portal.findings,
  case_id    uuid NOT NULL REFERENCES portal.review_cases,
  linked_by  uuid NOT NULL REFERENCES portal.people,
  linked_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (finding_id, case_id)
);
CREATE INDEX finding_cases_case ON portal.finding_cases (case_id);

CREATE TABLE portal.finding_evidence (
  finding_id    uuid NOT NULL REFERENCES portal.findings,
  access_id     uuid NOT NULL,
  case_id       uuid NOT NULL REFERENCES portal.review_cases,
  action_at     timestamptz NOT NULL,
  login_id      uuid NOT NULL REFERENCES portal.ehr_logins,
  facility_id   uuid,
  patient_id    uuid REFERENCES portal.patients,
  resource_type text NOT NULL,
  resource_id   text,
  access_type   text NOT NULL,
  access_reason text NOT NULL,
  outcome       text NOT NULL,
  source_ip     inet,
  device_label  text,
  PRIMARY KEY (finding_id, access_id)
);

CREATE TABLE portal.finding_events (
  finding_id uuid NOT NULL REFERENCES portal.findings,
  seq        integer NOT NULL CHECK (seq > 0),
  kind       text NOT NULL CHECK (kind IN ('opened', 'case_linked', 'status_changed', 'assigned', 'commented')),
  actor_id   uuid NOT NULL REFERENCES portal.people,
  at         timestamptz NOT NULL DEFAULT now(),
  to_status  text NOT NULL,
  PRIMARY KEY (finding_id, seq)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.finding_events
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.finding_evidence
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

-- The next number of a year, without gaps: taken inside the transaction that opens the finding.
CREATE FUNCTION portal.next_finding_number(p_year integer) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_last integer;
BEGIN
  PERFORM audit.ok('finding/a');
  INSERT INTO portal.finding_numbers AS n (year, last) VALUES (p_year, 1)
    ON CONFLICT (year) DO UPDATE SET last = n.last + 1 RETURNING last INTO v_last;
  RETURN format('FND-%s-%s', p_year, lpad(v_last::text, 4, '0'));
END $$;
GRANT EXECUTE ON FUNCTION portal.next_finding_number TO portal_app;
RESET ROLE;
