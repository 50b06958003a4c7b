//! How the signals of a case make its risk. The strongest signal says where to begin; a second one of another family is a
//! step, and so is context that makes the strongest signal worse, however much of it there is. `critical` is kept for what
//! does real harm. The database weighs the same way (`portal.risk_of`), and a test holds the two equal.

use crate::words::{Risk, RuleCode};

/// A signal that stands in a case: the rule, and how severe its version says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// The rule.
    pub code: RuleCode,
    /// As its version says, or as its facts make it.
    pub severity: Risk,
}

/// What a signal speaks about. Two of one family are the same suspicion twice, such as a spouse who is a coworker, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Who the patient is to the person.
    Relation,
    /// Whether the person, or the vendor, was to use the login at all.
    Standing,
    /// How much, or how often.
    Amount,
    /// What was done with the record.
    Act,
    /// Somebody said so.
    Told,
    /// Hours, place, job, training, an unknown login: where a site lets one of these open cases.
    Circumstance,
}

/// The family of a rule.
#[must_use]
pub const fn family(code: RuleCode) -> Family {
    match code {
        RuleCode::SelfAccess | RuleCode::Household | RuleCode::Coworker | RuleCode::WatchList => Family::Relation,
        RuleCode::TerminatedUser | RuleCode::InactiveUser | RuleCode::AgreementLapsed => Family::Standing,
        RuleCode::VolumeSpike | RuleCode::RepeatSamePatient => Family::Amount,
        RuleCode::BulkExport | RuleCode::BreakGlassNoReason => Family::Act,
        RuleCode::ReportedByPerson | RuleCode::Manual => Family::Told,
        RuleCode::AfterHours
        | RuleCode::ForeignFacility
        | RuleCode::ForeignNetwork
        | RuleCode::RoleMismatch
        | RuleCode::TrainingLapsed
        | RuleCode::BreakGlass
        | RuleCode::UnmatchedIdentity => Family::Circumstance,
    }
}

/// Which signals a context makes worse. Hours, training and a glass broken with a reason make none worse: people work late,
/// and a lapsed course says nothing of why a record was opened.
#[must_use]
pub const fn makes_worse(context: RuleCode) -> &'static [RuleCode] {
    use RuleCode::{
        AgreementLapsed, BreakGlassNoReason, BulkExport, Coworker, Household, InactiveUser, Manual, RepeatSamePatient,
        ReportedByPerson, TerminatedUser, VolumeSpike, WatchList,
    };
    match context {
        // nothing in the job, or where it is done, explains the patient
        RuleCode::RoleMismatch | RuleCode::ForeignFacility => &[
            Household,
            Coworker,
            WatchList,
            VolumeSpike,
            RepeatSamePatient,
            BreakGlassNoReason,
            BulkExport,
            ReportedByPerson,
            Manual,
        ],
        // nobody stood beside whoever did it
        RuleCode::ForeignNetwork => &[TerminatedUser, InactiveUser, AgreementLapsed, VolumeSpike, BulkExport],
        // nobody can be asked
        RuleCode::UnmatchedIdentity => &[WatchList, BreakGlassNoReason, VolumeSpike, BulkExport],
        _ => &[],
    }
}

/// Signals that are critical where the record was changed, printed, exported or disclosed: one's own, or a relative's.
const CRITICAL_WHEN_KEPT: [RuleCode; 2] = [RuleCode::SelfAccess, RuleCode::Household];

/// Signals that may become critical when something else adds to them.
const MAY_BE_CRITICAL: [RuleCode; 4] =
    [RuleCode::WatchList, RuleCode::TerminatedUser, RuleCode::BulkExport, RuleCode::ReportedByPerson];

