//! What a word of a roster's file was said to mean can be taken back, by whoever may say it.

use crate::fixtures::*;
use crate::harness::{Answer, Browser, told};

use super::{AS_RECORDED, planned, portal, say};

/// Says of a plan's word that it means nothing yet.
async fn take_back(browser: &Browser, path: &str, control: &str, word: &str) -> Answer {
    browser.post(&format!("{path}/words"), &[(control, "nothing"), (&format!("word-{control}"), word)]).await
}

#[actix_web::test]
async fn a_facilitys_word_is_taken_back_and_asked_anew_by_this_plan_and_the_next() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let lines = [AS_RECORDED[1], "E-9008,Philippa Zellweger,,Main Campus,Emergency,Registrar,E-9000,,,active"];
    let (path, page) = planned(&manager, &lines).await;
    assert!(page.body.contains("Facility “Main Campus”</label>"), "{}", page.body);
    assert_eq!(take_back(&manager, &path, "meaning-0", "Main Campus").await.status, 422, "it means nothing as it is");
    assert_eq!(say(&manager, &path, &[("meaning-0", "Main Campus", FACILITY_A)]).await.status, 303);
    let page = manager.get(&path).await;
    assert!(page.body.contains("Nobody would change, 2 unchanged."), "{}", page.body);
    assert!(page.body.contains("<option value=\"nothing\">Nothing yet</option>"), "{}", page.body);
    let coordinator = portal.as_role("coordinator_a").await;
    let (theirs, _) = planned(&coordinator, &lines[1..]).await;
    assert_eq!(
        take_back(&coordinator, &theirs, "meaning-0", "Main Campus").await.status,
        403,
        "it holds for everybody"
    );

    assert_eq!(take_back(&manager, &path, "meaning-0", "Other Campus").await.status, 422, "another question's answer");
    let back = take_back(&manager, &path, "meaning-0", "Main Campus").await;
    assert_eq!(
        (back.status, told(&portal.events(back.request_id()).await).as_str()),
        (303, "roster.read roster.word.create"),
        "{}",
        back.body
    );
    let page = manager.get(&path).await;
    assert!(page.body.contains("Facility “Main Campus”</label>"), "it is a question again: {}", page.body);
    assert!(page.body.contains("No facility has this name or site code"), "{}", page.body);
    let (_, next) = planned(&manager, &lines).await;
    assert!(next.body.contains("Facility “Main Campus”</label>"), "and is to the next file: {}", next.body);
    let said: Vec<bool> = portal
        .value(
            "SELECT array_agg(taken_back ORDER BY created_at, id) FROM portal.roster_words WHERE word = 'main campus'",
        )
        .await;
    assert_eq!(said, [false, true], "what was said before stays recorded");
    assert_eq!(say(&manager, &path, &[("meaning-0", "Main Campus", FACILITY_A)]).await.status, 303);
    assert!(manager.get(&path).await.body.contains("Nobody would change, 2 unchanged."), "and can be said again");
}

#[actix_web::test]
async fn a_departments_word_is_taken_back_in_its_facility_alone() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let coordinator = portal.as_role("coordinator_a").await;
    let lines = [
        "E-9011,Ezequiel Castellanos,,DUNMORE,ED,Physician,E-9000,,,active",
        AS_RECORDED[1],
        "E-9008,Philippa Zellweger,,CEDAR,ED,Registrar,E-9000,,,active",
    ];
    let (path, _) = planned(&manager, &lines).await;
    let both = [("meaning-0", "ED", DEPARTMENT_A), ("meaning-1", "ED", DEPARTMENT_B)];
    assert_eq!(say(&manager, &path, &both).await.status, 303);
    assert!(manager.get(&path).await.body.contains("Nobody would change, 3 unchanged."));

    let (theirs, page) = planned(&coordinator, &lines[2..]).await;
    assert!(page.body.contains("Department “ED” of Cedar Hill Hospital is</label>"), "{}", page.body);
    let back = take_back(&coordinator, &theirs, "meaning-0", "ED").await;
    assert_eq!(back.status, 303, "{}", back.body);
    let page = coordinator.get(&theirs).await;
    assert!(page.body.contains("Department “ED” of Cedar Hill Hospital</label>"), "{}", page.body);
    assert!(page.body.contains("(new department)"), "{}", page.body);
    let (_, page) = planned(&manager, &lines).await;
    assert!(page.body.contains("Department “ED” of Dunmore Clinic is</label>"), "the other one stands: {}", page.body);
    assert!(page.body.contains("Department “ED” of Cedar Hill Hospital</label>"), "{}", page.body);
}
