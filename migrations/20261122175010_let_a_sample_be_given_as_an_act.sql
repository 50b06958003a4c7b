-- Putting a sample beside a mapping's draft keeps a file, so it is an act of its own and not a look at the draft. It opens no table.
INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES ('mapping.sample.update', 'mapping', false, true);
INSERT INTO audit.role_action (role, action) VALUES
  ('coordinator', 'mapping.sample.update'),
  ('manager', 'mapping.sample.update');
