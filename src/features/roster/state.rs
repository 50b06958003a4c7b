//! What a plan is computed from: the workforce, its places, and the words a source has for them, as far as whoever plans may see.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::model::Period;

/// A member of the workforce as recorded.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names are the columns of people")]
pub struct Person {
    pub id: Uuid,
    pub employee_number: Option<String>,
    pub full_name: String,
    pub email: Option<String>,
    pub name_hash: Option<[u8; 32]>,
    pub surname_hash: Option<[u8; 32]>,
    pub address_hash: Option<[u8; 32]>,
    /// Whether they sign in here: then the account's name and address are not a roster's to change.
    pub has_account: bool,
    /// Those not superseded.
    pub periods: Vec<Period>,
}

/// A facility a roster may name.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names are the columns of facilities")]
pub struct Facility {
    pub id: Uuid,
    pub name: String,
    pub site_code: String,
    /// Whether it is within what the reader's account covers.
    pub covered: bool,
}

/// What is recorded, as whoever plans may see it.
#[derive(Debug, Default)]
pub struct State {
    /// Who plans, or applies: nobody changes their own employment.
    pub me: Uuid,
    /// Whether they see every facility.
    pub everybody: bool,
    /// The workforce.
    pub people: Vec<Person>,
    /// The facilities.
    pub facilities: Vec<Facility>,
    /// Facility, name in lower case, id.
    pub departments: HashMap<(Uuid, String), Uuid>,
    /// What the source's words for facilities mean, by the word in lower case.
    pub facility_words: HashMap<String, Uuid>,
    /// What its words for departments of a facility mean.
    pub department_words: HashMap<(Uuid, String), Uuid>,
    /// Who works, also, at a facility outside what the reader's account covers.
    pub elsewhere: HashSet<Uuid>,
}
