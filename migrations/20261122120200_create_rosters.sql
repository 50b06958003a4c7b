-- A roster's dry run: what it would change, kept with the state it was computed on. Applying it is one act; if the workforce
-- changed in between, the plan is computed anew and shown before anything is written.
SET ROLE portal_owner;

CREATE TABLE portal.rosters (
  id          uuid PRIMARY KEY,
  source_id   uuid NOT NULL REFERENCES portal.sources,
  started_by  uuid NOT NULL REFERENCES portal.people,
  as_of       date NOT NULL,
  file_sha256 bytea NOT NULL CHECK (length(file_sha256) = 32),
  plan_sha256 bytea NOT NULL CHECK (length(plan_sha256) = 32),
  state       text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'applied')),
  planned_at  timestamptz NOT NULL DEFAULT now(),
  applied_at  timestamptz,
  applied_by  uuid REFERENCES portal.people,
  -- people missing from the file have left on this day, if whoever applied it said so
  left_on     date,
  created_at  timestamptz NOT NULL DEFAULT now(),
  updated_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT rosters_applied_whole CHECK ((state = 'applied') = (applied_at IS NOT NULL) AND (applied_at IS NULL) = (applied_by IS NULL))
);

CREATE TABLE portal.roster_items (
  roster_id         uuid NOT NULL REFERENCES portal.rosters,
  position          integer NOT NULL,
  -- null: somebody the file does not name
  line              bigint,
  change            text NOT NULL CHECK (change IN ('added', 'moved', 'on_leave', 'returned', 'terminated', 'rehired', 'renamed',
                      'unchanged', 'missing', 'problem')),
  problem           text CHECK (problem IN ('duplicate_number', 'no_facility', 'unknown_facility', 'facility_not_yours', 'no_department',
                      'no_job', 'works_elsewhere', 'date_disorder', 'overlaps', 'email_taken', 'unknown_supervisor', 'unreadable')),
  renamed           boolean NOT NULL DEFAULT false,
  new_department    boolean NOT NULL DEFAULT false,
  person_id         uuid REFERENCES portal.people,
  facility_id       uuid REFERENCES portal.facilities,
  effective_on      date,
  employee_number   text NOT NULL,
  full_name         text NOT NULL,
  email             text,
  facility          text,
  department        text,
  job_role          text,
  supervisor_number text,
  starts_on         date,
  hired_on          date,
  ends_on           date,
  standing          text NOT NULL CHECK (standing IN ('active', 'on_leave', 'terminated')),
  name_hash         bytea CHECK (length(name_hash) = 32),
  surname_hash      bytea CHECK (length(surname_hash) = 32),
  address_hash      bytea CHECK (length(address_hash) = 32),
  PRIMARY KEY (roster_id, position)
);

DO $$
DECLARE
  guarded text;
BEGIN
  FOREACH guarded IN ARRAY ARRAY['rosters', 'roster_items'] LOOP
    PERFORM audit.put_gate_before(format('portal.%I', guarded)::regclass, 'roster');
    EXECUTE format('CREATE POLICY worker ON portal.%I TO portal_worker USING (true) WITH CHECK (true)', guarded);
  END LOOP;
END $$;

-- That there was a roster is open to whoever may see rosters; whom it names, to whoever sees everybody, brought it, or has the facility.
CREATE POLICY everyone ON portal.rosters FOR SELECT TO portal_app USING (true);
CREATE POLICY scope_insert ON portal.rosters FOR INSERT TO portal_app
  WITH CHECK (started_by = (SELECT audit.me('roster/a')) AND state = 'planned');
CREATE POLICY scope_update ON portal.rosters FOR UPDATE TO portal_app
  USING ((SELECT audit.sees_all('roster/w')) OR started_by = (SELECT audit.me('roster/w')));
CREATE POLICY scope_select ON portal.roster_items FOR SELECT TO portal_app
  USING ((SELECT audit.sees_all('roster/r')) OR facility_id = ANY ((SELECT audit.facilities('roster/r'))::uuid[])
         OR EXISTS (SELECT 1 FROM portal.rosters r WHERE r.id = roster_id AND r.started_by = (SELECT audit.me('roster/r'))));
CREATE POLICY scope_insert ON portal.roster_items FOR INSERT TO portal_app WITH CHECK ((SELECT audit.ok('roster/a')));
CREATE POLICY scope_delete ON portal.roster_items FOR DELETE TO portal_app USING ((SELECT audit.ok('roster/d')));
GRANT SELECT, INSERT ON portal.rosters TO portal_app;
GRANT UPDATE (plan_sha256, planned_at, state, applied_at, applied_by, left_on, updated_at) ON portal.rosters TO portal_app;
GRANT SELECT, INSERT, DELETE ON portal.roster_items TO portal_app;

-- What was applied is evidence.
CREATE FUNCTION portal.keep_applied_roster() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM portal.rosters r WHERE r.id = OLD.roster_id AND r.state = 'applied') THEN
    RAISE EXCEPTION 'an applied roster stays as it is' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER keep_applied BEFORE DELETE ON portal.roster_items FOR EACH ROW EXECUTE FUNCTION portal.keep_applied_roster();
RESET ROLE;
