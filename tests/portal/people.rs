//! The workforce as a list, a file and a page: who sees whom, page and file alike, and what became known late.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal};

/// `count` more people of facility A with names that sort together.
async fn more_people(db: &TestDb, count: usize) {
    db.sql(&format!(
        "INSERT INTO portal.people (id, full_name, employee_number, role)
         SELECT ('01990000-0000-7000-8003-' || lpad(to_hex(n), 12, '0'))::uuid, 'Marta Olsen', 'N-' || n, 'field_staff' FROM generate_series(1, {count}) n;
         INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on, on_leave)
         SELECT gen_random_uuid(), ('01990000-0000-7000-8003-' || lpad(to_hex(n), 12, '0'))::uuid, '{FACILITY_A}', '{DEPARTMENT_A}', 'Nurse',
                '2024-01-01', CASE WHEN n % 3 = 0 THEN '2025-01-01'::date END, n % 3 = 1
           FROM generate_series(1, {count}) n"
    ))
    .await;
}

async fn shown(db: &TestDb, answer: &Answer) -> Vec<Uuid> {
    db.value::<Option<Vec<Uuid>>>(&format!(
        "SELECT array_agg(x.id ORDER BY s.part, x.place)
           FROM audit.shown_rows s JOIN audit.events e USING (event_id), unnest(s.resource_ids) WITH ORDINALITY x(id, place)
          WHERE e.request_id = '{}' AND s.resource_type = 'person'",
        answer.request_id()
    ))
    .await
    .unwrap_or_default()
}

async fn ids_of_pages(portal: &TestPortal, browser: &Browser, path: &str) -> Vec<Uuid> {
    let mut next = Some(path.to_owned());
    let mut ids = Vec::new();
    while let Some(path) = next {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let page = shown(portal, &answer).await;
        assert!(page.len() <= 50);
        ids.extend(page);
        next = answer.body.split("class=\"btn\" href=\"").find(|part| part.contains("data-more")).map(|part| {
            part.split('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&")
        });
    }
    ids
}

fn ids_of_file(answer: &Answer) -> Vec<Uuid> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.lines().skip(1).map(|line| line.split(',').next().unwrap_or_default().parse().expect("an id")).collect()
}

#[actix_web::test]
async fn the_file_has_the_pages_people_whatever_the_filter_and_whoever_asks() {
    let db = TestDb::new().await;
    more_people(&db, 120).await;
    let portal = TestPortal::on(db, |_| {}).await;
    for username in ["manager", "coordinator_a", "coordinator_b", "auditor"] {
        let browser = portal.as_role(username).await;
        for query in [
            String::new(),
            "?standing=active".to_owned(),
            "?standing=on_leave".to_owned(),
            "?standing=ended".to_owned(),
            "?standing=none".to_owned(),
            format!("?facility={FACILITY_A}&role=field_staff"),
            format!("?department={DEPARTMENT_B}"),
            "?login=none".to_owned(),
        ] {
            let pages = ids_of_pages(&portal, &browser, &format!("/people{query}")).await;
            let file = ids_of_file(&browser.get(&format!("/people.csv{query}")).await);
            assert_eq!(pages, file, "{username} {query}");
        }
    }
    let manager = portal.as_role("manager").await;
    assert_eq!(ids_of_pages(&portal, &manager, "/people").await.len(), 132, "everybody, with and without employment");
    let elsewhere = portal.as_role("coordinator_b").await;
    assert_eq!(ids_of_pages(&portal, &elsewhere, "/people").await, [PHYSICIAN_B], "who works at their facility");
    let auditor = portal.as_role("auditor_without").await;
    assert!(ids_of_pages(&portal, &auditor, "/people").await.is_empty(), "no engagement, nobody");
}

#[actix_web::test]
async fn a_member_of_the_workforce_is_led_to_their_own_page() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("field_staff").await;
    let answer = browser.get("/people").await;
    assert_eq!((answer.status, answer.location()), (303, format!("/people/{FIELD_STAFF}").as_str()));
    let page = browser.get(answer.location()).await;
    assert!(page.body.contains("Registrar") && !page.body.contains("Enter a change of employment"));
}

#[actix_web::test]
async fn a_page_says_when_something_became_known_late() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let page = manager.get(&format!("/people/{NURSE_A}")).await;
    assert!(page.body.contains("<strong>recorded "), "her end was recorded ten days after it: {}", page.body);
    let page = manager.get(&format!("/people/{PHYSICIAN_B}")).await;
    assert!(page.body.contains("Enter a change of employment"));
    assert!(page.body.contains("No training is recorded"));
    assert!(page.body.contains(&format!("href=\"/people/logins/{LOGIN_PHYSICIAN}\"")));
}

#[actix_web::test]
async fn a_list_narrowed_to_nobody_says_so() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let page = manager.get(&format!("/people?department={DEPARTMENT_A}&standing=on_leave")).await;
    assert!(page.body.contains("No person matches these filters"), "{}", page.body);
    assert_eq!(manager.get("/people?standing=asleep").await.status, 400);
}
