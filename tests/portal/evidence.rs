//! What left as a file, and who has seen a record: the two questions that a privacy office is asked about its own portal.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::TestPortal;
use crate::parity::{download, ids_of_file, ids_of_pages, read};

/// The address of who has seen a record.
fn seen(resource: &str, id: impl std::fmt::Display) -> String {
    format!("/audit/seen/{resource}/{id}")
}

/// How each event of the file brought its actor before the record, newest first.
async fn told_by_file(portal: &TestPortal, username: &str, path: &str) -> Vec<(String, String)> {
    let answer = download(portal, &portal.as_role(username).await, &format!("{path}.csv")).await;
    read(&answer.body).1.iter().map(|row| (row[3].to_owned(), format!("{} {}", &row[4], &row[5]))).collect()
}

fn by(name: &str, how: &str) -> (String, String) {
    (name.to_owned(), how.to_owned())
}

#[actix_web::test]
async fn a_manager_sees_every_file_that_left_with_its_filter_in_words_and_its_hash() {
    let portal = TestPortal::start().await;
    let (manager, coordinator) = (portal.as_role("manager").await, portal.as_role("coordinator_a").await);
    let findings = format!("/findings.csv?facility={FACILITY_A}&status=open");
    download(&portal, &coordinator, &findings).await;
    download(&portal, &manager, &format!("/access-logs/rows.csv?person={NURSE_A}&patient={PATIENT_ONE}")).await;
    let hash: String =
        portal.value("SELECT encode(sha256, 'hex') FROM audit.exports WHERE action = 'finding.list.export'").await;

    let page = manager.get("/exports").await;
    assert_eq!(page.status, 200);
    for fact in [
        "Rosalind Quillfeather",
        "Marguerite Oakhollow",
        "Cedar Hill Hospital",
        "Josephine Brackenridge",
        &hipaa_auditor::words::pseudonym(PATIENT_ONE),
        "Access rows",
        "<b>Status:</b> Open",
        "Complete",
        &hash,
    ] {
        assert!(page.body.contains(fact), "{fact}: {}", page.body);
    }
    // a coordinator sees their own, and is offered neither the file nor the people
    let own = coordinator.get("/exports").await.body;
    assert!(own.contains(&hash) && !own.contains("Oakhollow") && !own.contains("/exports.csv"), "{own}");
    assert!(!portal.as_role("coordinator_b").await.get("/exports").await.body.contains(&hash));
}

#[actix_web::test]
async fn a_filter_names_no_facility_that_an_auditors_engagement_leaves_out() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    download(&portal, &manager, &format!("/findings.csv?facility={FACILITY_B}")).await;
    let auditor = portal.as_role("auditor").await;
    assert!(auditor.get("/exports").await.body.contains("Dunmore Clinic"));
    portal
        .sql(&format!(
            "UPDATE portal.engagements SET all_facilities = false, facilities = '{{{FACILITY_A}}}' WHERE auditor_id = '{AUDITOR}'"
        ))
        .await;
    let body = auditor.get("/exports").await.body;
    assert!(!body.contains("Dunmore Clinic") && body.contains("<b>Facility:</b> …"), "{body}");
}

