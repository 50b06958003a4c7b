-- Hours that end before they begin run over midnight: 19:00 to 07:00 belongs to the evening it began on, so that Friday's
-- shift ends on Saturday morning and is no weekend.
SET ROLE portal_owner;
CREATE FUNCTION portal.outside_hours(p_wall timestamp, p_opens time, p_closes time) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_opens < p_closes THEN p_wall::time < p_opens OR p_wall::time >= p_closes OR extract(isodow FROM p_wall) > 5
    WHEN p_wall::time >= p_opens THEN extract(isodow FROM p_wall) > 5
    WHEN p_wall::time < p_closes THEN extract(isodow FROM p_wall - interval '1 day') > 5
    ELSE true END
$$;
GRANT EXECUTE ON FUNCTION portal.outside_hours TO portal_worker;
RESET ROLE;
