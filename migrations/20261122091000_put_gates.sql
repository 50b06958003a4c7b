-- The gate before every protected table, and behind it who sees which rows. A row out of scope does not exist.
SET ROLE portal_owner;

DO $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN
    SELECT * FROM (VALUES
      ('people', 'person'), ('employment_periods', 'employment'), ('facilities', 'facility'), ('departments', 'facility'),
      ('ehr_logins', 'login'), ('login_holders', 'login'), ('vendors', 'login'), ('patients', 'patient'), ('patient_ids', 'patient_id'),
      ('access_logs', 'access_log'), ('access_flags', 'access_flag'), ('rules', 'rule'),
      ('review_cases', 'review_case'), ('case_rows', 'review_case'), ('case_flags', 'review_case'), ('review_events', 'review_event'),
      ('findings', 'finding'), ('finding_cases', 'finding'), ('finding_evidence', 'finding'), ('finding_events', 'finding'),
      ('sources', 'source'), ('mappings', 'source'), ('import_batches', 'import_batch'), ('import_rejects', 'import_batch'),
      ('login_days', 'login_day'), ('searches', 'search')
    ) AS tables(name, resource)
  LOOP
    PERFORM audit.put_gate_before(format('portal.%I', guarded.name)::regclass, guarded.resource);
    -- the program's own work sees every row its event covers
    EXECUTE format('CREATE POLICY worker ON portal.%I TO portal_worker USING (true) WITH CHECK (true)', guarded.name);
  END LOOP;

  -- Names of places, holders of logins, rules and the counts of imports are open to whoever may do the action at all.
  FOR guarded IN
    SELECT unnest(ARRAY['facilities', 'departments', 'ehr_logins', 'login_holders', 'vendors', 'patients', 'rules', 'sources',
                        'mappings', 'import_batches', 'import_rejects', 'login_days']) AS name
  LOOP
    EXECUTE format('CREATE POLICY everyone ON portal.%I FOR SELECT TO portal_app USING (true)', guarded.name);
  END LOOP;
END $$;

-- the door itself resolves sessions to people
CREATE POLICY door ON portal.people TO audit_owner USING (true) WITH CHECK (true);
CREATE POLICY scope_select ON portal.people FOR SELECT TO portal_app
  USING ((SELECT audit.directory('person/r')) OR id = (SELECT audit.me('person/r')));
CREATE POLICY scope_update ON portal.people FOR UPDATE TO portal_app
  USING (id = (SELECT audit.me('person/w')));
CREATE POLICY scope_select ON portal.employment_periods FOR SELECT TO portal_app
  USING ((SELECT audit.sees_all('employment/r')) OR person_id = (SELECT audit.me('employment/r'))
         OR facility_id = ANY ((SELECT audit.facilities('employment/r'))::uuid[]));

-- A patient's own id in the source is shown to whom the engagement, or the role, shows it.
CREATE POLICY scope_select ON portal.patient_ids FOR SELECT TO portal_app
  USING ((SELECT audit.full_ids('patient_id/r')));

CREATE POLICY scope_select ON portal.access_logs FOR SELECT TO portal_app
  USING (((SELECT audit.sees_all('access_log/r')) OR facility_id = ANY ((SELECT audit.facilities('access_log/r'))::uuid[])
          OR (facility_id IS NULL AND owner_id = (SELECT audit.me('access_log/r'))))
         AND action_at >= (SELECT audit.since('access_log/r')) AND action_at < (SELECT audit.until('access_log/r')));
CREATE POLICY scope_select ON portal.access_flags FOR SELECT TO portal_app
  USING (((SELECT audit.sees_all('access_flag/r')) OR facility_id = ANY ((SELECT audit.facilities('access_flag/r'))::uuid[])
          OR (facility_id IS NULL AND owner_id = (SELECT audit.me('access_flag/r'))))
         AND action_at >= (SELECT audit.since('access_flag/r')) AND action_at < (SELECT audit.until('access_flag/r')));

-- Nobody sees or decides a case about themselves.
CREATE POLICY scope_select ON portal.review_cases FOR SELECT TO portal_app
  USING (((SELECT audit.sees_all('review_case/r')) OR facility_id = ANY ((SELECT audit.facilities('review_case/r'))::uuid[])
          OR (facility_id IS NULL AND owner_id = (SELECT audit.me('review_case/r'))))
         AND first_action_at >= (SELECT audit.since('review_case/r')) AND first_action_at < (SELECT audit.until('review_case/r'))
         AND (person_id IS NULL OR person_id <> (SELECT audit.me('review_case/r'))));
CREATE POLICY scope_update ON portal.review_cases FOR UPDATE TO portal_app
  USING (((SELECT audit.sees_all('review_case/w')) OR facility_id = ANY ((SELECT audit.facilities('review_case/w'))::uuid[])
          OR (facility_id IS NULL AND owner_id = (SELECT audit.me('review_case/w'))))
         AND (person_id IS NULL OR person_id <> (SELECT audit.me('review_case/w'))));
