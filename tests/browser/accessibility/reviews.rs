//! Reviews, complaints and the watch list: empty, filled, not yet right, with an end.

use uuid::Uuid;

use super::{Look, Picture, Walk};
use crate::demo::Portal;
use crate::path;
use crate::reviews::PATIENT;

pub async fn reviews(walk: &mut Walk, portal: &Portal) {
    const SHOWN: &[Picture] = &[("review", Look::Light), ("review-dark", Look::Dark), ("review-phone", Look::Phone)];
    walk.page("reviews, none", "/reviews", &[("reviews-none", Look::Light)]).await;
    walk.page("complaints, none", "/complaints", &[("complaints-none", Look::Light)]).await;
    let patient: Uuid = portal.database.value(PATIENT).await;
    let complaint = a_complaint(walk, patient).await;
    let new = format!("/reviews/new?complaint={}", complaint.rsplit('/').next().unwrap_or_default());
    walk.page("review, new", &new, &[("review-new", Look::Light), ("review-new-phone", Look::Phone)]).await;
    walk.browser.find("#from").await.clear().await.expect("empty");
    walk.browser.click("form.card .btn.pri").await;
    walk.look("review, not yet right", 422, &[("review-new-errors", Look::Light)]).await;
    walk.browser.go(&new).await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("review", 200, SHOWN).await;
    let review = walk.browser.path().await;
    path::post(&walk.browser, &format!("{review}/cases"), &[("version", "1")]).await;
    walk.look("review, nobody ticked", 422, &[("review-errors", Look::Light)]).await;
    walk.browser.go(&review).await;
    walk.browser.find("input[name='who']").await.click().await.expect("ticked");
    walk.browser.click("section[aria-labelledby='h-who'] footer button").await;
    walk.look("review with cases", 200, &[("review-cases", Look::Light), ("review-cases-phone", Look::Phone)]).await;
    walk.page("complaint under review", &complaint, &[("complaint", Look::Light), ("complaint-phone", Look::Phone)])
        .await;
    path::post(
        &walk.browser,
        &format!("{complaint}/disposition"),
        &[("version", "1"), ("disposition", "referred"), ("statement", "Sent on.")],
    )
    .await;
    walk.look("complaint, somebody else was first", 409, &[("complaint-conflict", Look::Light)]).await;
    a_review_that_ends(walk, patient).await;
    walk.page("reviews", "/reviews", &[("reviews", Look::Light), ("reviews-phone", Look::Phone)]).await;
    walk.page("reviews, ended", "/reviews?view=ended", &[("reviews-ended", Look::Light)]).await;
    walk.page("complaints", "/complaints", &[("complaints", Look::Light), ("complaints-phone", Look::Phone)]).await;
    walk.page("watch list", "/watch-list", &[("watch-list", Look::Light), ("watch-list-phone", Look::Phone)]).await;
    walk.page(
        "patient, with ways to look further",
        &format!("/patients/{patient}"),
        &[("patient-review", Look::Light), ("patient-review-phone", Look::Phone)],
    )
    .await;
}

/// Refused first, then recorded; its path.
async fn a_complaint(walk: &mut Walk, patient: Uuid) -> String {
    let new = format!("/complaints/new?patient={patient}");
    walk.page("complaint, new", &new, &[("complaint-new", Look::Light), ("complaint-new-phone", Look::Phone)]).await;
    walk.browser.click("form.card .btn.pri").await;
    walk.look("complaint, not yet right", 422, &[("complaint-errors", Look::Light)]).await;
    for (field, value) in [("channel", "letter"), ("complainant", "representative"), ("kind", "impermissible_access")] {
        walk.browser.find(&format!("#{field} option[value='{value}']")).await.click().await.expect("chosen");
    }
    walk.browser.find("#details").await.send_keys("Heard at work what only the ward knew.").await.expect("typed");
    walk.browser.click("form.card .btn.pri").await;
    walk.look("complaint", 200, &[("complaint-fresh", Look::Light)]).await;
    walk.browser.path().await
}

/// One of a patient that needs no case, with its memo.
async fn a_review_that_ends(walk: &mut Walk, patient: Uuid) {
    walk.browser.go(&format!("/reviews/new?patient={patient}")).await;
    walk.browser.find("#reason option[value='concern']").await.click().await.expect("chosen");
    walk.browser.click("form.card .btn.pri").await;
    walk.browser.find("#outcome option[value='could_not_determine']").await.click().await.expect("chosen");
    walk.browser
        .find("#memo")
        .await
        .send_keys("The schedules of that month are gone, so that nobody can say who was on duty.")
        .await
        .expect("typed");
    walk.browser.click("form[action$='/ending'] button").await;
    walk.look("review, ended", 200, &[("review-ended", Look::Light), ("review-ended-phone", Look::Phone)]).await;
}
