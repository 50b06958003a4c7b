//! Who stands in for a manager: who names whom, and what the named one may do about the cases a manager is kept from.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

async fn name(browser: &Browser, manager: Uuid, alternate: Option<Uuid>) -> Answer {
    let alternate = alternate.map(|id| id.to_string()).unwrap_or_default();
    browser.post("/settings/review", &[("manager", &manager.to_string()), ("alternate", &alternate)]).await
}

/// Who stands in for whom now, and by whom that was said.
async fn standing(db: &TestDb) -> Vec<String> {
    db.value(
        "SELECT coalesce(array_agg(concat_ws(' ', right(manager_id::text, 3), right(alternate_id::text, 3), right(named_by::text, 3)) ORDER BY manager_id), '{}')
           FROM portal.review_alternates WHERE ended_at IS NULL",
    )
    .await
}

fn line(manager: Uuid, alternate: Uuid, by: Uuid) -> String {
    [manager, alternate, by].map(|id| id.to_string().split_off(33)).join(" ")
}

/// Puts somebody into the department of the manager.
async fn colleague(db: &TestDb, person: Uuid) {
    db.sql(&format!(
        "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on)
         VALUES (gen_random_uuid(), '{person}', '{FACILITY_A}', '{DEPARTMENT_A}', 'Analyst', '2019-01-01')"
    ))
    .await;
}

async fn decide(browser: &Browser, case: Uuid, version: i32, found: (&str, &str)) -> Answer {
    let version = version.to_string();
    let fields = [("version", version.as_str()), ("disposition", found.0), ("reason", found.1), ("note", "Why")];
    browser.post(&format!("/access-logs/cases/{case}/decision"), &fields).await
}

async fn agree(browser: &Browser, case: Uuid, version: i32) -> Answer {
    let fields = [("version", version.to_string()), ("verdict", "agree".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&format!("/access-logs/cases/{case}/second-review"), &fields).await
}

#[actix_web::test]
async fn a_manager_names_a_manager_an_administrator_a_coordinator_and_nobody_themselves() {
    let portal = TestPortal::start().await;
    let (manager, two, admin) =
        (portal.as_role("manager").await, portal.as_role("manager_two").await, portal.as_role("admin").await);
    let page = two.get("/settings/review").await.body;
    assert!(
        page.contains("One manager has no alternate") && page.contains("Ignatius Featherstonehaugh stands in"),
        "{page}"
    );
    assert_eq!(name(&two, MANAGER, Some(MANAGER_TWO)).await.status, 303, "who stands in goes on");
    assert_eq!(standing(&portal).await, [line(MANAGER, MANAGER_TWO, MANAGER)]);
    assert_eq!(name(&manager, MANAGER, None).await.status, 303);
    let page = two.get("/settings/review").await.body;
    assert!(!page.contains(&format!("<option value=\"{MANAGER_TWO}\"")), "nobody is offered themselves: {page}");
    for (browser, of, whom, sentence) in [
        (&two, MANAGER, Some(MANAGER_TWO), "Nobody names themselves"),
        (&two, MANAGER, Some(MANAGER), "Nobody stands in for themselves"),
        (&two, MANAGER, Some(COORDINATOR_ALL), "Choose another manager"),
        (&two, COORDINATOR_A, Some(MANAGER), "Choose a manager who is active"),
        (&two, MANAGER_TWO, Some(FIELD_STAFF), "Choose another manager"),
        (&admin, MANAGER_TWO, Some(MANAGER), "A manager names a manager"),
        (&admin, MANAGER, Some(COORDINATOR_ALL), "Choose another manager"),
    ] {
        let answer = name(browser, of, whom).await;
        assert_eq!(answer.status, 422, "{sentence}");
        assert!(
            answer.body.contains(sentence) && answer.body.contains("<title>Error: "),
            "{sentence}: {}",
            answer.body
        );
        let events = told(&portal.events(answer.request_id()).await);
        assert_eq!(events, "review.alternate.set!validate_fail/invalid_input review.alternate.read");
    }
    assert!(standing(&portal).await.is_empty());
    assert_eq!(name(&manager, MANAGER, Some(MANAGER_TWO)).await.status, 303);
    let answer = name(&two, MANAGER_TWO, Some(MANAGER)).await;
    assert_eq!(told(&portal.events(answer.request_id()).await), "review.alternate.set");
    assert_eq!(portal.events(answer.request_id()).await[0].resource_id, MANAGER_TWO);
    assert_eq!(standing(&portal).await, [line(MANAGER, MANAGER_TWO, MANAGER), line(MANAGER_TWO, MANAGER, MANAGER_TWO)]);
    assert_eq!(name(&manager, MANAGER, None).await.status, 303);
    assert_eq!(standing(&portal).await, [line(MANAGER_TWO, MANAGER, MANAGER_TWO)]);
    let kept: i64 = portal.value("SELECT count(*) FROM portal.review_alternates").await;
    assert_eq!(kept, 3, "who was named when stays");
    // whoever reports to the manager is kept from the same cases
    portal
        .sql(&format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on)
             VALUES (gen_random_uuid(), '{MANAGER_TWO}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Deputy', '{MANAGER}', '2020-01-01')"
        ))
        .await;
    let answer = name(&manager, MANAGER, Some(MANAGER_TWO)).await;
    assert!(answer.status == 422 && answer.body.contains("reports to the manager"), "{}", answer.body);
}