/// The risk of a case. `kept`: something on it was created, changed, deleted, printed, exported or disclosed, which is what
/// an act leaves behind. Without a
/// signal that stands a case is at the lowest risk until a person decides it.
#[must_use]
pub fn weigh(signals: &[Signal], context: &[RuleCode], kept: bool) -> Risk {
    let Some(strongest) = signals.iter().map(|signal| signal.severity).max_by_key(|risk| rank(*risk)) else {
        return Risk::Low;
    };
    let among = |codes: &[RuleCode]| signals.iter().any(|signal| codes.contains(&signal.code));
    let among_strongest =
        |codes: &[RuleCode]| signals.iter().any(|it| it.severity == strongest && codes.contains(&it.code));
    if strongest == Risk::Critical || (kept && among(&CRITICAL_WHEN_KEPT)) {
        return Risk::Critical;
    }
    let second = signals.iter().any(|signal| family(signal.code) != family(signals[0].code));
    let worse = context.iter().any(|&code| among_strongest(makes_worse(code)));
    match (strongest, usize::from(second) + usize::from(worse)) {
        (risk, 0) => risk,
        (Risk::High, _) if among_strongest(&MAY_BE_CRITICAL) => Risk::Critical,
        (Risk::Low, 1) => Risk::Medium,
        _ => Risk::High,
    }
}

const fn rank(risk: Risk) -> u8 {
    match risk {
        Risk::Low => 1,
        Risk::Medium => 2,
        Risk::High => 3,
        Risk::Critical => 4,
    }
}

/// How the risk of a case is weighed, in the words of the rules' page.
pub const IN_WORDS: [&str; 4] = [
    "A case is as severe as its strongest signal.",
    "A second signal of another kind is one step more: who the patient is, whether the login was to be used, how much, what was done, or that somebody reported it.",
    "Context is at most one step more, and only where it makes the strongest signal worse. Hours and training alone raise nothing.",
    "Critical is kept for harm: one’s own or a relative’s record changed or taken out, and watched patients, logins of people who left, bulk exports and reports to which something else adds.",
];

/// What a rule's page says about its part in the risk of a case.
#[must_use]
pub fn words(code: RuleCode) -> Vec<String> {
    let mut words = Vec::new();
    let worse: Vec<_> =
        RuleCode::ALL.iter().filter(|it| makes_worse(**it).contains(&code)).map(|it| quoted(*it)).collect();
    if !worse.is_empty() {
        words.push(format!("One step more with {}.", list(&worse, "or")));
    }
    if CRITICAL_WHEN_KEPT.contains(&code) {
        words.push("Critical where the record was changed, printed, exported or disclosed.".to_owned());
    }
    if MAY_BE_CRITICAL.contains(&code) {
        words.push("At high severity a step makes the case critical.".to_owned());
    }
    let adds: Vec<_> = makes_worse(code).iter().map(|it| quoted(*it)).collect();
    if !adds.is_empty() {
        words.push(format!("As context it adds one step to {}.", list(&adds, "and")));
    } else if family(code) == Family::Circumstance {
        words.push("As context it is shown beside the signals and adds nothing to the risk.".to_owned());
    }
    words
}

fn quoted(code: RuleCode) -> String {
    format!("“{}”", code.label())
}

