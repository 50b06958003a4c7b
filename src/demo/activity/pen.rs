//! Writes the rows that one look at a chart leaves: a burst within seconds, as EHRs log it.

use chrono::{NaiveDateTime, TimeDelta};

use super::metrics::{self, Metric, Opening};
use super::{Row, Who};
use crate::demo::names::Dice;

/// Writes rows of one login at one workstation, each some seconds after the one before.
pub(super) struct Pen<'a> {
    pub rows: &'a mut Vec<Row>,
    pub who: Who,
    pub workstation: String,
    pub at: NaiveDateTime,
}

impl Pen<'_> {
    /// One row, now.
    pub fn write(&mut self, metric: &'static Metric, patient: Option<usize>) {
        self.rows.push(Row {
            at: self.at,
            who: self.who,
            metric,
            workstation: self.workstation.clone(),
            patient,
            reason: "",
            explanation: String::new(),
        });
    }

    /// Time goes by.
    pub fn wait(&mut self, seconds: usize) {
        self.at += TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX >> 32));
    }

    /// A patient's chart is opened: a burst of rows.
    pub fn open(&mut self, dice: &mut Dice, opening: &'static Opening, patient: usize) {
        if dice.chance(opening.lookup) {
            self.write(&metrics::LOOKUP, Some(patient));
            self.wait(dice.between(2, 12));
        }
        let first = dice.below(opening.views.len());
        let first = if dice.chance(500) { 0 } else { first };
        for step in 0..dice.pick(opening.view_counts) {
            self.write(&opening.views[(first + step) % opening.views.len()], Some(patient));
            self.wait(dice.between(0, 9));
        }
        for _ in 0..dice.pick(opening.change_counts) {
            self.wait(dice.between(15, 150));
            self.write(&opening.changes[dice.below(opening.changes.len())], Some(patient));
        }
        if dice.chance(15) {
            self.wait(dice.between(4, 30));
            self.write(&opening.print, Some(patient));
        }
    }
}
