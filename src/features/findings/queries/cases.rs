//! The cases of a finding: which may be part of one, linking them both ways with the evidence copied, and unlinking them
//! with the history kept. The cases are locked first, then the finding, whoever links.

use uuid::Uuid;

use super::super::model::acts::NO_SUCH_CASE;
use super::act::{Event, Standing, append, refuse, refused_for, standing};
use super::one::LinkedCase;
use crate::audit::AuditedTx;
use crate::error::{AppError, Refusal};
use crate::policy::conflict::{CaseAct, Relation, allows};
use crate::web::Errors;

/// Cases that this person may make part of a finding.
///
/// # Errors
/// [`AppError::NotFound`] for the whole when one is out of scope; [`AppError::Refused`] when one is of somebody near.
pub async fn to_link(tx: &mut AuditedTx<'_>, ids: &[Uuid]) -> Result<Vec<LinkedCase>, AppError> {
    let query = sqlx::query_as!(
        LinkedCase,
        r#"SELECT c.id, c.number, coalesce(p.full_name, v.name, l.login) AS "subject!", c.risk, c.row_count, c.access_type,
                  c.resource_type, c.first_action_at, c.facility_id, fa.time_zone AS "time_zone?"
             FROM portal.review_cases c
             JOIN portal.ehr_logins l ON l.id = c.login_id
             LEFT JOIN portal.people p ON p.id = c.person_id
             LEFT JOIN portal.vendors v ON v.id = c.vendor_id
             LEFT JOIN portal.facilities fa ON fa.id = c.facility_id
            WHERE c.id = ANY ($1) ORDER BY c.number"#,
        ids
    );
    let cases = tx.all(query).await?;
    if cases.len() != ids.len() {
        return Err(AppError::NotFound);
    }
    refuse_conflicts(tx, ids).await?;
    Ok(cases)
}

/// A case of somebody near may be seen and yet be no part of a finding by this person.
async fn refuse_conflicts(tx: &mut AuditedTx<'_>, cases: &[Uuid]) -> Result<(), AppError> {
    let query = sqlx::query!(
        r#"SELECT DISTINCT portal.conflict_with('review_case/r', c.person_id, c.local_day) AS relation
             FROM portal.review_cases c WHERE c.id = ANY ($1)"#,
        cases
    );
    for word in tx.all(query).await?.into_iter().filter_map(|row| row.relation) {
        let relation = Relation::parse(&word).ok_or(AppError::Internal("unknown relation"))?;
        if !allows(Some(relation), CaseAct::MakeFinding) {
            return Err(AppError::Refused(Refusal::Conflicted(relation.refusal())));
        }
    }
    Ok(())
}

/// The case with this number, if it is in scope.
///
/// # Errors
/// [`AppError::Invalid`], in the same words for one out of scope and for none.
pub async fn by_number(tx: &mut AuditedTx<'_>, number: i64, errors: &mut Errors) -> Result<Uuid, AppError> {
    let query = sqlx::query!("SELECT id FROM portal.review_cases WHERE number = $1", number);
    let found = tx.optional(query).await?;
    found.map(|row| row.id).ok_or_else(|| refuse(errors, "number", NO_SUCH_CASE))
}

/// Appends a line to the history of each case; its state is its own.
///
/// # Errors
/// [`AppError::NotFound`] for the whole when one case cannot be changed.
pub async fn note_in_cases(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    finding: Uuid,
    cases: &[Uuid],
    kind: &'static str,
) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE portal.review_cases SET version = version + 1, updated_at = now() WHERE id = ANY ($1)",
        cases
    );
    if tx.run(update).await? != u64::try_from(cases.len()).unwrap_or(u64::MAX) {
        return Err(AppError::NotFound);
    }
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, finding_id)
         SELECT c.id, c.version, $4, $2, c.state, c.state, $3 FROM portal.review_cases c WHERE c.id = ANY ($1)",
        cases,
        me,
        finding,
        kind
    ))
    .await?;
    Ok(())
}

