//! Who reaches which rows about the workforce: as SQL behind the door, under the event that opens them, and over HTTP. A role
//! that may do something still does it only where its account reaches.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Browser, Raw, TestDb, TestPortal};

/// What stands behind the door under a read of this person's.
async fn reads(db: &TestDb, person: Uuid, action: &str, sql: &str) -> Result<Vec<String>, String> {
    let token = db.session_of(person).await;
    let mut app = db.as_app().await;
    let event = app.open(&token, action).await?;
    app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
    app.value(&format!("SELECT coalesce(array_agg(x::text ORDER BY x::text), '{{}}') FROM ({sql}) q(x)")).await
}

/// A write of this person's, which is rolled back; how many rows it changed, or the SQLSTATE.
async fn writes(db: &TestDb, person: Uuid, action: &str, sql: &str) -> Result<u64, String> {
    let token = db.session_of(person).await;
    let mut app: Raw = db.as_app().await;
    app.must("BEGIN").await;
    app.open(&token, action).await?;
    app.run(sql).await
}

fn names(ids: &[Uuid]) -> Vec<String> {
    let mut names: Vec<_> = ids.iter().map(ToString::to_string).collect();
    names.sort();
    names
}

#[actix_web::test]
async fn employment_is_read_where_the_account_reaches_and_ones_own_everywhere() {
    let db = TestDb::new().await;
    let everybody = [NURSE_A, PHYSICIAN_B, MANAGER, FIELD_STAFF];
    for (reader, expected) in [
        (MANAGER, &everybody[..]),
        (ADMIN, &everybody),
        (COORDINATOR_ALL, &everybody),
        (AUDITOR, &everybody),
        (COORDINATOR_A, &[NURSE_A, MANAGER, FIELD_STAFF]),
        (COORDINATOR_B, &[PHYSICIAN_B]),
        (AUDITOR_WITHOUT, &[]),
        (FIELD_STAFF, &[FIELD_STAFF]),
    ] {
        let seen = reads(&db, reader, "person.list.read", "SELECT person_id FROM portal.employment_periods").await;
        assert_eq!(seen, Ok(names(expected)), "{reader}");
    }
}

