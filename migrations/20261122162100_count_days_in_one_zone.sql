-- A source's days are days of its zone: when the zone changes, they are counted again in the same act, so that nothing is
-- taken from a day that it was never added to.
SET ROLE portal_owner;

CREATE FUNCTION portal.count_source_days() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM portal.source_days d WHERE d.source_id = new.id;
  INSERT INTO portal.source_days (source_id, local_day, rows)
  SELECT new.id, (a.action_at AT TIME ZONE new.time_zone)::date, count(*)
    FROM portal.access_logs a
   WHERE a.source_id = new.id AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
   GROUP BY 2;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION portal.count_source_days FROM PUBLIC;
CREATE TRIGGER count_days AFTER UPDATE OF time_zone ON portal.sources
  FOR EACH ROW WHEN (old.time_zone IS DISTINCT FROM new.time_zone) EXECUTE FUNCTION portal.count_source_days();

-- what earlier changes of a zone left behind is counted again, too
DELETE FROM portal.source_days;
INSERT INTO portal.source_days (source_id, local_day, rows)
SELECT s.id, (a.action_at AT TIME ZONE s.time_zone)::date, count(*)
  FROM portal.access_logs a JOIN portal.sources s ON s.id = a.source_id
 WHERE NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
 GROUP BY 1, 2;
ALTER TABLE portal.source_days ADD CONSTRAINT source_days_not_negative CHECK (rows >= 0);
RESET ROLE;
