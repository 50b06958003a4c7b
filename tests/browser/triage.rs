//! Clearing the queue in the hand: two keys a case, several cases by keyboard, the same without JavaScript, and an open case
//! on a phone.

use hipaa_auditor::demo::PASSWORD;
use thirtyfour::prelude::Key;

use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

/// The queue that holds the cases of [`quiet_cases`] and no other.
const QUEUE: &str = "/access-logs?risk=low&rule=terminated_user";

/// The focus is where the next case is, and nothing is on its way.
const READY: &str = "return document.activeElement.matches('#rows tr.cur .idl, #drawer-h') && !document.querySelector('[aria-busy=true]')";

/// Cases that one rule found and nothing weighs on, in a facility of the coordinator's.
pub async fn quiet_cases(portal: &Portal, count: usize) {
    let sql = format!(
        "INSERT INTO portal.review_cases (id, person_id, login_id, patient_id, local_day, facility_id, state, risk, first_action_at, last_action_at,
             row_count, access_type, resource_type, version)
         SELECT ('01990000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, c.person_id, c.login_id, c.patient_id, c.local_day - 400 - n,
                c.facility_id, 'unassigned', 'low', c.first_action_at - n * interval '1 minute', c.last_action_at, 1, 'view', 'Encounter', 1
           FROM generate_series(1, {count}) n,
                (SELECT c.* FROM portal.review_cases c JOIN portal.person_facilities f USING (facility_id)
                   JOIN portal.people p ON p.id = f.person_id AND p.username = 'coordinator'
                  WHERE c.disposition IS NULL AND c.person_id IS NOT NULL AND portal.relation_to(p.id, c.person_id, c.local_day) IS NULL
                  ORDER BY c.id LIMIT 1) c;
         INSERT INTO portal.case_flags (case_id, rule_code, rule_version, kind, severity, facts, row_count, raised_at)
         SELECT c.id, 'terminated_user', 1, 'signal', 'high', '{{\"rule\": \"terminated_user\", \"last_day\": \"2025-01-01\", \"days_after\": 3}}', 1, now()
           FROM portal.review_cases c WHERE c.id::text LIKE '01990000-0000-7000-a000-%';
         INSERT INTO portal.review_events (case_id, seq, kind, to_state)
         SELECT c.id, 1, 'opened', 'unassigned' FROM portal.review_cases c WHERE c.id::text LIKE '01990000-0000-7000-a000-%'"
    );
    portal.database.sql(&sql).await;
}

