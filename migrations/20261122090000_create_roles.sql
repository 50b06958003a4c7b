-- Roles, schemas and the default that nothing is granted to PUBLIC.
-- Only portal_owner and audit_owner own anything; no login role but the migrator is a member of them.
-- Roles belong to the cluster, not the database: each is made only where it is missing.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('portal_owner',     'NOLOGIN'),
      ('audit_owner',      'NOLOGIN'),
      ('portal_migrator',  'LOGIN NOINHERIT NOCREATEDB NOCREATEROLE'),
      ('portal_app',       'LOGIN NOINHERIT NOCREATEDB NOCREATEROLE'),
      ('portal_worker',    'LOGIN NOINHERIT NOCREATEDB NOCREATEROLE'),
      ('portal_archiver',  'LOGIN NOINHERIT NOCREATEDB NOCREATEROLE'),
      ('portal_sequencer', 'LOGIN NOINHERIT NOCREATEDB NOCREATEROLE')
    ) AS roles(name, options)
  LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.options);
    END IF;
  END LOOP;
  -- Whoever installs must be able to act as the owners; a superuser always can.
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT portal_owner, audit_owner TO %I', current_user);
  END IF;
  GRANT portal_owner, audit_owner TO portal_migrator;

  -- Temporary tables are refused too: they would be a place to keep rows outside the gate.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO portal_app, portal_worker, portal_archiver, portal_sequencer, portal_migrator', current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO portal_owner', current_database());
END $$;

-- On a managed server the schema public may belong to someone else; then PUBLIC keeps USAGE there, and it is empty.
DO $$
BEGIN
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'schema public is not ours to close';
END $$;

CREATE SCHEMA portal;
CREATE SCHEMA audit;
-- The schema audit stays with its installer: its owner could rename it out from under the guard.
GRANT USAGE, CREATE ON SCHEMA portal TO portal_owner;
GRANT USAGE, CREATE ON SCHEMA audit TO audit_owner;
GRANT USAGE ON SCHEMA portal, audit TO portal_app, portal_worker, portal_archiver, portal_sequencer;
GRANT USAGE ON SCHEMA audit TO portal_owner;
GRANT USAGE ON SCHEMA portal TO audit_owner;
GRANT USAGE ON SCHEMA portal, audit TO portal_migrator;

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE audit_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
