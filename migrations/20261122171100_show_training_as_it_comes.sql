-- Training on a person's page: one's own to everybody, that of others to the privacy office within its scope. An administrator
-- sees every profile and nobody else's training, so whose it is takes a cover of its own.
SET ROLE portal_owner;

-- Whether this transaction's event covers the training of everybody.
CREATE FUNCTION portal.sees_all_training() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  RETURN 'training_of_others/r' = ANY (t.covers) AND t.sees_all;
END $$;
-- Whose training it covers by the facilities that they work or worked at.
CREATE FUNCTION portal.people_in_training_scope() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t audit.tickets := audit.reading();
BEGIN
  IF 'training_of_others/r' = ANY (t.covers) THEN
    RETURN QUERY SELECT e.person_id FROM portal.employment_periods e WHERE e.facility_id = ANY (t.facilities);
  END IF;
END $$;
GRANT EXECUTE ON FUNCTION portal.sees_all_training, portal.people_in_training_scope TO portal_app;

CREATE POLICY scope_select ON portal.training_records FOR SELECT TO portal_app
  USING (person_id = (SELECT audit.me('training_record/r')) OR (SELECT portal.sees_all_training())
         OR person_id IN (SELECT portal.people_in_training_scope()));
GRANT SELECT ON portal.training_records TO portal_app;
RESET ROLE;

INSERT INTO audit.action_covers (action, cover) VALUES
  ('person.read', 'training_record/r'),
  ('person.activity.read', 'training_record/r'),
  ('person.activity.read', 'training_of_others/r');
