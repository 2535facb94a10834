//! Reads the two files: the simulation's truth and the gateway's stays, a JSON object a line.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use serde::Deserialize;
use vocabulary::{Interval, Timestamp, VehicleClass};

use crate::scenario::Kind;
use crate::truth::Fact;

/// What truly happened, by bay.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// When the devices were switched on.
    pub from: Timestamp,
    /// When it was over.
    pub until: Timestamp,
    /// How many bays have a device.
    pub bays: usize,
    pub(super) stays: BTreeMap<String, Vec<TrueStay>>,
    pub(super) faults: BTreeMap<String, Vec<(Kind, Interval)>>,
}

/// A vehicle in a bay.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TrueStay {
    pub(super) vehicle: VehicleClass,
    pub(super) arrived_at: Timestamp,
    pub(super) left_at: Option<Timestamp>,
    /// As a sound device reports it; as it truly was, where a part of it is too short for that.
    pub(super) reported: Interval,
}

/// A stay as `gateway export stays` prints it; other fields are ignored.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PublishedStay {
    /// The bay.
    pub bay_code: String,
    /// The stay.
    pub stay_id: String,
    /// `present`, `left`, `void`, `superseded`.
    pub state: String,
    /// Billed from.
    pub arrived_at: Timestamp,
    /// Billed to; absent while the vehicle is there.
    #[serde(default)]
    pub left_at: Option<Timestamp>,
    /// Not earlier than this.
    #[serde(default)]
    pub arrived_earliest_at: Option<Timestamp>,
    /// Not later than this.
    #[serde(default)]
    pub left_latest_at: Option<Timestamp>,
    /// What is not billed, and why.
    #[serde(default)]
    pub doubts: Vec<PublishedDoubt>,
}

/// A part of a stay that the sensors cannot vouch for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PublishedDoubt {
    /// Since.
    pub from: Timestamp,
    /// Until; absent while it goes on.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// In the words of the gateway.
    pub reason: String,
}

/// A line that is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LineReject {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailure {
    /// The file.
    #[error("{0}")]
    File(#[from] io::Error),
    /// A line of it.
    #[error(transparent)]
    Line(#[from] LineReject),
    /// A truth without its first line.
    #[error("the truth has no line with \"fact\":\"simulated\"")]
    NoBeginning,
}

impl Truth {
    /// Reads a truth file; facts that are not about sensors are passed over. Several simulations
    /// in one file are one time, from the first to the last.
    ///
    /// # Errors
    /// A line that is no fact, or no fact that says what was simulated.
    pub fn read(lines: impl BufRead) -> Result<Self, ReadFailure> {
        let (mut scope, mut stays, mut faults) = (None, BTreeMap::new(), BTreeMap::new());
        for_each_line(lines, |fact| {
            match fact {
                Fact::Simulated { from, until, bays, .. } => {
                    let (first, last, most) = scope.unwrap_or((from, until, bays));
                    scope = Some((from.min(first), until.max(last), bays.max(most)));
                }
                Fact::Fault { bay_code, kind, from, to, .. } => {
                    let interval = Interval::new(from, to.max(from)).expect("put in order");
                    faults.entry(bay_code).or_insert_with(Vec::new).push((kind, interval));
                }
                fact => {
                    if let Some((bay_code, stay)) = TrueStay::of(fact) {
                        stays.entry(bay_code).or_insert_with(Vec::new).push(stay);
                    }
                }
            }
            Ok(())
        })?;
        let (from, until, bays) = scope.ok_or(ReadFailure::NoBeginning)?;
        Ok(Truth { from, until, bays, stays, faults })
    }
}

impl TrueStay {
    fn of(fact: Fact) -> Option<(String, Self)> {
        let Fact::Stay {
            bay_code,
            vehicle,
            arrived_at,
            left_at,
            reported_arrived_at,
            reported_left_at,
            ..
        } = fact
        else {
            return None;
        };
        let from = reported_arrived_at.unwrap_or(arrived_at);
        let to = reported_left_at.or(left_at).unwrap_or(from).max(from);
        let reported = Interval::new(from, to).expect("put in order");
        Some((bay_code, TrueStay { vehicle, arrived_at, left_at, reported }))
    }
}

/// Reads published stays; void and superseded ones are left out.
///
/// # Errors
/// A line that is no stay.
pub fn stays(lines: impl BufRead) -> Result<Vec<PublishedStay>, ReadFailure> {
    let mut stays = Vec::new();
    for_each_line(lines, |stay: PublishedStay| {
        match stay.state.as_str() {
            "void" | "superseded" => {}
            _ if stay.left_at.is_some_and(|left_at| left_at < stay.arrived_at) => {
                return Err("the stay ends before it begins".into());
            }
            _ => stays.push(stay),
        }
        Ok(())
    })?;
    Ok(stays)
}

fn for_each_line<T: for<'a> Deserialize<'a>>(
    lines: impl BufRead,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), ReadFailure> {
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let read = serde_json::from_str(&line).map_err(|error| error.to_string());
        read.and_then(&mut take).map_err(|reason| LineReject { line: number, reason })?;
    }
    Ok(())
}
