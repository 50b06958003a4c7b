-- A view of the queue that somebody named: filters only, for themselves or for everybody who sees the queue. The name is what
-- a person typed; it is in no address and not in the trail.
SET ROLE portal_owner;

CREATE TABLE portal.queue_views (
  id         uuid PRIMARY KEY,
  person_id  uuid NOT NULL REFERENCES portal.people,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
  shared     boolean NOT NULL,
  filter     jsonb NOT NULL CHECK (jsonb_typeof(filter) = 'object' AND length(filter::text) <= 2000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX queue_views_own ON portal.queue_views (person_id);
CREATE INDEX queue_views_shared ON portal.queue_views (lower(name)) WHERE shared;
SELECT audit.put_gate_before('portal.queue_views', 'queue_view');

-- A shared one is everybody's to use, and its owner's or a manager's to change and to take away.
CREATE POLICY scope_select ON portal.queue_views FOR SELECT TO portal_app
  USING (shared OR person_id = (SELECT audit.me('queue_view/r')));
CREATE POLICY scope_insert ON portal.queue_views FOR INSERT TO portal_app
  WITH CHECK (person_id = (SELECT audit.me('queue_view/a')) AND (NOT shared OR (SELECT audit.ok('shared_queue_view/a'))));
CREATE POLICY scope_update ON portal.queue_views FOR UPDATE TO portal_app
  USING (person_id = (SELECT audit.me('queue_view/w')) OR (shared AND (SELECT audit.sees_all('queue_view/w'))));
CREATE POLICY scope_delete ON portal.queue_views FOR DELETE TO portal_app
  USING (person_id = (SELECT audit.me('queue_view/d')) OR (shared AND (SELECT audit.sees_all('queue_view/d'))));
GRANT SELECT, INSERT, DELETE ON portal.queue_views TO portal_app;
GRANT UPDATE (name, updated_at) ON portal.queue_views TO portal_app;

-- Twenty of one's own, twenty that are shared: more tabs than that nobody reads. Counted while the others wait, so that two
-- at once do not both become the twentieth.
CREATE FUNCTION portal.refuse_more_views() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_have bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('queue_views', CASE WHEN NEW.shared THEN 0 ELSE hashtext(NEW.person_id::text) END));
  SELECT count(*) INTO v_have FROM portal.queue_views v
   WHERE v.shared = NEW.shared AND (NEW.shared OR v.person_id = NEW.person_id);
  IF v_have >= 20 THEN
    RAISE EXCEPTION 'twenty views are enough' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER no_more_than_twenty BEFORE INSERT ON portal.queue_views
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_more_views();
REVOKE ALL ON FUNCTION portal.refuse_more_views FROM PUBLIC;
RESET ROLE;