fn list(items: &[String], and: &str) -> String {
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {and} {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Family, Signal, family, makes_worse, weigh, words};
    use crate::words::Risk::{self, Critical, High, Low, Medium};
    use crate::words::RuleCode::{
        self, AfterHours, AgreementLapsed, BreakGlass, BreakGlassNoReason, BulkExport, Coworker, ForeignFacility,
        ForeignNetwork, Household, Manual, ReportedByPerson, RoleMismatch, SelfAccess, TerminatedUser, TrainingLapsed,
        UnmatchedIdentity, VolumeSpike, WatchList,
    };

    type Line<'a> = (&'a [(RuleCode, Risk)], &'a [RuleCode], bool, Risk);

    fn holds(table: &[Line<'_>]) {
        for (signals, context, kept, expected) in table {
            let given: Vec<_> = signals.iter().map(|&(code, severity)| Signal { code, severity }).collect();
            assert_eq!(weigh(&given, context, *kept), *expected, "{signals:?} {context:?} {kept}");
            let turned: Vec<_> = given.into_iter().rev().collect();
            assert_eq!(weigh(&turned, context, *kept), *expected, "the order says nothing: {signals:?}");
        }
    }

    #[test]
    fn a_case_is_as_severe_as_its_strongest_signal() {
        holds(&[
            (&[], &[RoleMismatch], true, Low),
            (&[(Coworker, Low)], &[], false, Low),
            (&[(BreakGlassNoReason, Medium)], &[], false, Medium),
            (&[(TerminatedUser, High)], &[], false, High),
            (&[(Manual, Critical)], &[], false, Critical),
        ]);
    }

    #[test]
    fn a_second_signal_of_another_family_is_a_step_and_one_of_the_same_is_none() {
        holds(&[
            (&[(Household, Medium), (Coworker, Low)], &[], false, Medium),
            (&[(Household, Medium), (BreakGlassNoReason, Medium)], &[], false, High),
            (&[(Coworker, Low), (BreakGlassNoReason, Low)], &[], false, Medium),
            (&[(VolumeSpike, High), (BulkExport, Medium)], &[], false, High),
            (&[(Household, High), (AgreementLapsed, High), (VolumeSpike, High)], &[], false, High),
        ]);
    }

    #[test]
    fn context_is_one_step_however_much_there_is_and_only_where_it_makes_the_strongest_signal_worse() {
        holds(&[
            (&[(VolumeSpike, Medium)], &[RoleMismatch], false, High),
            (&[(VolumeSpike, Medium)], &[RoleMismatch, ForeignFacility, ForeignNetwork], false, High),
            (&[(Coworker, Low)], &[RoleMismatch, ForeignFacility], false, Medium),
            (&[(SelfAccess, Medium)], &[RoleMismatch, ForeignFacility], false, Medium),
            (&[(VolumeSpike, High), (Coworker, Low)], &[], false, High),
            (&[(SelfAccess, Medium), (Coworker, Low)], &[ForeignFacility], false, Medium),
            (&[(Coworker, Low), (BreakGlassNoReason, Low)], &[RoleMismatch], false, High),
        ]);
    }

    #[test]
    fn hours_training_and_a_glass_broken_with_a_reason_never_raise_a_case() {
        for &code in RuleCode::ALL {
            for severity in [Low, Medium, High] {
                holds(&[(&[(code, severity)], &[AfterHours, TrainingLapsed, BreakGlass], false, severity)]);
            }
        }
    }

    #[test]
    fn critical_is_kept_for_what_does_harm() {
        holds(&[
            (&[(SelfAccess, Medium)], &[], true, Critical),
            (&[(Household, Medium)], &[], true, Critical),
            (&[(Coworker, Medium)], &[], true, Medium),
            (&[(WatchList, High)], &[ForeignFacility], false, Critical),
            (&[(WatchList, High)], &[AfterHours], false, High),
            (&[(WatchList, High)], &[], true, High),
            (&[(TerminatedUser, High), (BreakGlassNoReason, Medium)], &[], false, Critical),
            (&[(TerminatedUser, High)], &[ForeignNetwork], false, Critical),
            (&[(BulkExport, High), (VolumeSpike, High)], &[], false, Critical),
            (&[(BulkExport, High)], &[UnmatchedIdentity], false, Critical),
            (&[(ReportedByPerson, High), (Coworker, Low)], &[], false, Critical),
            // the grave one must be the strongest
            (&[(TerminatedUser, Low), (Household, High)], &[], false, High),
            (&[(BreakGlassNoReason, High)], &[UnmatchedIdentity], false, High),
        ]);
    }

    #[test]
    fn a_rules_page_says_what_the_weighing_does() {
        assert_eq!(
            words(Household),
            [
                "One step more with “Other facility” or “Unusual for the job”.",
                "Critical where the record was changed, printed, exported or disclosed."
            ]
        );
        assert_eq!(
            words(ForeignNetwork),
            ["As context it adds one step to “Used after leaving”, “Login unused or on leave”, “BAA not in effect”, \
              “Unusual volume” and “Bulk export”."]
        );
        assert_eq!(words(AfterHours), ["As context it is shown beside the signals and adds nothing to the risk."]);
        for &code in RuleCode::ALL {
            assert!(makes_worse(code).is_empty() || family(code) == Family::Circumstance, "{code:?}");
        }
    }
}