#[actix_web::test]
async fn with_one_manager_an_administrator_names_a_coordinator_who_sees_everything() {
    let portal = TestPortal::start().await;
    portal.sql(&format!("UPDATE portal.people SET role = 'field_staff' WHERE id = '{MANAGER_TWO}'")).await;
    let (manager, admin) = (portal.as_role("manager").await, portal.as_role("admin").await);
    let page = manager.get("/settings/review").await.body;
    assert!(page.contains("a coordinator whom an administrator names"), "{page}");
    assert_eq!(name(&manager, MANAGER, Some(COORDINATOR_ALL)).await.status, 422, "not by the manager themselves");
    let answer = name(&admin, MANAGER, Some(COORDINATOR_A)).await;
    assert!(answer.status == 422 && answer.body.contains("does not see every facility"));
    assert!(admin.get("/settings/review").await.body.contains("Cordelia Vossberg"));
    assert_eq!(name(&admin, MANAGER, Some(COORDINATOR_ALL)).await.status, 303);
    assert_eq!(standing(&portal).await, [line(MANAGER, COORDINATOR_ALL, ADMIN)]);

    // exactly the cases that the manager is kept from: decided by another coordinator, looked at by the named one
    let (first, named) = (portal.as_role("coordinator_a").await, portal.as_role("coordinator_all").await);
    decide(&first, CASE_ABOUT_MANAGER, 1, ("data_error", "it_support")).await;
    assert_eq!(agree(&named, CASE_DECIDED, 2).await.status, 403, "a case about somebody else");
    let page = named.get(&format!("/access-logs/cases/{CASE_ABOUT_MANAGER}")).await.body;
    assert!(page.contains("Agree and close the case"));
    let queue = named.get("/access-logs?view=conflicts").await.body;
    assert!(
        queue.contains(&format!("row-{CASE_ABOUT_MANAGER}")) && !queue.contains(&format!("row-{CASE_DECIDED}")),
        "{queue}"
    );
    assert!(!first.get("/access-logs").await.body.contains("view=conflicts"), "no tab for whom it is not");
    assert!(!first.get("/access-logs?view=conflicts").await.body.contains("row-0"));
    let answer = agree(&named, CASE_ABOUT_MANAGER, 2).await;
    assert_eq!(answer.status, 303);
    assert_eq!(told(&portal.events(answer.request_id()).await), "review_case.read review_case.stand_in");
    // once there is a second manager the coordinator stands in for nobody
    portal.sql(&format!("UPDATE portal.people SET role = 'manager' WHERE id = '{MANAGER_TWO}'")).await;
    portal.sql(&format!("UPDATE portal.people SET all_facilities = true WHERE id = '{COORDINATOR_B}'")).await;
    assert!(!named.get("/access-logs").await.body.contains("view=conflicts"));
}

#[actix_web::test]
async fn the_named_alternate_decides_about_a_colleague_and_nobody_else_of_the_department_does() {
    let portal = TestPortal::start().await;
    colleague(&portal, MANAGER_TWO).await;
    colleague(&portal, COORDINATOR_A).await;
    let coordinator = portal.as_role("coordinator_a").await;
    assert_eq!(decide(&coordinator, CASE_ABOUT_MANAGER, 1, ("data_error", "it_support")).await.status, 403);
    let two = portal.as_role("manager_two").await;
    let page = two.get(&format!("/access-logs/cases/{CASE_ABOUT_MANAGER}")).await.body;
    assert!(page.contains("name=\"disposition\"") && !page.contains("You work in the same department"), "{page}");
    assert_eq!(decide(&two, CASE_ABOUT_MANAGER, 1, ("data_error", "it_support")).await.status, 303);
    // not named any more, not free any more
    assert_eq!(
        two.post(&format!("/access-logs/cases/{CASE_ABOUT_MANAGER}/reopening?version=2"), &[]).await.status,
        303
    );
    portal.sql(&format!("UPDATE portal.review_alternates SET ended_at = now(), ended_by = '{MANAGER}'")).await;
    let answer = decide(&two, CASE_ABOUT_MANAGER, 3, ("data_error", "it_support")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        told(&portal.events(answer.request_id()).await),
        "review_case.read review_case.decide!authz_fail/conflict_of_interest"
    );
}

