-- A row's line in a list or a file names the system it came from, and says whether one of its flags is a signal: both
-- live in tables the row actions did not open.
SET ROLE audit_owner;
INSERT INTO audit.action_covers (action, cover) VALUES
  ('access_log.list.read', 'source/r'),
  ('access_log.list.read', 'rule/r'),
  ('access_log.list.export', 'source/r'),
  ('access_log.list.export', 'rule/r');
RESET ROLE;
