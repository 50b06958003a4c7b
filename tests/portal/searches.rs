//! What a search found is kept for a day, for the person who asked, and then goes.

use hipaa_auditor::audit::Worker;
use hipaa_auditor::features::search::purge;
use uuid::Uuid;

use crate::harness::{TestPortal, told};

#[actix_web::test]
async fn what_was_found_a_day_ago_is_deleted_under_an_event_and_nothing_younger() {
    let portal = TestPortal::start().await;
    portal.sql("DELETE FROM portal.searches").await;
    let manager = portal.as_role("manager").await;
    let mut kept = Vec::new();
    for hours in [25, 24, 23, 0] {
        let found = manager.post("/search", &[("q", "Zellweger")]).await;
        assert_eq!(found.status, 303, "{}", found.body);
        assert!(manager.get(found.location()).await.body.contains("Philippa Zellweger"));
        let id = found.location().rsplit('/').next().unwrap_or_default().to_owned();
        portal
            .sql(&format!("UPDATE portal.searches SET created_at = now() - interval '{hours} hours' WHERE id = '{id}'"))
            .await;
        kept.push((hours < 24, found.location().to_owned()));
    }
    let mark = portal.mark().await;
    let worker = Worker::lazy(&portal.worker_url, 2).expect("a URL");
    purge(&worker).await.expect("purges");
    let trail = portal.events_after(mark).await;
    let [event] = &trail[..] else { panic!("one event for all: {trail:?}") };
    assert_eq!(
        (event.short().as_str(), event.actor_type.as_str(), event.resource_id),
        ("search.result.purge", "system", Uuid::nil())
    );
    purge(&worker).await.expect("purges");
    assert_eq!(portal.events_after(mark).await.len(), 1, "where nothing is due nothing is said");
    for (stays, path) in kept {
        let page = manager.get(&path).await;
        assert_eq!(page.status, if stays { 200 } else { 404 }, "{path}");
        if !stays {
            assert_eq!(
                told(&portal.events(page.request_id()).await),
                "search.result.read search.result.read!authz_fail/not_in_scope"
            );
        }
    }
}

#[actix_web::test]
async fn nobody_deletes_searches_but_the_program_under_its_event() {
    let portal = TestPortal::start().await;
    let all = "SELECT portal.purge_searches(1)";
    let mut worker = portal.as_worker().await;
    assert_eq!(worker.run(all).await, Err("HA001".to_owned()), "without the event");
    worker.must("BEGIN").await;
    worker.must("SELECT audit.open_system('account.signup.purge', gen_random_uuid(), gen_random_uuid())").await;
    assert_eq!(worker.run(all).await, Err("HA002".to_owned()), "under another one");
    worker.must("ROLLBACK").await;
    assert_eq!(portal.as_app().await.run(all).await, Err("42501".to_owned()));
}
