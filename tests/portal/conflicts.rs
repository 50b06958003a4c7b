//! Conflicts of interest: who sees and who decides accesses by somebody they stand near to.

use hipaa_auditor::policy::conflict::{CaseAct, Relation, allows};
use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

const BETWEEN: &str = "0199bbbb-0000-7000-8000-000000000001";

/// Everybody who may decide or read cases, with all that they would see if they stood near to nobody.
const READERS: [(&str, Uuid); 4] = [
    ("coordinator_a", COORDINATOR_A),
    ("coordinator_all", COORDINATOR_ALL),
    ("manager_two", MANAGER_TWO),
    ("auditor", AUDITOR),
];

/// Makes a reader stand so to the nurse of `CASE_A`.
pub async fn relate(db: &TestDb, reader: Uuid, relation: Relation) {
    let employ = |person: &str, supervisor: &str| {
        format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on)
             VALUES (gen_random_uuid(), '{person}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Analyst', '{supervisor}', '2020-01-01');"
        )
    };
    let sql = match relation {
        Relation::Oneself => format!("UPDATE portal.review_cases SET person_id = '{reader}' WHERE id IN ('{CASE_A}', '{CASE_DECIDED}');
             UPDATE portal.login_holders SET person_id = '{reader}' WHERE login_id = '{LOGIN_NURSE}'"),
        // two levels up, and round in a circle
        Relation::Supervisor => format!(
            "INSERT INTO portal.people (id, full_name, role) VALUES ('{BETWEEN}', 'Casimir Lindqvist', 'field_staff'); {} {} {}",
            employ(&reader.to_string(), BETWEEN),
            employ(BETWEEN, &NURSE_A.to_string()),
            employ(&NURSE_A.to_string(), &reader.to_string()),
        ),
        Relation::Household => format!("UPDATE portal.people SET address_hash = sha256('a home') WHERE id IN ('{reader}', '{NURSE_A}')"),
        // then, and no more today
        Relation::Department => format!(
            "INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, starts_on, ends_on) VALUES
               (gen_random_uuid(), '{reader}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Analyst', current_date - 20, current_date - 1),
               (gen_random_uuid(), '{NURSE_A}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Clerk', current_date - 20, NULL)"
        ),
    };
    db.sql(&sql).await;
}

async fn decide(browser: &Browser, case: Uuid) -> Answer {
    let fields = [("version", "1"), ("disposition", "appropriate"), ("reason", "care_team"), ("note", "")];
    browser.post(&format!("/access-logs/cases/{case}/decision"), &fields).await
}

async fn projection(db: &TestDb, case: Uuid) -> String {
    db.value(&format!("SELECT concat_ws(' ', state, version) FROM portal.review_cases WHERE id = '{case}'")).await
}

/// What the reader sees of the two cases about the nurse: everywhere, or nowhere.
async fn looks(portal: &TestPortal, browser: &Browser, sees: bool, context: &str) {
    for case in [CASE_A, CASE_DECIDED] {
        let number: i64 = portal.value(&format!("SELECT number FROM portal.review_cases WHERE id = '{case}'")).await;
        for path in
            ["/access-logs?view=all".to_owned(), format!("/people/{NURSE_A}"), "/access-logs/rows.csv".to_owned()]
        {
            let answer = browser.get(&path).await;
            assert_eq!(answer.status, 200, "{context} {path}");
            assert_eq!(answer.body.contains(&format!("AL-{number}")), sees, "{context} {path} AL-{number}");
        }
        let mut request = browser.request("GET", "/access-logs?view=all");
        request = request.header("HX-Request", "true").header("HX-Target", "list");
        assert_eq!(browser.send(request).await.body.contains(&format!("AL-{number}")), sees, "{context} fragment");
        for path in [format!("/access-logs/cases/{case}"), format!("/findings/{FINDING}")] {
            assert_eq!(browser.get(&path).await.status, if sees { 200 } else { 404 }, "{context} {path}");
        }
    }
    let csv = browser.get("/access-logs/rows.csv").await.body;
    assert_eq!(csv.contains("terminated_user"), sees, "{context}: a flag in the file");
    assert_eq!(
        browser.get("/findings.csv").await.body.contains("FND-2026-0001"),
        sees,
        "{context}: a finding in the file"
    );
}