async fn decided_for(portal: &Portal, reason: &str) -> i64 {
    let sql = format!(
        "SELECT count(*) FROM portal.review_events WHERE kind = 'decided' AND reason_code = '{reason}' AND case_id::text LIKE '01990000-0000-7000-a000-%'"
    );
    portal.database.value(&sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_cases_are_cleared_with_two_keys_each_and_none_loses_its_reason() {
    let portal = Portal::start().await;
    quiet_cases(&portal, 15).await;
    let browser = Chromium::start(&portal.base).await;
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    browser.go(QUEUE).await;

    // a key that acts opens the case first; then the first of them asks for its reason once
    browser.press("j").await;
    browser.wait_for_focus("#rows tr:nth-child(1) .idl").await;
    browser.press("a").await;
    browser.wait_for_focus("#drawer-h").await;
    browser.press("a").await;
    browser.wait_for_focus("#reason").await;
    browser.press("On call").await;
    browser.turning(browser.press_key(Key::Enter)).await;
    let mut on_its_row = 0;
    for cleared in 1..=10 {
        // the driver sends an Enter again that a page has left by: too soon to be meant, it opens nothing
        browser.until("the next case has the focus", READY).await;
        on_its_row +=
            i32::from(browser.ask("return document.activeElement.matches('#rows tr.cur .idl')").await == true);
        let number = browser.text("#drawer header .id").await;
        assert_eq!(browser.text("#rows tr.cur .idl").await, number, "the drawer follows");
        browser.press("a").await;
        browser.wait_for_focus("#reason").await;
        browser.turning(browser.press_key(Key::Enter)).await;
        browser.wait_for_text(&format!("{number} decided")).await;
        assert_eq!(decided_for(&portal, "on_call").await, cleared + 1);
    }

    assert!(on_its_row >= 7, "the focus goes on to the next case's row: {on_its_row} of 10");

    // taken, which leaves it open, and taken back
    browser.until("the next case has the focus", READY).await;
    let number = browser.text("#drawer header .id").await;
    browser.turning(browser.press("m")).await;
    browser.wait_for_text(&format!("{number} assigned")).await;
    assert_eq!(browser.text("#drawer header .id").await, number);
    assert_eq!(browser.text("#rows tr.cur .whose").await, "Assigned to You");
    browser.turning(browser.press("z")).await;
    browser.wait_for_text(&format!("Assignment of {number} taken back")).await;

    several_at_once(&portal, &browser).await;
    assert_eq!(browser.console().await, Vec::<String>::new());
    browser.quit().await;
}

/// The four that are left: ticked from the first to the last, decided together, and taken back together.
async fn several_at_once(portal: &Portal, browser: &Chromium) {
    browser.go(QUEUE).await;
    browser.press("jx").await;
    browser.press("jjj").await;
    browser.wait_for_focus("#rows tr:nth-child(4) .idl").await;
    browser.press_with_shift("x").await;
    browser.until("four are ticked", "return document.querySelectorAll('#rows input:checked').length === 4").await;
    assert_eq!(browser.text("[data-bulk-count]").await, "4 selected");
    browser.press("a").await;
    browser.wait_for_focus("#bulk-reason").await;
    browser.press("Billing").await;
    browser.turning(browser.press_key(Key::Enter)).await;
    browser.wait_for_text("4 cases decided").await;
    browser.wait_for_focus(".triage .empty h2").await;
    assert_eq!(decided_for(portal, "billing").await, 4);
    browser.turning(browser.press("z")).await;
    browser.wait_for_text("4 cases are open again").await;
    browser.wait_for_focus("#rows tr:nth-child(1) .idl").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_cases_are_decided_without_javascript_after_a_page_that_lists_them() {
    let portal = Portal::start().await;
    quiet_cases(&portal, 3).await;
    let browser = Chromium::without_javascript(&portal.base).await;
    browser.go("/").await;
    browser.find("#username").await.send_keys("coordinator").await.expect("a name");
    browser.find("#password").await.send_keys(PASSWORD).await.expect("a password");
    browser.click("form button.pri").await;
    browser.go(QUEUE).await;
    for row in 1..=2 {
        let tick = browser.find(&format!("#rows tr:nth-child({row}) input[name=case]")).await;
        tick.click().await.expect("a tick");
    }
    browser.click("[data-bulk] button[value=choose]").await;
    assert_eq!(browser.text("h1").await, "2 cases selected");
    browser.click("form[action$='/decision'] button.pri").await;
    assert!(browser.text(".errsum").await.contains("Choose a reason"), "{}", browser.text(".errsum").await);
    for option in browser.find("#reason").await.find_all(thirtyfour::By::Tag("option")).await.expect("options") {
        if option.text().await.expect("its words") == "Billing or coding"
            || option.attr("value").await.expect("a value").as_deref() == Some("billing")
        {
            option.click().await.expect("a choice");
            break;
        }
    }
    browser.click("form[action$='/decision'] button.pri").await;
    assert!(browser.text("#toasts").await.starts_with("2 cases decided"), "{}", browser.text("#toasts").await);
    assert_eq!(decided_for(&portal, "billing").await, 2);
    browser.click("#toasts button").await;
    assert!(browser.text("#toasts").await.starts_with("2 cases are open again"));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_the_open_case_is_the_page_and_the_list_is_one_step_back() {
    const LIST: &str = "return document.querySelector('.triage > .list').getClientRects().length > 0";
    let portal = Portal::start().await;
    quiet_cases(&portal, 2).await;
    let browser = Chromium::start(&portal.base).await;
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    browser.screen(390, 844).await;
    browser.go(QUEUE).await;
    browser.find("#rows tr:nth-child(2) .idl").await.click().await.expect("it opens");
    browser.wait_for_focus("#drawer-h").await;
    assert!(browser.ask(LIST).await == false, "the list gives way");
    let top = browser.ask("return document.querySelector('#drawer-h').getBoundingClientRect().top").await;
    assert!(top.as_f64().is_some_and(|top| (0.0..500.0).contains(&top)), "its head is in sight: {top}");
    browser.find(".to-list a").await.click().await.expect("back");
    browser.until("the list is there again", LIST).await;
    browser.wait_for_focus("#rows tr:nth-child(2) .idl").await;
    // a link to the case shows it as well, and the decision leads on to the next one
    browser.find("#rows tr:nth-child(1) .idl").await.click().await.expect("it opens");
    browser.wait_for_focus("#drawer-h").await;
    let path = browser.path().await;
    browser.go(&path).await;
    assert!(browser.ask(LIST).await == false, "{path}");
    browser.find("#reason").await.send_keys("On call").await.expect("a reason");
    browser.click("form.dec button[value=appropriate]").await;
    browser.wait_for_focus("#drawer-h").await;
    assert_eq!(decided_for(&portal, "on_call").await, 1);
    browser.quit().await;
}
