//! The gate in Postgres, from a raw connection of the application's role: without the right event, no protected row.
//!
//! On a plain table the gate is a row filter, so every table holds a visible row here; see
//! `an_unaudited_probe_that_matches_nothing_is_silent_on_plain_tables_and_refused_on_partitioned_ones`.

use uuid::Uuid;

use crate::fixtures::{AUDITOR, AUDITOR_FULL, FIELD_STAFF, MANAGER};
use crate::harness::{Raw, TestDb};

/// A table behind the gate, and what opens it.
struct Protected {
    table: &'static str,
    /// The read that opens it for a manager; none where the application's role has no grant at all.
    reads: Option<&'static str>,
    /// A column the application's role may update (elsewhere the grant already refuses), and the write that lets it.
    writes: Option<(&'static str, &'static str)>,
}

const fn read(table: &'static str, reads: &'static str) -> Protected {
    Protected { table, reads: Some(reads), writes: None }
}

/// Every table with the policy `gate_select`. Add a line when a migration puts the gate before a new one.
const PROTECTED: &[Protected] = &[
    read("audit.events", "audit_event.list.read"),
    read("audit.exports", "audit_event.list.read"),
    read("audit.shown_rows", "audit_event.list.read"),
    read("portal.access_flags", "access_log.list.read"),
    read("portal.access_logs", "access_log.list.read"),
    read("portal.account_changes", "account.list.read"),
    read("portal.agreements", "review_case.read"),
    Protected { table: "portal.batch_known_rows", reads: None, writes: None },
    read("portal.case_flags", "review_case.list.read"),
    read("portal.case_rows", "review_case.list.read"),
    Protected {
        table: "portal.case_selections",
        reads: Some("case_selection.read"),
        writes: Some(("note = 'looked at'", "case_selection.run")),
    },
    read("portal.complaint_acts", "complaint.read"),
    read("portal.complaints", "complaint.list.read"),
    read("portal.coverage_explanations", "coverage.list.read"),
    read("portal.departments", "person.read"),
    read("portal.ehr_logins", "review_case.read"),
    read("portal.employment_periods", "person.read"),
    read("portal.facilities", "person.read"),
    read("portal.finding_cases", "finding.read"),
    read("portal.finding_comments", "finding.read"),
    read("portal.finding_events", "finding.read"),
    read("portal.finding_evidence", "finding.read"),
    read("portal.finding_versions", "finding.read"),
    read("portal.findings", "finding.list.read"),
    read("portal.import_batches", "import.list.read"),
    read("portal.import_rejects", "import.read"),
    read("portal.login_days", "review_case.read"),
    Protected { table: "portal.login_facilities", reads: None, writes: None },
    read("portal.login_holder_events", "login.list.read"),
    read("portal.login_holders", "review_case.read"),
    Protected { table: "portal.login_patient_days", reads: None, writes: None },
    read("portal.mapping_drafts", "mapping.preview.read"),
    read("portal.mappings", "import.list.read"),
    Protected { table: "portal.past_case_rows", reads: None, writes: None },
    read("portal.patient_ids", "patient.read"),
    read("portal.patients", "patient.read"),
    Protected {
        table: "portal.people",
        reads: Some("person.read"),
        writes: Some(("theme = 'dark'", "preference.update")),
    },
    read("portal.question_answers", "review_case.read"),
    read("portal.question_remarks", "review_case.read"),
    Protected {
        table: "portal.questions",
        reads: Some("review_case.read"),
        writes: Some(("updated_at = now()", "question.withdraw")),
    },
    Protected {
        table: "portal.queue_views",
        reads: Some("review_case.list.read"),
        writes: Some(("name = 'Renamed'", "queue_view.update")),
    },
    read("portal.review_acts", "review.read"),
    read("portal.review_alternates", "review.alternate.read"),
    Protected {
        table: "portal.review_cases",
        reads: Some("review_case.read"),
        // a change of state is held to more than the gate, see second_review.rs
        writes: Some(("updated_at = now()", "review_case.decide")),
    },
    read("portal.review_events", "review_case.read"),
    read("portal.review_links", "review.read"),
    read("portal.reviews", "review.list.read"),
    read("portal.roster_items", "roster.read"),
    read("portal.roster_words", "roster.read"),
    read("portal.rosters", "roster.read"),
    Protected {
        table: "portal.rule_proposals",
        reads: Some("rule.proposal.read"),
        writes: Some(("updated_at = now()", "rule.proposal.request")),
    },
    read("portal.rule_reruns", "rule.list.read"),
    Protected { table: "portal.rule_work", reads: None, writes: None },
    Protected { table: "portal.rule_work_cases", reads: None, writes: None },
    Protected { table: "portal.rule_work_days", reads: None, writes: None },
    Protected { table: "portal.rule_work_flags", reads: None, writes: None },
    read("portal.rules", "review_case.read"),
    read("portal.searches", "search.result.read"),
    read("portal.second_reviews", "review_case.list.read"),
    read("portal.selection_acts", "review_case.read"),
    read("portal.sign_up_requests", "account.list.read"),
    read("portal.source_days", "coverage.list.read"),
    read("portal.sources", "import.list.read"),
    read("portal.superseded_flags", "access_log.list.read"),
    read("portal.training_records", "person.activity.read"),
    read("portal.vendors", "review_case.read"),
    read("portal.watch_marks", "patient.read"),
    read("portal.withdrawn_rows", "access_log.list.read"),
];

