-- The command line ends with a report of the rows it rejected; behind the gate like everything else.
SET ROLE portal_owner;
GRANT SELECT ON portal.import_rejects TO portal_worker;
RESET ROLE;
