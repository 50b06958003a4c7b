//! The risk of a case: the program and the database weigh alike, and what a case shows is what they say.

use hipaa_auditor::features::rules::{Signal, weigh};
use hipaa_auditor::words::{Risk, RuleCode};
use serde_json::{Value, json};

use super::cases;
use crate::exports::{database, employee, import, nurse, office, opened};
use crate::fixtures::DEPARTMENT_A;

/// Every pair of rules with every pair of severities, beside every context, with and without something kept; and threes.
fn combinations() -> Vec<(Vec<Signal>, Vec<RuleCode>, bool)> {
    let mut all = vec![(Vec::new(), vec![RuleCode::RoleMismatch], true)];
    let contexts: Vec<_> =
        [RuleCode::AfterHours, RuleCode::RoleMismatch, RuleCode::ForeignNetwork, RuleCode::UnmatchedIdentity]
            .map(|code| vec![code])
            .into_iter()
            .chain([Vec::new(), vec![RuleCode::TrainingLapsed, RuleCode::ForeignFacility]])
            .collect();
    for (n, &one) in RuleCode::ALL.iter().enumerate() {
        for &two in &RuleCode::ALL[n..] {
            for &severity in Risk::ALL {
                for &other in Risk::ALL {
                    for (turn, context) in contexts.iter().enumerate() {
                        let mut signals = vec![Signal { code: one, severity }];
                        if two != one {
                            signals.push(Signal { code: two, severity: other });
                        }
                        if turn == 0 {
                            signals.push(Signal { code: RuleCode::Manual, severity: Risk::Low });
                        }
                        all.push((signals, context.clone(), (n + turn) % 2 == 0));
                    }
                }
            }
        }
    }
    all
}

#[actix_web::test]
async fn the_database_weighs_as_the_program_does() {
    let db = database().await;
    let all = combinations();
    let asked: Value = all
        .iter()
        .map(|(signals, context, kept)| {
            json!({
                "s": signals.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(),
                "v": signals.iter().map(|it| it.severity.as_str()).collect::<Vec<_>>(),
                "c": context.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
                "k": kept,
            })
        })
        .collect();
    let told: Vec<String> = sqlx::query_scalar(
        "SELECT portal.risk_of(ARRAY(SELECT jsonb_array_elements_text(q->'s')), ARRAY(SELECT jsonb_array_elements_text(q->'v')),
                               ARRAY(SELECT jsonb_array_elements_text(q->'c')), (q->>'k')::boolean)
           FROM jsonb_array_elements($1) WITH ORDINALITY a(q, n) ORDER BY n",
    )
    .bind(asked)
    .fetch_all(&db.db)
    .await
    .expect("weighed");
    assert!(all.len() > 10_000 && told.len() == all.len());
    for ((signals, context, kept), told) in all.iter().zip(told) {
        assert_eq!(told, weigh(signals, context, *kept).as_str(), "{signals:?} {context:?} {kept}");
    }
    let nothing: String = db.value("SELECT portal.risk_of(NULL, NULL, NULL, NULL)").await;
    assert_eq!(nothing, "low");
}

#[actix_web::test]
async fn night_raises_no_case_and_a_second_signal_does() {
    let db = database().await;
    let clinic = office(&db, "Clinic Office").await;
    let person = employee(&db, "risk01", clinic, &[("2020-01-01", None)]).await;
    import(
        &db,
        &[
            opened("2026-03-12 10:00:00", "risk01", "M-1").glass("").at_place("Clinic Office"),
            opened("2026-03-12 22:00:00", "risk01", "M-2").glass("").at_place("Clinic Office"),
        ],
    )
    .await;
    let risks: Vec<_> = cases(&db, person).await.into_iter().map(|(.., risk, _)| risk).collect();
    assert_eq!(risks, ["medium", "medium"]);
    let person = employee(&db, "risk02", DEPARTMENT_A, &[("2020-01-01", Some("2026-03-01"))]).await;
    import(
        &db,
        &[opened("2026-03-12 10:00:00", "risk02", "M-1").glass(""), opened("2026-03-12 10:00:00", "risk02", "M-2")],
    )
    .await;
    let risks: Vec<_> = cases(&db, person).await.into_iter().map(|(.., risk, _)| risk).collect();
    assert_eq!(risks, ["critical", "high"], "after leaving, with and without a broken glass");
}

#[actix_web::test]
async fn place_raises_a_broken_glass_and_ones_own_record_is_critical_once_it_is_printed() {
    let db = database().await;
    let person = nurse(&db, "risk03").await;
    let own = nurse(&db, "risk04").await;
    import(&db, &[opened("2026-01-02 10:00:00", "risk03", "M-1")]).await;
    db.sql(&format!(
        "UPDATE portal.patients p SET linked_person_id = '{own}' FROM portal.patient_ids i
          WHERE i.patient_id = p.id AND i.source_patient_id = 'M-1'"
    ))
    .await;
    import(
        &db,
        &[
            opened("2026-03-12 10:00:00", "risk03", "M-2").glass("").at_place("Billing"),
            opened("2026-03-12 10:00:00", "risk04", "M-1"),
            opened("2026-03-13 10:00:00", "risk04", "M-1").doing("PRINT"),
        ],
    )
    .await;
    assert_eq!(cases(&db, person).await[0].2, "high", "at a facility that is not the person's");
    let risks: Vec<_> = cases(&db, own).await.into_iter().map(|(.., risk, _)| risk).collect();
    assert_eq!(risks, ["medium", "critical"]);
}
