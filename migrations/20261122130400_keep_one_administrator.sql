-- Two administrators who take each other's role away in the same moment must not both succeed: whoever asks second waits
-- for the first, and then is the last one.
SET ROLE portal_owner;
CREATE OR REPLACE FUNCTION portal.is_last_admin_(p_person uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7302, 2);
  RETURN EXISTS (SELECT 1 FROM portal.people p WHERE p.id = p_person AND p.role = 'admin' AND p.active)
     AND NOT EXISTS (SELECT 1 FROM portal.people p WHERE p.id <> p_person AND p.role = 'admin' AND p.active AND p.username IS NOT NULL);
END $$;
RESET ROLE;