/// Tables that the application's role may read without an event: none names a patient or says what anybody did.
const OPEN_TO_THE_APPLICATION: [&str; 6] = [
    "audit.action_covers",
    "audit.actions",
    "audit.outcome_codes",
    "audit.role_action",
    "portal.form_keys",
    "portal.organisations",
];

/// What stands in the transaction when the attempts are made.
#[derive(Debug, Clone, Copy)]
enum Condition {
    NoEvent,
    ReadEventOfTheSameTransaction,
    WriteEventOfAnEarlierTransaction,
    UsedAndCommitted,
    UsedAndRolledBack,
    OlderThanAMinute,
    OfAnotherBackend,
    OfAnotherAction,
    OfARolledBackSavepoint,
    ClaimCopiedOutOfItsTransaction,
}

/// A raw connection of the application, the manager's session on it, and a second connection beside it.
struct Bench {
    db: TestDb,
    app: Raw,
    other: Raw,
    token: String,
}

impl Bench {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let token = db.session_of(MANAGER).await;
        Self { app: db.as_app().await, other: db.as_app().await, db, token }
    }

    async fn open(&mut self, action: &str) -> Uuid {
        self.app.open(&self.token, action).await.expect("the manager may")
    }

    /// Tries the door's own function, then points at the event by hand as injected SQL could.
    async fn claim(&mut self, event: Uuid, refusal: &str) {
        self.app.must("SAVEPOINT claim").await;
        let answer = self.app.run(&format!("SELECT audit.use_event('{event}')")).await;
        assert_eq!(answer, Err(refusal.to_owned()), "audit.use_event");
        self.app.must("ROLLBACK TO claim").await;
        self.point_at(event, event).await;
    }

    async fn point_at(&mut self, read: Uuid, write: Uuid) {
        self.app
            .must(&format!(
                "SELECT set_config('app.read_event', '{read}/' || audit.transaction_mark(), true), set_config('app.write_event', '{write}', true)"
            ))
            .await;
    }

    /// Leaves an open transaction in which nothing may be reachable.
    async fn prepare(&mut self, condition: Condition, protected: &Protected) {
        let reads = protected.reads.unwrap_or("access_log.list.read");
        let writes = protected.writes.map_or("preference.update", |(_, action)| action);
        match condition {
            Condition::NoEvent => {
                self.app.must("BEGIN").await;
            }
            Condition::ReadEventOfTheSameTransaction => {
                self.app.must("BEGIN").await;
                let event = self.open(reads).await;
                self.claim(event, "HA002").await;
            }
            Condition::WriteEventOfAnEarlierTransaction => {
                self.app.must("BEGIN").await;
                let event = self.open(writes).await;
                self.app.must("COMMIT").await;
                self.app.must("BEGIN").await;
                self.point_at(event, event).await;
            }
            Condition::UsedAndCommitted | Condition::UsedAndRolledBack => {
                let event = self.open(reads).await;
                self.app.must("BEGIN").await;
                self.app.must(&format!("SELECT audit.use_event('{event}')")).await;
                let end = match condition {
                    Condition::UsedAndCommitted => "COMMIT",
                    _ => "ROLLBACK",
                };
                self.app.must(end).await;
                // what a session can do by itself brings no ticket back
                self.app.must("SELECT pg_advisory_unlock_all()").await;
                self.app.must("BEGIN").await;
                self.claim(event, "HA003").await;
            }
            Condition::OlderThanAMinute => {
                let event = self.open(reads).await;
                self.db
                    .sql(&format!("UPDATE audit.tickets SET issued_at = clock_timestamp() - interval '61 seconds' WHERE event_id = '{event}'"))
                    .await;
                self.app.must("BEGIN").await;
                self.app.must(&format!("SELECT audit.use_event('{event}')")).await;
            }
            Condition::OfAnotherBackend => {
                let event = self.other.open(&self.token, reads).await.expect("the manager may");
                self.app.must("BEGIN").await;
                self.claim(event, "HA002").await;
            }
            Condition::OfAnotherAction => {
                let event = self.open("home.read").await;
                self.app.must("BEGIN").await;
                self.app.must(&format!("SELECT audit.use_event('{event}')")).await;
                // this one points app.write_event at itself
                self.open("session.logout.execute").await;
            }
            Condition::OfARolledBackSavepoint => {
                self.app.must("BEGIN").await;
                self.app.must("SAVEPOINT before").await;
                let read = self.open(reads).await;
                let write = self.open(writes).await;
                self.app.must("ROLLBACK TO before").await;
                self.point_at(read, write).await;
            }
            Condition::ClaimCopiedOutOfItsTransaction => {
                let event = self.open(reads).await;
                self.app.must("BEGIN").await;
                self.app.must(&format!("SELECT audit.use_event('{event}')")).await;
                self.open(writes).await;
                self.app
                    .must(
                        "SELECT set_config('app.read_event', current_setting('app.read_event'), false),
                                set_config('app.write_event', current_setting('app.write_event'), false)",
                    )
                    .await;
                self.app.must("COMMIT").await;
                self.app.must("BEGIN").await;
            }
        }
    }

    /// Makes every attempt in the open transaction; returns those that were not refused as they should be.
    async fn attempts(&mut self, protected: &Protected) -> Vec<String> {
        let table = protected.table;
        let column: String = self
            .db
            .value(&format!(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum = 1"
            ))
            .await;
        let set = protected.writes.map_or(format!("{column} = NULL"), |(set, _)| set.to_owned());
        let mut failures = Vec::new();
        for (attempt, granted, sql) in [
            ("SELECT", true, format!("SELECT * FROM {table}")),
            ("count", true, format!("SELECT count(*) FROM {table}")),
            ("cursor", true, format!("DECLARE c CURSOR FOR SELECT * FROM {table}; FETCH 1 FROM c")),
            ("UPDATE", protected.writes.is_some(), format!("UPDATE {table} SET {set}")),
            ("DELETE", false, format!("DELETE FROM {table}")),
        ] {
            self.app.must("SAVEPOINT attempt").await;
            let answer = self.app.run(&sql).await;
            if !refused(&answer, granted && protected.reads.is_some()) {
                failures.push(format!("{table}: {attempt}: {answer:?}"));
            }
            self.app.must("ROLLBACK TO attempt").await;
        }
        let answer = self.app.copy_out(&format!("SELECT * FROM {table}")).await;
        if !refused(&answer.clone().map(|bytes| bytes as u64), protected.reads.is_some()) {
            failures.push(format!("{table}: COPY: {answer:?}"));
        }
        self.app.settle().await;
        failures
    }
}

