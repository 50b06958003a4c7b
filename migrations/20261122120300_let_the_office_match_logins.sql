-- Who held a login, entered and corrected by the office. The table of periods is what holds now; every state it ever had
-- stays beside it, written by a trigger, so that no correction is without its before.
SET ROLE portal_owner;

ALTER TABLE portal.ehr_logins ADD COLUMN kind text NOT NULL DEFAULT 'personal'
  CONSTRAINT ehr_logins_kind_check CHECK (kind IN ('personal', 'system'));

CREATE TABLE portal.login_holder_events (
  id          uuid PRIMARY KEY,
  holder_id   uuid NOT NULL,
  login_id    uuid NOT NULL REFERENCES portal.ehr_logins,
  kind        text NOT NULL CHECK (kind IN ('entered', 'corrected', 'removed')),
  person_id   uuid REFERENCES portal.people,
  vendor_id   uuid REFERENCES portal.vendors,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_holder_events_login ON portal.login_holder_events (login_id);
INSERT INTO portal.login_holder_events (id, holder_id, login_id, kind, person_id, vendor_id, valid_from, valid_to, recorded_at)
SELECT audit.uuid7(), h.id, h.login_id, 'entered', h.person_id, h.vendor_id, h.valid_from, h.valid_to, h.recorded_at
  FROM portal.login_holders h;

CREATE FUNCTION portal.keep_holder() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  h portal.login_holders := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO portal.login_holder_events (id, holder_id, login_id, kind, person_id, vendor_id, valid_from, valid_to, recorded_at)
  VALUES (audit.uuid7(), h.id, h.login_id, CASE TG_OP WHEN 'INSERT' THEN 'entered' WHEN 'UPDATE' THEN 'corrected' ELSE 'removed' END,
          h.person_id, h.vendor_id, h.valid_from, h.valid_to, now());
  RETURN NULL;
END $$;
CREATE TRIGGER keep_holder AFTER INSERT OR UPDATE OR DELETE ON portal.login_holders
  FOR EACH ROW EXECUTE FUNCTION portal.keep_holder();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.login_holder_events
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();

SELECT audit.put_gate_before('portal.login_holder_events', 'login');
CREATE POLICY worker ON portal.login_holder_events TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY everyone ON portal.login_holder_events FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.login_holder_events TO portal_app;

-- A coordinator matches the logins that were used at their facilities, or in rows they imported that name none.
CREATE FUNCTION portal.login_is_in_scope(p_login uuid, p_cover text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN audit.sees_all(p_cover) OR EXISTS (
    SELECT 1 FROM portal.access_logs a WHERE a.login_id = p_login
       AND (a.facility_id = ANY (audit.facilities(p_cover)) OR (a.facility_id IS NULL AND a.owner_id = audit.me(p_cover))));
END $$;
GRANT EXECUTE ON FUNCTION portal.login_is_in_scope TO portal_app;

CREATE POLICY scope_insert ON portal.login_holders FOR INSERT TO portal_app
  WITH CHECK (portal.login_is_in_scope(login_id, 'login/a'));
CREATE POLICY scope_update ON portal.login_holders FOR UPDATE TO portal_app
  USING (portal.login_is_in_scope(login_id, 'login/w'));
CREATE POLICY scope_delete ON portal.login_holders FOR DELETE TO portal_app
  USING (portal.login_is_in_scope(login_id, 'login/d'));
CREATE POLICY scope_update ON portal.ehr_logins FOR UPDATE TO portal_app
  USING (portal.login_is_in_scope(id, 'login/w'));
CREATE POLICY scope_insert ON portal.vendors FOR INSERT TO portal_app WITH CHECK ((SELECT audit.ok('login/a')));
GRANT INSERT, DELETE ON portal.login_holders TO portal_app;
GRANT UPDATE (person_id, vendor_id, valid_from, valid_to, recorded_at) ON portal.login_holders TO portal_app;
GRANT UPDATE (kind) ON portal.ehr_logins TO portal_app;
GRANT INSERT ON portal.vendors TO portal_app;
RESET ROLE;
