//! What the rules look at again once people are entered. Where somebody works decides about their own accesses and about those
//! of colleagues who opened their records; what name and address they have decides as much, for as long as there are rows. A
//! changed spelling or e-mail address decides nothing.

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::queries::reruns;
use crate::audit::{Actor, AuditedTx};
use crate::clock;
use crate::error::AppError;
use crate::web::filters;
use crate::words::RerunCause;

/// Whose hashes change, with who opened their records as long as the old ones held.
pub struct Rehashed {
    people: Vec<Uuid>,
    opened_before: Vec<Uuid>,
}

impl Rehashed {
    /// To be asked before anything is written.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn before(tx: &mut AuditedTx<'_>, people: Vec<Uuid>) -> Result<Self, AppError> {
        let opened_before =
            if people.is_empty() { Vec::new() } else { reruns::logins_that_opened(tx, &people).await? };
        Ok(Self { people, opened_before })
    }

    /// Asks for everything that they, and whoever opened their records, ever opened.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn look_again(self, tx: &mut AuditedTx<'_>, actor: &Actor) -> Result<(), AppError> {
        if self.people.is_empty() {
            return Ok(());
        }
        let mut logins = both(tx, &self.people).await?;
        logins.extend(self.opened_before);
        tidy(&mut logins);
        if let Some(first) = reruns::first_access_of(tx, &logins).await? {
            let (from, until) = (first - TimeDelta::days(1), clock::now() + TimeDelta::days(1));
            tx.ask_for_rerun(RerunCause::PersonChanged, &logins, from, until, actor.request_id()).await?;
        }
        Ok(())
    }
}

/// Asks for what these people, and whoever opened their records, opened from the first day on that differs.
///
/// # Errors
/// What the database answers.
pub async fn of_employment(
    tx: &mut AuditedTx<'_>,
    actor: &Actor,
    people: &[Uuid],
    first: Option<NaiveDate>,
) -> Result<(), AppError> {
    let Some(first) = first else { return Ok(()) };
    let mut logins = both(tx, people).await?;
    tidy(&mut logins);
    if !logins.is_empty() {
        // the day is of a facility's zone, which may be any
        let from = filters::midnight(first, clock::zone(&actor.identity().time_zone)) - TimeDelta::days(1);
        let until = clock::now() + TimeDelta::days(1);
        tx.ask_for_rerun(RerunCause::EmploymentChanged, &logins, from, until, actor.request_id()).await?;
    }
    Ok(())
}

async fn both(tx: &mut AuditedTx<'_>, people: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let mut logins = reruns::logins_of(tx, people).await?;
    logins.extend(reruns::logins_that_opened(tx, people).await?);
    Ok(logins)
}

fn tidy(logins: &mut Vec<Uuid>) {
    logins.sort_unstable();
    logins.dedup();
}