#[actix_web::test]
async fn employment_is_written_where_the_account_reaches_and_never_ones_own() {
    let db = TestDb::new().await;
    let (own, refused) = (Ok(1), Err("42501".to_owned()));
    let add = |person: Uuid, facility: Uuid, department: Uuid| {
        format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
             VALUES (gen_random_uuid(), '{person}', '{facility}', '{department}', 'Clerk', '2010-01-01')"
        )
    };
    let end = |person: Uuid| {
        format!("UPDATE portal.employment_periods SET superseded_at = now() WHERE person_id = '{person}'")
    };
    for (who, action, sql, expected) in [
        (COORDINATOR_A, "employment.update", add(NURSE_A, FACILITY_A, DEPARTMENT_A), &own),
        (COORDINATOR_A, "employment.update", add(NURSE_A, FACILITY_B, DEPARTMENT_B), &refused),
        (COORDINATOR_B, "employment.update", add(NURSE_A, FACILITY_A, DEPARTMENT_A), &refused),
        (COORDINATOR_B, "roster.apply", add(NURSE_A, FACILITY_A, DEPARTMENT_A), &refused),
        (COORDINATOR_A, "employment.update", add(COORDINATOR_A, FACILITY_A, DEPARTMENT_A), &refused),
        (MANAGER, "employment.update", add(NURSE_A, FACILITY_B, DEPARTMENT_B), &own),
        (MANAGER, "employment.update", add(MANAGER, FACILITY_B, DEPARTMENT_B), &refused),
        (ADMIN, "employment.update", add(NURSE_A, FACILITY_B, DEPARTMENT_B), &own),
        (AUDITOR, "employment.update", add(NURSE_A, FACILITY_A, DEPARTMENT_A), &Err("HA403".to_owned())),
        (FIELD_STAFF, "employment.update", add(NURSE_A, FACILITY_A, DEPARTMENT_A), &Err("HA403".to_owned())),
        // a department is made by entering people, a facility never
        (
            MANAGER,
            "roster.apply",
            format!(
                "INSERT INTO portal.departments (id, facility_id, name) VALUES (gen_random_uuid(), '{FACILITY_A}', 'New')"
            ),
            &own,
        ),
        (
            COORDINATOR_A,
            "roster.apply",
            format!(
                "INSERT INTO portal.departments (id, facility_id, name) VALUES (gen_random_uuid(), '{FACILITY_B}', 'New')"
            ),
            &refused,
        ),
        (
            ADMIN,
            "roster.apply",
            format!(
                "INSERT INTO portal.facilities (id, name, site_code, privacy_owner_id, time_zone) VALUES (gen_random_uuid(), 'N', 'N', '{MANAGER}', 'UTC')"
            ),
            &Err("HA002".to_owned()),
        ),
    ] {
        assert_eq!(writes(&db, who, action, &sql).await, *expected, "{who} {action} {sql}");
    }
    // an update reads what it changes too: both covers stand in the act's transaction
    for (who, person, expected) in [
        (COORDINATOR_A, NURSE_A, 1),
        (COORDINATOR_A, PHYSICIAN_B, 0),
        (COORDINATOR_B, PHYSICIAN_B, 1),
        (COORDINATOR_B, NURSE_A, 0),
        (MANAGER, PHYSICIAN_B, 1),
        (MANAGER, MANAGER, 0),
    ] {
        let token = db.session_of(who).await;
        let mut app = db.as_app().await;
        let event = app.open(&token, "employment.form.read").await.expect("may");
        app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
        app.open(&token, "employment.update").await.expect("may");
        assert_eq!(app.run(&end(person)).await, Ok(expected), "{who} {person}");
    }
}

#[actix_web::test]
async fn a_login_is_matched_where_it_was_used_and_never_to_oneself() {
    let db = TestDb::new().await;
    let refused = || Err("42501".to_owned());
    let enter = |login: Uuid, person: Uuid| {
        format!(
            "INSERT INTO portal.login_holders (id, login_id, person_id, valid_from, valid_to)
             VALUES (gen_random_uuid(), '{login}', '{person}', '2010-01-01', '2011-01-01')"
        )
    };
    for (who, login, person, expected) in [
        (COORDINATOR_A, LOGIN_NURSE, PHYSICIAN_B, Ok(1)),
        (COORDINATOR_B, LOGIN_NURSE, PHYSICIAN_B, refused()),
        (COORDINATOR_B, LOGIN_PHYSICIAN, NURSE_A, Ok(1)),
        // used once in a row that names no facility, which this coordinator brought
        (COORDINATOR_A, LOGIN_PHYSICIAN, NURSE_A, Ok(1)),
        (COORDINATOR_A, LOGIN_UNKNOWN, NURSE_A, refused()),
        (MANAGER, LOGIN_UNKNOWN, NURSE_A, Ok(1)),
        (MANAGER, LOGIN_UNKNOWN, MANAGER, refused()),
        (AUDITOR, LOGIN_NURSE, PHYSICIAN_B, Err("HA403".to_owned())),
        (ADMIN, LOGIN_NURSE, PHYSICIAN_B, Err("HA403".to_owned())),
        (FIELD_STAFF, LOGIN_NURSE, PHYSICIAN_B, Err("HA403".to_owned())),
    ] {
        assert_eq!(writes(&db, who, "login.match", &enter(login, person)).await, expected, "{who} {login} {person}");
    }
    for (sql, covers) in [
        ("UPDATE portal.login_holders SET valid_to = '2026-11-01' WHERE login_id = ", true),
        ("DELETE FROM portal.login_holders WHERE login_id = ", true),
        ("UPDATE portal.ehr_logins SET kind = 'system' WHERE id = ", true),
        ("UPDATE portal.login_holders SET recorded_at = '2020-01-01' WHERE login_id = ", false),
        ("UPDATE portal.ehr_logins SET held = false WHERE id = ", false),
    ] {
        for (who, login, expected) in [
            (COORDINATOR_A, LOGIN_NURSE, 1),
            (COORDINATOR_B, LOGIN_NURSE, 0),
            (COORDINATOR_B, LOGIN_PHYSICIAN, 1),
            (MANAGER, LOGIN_PHYSICIAN, 1),
            (MANAGER, LOGIN_MANAGER, 0),
        ] {
            let token = db.session_of(who).await;
            let mut app = db.as_app().await;
            let event = app.open(&token, "login.list.read").await.expect("may");
            app.must(&format!("BEGIN; SELECT audit.use_event('{event}')")).await;
            app.open(&token, "login.holder.update").await.expect("may");
            let expected = if covers { Ok(expected) } else { Err("42501".to_owned()) };
            assert_eq!(app.run(&format!("{sql}'{login}'")).await, expected, "{who} {login} {sql}");
        }
    }
}

