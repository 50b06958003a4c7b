-- The words of second review and of those who stand in.
INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('review_case.second_review', 'review_case', false, true),
  ('review_case.stand_in', 'review_case', false, true),
  ('second_review.list.read', 'review_case', false, true),
  ('second_review.list.export', 'review_case', false, true),
  ('review.alternate.read', 'review_alternate', false, false),
  ('review.alternate.set', 'review_alternate', false, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('review_case.second_review', 'second_review/a'),
  ('review_case.stand_in', 'second_review/a'),
  ('second_review.list.read', 'review_case/r'),
  ('second_review.list.read', 'review_event/r'),
  ('second_review.list.read', 'person/r'),
  ('second_review.list.export', 'review_case/r'),
  ('second_review.list.export', 'review_event/r'),
  ('second_review.list.export', 'person/r'),
  ('review.alternate.read', 'review_alternate/r'),
  ('review.alternate.read', 'person/r'),
  ('review.alternate.set', 'review_alternate/a');
INSERT INTO audit.role_action (role, action) VALUES
  ('manager', 'review_case.second_review'),
  ('coordinator', 'review_case.stand_in'),
  ('auditor', 'second_review.list.read'),
  ('manager', 'second_review.list.read'),
  ('auditor', 'second_review.list.export'),
  ('manager', 'second_review.list.export'),
  ('auditor', 'review.alternate.read'),
  ('manager', 'review.alternate.read'),
  ('admin', 'review.alternate.read'),
  ('manager', 'review.alternate.set'),
  ('admin', 'review.alternate.set');
