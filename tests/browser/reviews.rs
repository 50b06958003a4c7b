//! From a complaint to a memo, without JavaScript: recorded on the patient's page, looked into by a review that takes up a
//! case, and answered once the review has ended.

use hipaa_auditor::demo::PASSWORD;
use uuid::Uuid;

use crate::chromium::Chromium;
use crate::demo::Portal;

/// A patient whom a handful of people opened lately, none of them the manager.
pub const PATIENT: &str = "SELECT a.patient_id FROM portal.access_logs a
  LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
  LEFT JOIN portal.people p ON p.id = h.person_id
 WHERE a.patient_id IS NOT NULL AND a.action_at > now() - interval '80 days'
 GROUP BY a.patient_id HAVING count(DISTINCT h.person_id) BETWEEN 3 AND 8 AND NOT bool_or(coalesce(p.username, '') = 'manager')
 ORDER BY count(*), a.patient_id LIMIT 1";

/// Every case of a review, decided by somebody else in the meantime.
const DECIDE: &str = "SET session_replication_role = replica;
  UPDATE portal.review_cases SET state = 'closed', disposition = 'appropriate', reason_code = 'care_team', decided_by = (SELECT id FROM portal.people WHERE username = 'manager2'), decided_at = now(), second_review_kind = NULL
   WHERE id IN (SELECT case_id FROM portal.review_links);
  UPDATE portal.second_reviews SET outcome = 'taken_back', ended_at = now() WHERE outcome IS NULL;
  RESET session_replication_role";

async fn choose(browser: &Chromium, selector: &str, value: &str) {
    browser.find(&format!("{selector} option[value='{value}']")).await.click().await.expect("a choice");
}

async fn write(browser: &Chromium, selector: &str, text: &str) {
    browser.find(selector).await.send_keys(text).await.expect("typed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_goes_from_a_complaint_to_a_memo_without_javascript() {
    let portal = Portal::start().await;
    let browser = Chromium::without_javascript(&portal.base).await;
    browser.go("/sign-in").await;
    write(&browser, "#username", "manager").await;
    write(&browser, "#password", PASSWORD).await;
    browser.click("form button.pri").await;

    let patient: Uuid = portal.database.value(PATIENT).await;
    browser.go(&format!("/patients/{patient}")).await;
    browser.click("main a[href^='/complaints/new']").await;
    assert_eq!(browser.value("#patient").await, patient.to_string());
    write(&browser, "#details", "Heard at work what only the ward knew.").await;
    browser.click("form.card .btn.pri").await;
    assert!(browser.text(".errsum").await.starts_with("Check three answers"), "{}", browser.text(".errsum").await);
    assert_eq!(browser.value("#details").await, "Heard at work what only the ward knew.", "what was typed is kept");
    choose(&browser, "#channel", "phone").await;
    choose(&browser, "#complainant", "patient").await;
    choose(&browser, "#kind", "impermissible_access").await;
    browser.click("form.card .btn.pri").await;
    assert_eq!(browser.text("#toasts").await, "Complaint recorded");
    let complaint = browser.path().await;

    browser.click("main .head a.pri").await;
    assert_eq!(browser.value("#reason").await, "complaint", "where it began suggests why");
    browser.click("form.card .btn.pri").await;
    assert_eq!(browser.text("#toasts").await, "Review started");
    let review = browser.path().await;
    assert!(browser.text("section[aria-labelledby='h-who']").await.contains("Everyone who touched the records"));
    browser.find("input[name='who']").await.click().await.expect("ticked");
    browser.click("section[aria-labelledby='h-who'] footer button").await;
    assert_eq!(browser.text("#toasts").await, "Cases taken up", "{}", browser.text(".errsum").await);
    let end = browser.text("section[aria-labelledby='h-end']").await;
    assert!(end.contains("then end the review") && !browser.has("#memo").await, "{end}");

    portal.database.sql(DECIDE).await;
    browser.go(&review).await;
    choose(&browser, "#outcome", "nothing_improper").await;
    browser.click("form[action$='/ending'] button").await;
    assert!(browser.text(".errsum").await.contains("Write what was looked at"));
    write(&browser, "#memo", "Everyone listed had the patient in their care.").await;
    browser.click("form[action$='/ending'] button").await;
    assert_eq!(browser.text("#toasts").await, "Review ended");
    assert!(browser.text("section[aria-labelledby='h-end']").await.contains("had the patient in their care"));

    browser.go(&complaint).await;
    choose(&browser, "#disposition", "not_substantiated").await;
    write(&browser, "#statement", "The patient was told by letter.").await;
    browser.click("form[action$='/disposition'] button").await;
    assert_eq!(browser.text("#toasts").await, "Disposition recorded");
    assert!(browser.text("main .head").await.contains("Not substantiated"));
    browser.quit().await;
}