/// Copies the rows of linked cases, as they are: evidence of each case that holds them. A case that was linked before has
/// what it brought then.
///
/// # Errors
/// What the database answers.
pub async fn copy_evidence(tx: &mut AuditedTx<'_>, finding: Uuid, cases: &[Uuid]) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.finding_evidence (finding_id, access_id, case_id, action_at, login_id, facility_id, patient_id,
                resource_type, resource_id, access_type, access_reason, outcome, source_ip, device_label)
         SELECT $1::uuid, a.id, r.case_id, a.action_at, a.login_id, a.facility_id, a.patient_id,
                a.resource_type, a.resource_id, a.access_type, a.access_reason, a.outcome, a.source_ip, a.device_label
           FROM portal.case_rows r
           JOIN portal.access_logs a ON a.id = r.access_id
          WHERE r.case_id = ANY ($2)
         ON CONFLICT DO NOTHING",
        finding,
        cases
    ))
    .await?;
    Ok(())
}

/// The cases that a finding is linked to now.
async fn linked(tx: &mut AuditedTx<'_>, finding: Uuid) -> Result<Vec<Uuid>, AppError> {
    let query =
        sqlx::query!("SELECT case_id FROM portal.finding_cases WHERE finding_id = $1 AND unlinked_at IS NULL", finding);
    Ok(tx.all(query).await?.into_iter().map(|row| row.case_id).collect())
}

/// Links cases to an open finding.
///
/// # Errors
/// [`AppError::NotFound`] or [`AppError::Refused`] as [`to_link`]; [`AppError::Invalid`] for one that is linked already, or is
/// about whom the finding belongs to.
pub async fn link(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    cases: &[Uuid],
    errors: &mut Errors,
) -> Result<Standing, AppError> {
    let mut at = standing(tx, id).await?.not_closed(errors)?;
    let linked = linked(tx, id).await?;
    let found = to_link(tx, cases).await?;
    if let Some(case) = found.iter().find(|case| linked.contains(&case.id)) {
        return Err(refuse(errors, "number", format!("AL-{} is linked to this finding already", case.number)));
    }
    note_in_cases(tx, me, id, cases, "finding_linked").await?;
    for &case in cases {
        let event = Event { case: Some(case), ..Event::of("case_linked", at) };
        at = append(tx, me, id, at, event).await.map_err(|error| {
            if refused_for(&error, "findings_owner") {
                refuse(
                    errors,
                    "number",
                    "This case is about somebody near to the finding’s owner. Change the owner first",
                )
            } else {
                error
            }
        })?;
    }
    copy_evidence(tx, id, cases).await?;
    Ok(at)
}

/// Unlinks a case from an open finding.
///
/// # Errors
/// [`AppError::NotFound`] for a case that is not linked, or out of scope; [`AppError::Invalid`] for the last one.
pub async fn unlink(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    (case, why): (Uuid, &str),
    errors: &mut Errors,
) -> Result<Standing, AppError> {
    let at = standing(tx, id).await?.not_closed(errors)?;
    let linked = linked(tx, id).await?;
    if !linked.contains(&case) {
        return Err(AppError::NotFound);
    }
    if linked.len() == 1 {
        return Err(refuse(errors, "why", ONLY_CASE));
    }
    note_in_cases(tx, me, id, &[case], "finding_unlinked").await?;
    append(tx, me, id, at, Event { case: Some(case), ..Event::of("case_unlinked", at) }.noting(Some(why))).await
}

/// Why the last case stays.
pub const ONLY_CASE: &str = "A finding keeps at least one case. Link the right one first";

/// An open finding that cases can be added to.
pub struct Open {
    /// Its id.
    pub id: Uuid,
    /// `FND-2026-0001`.
    pub number: String,
    /// What happened.
    pub title: String,
}

/// The open findings in scope, newest first, without those that these cases are in already.
///
/// # Errors
/// What the database answers.
pub async fn open_findings(tx: &mut AuditedTx<'_>, cases: &[Uuid]) -> Result<Vec<Open>, AppError> {
    let query = sqlx::query_as!(
        Open,
        "SELECT f.id, f.number, f.title FROM portal.findings f
          WHERE f.status NOT LIKE 'closed%'
            AND NOT EXISTS (SELECT 1 FROM portal.finding_cases fc
                             WHERE fc.finding_id = f.id AND fc.case_id = ANY ($1) AND fc.unlinked_at IS NULL)
          ORDER BY f.id DESC LIMIT 200",
        cases
    );
    tx.all(query).await
}
