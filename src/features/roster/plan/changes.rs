//! What a line changes about the employment of somebody who is gone, who is new or back, and who is still there.

use super::super::model::{Period, begin, change, end, last_ended};
use super::{Item, Known};
use crate::ingest::roster::{RosterRow, Standing};
use crate::words::{RosterChange, RosterProblem};

impl Known<'_> {
    /// Gone before, and the file knows another last day.
    pub(super) fn corrected_end(
        &self,
        row: &RosterRow,
        periods: &[Period],
        item: &mut Item,
    ) -> Result<(), RosterProblem> {
        let Some(period) = last_ended(periods, self.as_of) else { return Ok(()) };
        item.facility = Some(period.placement.facility);
        if let Some(last) = row.ends_on.filter(|last| period.ends_on != Some(*last)) {
            item.change = RosterChange::Terminated;
            item.effective = Some(last);
            item.steps = end(periods, period, last)?;
        }
        Ok(())
    }

    /// New, or back.
    pub(super) fn beginning(
        &self,
        row: &RosterRow,
        periods: &[Period],
        leaving: bool,
        item: &mut Item,
    ) -> Result<(), RosterProblem> {
        let before = last_ended(periods, self.as_of);
        let placement = self.placement(row, before, item)?;
        let stated = row.starts_on.or(row.hired_on.filter(|_| before.is_none()));
        // somebody who is back keeps the first start in many rosters: a day before the last end is not the return
        let from = stated
            .filter(|day| before.and_then(|period| period.ends_on).is_none_or(|last| *day > last))
            .unwrap_or(self.as_of);
        item.change = if before.is_some() { RosterChange::Rehired } else { RosterChange::Added };
        item.effective = Some(from);
        let last = row.ends_on.or(leaving.then_some(self.as_of));
        item.steps = begin(periods, placement, from, last, row.standing == Standing::OnLeave)?;
        Ok(())
    }

    pub(super) fn still_there(&self, row: &RosterRow, period: &Period, item: &mut Item) -> Result<(), RosterProblem> {
        let placement = self.placement(row, Some(period), item)?;
        let on_leave = row.standing == Standing::OnLeave;
        let last = row.ends_on.or(period.ends_on);
        if placement == period.placement && on_leave == period.on_leave {
            if last != period.ends_on {
                item.change = RosterChange::Terminated;
                item.effective = last;
                item.steps = change(period, placement, period.starts_on, last, on_leave)?;
            }
            return Ok(());
        }
        item.change = match (period.on_leave, on_leave) {
            (false, true) => RosterChange::OnLeave,
            (true, false) => RosterChange::Returned,
            _ => RosterChange::Moved,
        };
        // a leave rarely has a start of its own: the job's start, which is recorded already, is not the leave's
        let stated = row.starts_on.filter(|day| item.change == RosterChange::Moved || *day > period.starts_on);
        let from = stated.unwrap_or(self.as_of).max(stated.unwrap_or(period.starts_on));
        item.effective = Some(from);
        item.steps = change(period, placement, from, last, on_leave)?;
        Ok(())
    }
}
