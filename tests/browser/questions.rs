//! A question in the hand: somebody of the workforce answers it on a phone, without JavaScript, and the office reads it.

use hipaa_auditor::demo::PASSWORD;
use uuid::Uuid;

use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

/// Nothing is wider than the phone.
async fn fits(browser: &Chromium) {
    let wide = browser.ask("return document.scrollingElement.scrollWidth - innerWidth").await;
    assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{} scrolls sideways by {wide}", browser.path().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workforce_member_answers_a_question_on_a_phone_without_javascript() {
    let portal = Portal::start().await;
    let browser = Chromium::without_javascript(&portal.base).await;
    browser.screen(390, 844).await;
    browser.go("/sign-in").await;
    browser.find("#username").await.send_keys("field_staff").await.expect("typed");
    browser.find("#password").await.send_keys(PASSWORD).await.expect("typed");
    browser.click("form button.pri").await;

    browser.find(".mobbar summary").await.click().await.expect("the menu opens");
    assert!(browser.text(".mobmenu a[href='/questions'] .n").await.starts_with('1'), "one waits");
    browser.click(".mobmenu a[href='/questions']").await;
    assert!(browser.text(".head .sub").await.starts_with("1 question waits"), "{}", browser.text(".head .sub").await);
    fits(&browser).await;
    browser.click("#rows a").await;
    let question = browser.path().await;
    assert!(browser.text("main").await.contains("What was your role in this patient’s care?"));
    fits(&browser).await;

    browser.find("#line").await.send_keys("Rounds on the ward, every other day").await.expect("typed");
    browser.click("form[action$='/answer'] button.pri").await;
    assert!(browser.text(".errsum").await.contains("Choose an answer"));
    assert_eq!(browser.value("#line").await, "Rounds on the ward, every other day", "what was typed is kept");
    let choice = browser.find("input[name='answer'][value='covering']").await;
    choice.click().await.expect("chosen");
    fits(&browser).await;
    browser.click("form[action$='/answer'] button.pri").await;
    assert_eq!(browser.path().await, question);
    assert!(browser.text("#toasts").await.contains("Answer sent"), "{}", browser.text("#toasts").await);
    assert!(browser.text("section[aria-labelledby='h-answer']").await.contains("I was covering or on call"));
    assert!(!browser.has("form[action$='/answer']").await, "it is sealed");
    browser.find("#remark").await.send_keys("With the locum").await.expect("typed");
    browser.click("form[action$='/remarks'] button").await;
    assert!(browser.text("section[aria-labelledby='h-answer']").await.contains("With the locum"));
    fits(&browser).await;

    let id: Uuid = question.rsplit('/').next().and_then(|id| id.parse().ok()).expect("its id");
    let case: Uuid = portal.database.value(&format!("SELECT case_id FROM portal.questions WHERE id = '{id}'")).await;
    browser.forget_cookies().await;
    browser.screen(1440, 900).await;
    path::sign_in(&browser, "manager", PASSWORD).await;
    browser.go(&format!("/access-logs/cases/{case}")).await;
    let asked = browser.text("section[aria-labelledby='h-questions']").await;
    assert!(asked.contains("I was covering or on call") && asked.contains("With the locum"), "{asked}");
    assert!(browser.text("main .head").await.contains("In review"), "the case is the office's again");
    browser.quit().await;
}
