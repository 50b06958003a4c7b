//! The cases of a finding: linked later, from either side, with their rows copied; unlinked, with the history kept.

use std::ops::Deref as _;

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::{Answer, Browser, TestDb, TestPortal, told};

fn at(path: &str) -> String {
    format!("/findings/{FINDING}{path}")
}

async fn number(db: &TestDb, case: Uuid) -> String {
    db.value(&format!("SELECT 'AL-' || number FROM portal.review_cases WHERE id = '{case}'")).await
}

async fn link(browser: &Browser, number: &str) -> Answer {
    let key = Uuid::now_v7().to_string();
    browser.post(&at("/cases"), &[("form_key", &key), ("number", number)]).await
}

async fn link_from(browser: &Browser, case: Uuid, finding: &str) -> Answer {
    let (key, case) = (Uuid::now_v7().to_string(), case.to_string());
    browser.post("/findings/link", &[("form_key", &key), ("case", &case), ("finding", finding)]).await
}

async fn unlink(browser: &Browser, case: Uuid, why: &str) -> Answer {
    let (key, case) = (Uuid::now_v7().to_string(), case.to_string());
    browser.post(&at("/cases/unlinking"), &[("form_key", &key), ("case", &case), ("why", why)]).await
}

/// The cases that are linked now, and the finding's version.
async fn linked(db: &TestDb) -> String {
    db.value(&format!(
        "SELECT concat_ws(' ', string_agg(fc.case_id::text, ' ' ORDER BY fc.case_id), max(f.version))
           FROM portal.findings f JOIN portal.finding_cases fc ON fc.finding_id = f.id AND fc.unlinked_at IS NULL WHERE f.id = '{FINDING}'"
    ))
    .await
}

async fn case_lines(db: &TestDb, case: Uuid) -> String {
    db.value(&format!(
        "SELECT string_agg(kind, ' ' ORDER BY seq) || ' ' || (SELECT version FROM portal.review_cases WHERE id = '{case}')
           FROM portal.review_events WHERE case_id = '{case}'"
    ))
    .await
}

#[actix_web::test]
async fn a_case_that_is_linked_later_brings_its_rows_and_both_know_of_each_other() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let number = number(&portal, CASE_A).await;
    let answer = link(&browser, &format!(" {number} ")).await;
    assert_eq!((answer.status, answer.location()), (303, &*at("")), "{}", answer.body);
    assert_eq!(told(&portal.events(answer.request_id()).await), "finding.form.read finding.case.link");
    assert_eq!(linked(&portal).await, format!("{CASE_A} {CASE_DECIDED} 2"));
    assert_eq!(case_lines(&portal, CASE_A).await, "opened finding_linked 2");
    let same: bool = portal
        .value(&format!(
            "SELECT bool_and(row(e.action_at, e.login_id, e.facility_id, e.patient_id, e.resource_type, e.resource_id, e.access_type,
                                 e.access_reason, e.outcome, e.source_ip, e.device_label)
                             IS NOT DISTINCT FROM row(a.action_at, a.login_id, a.facility_id, a.patient_id, a.resource_type, a.resource_id,
                                 a.access_type, a.access_reason, a.outcome, a.source_ip, a.device_label)) AND count(*) = 2
               FROM portal.finding_evidence e JOIN portal.access_logs a ON a.id = e.access_id
              WHERE e.finding_id = '{FINDING}' AND e.case_id = '{CASE_A}'"
        ))
        .await;
    assert!(same, "both rows of the case, as they are");
    let page = browser.get(&at("")).await.body;
    assert!(page.contains("ENC-991200") && page.contains("2 cases") && page.contains("Case linked"), "{page}");
    let case = browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(case.contains(&at("")) && case.contains("FND-2026-0001"), "and back");
    let file = browser.get("/findings.csv").await.body;
    assert!(
        file.contains(&number)
            && file.lines().any(|line| line.contains("FND-2026-0001") && line.trim_end().ends_with(",3")),
        "{file}"
    );
}