#[actix_web::test]
async fn the_lines_of_a_roster_are_read_where_the_account_reaches_and_written_by_whoever_brought_it() {
    let db = TestDb::new().await;
    db.sql(&format!(
        "INSERT INTO portal.roster_items (roster_id, position, line, change, person_id, facility_id, employee_number, full_name, standing)
         VALUES ('{ROSTER}', 2, 3, 'unchanged', '{PHYSICIAN_B}', '{FACILITY_B}', 'E-9011', 'Ezequiel Castellanos', 'active'),
                ('{ROSTER}', 3, 4, 'problem', NULL, NULL, 'E-1', 'Nobody Known', 'active')"
    ))
    .await;
    for (reader, expected) in [
        (MANAGER, Ok(vec!["1", "2", "3"])),
        (ADMIN, Ok(vec!["1", "2", "3"])),
        (AUDITOR, Ok(vec!["1", "2"])),
        (AUDITOR_WITHOUT, Ok(vec![])),
        (COORDINATOR_A, Ok(vec!["1"])),
        (COORDINATOR_B, Ok(vec!["2"])),
        (FIELD_STAFF, Err("HA403")),
    ] {
        let seen = reads(&db, reader, "roster.read", "SELECT position FROM portal.roster_items").await;
        let expected = expected
            .map(|lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect::<Vec<_>>())
            .map_err(str::to_owned);
        assert_eq!(seen, expected, "{reader}");
    }
    let line = format!(
        "INSERT INTO portal.roster_items (roster_id, position, change, employee_number, full_name, standing)
         VALUES ('{ROSTER}', 9, 'unchanged', 'E-2', 'Somebody', 'active')"
    );
    for (who, expected) in
        [(MANAGER, Ok(1)), (MANAGER_TWO, Ok(1)), (COORDINATOR_A, Err("42501")), (COORDINATOR_B, Err("42501"))]
    {
        assert_eq!(writes(&db, who, "roster.create", &line).await, expected.map_err(str::to_owned), "{who}");
    }
    db.sql(&format!(
        "UPDATE portal.rosters SET state = 'applied', applied_at = now(), applied_by = '{MANAGER}' WHERE id = '{ROSTER}'"
    ))
    .await;
    assert_eq!(
        writes(&db, MANAGER, "roster.create", &line).await,
        Err("42501".to_owned()),
        "what was applied is final"
    );
}

#[actix_web::test]
async fn a_periods_department_is_one_of_its_facility() {
    let db = TestDb::new().await;
    let add = |facility: Uuid| {
        format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
             VALUES (gen_random_uuid(), '{NURSE_A}', '{facility}', '{DEPARTMENT_A}', 'Clerk', '2010-01-01')"
        )
    };
    assert_eq!(
        writes(&db, MANAGER, "employment.update", &add(FACILITY_B)).await,
        Err("23503".to_owned()),
        "even for who reaches both"
    );
    assert_eq!(writes(&db, MANAGER, "employment.update", &add(FACILITY_A)).await, Ok(1));
}

