-- "We reviewed everything" is provable only if everything arrived: what is missing on a day of a source is explained, in
-- words of a closed list, by a named person. Every explanation is kept; the newest counts.
SET ROLE portal_owner;
CREATE TABLE portal.coverage_explanations (
  id           uuid PRIMARY KEY,
  source_id    uuid NOT NULL REFERENCES portal.sources,
  local_day    date NOT NULL,
  reason       text NOT NULL CHECK (reason IN ('source_down', 'no_service_that_day', 'export_not_run', 'export_partial',
                 'late_file_expected', 'migrated', 'other')),
  note         text CHECK (length(note) BETWEEN 1 AND 200),
  -- what was there when it was said
  rows_then    bigint NOT NULL,
  explained_by uuid NOT NULL REFERENCES portal.people,
  created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX coverage_explanations_day ON portal.coverage_explanations (source_id, local_day, id DESC);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON portal.coverage_explanations
  FOR EACH ROW EXECUTE FUNCTION portal.refuse_change();
SELECT audit.put_gate_before('portal.coverage_explanations', 'coverage');
CREATE POLICY everyone ON portal.coverage_explanations FOR SELECT TO portal_app USING (true);
CREATE POLICY scope_insert ON portal.coverage_explanations FOR INSERT TO portal_app
  WITH CHECK (explained_by = (SELECT audit.me('coverage/a')));
GRANT SELECT, INSERT ON portal.coverage_explanations TO portal_app;
RESET ROLE;
