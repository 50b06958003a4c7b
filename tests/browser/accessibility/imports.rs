//! Imports, what stopped of them, coverage, and mappings with their samples.

use std::path::Path;

use uuid::Uuid;

use super::{Look, Walk};
use crate::demo::Portal;
use crate::mapping;

pub(super) async fn imports(walk: &mut Walk, portal: &Portal) {
    walk.page("imports", "/imports", &[("imports", Look::Light), ("imports-phone", Look::Phone)]).await;
    walk.page("import, new", "/imports/new", &[("import-new", Look::Light), ("import-new-phone", Look::Phone)]).await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("import, not yet right", 422, &[("import-errors", Look::Light)]).await;
    let batch: Uuid = portal.database.value("SELECT id FROM portal.import_batches ORDER BY id DESC LIMIT 1").await;
    walk.page("import", &format!("/imports/{batch}"), &[("import", Look::Light), ("import-phone", Look::Phone)]).await;
    // a coordinator withdraws their own imports only, and the demo's came in by the command line
    walk.become_role("manager").await;
    walk.page("import, to withdraw", &format!("/imports/{batch}/withdraw"), &[("withdraw", Look::Light)]).await;
    walk.browser.click("form.card .btn.dan").await;
    walk.look("import, to withdraw, not yet right", 422, &[("withdraw-errors", Look::Light)]).await;
    what_stopped(walk, portal, batch).await;
    walk.become_role("coordinator").await;
    walk.page("coverage", "/imports/coverage", &[("coverage", Look::Light), ("coverage-phone", Look::Phone)]).await;
    let source: Uuid =
        portal.database.value("SELECT source_id FROM portal.source_days ORDER BY rows DESC LIMIT 1").await;
    let day: String = portal
        .database
        .value(&format!("SELECT max(local_day)::text FROM portal.source_days WHERE source_id = '{source}' AND local_day < current_date"))
        .await;
    walk.page(
        "a day to explain",
        &format!("/imports/coverage/{source}/{day}"),
        &[("explain", Look::Light), ("explain-phone", Look::Phone)],
    )
    .await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("a day to explain, not yet right", 422, &[("explain-errors", Look::Light)]).await;
    walk.refused("import, nowhere", &format!("/imports/{}", Uuid::nil()), 404, &[]).await;
}

pub(super) async fn mappings(walk: &mut Walk, portal: &Portal) {
    walk.page("mappings", "/imports/mappings", &[("mappings", Look::Light), ("mappings-phone", Look::Phone)]).await;
    let source: Uuid = portal.database.value("SELECT id FROM portal.sources ORDER BY id LIMIT 1").await;
    walk.page("mapping of a source", &format!("/imports/mappings/{source}"), &[("mapping-of-source", Look::Light)])
        .await;
    walk.page("mapping, new", "/imports/mappings/new", &[("mapping-new", Look::Light)]).await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("mapping, not yet begun", 422, &[("mapping-new-errors", Look::Light)]).await;
    without_a_sample(walk, source).await;
    let (_folder, file) = mapping::sample();
    of_a_refused_upload(walk, &file).await;
    mapping::begin(&walk.browser, "Clinic charts", &file).await;
    walk.look("mapping, draft", 200, &[("mapping-draft", Look::Light), ("mapping-draft-phone", Look::Phone)]).await;
    walk.browser.click("button[value=save]").await;
    walk.look("mapping, not yet right", 422, &[("mapping-errors", Look::Light), ("mapping-errors-dark", Look::Dark)])
        .await;
    mapping::correct(&walk.browser).await;
    walk.browser.click("button[value=preview]").await;
    walk.look("mapping, rows shown", 200, &[("mapping-preview", Look::Light), ("mapping-preview-dark", Look::Dark)])
        .await;
    walk.browser.click("button[value=save]").await;
    walk.look("mapping, saved", 200, &[("mapping-source", Look::Light)]).await;
    mapping::begin(&walk.browser, "Ward charts", &file).await;
    for waiting in std::fs::read_dir(portal.spool.path().join("samples")).expect("samples").flatten() {
        std::fs::remove_file(waiting.path()).expect("a day has passed");
    }
    let draft = walk.browser.path().await;
    walk.page("mapping, the sample is gone", &draft, &[]).await;
}

/// An import and a withdrawal that an error stopped, as whoever may take them up again sees them.
async fn what_stopped(walk: &mut Walk, portal: &Portal, batch: Uuid) {
    let becomes = |what: &str| format!("UPDATE portal.import_batches SET {what} WHERE id = '{batch}'");
    let report = format!("/imports/{batch}");
    std::fs::write(hipaa_auditor::spool::path(portal.spool.path(), batch), "it waits").expect("a file");
    portal.database.sql(&becomes("state = 'failed', failure_code = 'database_error', updated_at = now()")).await;
    walk.page("import, to try again", &report, &[("import-failed", Look::Light), ("import-failed-phone", Look::Phone)])
        .await;
    assert!(walk.browser.has("form[action$='/retry']").await);
    portal
        .database
        .sql(&becomes(
            "state = 'withdrawing', failure_code = NULL, withdrawal_reason = 'wrong_file', withdrawn_at = now(),
             withdrawn_by = (SELECT id FROM portal.people WHERE username = 'manager')",
        ))
        .await;
    walk.page("withdrawal, to try again", &report, &[("withdrawal-stopped", Look::Light)]).await;
    assert!(walk.browser.has("form[action$='/retry']").await);
    portal
        .database
        .sql(&becomes("state = 'complete', withdrawal_reason = NULL, withdrawn_at = NULL, withdrawn_by = NULL"))
        .await;
}

/// A draft that began with the mapping that is there, and a sample that was not chosen.
async fn without_a_sample(walk: &mut Walk, source: Uuid) {
    walk.browser.go(&format!("/imports/mappings/new?source={source}")).await;
    walk.browser.ask("document.querySelector('#begin').value = 'current'").await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("mapping, draft without a sample", 200, &[("mapping-no-sample", Look::Light)]).await;
    walk.browser.click("button[value=sample]").await;
    walk.look("mapping, no sample chosen", 422, &[("mapping-sample-error", Look::Light)]).await;
}

/// An import whose header does not fit, and the mapping that begins with its file.
async fn of_a_refused_upload(walk: &mut Walk, file: &Path) {
    walk.browser.go("/imports/new").await;
    walk.browser.ask("document.querySelector('#source').selectedIndex = 1").await;
    let file = file.display().to_string();
    walk.browser.find("#file").await.send_keys(file).await.expect("a file");
    walk.browser.click("form.card .btn.pri").await;
    walk.look("import, a header that does not fit", 422, &[("import-refused", Look::Light)]).await;
    walk.browser.click(".alert a[href^='/imports/mappings/new']").await;
    walk.look("mapping, new, with the refused file", 200, &[]).await;
}