#[actix_web::test]
async fn training_is_read_by_the_office_within_its_scope_and_by_everybody_of_themselves() {
    let db = TestDb::new().await;
    db.sql(&format!(
        "INSERT INTO portal.training_records (id, person_id, course_code, completed_at) VALUES
           (gen_random_uuid(), '{PHYSICIAN_B}', 'HIPAA-101', '2020-01-01'), (gen_random_uuid(), '{FIELD_STAFF}', 'HIPAA-101', '2020-01-01'),
           (gen_random_uuid(), '{ADMIN}', 'HIPAA-101', '2020-01-01'), (gen_random_uuid(), '{COORDINATOR_B}', 'HIPAA-101', '2020-01-01')"
    ))
    .await;
    let all = [NURSE_A, PHYSICIAN_B, FIELD_STAFF, ADMIN, COORDINATOR_B];
    for (reader, action, expected) in [
        (MANAGER, "person.activity.read", &all[..]),
        (AUDITOR, "person.activity.read", &[NURSE_A, PHYSICIAN_B, FIELD_STAFF]),
        (AUDITOR_WITHOUT, "person.activity.read", &[]),
        (COORDINATOR_A, "person.activity.read", &[NURSE_A, FIELD_STAFF]),
        (COORDINATOR_B, "person.activity.read", &[PHYSICIAN_B, COORDINATOR_B]),
        (FIELD_STAFF, "person.read", &[FIELD_STAFF]),
        (ADMIN, "person.read", &[ADMIN]),
        (MANAGER, "person.read", &[]),
    ] {
        let seen = reads(&db, reader, action, "SELECT person_id FROM portal.training_records").await;
        assert_eq!(seen, Ok(names(expected)), "{reader} {action}");
    }
}

/// The status of each of these pages.
async fn statuses(browser: &Browser, paths: &[String]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in paths {
        statuses.push(browser.get(path).await.status);
    }
    statuses
}

#[actix_web::test]
async fn a_person_a_login_or_a_facility_out_of_scope_does_not_exist() {
    let portal = TestPortal::start().await;
    let people = [NURSE_A, PHYSICIAN_B, FIELD_STAFF].map(|id| format!("/people/{id}"));
    let logins = [LOGIN_NURSE, LOGIN_PHYSICIAN, LOGIN_UNKNOWN].map(|id| format!("/people/logins/{id}"));
    let forms = [NURSE_A, PHYSICIAN_B].map(|id| format!("/people/{id}/employment"));
    let facilities = [FACILITY_A, FACILITY_B].map(|id| format!("/facilities/{id}"));
    for (username, of_people, of_logins, of_forms, of_facilities) in [
        ("manager", [200, 200, 200], [200, 200, 200], [200, 200], [200, 200]),
        ("coordinator_a", [200, 404, 200], [200, 200, 404], [200, 404], [200, 404]),
        ("coordinator_b", [404, 200, 404], [404, 200, 200], [404, 200], [404, 200]),
        ("auditor", [200, 200, 200], [200, 200, 200], [403, 403], [200, 200]),
        ("auditor_without", [404, 404, 404], [404, 404, 404], [403, 403], [404, 404]),
        ("field_staff", [404, 404, 200], [403, 403, 403], [403, 403], [200, 404]),
        ("admin", [200, 200, 200], [403, 403, 403], [200, 200], [200, 200]),
    ] {
        let browser = portal.as_role(username).await;
        assert_eq!(statuses(&browser, &people).await, of_people, "{username}: people");
        assert_eq!(statuses(&browser, &logins).await, of_logins, "{username}: logins");
        assert_eq!(statuses(&browser, &forms).await, of_forms, "{username}: employment");
        assert_eq!(statuses(&browser, &facilities).await, of_facilities, "{username}: facilities");
    }
}
