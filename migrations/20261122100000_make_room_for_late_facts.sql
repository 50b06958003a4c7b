-- Facts arrive late: a login matched today, a termination entered a week after, a batch withdrawn. What they touch is
-- written down here, and the job loop runs the rules over it again.
SET ROLE portal_owner;

ALTER TABLE portal.jobs DROP CONSTRAINT jobs_kind_check;
ALTER TABLE portal.jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('import_batch', 'rule_rerun'));

CREATE TABLE portal.rule_reruns (
  id           uuid PRIMARY KEY,
  cause        text NOT NULL CHECK (cause IN ('login_matched', 'employment_changed', 'agreement_changed', 'rule_changed', 'batch_withdrawn')),
  login_ids    uuid[] NOT NULL,
  from_at      timestamptz NOT NULL,
  until_at     timestamptz NOT NULL,
  state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  flags_raised bigint NOT NULL DEFAULT 0,
  cases_opened bigint NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz
);
SELECT audit.put_gate_before('portal.rule_reruns', 'rule_rerun');
CREATE POLICY worker ON portal.rule_reruns TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY scope_insert ON portal.rule_reruns FOR INSERT TO portal_app WITH CHECK ((SELECT audit.ok('rule_rerun/a')));
GRANT INSERT ON portal.rule_reruns TO portal_app;
GRANT SELECT, UPDATE ON portal.rule_reruns TO portal_worker;

-- Rows that count no more, because the batch that brought them was withdrawn and no other batch holds them. The rows
-- themselves stay as they are.
CREATE TABLE portal.withdrawn_rows (
  access_id uuid PRIMARY KEY,
  batch_id  uuid NOT NULL REFERENCES portal.import_batches
);
CREATE INDEX withdrawn_rows_batch ON portal.withdrawn_rows (batch_id);
SELECT audit.put_gate_before('portal.withdrawn_rows', 'access_log');
CREATE POLICY worker ON portal.withdrawn_rows TO portal_worker USING (true) WITH CHECK (true);
CREATE POLICY everyone ON portal.withdrawn_rows FOR SELECT TO portal_app USING (true);
GRANT SELECT ON portal.withdrawn_rows TO portal_app;
GRANT SELECT, INSERT, DELETE ON portal.withdrawn_rows TO portal_worker;
RESET ROLE;
