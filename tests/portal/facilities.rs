//! Facilities over HTTP: an administrator creates, a manager changes, a coordinator reads their own.

use crate::fixtures::*;
use crate::harness::{TestPortal, told};

const WEST: [(&str, &str); 5] = [
    ("name", "West Clinic"),
    ("site_code", "west"),
    ("time_zone", "America/New_York"),
    ("owner", "01990000-0000-7000-8000-000000000201"),
    ("networks", "10.40.1.9/16\n2001:db8::/32"),
];

#[actix_web::test]
async fn an_administrator_creates_a_facility_and_its_departments() {
    let portal = TestPortal::start().await;
    let admin = portal.as_role("admin").await;
    assert_eq!(admin.get("/facilities/new").await.status, 200);
    let created = admin.post("/facilities", &WEST).await;
    assert_eq!(
        (created.status, told(&portal.events(created.request_id()).await).as_str()),
        (303, "facility.form.read facility.create"),
        "{}",
        created.body
    );
    let path = created.location().to_owned();
    let page = admin.get(&path).await;
    for words in ["West Clinic", "WEST", "10.40.0.0/16", "2001:db8::/32", "Facility saved"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let add = async |name: &str, opens: &str, closes: &str| {
        admin
            .post(
                &format!("{path}/departments"),
                &[("department_name", name), ("opens_at", opens), ("closes_at", closes)],
            )
            .await
    };
    assert_eq!(add("Emergency", "", "").await.status, 303, "another facility's Emergency is not this one's");
    assert_eq!(add("Billing", "08:00", "17:00").await.status, 303);
    let twice = add("Billing", "08:00", "17:00").await;
    assert_eq!(twice.status, 422);
    assert!(twice.body.contains("has a department of this name already") && twice.body.contains("value=\"Billing\""));
    let half = add("Pharmacy", "08:00", "").await;
    assert!(half.status == 422 && half.body.contains("Enter both times"));
    let page = admin.get(&path).await;
    assert!(page.body.contains("08:00 to 17:00") && page.body.contains("Round the clock"));
}

#[actix_web::test]
async fn what_cannot_be_used_comes_back_with_everything_typed() {
    let portal = TestPortal::start().await;
    let admin = portal.as_role("admin").await;
    let answer = admin
        .post(
            "/facilities",
            &[("name", "East"), ("site_code", "E AST"), ("time_zone", "EST5"), ("owner", ""), ("networks", "here")],
        )
        .await;
    assert_eq!(answer.status, 422);
    for words in [
        "Enter 1 to 12 letters",
        "Enter a time zone such as",
        "Choose who answers for privacy",
        "Line 1 is not a network",
        "value=\"E AST\"",
        ">here<",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let mut taken = WEST;
    taken[1].1 = "CEDAR";
    let answer = admin.post("/facilities", &taken).await;
    assert!(answer.status == 422 && answer.body.contains("Another facility has this site code"), "{}", answer.body);
}

#[actix_web::test]
async fn a_manager_changes_a_facility_and_a_coordinator_reads_their_own() {
    let portal = TestPortal::start().await;
    let manager = portal.as_role("manager").await;
    let path = format!("/facilities/{FACILITY_A}");
    let mut changed = WEST;
    changed[0].1 = "Cedar Hill Medical Center";
    changed[1].1 = "CEDAR";
    let answer = manager.post(&path, &changed).await;
    assert_eq!(
        (answer.status, told(&portal.events(answer.request_id()).await).as_str()),
        (303, "facility.read facility.update"),
        "{}",
        answer.body
    );
    assert_eq!(
        portal.value::<String>(&format!("SELECT name FROM portal.facilities WHERE id = '{FACILITY_A}'")).await,
        "Cedar Hill Medical Center"
    );
    let hours = [
        ("department", "01990000-0000-7000-8000-000000000111"),
        ("department_name", "Emergency room"),
        ("opens_at", "06:00"),
        ("closes_at", "22:00"),
    ];
    assert_eq!(manager.post(&format!("{path}/departments"), &hours).await.status, 303);
    let foreign = manager.post(&format!("/facilities/{FACILITY_B}/departments"), &hours).await;
    assert_eq!(foreign.status, 404, "a department is its own facility's");
    let coordinator = portal.as_role("coordinator_a").await;
    let list = coordinator.get("/facilities").await;
    assert!(list.body.contains("Cedar Hill Medical Center") && !list.body.contains("Dunmore Clinic"));
    let page = coordinator.get(&path).await;
    assert!(page.body.contains("Emergency room") && page.body.contains("06:00 to 22:00"));
    assert!(!page.body.contains("<button class=\"btn pri\">Save facility"), "no button the role lacks");
}
