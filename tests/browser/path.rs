//! The main job from end to end, with the hand a person has: the keyboard alone, or clicks without JavaScript.

use hipaa_auditor::demo::PASSWORD;
use thirtyfour::prelude::Key;

use crate::chromium::{Chromium, quoted};

/// Types into the sign-in form and sends it.
pub async fn try_to_sign_in(browser: &Chromium, username: &str, password: &str) {
    browser.go("/sign-in").await;
    browser.tab_to("#username").await;
    browser.press(username).await;
    browser.press_key(Key::Tab).await;
    browser.press(password).await;
    browser.turning(browser.press_key(Key::Enter)).await;
}

/// Signs in with the keyboard.
pub async fn sign_in(browser: &Chromium, username: &str, password: &str) {
    try_to_sign_in(browser, username, password).await;
    browser.wait_for(".side form[action='/sign-out']").await;
}

/// Sends a form that the page does not have.
pub async fn post(browser: &Chromium, path: &str, fields: &[(&str, &str)]) {
    let fields = serde_json::to_string(fields).expect("pairs");
    let script = format!(
        "const form = document.createElement('form');
         form.method = 'post'; form.action = {};
         for (const [name, value] of {fields}) {{
           const input = document.createElement('input');
           input.type = 'hidden'; input.name = name; input.value = value; form.append(input);
         }}
         document.body.append(form); form.submit();",
        quoted(path)
    );
    browser.turning(browser.ask(&script)).await;
}

/// Fills the form of a finding; the owner is the first there is.
pub async fn write_finding(browser: &Chromium, title: &str) {
    browser.tab_to("#title").await;
    browser.press(title).await;
    browser.tab_to("#owner").await;
    browser.press_key(Key::Down).await;
}

#[allow(dead_code)]
const _: &str = PASSWORD;
