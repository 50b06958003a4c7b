-- A name, an address or a user name that is wrong is corrected by an administrator, on somebody else's account. Two who
-- correct the same account at once do not write over each other: the form names the version it began with, which counts
-- changes of these three only.
SET ROLE portal_owner;

ALTER TABLE portal.people
  ADD COLUMN details_version integer NOT NULL DEFAULT 1,
  ADD COLUMN details_changed_by uuid REFERENCES portal.people,
  ADD COLUMN details_changed_at timestamptz;

-- Whoever changes them, a roster too: the form that was open before is out of date.
CREATE FUNCTION portal.count_changed_details() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.details_version := OLD.details_version + 1;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION portal.count_changed_details FROM PUBLIC;
CREATE TRIGGER details_counted BEFORE UPDATE ON portal.people FOR EACH ROW
  WHEN ((NEW.full_name, NEW.email, NEW.username) IS DISTINCT FROM (OLD.full_name, OLD.email, OLD.username))
  EXECUTE FUNCTION portal.count_changed_details();

-- Answers ok, gone, own, changed (somebody was first), username_taken or email_taken.
CREATE FUNCTION portal.update_account(p_person uuid, p_version integer, p_full_name text, p_email text, p_username text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me           uuid := audit.me('account_details/w');
  who          portal.people;
  v_constraint text;
BEGIN
  SELECT * INTO who FROM portal.people p WHERE p.id = p_person AND p.username IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN 'gone'; END IF;
  IF me = p_person THEN RETURN 'own'; END IF;
  IF who.details_version <> p_version THEN RETURN 'changed'; END IF;
  BEGIN
    UPDATE portal.people p
       SET full_name = p_full_name, email = p_email, username = p_username,
           details_changed_by = me, details_changed_at = clock_timestamp(), updated_at = now()
     WHERE p.id = p_person;
  EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    IF v_constraint = 'people_username' THEN RETURN 'username_taken'; END IF;
    IF v_constraint = 'people_email' THEN RETURN 'email_taken'; END IF;
    RAISE;
  END;
  RETURN 'ok';
END $$;
GRANT EXECUTE ON FUNCTION portal.update_account TO portal_app;
RESET ROLE;

INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('account.update', 'account', false, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('account.update', 'account_details/w');
INSERT INTO audit.role_action (role, action) VALUES
  ('admin', 'account.update');
