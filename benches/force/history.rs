//! What must be so in the database whatever was asked: each a sentence and a query for what contradicts it. `BEGUN`, `ROWS`,
//! `SOURCE` and `FIRST_DAY` stand for this run's.
//!
//! A row's `xmin` is the transaction that wrote it, and an event keeps its own: so that act and event are shown to stand in
//! one transaction, not only to be both there.

/// At any moment.
pub const ALWAYS: [(&str, &str); 7] = [
    (
        "a case's version is its last event, and no event is missing before it",
        "SELECT concat(c.id, ' version ', c.version, ', events ', e.n, ' up to ', e.last)
           FROM portal.review_cases c
           JOIN LATERAL (SELECT count(*) AS n, coalesce(max(seq), 0) AS last FROM portal.review_events v WHERE v.case_id = c.id) e ON true
          WHERE c.version <> e.last OR e.n <> e.last",
    ),
    // what was decided of a case that is in the sample for a blind second look is sealed elsewhere until that look
    (
        "a case stands where its history has led it",
        "SELECT concat_ws(' ', c.id, c.state, c.disposition, c.reason_code, c.decided_by, c.decided_at, 'but', l.to_state, d.kind, d.disposition, d.reason_code, d.actor_id, d.at)
           FROM portal.review_cases c
           JOIN LATERAL (SELECT to_state FROM portal.review_events v WHERE v.case_id = c.id ORDER BY seq DESC LIMIT 1) l ON true
           JOIN LATERAL (SELECT * FROM portal.review_events v WHERE v.case_id = c.id AND v.kind IN ('decided', 'reopened') ORDER BY seq DESC LIMIT 1) d ON true
          WHERE d.at >= 'BEGUN' AND c.second_review_kind IS DISTINCT FROM 'blind'
            AND (c.state <> l.to_state
                 OR (c.disposition, c.reason_code, c.decided_by, c.decided_at) IS DISTINCT FROM
                    (d.disposition, d.reason_code, CASE d.kind WHEN 'decided' THEN d.actor_id END, CASE d.kind WHEN 'decided' THEN d.at END))",
    ),
    (
        "an act begins where the one before it has led",
        "SELECT concat_ws(' ', case_id, seq, kind, from_state, 'after', before)
           FROM (SELECT v.*, lag(to_state) OVER (PARTITION BY case_id ORDER BY seq) AS before FROM portal.review_events v) e
          WHERE at >= 'BEGUN' AND kind IN ('decided', 'reopened') AND from_state IS DISTINCT FROM before",
    ),
    (
        "an act and its event stand in one transaction, and neither alone",
        "SELECT concat_ws(' ', 'act', a.case_id, a.kind, a.seq, 'event', s.event_id, s.action)
           FROM (SELECT case_id, seq, actor_id, kind, xmin::text::bigint AS xid FROM portal.review_events
                  WHERE at >= 'BEGUN' AND kind IN ('decided', 'reopened')) a
           FULL JOIN (SELECT event_id, resource_id, actor_id, action, mod(xid::text::numeric, 4294967296)::bigint AS xid FROM audit.events
                       WHERE event_time >= 'BEGUN' AND outcome = 'success' AND action IN ('review_case.decide', 'review_case.reopen')) s
             ON s.xid = a.xid AND s.resource_id = a.case_id AND s.actor_id = a.actor_id
            AND s.action = CASE a.kind WHEN 'decided' THEN 'review_case.decide' ELSE 'review_case.reopen' END
          WHERE a.case_id IS NULL OR s.event_id IS NULL",
    ),
    (
        "what an import wrote stands in one transaction with an event of the program's",
        "SELECT concat_ws(' ', w.what, w.xid)
           FROM (SELECT DISTINCT 'rows' AS what, a.xmin::text::bigint AS xid FROM portal.access_logs a
                   JOIN portal.import_batches b ON b.id = a.batch_id AND b.created_at >= 'BEGUN'
                 UNION SELECT DISTINCT 'flags', f.xmin::text::bigint FROM portal.access_flags f
                   JOIN portal.import_batches b ON b.id = f.batch_id AND b.created_at >= 'BEGUN'
                 UNION SELECT DISTINCT kind, xmin::text::bigint FROM portal.review_events
                  WHERE at >= 'BEGUN' AND kind NOT IN ('decided', 'reopened')) w
          WHERE NOT EXISTS (SELECT 1 FROM audit.events e WHERE e.event_time >= 'BEGUN' AND e.actor_type = 'system' AND e.outcome = 'success'
                              AND mod(e.xid::text::numeric, 4294967296)::bigint = w.xid)",
    ),
    (
        "of a batch whole chunks are stored, each row once",
        "SELECT concat_ws(' ', b.id, b.state, a.n, 'rows', a.ordinals, 'ordinals')
           FROM portal.import_batches b
           CROSS JOIN LATERAL (SELECT count(*) AS n, count(DISTINCT ordinal) AS ordinals FROM portal.access_logs l WHERE l.batch_id = b.id) a
          WHERE b.created_at >= 'BEGUN' AND (a.n % 20000 <> 0 AND a.n <> ROWS OR a.ordinals <> a.n)",
    ),
    (
        "the days' counts are the rows'",
        "SELECT concat_ws(' ', d.n, 'counted', a.n, 'stored')
           FROM (SELECT coalesce(sum(rows), 0) AS n FROM portal.source_days WHERE source_id = 'SOURCE' AND local_day >= 'FIRST_DAY') d
           CROSS JOIN (SELECT count(*) AS n FROM portal.access_logs l JOIN portal.import_batches b ON b.id = l.batch_id
                        WHERE b.created_at >= 'BEGUN') a
          WHERE d.n <> a.n",
    ),
];

/// Once everybody has gone home and every job is done.
pub const AT_LAST: [(&str, &str); 4] = [
    (
        "every import is complete and has read, stored and told every row",
        "SELECT concat_ws(' ', b.id, b.state, b.failure_code, b.rows_read, b.rows_stored, b.rows_known, a.n)
           FROM portal.import_batches b
           CROSS JOIN LATERAL (SELECT count(*) AS n FROM portal.access_logs l WHERE l.batch_id = b.id) a
          WHERE b.created_at >= 'BEGUN' AND (b.state, b.rows_read, b.rows_stored, a.n) IS DISTINCT FROM ('complete', ROWS, ROWS, ROWS)",
    ),
    ("every job is done", "SELECT concat_ws(' ', id, kind, state, attempts) FROM portal.jobs WHERE state <> 'done'"),
    ("nothing stays in staging", "SELECT count(*)::text FROM portal.import_staging HAVING count(*) > 0"),
    (
        "each batch was asked for in a request of its own",
        "SELECT concat_ws(' ', b.id, count(e.event_id))
           FROM portal.import_batches b
           LEFT JOIN audit.events e ON e.resource_id = b.id AND e.action = 'import.create' AND e.outcome = 'success'
          WHERE b.created_at >= 'BEGUN' GROUP BY b.id HAVING count(e.event_id) <> 1",
    ),
];
