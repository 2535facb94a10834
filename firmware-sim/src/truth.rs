//! What really happened, one JSON object a line, for scoring the gateway afterwards.
//!
//! Times are city time. Each line is written at once, so that a killed simulation leaves whole
//! lines; the file grows over runs, each of which begins with a `run` line. Plates of made-up
//! vehicles only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use vocabulary::{Timestamp, VehicleClass};

use crate::scenario::Kind;
use crate::simulation::Trip;

/// A line of the truth file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A simulation began.
    Run {
        /// City time.
        at: Timestamp,
        /// Of demand, devices and faults.
        seed: u64,
        /// City seconds in a machine second.
        speed: f64,
    },
    /// What is simulated.
    Simulated {
        /// City time at which the devices were switched on.
        from: Timestamp,
        /// City time at which it is over.
        until: Timestamp,
        /// Of demand, devices and faults.
        seed: u64,
        /// Title of the scenario.
        scenario: String,
        /// How many bays have a device.
        bays: usize,
    },
    /// A vehicle stood in a bay: told when it has left, or at the end.
    Stay {
        /// The bay.
        bay_code: String,
        /// Running number of the visit to this bay.
        visit: u64,
        /// The vehicle.
        plate: String,
        /// Its class.
        vehicle: VehicleClass,
        /// When it truly came.
        arrived_at: Timestamp,
        /// When it truly left; `None` if it is still there at the end.
        left_at: Option<Timestamp>,
        /// The stamp of a sound device's report of its arrival, on a sound network: what can be
        /// known. `None` if it was too short for the detection.
        reported_arrived_at: Option<Timestamp>,
        /// The same of its departure.
        reported_left_at: Option<Timestamp>,
    },
    /// A fault befell a device.
    Fault {
        /// Key of the device.
        device: String,
        /// The bay it lies in.
        bay_code: String,
        /// What went wrong.
        kind: Kind,
        /// Since when something was, or may have been, wrong with what the device said.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// A vehicle came.
    Arrival {
        /// City time.
        at: Timestamp,
        /// The bay.
        bay_code: String,
        /// Running number of the visit to this bay in this run.
        visit: u64,
        /// The vehicle.
        plate: String,
    },
    /// It left.
    Departure {
        /// City time.
        at: Timestamp,
        /// The bay.
        bay_code: String,
        /// Running number of the visit to this bay in this run.
        visit: u64,
        /// The vehicle.
        plate: String,
        /// When it had come.
        arrived_at: Timestamp,
    },
    /// The gateway accepted the driver's claim.
    Claim {
        /// City time of the answer.
        at: Timestamp,
        /// The bay.
        bay_code: String,
        /// Running number of the visit to this bay in this run.
        visit: u64,
        /// The vehicle.
        plate: String,
        /// As the gateway named it.
        claim_id: String,
    },
    /// The driver paid, and the gateway says so.
    Payment {
        /// City time of the answer.
        at: Timestamp,
        /// The bay.
        bay_code: String,
        /// Running number of the visit to this bay in this run.
        visit: u64,
        /// The vehicle.
        plate: String,
        /// As the gateway named it.
        order_id: String,
        /// What was paid.
        amount_fen: i64,
    },
    /// The invoice was issued and its document fetched.
    Invoice {
        /// City time of the answer.
        at: Timestamp,
        /// The bay.
        bay_code: String,
        /// Running number of the visit to this bay in this run.
        visit: u64,
        /// As the gateway named it.
        invoice_id: String,
        /// As the tax platform numbered it.
        invoice_number: String,
    },
}

/// Where facts are written, if anywhere.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    file: Option<Mutex<File>>,
}

impl Truth {
    /// Opens the file for adding lines; without a path, facts go nowhere.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        Ok(Truth { file: path.map(open).transpose()?.map(Mutex::new) })
    }

    /// Writes a line. A full disk does not stop the city; it is logged.
    pub(crate) fn write(&self, fact: &Fact) {
        let Some(file) = &self.file else { return };
        let mut line = serde_json::to_vec(fact).expect("facts are texts and numbers");
        line.push(b'\n');
        let written = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        if let Err(error) = written {
            tracing::error!(%error, "a fact was not written to the truth file");
        }
    }
}

impl Fact {
    pub(crate) fn arrival(trip: &Trip) -> Self {
        Fact::Arrival {
            at: trip.visit.arrived_at,
            bay_code: trip.bay_code.clone(),
            visit: trip.visit.number,
            plate: trip.visit.plate.clone(),
        }
    }

    pub(crate) fn departure(trip: &Trip) -> Self {
        Fact::Departure {
            at: trip.visit.left_at,
            bay_code: trip.bay_code.clone(),
            visit: trip.visit.number,
            plate: trip.visit.plate.clone(),
            arrived_at: trip.visit.arrived_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn facts_are_lines_that_are_added_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("truth.jsonl");
        let at = Timestamp::parse("2026-09-15T00:00:00Z").unwrap();
        for seed in [1, 2] {
            Truth::open(Some(&path)).unwrap().write(&Fact::Run { at, seed, speed: 60.0 });
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[1],
            json!({"fact": "run", "at": "2026-09-15T00:00:00.000Z", "seed": 2, "speed": 60.0})
        );
    }
}
