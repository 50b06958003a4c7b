//! The demo's second person: the deputy has looked at most of what weighs on somebody, disagreed once, and left the newest
//! and the blind sample; and who stands in for the deputy is named.

use uuid::Uuid;

use super::organisation::Organisation;
use super::past::sign_in;
use crate::audit::{Actor, Db};
use crate::config::Keys;
use crate::error::AppError;
use crate::features::alternates;
use crate::features::review_cases::{self, Decision, Verdict};
use crate::policy::Action;
use crate::words::{Disposition, Reason};

/// How many second reviews still wait when the demo begins.
const LEFT: usize = 3;

/// A case whose first decision the deputy sees.
struct Waiting {
    case: Uuid,
    version: i32,
    disposition: String,
}

/// Looks a second time at what was decided, and names who stands in for the deputy.
///
/// # Errors
/// What the door answers.
pub async fn look_again(db: &Db, keys: &Keys, organisation: &Organisation) -> Result<usize, AppError> {
    let accounts = organisation.accounts;
    let deputy = sign_in(db, keys, &organisation.people[accounts.second_manager].username).await?;
    let waiting = waiting(db, &deputy).await?;
    let all = waiting.len().saturating_sub(LEFT);
    // the one that was left open is the one somebody else sees otherwise
    let differs =
        waiting.iter().position(|one| one.disposition == Disposition::UnableToDetermine.as_str()).unwrap_or(0);
    for (at, one) in waiting.iter().enumerate().filter(|(at, _)| *at < all || *at == differs) {
        let verdict = if at == differs {
            Verdict::Own(Decision {
                disposition: Disposition::AppropriatePolicyGap,
                reason: Reason::ItSupport,
                note: Some("The ticket of that day names this account; the procedure asks for no reason.".to_owned()),
            })
        } else {
            Verdict::Agrees
        };
        review_cases::give_second_review(db, &deputy, one.case, one.version, &verdict).await?;
    }
    name_alternate(db, &deputy, organisation).await?;
    db.write(deputy.does(Action::SessionLogoutExecute).on(deputy.id()), async |_| Ok(())).await?;
    Ok(all)
}

async fn waiting(db: &Db, deputy: &Actor) -> Result<Vec<Waiting>, AppError> {
    db.read(deputy.does(Action::ReviewCaseListRead), async |tx| {
            tx.all(sqlx::query_as!(
                Waiting,
                "SELECT c.id AS \"case\", c.version, s.first_disposition AS disposition FROM portal.second_reviews s JOIN portal.review_cases c ON c.id = s.case_id
                  WHERE s.outcome IS NULL AND s.kind = 'required'
                    AND portal.second_review_standing('review_case/r', c.id) = 'may'
                  ORDER BY c.first_action_at, c.id"
            ))
            .await
        })
        .await
}

async fn name_alternate(db: &Db, deputy: &Actor, organisation: &Organisation) -> Result<(), AppError> {
    let manager = &organisation.people[organisation.accounts.manager];
    let alternate = db
        .read(deputy.does(Action::AlternateRead), async |tx| {
            tx.one(sqlx::query!("SELECT id FROM portal.people WHERE username = $1", manager.username)).await
        })
        .await?
        .id;
    db.write(deputy.does(Action::AlternateSet).on(deputy.id()), async |tx| {
        match alternates::name(tx, deputy.id(), Some(alternate)).await? {
            None => Ok(()),
            Some(_) => Err(AppError::Internal("the demo's manager cannot stand in for the deputy")),
        }
    })
    .await
}