CREATE POLICY scope_select ON portal.case_rows FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.review_cases c WHERE c.id = case_id));
CREATE POLICY scope_select ON portal.case_flags FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.review_cases c WHERE c.id = case_id));
CREATE POLICY scope_select ON portal.review_events FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.review_cases c WHERE c.id = case_id));
CREATE POLICY scope_insert ON portal.review_events FOR INSERT TO portal_app
  WITH CHECK (actor_id = (SELECT audit.me('review_event/a')));

-- Whether a finding is about somebody: the policies of its cases would hide just those cases from the one it is about.
CREATE FUNCTION portal.finding_is_about(p_finding uuid, p_person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM portal.finding_cases fc JOIN portal.review_cases c ON c.id = fc.case_id
                  WHERE fc.finding_id = p_finding AND c.person_id = p_person);
END $$;
GRANT EXECUTE ON FUNCTION portal.finding_is_about TO portal_app;

-- Nobody sees a finding about themselves.
CREATE POLICY not_about_oneself ON portal.findings AS RESTRICTIVE FOR SELECT TO portal_app
  USING (NOT portal.finding_is_about(id, (SELECT audit.me('finding/r'))));

-- An auditor sees the findings opened in the period of the engagement, and of their evidence what happened in it.
CREATE POLICY scope_select ON portal.findings FOR SELECT TO portal_app
  USING (((SELECT audit.sees_all('finding/r')) OR facility_id = ANY ((SELECT audit.facilities('finding/r'))::uuid[])
          OR assigned_to = (SELECT audit.me('finding/r')) OR (facility_id IS NULL AND created_by = (SELECT audit.me('finding/r'))))
         AND created_at >= (SELECT audit.since('finding/r')) AND created_at < (SELECT audit.until('finding/r')));
CREATE POLICY scope_insert ON portal.findings FOR INSERT TO portal_app
  WITH CHECK (created_by = (SELECT audit.me('finding/a'))
              AND ((SELECT audit.sees_all('finding/a')) OR facility_id IS NULL
                   OR facility_id = ANY ((SELECT audit.facilities('finding/a'))::uuid[])));
CREATE POLICY scope_select ON portal.finding_cases FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id));
CREATE POLICY scope_insert ON portal.finding_cases FOR INSERT TO portal_app
  WITH CHECK (linked_by = (SELECT audit.me('finding/a')));
CREATE POLICY scope_select ON portal.finding_evidence FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id)
         AND action_at >= (SELECT audit.since('finding/r')) AND action_at < (SELECT audit.until('finding/r')));
CREATE POLICY scope_insert ON portal.finding_evidence FOR INSERT TO portal_app
  WITH CHECK ((SELECT audit.ok('finding/a')));
CREATE POLICY scope_select ON portal.finding_events FOR SELECT TO portal_app
  USING (EXISTS (SELECT 1 FROM portal.findings f WHERE f.id = finding_id));
CREATE POLICY scope_insert ON portal.finding_events FOR INSERT TO portal_app
  WITH CHECK (actor_id = (SELECT audit.me('finding/a')));

CREATE POLICY scope_insert ON portal.import_batches FOR INSERT TO portal_app
  WITH CHECK (started_by = (SELECT audit.me('import_batch/a')) AND state = 'waiting');
CREATE POLICY scope_select ON portal.searches FOR SELECT TO portal_app USING (person_id = (SELECT audit.me('search/r')));
CREATE POLICY scope_insert ON portal.searches FOR INSERT TO portal_app WITH CHECK (person_id = (SELECT audit.me('search/a')));

GRANT SELECT ON portal.people, portal.employment_periods, portal.facilities, portal.departments, portal.ehr_logins,
  portal.login_holders, portal.vendors, portal.patients, portal.patient_ids, portal.access_logs, portal.access_flags, portal.rules,
  portal.review_cases, portal.case_rows, portal.case_flags, portal.review_events, portal.findings, portal.finding_cases,
  portal.finding_evidence, portal.finding_events, portal.sources, portal.mappings, portal.import_batches, portal.import_rejects,
  portal.searches, portal.login_days TO portal_app;
GRANT UPDATE (theme, shortcuts, updated_at) ON portal.people TO portal_app;
GRANT UPDATE (state, disposition, reason_code, decided_by, decided_at, assigned_to, version, updated_at) ON portal.review_cases TO portal_app;
GRANT INSERT ON portal.review_events, portal.findings, portal.finding_cases, portal.finding_evidence, portal.finding_events,
  portal.import_batches, portal.searches TO portal_app;
-- ids only, no gate: a job says which import waits, a form key which post made what
GRANT INSERT ON portal.jobs TO portal_app;
GRANT SELECT, INSERT ON portal.form_keys TO portal_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON portal.jobs TO portal_worker;
GRANT INSERT ON portal.import_staging TO portal_worker;
GRANT EXECUTE ON FUNCTION portal.store_staged_rows, portal.local_day TO portal_worker;
GRANT EXECUTE ON FUNCTION portal.local_day TO portal_app;
GRANT SELECT ON portal.people, portal.employment_periods, portal.facilities, portal.departments, portal.ehr_logins,
  portal.login_holders, portal.vendors, portal.access_logs, portal.access_flags, portal.rules, portal.review_cases, portal.case_rows,
  portal.case_flags, portal.review_events, portal.sources, portal.mappings, portal.import_batches, portal.login_days TO portal_worker;
