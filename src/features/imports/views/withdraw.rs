//! What the withdrawal's pages show.

use askama::Template;

use super::zone_of;
use crate::audit::Actor;
use crate::features::imports::queries::pages::BatchRow;
use crate::features::imports::queries::withdraw::Withdrawable;
use crate::policy::{Action, may};
use crate::web::time::{Instant, count, instant};
use crate::web::{Chrome, Errors, paging};
use crate::words::WithdrawalReason;

/// `GET /imports/{id}/withdraw`, and the form that came back.
#[derive(Template)]
#[template(path = "imports/withdraw.html")]
pub(in crate::features::imports) struct ConfirmPage {
    chrome: Chrome,
    href: String,
    source: String,
    started: Instant,
    stored: String,
    known: String,
    any_known: bool,
    reasons: &'static [WithdrawalReason],
    errors: Errors,
}

impl ConfirmPage {
    pub fn new(chrome: Chrome, actor: &Actor, batch: &Withdrawable, errors: Errors) -> Self {
        Self {
            chrome,
            href: format!("/imports/{}", batch.id),
            source: batch.source.clone(),
            started: instant(batch.created_at, zone_of(actor)),
            stored: count(batch.rows_stored),
            known: count(batch.rows_known),
            any_known: batch.rows_known > 0,
            reasons: WithdrawalReason::ALL,
            errors,
        }
    }
}

/// What a report says of a withdrawal.
pub(in crate::features::imports) struct Withdrawal {
    /// The rows are still being taken out.
    pub running: bool,
    /// How much of it is done.
    pub percent: u8,
    pub checked: String,
    pub all: String,
    pub rows: String,
    pub reason: &'static str,
    pub by: String,
    pub at: Instant,
    /// The form for the same source, for whoever may import.
    pub again: Option<String>,
}

impl Withdrawal {
    /// Of a batch that was withdrawn.
    pub fn of(actor: &Actor, row: &BatchRow) -> Option<Self> {
        let at = row.withdrawn_at?;
        let all = row.rows_stored + row.rows_known;
        let percent = row.rows_checked.saturating_mul(100).checked_div(all).unwrap_or(0).clamp(0, 99);
        let again = may(actor.role(), Action::ImportCreate).then(|| {
            paging::url("/imports/new", &[("source", &row.source_id.to_string()), ("again", &row.id.to_string())])
        });
        Some(Self {
            running: row.state == "withdrawing",
            percent: u8::try_from(percent).unwrap_or(0),
            checked: count(row.rows_checked),
            all: count(all),
            rows: count(row.rows_withdrawn),
            reason: row
                .withdrawal_reason
                .as_deref()
                .and_then(WithdrawalReason::parse)
                .map_or("No reason was kept", WithdrawalReason::label),
            by: row.withdrawn_by.clone().unwrap_or_else(|| "Somebody".to_owned()),
            at: instant(at, zone_of(actor)),
            again,
        })
    }
}
