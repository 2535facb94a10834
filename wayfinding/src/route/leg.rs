//! A way edge by edge: its line, and how long each part of it is in metres and seconds.

use vocabulary::Point;

use super::ends::share;
use super::find::Way;
use crate::network::Network;
use crate::spot::Spot;

/// A way and its line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Legs {
    pub(crate) legs: Vec<Leg>,
    pub(crate) line: Vec<Spot>,
}

/// Who drives less than this along a street at the begin or the end of a way is not told of that street.
const SHORTEST_MM: u64 = 1_000;

/// One edge of a way, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) arc: u32,
    pub(crate) length_mm: u64,
    pub(crate) duration_ms: u64,
    /// Where in the line it begins and ends.
    pub(crate) begin: usize,
    pub(crate) end: usize,
}

impl Legs {
    /// `duration` says how many milliseconds so many millimetres of an arc take.
    pub(crate) fn of(network: &Network, way: &Way, duration: impl Fn(u32, u32) -> u64) -> Legs {
        let mut legs = Legs::default();
        for (arc, from_mm, to_mm) in way.parts(network) {
            let line = network.line(arc);
            let part = part_of(&line, network.edge(arc).length_mm, from_mm, to_mm);
            legs.push(arc, &part, to_mm - from_mm, duration(arc, to_mm - from_mm));
        }
        legs.join_ends();
        legs
    }

    /// A way that begins or ends at a corner has a piece of nothing of a street that is not driven: it belongs to
    /// the next one.
    fn join_ends(&mut self) {
        let legs = &mut self.legs;
        while let [first, second, ..] = legs[..]
            && first.length_mm < SHORTEST_MM
        {
            legs.remove(0);
            legs[0] = second.with(&first, first.begin, second.end);
        }
        while let [.., before, last] = legs[..]
            && last.length_mm < SHORTEST_MM
        {
            legs.pop();
            let end = legs.len() - 1;
            legs[end] = before.with(&last, before.begin, last.end);
        }
    }

    fn push(&mut self, arc: u32, part: &[Spot], length_mm: u32, duration_ms: u64) {
        let begin = self.line.len().saturating_sub(1);
        for spot in part {
            if self.line.last() != Some(spot) {
                self.line.push(*spot);
            }
        }
        let end = self.line.len() - 1;
        let begin = begin.min(end);
        self.legs.push(Leg { arc, length_mm: u64::from(length_mm), duration_ms, begin, end });
    }

    pub(crate) fn length_mm(&self) -> u64 {
        self.legs.iter().map(|leg| leg.length_mm).sum()
    }

    pub(crate) fn duration_ms(&self) -> u64 {
        self.legs.iter().map(|leg| leg.duration_ms).sum()
    }

    pub(crate) fn points(&self) -> Vec<Point> {
        self.line.iter().map(|spot| spot.point()).collect()
    }
}

impl Leg {
    /// Together with another one, from one place in the line to another.
    fn with(self, other: &Leg, begin: usize, end: usize) -> Leg {
        let length_mm = self.length_mm + other.length_mm;
        Leg { length_mm, duration_ms: self.duration_ms + other.duration_ms, begin, end, ..self }
    }
}

/// The part of a line between two distances from its begin.
fn part_of(line: &[Spot], length_mm: u32, from_mm: u32, to_mm: u32) -> Vec<Spot> {
    if from_mm == 0 && to_mm == length_mm {
        return line.to_vec();
    }
    let measured_m: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
    let at_m = |mm: u32| {
        let millionths = share(1_000_000, mm, length_mm);
        #[expect(clippy::cast_precision_loss, reason = "at most a million")]
        let share = millionths as f64 / 1e6;
        share * measured_m
    };
    let (from_m, to_m) = (at_m(from_mm), at_m(to_mm));
    let (mut part, mut so_far_m) = (Vec::new(), 0.0);
    for pair in line.windows(2) {
        let piece_m = pair[0].distance_m(pair[1]);
        let next_m = so_far_m + piece_m;
        let place = |at_m: f64| {
            let share = if piece_m > 0.0 { (at_m - so_far_m) / piece_m } else { 0.0 };
            pair[0].towards(pair[1], share.clamp(0.0, 1.0))
        };
        if part.is_empty() && from_m <= next_m {
            part.push(place(from_m));
        }
        if !part.is_empty() {
            if to_m <= next_m {
                part.push(place(to_m));
                return part;
            }
            part.push(pair[1]);
        }
        so_far_m = next_m;
    }
    if part.is_empty() {
        part.push(line[line.len() - 1]);
    }
    part
}
