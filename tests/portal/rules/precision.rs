//! What a rule's page says of its own worth: exact figures over a known mix of decisions.

use chrono::TimeDelta;
use hipaa_auditor::clock;

use crate::exports::{give_mapping, import, nurse, opened};
use crate::fixtures::MANAGER;
use crate::harness::TestPortal;

#[actix_web::test]
async fn a_rules_page_says_how_many_of_its_decided_cases_were_found_inappropriate() {
    let portal = TestPortal::start().await;
    give_mapping(&portal).await;
    nurse(&portal, "prec01").await;
    let rows: Vec<_> = (0..9)
        .map(|n| {
            let at = (clock::now() - TimeDelta::days(3)).format(&format!("%Y-%m-%d 12:0{n}:00")).to_string();
            opened(&at, "prec01", &format!("M-{n}")).glass("")
        })
        .collect();
    import(&portal, &rows).await;
    let mix = [
        ("closed", Some("inappropriate_intentional")),
        ("closed", Some("inappropriate_inadvertent")),
        ("closed", Some("appropriate")),
        ("closed", Some("appropriate_policy_gap")),
        // none of these says anything of the rule: the first waits for its second review, two say the case was none
        ("awaiting_second_review", Some("inappropriate_intentional")),
        ("closed", Some("duplicate")),
        ("closed", Some("data_error")),
        // lifted before it was decided, and lifted after
        ("closed", Some("inappropriate_intentional")),
        ("closed", Some("appropriate")),
    ];
    for (n, (state, disposition)) in mix.into_iter().enumerate() {
        let disposition = disposition.unwrap_or_default();
        portal
            .sql(&format!(
                "UPDATE portal.review_cases c SET state = '{state}', disposition = '{disposition}', reason_code = 'other', decided_by = '{MANAGER}',
                        decided_at = now() - interval '1 hour'
                   FROM portal.patient_ids i WHERE i.patient_id = c.patient_id AND i.source_patient_id = 'M-{n}'"
            ))
            .await;
    }
    for (n, ago) in [(7, "2 hours"), (8, "10 minutes")] {
        portal
            .sql(&format!(
                "UPDATE portal.case_flags f SET superseded_at = now() - interval '{ago}' FROM portal.review_cases c, portal.patient_ids i
                  WHERE f.case_id = c.id AND i.patient_id = c.patient_id AND i.source_patient_id = 'M-{n}'"
            ))
            .await;
    }
    let manager = portal.as_role("manager").await;
    let page = manager.get("/settings/rules/break_glass_no_reason").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<dt>Found inappropriate</dt><dd>2 of 5 decided<small>"), "{}", page.body);
    // seven whose flag stands, and the one of the fixtures
    assert!(page.body.contains("rule=break_glass_no_reason\">8</a>"), "{}", page.body);
    assert!(page.body.contains("8 in all, 2 found inappropriate, 4 decided otherwise, 2 not decided"), "{}", page.body);
    assert!(page.body.contains("class=\"c-critical\"") && page.body.contains("class=\"c-ok\""), "{}", page.body);
    let list = manager.get("/settings/rules").await.body;
    assert!(list.contains("2 of 5 decided"), "{list}");
    // whoever sees one facility is told of that one's cases
    let elsewhere = portal.as_role("coordinator_b").await.get("/settings/rules/break_glass_no_reason").await;
    assert!(elsewhere.body.contains("<dd>None decided<small>"), "{}", elsewhere.body);
}