#[actix_web::test]
async fn the_view_of_conflicts_lists_what_no_coordinator_may_decide_and_for_whom_it_waits() {
    let portal = TestPortal::start().await;
    let two = portal.as_role("manager_two").await;
    // the alternate finds the manager's own; everything else a coordinator can take
    let page = two.get("/access-logs?view=conflicts").await.body;
    assert!(page.contains(&format!("row-{CASE_ABOUT_MANAGER}")) && !page.contains(&format!("row-{CASE_A}")), "{page}");
    assert!(page.contains("Waits for Featherstonehaugh, I. (alternate)") || page.contains("(alternate)"), "{page}");
    let manager = portal.as_role("manager").await;
    let about_nobody = manager.get("/access-logs?view=conflicts").await.body;
    assert!(!about_nobody.contains("row-0") && !about_nobody.contains(&CASE_ABOUT_MANAGER.to_string()));
    // one coordinator of two is kept from it: the other takes it
    for (n, coordinator) in [COORDINATOR_A, COORDINATOR_ALL].into_iter().enumerate() {
        portal
            .sql(&format!(
                "UPDATE portal.people SET address_hash = sha256('a home') WHERE id IN ('{coordinator}', '{NURSE_A}')"
            ))
            .await;
        let page = manager.get("/access-logs?view=conflicts").await.body;
        assert_eq!(page.contains(&format!("row-{CASE_A}")), n == 1, "{n}: {page}");
        assert_eq!(page.contains(&format!("row-{CASE_DECIDED}")), n == 1, "its second review too");
    }
    let page = manager.get("/access-logs?view=conflicts").await.body;
    assert!(page.contains("Waits for") && !page.contains("row-01990000-0000-7000-8000-000000000402"), "{page}");
    // nobody is listed who is kept from it
    portal.sql(&format!("UPDATE portal.people SET address_hash = sha256('a home') WHERE id = '{MANAGER_TWO}'")).await;
    let page = manager.get("/access-logs?view=conflicts").await.body;
    assert!(!page.contains("Featherstonehaugh, I."), "{page}");
}

#[actix_web::test]
async fn the_application_itself_names_nobody_past_the_rule() {
    let portal = TestPortal::start().await;
    let insert = format!(
        "INSERT INTO portal.review_alternates (id, manager_id, alternate_id, named_by) VALUES (gen_random_uuid(), '{MANAGER_TWO}', '{MANAGER}', '{MANAGER_TWO}')"
    );
    let call = format!("SELECT portal.name_alternate(gen_random_uuid(), '{MANAGER}', '{MANAGER_TWO}')");
    let token = portal.session_of(MANAGER_TWO).await;
    for (action, statement, expected) in [
        ("review.alternate.set", insert.as_str(), Err("42501")),
        ("review.alternate.set", "UPDATE portal.review_alternates SET ended_at = now()", Err("42501")),
        ("review.alternate.set", "DELETE FROM portal.review_alternates", Err("42501")),
        ("review_case.decide", call.as_str(), Err("HA002")),
    ] {
        let mut app = portal.as_app().await;
        app.must("BEGIN").await;
        app.open(&token, action).await.expect("opened");
        assert_eq!(app.run(statement).await, expected.map_err(ToOwned::to_owned), "{statement}");
    }
    portal.sql(&format!("UPDATE portal.review_alternates SET ended_at = now(), ended_by = '{MANAGER}'")).await;
    let mut app = portal.as_app().await;
    app.must("BEGIN").await;
    app.open(&token, "review.alternate.set").await.expect("opened");
    assert_eq!(app.value::<String>(&call).await, Ok("named_oneself".to_owned()));
    // not even the owner rewrites who was named
    let mut owner = TestDb::as_role(&portal, "portal_owner").await;
    for statement in [
        "DELETE FROM portal.review_alternates".to_owned(),
        format!("UPDATE portal.review_alternates SET alternate_id = '{COORDINATOR_A}'"),
        insert.replace(&format!("'{MANAGER}', '{MANAGER_TWO}')"), &format!("'{MANAGER}', '{MANAGER}')")),
    ] {
        assert!(owner.run(&statement).await.is_err(), "{statement}");
    }
}
