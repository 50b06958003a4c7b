//! The workforce as a list, a file and a page: who sees whom, page and file alike, and what became known late.

use uuid::Uuid;

use crate::fixtures::*;
use hipaa_auditor::audit::Worker;
use hipaa_auditor::features::accounts::{self, NewAccount};
use hipaa_auditor::policy::Role;

use crate::exports::{export, opened_at};
use crate::harness::{Answer, Browser, PASSWORD, TestDb, TestPortal};
use crate::{imports, roster};

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
        next = answer
            .body
            .split("class=\"btn\" href=\"")
            .find(|part| part.contains("data-more"))
            .map(|part| part.split('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&"));
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
    assert!(page.body.contains(&format!("href=\"/people/logins/{LOGIN_PHYSICIAN}\"")));
}

#[actix_web::test]
async fn training_stands_on_a_persons_page_as_it_is_today_for_who_may_see_it() {
    let portal = TestPortal::start().await;
    portal
        .sql(&format!(
            "INSERT INTO portal.training_records (id, person_id, course_code, completed_at, expires_on) VALUES
               (gen_random_uuid(), '{NURSE_A}', 'PRIV-1', now() - interval '2 years', current_date - 400),
               (gen_random_uuid(), '{NURSE_A}', 'PRIV-1', now() - interval '400 days', current_date - 35),
               (gen_random_uuid(), '{NURSE_A}', 'PRIV-2', now() - interval '340 days', current_date + 20),
               (gen_random_uuid(), '{NURSE_A}', 'PRIV-3', now() - interval '1 day', NULL),
               (gen_random_uuid(), '{FIELD_STAFF}', 'PRIV-9', now() - interval '1 day', NULL)"
        ))
        .await;
    let of = async |username: &str, person: Uuid| {
        let page = portal.as_role(username).await.get(&format!("/people/{person}")).await;
        assert_eq!(page.status, 200, "{username}");
        page.body
    };
    for office in ["manager", "coordinator_a", "auditor"] {
        let page = of(office, NURSE_A).await;
        let rows: Vec<_> = ["HIPAA-101", "PRIV-1", "PRIV-2", "PRIV-3"]
            .iter()
            .flat_map(|course| page.split(&format!("class=\"id\">{course}</th>")).skip(1).collect::<Vec<_>>())
            .map(|rest| {
                ["Current", "Due soon", "Expired", "Replaced"]
                    .into_iter()
                    .min_by_key(|word| rest.find(word).unwrap_or(usize::MAX))
            })
            .collect();
        let expected = ["Current", "Expired", "Replaced", "Due soon", "Current"].map(Some);
        assert_eq!(rows, expected, "{office}: {page}");
        assert!(page.contains("Does not expire"));
    }
    assert!(of("manager", PHYSICIAN_B).await.contains("No completed training is recorded."));
    let own = of("field_staff", FIELD_STAFF).await;
    assert!(own.contains("PRIV-9") && !own.contains("PRIV-1"));
    let profile = of("admin", NURSE_A).await;
    assert!(!profile.contains("PRIV-") && !profile.contains(">Training<"), "not even that there is none: {profile}");
    assert!(of("admin", ADMIN).await.contains("No completed training is recorded for you."));
}

#[actix_web::test]
async fn the_navigation_counts_the_logins_nobody_holds_for_who_may_match_them() {
    let portal = TestPortal::start().await;
    let waiting = async |username: &str| {
        let page = portal.as_role(username).await.get("/settings/permissions").await;
        let link = page.body.split("href=\"/people/logins\"").nth(1)?.split("</a>").next()?.to_owned();
        Some(link.split("class=\"n\">").nth(1)?.split('<').next()?.to_owned())
    };
    // the fixtures' own was used at facility B
    assert_eq!(waiting("manager").await.as_deref(), Some("1"));
    assert_eq!(waiting("coordinator_b").await.as_deref(), Some("1"));
    assert_eq!(waiting("coordinator_a").await.as_deref(), Some("0"));
    for other in ["auditor", "admin", "field_staff"] {
        assert_eq!(waiting(other).await, None, "{other}");
    }
    crate::logins::unknown_logins(&portal, 3).await;
    assert_eq!(waiting("coordinator_a").await.as_deref(), Some("3"));
    portal.sql("UPDATE portal.ehr_logins SET kind = 'system' WHERE login = 'jdoe01'").await;
    let held = "INSERT INTO portal.login_holders (id, login_id, person_id, valid_from)
                SELECT gen_random_uuid(), id, (SELECT id FROM portal.people WHERE employee_number = 'E-9010'), '2020-01-01'
                  FROM portal.ehr_logins WHERE login = 'jdoe02'";
    portal.sql(held).await;
    assert_eq!(waiting("coordinator_a").await.as_deref(), Some("1"), "neither a system account nor a matched one");
    portal.sql("DELETE FROM portal.login_holders h USING portal.ehr_logins l WHERE l.id = h.login_id AND l.login = 'jdoe02'").await;
    assert_eq!(waiting("coordinator_a").await.as_deref(), Some("2"), "taken away again");
    crate::logins::unknown_logins_from(&portal, 3, 120).await;
    assert_eq!(waiting("manager").await.as_deref(), Some("99+"));
}

#[actix_web::test]
async fn a_list_narrowed_to_nobody_says_so() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let page = manager.get(&format!("/people?department={DEPARTMENT_A}&standing=on_leave")).await;
    assert!(page.body.contains("No person matches these filters"), "{}", page.body);
    assert_eq!(manager.get("/people?standing=asleep").await.status, 400);
}

