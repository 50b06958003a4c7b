-- The actions of mappings, what each opens, and who may.
INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('mapping.list.read', 'mapping', false, false),
  ('mapping.read', 'mapping', false, false),
  ('mapping.form.read', 'mapping', false, false),
  ('mapping.draft.create', 'mapping', false, true),
  ('mapping.preview.read', 'mapping', false, true),
  ('mapping.create', 'mapping', false, true);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('mapping.list.read', 'source/r'),
  ('mapping.list.read', 'person/r'),
  ('mapping.read', 'source/r'),
  ('mapping.read', 'person/r'),
  ('mapping.form.read', 'source/r'),
  ('mapping.draft.create', 'mapping_draft/a'),
  ('mapping.preview.read', 'mapping_draft/r'),
  ('mapping.preview.read', 'source/r'),
  ('mapping.create', 'source/a'),
  ('mapping.create', 'source/w');
INSERT INTO audit.role_action (role, action) VALUES
  ('auditor', 'mapping.list.read'),
  ('coordinator', 'mapping.list.read'),
  ('manager', 'mapping.list.read'),
  ('auditor', 'mapping.read'),
  ('coordinator', 'mapping.read'),
  ('manager', 'mapping.read'),
  ('coordinator', 'mapping.form.read'),
  ('manager', 'mapping.form.read'),
  ('coordinator', 'mapping.draft.create'),
  ('manager', 'mapping.draft.create'),
  ('coordinator', 'mapping.preview.read'),
  ('manager', 'mapping.preview.read'),
  ('coordinator', 'mapping.create'),
  ('manager', 'mapping.create');
