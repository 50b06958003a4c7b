//! Accounts in the hand: asking for one, two people granting a role, and a second factor from setting it up to the next
//! sign-in. Keyboard alone, and once without JavaScript.

use hipaa_auditor::auth::totp::SharedSecret;
use hipaa_auditor::clock;
use hipaa_auditor::demo::PASSWORD;
use thirtyfour::prelude::Key;

use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

const NEW_PASSWORD: &str = "quorum lantern oboe fjord";

async fn fill(browser: &Chromium, fields: &[(&str, &str)]) {
    for (field, text) in fields {
        browser.tab_to(field).await;
        browser.press(*text).await;
    }
}

async fn become_person(browser: &Chromium, username: &str, password: &str) {
    browser.forget_cookies().await;
    path::sign_in(browser, username, password).await;
}

/// From the public form to signing in, and from an administrator's wish to a role that counts.
async fn asks_and_is_let_in(browser: &Chromium) {
    browser.go("/sign-in").await;
    browser.enter("a[href='/sign-up']").await;
    fill(
        browser,
        &[
            ("#full_name", "Winifred Ashdown"),
            ("#email", "winifred@northfield.example"),
            ("#username", "winifred"),
            ("#password", "password1234"),
            ("#password_again", "password1234"),
        ],
    )
    .await;
    browser.enter("form button.pri").await;
    assert!(browser.text("#password-e").await.contains("too easy to guess"));
    assert_eq!(browser.value("#full_name").await, "Winifred Ashdown", "what was typed is kept");
    fill(browser, &[("#password", NEW_PASSWORD), ("#password_again", NEW_PASSWORD)]).await;
    browser.enter("form button.pri").await;
    assert_eq!(browser.text("h1").await, "Request received");

    become_person(browser, "manager", PASSWORD).await;
    browser.enter(".side a[href='/settings/accounts']").await;
    browser.enter("#sign-ups a").await;
    browser.tab_to("input[name='person'][value='new']").await;
    browser.press(" ").await;
    browser.enter("form[action$='/approval'] button").await;
    browser.wait_for_text("Request approved").await;
    assert_eq!(browser.text("h1").await, "Winifred Ashdown");
    let account = browser.path().await;

    become_person(browser, "winifred", NEW_PASSWORD).await;
    assert!(browser.text(".side .who").await.contains("Workforce member"));

    become_person(browser, "admin", PASSWORD).await;
    browser.go(&account).await;
    browser.tab_to("#role").await;
    browser.press("Privacy coordinator").await;
    browser.tab_to("input[name='all']").await;
    browser.press(" ").await;
    browser.enter("section[aria-labelledby='h-role'] button").await;
    browser.wait_for_text("Waiting for a second person").await;
    assert!(browser.has("form[action$='/withdrawal']").await && !browser.has("form[action$='/approval']").await);

    become_person(browser, "manager", PASSWORD).await;
    browser.go(&account).await;
    assert!(browser.text("#waiting").await.contains("Role: Privacy coordinator, All facilities"));
    browser.enter("form[action$='/approval'] button").await;
    browser.wait_for_text("Approved; it counts now").await;

    become_person(browser, "winifred", NEW_PASSWORD).await;
    assert!(browser.text(".side .who").await.contains("Privacy coordinator"));
    assert!(browser.has(".side a[href='/access-logs']").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_asks_for_an_account_and_two_people_make_them_a_coordinator() {
    let portal = Portal::start().await;
    let browser = Chromium::start(&portal.base).await;
    asks_and_is_let_in(&browser).await;
    browser.quit().await;
}

fn code(secret: &str, steps: i64) -> String {
    let at = u64::try_from(clock::now().timestamp() + 30 * steps).expect("after 1970");
    SharedSecret::of_text(secret).expect("base32").code_at(at)
}

async fn second_factor(browser: &Chromium) {
    path::sign_in(browser, "field_staff", PASSWORD).await;
    browser.click(".side a[href='/settings/account']").await;
    browser.click("main a[href='/settings/account/second-factor']").await;
    browser.find("#current").await.send_keys(PASSWORD).await.expect("typed");
    browser.click("form.card button.pri").await;
    assert!(browser.has("svg.qr path").await);
    let secret = browser.text("#secret").await;
    browser.find("#code").await.send_keys("12345").await.expect("typed");
    browser.click("form.card button.pri").await;
    assert!(browser.text("#code-e").await.contains("not right"));
    assert_eq!(browser.text("#secret").await, secret, "the same secret again");
    browser.find("#code").await.send_keys(code(&secret, -1)).await.expect("typed");
    browser.click("form.card button.pri").await;
    assert_eq!(browser.text("h1").await, "Keep these recovery codes");
    let recovery = browser.text("#codes li:first-child code").await;
    let another = browser.text("#codes li:nth-child(2) code").await;

    for proof in [code(&secret, 0), recovery] {
        browser.forget_cookies().await;
        path::try_to_sign_in(browser, "field_staff", PASSWORD).await;
        assert_eq!(browser.text("h1").await, "One more step");
        browser.tab_to("#code").await;
        browser.press(proof).await;
        browser.turning(browser.press_key(Key::Enter)).await;
        browser.wait_for(".side form[action='/sign-out']").await;
    }
    moves_to_another_phone(browser, &another).await;
}

/// The old phone is gone: a recovery code lets the new one in.
async fn moves_to_another_phone(browser: &Chromium, recovery: &str) {
    browser.go("/settings/account/second-factor").await;
    browser.click("main a[href$='/replacement']").await;
    browser.find("#current").await.send_keys(PASSWORD).await.expect("typed");
    browser.find("#code").await.send_keys(recovery).await.expect("typed");
    browser.click("form.card button.pri").await;
    let secret = browser.text("#secret").await;
    browser.find("#code").await.send_keys(code(&secret, -1)).await.expect("typed");
    browser.click("form.card button.pri").await;
    assert_eq!(browser.text("h1").await, "Keep these recovery codes");
    browser.click("main a.pri").await;
    assert!(browser.text("section[aria-labelledby='h-factor']").await.contains("10 recovery codes are left"));

    browser.forget_cookies().await;
    path::try_to_sign_in(browser, "field_staff", PASSWORD).await;
    browser.tab_to("#code").await;
    browser.press(code(&secret, 0)).await;
    browser.turning(browser.press_key(Key::Enter)).await;
    browser.wait_for(".side form[action='/sign-out']").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in() {
    let portal = Portal::start().await;
    let browser = Chromium::without_javascript(&portal.base).await;
    second_factor(&browser).await;
    browser.quit().await;
}
