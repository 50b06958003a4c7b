-- Two sites of one group both have an Emergency department: a department's name is unique within its facility.
SET ROLE portal_owner;
ALTER TABLE portal.departments DROP CONSTRAINT departments_name_key;
ALTER TABLE portal.departments ADD CONSTRAINT departments_name_in_facility UNIQUE (facility_id, name);

-- A log's place names a department only where no other facility has one of that name. An ambiguous word names nothing: a
-- guess would put rows into the wrong facility's queue. The rest of the function stays as it is.
DO $$
DECLARE
  old text := pg_get_functiondef('portal.store_staged_rows'::regproc);
  new text := replace(old, 'LEFT JOIN portal.departments d ON d.name = s.place',
    'LEFT JOIN (SELECT n.name, (array_agg(n.id))[1] AS id, (array_agg(n.facility_id))[1] AS facility_id
                 FROM portal.departments n GROUP BY n.name HAVING count(*) = 1) d ON d.name = s.place');
BEGIN
  IF new = old THEN
    RAISE EXCEPTION 'portal.store_staged_rows looks places up in a way this migration does not know';
  END IF;
  EXECUTE new;
END $$;
RESET ROLE;
