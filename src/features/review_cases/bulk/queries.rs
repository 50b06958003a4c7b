//! Selections of cases, how the cases stand, and which lines of their histories one act wrote.

use uuid::Uuid;

use super::super::model::{Decision, DecisionForm};
use super::super::queries::SeenCase;
use super::model::{Act, Standing};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::policy::conflict::Relation;
use crate::words::{Disposition, ReviewState, Risk, short_name};

/// A selection as it is kept.
#[derive(Debug)]
pub struct Kept {
    pub cases: Vec<SeenCase>,
    pub back: String,
    pub cut_off: bool,
    /// What was done with it; nothing yet where it waits to be confirmed.
    pub act: Option<Act>,
    pub decision: DecisionForm,
    pub assignee: Option<Uuid>,
}

/// What a new selection holds.
pub struct NewSelection<'a> {
    pub id: Uuid,
    pub cases: &'a [SeenCase],
    pub back: &'a str,
    pub cut_off: bool,
    pub decision: &'a DecisionForm,
}

/// Keeps a selection.
pub async fn keep(tx: &mut AuditedTx<'_>, me: Uuid, new: &NewSelection<'_>) -> Result<(), AppError> {
    let (ids, versions): (Vec<_>, Vec<_>) = new.cases.iter().map(|case| (case.id, case.version)).unzip();
    tx.run(sqlx::query!(
        "INSERT INTO portal.case_selections (id, person_id, case_ids, versions, back, cut_off, disposition, reason_code, note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        me,
        &ids,
        &versions,
        new.back,
        new.cut_off,
        new.decision.disposition,
        new.decision.reason,
        new.decision.note
    ))
    .await?;
    Ok(())
}

