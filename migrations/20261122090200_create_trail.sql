-- The portal's own audit trail: four questions (who, what, on what, how it ended) and nothing that could hold text.
-- Partitioned by month on the time-ordered event id; nobody but the door's functions inserts, nobody updates or deletes.
SET ROLE audit_owner;

-- Lowest uuid of an instant: partition bounds and time-range predicates on time-ordered ids.
CREATE FUNCTION audit.uuid_floor(p_at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (encode(substring(int8send(floor(extract(epoch FROM p_at) * 1000)::bigint) FROM 3), 'hex')
          || '00000000000000000000')::uuid
$$;

-- A time-ordered id (RFC 9562, version 7) for rows the database itself writes.
CREATE FUNCTION audit.uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
           substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
           FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
GRANT EXECUTE ON FUNCTION audit.uuid_floor, audit.uuid7 TO portal_owner, portal_app, portal_worker;

CREATE TABLE audit.events (
  event_id      uuid PRIMARY KEY,
  event_time    timestamptz NOT NULL,
  -- the writing transaction: the order a later sequencer reads in, never shown
  xid           xid8 NOT NULL,
  actor_id      uuid,
  actor_type    text NOT NULL CHECK (actor_type IN ('user', 'system', 'admin')),
  action        text NOT NULL,
  resource_type text NOT NULL,
  -- the nil uuid stands for a list as a whole
  resource_id   uuid NOT NULL,
  outcome       text NOT NULL CHECK (outcome IN ('success', 'auth_fail', 'authz_fail', 'validate_fail', 'error')),
  outcome_code  text,
  request_id    uuid NOT NULL,
  ip_address    inet,
  user_agent    text CHECK (user_agent ~ '^[A-Za-z]{1,20}/[0-9]{1,5}$'),
  CONSTRAINT events_failure_has_code CHECK ((outcome = 'success') = (outcome_code IS NULL))
) PARTITION BY RANGE (event_id);
CREATE INDEX events_resource ON audit.events (resource_type, resource_id, event_id);
CREATE INDEX events_actor ON audit.events (actor_id, event_id);
CREATE INDEX events_action ON audit.events (action, event_id);
CREATE INDEX events_request ON audit.events (request_id);
CREATE INDEX events_xid ON audit.events (xid);

-- Which rows a list or an export showed, so that "who has seen X" is one query.
CREATE TABLE audit.shown_rows (
  event_id      uuid NOT NULL,
  part          integer NOT NULL,
  resource_type text NOT NULL,
  resource_ids  uuid[] NOT NULL CHECK (cardinality(resource_ids) BETWEEN 1 AND 1000),
  PRIMARY KEY (event_id, resource_type, part)
) PARTITION BY RANGE (event_id);
CREATE INDEX shown_rows_ids ON audit.shown_rows USING gin (resource_ids);

-- What left as a file: the typed filter (never text a person typed), how many rows, the file's hash, how it ended.
CREATE TABLE audit.exports (
  event_id    uuid PRIMARY KEY,
  actor_id    uuid NOT NULL,
  action      text NOT NULL,
  filter      jsonb NOT NULL,
  started_at  timestamptz NOT NULL,
  ended_at    timestamptz,
  row_count   bigint,
  sha256      bytea CHECK (length(sha256) = 32),
  ended       text CHECK (ended IN ('complete', 'aborted', 'failed')),
  CONSTRAINT exports_end_is_whole CHECK ((ended IS NULL) = (ended_at IS NULL) AND (ended IS NULL) = (row_count IS NULL))
);

-- The live capability of one transaction: what an event opens, for whom, in which scope. Unlogged: after a crash
-- every ticket is gone and the door is shut.
CREATE UNLOGGED TABLE audit.tickets (
  event_id     uuid PRIMARY KEY,
  xid          xid8 NOT NULL,
  pid          integer NOT NULL,
  issued_at    timestamptz NOT NULL,
  claimed_by   text,
  covers       text[] NOT NULL,
  actor_id     uuid,
  sees_all     boolean NOT NULL,
  facilities   uuid[] NOT NULL,
  directory    boolean NOT NULL,
  since        timestamptz NOT NULL,
  until        timestamptz NOT NULL,
  full_ids     boolean NOT NULL,
  trail        text NOT NULL CHECK (trail IN ('all', 'own', 'non_phi'))
);
CREATE INDEX tickets_pid ON audit.tickets (pid);
RESET ROLE;
