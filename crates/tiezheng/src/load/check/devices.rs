//! What is wrong with devices, who held them, and the codes in file names.

use std::collections::HashMap;

use super::super::rows::{Custody, Device};
use super::{Check, Periods, Place, bound};
use crate::equipment::life::FILE_STATUSES;
use crate::equipment::{CAPABILITIES, KINDS};
use crate::error::Problem;
use crate::field::{self, CODE_MOST, NAME_MOST, TITLE_MOST};

impl Check<'_> {
    pub(super) fn devices(&mut self) {
        let (mut seen, mut serials) = (HashMap::new(), HashMap::new());
        for (n, row) in self.fixture.devices.iter().enumerate() {
            let place = Place("devices", n);
            self.text(place, "id", &row.id, CODE_MOST);
            self.once(&mut seen, place, "id", &row.id);
            self.agency(place, &row.agency);
            self.stays(place, "device", &row.id, &row.agency);
            if let Some(unit) = &row.unit {
                self.refers(place, "unit", &row.agency, "unit", unit);
            }
            if !KINDS.contains(&row.kind.as_str()) {
                let problem = Problem::refused(422, "device.kind").with("allowed", KINDS.join(", "));
                self.wrong(place, "kind", problem);
            }
            self.optional(place, "model", Some(&row.model), NAME_MOST);
            self.text(place, "serial_no", &row.serial_no, CODE_MOST);
            self.once(&mut serials, place, "serial_no", (&row.agency, &row.maker, &row.serial_no));
            self.optional(place, "asset_no", row.asset_no.as_deref(), CODE_MOST);
            self.word(place, "status", &row.status, &FILE_STATUSES);
            self.bought(place, row);
        }
    }

    /// What a register that is kept well tells besides; all of it may be left out.
    fn bought(&mut self, place: Place, row: &Device) {
        self.optional(place, "maker", Some(&row.maker), NAME_MOST);
        self.optional(place, "description", row.description.as_deref(), TITLE_MOST);
        self.optional(place, "purpose", row.purpose.as_deref(), TITLE_MOST);
        for word in &row.capabilities {
            self.word(place, "capabilities", word, &CAPABILITIES);
        }
        self.try_(place, "accessories", crate::equipment::detail::texts("accessories", &row.accessories));
        for (field, day) in [("acquired_on", &row.acquired_on), ("in_use_on", &row.in_use_on)] {
            if let Some(day) = day
                && (day.len() != 10 || day.parse::<jiff::civil::Date>().is_err())
            {
                let problem = Problem::refused(422, "fixture.day").with("text", field::short(day));
                self.wrong(place, field, problem);
            }
        }
        for (field, number) in [("price_fen", row.price_fen), ("capacity_gb", row.capacity_gb)] {
            if number.is_some_and(|number| !(0..=1_000_000_000_000).contains(&number)) {
                let problem =
                    Problem::refused(422, "field.number").with("least", 0).with("most", 1_000_000_000_000_i64);
                self.wrong(place, field, problem);
            }
        }
    }

    pub(super) fn custody(&mut self) {
        // By device and begin: a row with the same begin replaces what the database has.
        let mut held: HashMap<&str, Periods> = HashMap::new();
        for (device, from, to) in &self.known.custody {
            held.entry(device).or_default().insert(*from, (*to, None));
        }
        let mut seen = HashMap::new();
        for (n, row) in self.fixture.custody.iter().enumerate() {
            let place = Place("custody", n);
            match self.owner("device", &row.device).cloned() {
                None => self.unknown(place, "device", &row.device),
                Some(agency) => self.refers(place, "holder", &agency, "person", &row.holder),
            }
            let Custody { device, from, to, .. } = row;
            let Some((from, to)) = self.period(place, ("from", from), ("to", to.as_deref())) else { continue };
            self.once(&mut seen, place, "from", (device, from));
            held.entry(device).or_default().insert(from, (to, Some(n)));
        }
        for (n, from) in bound::overlaps(held.values()) {
            let device = field::short(&self.fixture.custody[n].device);
            let since = crate::recordings::form::china_time(from);
            let problem = Problem::refused(422, "fixture.overlap").with("device", device).with("since", since);
            self.wrong(Place("custody", n), "from", problem);
        }
    }

    pub(super) fn names(&mut self) {
        let mut seen = HashMap::new();
        for (n, row) in self.fixture.names.iter().enumerate() {
            let place = Place("names", n);
            self.agency(place, &row.agency);
            self.text(place, "code", &row.code, CODE_MOST);
            match row.kind.as_str() {
                "officer" => self.refers(place, "id", &row.agency, "person", &row.id),
                "device" => self.refers(place, "id", &row.agency, "device", &row.id),
                kind => self.word(place, "kind", kind, &["officer", "device"]),
            }
            if let Some((from, _)) = self.period(place, ("from", &row.from), ("to", row.to.as_deref())) {
                self.once(&mut seen, place, "code", (&row.agency, &row.kind, &row.code, from));
            }
        }
    }
}