#[actix_web::test]
async fn the_list_of_exports_is_narrowed_and_its_file_says_the_same() {
    let portal = TestPortal::start().await;
    let (manager, coordinator) = (portal.as_role("manager").await, portal.as_role("coordinator_a").await);
    for n in 0..53 {
        download(&portal, if n % 10 == 0 { &coordinator } else { &manager }, "/findings.csv").await;
    }
    download(&portal, &manager, "/audit.csv").await;
    portal
        .sql(&format!(
            "INSERT INTO audit.exports (event_id, actor_id, action, filter, started_at, ended_at, row_count, ended)
             SELECT audit.uuid7(), '{MANAGER}', 'person.list.export', '{{}}', now(), now(), 7, 'aborted';
             INSERT INTO audit.exports (event_id, actor_id, action, filter, started_at)
             SELECT audit.uuid7(), '{MANAGER}', 'person.list.export', '{{}}', now()"
        ))
        .await;
    for (query, expected) in [
        ("list=finding.list.export".to_owned(), 53),
        (format!("list=finding.list.export&person={COORDINATOR_A}"), 6),
        ("state=aborted".to_owned(), 1),
        ("list=person.list.export&state=under_way".to_owned(), 1),
        ("list=audit_event.list.export&state=complete".to_owned(), 1),
        ("to=2020-01-01".to_owned(), 0),
    ] {
        let pages = ids_of_pages(&portal, &manager, &format!("/exports?{query}"), "export").await;
        assert_eq!(pages.len(), expected, "{query}");
        let answer = download(&portal, &manager, &format!("/exports.csv?{query}")).await;
        assert_eq!(ids_of_file(&read(&answer.body).1), pages, "{query}");
    }
    // without a filter the file knows of itself, as under way
    let answer = download(&portal, &manager, "/exports.csv").await;
    let (header, rows) = read(&answer.body);
    assert_eq!(header, "event_id,started_at,ended_at,person_id,person,action,filter,rows,sha256,state,request_id");
    assert_eq!((&rows[0][5], &rows[0][9]), ("export.list.export", "under_way"));
    for wrong in ["list=audit.erase", "state=gone", "person=me"] {
        assert_eq!(manager.get(&format!("/exports?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[actix_web::test]
async fn who_has_seen_a_case_are_those_who_opened_changed_listed_or_took_it_and_nobody_else() {
    let portal = TestPortal::start().await;
    let path = seen("review_case", CASE_A);
    let page = format!("/access-logs/cases/{CASE_A}");
    let (manager, coordinator) = (portal.as_role("manager").await, portal.as_role("coordinator_a").await);
    assert_eq!(told_by_file(&portal, "manager", &path).await, []);

    portal.as_role("coordinator_b").await.get(&page).await; // out of their scope: they saw nothing
    coordinator.get(&page).await;
    let decision = [("version", "1"), ("disposition", "appropriate"), ("reason", "care_team")];
    assert_eq!(coordinator.post(&format!("{page}/decision"), &decision).await.status, 303);
    manager.get("/access-logs?view=all").await;
    manager.get(&path).await; // to ask is not to see
    let (c, m) = ("Rosalind Quillfeather", "Marguerite Oakhollow");
    let expected = [
        by(m, "shown review_case.list.read"),
        by(c, "changed review_case.decide"),
        by(c, "opened review_case.read"),
        by(c, "opened review_case.read"),
    ];
    assert_eq!(told_by_file(&portal, "manager", &path).await, expected);
    let body = manager.get(&path).await.body;
    for fact in [c, m, "Opened it", "Changed it", "Was shown it", "Decide a case"] {
        assert!(body.contains(fact), "{fact}: {body}");
    }
    assert!(!body.contains("Umberfield"), "who was refused saw nothing");

    // more than a page, and the same ids in the file
    for _ in 0..55 {
        coordinator.get(&page).await;
    }
    let pages = ids_of_pages(&portal, &manager, &path, "audit_event").await;
    assert_eq!(pages.len(), 59);
    let answer = download(&portal, &manager, &format!("{path}.csv")).await;
    assert_eq!(ids_of_file(&read(&answer.body).1), pages);
    assert!(manager.get(&page).await.body.contains(&path), "the case leads there");
    assert!(!coordinator.get(&page).await.body.contains(&path), "for who may ask");
}

#[actix_web::test]
async fn who_has_seen_a_record_covers_ninety_days_unless_other_days_are_named() {
    let portal = TestPortal::start().await;
    let path = seen("finding", FINDING);
    let at: DateTime<Utc> = hipaa_auditor::clock::now() - TimeDelta::days(100);
    portal.sql(&format!("SELECT audit.make_partitions('{}')", at.date_naive())).await;
    portal
        .sql(&format!(
            "INSERT INTO audit.events (event_id, event_time, xid, actor_id, actor_type, action, resource_type, resource_id, outcome, request_id)
             SELECT audit.uuid_floor('{at}'), '{at}', pg_current_xact_id(), '{COORDINATOR_A}', 'user', 'finding.list.read', 'finding',
                    '{}', 'success', gen_random_uuid();
             INSERT INTO audit.shown_rows (event_id, part, resource_type, resource_ids)
             SELECT audit.uuid_floor('{at}'), 0, 'finding', ARRAY['{FINDING}'::uuid]",
            Uuid::nil()
        ))
        .await;
    let manager = portal.as_role("manager").await;
    let body = manager.get(&path).await.body;
    assert!(body.contains("Nobody in these days"), "{body}");
    let day = (at - TimeDelta::days(1)).date_naive();
    let asked = format!("{path}?from={day}");
    assert!(manager.get(&asked).await.body.contains("Rosalind Quillfeather"));
    let answer = download(&portal, &manager, &format!("{path}.csv?from={day}")).await;
    assert_eq!(read(&answer.body).1.len(), 1);
    let kept: serde_json::Value =
        portal.value("SELECT filter FROM audit.exports WHERE action = 'finding.seen.export'").await;
    assert_eq!(kept, serde_json::json!({"record": FINDING, "from": day.to_string()}));
}

#[actix_web::test]
async fn a_patient_a_person_and_an_access_row_were_seen_wherever_a_list_or_a_file_held_them() {
    let portal = TestPortal::start().await;
    let row = access_id(&portal, 0).await;
    let (manager, coordinator) = (portal.as_role("manager").await, portal.as_role("coordinator_a").await);
    let patient: Uuid = portal.value(&format!("SELECT patient_id FROM portal.access_logs WHERE id = '{row}'")).await;
    let other = if patient == PATIENT_ONE { PATIENT_TWO } else { PATIENT_ONE };
    download(&portal, &coordinator, &format!("/access-logs/rows.csv?patient={patient}")).await;
    manager.get(&format!("/people/{NURSE_A}")).await;
    coordinator.get("/people").await;
    let (c, m) = ("Rosalind Quillfeather", "Marguerite Oakhollow");
    let told = told_by_file(&portal, "manager_two", &seen("access_log", row)).await;
    assert!(told.contains(&by(c, "exported access_log.list.export")), "{told:?}");
    assert!(told.contains(&by(m, "shown person.activity.read")), "{told:?}");
    let told = told_by_file(&portal, "manager_two", &seen("patient", patient)).await;
    assert!(told.contains(&by(c, "exported access_log.list.export")), "{told:?}");
    let told = told_by_file(&portal, "manager_two", &seen("patient", other)).await;
    assert!(!told.contains(&by(c, "exported access_log.list.export")), "{told:?}");
    let told = told_by_file(&portal, "manager_two", &seen("person", NURSE_A)).await;
    assert_eq!(told, [by(c, "shown person.list.read"), by(m, "opened person.activity.read")]);
    for (page, resource, id) in [
        (format!("/people/{NURSE_A}"), "person", NURSE_A),
        (format!("/patients/{patient}"), "patient", patient),
        (format!("/findings/{FINDING}"), "finding", FINDING),
        ("/access-logs/rows".to_owned(), "access_log", row),
    ] {
        let link = seen(resource, id);
        assert!(manager.get(&page).await.body.contains(&link), "{page}");
        assert!(!coordinator.get(&page).await.body.contains(&link), "{page} of who may not ask");
    }
}

#[actix_web::test]
async fn an_auditor_asks_about_the_records_of_their_engagement_alone() {
    let portal = TestPortal::start().await;
    let row = access_id(&portal, 0).await;
    let records = [
        seen("review_case", CASE_A),
        seen("finding", FINDING),
        seen("access_log", row),
        seen("person", NURSE_A),
        seen("patient", PATIENT_ONE),
    ];
    let (auditor, without) = (portal.as_role("auditor").await, portal.as_role("auditor_without").await);
    for path in &records {
        assert_eq!(auditor.get(path).await.status, 200, "{path}");
        for hidden in [path.clone(), format!("{path}.csv")] {
            let answer = without.get(&hidden).await;
            assert_eq!(answer.status, 404, "{hidden}");
        }
    }
    // another period: the records of these days are no longer theirs, people are
    portal
        .sql(&format!(
            "UPDATE portal.engagements SET period_from = '2019-01-01', period_to = '2019-12-31' WHERE auditor_id = '{AUDITOR}'"
        ))
        .await;
    for (n, path) in records.iter().enumerate() {
        assert_eq!(auditor.get(path).await.status, if n == 3 { 200 } else { 404 }, "{path}");
    }
    assert_eq!(portal.as_role("manager").await.get(&seen("review_case", CASE_ABOUT_MANAGER)).await.status, 404);
}

#[actix_web::test]
async fn rows_of_the_trail_lead_to_the_records_that_their_reader_may_open() {
    let portal = TestPortal::start().await;
    let (manager, admin) = (portal.as_role("manager").await, portal.as_role("admin").await);
    let visited = [
        format!("/facilities/{FACILITY_A}"),
        format!("/people/roster/{ROSTER}"),
        format!("/settings/accounts/{FIELD_STAFF}"),
    ];
    for path in &visited {
        assert_eq!(manager.get(path).await.status, 200, "{path}");
    }
    let case = format!("/access-logs/cases/{CASE_A}");
    manager.get(&case).await;
    let body = manager.get("/audit").await.body;
    for path in visited.iter().chain([&case]) {
        assert!(body.contains(&format!("href=\"{path}\"")), "{path}: {body}");
    }
    let body = admin.get("/audit").await.body;
    assert!(body.contains(&format!("href=\"{}\"", visited[0])) && !body.contains(&case));
}

#[actix_web::test]
async fn every_kind_of_file_is_named_with_what_it_was_narrowed_to_and_the_trail_holds_none_of_its_addresses() {
    let portal = TestPortal::start().await;
    portal.sql(&format!("UPDATE portal.people SET email = 'montgomery@cedar.example' WHERE id = '{ADMIN}'")).await;
    let manager = portal.as_role("manager").await;
    for (file, holds) in [
        (format!("/imports.csv?source={SOURCE}&state=complete"), BATCH.to_string()),
        ("/imports/mappings.csv".to_owned(), "epic".to_owned()),
        ("/people/logins.csv?view=vendors".to_owned(), "nwt7".to_owned()),
        ("/people/roster.csv".to_owned(), ROSTER.to_string()),
        ("/facilities.csv".to_owned(), "10.20.0.0/16".to_owned()),
        ("/settings/rules.csv".to_owned(), "volume_spike".to_owned()),
        ("/settings/accounts.csv?role=admin".to_owned(), "montgomery@cedar.example".to_owned()),
        ("/settings/accounts/sign-ups.csv".to_owned(), "odell@cedar.example".to_owned()),
        ("/access-logs/second-reviews.csv?kind=blind".to_owned(), String::new()),
    ] {
        let answer = download(&portal, &manager, &file).await;
        assert!(answer.body.to_lowercase().contains(&holds.to_lowercase()), "{file}: {}", answer.body);
    }
    let page = manager.get("/exports").await.body;
    for fact in [
        "Imports</td>",
        "<b>Source:</b> Epic",
        "<b>State:</b> Complete",
        "Mappings</td>",
        "EHR logins and who held them</td>",
        "<b>View:</b> Vendors",
        "Roster imports</td>",
        "Facilities</td>",
        "The rules and what they found</td>",
        "Accounts</td>",
        "<b>Role:</b> Administrator",
        "Requests for an account</td>",
        "Every second review</td>",
        "<b>Kind:</b> Blind",
    ] {
        assert!(page.contains(fact), "{fact}: {page}");
    }
    let trail: String = portal
        .value(
            "SELECT string_agg(t, ' ') FROM (SELECT e::text AS t FROM audit.events e UNION ALL SELECT x::text FROM audit.exports x
              UNION ALL SELECT s::text FROM audit.shown_rows s) all_of_it",
        )
        .await;
    assert!(trail.contains(&ADMIN.to_string()), "the account that left is known");
    for word in ["@cedar", "odell", "nwt7", "montgomery"] {
        assert!(!trail.to_lowercase().contains(word), "{word}");
    }
}
