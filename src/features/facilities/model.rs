//! What a facility's and a department's form may say.

use std::net::IpAddr;

use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

use crate::web::{Errors, forms};

/// A facility's fields, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the names are the columns of facilities")]
pub struct Typed {
    pub name: String,
    pub site_code: String,
    pub time_zone: String,
    pub owner: String,
    pub networks: String,
}

/// The same, checked.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are the columns of facilities")]
pub struct Checked {
    pub name: String,
    pub site_code: String,
    pub time_zone: String,
    pub owner: Uuid,
    /// As the database writes them: `10.20.0.0/16`.
    pub networks: Vec<String>,
}

impl Typed {
    /// Checks the fields; who may answer for privacy comes from the database.
    ///
    /// # Errors
    /// A sentence for each field that cannot be used.
    pub fn check(&self, owners: &[Uuid]) -> Result<Checked, Errors> {
        let mut errors = Errors::new();
        let name = forms::line(&self.name);
        if !(1..=200).contains(&name.chars().count()) {
            errors.add("name", "Enter the facility’s name in at most 200 characters");
        }
        let site_code = self.site_code.trim().to_uppercase();
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if !(1..=12).contains(&site_code.len()) || !site_code.chars().all(fits) {
            errors.add("site_code", "Enter 1 to 12 letters, digits or dashes, as the logs and rosters write it");
        }
        let time_zone = self.time_zone.trim().to_owned();
        if time_zone.parse::<Tz>().is_err() {
            errors.add("time_zone", "Enter a time zone such as America/New_York");
        }
        let owner = owners.iter().copied().find(|id| id.to_string() == self.owner);
        if owner.is_none() {
            errors.add("owner", "Choose who answers for privacy here");
        }
        let networks = networks(&self.networks);
        if let Err(line) = &networks {
            errors.add("networks", format!("Line {line} is not a network such as 10.20.0.0/16"));
        }
        match (owner, networks) {
            (Some(owner), Ok(networks)) if errors.is_empty() => {
                Ok(Checked { name, site_code, time_zone, owner, networks })
            }
            _ => Err(errors),
        }
    }
}

/// Networks, one on a line; the number of the first line that is none.
fn networks(text: &str) -> Result<Vec<String>, usize> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let network = network(line.trim()).ok_or(at + 1)?;
        if !found.contains(&network) {
            found.push(network);
        }
    }
    Ok(found)
}

/// A network without bits beyond its prefix.
fn network(text: &str) -> Option<String> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix: u32 = prefix.map_or(Some(whole), |prefix| prefix.parse().ok().filter(|prefix| *prefix <= whole))?;
    let first: IpAddr = match address {
        IpAddr::V4(v4) => {
            std::net::Ipv4Addr::from(u32::from(v4) & u32::MAX.checked_shl(32 - prefix).unwrap_or(0)).into()
        }
        IpAddr::V6(v6) => {
            std::net::Ipv6Addr::from(u128::from(v6) & u128::MAX.checked_shl(128 - prefix).unwrap_or(0)).into()
        }
    };
    Some(format!("{first}/{prefix}"))
}

/// A department's fields, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the names are the columns of departments")]
pub struct TypedDepartment {
    /// Empty for a new one.
    pub department: String,
    pub department_name: String,
    pub opens_at: String,
    pub closes_at: String,
}

/// The same, checked.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are the columns of departments")]
pub struct CheckedDepartment {
    pub name: String,
    /// None is round the clock.
    pub hours: Option<(NaiveTime, NaiveTime)>,
}

impl TypedDepartment {
    /// Checks the fields.
    ///
    /// # Errors
    /// A sentence for each field that cannot be used.
    pub fn check(&self) -> Result<CheckedDepartment, Errors> {
        let mut errors = Errors::new();
        let name = forms::line(&self.department_name);
        if !(1..=200).contains(&name.chars().count()) {
            errors.add("department_name", "Enter the department’s name in at most 200 characters");
        }
        let time = |text: &str| NaiveTime::parse_from_str(text.get(..5).unwrap_or(text), "%H:%M").ok();
        let hours = match (self.opens_at.trim(), self.closes_at.trim()) {
            ("", "") => None,
            (opens, closes) => match (time(opens), time(closes)) {
                (Some(opens), Some(closes)) if opens != closes => Some((opens, closes)),
                (Some(_), Some(_)) => {
                    errors.add("closes_at", "Opens and closes at the same time. Leave both empty for round the clock");
                    None
                }
                _ => {
                    errors.add("opens_at", "Enter both times, such as 07:00 and 19:00, or neither for round the clock");
                    None
                }
            },
        };
        if errors.is_empty() { Ok(CheckedDepartment { name, hours }) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Typed, TypedDepartment, networks};
    use uuid::Uuid;

    fn typed() -> Typed {
        Typed {
            name: "West Clinic".to_owned(),
            site_code: "west".to_owned(),
            time_zone: "America/New_York".to_owned(),
            owner: Uuid::nil().to_string(),
            networks: "10.20.1.7/16\n\n10.20.0.0/16\n2001:db8::/32".to_owned(),
        }
    }

    #[test]
    fn a_facility_is_tidied_and_its_networks_are_whole() {
        let checked = typed().check(&[Uuid::nil()]).expect("a facility");
        assert_eq!(checked.site_code, "WEST");
        assert_eq!(checked.networks, ["10.20.0.0/16", "2001:db8::/32"]);
        assert_eq!(networks("10.0.0.0/8\nnone"), Err(2));
        assert_eq!(networks("10.0.0.0/33"), Err(1));
        assert_eq!(networks("0.0.0.0/0\n10.1.2.3"), Ok(vec!["0.0.0.0/0".to_owned(), "10.1.2.3/32".to_owned()]));
        assert_eq!(networks(""), Ok(Vec::new()));
    }

    #[test]
    fn every_field_that_cannot_be_used_is_named() {
        let wrong = Typed {
            name: " ".to_owned(),
            site_code: "WEST CLINIC".to_owned(),
            time_zone: "EST5".to_owned(),
            owner: String::new(),
            networks: "here".to_owned(),
        };
        let errors = wrong.check(&[Uuid::nil()]).expect_err("refused");
        for field in ["name", "site_code", "time_zone", "owner", "networks"] {
            assert!(errors.get(field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_department_has_both_hours_or_none() {
        let hours = |opens: &str, closes: &str| {
            let typed = TypedDepartment {
                department_name: "Billing".to_owned(),
                opens_at: opens.to_owned(),
                closes_at: closes.to_owned(),
                ..TypedDepartment::default()
            };
            typed.check().map(|checked| checked.hours.is_some()).ok()
        };
        assert_eq!(hours("", ""), Some(false));
        assert_eq!(hours("22:00", "06:00:00"), Some(true), "over midnight");
        assert_eq!((hours("08:00", ""), hours("8", "9"), hours("08:00", "08:00")), (None, None, None));
    }
}
