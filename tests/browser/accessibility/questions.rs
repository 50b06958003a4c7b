//! The pages of questions: for whoever is asked, and for the office that asks.

use uuid::Uuid;

use super::{Look, Walk};
use crate::chromium::Chromium;
use crate::demo::Portal;
use crate::path;

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_questions_has_an_accessibility_violation() {
    let portal = Portal::start().await;
    let mut walk = Walk::begin(Chromium::start(&portal.base).await);
    office(&mut walk, &portal).await;
    asked(&mut walk, &portal).await;
    walk.finish();
    walk.browser.quit().await;
}

/// A case of somebody who was asked, in a state.
async fn case(portal: &Portal, state: &str) -> (Uuid, Uuid) {
    let found: String = portal
        .database
        .value(&format!(
            "SELECT case_id || ' ' || id FROM portal.questions WHERE state = '{state}' ORDER BY due_on LIMIT 1"
        ))
        .await;
    let (case, question) = found.split_once(' ').expect("two ids");
    (case.parse().expect("an id"), question.parse().expect("an id"))
}

async fn office(walk: &mut Walk, portal: &Portal) {
    walk.become_role("manager").await;
    let (overdue, question) = case(portal, "open").await;
    walk.page(
        "queue, overdue",
        &format!("/access-logs?view=overdue&open={overdue}"),
        &[("questions-queue", Look::Light)],
    )
    .await;
    let page = format!("/access-logs/cases/{overdue}");
    walk.page("case, asked", &page, &[("question-case", Look::Light), ("question-case-phone", Look::Phone)]).await;
    let phone = format!("{page}/questions/{question}/phone");
    walk.page(
        "answer by phone",
        &phone,
        &[("question-by-phone", Look::Light), ("question-by-phone-phone", Look::Phone)],
    )
    .await;
    path::post(&walk.browser, &phone, &[("answer", "")]).await;
    walk.look("answer by phone, not yet right", 422, &[]).await;
    let ask = format!("{page}/question");
    walk.page(
        "ask",
        &ask,
        &[("question-ask", Look::Light), ("question-ask-dark", Look::Dark), ("question-ask-phone", Look::Phone)],
    )
    .await;
    path::post(&walk.browser, &ask, &[("to", "person"), ("confidential", "yes")]).await;
    walk.look("ask, not yet right", 422, &[("question-ask-errors", Look::Light)]).await;
    let (answered, question) = case(portal, "answered").await;
    walk.page("case, answered", &format!("/access-logs/cases/{answered}"), &[("question-case-answered", Look::Light)])
        .await;
    walk.refused(
        "answer by phone, too late",
        &format!("/access-logs/cases/{answered}/questions/{question}/phone"),
        409,
        &[],
    )
    .await;
    let decided: Uuid = portal
        .database
        .value("SELECT id FROM portal.review_cases WHERE disposition IS NOT NULL AND person_id IS NOT NULL LIMIT 1")
        .await;
    walk.refused(
        "ask, decided",
        &format!("/access-logs/cases/{decided}/question"),
        409,
        &[("question-ask-decided", Look::Light)],
    )
    .await;
    walk.page("questions to me, none", "/questions", &[("questions-none", Look::Light)]).await;
    walk.page("questions to me, none earlier", "/questions?view=past", &[]).await;
}

async fn asked(walk: &mut Walk, portal: &Portal) {
    walk.become_role("field_staff").await;
    walk.page("questions to me", "/questions", &[("questions", Look::Light), ("questions-phone", Look::Phone)]).await;
    walk.page("questions to me, earlier", "/questions?view=past", &[("questions-past", Look::Light)]).await;
    let own = |state: &str| {
        format!(
            "SELECT q.id FROM portal.questions q JOIN portal.people p ON p.id = q.addressee_id AND p.username = 'field_staff' WHERE q.state = '{state}'"
        )
    };
    let (open, answered): (Uuid, Uuid) =
        (portal.database.value(&own("open")).await, portal.database.value(&own("answered")).await);
    let page = format!("/questions/{open}");
    walk.page(
        "a question",
        &page,
        &[("question", Look::Light), ("question-dark", Look::Dark), ("question-phone", Look::Phone)],
    )
    .await;
    path::post(&walk.browser, &format!("{page}/answer"), &[("line", "Typed and kept")]).await;
    walk.look("a question, not yet answered", 422, &[("question-errors", Look::Light)]).await;
    walk.page("a question, answered", &format!("/questions/{answered}"), &[("question-answered", Look::Light)]).await;
    path::post(&walk.browser, &format!("/questions/{answered}/answer"), &[("answer", "other"), ("line", "Too late")])
        .await;
    walk.look("a question, answered twice", 409, &[]).await;
    portal.database.sql(&format!("UPDATE portal.questions SET state = 'withdrawn' WHERE id = '{open}'")).await;
    walk.page("a question, withdrawn", &page, &[("question-withdrawn", Look::Light)]).await;
}
