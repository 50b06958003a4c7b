-- Who has seen a record, from an earlier month on: the first month that was passed over set the end anew, so that the second page
-- of an earlier month was its first page again, and days that ended there did not end.
CREATE OR REPLACE FUNCTION audit.seen(p_types text[], p_id uuid, p_shown text[], p_rows uuid[], p_first uuid, p_end uuid, p_limit bigint)
RETURNS TABLE (event_id uuid, event_time timestamptz, actor_id uuid, actor_type text, action text, itself boolean,
               request_id uuid, ip_address inet, user_agent text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
-- the days of each question decide which months are read
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
  v_month timestamptz := date_trunc('month', clock_timestamp(), 'UTC');
  v_high  uuid := p_end;
  v_low   uuid;
  v_found uuid[] := '{}';
BEGIN
  PERFORM audit.ok('audit_event/r');
  IF audit.trail('audit_event/r') <> 'all' THEN
    RAISE EXCEPTION 'who has seen a record is for who reads the whole trail' USING ERRCODE = 'HA403';
  END IF;
  -- month by month, as the trail is partitioned, newest first: a page seldom needs more than the newest
  FOR v_step IN 1..60 LOOP
    v_low := greatest(p_first, CASE WHEN v_step < 60 THEN audit.uuid_floor(v_month) END);
    v_found := v_found || ARRAY(
      -- to ask who has seen a record is not to see it
      (SELECT e.event_id FROM audit.events e
        WHERE e.resource_type = ANY (p_types) AND e.resource_id = p_id AND e.outcome = 'success'
          AND e.action NOT LIKE '%.seen.%' AND e.event_id >= v_low AND e.event_id < v_high
          -- a look that found the record out of scope saw nothing
          AND NOT EXISTS (SELECT 1 FROM audit.events f
                           WHERE f.request_id = e.request_id AND f.action = e.action AND f.resource_id = e.resource_id
                             AND f.outcome_code = 'not_in_scope' AND f.event_id >= v_low AND f.event_id < v_high)
        ORDER BY e.event_id DESC LIMIT p_limit)
      UNION
      -- row by row: to compare arrays with each other the planner would rather read everything anybody was shown
      SELECT s.event_id FROM unnest(p_rows) AS r(id)
       CROSS JOIN LATERAL (SELECT x.event_id FROM audit.shown_rows x
                            WHERE x.resource_ids @> ARRAY[r.id] AND x.resource_type = ANY (p_shown)
                              AND x.event_id >= v_low AND x.event_id < v_high) s
       ORDER BY 1 DESC LIMIT p_limit);
    EXIT WHEN v_low <= p_first OR cardinality(v_found) >= p_limit;
    -- a page that begins in an earlier month, or days that end there, end there in every month before too
    v_high := least(v_high, v_low);
    v_month := v_month - interval '1 month';
  END LOOP;
  RETURN QUERY
    SELECT e.event_id, e.event_time, e.actor_id, e.actor_type, e.action, e.resource_type = ANY (p_types) AND e.resource_id = p_id,
           e.request_id, e.ip_address, e.user_agent
      FROM unnest(v_found) AS n(id) JOIN audit.events e ON e.event_id = n.id
     ORDER BY e.event_id DESC LIMIT p_limit;
END $$;