/// Where the role has the grant the refusal must be the gate's own; elsewhere the missing grant is one too.
fn refused(answer: &Result<u64, String>, granted: bool) -> bool {
    match answer {
        Ok(_) => false,
        Err(code) => matches!(code.as_str(), "HA001" | "HA002" | "HA003") || (!granted && code == "42501"),
    }
}

async fn nothing_opens_under(condition: Condition) {
    let mut bench = Bench::new().await;
    let mut failures = Vec::new();
    for protected in PROTECTED {
        bench.prepare(condition, protected).await;
        failures.extend(bench.attempts(protected).await);
        // what a pooled connection does when it comes back
        bench.app.must("RESET ALL; SELECT audit.release()").await;
    }
    assert!(failures.is_empty(), "{condition:?}:\n{}", failures.join("\n"));
}

#[actix_web::test]
async fn nothing_opens_without_an_event() {
    nothing_opens_under(Condition::NoEvent).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_read_event_of_the_same_transaction() {
    nothing_opens_under(Condition::ReadEventOfTheSameTransaction).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_write_event_of_an_earlier_transaction() {
    nothing_opens_under(Condition::WriteEventOfAnEarlierTransaction).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_ticket_that_a_committed_transaction_has_used() {
    nothing_opens_under(Condition::UsedAndCommitted).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_ticket_that_a_rolled_back_transaction_has_used() {
    nothing_opens_under(Condition::UsedAndRolledBack).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_ticket_older_than_a_minute() {
    nothing_opens_under(Condition::OlderThanAMinute).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_ticket_of_another_backend() {
    nothing_opens_under(Condition::OfAnotherBackend).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_ticket_of_another_action() {
    nothing_opens_under(Condition::OfAnotherAction).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_ticket_of_a_rolled_back_savepoint() {
    nothing_opens_under(Condition::OfARolledBackSavepoint).await;
}

#[actix_web::test]
async fn nothing_opens_by_a_claim_that_was_set_for_the_session_and_outlived_its_transaction() {
    nothing_opens_under(Condition::ClaimCopiedOutOfItsTransaction).await;
}

#[actix_web::test]
async fn a_cached_plan_asks_again_in_the_next_transaction() {
    let mut bench = Bench::new().await;
    bench.app.must("SET plan_cache_mode = force_generic_plan").await;
    let mut failures = Vec::new();
    for protected in PROTECTED {
        let Some(reads) = protected.reads else { continue };
        let table = protected.table;
        let event = bench.open(reads).await;
        bench
            .app
            .must(&format!("PREPARE plan AS SELECT * FROM {table}; BEGIN; SELECT audit.use_event('{event}')"))
            .await;
        for _ in 0..2 {
            assert!(bench.app.must("EXECUTE plan").await > 0, "{table} holds a visible row");
        }
        bench.app.must("COMMIT").await;
        let outside = bench.app.run("EXECUTE plan").await;
        bench.app.must("BEGIN").await;
        let inside = bench.app.run("EXECUTE plan").await;
        bench.app.must("ROLLBACK; DEALLOCATE plan").await;
        if !refused(&outside, true) || !refused(&inside, true) {
            failures.push(format!("{table}: {outside:?} {inside:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[actix_web::test]
async fn the_right_event_opens_each_table_once() {
    let mut bench = Bench::new().await;
    for protected in PROTECTED {
        let Some(reads) = protected.reads else { continue };
        let table = protected.table;
        let event = bench.open(reads).await;
        bench.app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
        assert!(bench.app.must(&format!("SELECT * FROM {table}")).await > 0, "{table}: SELECT");
        let fetched = bench.app.must(&format!("DECLARE c CURSOR FOR SELECT * FROM {table}; FETCH 1 FROM c")).await;
        assert_eq!(fetched, 1, "{table}: cursor");
        let copied = bench.app.copy_out(&format!("SELECT * FROM {table}")).await;
        assert!(matches!(copied, Ok(bytes) if bytes > 0), "{table}: COPY {copied:?}");
        bench.app.must("COMMIT").await;
        if let Some((set, writes)) = protected.writes {
            bench.app.must("BEGIN").await;
            bench.open(writes).await;
            assert!(bench.app.must(&format!("UPDATE {table} SET {set}")).await > 0, "{table}: UPDATE");
            bench.app.must("ROLLBACK").await;
        }
    }
}

#[actix_web::test]
async fn the_list_of_protected_tables_is_the_databases_own() {
    let db = TestDb::new().await;
    for policy in ["gate_select", "gate_insert", "gate_update", "gate_delete"] {
        let tables: Vec<String> = db
            .value(&format!(
                "SELECT array_agg(format('%s.%s', n.nspname, c.relname) ORDER BY n.nspname, c.relname)
                   FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE p.polname = '{policy}' AND NOT p.polpermissive AND c.relrowsecurity"
            ))
            .await;
        let expected: Vec<_> = PROTECTED.iter().map(|protected| protected.table).collect();
        assert_eq!(tables, expected, "tables with {policy}");
    }
}

#[actix_web::test]
async fn the_application_reads_no_table_without_a_gate_but_the_named_ones() {
    let db = TestDb::new().await;
    let open: Vec<String> = db
        .value(
            "SELECT array_agg(format('%s.%s', n.nspname, c.relname) ORDER BY n.nspname, c.relname)
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                AND has_schema_privilege('portal_app', n.oid, 'USAGE') AND has_any_column_privilege('portal_app', c.oid, 'SELECT')
                AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'gate_select')",
        )
        .await;
    assert_eq!(open, OPEN_TO_THE_APPLICATION);
}

#[actix_web::test]
async fn a_view_looks_with_its_readers_rights() {
    let db = TestDb::new().await;
    let unsafe_views = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname IN ('portal', 'audit') AND (c.relkind = 'm'
             OR (c.relkind = 'v' AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)))";
    assert_eq!(db.value::<i64>(unsafe_views).await, 0);
    db.sql("CREATE VIEW portal.careless AS SELECT 1 AS one").await;
    assert_eq!(db.value::<i64>(unsafe_views).await, 1, "the check sees one");
}

#[actix_web::test]
async fn an_insert_without_its_event_is_refused() {
    let mut bench = Bench::new().await;
    let mut failures = Vec::new();
    for protected in PROTECTED {
        let table = protected.table;
        for event in [false, true] {
            bench.app.must("BEGIN").await;
            if event {
                bench.open("home.read").await;
            }
            // the gate is asked before the columns' constraints are
            let answer = bench.app.run(&format!("INSERT INTO {table} DEFAULT VALUES")).await;
            if !refused(&answer, false) {
                failures.push(format!("{table}: {answer:?}"));
            }
            bench.app.must("ROLLBACK").await;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    bench.app.must("BEGIN").await;
    bench.open("search.result.create").await;
    bench
        .app
        .must(&format!("INSERT INTO portal.searches (id, person_id, found, cut_off) VALUES (gen_random_uuid(), '{MANAGER}', '{{}}', false)"))
        .await;
}

#[actix_web::test]
async fn declaring_and_reading_in_one_statement_is_refused() {
    let mut bench = Bench::new().await;
    let open = format!(
        "audit.open('{}', 'review_case.list.read', '00000000-0000-0000-0000-000000000000', gen_random_uuid(), NULL, NULL)",
        bench.token
    );
    for trick in [
        format!("SELECT (SELECT count(*) FROM portal.review_cases) FROM (SELECT audit.use_event({open})) trick"),
        format!(
            "WITH trick AS MATERIALIZED (SELECT audit.use_event({open})) SELECT count(*) FROM portal.review_cases, trick"
        ),
        format!(
            "SELECT (SELECT count(*) FROM portal.review_cases)
               FROM (SELECT set_config('app.read_event', {open}::text || '/' || audit.transaction_mark(), true)) trick"
        ),
        format!("DO $$ BEGIN PERFORM audit.use_event({open}); PERFORM 1 FROM portal.review_cases; END $$"),
    ] {
        let answer = bench.app.run(&trick).await;
        assert!(refused(&answer, true), "{trick}: {answer:?}");
    }
}

#[actix_web::test]
async fn the_door_refuses_who_may_not_and_what_is_not_in_the_vocabulary() {
    let db = TestDb::new().await;
    let mut app = db.as_app().await;
    let manager = db.session_of(MANAGER).await;
    let field_staff = db.session_of(FIELD_STAFF).await;
    let auditor = db.session_of(AUDITOR).await;
    for (token, action, refusal) in [
        ("no such token", "home.read", "HA401"),
        ("", "home.read", "HA401"),
        (&*field_staff, "review_case.list.read", "HA403"),
        (&*auditor, "review_case.decide", "HA403"),
        (&*manager, "import.batch.run", "HA400"),
        (&*manager, "user.account.create", "HA400"),
        (&*manager, "review_case.eat", "HA400"),
        // they end in failure only: a session may not claim to have succeeded at them
        (&*manager, "session.login.attempt", "HA403"),
        (&*manager, "request.refuse", "HA403"),
    ] {
        assert_eq!(app.open(token, action).await, Err(refusal.to_owned()), "{action}");
    }
    assert!(app.open(&field_staff, "home.read").await.is_ok());

    let nil = Uuid::nil();
    for (sql, refusal) in [
        (format!("SELECT audit.open_system('import.batch.read', '{nil}', '{nil}')"), "42501"),
        (
            format!("SELECT audit.fail('{manager}', 'home.read', '{nil}', 'success', NULL, '{nil}', NULL, NULL)"),
            "HA400",
        ),
        (
            format!(
                "SELECT audit.fail('{manager}', 'home.read', '{nil}', 'authz_fail', 'Jane Doe', '{nil}', NULL, NULL)"
            ),
            "HA400",
        ),
        (
            format!(
                "SELECT audit.fail('{manager}', 'jane.doe', '{nil}', 'authz_fail', 'conflict', '{nil}', NULL, NULL)"
            ),
            "HA400",
        ),
        (
            format!("SELECT audit.fail('{manager}', 'home.read', '{nil}', 'fine', 'conflict', '{nil}', NULL, NULL)"),
            "23514",
        ),
        (
            format!(
                "SELECT audit.append_('{MANAGER}', 'user', 'home.read', 'session', '{nil}', 'success', NULL, '{nil}', NULL, NULL)"
            ),
            "42501",
        ),
        ("SELECT * FROM audit.tickets".to_owned(), "42501"),
        ("SELECT * FROM portal.sessions".to_owned(), "42501"),
        ("SELECT * FROM portal.credentials".to_owned(), "42501"),
        (format!("SELECT audit.session_person('{manager}')"), "42501"),
        ("SELECT audit.ticket_for('person/r')".to_owned(), "42501"),
        ("SELECT audit.reading()".to_owned(), "42501"),
        ("SELECT portal.frame()".to_owned(), "HA001"),
        ("SELECT audit.make_partitions(current_date)".to_owned(), "42501"),
        (format!("SELECT audit.set_password('{MANAGER}', '$argon2id$')"), "42501"),
        ("CREATE TEMPORARY TABLE aside (id int)".to_owned(), "42501"),
        ("CREATE TABLE portal.aside (id int)".to_owned(), "42501"),
        ("SELECT lo_from_bytea(0, 'x')".to_owned(), "42501"),
        ("SET ROLE portal_owner".to_owned(), "42501"),
        ("SET SESSION AUTHORIZATION portal_worker".to_owned(), "42501"),
        ("SET row_security = off; SELECT * FROM portal.people".to_owned(), "42501"),
    ] {
        let answer = app.run(&format!("BEGIN; {sql}")).await;
        assert_eq!(answer, Err(refusal.to_owned()), "{sql}");
        app.must("ROLLBACK; RESET ALL").await;
    }

    let mut worker = db.as_worker().await;
    assert_eq!(worker.open(&manager, "home.read").await, Err("42501".to_owned()));
    assert_eq!(
        worker.run(&format!("SELECT audit.open_system('review_case.list.read', '{nil}', '{nil}')")).await,
        Err("HA400".to_owned())
    );
    assert!(worker.run(&format!("SELECT audit.open_system('import.batch.read', '{nil}', '{nil}')")).await.is_ok());
}

#[actix_web::test]
async fn an_ended_or_idle_session_opens_nothing() {
    let db = TestDb::new().await;
    let mut app = db.as_app().await;
    for (what, change) in [
        ("ended", "UPDATE portal.sessions SET ended_at = now()"),
        ("idle", "UPDATE portal.sessions SET seen_at = now() - interval '15 minutes 1 second'"),
        ("too long", "UPDATE portal.sessions SET started_at = now() - interval '12 hours 1 second'"),
        ("of a person who left", "UPDATE portal.people SET active = false"),
    ] {
        let token = db.session_of(MANAGER).await;
        assert!(app.open(&token, "home.read").await.is_ok(), "before it is {what}");
        db.sql(change).await;
        assert_eq!(app.open(&token, "home.read").await, Err("HA401".to_owned()), "{what}");
        db.sql("UPDATE portal.people SET active = true").await;
    }
}

#[actix_web::test]
async fn an_event_shows_rows_only_in_its_own_sessions_name() {
    let db = TestDb::new().await;
    let mut app = db.as_app().await;
    let manager = db.session_of(MANAGER).await;
    let auditor = db.session_of(AUDITOR).await;
    let event = app.open(&manager, "access_log.list.export").await.expect("may");
    let id = Uuid::from_u128(7);
    for (sql, ok) in [
        (format!("SELECT audit.shown('{auditor}', '{event}', 0, 'access_log', '{{{id}}}')"), false),
        (format!("SELECT audit.export_started('{auditor}', '{event}', '{{}}')"), false),
        (format!("SELECT audit.shown('{manager}', '{event}', 0, 'access_log', '{{{id}}}')"), true),
        (format!("SELECT audit.export_started('{manager}', '{event}', '{{}}')"), true),
        (format!("SELECT audit.export_ended('{auditor}', '{event}', 1, sha256(''), 'complete')"), false),
        (format!("SELECT audit.export_ended('{manager}', '{event}', 1, sha256(''), 'complete')"), true),
        (format!("SELECT audit.export_ended('{manager}', '{event}', 2, sha256(''), 'complete')"), false),
    ] {
        let answer = app.run(&sql).await;
        assert_eq!(answer.is_ok(), ok, "{sql}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_patients_own_id_opens_only_to_whom_the_engagement_shows_it() {
    let db = TestDb::new().await;
    let mut app = db.as_app().await;
    for (auditor, rows) in [(AUDITOR, 0), (AUDITOR_FULL, 2)] {
        let token = db.session_of(auditor).await;
        let event = app.open(&token, "patient.read").await.expect("may");
        app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
        assert_eq!(app.must("SELECT * FROM portal.patient_ids").await, rows);
        app.must("COMMIT").await;
    }
}

#[actix_web::test]
async fn the_planners_statistics_tell_the_application_nothing_of_a_protected_table() {
    let db = TestDb::new().await;
    db.sql("ANALYZE").await;
    let mut app = db.as_app().await;
    let told: i64 = app
        .value("SELECT count(*) FROM pg_stats WHERE schemaname IN ('portal', 'audit') AND NOT (schemaname, tablename) IN (('audit', 'actions'), ('audit', 'action_covers'), ('audit', 'role_action'), ('audit', 'outcome_codes'), ('portal', 'organisations'), ('portal', 'form_keys'))")
        .await
        .expect("answers");
    assert_eq!(told, 0);
}

/// Known, and no datum leaks by it: the restrictive policy is asked when there is a row to ask about.
#[actix_web::test]
async fn an_unaudited_probe_that_matches_nothing_is_silent_on_plain_tables_and_refused_on_partitioned_ones() {
    let db = TestDb::new().await;
    let mut app = db.as_app().await;
    // of this month, so that there is a partition to look in; an id of no partition is answered without looking
    let nobody = Uuid::now_v7();
    for (table, answer) in [
        (format!("portal.people WHERE id = '{nobody}'"), Ok(0)),
        (format!("portal.people WHERE id = '{MANAGER}'"), Err("HA001".to_owned())),
        (format!("portal.access_logs WHERE id = '{nobody}'"), Err("HA001".to_owned())),
        (format!("audit.events WHERE event_id = '{nobody}'"), Err("HA001".to_owned())),
        (format!("audit.events WHERE event_id = '{}'", Uuid::nil()), Ok(0)),
    ] {
        assert_eq!(app.run(&format!("SELECT * FROM {table}")).await, answer, "{table}");
    }
    // a partition has no grant of its own
    for parent in ["portal.access_logs", "audit.events", "audit.shown_rows"] {
        let partition: String = db
            .value(&format!(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{parent}'::regclass LIMIT 1"
            ))
            .await;
        assert_eq!(app.run(&format!("SELECT * FROM {partition}")).await, Err("42501".to_owned()));
    }
}
