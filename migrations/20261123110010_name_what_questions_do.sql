-- The vocabulary of questions about accesses. Whoever opens a case sees what was asked about it.
INSERT INTO audit.actions (action, resource_type, by_system, phi) VALUES
  ('question.list.read', 'question', false, false),
  ('question.list.export', 'question', false, false),
  ('question.read', 'question', false, false),
  ('question.answer', 'question', false, false),
  ('question.remark', 'question', false, false),
  ('question.form.read', 'review_case', false, true),
  ('question.ask', 'question', false, true),
  ('question.answer.record', 'question', false, true),
  ('question.withdraw', 'question', false, true),
  ('question.overdue.mark', 'question', true, false);
INSERT INTO audit.action_covers (action, cover) VALUES
  ('review_case.read', 'question/r'),
  ('review_case.read', 'answer/r'),
  ('question.list.read', 'own_question/r'),
  ('question.list.export', 'own_question/r'),
  ('question.read', 'own_question/r'),
  ('question.answer', 'own_answer/a'),
  ('question.remark', 'own_remark/a'),
  ('question.form.read', 'review_case/r'),
  ('question.form.read', 'question/r'),
  ('question.form.read', 'person/r'),
  ('question.form.read', 'employment/r'),
  ('question.form.read', 'facility/r'),
  ('question.ask', 'question/a'),
  ('question.ask', 'review_case/w'),
  ('question.ask', 'review_event/a'),
  ('question.answer.record', 'answer/a'),
  ('question.answer.record', 'question/w'),
  ('question.answer.record', 'review_case/w'),
  ('question.answer.record', 'review_event/a'),
  ('question.withdraw', 'question/w'),
  ('question.withdraw', 'review_case/w'),
  ('question.withdraw', 'review_event/a'),
  ('question.overdue.mark', 'overdue_question/w');
INSERT INTO audit.role_action (role, action)
SELECT r.role, a.action
  FROM unnest(ARRAY['auditor', 'coordinator', 'field_staff', 'manager', 'admin']) AS r(role),
       unnest(ARRAY['question.list.read', 'question.list.export', 'question.read', 'question.answer', 'question.remark']) AS a(action)
UNION ALL
SELECT r.role, a.action
  FROM unnest(ARRAY['coordinator', 'manager']) AS r(role),
       unnest(ARRAY['question.form.read', 'question.ask', 'question.answer.record', 'question.withdraw']) AS a(action);
