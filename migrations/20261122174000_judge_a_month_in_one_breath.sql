-- What is usual was asked person by person, and a month of a hospital outlived the ticket that a step has. Who held which
-- login from which day to which is now a table that a statement joins once.
SET ROLE portal_owner;

-- The first day whose noon lies at or after a moment: a day is whoever's who held the login at its noon.
CREATE FUNCTION portal.first_noon(p_at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT ((p_at AT TIME ZONE coalesce((SELECT o.time_zone FROM portal.organisations o), 'UTC')) + interval '12 hours'
          - interval '1 microsecond')::date
$$;

-- The logins of each person, and each login for the days on which no person held it; from the first day to before the last.
CREATE VIEW portal.held_logins WITH (security_invoker = true) AS
  SELECT h.person_id AS subject_id, h.login_id, portal.first_noon(h.valid_from) AS from_day,
         coalesce(portal.first_noon(h.valid_to), 'infinity') AS until_day
    FROM portal.login_holders h WHERE h.person_id IS NOT NULL
  UNION ALL
  SELECT l.id, l.id, coalesce(lower(free.days), '-infinity'), coalesce(upper(free.days), 'infinity')
    FROM portal.ehr_logins l
   CROSS JOIN LATERAL (
     SELECT range_agg(daterange(portal.first_noon(h.valid_from), portal.first_noon(h.valid_to))) AS days
       FROM portal.login_holders h WHERE h.login_id = l.id AND h.person_id IS NOT NULL) held
   CROSS JOIN LATERAL unnest('{(,)}'::datemultirange - coalesce(held.days, '{}'::datemultirange)) AS free (days);
GRANT SELECT ON portal.held_logins TO portal_worker;
GRANT EXECUTE ON FUNCTION portal.first_noon TO portal_worker;

CREATE INDEX login_patient_days_day ON portal.login_patient_days (login_id, local_day);

DROP FUNCTION portal.usual_repeats, portal.patient_days_of, portal.days_of, portal.noon;
RESET ROLE;
