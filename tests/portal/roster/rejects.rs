//! Lines of a roster that cannot be read: whoever stands on one is in the file, and one that may be anybody's leaves nobody
//! missing from it. The plan says which lines, and why.

use uuid::Uuid;

use crate::fixtures::*;
use crate::harness::TestPortal;

use super::{AS_RECORDED, apply, numbers, periods, planned, portal};

const LEFT: [(&str, &str); 2] = [("missing_left", "yes"), ("left_on", "2026-11-10")];

/// The physician's line, with a first day that is none.
const UNREADABLE: &str = "E-9011,Ezequiel Castellanos,,DUNMORE,Billing,Physician,E-9000,soon,,active";

#[actix_web::test]
async fn whose_number_can_be_read_stands_in_the_file_and_who_is_missing_can_still_be_said_to_have_left() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let (path, page) = planned(&manager, &[UNREADABLE, AS_RECORDED[1]]).await;
    for words in [
        "The line cannot be read. First day in this job: The day is not written as the mapping says",
        "<small class=\"id\">E-9011</small>",
        "name=\"missing_left\"",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(page.body.contains(&format!("href=\"/people/{PHYSICIAN_B}\">Ezequiel Castellanos</a>")), "{}", page.body);
    let (missing, _) = numbers(&manager, &path, "?change=missing").await;
    assert_eq!(missing, ["E-9008"], "who stands on a line is not missing");
    let file = manager.get(&format!("{path}.csv?change=problem")).await;
    assert!(file.body.lines().nth(1).is_some_and(|line| line.ends_with(",starts_on,unreadable_day")), "{}", file.body);
    assert_eq!(
        apply(&manager, &path, &page, &LEFT).await.status,
        303,
        "the plan that was kept is the one that is applied"
    );
    assert_eq!(periods(&portal, FIELD_STAFF).await, ["CEDAR Registrar 2021-01-01 2026-11-10"]);
    assert_eq!(periods(&portal, PHYSICIAN_B).await, ["DUNMORE Physician 2020-01-01"], "they still work there");
}

#[actix_web::test]
async fn nobody_is_taken_to_have_left_as_long_as_a_line_may_be_anybodys() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    for (nameless, why) in [
        (",Ezequiel Castellanos,,DUNMORE,Billing,Physician,E-9000,,,active", "Employee number: No employee number"),
        (
            "1.23E+09,Ezequiel Castellanos,,DUNMORE,Billing,Physician,E-9000,,,active",
            "A spreadsheet has rounded this id",
        ),
        // a column too many: the first one may not be the number
        (
            "E-9011,Castellanos,Ezequiel,,DUNMORE,Billing,Physician,E-9000,,,active",
            "More or fewer columns than the header",
        ),
    ] {
        let (path, page) = planned(&manager, &[AS_RECORDED[1], nameless, AS_RECORDED[2]]).await;
        assert!(page.body.contains(why), "{why}: {}", page.body);
        assert!(page.body.contains("Line 3 has no employee number that can be read"), "{}", page.body);
        assert!(!page.body.contains("name=\"missing_left\""), "nothing is offered that does nothing: {}", page.body);
        let (missing, _) = numbers(&manager, &path, "?change=missing").await;
        assert_eq!(missing, ["E-9011"], "{why}");
        let refused = manager
            .post(&format!("{path}/application"), &[("plan", &digest(&portal, &path).await), LEFT[0], LEFT[1]])
            .await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("somebody who seems missing may stand on it"), "{}", refused.body);
        assert_eq!(periods(&portal, PHYSICIAN_B).await, ["DUNMORE Physician 2020-01-01"], "they still work there");
    }
    let many: Vec<_> = (0..7).map(|_| ",Nobody Known,,DUNMORE,Billing,Physician,E-9000,,,active").collect();
    let (_, page) = planned(&manager, &many).await;
    assert!(page.body.contains("Lines 2, 3, 4, 5, 6 and others have no employee number"), "{}", page.body);
}

/// What a plan's form would post, if it had a button.
async fn digest(portal: &TestPortal, path: &str) -> String {
    let id: Uuid = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a plan");
    portal.value(&format!("SELECT encode(plan_sha256, 'hex') FROM portal.rosters WHERE id = '{id}'")).await
}

#[actix_web::test]
async fn what_else_stood_on_a_line_that_cannot_be_read_is_kept_nowhere() {
    let portal = portal().await;
    let manager = portal.as_role("manager").await;
    let long = "x".repeat(201);
    let line = format!("E-7009,Imogen Lightfoot,imogen@example.org,CEDAR,{long},Nurse,E-9000,,,active");
    let (_, page) = planned(&manager, &[&line, AS_RECORDED[1]]).await;
    assert!(page.body.contains("The line cannot be read. Department: Longer than the portal accepts"), "{}", page.body);
    assert!(page.body.contains("<small class=\"id\">E-7009</small>"), "{}", page.body);
    let elsewhere = "SELECT (SELECT count(*) FROM portal.roster_items i WHERE i::text ~ 'Imogen|imogen|xxxx')
                          + (SELECT count(*) FROM audit.events e WHERE e::text ~ 'E-7009|Imogen')";
    assert_eq!(portal.value::<i64>(elsewhere).await, 0);
}
