//! The second person's pages: what waits, with the first decision in view and blind, what came of it, and who stands in.

use uuid::Uuid;

use super::{Look, Walk};
use crate::demo::Portal;
use crate::path;

/// A case that would close at once, which both managers may decide.
const ORDINARY: &str = "SELECT c.id || ' ' || c.version FROM portal.review_cases c
  WHERE c.decided_at IS NULL AND c.state = 'unassigned' AND c.risk IN ('low', 'medium') AND c.person_id IS NOT NULL AND c.withdrawn_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM portal.case_flags f WHERE f.case_id = c.id AND f.rule_code IN ('watch_list', 'reported_by_person'))
  ORDER BY c.number LIMIT 1";
const WAITING: &str = "SELECT s.case_id FROM portal.second_reviews s JOIN portal.people p ON p.username = 'manager2'
  WHERE s.outcome IS NULL AND s.kind = 'required' AND s.first_by <> p.id ORDER BY s.first_at LIMIT 1";

pub async fn second_reviews(walk: &mut Walk, portal: &Portal) {
    let case: Uuid = portal.database.value(WAITING).await;
    let one = format!("/access-logs/cases/{case}");
    walk.page(
        "queue, second review",
        &format!("/access-logs?view=second_review&open={case}"),
        &[("second-queue", Look::Light)],
    )
    .await;
    walk.page("queue, conflicts", "/access-logs?view=conflicts", &[("second-conflicts", Look::Light)]).await;
    walk.page("second review", &one, &[("second-case", Look::Light), ("second-case-phone", Look::Phone)]).await;
    let version: i32 =
        portal.database.value(&format!("SELECT version FROM portal.review_cases WHERE id = '{case}'")).await;
    path::post(
        &walk.browser,
        &format!("{one}/second-review"),
        &[("version", &version.to_string()), ("verdict", "own")],
    )
    .await;
    walk.look("second review, not yet right", 422, &[("second-case-errors", Look::Light)]).await;
    a_blind_one(walk, portal).await;
    walk.page(
        "agreement",
        "/access-logs/agreement",
        &[("agreement", Look::Light), ("agreement-dark", Look::Dark), ("agreement-phone", Look::Phone)],
    )
    .await;
    walk.page("agreement, nothing", "/access-logs/agreement?from=2099-01-01", &[]).await;
    walk.page(
        "second reviews",
        "/access-logs/second-reviews",
        &[("second-list", Look::Light), ("second-list-phone", Look::Phone)],
    )
    .await;
    walk.page("second reviews, none", "/access-logs/second-reviews?from=2099-01-01", &[]).await;
    walk.page("alternates", "/settings/review", &[("alternates", Look::Light), ("alternates-phone", Look::Phone)])
        .await;
}

/// Decided by one manager, drawn, and looked at by the other.
async fn a_blind_one(walk: &mut Walk, portal: &Portal) {
    portal
        .database
        .sql("BEGIN; SET LOCAL session_replication_role = replica; UPDATE portal.sample_seeds SET share = 100; COMMIT")
        .await;
    let row: String = portal.database.value(ORDINARY).await;
    let (case, version) = row.split_once(' ').expect("an id and a version");
    walk.become_role("manager").await;
    let fields = [("version", version), ("disposition", "appropriate"), ("reason", "care_team")];
    path::post(&walk.browser, &format!("/access-logs/cases/{case}/decision"), &fields).await;
    walk.browser.wait_for_text("decided").await;
    walk.page(
        "a case of the sample, to who decided it",
        &format!("/access-logs/cases/{case}"),
        &[("blind-decided", Look::Light)],
    )
    .await;
    walk.become_role("manager2").await;
    walk.page(
        "blind review",
        &format!("/access-logs/cases/{case}"),
        &[("blind-case", Look::Light), ("blind-case-dark", Look::Dark)],
    )
    .await;
}
