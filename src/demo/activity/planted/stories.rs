//! The stories, one entry each. Times are local; a story told as "days ago" moves with the demo's day.

use chrono::{Datelike, NaiveDate, Weekday};

use crate::demo::activity::metrics::{EXTRACT, LOOKUP, Metric};
use crate::demo::organisation::days_ago;

/// Disposition, reason code, true if the manager decided rather than the coordinator, and the note.
pub(super) type Outcome = (&'static str, &'static str, bool, &'static str);

/// A day before the demo's.
#[derive(Clone, Copy)]
pub(super) enum When {
    /// So many days ago.
    Day(u64),
    /// The last day of Monday to Friday that is at least so many days ago.
    Working(u64),
    /// The last Saturday that is at least so many days ago.
    Saturday(u64),
}

impl When {
    /// At least how many days ago.
    pub fn ago(self) -> u64 {
        let (Self::Day(ago) | Self::Working(ago) | Self::Saturday(ago)) = self;
        ago
    }

    /// The day itself.
    pub fn before(self, today: NaiveDate) -> NaiveDate {
        let fits = |day: &NaiveDate| match self {
            Self::Day(_) => true,
            Self::Working(_) => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
            Self::Saturday(_) => day.weekday() == Weekday::Sat,
        };
        let latest = days_ago(today, self.ago());
        (0..7).map(|more| days_ago(latest, more)).find(fits).unwrap_or(latest)
    }
}

/// What is done.
#[derive(Clone, Copy)]
pub(super) enum Act {
    /// Charts opened with the login of somebody who has left.
    AfterLeaving { charts: usize },
    /// Charts opened through the glass, without a reason.
    NoReason { charts: usize },
    /// One chart opened of somebody who is, or lives with, a member of the workforce: the rule, and who.
    Related { rule: &'static str, slot: usize },
    /// One chart opened of a patient on the watch list, days after the stay that this nurse worked on.
    Watched { slot: usize, nurse: &'static str, days: i64 },
    /// A login used while its holder is on leave.
    OnLeave { charts: usize },
    /// One patient opened on as many days, two days apart; the last of them is the story's.
    Again { days: u64 },
    /// Many patients in a row, each with the same metrics, `gap` seconds apart.
    Sweep { patients: usize, metrics: &'static [&'static Metric], gap: (usize, usize) },
}

impl Act {
    /// The rule that must find it.
    pub fn rule(self) -> &'static str {
        match self {
            Self::AfterLeaving { .. } => "terminated_user",
            Self::NoReason { .. } => "break_glass_no_reason",
            Self::Sweep { .. } => "volume_spike",
            Self::Related { rule, .. } => rule,
            Self::Watched { .. } => "watch_list",
            Self::OnLeave { .. } => "inactive_user",
            Self::Again { .. } => "repeat_same_patient",
        }
    }
}

/// A story. An empty place means the whole group.
pub(super) struct Story {
    pub login: &'static str,
    pub when: When,
    pub at: (u32, u32, u32),
    pub workstation: &'static str,
    pub place: &'static str,
    pub act: Act,
    pub text: &'static str,
    pub outcome: Option<Outcome>,
}

const fn story(
    (login, workstation): (&'static str, &'static str),
    (when, at): (When, (u32, u32, u32)),
    place: &'static str,
    act: Act,
    text: &'static str,
    outcome: Option<Outcome>,
) -> Story {
    Story { login, when, at, workstation, place, act, text, outcome }
}

static SCHEDULE: Metric = Metric { name: "Appointment Desk Opened", group: "Scheduling", action: "VIEW" };
static MOVED: Metric = Metric { name: "Appointment Rescheduled", group: "Scheduling", action: "MODIFY" };
static CHART: Metric = Metric { name: "Chart Review Opened", group: "Chart", action: "VIEW" };
static NOTE: Metric = Metric { name: "Clinical Note Viewed", group: "Notes", action: "VIEW" };
static ACCOUNT: Metric = Metric { name: "Hospital Account Opened", group: "Billing", action: "VIEW" };
static STUDY: Metric = Metric { name: "Imaging Study Viewed", group: "Imaging", action: "VIEW" };

const fn left(charts: usize) -> Act {
    Act::AfterLeaving { charts }
}

const fn glass(charts: usize) -> Act {
    Act::NoReason { charts }
}

const fn sweep(patients: usize, metrics: &'static [&'static Metric], gap: (usize, usize)) -> Act {
    Act::Sweep { patients, metrics, gap }
}

const fn related(rule: &'static str, slot: usize) -> Act {
    Act::Related { rule, slot }
}

use When::{Day, Saturday, Working};