/// An organisation as the command line leaves it: two accounts, and nothing else. The sources are set up; the mapping tool has
/// tests of its own.
async fn empty_organisation() -> TestDb {
    let db = TestDb::empty("t_people_from_nothing").await;
    let worker = Worker::lazy(&db.worker_url, 2).expect("a URL");
    for (username, role, organisation) in
        [("ada", Role::Admin, Some("Lakeland".to_owned())), ("max", Role::Manager, None)]
    {
        let account = NewAccount {
            username: username.to_owned(),
            full_name: format!("{username} Account"),
            role,
            organisation,
            time_zone: "America/Chicago".to_owned(),
            all_facilities: false,
            engagement: None,
        };
        accounts::create(&worker, &account, PASSWORD.to_owned()).await.expect("an account");
    }
    worker.close().await;
    roster::roster_source(&db).await;
    let mut spec = hipaa_auditor::ingest::presets::epic_access_log();
    "America/Chicago".clone_into(&mut spec.time_zone);
    db.sql(&format!(
        "INSERT INTO portal.sources (id, name, time_zone) VALUES ('{SOURCE}', 'Epic', 'America/Chicago');
         INSERT INTO portal.mappings (id, source_id, version, spec) VALUES (gen_random_uuid(), '{SOURCE}', 1, '{}')",
        spec.to_json().to_string().replace('\'', "''")
    ))
    .await;
    db
}

#[actix_web::test]
async fn from_nothing_to_a_matched_access_over_http() {
    let mut kept = None;
    let portal = TestPortal::on(empty_organisation().await, |config| kept = Some(config.clone())).await;
    let config = kept.expect("settings");
    let (admin, manager) = (portal.as_role("ada").await, portal.as_role("max").await);
    let owner: Uuid = portal.value("SELECT id FROM portal.people WHERE username = 'max'").await;

    for (name, code) in [("Main Hospital", "MAIN"), ("West Clinic", "WEST")] {
        let made = admin
            .post(
                "/facilities",
                &[
                    ("name", name),
                    ("site_code", code),
                    ("time_zone", "America/Chicago"),
                    ("owner", &owner.to_string()),
                    ("networks", ""),
                ],
            )
            .await;
        assert_eq!(made.status, 303, "{}", made.body);
    }
    let planned = roster::upload(
        &manager,
        &[
            "E-1,Josephine Brackenridge,,MAIN,Emergency,Nurse,E-2,2024-01-01,,active",
            "E-2,Ezequiel Castellanos,,WEST,Emergency,Physician,,2024-01-01,,active",
        ],
    )
    .await;
    assert_eq!(planned.status, 303, "{}", planned.body);
    let path = planned.location().to_owned();
    let page = manager.get(&path).await;
    assert!(page.body.contains("2 people would change") && page.body.contains("new department"), "{}", page.body);
    assert_eq!(roster::apply(&manager, &path, &page, &[]).await.status, 303);
    assert_eq!(portal.value::<i64>("SELECT count(*) FROM portal.departments").await, 2, "each site has its Emergency");

    let day = roster::today();
    imports::uploaded(
        &manager,
        &export(&[
            opened_at(&format!("{day} 00:10:00"), "jbrackenridge", "4711", "MAIN"),
            opened_at(&format!("{day} 00:11:00"), "ecastellanos", "4712", "Emergency"),
        ]),
    )
    .await;
    imports::work(&portal, &config).await;
    let placed: String = portal
        .value("SELECT string_agg(coalesce(f.site_code, '-'), ' ' ORDER BY a.ordinal) FROM portal.access_logs a LEFT JOIN portal.facilities f ON f.id = a.facility_id")
        .await;
    assert_eq!(placed, "MAIN -", "a department that two sites have names neither");

    let list = manager.get("/people/logins").await;
    assert!(list.body.contains("Accept 2 suggestions"), "{}", list.body);
    let mut fields = vec![("accept".to_owned(), "suggestions".to_owned())];
    for part in list.body.split("name=\"").skip(1) {
        let name = part.split('"').next().unwrap_or_default();
        let value = part.split(" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        if ["suggested-", "holder-", "from-", "to-"].iter().any(|field| name.starts_with(field)) {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let matched = manager.post("/people/logins", &fields).await;
    assert_eq!(matched.status, 303, "{}", matched.body);
    imports::work(&portal, &config).await;
    let nurse: Uuid = portal.value("SELECT id FROM portal.people WHERE employee_number = 'E-1'").await;
    let page = manager.get(&format!("/people/{nurse}")).await;
    assert!(page.body.contains("jbrackenridge") && page.body.contains("1 row, newest first"), "{}", page.body);
}
