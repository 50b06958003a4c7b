//! Who works on a case: taken by oneself, given to a colleague who may review it, or laid down again. An assignment moves
//! the case's version as any act does, says in its history whose it became and whose it was, and can be taken back.

pub mod handlers;
pub mod model;
pub mod queries;

use uuid::Uuid;

use super::queries::CaseRow;
use crate::audit::{Actor, AuditedTx};
use crate::error::AppError;
use crate::policy::Action;
use crate::policy::conflict::{CaseAct, Relation, allows};
use crate::policy::may;
use crate::web::filters::Choice;
use crate::words::{ReviewState, short_name};

/// What a case's page and drawer show of it.
#[derive(Default)]
pub struct Assignment {
    /// Whose work it is, in the reader's words.
    pub to: Option<String>,
    /// Whether it is the reader's.
    pub mine: bool,
    /// Who may have it; empty for whoever does not assign.
    pub choices: Vec<Choice>,
    /// Whether the reader is among them.
    pub may_take: bool,
}

impl Assignment {
    /// What the reader sees of a case's assignment, and whom they can give it to.
    ///
    /// # Errors
    /// What the database answers.
    pub async fn of(
        tx: &mut AuditedTx<'_>,
        actor: &Actor,
        head: &CaseRow,
        relation: Option<Relation>,
    ) -> Result<Self, AppError> {
        let me = actor.id();
        let open = ReviewState::parse(&head.state).is_some_and(ReviewState::may_be_decided);
        let may_assign = open && allows(relation, CaseAct::Assign) && may(actor.role(), Action::ReviewCaseAssign);
        let reviewers = if may_assign { queries::reviewers(tx, head.id).await? } else { Vec::new() };
        Ok(Self {
            to: whose(head, me),
            mine: head.assigned_to == Some(me),
            may_take: reviewers.iter().any(|(person, _)| *person == me),
            choices: reviewers.into_iter().map(|(person, name)| choice(person, name, head.assigned_to)).collect(),
        })
    }
}

fn choice(person: Uuid, label: String, chosen: Option<Uuid>) -> Choice {
    Choice { selected: chosen == Some(person), value: person.to_string(), label }
}

/// Whose work a case is: `You`, `T. Bergström`, or nobody's.
#[must_use]
pub fn whose(head: &CaseRow, me: Uuid) -> Option<String> {
    let person = head.assigned_to?;
    Some(if person == me {
        "You".to_owned()
    } else {
        head.assigned_to_name.as_deref().map_or_else(|| "Somebody".to_owned(), short_name)
    })
}