/// All of them.
#[rustfmt::skip]
pub(super) static STORIES: [Story; 38] = [
    // Logins used after the last day: 10 person, patient and day combinations.
    story(
        ("gtillery", "RVH-WS-0312"), (Day(2), (18, 42, 5)), "RVH Emergency", left(4),
        "A registrar who left three days before; nobody closed her login, and she was let in at the desk.",
        None,
    ),
    story(
        ("obrandvold", "NMC-WS-0207"), (Day(3), (0, 38, 51)), "NMC Inpatient Medicine", left(2),
        "The night after the nurse's last shift somebody on the ward still worked under his login.",
        None,
    ),
    story(
        ("pstenning", "LKC-WS-0603"), (Day(19), (8, 4, 37)), "LKC Family Medicine", left(1),
        "The morning after her last day a study was closed under the ultrasound tech's login.",
        Some(("attributed_to_other", "credential_sharing", false,
            "Workstation left signed in overnight; her successor finished the exam. Both spoken to.")),
    ),
    story(
        ("rdelacroix", "NMC-VPN-0062"), (Day(28), (21, 9, 44)), "NMC Surgery", left(1),
        "The contract coder again, a night later.",
        Some(("attributed_to_other", "credential_sharing", false,
            "The same login a night later, before it was closed.")),
    ),
    story(
        ("rdelacroix", "NMC-VPN-0062"), (Day(29), (20, 35, 12)), "NMC Surgery", left(2),
        "A contract coder from home, two days after the contract ended.",
        Some(("attributed_to_other", "credential_sharing", false,
            "Contract ended two days earlier; agency confirms the login was passed on. Login closed.")),
    ),
    // Glass broken without a reason: 15.
    story(
        ("jwhitfield", "RVH-WS-0118"), (Day(1), (23, 31, 8)), "RVH Inpatient Medicine", glass(2),
        "An emergency nurse at night, charts of the medical ward.",
        None,
    ),
    story(
        ("jwhitfield", "RVH-WS-0118"), (Day(2), (23, 14, 40)), "RVH Inpatient Medicine", glass(2),
        "The same nurse the night before.",
        None,
    ),
    story(
        ("jwhitfield", "RVH-WS-0104"), (Day(3), (3, 20, 17)), "RVH Surgery", glass(1),
        "The same nurse, a surgical patient.",
        None,
    ),
    story(
        ("mfeldt", "NMC-WS-0109"), (Day(4), (2, 52, 33)), "NMC Emergency", glass(2),
        "A full emergency department at three in the morning; the reason box was skipped twice.",
        None,
    ),
    story(
        ("locum_night2", "NMC-WS-0111"), (Day(4), (3, 36, 19)), "NMC Emergency", glass(1),
        "A locum's login that nobody has matched yet; who was on that night stands in no roster.",
        None,
    ),
    story(
        ("dokafor", "RVH-WS-0111"), (Day(5), (4, 11, 26)), "RVH Emergency", glass(1),
        "A nurse at shift handover.",
        None,
    ),
    story(
        ("nhaddad", "RVH-WS-0215"), (Day(6), (14, 22, 3)), "RVH Inpatient Medicine", glass(1),
        "A ward nurse at noon, a patient transferred an hour later.",
        None,
    ),
    story(
        ("mfeldt", "NMC-WS-0109"), (Day(9), (3, 37, 18)), "NMC Emergency", glass(1),
        "The emergency physician once before.",
        None,
    ),
    story(
        ("gmbeki", "NMC-WS-0406"), (Day(17), (22, 48, 55)), "NMC Emergency", glass(1),
        "A surgical nurse called down to the emergency department.",
        Some(("appropriate", "on_call", false,
            "On the call sheet that night; patient went to theatre at 23:30.")),
    ),
    story(
        ("clindgren", "NMC-WS-0221"), (Day(26), (18, 39, 11)), "NMC Surgery", glass(1),
        "A physical therapist after hours, a patient not on his list.",
        None,
    ),
    story(
        ("sadeyemi", "NMC-WS-0203"), (Day(33), (14, 2, 9)), "NMC Surgery", glass(1),
        "A pharmacist checking an interaction.",
        Some(("appropriate_policy_gap", "care_team", false,
            "Verification of a new order. The pharmacy queue does not offer a reason; raised with EHR team.")),
    ),
    story(
        ("tvasquez", "NMC-WS-0218"), (Day(41), (16, 25, 47)), "NMC Inpatient Medicine", glass(1),
        "A case manager, a restricted chart.",
        None,
    ),
    story(
        ("jkeller", "RVH-WS-0107"), (Day(52), (10, 17, 30)), "RVH Emergency", glass(1),
        "A nurse in a chart with nearly the same name.",
        Some(("inappropriate_inadvertent", "wrong_patient", false,
            "Two patients with one surname in the waiting room; left the chart within a minute.")),
    ),
    // Volume spikes: 8 person-days.
    story(
        ("amarchetti", "NMC-WS-0308"), (Day(2), (19, 26, 14)), "NMC Inpatient Medicine", sweep(58, &[&CHART, &NOTE], (4, 26)),
        "A front desk clerk goes through a ward's charts after closing, discharged patients too.",
        None,
    ),
    story(
        ("v-corvane-01", "NMC-VPN-0040"), (Day(3), (11, 48, 20)), "NMC Emergency", sweep(96, &[&STUDY], (3, 11)),
        "The image archive's account pulls a whole day list.",
        None,
    ),
    story(
        ("lfournier", "RVH-WS-0305"), (Working(4), (12, 7, 2)), "RVH Surgery", sweep(52, &[&SCHEDULE, &MOVED], (9, 55)),
        "A surgeon fell ill and the scheduler moved the clinic: legitimate.",
        None,
    ),
    story(
        ("rcastellano", "RVH-WS-0318"), (Saturday(1), (2, 14, 9)), "", sweep(412, &[&EXTRACT], (1, 2)),
        "A billing specialist exports 412 accounts on a Saturday night from another site's front desk.",
        None,
    ),
    story(
        ("gmbeki", "NMC-WS-0402"), (Day(12), (9, 30, 41)), "NMC Surgery", sweep(48, &[&LOOKUP, &CHART, &NOTE], (5, 30)),
        "A nurse doing the quarter's quality audit.",
        None,
    ),
    story(
        ("evogel", "LKC-WS-0302"), (Working(23), (7, 20, 56)), "LKC Family Medicine", sweep(56, &[&SCHEDULE, &MOVED], (9, 60)),
        "The clinic closed for a storm and everybody was rescheduled.",
        Some(("appropriate", "registration", false,
            "Clinic closed for the storm; reschedule list matches.")),
    ),
    story(
        ("iprewitt", "NMC-WS-0811"), (Working(36), (8, 45, 0)), "NMC Surgery", sweep(80, &[&ACCOUNT, &NOTE], (6, 40)),
        "A payer asked for a year of surgical claims.",
        Some(("appropriate", "billing", true,
            "Payer audit letter on file; accounts match the sample list.")),
    ),
    story(
        ("dmarsh", "RVH-WS-0318"), (Saturday(38), (2, 11, 30)), "", sweep(388, &[&EXTRACT], (1, 2)),
        "A billing specialist exports a self-pay extract at night; the first time.",
        Some(("inappropriate_intentional", "excess", false,
            "No billing task explains 388 accounts at that hour. Finding opened, export right suspended.")),
    ),
    // Own records, households, coworkers.
    story(
        ("bnakamura", "NMC-WS-0704"), (Day(2), (11, 20, 31)), "", related("self_access", 0),
        "A lab technician looks up the results of his own stay.",
        None,
    ),
    story(
        ("evogel", "LKC-WS-0303"), (Working(15), (10, 2, 44)), "", related("self_access", 1),
        "A scheduler opens her own chart instead of the portal for patients.",
        Some(("appropriate_policy_gap", "registration", false,
            "Own appointment moved at her desk; policy does not forbid it. Raised for the next revision.")),
    ),
    story(
        ("lfournier", "RVH-WS-0306"), (Day(3), (16, 41, 12)), "", related("household", 2),
        "A scheduler opens the surgical chart of her husband.",
        None,
    ),
    story(
        ("gmbeki", "NMC-WS-0405"), (Day(21), (20, 15, 9)), "", related("household", 3),
        "A surgical nurse reads her sister's notes the evening before discharge.",
        Some(("inappropriate_intentional", "family", false,
            "Not on the assignment sheet; she says she wanted to know. Family asked for nothing.")),
    ),
    story(
        ("amarchetti", "NMC-WS-0308"), (Day(5), (12, 48, 40)), "", related("household", 4),
        "A front desk clerk looks up somebody who lives in the same house.",
        None,
    ),
    story(
        ("kosei", "NMC-WS-0602"), (Day(1), (9, 33, 27)), "", related("household", 5),
        "An ultrasound tech follows his son through the emergency department.",
        None,
    ),
    story(
        ("jwhitfield", "RVH-WS-0118"), (Day(4), (22, 57, 3)), "", related("coworker", 6),
        "A nurse looks into the chart of the nurse he shares the night with.",
        None,
    ),
    story(
        ("obrandvold", "NMC-WS-0207"), (Day(13), (13, 26, 50)), "", related("coworker", 7),
        "A nurse reads the surgical notes of a colleague who is on leave.",
        Some(("inappropriate_intentional", "coworker", false,
            "No assignment. He wanted to know when she would be back.")),
    ),
    story(
        ("clindgren", "NMC-WS-0221"), (Day(6), (17, 5, 22)), "", related("coworker", 8),
        "A physical therapist opens the emergency visit of the ward's pharmacist.",
        None,
    ),
    // The watch list.
    story(
        ("mfeldt", "NMC-WS-0109"), (Day(1), (21, 6, 33)), "", Act::Watched { slot: 9, nurse: "dokafor", days: 16 },
        "A physician of another site reads about the mayor's visit, two weeks after it.",
        None,
    ),
    // A login used on leave, and one patient again and again.
    story(
        ("rsilverstein", "RVH-WS-0702"), (Day(4), (10, 14, 36)), "RVH Inpatient Medicine", Act::OnLeave { charts: 3 },
        "A lab technician's login is used in her fifth week of leave.",
        None,
    ),
    story(
        ("nhaddad", "RVH-WS-0215"), (Day(2), (12, 20, 18)), "RVH Surgery", Act::Again { days: 8 },
        "A ward nurse opens one surgical patient every other day at noon.",
        None,
    ),
];