/// The person's own selection.
pub async fn kept(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Kept, AppError> {
    let row = tx
        .one(sqlx::query!(
            "SELECT case_ids, versions, back, cut_off, act, disposition, reason_code, note, assignee_id
               FROM portal.case_selections WHERE id = $1",
            id
        ))
        .await?;
    let cases = row.case_ids.into_iter().zip(row.versions).map(|(id, version)| SeenCase { id, version });
    Ok(Kept {
        cases: cases.collect(),
        back: row.back,
        cut_off: row.cut_off,
        act: row.act.as_deref().map(|word| Act::parse(word).ok_or(AppError::Internal("unknown act"))).transpose()?,
        decision: DecisionForm {
            disposition: row.disposition,
            reason: row.reason_code,
            note: row.note,
            ..DecisionForm::default()
        },
        assignee: row.assignee_id,
    })
}

/// Notes with which words a selection is being decided.
pub async fn decides(tx: &mut AuditedTx<'_>, id: Uuid, decision: &Decision) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE portal.case_selections SET act = 'decide', disposition = $2, reason_code = $3, note = $4, ran_at = now() WHERE id = $1",
        id,
        decision.disposition.as_str(),
        decision.reason.as_str(),
        decision.note.as_deref().unwrap_or_default()
    );
    if tx.run(update).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Notes to whom a selection is being given.
pub async fn assigns(tx: &mut AuditedTx<'_>, id: Uuid, to: Option<Uuid>) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE portal.case_selections SET act = 'assign', assignee_id = $2, ran_at = now() WHERE id = $1",
        id,
        to
    );
    if tx.run(update).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Waits for whoever is changing a case, and keeps others waiting. What is out of scope is not there to wait for.
pub async fn hold(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<(), AppError> {
    tx.optional(sqlx::query!("SELECT id FROM portal.review_cases WHERE id = $1 FOR UPDATE", case)).await?;
    Ok(())
}

struct StandingRow {
    id: Uuid,
    number: i64,
    version: i32,
    state: String,
    risk: String,
    withdrawn: bool,
    signals: i64,
    second_look: bool,
    relation: Option<String>,
    assigned_to: Option<Uuid>,
    who: String,
    last_by: Option<String>,
    disposition: Option<String>,
}

/// How these cases stand, those that the person sees.
pub async fn standings(tx: &mut AuditedTx<'_>, cases: &[Uuid]) -> Result<Vec<Standing>, AppError> {
    let query = sqlx::query_as!(
        StandingRow,
        r#"SELECT c.id AS "id!", c.number AS "number!", c.version AS "version!", c.state AS "state!", c.risk AS "risk!", c.withdrawn_at IS NOT NULL AS "withdrawn!",
                  (SELECT count(*) FROM portal.case_flags f
                    WHERE f.case_id = c.id AND f.kind = 'signal' AND f.superseded_at IS NULL) AS "signals!",
                  EXISTS (SELECT 1 FROM portal.case_flags f
                           WHERE f.case_id = c.id AND f.rule_code IN ('watch_list', 'reported_by_person') AND f.superseded_at IS NULL)
                    OR EXISTS (SELECT 1 FROM portal.second_reviews s WHERE s.case_id = c.id AND s.outcome = 'overturned') AS "second_look!",
                  portal.conflict_with('review_case/r', c.person_id, c.local_day) AS relation, c.assigned_to,
                  coalesce(p.full_name, v.name, l.login) AS "who!", last.full_name AS "last_by?",
                  coalesce(c.disposition, z.first_disposition) AS disposition
             FROM portal.review_cases c
             JOIN portal.ehr_logins l ON l.id = c.login_id
             LEFT JOIN portal.people p ON p.id = c.person_id
             LEFT JOIN portal.vendors v ON v.id = c.vendor_id
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
             LEFT JOIN LATERAL (SELECT a.full_name FROM portal.review_events e LEFT JOIN portal.people a ON a.id = e.actor_id
                                 WHERE e.case_id = c.id ORDER BY e.seq DESC LIMIT 1) last ON true
            WHERE c.id = ANY ($1)"#,
        cases
    );
    tx.all(query).await?.into_iter().map(standing).collect()
}

fn standing(row: StandingRow) -> Result<Standing, AppError> {
    let relation = row.relation.map(|word| Relation::parse(&word).ok_or(AppError::Internal("unknown relation")));
    Ok(Standing {
        id: row.id,
        number: row.number,
        version: row.version,
        state: ReviewState::parse(&row.state).ok_or(AppError::Internal("unknown state"))?,
        risk: Risk::parse(&row.risk).ok_or(AppError::Internal("unknown risk"))?,
        withdrawn: row.withdrawn,
        signals: row.signals,
        second_look: row.second_look,
        relation: relation.transpose()?,
        assigned_to: row.assigned_to,
        who: short_name(&row.who),
        last_by: row.last_by.as_deref().map(short_name),
        disposition: row.disposition.as_deref().and_then(Disposition::parse),
    })
}

/// What an act did to a case: the line of its history, and how many lines the selection has written there. The second one
/// took the first one back.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    pub case: Uuid,
    pub seq: i32,
    pub lines: i64,
}

impl Written {
    /// Whether the act stands.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.lines % 2 == 1
    }
}

/// What a selection has written, one entry for each case.
pub async fn written(tx: &mut AuditedTx<'_>, selection: Uuid) -> Result<Vec<Written>, AppError> {
    let query = sqlx::query_as!(
        Written,
        r#"SELECT a.case_id AS "case!", max(a.seq) AS "seq!", count(*) AS "lines!"
             FROM portal.selection_acts a WHERE a.selection_id = $1 GROUP BY a.case_id"#,
        selection
    );
    tx.all(query).await
}

/// Notes that a line of a case's history belongs to a selection's act.
pub async fn note(tx: &mut AuditedTx<'_>, selection: Uuid, case: Uuid, seq: i32) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.selection_acts (selection_id, case_id, seq) VALUES ($1, $2, $3)",
        selection,
        case,
        seq
    ))
    .await?;
    Ok(())
}

/// Deletes what is old enough; whether there was any.
pub async fn purge(tx: &mut AuditedTx<'_>) -> Result<bool, AppError> {
    let row = tx.one(sqlx::query!(r#"SELECT portal.purge_case_selections() AS "purged!""#)).await?;
    Ok(row.purged)
}
