//! What is written in the trail stays written, whoever tries: the application, the worker, and the trail's own owner.

use crate::harness::{Raw, TestDb};

/// What must not work, on a table of the trail.
const ON_A_TABLE: [&str; 26] = [
    "UPDATE {table} SET event_id = gen_random_uuid()",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "TRUNCATE {table} CASCADE",
    "DROP TABLE {table}",
    "DROP TABLE {table} CASCADE",
    "ALTER TABLE {table} ADD COLUMN note text",
    "ALTER TABLE {table} DROP COLUMN event_id CASCADE",
    "ALTER TABLE {table} ALTER COLUMN event_id DROP NOT NULL",
    "ALTER TABLE {table} RENAME TO aside",
    "ALTER TABLE {table} SET SCHEMA portal",
    "ALTER TABLE {table} OWNER TO portal_app",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE TRIGGER append_only",
    "ALTER TABLE {table} DISABLE TRIGGER no_truncate",
    "ALTER TABLE {table} ENABLE REPLICA TRIGGER append_only",
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TRIGGER append_only ON {table} RENAME TO nothing",
    "DROP TRIGGER append_only ON {table}",
    "DROP TRIGGER no_truncate ON {table}",
    "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE TRIGGER aaa BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE lost AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "CREATE RULE kept AS ON DELETE TO {table} DO INSTEAD NOTHING",
    "CREATE POLICY everyone ON {table} USING (true)",
    "GRANT UPDATE, DELETE ON {table} TO portal_app",
];

/// What must not work, on the guard and the door.
const ON_THE_GUARD: [&str; 39] = [
    "CREATE OR REPLACE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE OR REPLACE FUNCTION audit.guard_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE OR REPLACE FUNCTION audit.ok(p_cover text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE OR REPLACE FUNCTION audit.open(p_token text, p_action text, p_resource_id uuid, p_request uuid, p_ip inet, p_agent text)
       RETURNS uuid LANGUAGE sql AS 'SELECT p_request'",
    "CREATE FUNCTION audit.aside() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE audit.aside (id integer)",
    "CREATE VIEW audit.aside AS SELECT 1 AS one",
    "CREATE TABLE audit.events_2001 PARTITION OF audit.events FOR VALUES FROM ('00dc0000-0000-0000-0000-000000000000') TO ('00dd0000-0000-0000-0000-000000000000')",
    "ALTER TABLE audit.events DETACH PARTITION {partition}",
    "ALTER FUNCTION audit.refuse() RENAME TO welcome",
    "ALTER FUNCTION audit.refuse() OWNER TO portal_app",
    "ALTER FUNCTION audit.ok(text) RENAME TO welcome",
    "ALTER FUNCTION audit.ok(text) SECURITY INVOKER",
    "ALTER FUNCTION audit.open(text, text, uuid, uuid, inet, text) RENAME TO welcome",
    "ALTER FUNCTION audit.make_partitions(date) RENAME TO welcome",
    "DROP FUNCTION audit.refuse() CASCADE",
    "DROP FUNCTION audit.guard_ddl() CASCADE",
    "DROP FUNCTION audit.ok(text) CASCADE",
    "DROP FUNCTION audit.open(text, text, uuid, uuid, inet, text)",
    "ALTER POLICY gate_select ON audit.events USING (true)",
    "ALTER POLICY scope_select ON audit.events USING (true)",
    "ALTER POLICY gate_select ON audit.events RENAME TO welcome",
    "DROP POLICY gate_select ON audit.events",
    "DROP POLICY gate_select ON audit.shown_rows",
    "DROP POLICY gate_select ON audit.exports",
    "DROP EVENT TRIGGER audit_guard_drop",
    "DROP EVENT TRIGGER audit_guard_ddl",
    "ALTER EVENT TRIGGER audit_guard_drop DISABLE",
    "ALTER EVENT TRIGGER audit_guard_ddl DISABLE",
    "ALTER EVENT TRIGGER audit_guard_ddl ENABLE REPLICA",
    "ALTER EVENT TRIGGER audit_guard_ddl OWNER TO portal_app",
    "SET session_replication_role = replica",
    "SET LOCAL session_replication_role = replica",
    "ALTER SCHEMA audit RENAME TO aside",
    "DROP SCHEMA audit CASCADE",
    "DROP INDEX audit.events_request",
    "ALTER TABLE audit.role_action DROP CONSTRAINT role_action_action_fkey",
    "ALTER ROLE portal_app BYPASSRLS",
    "UPDATE pg_trigger SET tgenabled = 'D'",
];

const TABLES: [&str; 3] = ["audit.events", "audit.shown_rows", "audit.exports"];

async fn partition(db: &TestDb, parent: &str) -> String {
    db.value(&format!(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{parent}'::regclass
          ORDER BY inhrelid::regclass::text = '{parent}_' || to_char(now(), 'YYYYMM') DESC LIMIT 1"
    ))
    .await
}

