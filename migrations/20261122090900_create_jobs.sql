-- Work that outlives a request, posted forms that must count once, and searches whose text is never kept.
SET ROLE portal_owner;

CREATE TABLE portal.jobs (
  id         uuid PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('import_batch')),
  target_id  uuid NOT NULL,
  -- the request that asked for it; the job's own events carry it
  request_id uuid NOT NULL,
  state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  attempts   integer NOT NULL DEFAULT 0,
  run_at     timestamptz NOT NULL DEFAULT now(),
  locked_at  timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, target_id)
);
CREATE INDEX jobs_waiting ON portal.jobs (run_at) WHERE state IN ('waiting', 'running');

-- One row per posted form: the second post of the same form finds what the first one made.
CREATE TABLE portal.form_keys (
  person_id  uuid NOT NULL REFERENCES portal.people,
  form       text NOT NULL CHECK (form ~ '^[a-z_]+$'),
  form_key   uuid NOT NULL,
  result_id  uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, form, form_key)
);

-- What a search found, for the person who asked; never what was typed.
CREATE TABLE portal.searches (
  id          uuid PRIMARY KEY,
  person_id   uuid NOT NULL REFERENCES portal.people,
  found       uuid[] NOT NULL,
  cut_off     boolean NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
RESET ROLE;