#[actix_web::test]
async fn a_case_is_added_from_its_own_page_to_one_of_the_open_findings() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let case = browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(case.contains(&format!("href=\"/findings/link?case={CASE_A}\"")), "{case}");
    let form = browser.get(&format!("/findings/link?case={CASE_A}")).await;
    assert_eq!(told(&portal.events(form.request_id()).await), "finding.form.read");
    assert!(
        form.body.contains(&format!("<option value=\"{FINDING}\">FND-2026-0001 Access after the end of work")),
        "{}",
        form.body
    );
    let none = link_from(&browser, CASE_A, "").await;
    assert_eq!(none.status, 422);
    assert!(none.body.contains("Choose a finding"), "{}", none.body);
    assert_eq!(
        told(&portal.events(none.request_id()).await),
        "finding.case.link!validate_fail/invalid_input finding.form.read"
    );
    let answer = link_from(&browser, CASE_A, &FINDING.to_string()).await;
    assert_eq!((answer.status, answer.location()), (303, &*at("")), "{}", answer.body);
    assert_eq!(linked(&portal).await, format!("{CASE_A} {CASE_DECIDED} 2"));
    let form = browser.get(&format!("/findings/link?case={CASE_A}")).await.body;
    assert!(form.contains("No open finding to add it to"), "it is there already: {form}");
    let again = link_from(&browser, CASE_A, &FINDING.to_string()).await;
    assert_eq!(again.status, 422);
    assert_eq!(linked(&portal).await, format!("{CASE_A} {CASE_DECIDED} 2"));
}

#[actix_web::test]
async fn what_cannot_be_linked_is_refused_in_words_that_tell_nothing_else() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let (elsewhere, here) = (number(&portal, CASE_B).await, number(&portal, CASE_DECIDED).await);
    for (typed, sentence) in [
        ("AL-x", "Enter a case number such as AL-480001".to_owned()),
        ("AL-999999", "There is no case with this number in your scope".to_owned()),
        (&*elsewhere, "There is no case with this number in your scope".to_owned()),
        (&*here, format!("{here} is linked to this finding already")),
    ] {
        let answer = link(&browser, typed).await;
        assert_eq!(answer.status, 422, "{typed}");
        assert!(
            answer.body.contains(&sentence) && answer.body.contains(&format!("value=\"{typed}\"")),
            "{sentence}: {}",
            answer.body
        );
        assert_eq!(
            told(&portal.events(answer.request_id()).await),
            "finding.form.read finding.case.link!validate_fail/invalid_input finding.read"
        );
    }
    assert_eq!(linked(&portal).await, format!("{CASE_DECIDED} 1"));
    // whose the finding is must be able to see it afterwards
    let about_manager = number(&portal, CASE_ABOUT_MANAGER).await;
    portal.sql(&format!("UPDATE portal.findings SET assigned_to = '{MANAGER}' WHERE id = '{FINDING}'")).await;
    let answer = link(&browser, &about_manager).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body.contains("Change the owner first"), "{}", answer.body);
    assert_eq!(linked(&portal).await, format!("{CASE_DECIDED} 1"));
}

#[actix_web::test]
async fn a_case_that_is_unlinked_takes_its_rows_along_and_stays_in_both_histories() {
    let portal = TestPortal::start().await;
    let browser = portal.as_role("coordinator_a").await;
    let number = number(&portal, CASE_A).await;
    let last = unlink(&browser, CASE_DECIDED, "Another matter").await;
    assert_eq!(last.status, 422);
    assert!(last.body.contains("A finding keeps at least one case"), "{}", last.body);
    link(&browser, &number).await;
    let form = browser.get(&at(&format!("/cases/unlinking?case={CASE_A}"))).await;
    assert_eq!((form.status, told(&portal.events(form.request_id()).await).as_str()), (200, "finding.form.read"));
    let silent = unlink(&browser, CASE_A, " ").await;
    assert_eq!(silent.status, 422);
    assert!(silent.body.contains("Say why this case does not belong"), "{}", silent.body);
    let answer = unlink(&browser, CASE_A, "The badge was lent").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(told(&portal.events(answer.request_id()).await), "finding.form.read finding.case.unlink");
    assert_eq!(linked(&portal).await, format!("{CASE_DECIDED} 3"));
    assert_eq!(case_lines(&portal, CASE_A).await, "opened finding_linked finding_unlinked 3");
    let page = browser.get(&at("")).await.body;
    assert!(
        page.contains("Case unlinked") && page.contains("The badge was lent") && page.contains("1 case<"),
        "{page}"
    );
    assert!(!page.contains("ENC-991200") && page.contains("ENC-991203"), "its rows are no evidence any more");
    let case = browser.get(&format!("/access-logs/cases/{CASE_A}")).await.body;
    assert!(case.contains("unlinked a finding"), "{case}");
    let kept: i64 = portal
        .value(&format!(
            "SELECT count(*) FROM portal.finding_evidence WHERE finding_id = '{FINDING}' AND case_id = '{CASE_A}'"
        ))
        .await;
    assert_eq!(kept, 2, "what was copied stays");
    // and it can come back
    assert_eq!(link(&browser, &number).await.status, 303);
    assert!(browser.get(&at("")).await.body.contains("ENC-991200"));
    assert_eq!(unlink(&browser, CASE_B, "Not linked").await.status, 404);
}

