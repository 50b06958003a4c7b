//! Acts on many cases and saved views, as the coordinator sees them.

use uuid::Uuid;

use super::{Look, Picture, Walk};
use crate::demo::Portal;
use crate::path;
use crate::triage::quiet_cases;

const CONFIRM: &[Picture] =
    &[("selection", Look::Light), ("selection-dark", Look::Dark), ("selection-phone", Look::Phone)];

/// Presses a button of the bulk bar for some quiet cases and one that is left out.
async fn select(walk: &Walk, portal: &Portal, act: &str, reason: &str, from: i32) {
    let open: String = portal.database.value(super::OPEN_CASE).await;
    let mut fields = vec![("act".to_owned(), act.to_owned()), ("form_key".to_owned(), Uuid::now_v7().to_string())];
    fields.push(("reason".to_owned(), reason.to_owned()));
    fields.push(("case".to_owned(), open.replace(' ', ".")));
    fields.extend((from..from + 3).map(|n| ("case".to_owned(), format!("01990000-0000-7000-a000-{n:012x}.1"))));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    path::post(&walk.browser, "/access-logs/bulk", &fields).await;
}

pub(super) async fn triage(walk: &mut Walk, portal: &Portal) {
    quiet_cases(portal, 9).await;
    select(walk, portal, "choose", "", 1).await;
    walk.look("selection, to decide", 200, CONFIRM).await;
    walk.browser.click("form[action$='/decision'] button.pri").await;
    walk.look("selection, not yet right", 422, &[("selection-errors", Look::Light)]).await;
    select(walk, portal, "assign", "", 1).await;
    walk.look("selection, to assign", 200, &[("selection-assign", Look::Light)]).await;
    select(walk, portal, "decide", "on_call", 4).await;
    walk.look("selection, report", 200, &[("selection-report", Look::Light), ("selection-report-phone", Look::Phone)])
        .await;
    walk.page("saved views, none", "/access-logs/views", &[]).await;
    walk.page("saved view, new", "/access-logs/views?risk=low&assigned=nobody", &[("saved-new", Look::Light)]).await;
    let named = [("name", "Quiet ones that nobody has"), ("risk", "low"), ("assigned", "nobody")];
    path::post(&walk.browser, "/access-logs/views", &named).await;
    walk.look("queue, saved view", 200, &[("queue-saved", Look::Light), ("queue-saved-phone", Look::Phone)]).await;
    walk.page("saved views", "/access-logs/views?view=high", &[("saved", Look::Light), ("saved-phone", Look::Phone)])
        .await;
    path::post(&walk.browser, "/access-logs/views", &[("risk", "low")]).await;
    walk.look("saved view, not yet right", 422, &[]).await;
}