#[actix_web::test]
async fn each_relation_leaves_exactly_the_acts_that_the_rule_leaves() {
    for relation in Relation::ALL {
        for (username, reader) in READERS {
            let context = format!("{relation:?} {username}");
            let db = TestDb::new().await;
            relate(&db, reader, relation).await;
            let portal = TestPortal::on(db, |_| {}).await;
            let browser = portal.as_role(username).await;
            let sees = allows(Some(relation), CaseAct::See);
            looks(&portal, &browser, sees, &context).await;
            if username == "auditor" {
                continue;
            }
            let (refused, how) =
                if sees { (403, "!authz_fail/conflict_of_interest") } else { (404, "!authz_fail/not_in_scope") };
            assert!(!allows(Some(relation), CaseAct::Decide) && !allows(Some(relation), CaseAct::MakeFinding));
            let answer = decide(&browser, CASE_A).await;
            assert_eq!(answer.status, refused, "{context}");
            assert_eq!(
                told(&portal.events(answer.request_id()).await),
                format!("review_case.read review_case.decide{how}")
            );
            let answer = browser.post(&format!("/access-logs/cases/{CASE_DECIDED}/reopening?version=2"), &[]).await;
            assert_eq!(answer.status, refused, "{context}");
            assert_eq!(
                told(&portal.events(answer.request_id()).await),
                format!("review_case.read review_case.reopen{how}")
            );
            assert_eq!(browser.get(&format!("/findings/new?case={CASE_A}")).await.status, refused, "{context}");
            let fields = [
                ("case", CASE_A.to_string()),
                ("form_key", Uuid::now_v7().to_string()),
                ("title", "A finding".to_owned()),
                ("severity", "high".to_owned()),
                ("owner", MANAGER_TWO.to_string()),
                ("due", "2099-01-01".to_owned()),
            ];
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(browser.post("/findings", &fields).await.status, refused, "{context}");
            assert_eq!(projection(&portal, CASE_A).await, "unassigned 1", "{context}");
            if sees {
                let page = browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
                let drawer = browser.get(&format!("/access-logs?open={CASE_A}")).await.body;
                for shown in [page, drawer] {
                    assert!(shown.contains("You work in the same department: somebody else decides."), "{context}");
                    assert!(!shown.contains("name=\"disposition\"") && !shown.contains("Create finding"), "{context}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn the_numbers_of_the_frame_and_of_the_queue_leave_out_what_is_kept_from_the_reader() {
    let portal = TestPortal::start().await;
    let counts = async |browser: &Browser| {
        let page = browser.get("/access-logs").await.body;
        ["Access log review", "Findings"].map(|label| {
            let counted = page
                .split(label)
                .find_map(|rest| rest.trim_start_matches("</span>").strip_prefix("<span class=\"n\">"));
            let number = counted.and_then(|rest| rest.split('<').next());
            number.and_then(|number| number.parse::<i64>().ok())
        })
    };
    let browser = portal.as_role("coordinator_all").await;
    assert_eq!(counts(&browser).await, [Some(3), Some(1)]);
    relate(&portal, COORDINATOR_ALL, Relation::Household).await;
    assert_eq!(counts(&browser).await, [Some(2), Some(0)]);
}

#[actix_web::test]
async fn a_supervisor_of_then_counts_for_the_days_of_then_only() {
    let portal = TestPortal::start().await;
    let period = |from: i32, to: i32| {
        format!(
            "DELETE FROM portal.employment_periods WHERE person_id = '{COORDINATOR_A}';
             INSERT INTO portal.employment_periods (id, person_id, facility_id, department_id, job_role, supervisor_id, starts_on, ends_on)
             VALUES (gen_random_uuid(), '{COORDINATOR_A}', '{FACILITY_B}', '{DEPARTMENT_B}', 'Analyst', '{NURSE_A}', current_date - {from}, current_date - {to})"
        )
    };
    let browser = portal.as_role("coordinator_a").await;
    let path = format!("/access-logs/cases/{CASE_A}");
    portal.sql(&period(90, 20)).await;
    assert_eq!(browser.get(&path).await.status, 200, "before that day");
    portal.sql(&period(90, 1)).await;
    assert_eq!(browser.get(&path).await.status, 404, "on that day");
    // down the chain nothing is in the way
    assert_eq!(browser.get(&format!("/access-logs/cases/{CASE_ABOUT_MANAGER}")).await.status, 200);
}

#[actix_web::test]
async fn a_login_without_a_person_and_a_vendor_are_in_conflict_with_nobody() {
    let portal = TestPortal::start().await;
    portal.sql(&format!("UPDATE portal.review_cases SET person_id = NULL WHERE id = '{CASE_A}'")).await;
    relate(&portal, COORDINATOR_A, Relation::Household).await;
    assert_eq!(decide(&portal.as_role("coordinator_a").await, CASE_A).await.status, 303);
}

#[actix_web::test]
async fn the_database_itself_takes_no_decision_from_somebody_near() {
    let portal = TestPortal::start().await;
    relate(&portal, COORDINATOR_A, Relation::Department).await;
    let token = portal.session_of(COORDINATOR_A).await;
    let mut app = portal.as_app().await;
    let read = app.open(&token, "review_case.read").await.expect("opened");
    app.must("BEGIN").await;
    app.must(&format!("SELECT audit.use_event('{read}')")).await;
    app.open(&token, "review_case.decide").await.expect("opened");
    let change = format!("UPDATE portal.review_cases SET state = 'in_review' WHERE id = '{CASE_A}'");
    assert_eq!(app.run(&change).await, Ok(0), "the projection");
    assert_eq!(
        app.run(&change.replace(&CASE_A.to_string(), &CASE_ABOUT_MANAGER.to_string())).await,
        Ok(1),
        "of somebody else"
    );
    let line = format!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, to_state) VALUES ('{CASE_A}', 2, 'decided', '{COORDINATOR_A}', 'closed')"
    );
    assert_eq!(app.run(&line).await, Err("42501".to_owned()), "a line of history");
}