/// Every attempt, each in a transaction of its own that is rolled back; returns those that went through.
async fn went_through(raw: &mut Raw, statements: &[String]) -> Vec<String> {
    let mut holes = Vec::new();
    for statement in statements {
        raw.must("BEGIN").await;
        let mut done = raw.run(statement).await.is_ok();
        // to whom a grant is not theirs to give it is a warning, and nothing is given
        if done && statement.starts_with("GRANT") {
            let table = statement.split(' ').nth(4).expect("GRANT UPDATE, DELETE ON table");
            let given = raw.value(&format!("SELECT has_table_privilege('portal_app', '{table}', 'UPDATE')")).await;
            done = given.expect("answers");
        }
        if done {
            holes.push(statement.clone());
        }
        raw.must("ROLLBACK").await;
    }
    holes
}

async fn attempts(db: &TestDb) -> Vec<String> {
    let mut tables: Vec<String> = TABLES.map(ToOwned::to_owned).into();
    for parent in ["audit.events", "audit.shown_rows"] {
        tables.push(partition(db, parent).await);
    }
    let events = partition(db, "audit.events").await;
    let on_tables =
        tables.iter().flat_map(|table| ON_A_TABLE.iter().map(move |statement| statement.replace("{table}", table)));
    let on_guard = ON_THE_GUARD.iter().map(|statement| statement.replace("{partition}", &events));
    on_tables.chain(on_guard).collect()
}

fn none(who: &str, holes: &[String]) {
    assert!(holes.is_empty(), "{who} can:\n{}", holes.join("\n"));
}

#[actix_web::test]
async fn the_application_cannot_change_the_trail_or_its_guard() {
    let db = TestDb::new().await;
    let statements = attempts(&db).await;
    none("portal_app", &went_through(&mut db.as_app().await, &statements).await);
}

#[actix_web::test]
async fn the_worker_cannot_change_the_trail_or_its_guard() {
    let db = TestDb::new().await;
    let statements = attempts(&db).await;
    none("portal_worker", &went_through(&mut db.as_worker().await, &statements).await);
}

#[actix_web::test]
async fn the_trails_own_owner_cannot_change_it_or_its_guard() {
    let db = TestDb::new().await;
    let statements = attempts(&db).await;
    none("audit_owner", &went_through(&mut db.as_role("audit_owner").await, &statements).await);
}

#[actix_web::test]
async fn the_trails_owner_is_stopped_even_where_a_superuser_has_turned_ordinary_triggers_off() {
    let db = TestDb::new().await;
    let statements = attempts(&db).await;
    let mut raw = Raw::connect(&db.superuser_url).await;
    raw.must("SET session_replication_role = replica; SET ROLE audit_owner").await;
    none("audit_owner as a replica", &went_through(&mut raw, &statements).await);
}

#[actix_web::test]
async fn the_portals_owner_and_the_migrator_cannot_change_the_trail_or_its_guard() {
    let db = TestDb::new().await;
    let statements = attempts(&db).await;
    for role in ["portal_owner", "portal_migrator"] {
        none(role, &went_through(&mut db.as_role(role).await, &statements).await);
    }
}

#[actix_web::test]
async fn the_two_owners_together_cannot_carry_the_trail_out_of_the_guards_sight() {
    let db = TestDb::new().await;
    // the migrator is a member of both
    let mut raw = Raw::connect(&db.superuser_url).await;
    let holes = went_through(
        &mut raw,
        &[
            "SET LOCAL ROLE portal_owner; CREATE SCHEMA aside; GRANT CREATE, USAGE ON SCHEMA aside TO audit_owner;
             SET LOCAL ROLE audit_owner; ALTER TABLE audit.exports SET SCHEMA aside; DROP TABLE aside.exports"
                .to_owned(),
            "SET LOCAL ROLE portal_owner; CREATE SCHEMA aside; GRANT CREATE, USAGE ON SCHEMA aside TO audit_owner;
             SET LOCAL ROLE audit_owner; ALTER TABLE audit.events SET SCHEMA aside"
                .to_owned(),
            "SET LOCAL ROLE portal_owner; CREATE SCHEMA aside; GRANT CREATE, USAGE ON SCHEMA aside TO audit_owner;
             SET LOCAL ROLE audit_owner; ALTER FUNCTION audit.ok(text) SET SCHEMA aside"
                .to_owned(),
            "SET LOCAL ROLE portal_owner; CREATE SCHEMA aside; GRANT CREATE, USAGE ON SCHEMA aside TO audit_owner;
             SET LOCAL ROLE audit_owner; CREATE TABLE aside.old PARTITION OF audit.events
               FOR VALUES FROM ('00dc0000-0000-0000-0000-000000000000') TO ('00dd0000-0000-0000-0000-000000000000')"
                .to_owned(),
            "SET LOCAL ROLE portal_owner; CREATE SCHEMA aside; GRANT CREATE, USAGE ON SCHEMA aside TO audit_owner;
             CREATE FUNCTION aside.lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
             GRANT EXECUTE ON FUNCTION aside.lose TO audit_owner;
             SET LOCAL ROLE audit_owner; CREATE TRIGGER aaa BEFORE INSERT ON audit.events FOR EACH ROW EXECUTE FUNCTION aside.lose()"
                .to_owned(),
            "SET LOCAL ROLE portal_migrator; REASSIGN OWNED BY audit_owner TO portal_owner".to_owned(),
            "SET LOCAL ROLE portal_migrator; DROP OWNED BY audit_owner CASCADE".to_owned(),
        ],
    )
    .await;
    none("the migrator", &holes);
}

