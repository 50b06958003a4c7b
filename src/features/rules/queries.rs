//! The rules' SQL: every rule is one statement over the rows of a pass; `work` enriches them once, `flags` and `cases` make
//! what stands equal to what the rules say.

pub mod by_hand;
pub mod cases;
pub mod circumstance;
pub mod flags;
pub mod history;
pub mod pages;
pub mod people;
pub mod proposals;
pub mod repeats;
pub mod reruns;
pub mod shadow;
pub mod volume;
pub mod work;

use super::engine::Rule;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::{Risk, RuleCode, RuleKind};

/// The newest version of every rule.
pub async fn newest(tx: &mut AuditedTx<'_>) -> Result<Vec<Rule>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            "SELECT DISTINCT ON (code) code, version, kind, severity, parameters, enabled FROM portal.rules ORDER BY code, version DESC"
        ))
        .await?;
    rows.into_iter()
        .filter_map(|row| {
            let code = RuleCode::parse(&row.code)?;
            let rule = || {
                Some(Rule {
                    code,
                    version: row.version,
                    kind: RuleKind::parse(&row.kind)?,
                    severity: Risk::parse(&row.severity)?,
                    parameters: row.parameters,
                    enabled: row.enabled,
                })
            };
            Some(rule().ok_or(AppError::Internal("a rule in the database is not of this release's words")))
        })
        .collect()
}
