//! A rule changes by two people: one manager proposes, looks at the shadow run and asks; the other one approves.

use hipaa_auditor::demo::PASSWORD;

use crate::chromium::Chromium;
use crate::demo::Portal;

async fn sign_in(browser: &Chromium, username: &str) {
    browser.go("/").await;
    browser.find("#username").await.send_keys(username).await.expect("a name");
    browser.find("#password").await.send_keys(PASSWORD).await.expect("a password");
    browser.click("form button.pri").await;
    browser.wait_for(".side form[action='/sign-out']").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_change_is_proposed_looked_at_and_approved_by_a_second_manager() {
    let portal = Portal::start().await;
    let browser = Chromium::start(&portal.base).await;
    sign_in(&browser, "manager").await;
    browser.click(".side a[href='/settings/rules']").await;
    browser.click("main a[href='/settings/rules/volume_spike']").await;
    let times = browser.find("#times_usual").await;
    times.clear().await.expect("an empty field");
    times.send_keys("200").await.expect("a number");
    browser.click("main form.card button.pri").await;
    assert!(browser.text(".errsum").await.contains("from 2 to 20"), "{}", browser.text(".errsum").await);
    assert_eq!(browser.value("#times_usual").await, "200", "what was typed is kept");
    let times = browser.find("#times_usual").await;
    times.clear().await.expect("an empty field");
    times.send_keys("20").await.expect("a number");
    browser.click("main form.card button.pri").await;
    assert_eq!(browser.text("#toasts").await, "Shadow run queued");
    // the part that waits is fetched again until the run is done
    browser.wait_for_text("Known decisions missed").await;
    let proposal = browser.path().await;
    browser.click("form[action$='/request'] button.pri").await;
    assert_eq!(browser.text("#toasts").await, "Approval asked for");
    assert!(!browser.has("form[action$='/approval']").await, "not by who proposed it");
    browser.click(".side form[action='/sign-out'] button").await;

    sign_in(&browser, "manager2").await;
    browser.go(&proposal).await;
    browser.click("form[action$='/approval'] button.pri").await;
    assert_eq!(browser.text("#toasts").await, "The new version is live");
    browser.go("/settings/rules/volume_spike").await;
    assert!(browser.text("section[aria-labelledby='h-versions']").await.contains("approved by"));
    // the form that came back with its errors is the one line a console may have
    let mut said = browser.console().await;
    said.retain(|line| !line.contains("422 (Unprocessable Entity)"));
    assert_eq!(said, Vec::<String>::new());
    browser.quit().await;
}
