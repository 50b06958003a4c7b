//! A mapping for an export that nobody knows, by keyboard alone: begun with a sample, refused, corrected with the rows
//! beside it, saved, and used.

use std::path::{Path, PathBuf};

use hipaa_auditor::demo::PASSWORD;
use tempfile::TempDir;
use thirtyfour::prelude::Key;

use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

/// Two columns that say what they are, two that do not, US times, one row without a user.
const SAMPLE: &str = "Seen At;Staff;MRN;Department\n\
    11/19/2026 14:05:09;dmarsh;4711001;Emergency\n\
    11/19/2026 14:06:09;dmarsh;4711002;Emergency\n\
    11/19/2026 14:07:09;;4711003;Emergency\n";

/// The sample as a file; it goes with its folder.
pub fn sample() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("charts.csv");
    std::fs::write(&file, SAMPLE).expect("a file");
    (folder, file)
}

/// Begins a draft with the sample.
pub async fn begin(browser: &Chromium, name: &str, file: &Path) {
    browser.go("/imports/mappings/new").await;
    browser.tab_to("#name").await;
    browser.press(name).await;
    browser.tab_to("#file").await;
    browser.find("#file").await.send_keys(file.display().to_string()).await.expect("a file");
    browser.enter("form.card button.pri").await;
    browser.wait_for("#action_at").await;
}

/// Chooses from a list by the letters an option begins with.
async fn choose(browser: &Chromium, selector: &str, label: &str) {
    browser.tab_to(selector).await;
    browser.press(label).await;
    let shown = browser.text(&format!("{selector} option:checked")).await;
    assert!(shown.starts_with(label), "{selector} shows {shown:?}, not {label:?}");
}

/// Says what the file does not say of itself.
pub async fn correct(browser: &Chromium) {
    choose(browser, "#time_format", "03/28").await;
    choose(browser, "#action_at", "Seen").await;
    choose(browser, "#actor_identifier", "Staff").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_is_made_and_corrected_by_keyboard_alone() {
    let portal = Portal::start().await;
    let browser = Chromium::start(&portal.base).await;
    path::sign_in(&browser, "coordinator", PASSWORD).await;
    browser.enter(".side a[href='/imports']").await;
    browser.enter("main a[href='/imports/mappings']").await;
    browser.enter("main .head a.pri").await;
    assert_eq!(browser.path().await, "/imports/mappings/new");
    let (_folder, file) = sample();
    begin(&browser, "Clinic charts", &file).await;
    assert_eq!(browser.value("#patient").await, "MRN", "a column that says what it is");
    assert_eq!(browser.value("#separator").await, "semicolon");

    browser.enter("button[value=save]").await;
    browser.wait_for_focus(".errsum").await;
    assert!(browser.text(".errsum").await.contains("Choose the column of: User login"));
    browser.tab_to(".errsum a[href='#action_at']").await;
    browser.press_key(Key::Enter).await;
    browser.wait_for_focus("#action_at").await;
    correct(&browser).await;
    browser.enter("button[value=preview]").await;
    let shown = browser.text("section[aria-labelledby='h-preview']").await;
    for fact in ["Of 3 rows, 2 can be read and 1 cannot.", "No user login", "Nov 19, 2026 14:05:09 EST", "••••1001"]
    {
        assert!(shown.contains(fact), "{fact}: {shown}");
    }
    assert!(!shown.contains("4711001"), "{shown}");
    browser.enter("button[value=save]").await;
    assert_eq!(browser.text("#toasts").await, "Mapping saved as version 1");
    assert_eq!(browser.text("h1").await, "Clinic charts");
    browser.enter("main .head a[href='/imports/new']").await;
    assert!(browser.text("#source").await.contains("Clinic charts"));
    browser.quit().await;
}
