-- Who stands in for a manager decides about a colleague; so they may ask about the access, too. The rest of the function
-- stays whatever it is by now.
SET ROLE portal_owner;
DO $$
DECLARE
  v_found integer := 0;
  v_each  record;
BEGIN
  FOR v_each IN
    SELECT pg_get_functiondef(p.oid) AS def FROM pg_proc p
     WHERE p.pronamespace = 'portal'::regnamespace AND p.proname = 'may_act_on_case' AND p.prosrc LIKE '%portal.relation_to(%'
  LOOP
    EXECUTE replace(v_each.def, 'portal.relation_to(', 'portal.relation_in_the_way(');
    v_found := v_found + 1;
  END LOOP;
  IF v_found <> 1 THEN RAISE EXCEPTION 'acting on a case does not ask for relations as expected'; END IF;
END $$;
RESET ROLE;