#[actix_web::test]
async fn only_the_doors_functions_write_events() {
    let db = TestDb::new().await;
    let insert = "INSERT INTO audit.events (event_id, event_time, xid, actor_type, action, resource_type, resource_id, outcome, request_id)
                  SELECT audit.uuid7(), now(), pg_current_xact_id(), 'user', 'home.read', 'session', gen_random_uuid(), 'success', gen_random_uuid()";
    let copy = "INSERT INTO audit.shown_rows VALUES (gen_random_uuid(), 0, 'access_log', ARRAY[gen_random_uuid()])";
    let export = "INSERT INTO audit.exports (event_id, actor_id, action, filter, started_at) VALUES (gen_random_uuid(), gen_random_uuid(), 'x', '{}', now())";
    let ticket = "INSERT INTO audit.tickets SELECT * FROM audit.tickets";
    for mut raw in [db.as_app().await, db.as_worker().await, db.as_role("portal_owner").await] {
        for sql in [insert, copy, export, ticket] {
            assert_eq!(raw.run(sql).await, Err("42501".to_owned()), "{sql}");
        }
    }
    // and the statement itself is a good one
    let mut superuser = Raw::connect(&db.superuser_url).await;
    assert_eq!(superuser.run(insert).await, Ok(1));
}

#[actix_web::test]
async fn the_worker_adds_a_month_and_that_month_is_guarded_too() {
    let db = TestDb::new().await;
    let mut worker = db.as_worker().await;
    let made: i32 = worker.value("SELECT audit.make_partitions('2031-05-17')").await.expect("the worker may");
    assert_eq!(made, 3, "events, shown rows, access logs");
    let again: i32 = worker.value("SELECT audit.make_partitions('2031-05-01')").await.expect("the worker may");
    assert_eq!(again, 0);
    assert_eq!(worker.run("SELECT audit.make_partitions('1999-12-31')").await, Err("HA400".to_owned()));
    db.sql(
        "INSERT INTO audit.events (event_id, event_time, xid, actor_type, action, resource_type, resource_id, outcome, request_id)
         SELECT audit.uuid_floor('2031-05-20'), now(), pg_current_xact_id(), 'system', 'home.read', 'session', gen_random_uuid(), 'success', gen_random_uuid();
         INSERT INTO audit.shown_rows SELECT audit.uuid_floor('2031-05-20'), 0, 'access_log', ARRAY[gen_random_uuid()]",
    )
    .await;
    let mut statements = Vec::new();
    for table in ["audit.events_203105", "audit.shown_rows_203105"] {
        assert_eq!(db.value::<i64>(&format!("SELECT count(*) FROM {table}")).await, 1, "the row is in its month");
        statements.extend(ON_A_TABLE.map(|statement| statement.replace("{table}", table)));
    }
    none("portal_worker", &went_through(&mut worker, &statements).await);
    none("portal_app", &went_through(&mut db.as_app().await, &statements).await);
    none("audit_owner", &went_through(&mut db.as_role("audit_owner").await, &statements).await);
    let mut replica = Raw::connect(&db.superuser_url).await;
    replica.must("SET session_replication_role = replica; SET ROLE audit_owner").await;
    none("audit_owner as a replica", &went_through(&mut replica, &statements).await);
}

#[actix_web::test]
async fn evidence_of_access_and_review_is_append_only_even_for_its_owner() {
    let db = TestDb::new().await;
    let mut owner = db.as_role("portal_owner").await;
    let mut statements = Vec::new();
    for table in [
        "portal.access_logs",
        "portal.access_flags",
        "portal.review_events",
        "portal.finding_events",
        "portal.finding_evidence",
        "portal.finding_versions",
        "portal.finding_comments",
    ] {
        statements.push(format!("DELETE FROM {table}"));
        statements.push(format!("UPDATE {table} SET ctid = ctid"));
    }
    none("portal_owner", &went_through(&mut owner, &statements).await);
}

#[actix_web::test]
async fn an_exports_end_is_written_once() {
    let db = TestDb::new().await;
    let mut owner = db.as_role("audit_owner").await;
    let end = "UPDATE audit.exports SET ended = 'complete', ended_at = now(), row_count = 12";
    assert_eq!(owner.run("UPDATE audit.exports SET actor_id = gen_random_uuid()").await, Err("HA403".to_owned()));
    assert_eq!(owner.run(end).await, Ok(1));
    assert_eq!(owner.run(end).await, Err("HA403".to_owned()));
}
