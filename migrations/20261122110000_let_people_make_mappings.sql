-- People make mappings on a page: who made which version, and a draft for each that is begun. A draft keeps columns' names
-- and rules; the sample file it is made with waits encrypted on disk and never comes here.
SET ROLE portal_owner;
ALTER TABLE portal.mappings ADD COLUMN created_by uuid REFERENCES portal.people;
CREATE POLICY scope_insert ON portal.sources FOR INSERT TO portal_app WITH CHECK ((SELECT audit.ok('source/a')));
CREATE POLICY scope_update ON portal.sources FOR UPDATE TO portal_app
  USING ((SELECT audit.ok('source/w'))) WITH CHECK ((SELECT audit.ok('source/w')));
CREATE POLICY scope_insert ON portal.mappings FOR INSERT TO portal_app
  WITH CHECK (created_by = (SELECT audit.me('source/a')));
GRANT INSERT ON portal.sources, portal.mappings TO portal_app;
-- a source's zone is that of its latest mapping
GRANT UPDATE (time_zone, updated_at) ON portal.sources TO portal_app;

CREATE TABLE portal.mapping_drafts (
  id          uuid PRIMARY KEY,
  person_id   uuid NOT NULL REFERENCES portal.people,
  source_id   uuid REFERENCES portal.sources,
  source_name text NOT NULL CHECK (source_name ~ '^[A-Za-z0-9 ._-]{1,60}$'),
  spec        jsonb NOT NULL,
  has_sample  boolean NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);
SELECT audit.put_gate_before('portal.mapping_drafts', 'mapping_draft');
CREATE POLICY scope_select ON portal.mapping_drafts FOR SELECT TO portal_app
  USING (person_id = (SELECT audit.me('mapping_draft/r')) AND created_at > now() - interval '24 hours');
CREATE POLICY scope_insert ON portal.mapping_drafts FOR INSERT TO portal_app
  WITH CHECK (person_id = (SELECT audit.me('mapping_draft/a')));
GRANT SELECT, INSERT ON portal.mapping_drafts TO portal_app;
RESET ROLE;
