-- The rules compare keyed hashes of names. A name that is corrected under Accounts takes along the hashes that were of the old
-- one, or that nobody gave yet. Where a roster said another name than the account has, its hashes stay: the roster knows better,
-- and its next file says so again. That hashes changed is dated by the table's own trigger.
SET ROLE portal_owner;
CREATE FUNCTION portal.rename_hashes(p_person uuid, p_old_name bytea, p_old_surname bytea, p_name bytea, p_surname bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me uuid := audit.me('account_details/w');
BEGIN
  UPDATE portal.people p SET name_hash = n.name_hash, surname_hash = n.surname_hash, updated_at = now()
    FROM (SELECT q.id,
                 CASE WHEN coalesce(q.name_hash = p_old_name, q.name_hash IS NULL) THEN coalesce(p_name, q.name_hash)
                      ELSE q.name_hash END AS name_hash,
                 CASE WHEN coalesce(q.surname_hash = p_old_surname, q.surname_hash IS NULL) THEN coalesce(p_surname, q.surname_hash)
                      ELSE q.surname_hash END AS surname_hash
            FROM portal.people q WHERE q.id = p_person AND q.id <> me AND q.username IS NOT NULL) n
   WHERE p.id = n.id AND (p.name_hash, p.surname_hash) IS DISTINCT FROM (n.name_hash, n.surname_hash);
  RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION portal.rename_hashes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION portal.rename_hashes TO portal_app;
RESET ROLE;

INSERT INTO audit.action_covers (action, cover) VALUES
  ('account.update', 'rule_rerun/a');
