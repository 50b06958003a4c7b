//! What stands beside a case: what was true at the time of the access and is now, what is usual for the person and the job, who
//! else was on the patient's records, earlier cases, and as numbers what lies outside the reader's scope. The drawer shows the
//! first two in short; the page shows all of it.

pub mod facts;
mod model;
pub mod queries;
pub mod usual;
pub mod views;

use facts::Circumstances;
use queries::{Beyond, Other, OtherCase, UsualDay};

use super::queries::{CaseRow, context};
use crate::audit::AuditedTx;
use crate::error::AppError;

/// What only the page shows.
pub struct Whole {
    pub hours: (Vec<i64>, Vec<i32>),
    pub others: Vec<Other>,
    pub earlier: Vec<OtherCase>,
    pub outside: Beyond,
}

/// What both show.
pub struct Beside {
    pub circumstances: Circumstances,
    pub usual: Vec<UsualDay>,
    pub whole: Option<Whole>,
}

/// How many others a page shows.
pub const OTHERS: usize = 20;

/// Reads it, and keeps in the trail which rows and cases were shown.
///
/// # Errors
/// What the database answers.
pub async fn read(
    tx: &mut AuditedTx<'_>,
    head: &CaseRow,
    summary: &context::Summary,
    zone: &str,
    whole: bool,
) -> Result<Beside, AppError> {
    let circumstances = circumstances(tx, head, summary).await?;
    let usual = queries::usual(tx, head, whole).await?;
    let whole = if whole { Some(read_whole(tx, head, zone).await?) } else { None };
    Ok(Beside { circumstances, usual, whole })
}

async fn circumstances(
    tx: &mut AuditedTx<'_>,
    head: &CaseRow,
    summary: &context::Summary,
) -> Result<Circumstances, AppError> {
    let mut known = Circumstances { reasons: summary.reasons.clone(), ..Circumstances::default() };
    if let Some(person) = head.person_id {
        known.employment = queries::employment(tx, person).await?;
        known.training = queries::training(tx, person).await?;
    } else if head.vendor_name.is_some()
        && let Some(vendor) = queries::vendor(tx, head.id).await?
    {
        known.agreements = queries::agreements(tx, vendor).await?;
    }
    known.holders = queries::holders(tx, head.login_id).await?;
    Ok(known)
}

async fn read_whole(tx: &mut AuditedTx<'_>, head: &CaseRow, zone: &str) -> Result<Whole, AppError> {
    let others = match head.patient_id {
        Some(patient) => queries::others(tx, head, patient).await?,
        None => Vec::new(),
    };
    let seen: Vec<_> = others.iter().take(OTHERS).flat_map(|other| other.rows.iter().copied()).collect();
    tx.shown("access_log", &seen).await?;
    let earlier = queries::earlier_cases(tx, head).await?;
    tx.shown("review_case", &earlier.iter().map(|case| case.id).collect::<Vec<_>>()).await?;
    Ok(Whole {
        hours: queries::hours(tx, head, zone).await?,
        others,
        earlier,
        outside: queries::outside(tx, head.id).await?,
    })
}
