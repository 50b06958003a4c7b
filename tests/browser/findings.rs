//! A finding in the hand: from open to ready for review by the keyboard alone, and evidence added on a phone without JavaScript.

use hipaa_auditor::demo::PASSWORD;
use thirtyfour::prelude::Key;
use uuid::Uuid;

use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

/// An open case that the coordinator sees and may decide.
const A_CASE: &str = "SELECT c.id FROM portal.review_cases c
    JOIN portal.person_facilities f ON f.facility_id = c.facility_id JOIN portal.people me ON me.id = f.person_id AND me.username = 'coordinator'
   WHERE c.state = 'unassigned' AND portal.relation_to(me.id, c.person_id, c.local_day) IS NULL ORDER BY c.id LIMIT 1 OFFSET ";

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_goes_from_open_to_review_by_the_keyboard_alone() {
    let portal = Portal::start().await;
    let browser = Chromium::start(&portal.base).await;
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    let case: Uuid = portal.database.value(&format!("{A_CASE} 0")).await;
    let another: String = portal
        .database
        .value(&format!("SELECT 'AL-' || number FROM portal.review_cases WHERE id = ({A_CASE} 1)"))
        .await;
    browser.go(&format!("/findings/new?case={case}")).await;
    path::write_finding(&browser, "Worked under the login of a former colleague").await;
    browser.enter("form.card .btn.pri").await;
    let finding = browser.path().await;

    browser.tab_to("#number").await;
    browser.press(another.clone()).await;
    browser.turning(browser.press_key(Key::Enter)).await;
    assert!(browser.text("section[aria-labelledby='h-cases']").await.contains(&another));
    browser.tab_to("#comment").await;
    browser.press("Asked the ward for the roster").await;
    browser.enter("button[name=kind][value=comment]").await;
    assert!(browser.text("section[aria-labelledby='h-history']").await.contains("Asked the ward for the roster"));

    for (label, now) in [
        ("Start investigating", "Investigating"),
        ("Mark action as planned", "Action planned"),
        ("Start the action", "Action in progress"),
        ("Ask for review", "Ready for review"),
    ] {
        assert_eq!(browser.text("button[name=step].pri").await, label);
        browser.enter("button[name=step].pri").await;
        assert_eq!(browser.path().await, finding);
        assert!(browser.text("#toasts").await.contains("Status changed"), "{}", browser.text("#toasts").await);
        assert!(browser.text(".steps [aria-current=step]").await.starts_with(now), "{now}");
    }
    // what is locked can be reached, says why, and does nothing
    browser.tab_to("button[aria-disabled=true]").await;
    browser.press_key(Key::Enter).await;
    assert!(browser.text("#why-close").await.contains("somebody who did not work on this finding"));
    assert_eq!(browser.path().await, finding);
    // and the last step back with its key
    browser.press_key(Key::Escape).await;
    browser.turning(browser.press("z")).await;
    assert!(browser.text(".steps [aria-current=step]").await.starts_with("Action in progress"));
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workforce_member_adds_evidence_on_a_phone_without_javascript() {
    let portal = Portal::start().await;
    let browser = Chromium::without_javascript(&portal.base).await;
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    let case: Uuid = portal.database.value(&format!("{A_CASE} 0")).await;
    browser.go(&format!("/findings/new?case={case}")).await;
    browser.find("#title").await.send_keys("Terminal in a hallway").await.expect("typed");
    browser.click("form.card .btn.pri").await;
    let finding = browser.path().await;
    let number: String =
        portal.database.value("SELECT employee_number FROM portal.people WHERE username = 'field_staff'").await;
    browser.find("section[aria-labelledby='h-facts'] summary").await.click().await.expect("opens");
    browser.find("#employee").await.send_keys(&number).await.expect("typed");
    browser.click("form[action$='/owner'] button").await;
    assert!(browser.text("#toasts").await.contains("Owner changed"), "{}", browser.text("main").await);

    browser.forget_cookies().await;
    browser.screen(390, 844).await;
    path::sign_in(&browser, "field_staff", PASSWORD).await;
    browser.go("/findings").await;
    browser.click(&format!("#rows a[href='{finding}']")).await;
    let wide = browser.ask("return document.scrollingElement.scrollWidth - innerWidth").await;
    assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "scrolls sideways by {wide}");
    assert!(!browser.has("button[name=step]").await && !browser.has("#owner").await);
    browser.find("#comment").await.send_keys("The screen faces the hallway").await.expect("typed");
    browser.click("button[name=kind][value=evidence]").await;
    assert!(browser.text("section[aria-labelledby='h-history']").await.contains("The screen faces the hallway"));
    browser.quit().await;
}