GRANT INSERT ON portal.organisations, portal.people, portal.facilities, portal.departments, portal.employment_periods,
  portal.person_facilities, portal.engagements, portal.vendors, portal.ehr_logins, portal.login_holders, portal.sources,
  portal.mappings, portal.import_batches, portal.import_rejects, portal.access_flags, portal.review_cases, portal.case_rows,
  portal.case_flags, portal.review_events, portal.login_days TO portal_worker;
GRANT UPDATE ON portal.login_days, portal.import_batches, portal.review_cases, portal.case_flags TO portal_worker;
RESET ROLE;

-- Accounts: the command line makes the first ones, under its own event; nobody but this function writes a credential.
GRANT INSERT ON portal.credentials, portal.people TO audit_owner;
SET ROLE audit_owner;
CREATE FUNCTION audit.set_password(p_person uuid, p_password_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('account/a');
  INSERT INTO portal.credentials AS c (person_id, password_hash) VALUES (p_person, p_password_hash)
  ON CONFLICT (person_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp();
END $$;
GRANT EXECUTE ON FUNCTION audit.set_password TO portal_worker;

-- The trail itself: everything, one's own, or all but what touched rows that may name a patient.
SELECT audit.put_gate_before('audit.events', 'audit_event');
SELECT audit.put_gate_before('audit.shown_rows', 'audit_event');
SELECT audit.put_gate_before('audit.exports', 'audit_event');
CREATE POLICY scope_select ON audit.events FOR SELECT TO portal_app
  USING ((SELECT audit.trail('audit_event/r')) = 'all' OR actor_id = (SELECT audit.me('audit_event/r'))
         OR ((SELECT audit.trail('audit_event/r')) = 'non_phi' AND action = ANY ((SELECT audit.actions_without_phi())::text[])));
CREATE POLICY scope_select ON audit.shown_rows FOR SELECT TO portal_app USING ((SELECT audit.trail('audit_event/r')) = 'all');
CREATE POLICY scope_select ON audit.exports FOR SELECT TO portal_app
  USING ((SELECT audit.trail('audit_event/r')) = 'all' OR actor_id = (SELECT audit.me('audit_event/r')));
GRANT SELECT ON audit.events, audit.shown_rows, audit.exports TO portal_app;
RESET ROLE;

-- What the page's frame shows: integers, and the names of the facilities in scope. No page needs a wide intent for it.
SET ROLE portal_owner;
CREATE FUNCTION portal.frame(OUT open_cases bigint, OUT open_findings bigint, OUT facility_ids uuid[], OUT facility_names text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  SELECT count(*) INTO open_cases FROM portal.review_cases c
   WHERE c.state NOT IN ('closed', 'awaiting_second_review') AND (t.sees_all OR c.facility_id = ANY (t.facilities) OR (c.facility_id IS NULL AND c.owner_id = t.actor_id))
     AND c.first_action_at >= t.since AND c.first_action_at < t.until
     AND (c.person_id IS NULL OR c.person_id <> t.actor_id);
  SELECT count(*) INTO open_findings FROM portal.findings f
   WHERE f.status NOT LIKE 'closed%' AND f.created_at >= t.since AND f.created_at < t.until
     AND NOT portal.finding_is_about(f.id, t.actor_id)
     AND (t.sees_all OR f.facility_id = ANY (t.facilities) OR f.assigned_to = t.actor_id
                                          OR (f.facility_id IS NULL AND f.created_by = t.actor_id));
  SELECT coalesce(array_agg(f.id ORDER BY f.name), '{}'), coalesce(array_agg(f.name ORDER BY f.name), '{}')
    INTO facility_ids, facility_names
    FROM portal.facilities f WHERE t.sees_all OR f.id = ANY (t.facilities);
END $$;
GRANT EXECUTE ON FUNCTION portal.frame TO portal_app;

-- How many rows a patient, or a login, has in all: a page says how many lie outside its reader's scope, without more.
CREATE FUNCTION portal.count_rows_of_patient(p_patient uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('access_log/r');
  RETURN (SELECT count(*) FROM portal.access_logs a WHERE a.patient_id = p_patient);
END $$;
CREATE FUNCTION portal.count_rows_of_person(p_person uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM audit.ok('access_log/r');
  RETURN (SELECT count(*) FROM portal.login_holders h
            JOIN portal.access_logs a ON a.login_id = h.login_id AND a.action_at >= h.valid_from
             AND (h.valid_to IS NULL OR a.action_at < h.valid_to)
           WHERE h.person_id = p_person);
END $$;
GRANT EXECUTE ON FUNCTION portal.count_rows_of_patient, portal.count_rows_of_person TO portal_app;
RESET ROLE;
