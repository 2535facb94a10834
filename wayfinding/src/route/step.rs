//! Turn by turn: at which junctions a driver has to be told something, and what.
//!
//! Nothing is said where there is no choice, or where the street goes on. Angles are taken over the last and
//! first metres around a junction, so that a rounded kerb does not hide a turn.

use vocabulary::Point;

use super::leg::{Leg, Legs};
use super::{Side, words};
use crate::network::{Network, ROUNDABOUT};
use crate::spot::{Spot, turn_deg};
use crate::street::Name;

/// How much of the line around a junction gives its direction, metres.
const AROUND_M: f64 = 12.0;
/// Turns up to these many degrees are straight on, slight, plain, sharp; beyond, it is turning back.
const STRAIGHT_DEG: f64 = 25.0;
const SLIGHT_DEG: f64 = 45.0;
const PLAIN_DEG: f64 = 120.0;
const SHARP_DEG: f64 = 172.0;

/// One thing to do, and how far it is to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub manoeuvre: Manoeuvre,
    pub at: Point,
    /// The street that follows; empty if it has no name.
    pub street: Name,
    /// Whether the street before had the same name.
    pub same_street: bool,
    /// Clockwise from north, of the way that follows.
    pub bearing_deg: f64,
    pub distance_m: f64,
    pub duration_s: f64,
    /// Number in the route's line.
    pub begin: usize,
    pub mode: Mode,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manoeuvre {
    Depart,
    /// Straight on; the street has another name from here on.
    Continue,
    Turn(Direction),
    UTurn,
    /// Into a roundabout and out by the exit of this number; none if the way ends inside.
    Roundabout {
        exit: Option<u8>,
    },
    Arrive {
        side: Side,
    },
}

/// Where to turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    SlightLeft,
    Left,
    SharpLeft,
    SlightRight,
    Right,
    SharpRight,
}

/// By vehicle or on foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Drive,
    Walk,
}

impl Manoeuvre {
    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Manoeuvre::Depart => "depart",
            Manoeuvre::Continue => "continue",
            Manoeuvre::Turn(direction) => direction.name(),
            Manoeuvre::UTurn => "u_turn",
            Manoeuvre::Roundabout { .. } => "roundabout",
            Manoeuvre::Arrive { .. } => "arrive",
        }
    }
}

impl Direction {
    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::SlightLeft => "slight_left",
            Direction::Left => "left",
            Direction::SharpLeft => "sharp_left",
            Direction::SlightRight => "slight_right",
            Direction::Right => "right",
            Direction::SharpRight => "sharp_right",
        }
    }

    fn of(turn_deg: f64) -> Direction {
        let right = turn_deg > 0.0;
        match turn_deg.abs() {
            turn if turn <= SLIGHT_DEG && right => Direction::SlightRight,
            turn if turn <= SLIGHT_DEG => Direction::SlightLeft,
            turn if turn <= PLAIN_DEG && right => Direction::Right,
            turn if turn <= PLAIN_DEG => Direction::Left,
            _ if right => Direction::SharpRight,
            _ => Direction::SharpLeft,
        }
    }
}

impl Step {
    /// What to tell, in Chinese.
    #[must_use]
    pub fn in_chinese(&self) -> String {
        words::in_chinese(self)
    }

    /// What to tell, in English.
    #[must_use]
    pub fn in_english(&self) -> String {
        words::in_english(self)
    }
}

/// The steps of a way.
pub(crate) fn steps(network: &Network, legs: &Legs, side: Side, mode: Mode) -> Vec<Step> {
    let Some(first) = legs.legs.first() else { return Vec::new() };
    let mut writer = Writer { network, legs, mode, steps: Vec::new() };
    writer.add(Manoeuvre::Depart, first, None);
    let mut number = 1;
    while number < legs.legs.len() {
        number = writer.junction(number);
    }
    let end = legs.line.len() - 1;
    writer.steps.push(Step {
        manoeuvre: Manoeuvre::Arrive { side },
        at: legs.line[end].point(),
        street: Name::default(),
        same_street: false,
        bearing_deg: bearing_before(&legs.line, end),
        distance_m: 0.0,
        duration_s: 0.0,
        begin: end,
        mode,
    });
    writer.measure();
    writer.steps
}

struct Writer<'a> {
    network: &'a Network,
    legs: &'a Legs,
    mode: Mode,
    steps: Vec<Step>,
}

