-- Only an import that has ended can be withdrawn, whatever statement asks for it; how far it is, the program alone says.
SET ROLE portal_owner;
ALTER POLICY scope_update ON portal.import_batches
  USING (state IN ('complete', 'failed')
         AND ((SELECT audit.sees_all('import_batch/w')) OR started_by = (SELECT audit.me('import_batch/w'))));
REVOKE UPDATE (rows_checked, rows_withdrawn) ON portal.import_batches FROM portal_app;
RESET ROLE;