#[actix_web::test]
async fn whom_a_linked_case_is_about_does_not_see_the_finding_even_after_it_was_unlinked() {
    let portal = TestPortal::start().await;
    let (manager, coordinator) = (portal.as_role("manager").await, portal.as_role("coordinator_a").await);
    assert_eq!(manager.get(&at("")).await.status, 200);
    // the manager is their supervisor
    portal.sql(&format!("UPDATE portal.findings SET assigned_to = '{COORDINATOR_A}' WHERE id = '{FINDING}'")).await;
    let about = number(&portal, CASE_ABOUT_MANAGER).await;
    assert_eq!(link(&coordinator, &about).await.status, 303);
    assert_eq!(manager.get(&at("")).await.status, 404);
    assert_eq!(unlink(&coordinator, CASE_ABOUT_MANAGER, "Another matter").await.status, 303);
    assert_eq!(manager.get(&at("")).await.status, 404, "what was said there may be about them");
}

#[actix_web::test]
async fn rows_of_another_facility_are_for_whom_they_are_in_scope_and_for_the_owner() {
    let portal = TestPortal::start().await;
    let second = portal.as_role("manager_two").await;
    let number = number(&portal, CASE_B).await;
    assert_eq!(link(&second, &number).await.status, 303);
    for (username, sees) in
        [("manager_two", true), ("coordinator_all", true), ("field_staff", true), ("coordinator_a", false)]
    {
        let page = portal.as_role(username).await.get(&at("")).await.body;
        assert!(page.contains("ENC-991203"), "{username}");
        assert_eq!(page.contains("ENC-991206"), sees, "{username}");
    }
    let page = portal.as_role("coordinator_a").await.get(&at("")).await.body;
    assert!(page.contains("1 linked case lies outside what your account covers"), "{page}");
}

#[actix_web::test]
async fn a_statement_of_the_application_links_no_case_that_is_out_of_sight() {
    let portal = TestPortal::start().await;
    let token = portal.session_of(COORDINATOR_A).await;
    let event = |case: Uuid| {
        format!(
            "INSERT INTO portal.finding_events (finding_id, seq, kind, actor_id, from_status, to_status, case_id)
             VALUES ('{FINDING}', 2, 'case_linked', '{COORDINATOR_A}', 'open', 'open', '{case}')"
        )
    };
    let evidence = format!(
        "INSERT INTO portal.finding_evidence SELECT '{FINDING}', access_id, '{CASE_A}', action_at, login_id, facility_id, patient_id, resource_type,
            resource_id, access_type, access_reason, outcome, source_ip, device_label FROM portal.finding_evidence"
    );
    for (statement, answer) in [
        (event(CASE_B), Err("42501")),
        (event(CASE_DECIDED), Err("23514")),
        (evidence, Err("42501")),
        (
            format!(
                "INSERT INTO portal.finding_cases (finding_id, case_id, linked_by) VALUES ('{FINDING}', '{CASE_A}', '{COORDINATOR_A}')"
            ),
            Err("HA002"),
        ),
        (event(CASE_A), Ok(1)),
    ] {
        let mut app = portal.deref().as_app().await;
        let read = app.open(&token, "finding.form.read").await.expect("may");
        app.must("BEGIN").await;
        app.must(&format!("SELECT audit.use_event('{read}')")).await;
        app.open(&token, "finding.case.link").await.expect("may");
        assert_eq!(app.run(&statement).await, answer.map_err(str::to_owned), "{statement}");
        app.must("ROLLBACK").await;
    }
}