impl Writer<'_> {
    fn add(&mut self, manoeuvre: Manoeuvre, leg: &Leg, before: Option<&Leg>) {
        let street = self.network.name(leg.arc).clone();
        let same_street = before
            .is_some_and(|before| !street.is_empty() && *self.network.name(before.arc) == street);
        // The first street may be left within some metres: what is said of it is not of the next one.
        let known = if before.is_some() { self.legs.line.len() } else { leg.end + 1 };
        self.steps.push(Step {
            manoeuvre,
            at: self.legs.line[leg.begin].point(),
            street,
            same_street,
            bearing_deg: bearing_after(&self.legs.line[..known], leg.begin),
            distance_m: 0.0,
            duration_s: 0.0,
            begin: leg.begin,
            mode: self.mode,
        });
    }

    fn is_round(&self, leg: &Leg) -> bool {
        self.mode == Mode::Drive && self.network.edge(leg.arc).has(ROUNDABOUT)
    }

    /// Looks at the junction before a leg; gives the leg to go on with.
    fn junction(&mut self, number: usize) -> usize {
        let (before, leg) = (self.legs.legs[number - 1], self.legs.legs[number]);
        if self.is_round(&leg) && !self.is_round(&before) {
            return self.roundabout(number);
        }
        if let Some(manoeuvre) = self.manoeuvre(&before, &leg) {
            self.add(manoeuvre, &leg, Some(&before));
        }
        number + 1
    }

    fn manoeuvre(&self, before: &Leg, leg: &Leg) -> Option<Manoeuvre> {
        let line = &self.legs.line;
        let turn = turn_deg(bearing_before(line, before.end), bearing_after(line, leg.begin));
        if leg.arc == before.arc ^ 1 || turn.abs() > SHARP_DEG {
            return Some(Manoeuvre::UTurn);
        }
        let (old, new) = (self.network.name(before.arc), self.network.name(leg.arc));
        let renamed = !new.is_empty() && old != new;
        let is_choice = self.others(before.arc, leg.arc) > 0;
        // A street that bends and changes its name turns, even where there is no choice.
        match turn.abs() <= STRAIGHT_DEG {
            true if renamed => Some(Manoeuvre::Continue),
            false if renamed || is_choice => Some(Manoeuvre::Turn(Direction::of(turn))),
            _ => None,
        }
    }

    /// How many other ways there are at the junction between two arcs.
    fn others(&self, before: u32, arc: u32) -> usize {
        let may = |other: &&u32| match self.mode {
            Mode::Drive => self.network.drives(**other),
            Mode::Walk => self.network.walks(**other),
        };
        let leaving = self.network.leaving(self.network.tail(arc)).iter().filter(may);
        leaving.filter(|other| **other != arc && **other != before ^ 1).count()
    }

    /// Goes round until the way leaves the roundabout.
    fn roundabout(&mut self, number: usize) -> usize {
        let legs = &self.legs.legs;
        let (before, entry) = (legs[number - 1], legs[number]);
        let (mut exits, mut next) = (0_u8, number);
        while next < legs.len() && self.is_round(&legs[next]) {
            next += 1;
            let head = self.network.head(legs[next - 1].arc);
            let leaves =
                |arc: &u32| self.network.drives(*arc) && !self.network.edge(*arc).has(ROUNDABOUT);
            let is_exit = self.network.leaving(head).iter().any(leaves);
            exits = exits.saturating_add(u8::from(is_exit));
        }
        let exit = (next < legs.len()).then_some(exits);
        let after = legs.get(next).copied().unwrap_or(entry);
        self.add(Manoeuvre::Roundabout { exit }, &entry, Some(&before));
        let street = self.network.name(after.arc).clone();
        let same_street = !street.is_empty() && *self.network.name(before.arc) == street;
        if let Some(step) = self.steps.last_mut() {
            (step.street, step.same_street) = (street, same_street);
        }
        next + 1
    }

    /// How far it is from each step to the next.
    fn measure(&mut self) {
        let ends: Vec<usize> = self.steps.iter().skip(1).map(|step| step.begin).collect();
        for (step, end) in self.steps.iter_mut().zip(ends) {
            let between =
                self.legs.legs.iter().filter(|leg| leg.begin >= step.begin && leg.end <= end);
            let (mm, ms) =
                between.fold((0, 0), |(mm, ms), leg| (mm + leg.length_mm, ms + leg.duration_ms));
            step.distance_m = super::find::metres(mm);
            step.duration_s = super::find::metres(ms);
        }
    }
}

/// The direction in which one comes to a point of a line.
fn bearing_before(line: &[Spot], end: usize) -> f64 {
    let begin = (0..end).rev().find(|n| line[*n].distance_m(line[end]) >= AROUND_M).unwrap_or(0);
    // From a point some metres before, not from far away around a bend.
    let near = near(line[end], line.get(end.saturating_sub(1)).copied(), line[begin]);
    near.to(line[end]).bearing_deg()
}

/// The direction in which one leaves a point of a line.
fn bearing_after(line: &[Spot], begin: usize) -> f64 {
    let end = (begin..line.len()).find(|n| line[*n].distance_m(line[begin]) >= AROUND_M);
    let end = end.unwrap_or(line.len() - 1);
    let near = near(line[begin], line.get(begin + 1).copied(), line[end]);
    line[begin].to(near).bearing_deg()
}

/// The next point if it is far enough to give a direction, else one that is.
fn near(centre: Spot, next: Option<Spot>, beyond: Spot) -> Spot {
    next.filter(|next| next.distance_m(centre) >= AROUND_M / 2.0).unwrap_or(beyond)
}
