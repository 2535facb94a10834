//! Lines of a layout: streets of the map, blocks. Pieces of a street that go on in one another are one line, so that a
//! name is written along all of it and few points are needed from afar.

use std::collections::HashMap;

use super::boxes::{Area, Boxes, nearby};
use super::mercator::TURN;
use super::names::{Names, text_bytes};
use crate::network::{DRIVE_AGAINST, DRIVE_ALONG, Edge, Network, WALK, number};
use crate::road_class::RoadClass;
use crate::spot::Spot;

/// What roads are called in a tile, most important first.
pub(super) const CLASSES: [&str; 8] =
    ["motorway", "trunk", "primary", "secondary", "tertiary", "minor", "service", "path"];
/// Points of one line: longer streets are several, so that a tile does not look at all of a motorway.
const POINTS_LIMIT: usize = 256;

/// Lines in an order that keeps neighbours together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lines {
    lines: Vec<Line>,
    points: Vec<Spot>,
    boxes: Boxes,
}

/// What a line is; names are numbers in `Names`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Where its points begin and end.
    pub(super) begin: u32,
    pub(super) end: u32,
    /// A place in `CLASSES`.
    pub(super) class: u8,
    /// May be driven along the line only.
    pub(super) one_way: bool,
    pub(super) name: u32,
    pub(super) name_en: u32,
    /// Of a block.
    pub(super) code: u32,
}

impl Lines {
    pub(super) fn build(lines: impl Iterator<Item = (Line, Vec<Spot>)>) -> Lines {
        let mut all: Vec<(Line, Vec<Spot>)> =
            lines.filter(|(_, points)| points.len() > 1).collect();
        // Stable: of two lines from one place the first to come stays first.
        all.sort_by_key(|(_, points)| nearby(points[points.len() / 2]));
        let boxes = Boxes::build(all.iter().map(|(_, points)| area(points)));
        let mut built = Lines { lines: Vec::with_capacity(all.len()), points: Vec::new(), boxes };
        for (line, points) in all {
            let begin = number(built.points.len());
            built.points.extend(points);
            built.lines.push(Line { begin, end: number(built.points.len()), ..line });
        }
        built
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn points(&self, line: &Line) -> &[Spot] {
        self.points.get(line.begin as usize..line.end as usize).unwrap_or_default()
    }

    /// Lines whose box meets a rectangle.
    pub(super) fn within(&self, meets: Area) -> impl Iterator<Item = &Line> {
        let ranges = self.boxes.within(&meets).into_iter();
        let lines = ranges.flat_map(move |range| &self.lines[range]);
        lines.filter(move |line| area(self.points(line)).meets(&meets))
    }

    pub(super) fn spots(&self) -> impl Iterator<Item = Spot> {
        self.points.iter().copied()
    }

    pub(super) fn each_byte(&self, names: &Names, take: &mut impl FnMut(&[u8])) {
        take(&u64::try_from(self.lines.len()).unwrap_or(u64::MAX).to_be_bytes());
        for line in &self.lines {
            take(&[line.class, u8::from(line.one_way)]);
            [line.name, line.name_en, line.code]
                .iter()
                .for_each(|name| text_bytes(names.text(*name), take));
            let points = self.points(line);
            take(&number(points.len()).to_be_bytes());
            points.iter().for_each(|spot| spot.each_byte(take));
        }
    }
}

/// Longitudes one after the other without the jump at the date line.
pub(super) fn unwrapped(points: &[Spot]) -> impl Iterator<Item = (i64, i32)> {
    let mut before = None;
    points.iter().map(move |spot| {
        let own = i64::from(spot.lon);
        let lon = before.map_or(own, |before: i64| {
            before + (own - before + TURN / 2).rem_euclid(TURN) - TURN / 2
        });
        before = Some(lon);
        (lon, spot.lat)
    })
}

fn area(points: &[Spot]) -> Area {
    let around = unwrapped(points).map(|(lon, lat)| {
        let lat = i64::from(lat);
        Area { west: lon, south: lat, east: lon, north: lat }
    });
    around.reduce(Area::with).unwrap_or(Area { west: 0, south: 0, east: -1, north: -1 })
}

/// English names by the numbers of the Chinese ones.
pub(super) fn english(roads: &Lines) -> HashMap<u32, u32> {
    let mut english = HashMap::new();
    for line in roads.lines.iter().filter(|line| line.name_en != 0) {
        english.entry(line.name).or_insert(line.name_en);
    }
    english
}

/// A piece of street in the direction it is drawn in.
struct Piece {
    edge: u32,
    /// Drawn against its line.
    turned: bool,
    ends: [u32; 2],
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    class: u8,
    one_way: bool,
    name: u32,
}

/// Pieces that meet in a junction and are of one kind: piece, and whether its begin is there.
type Meeting = HashMap<(u32, Kind), Vec<(usize, bool)>>;

/// Every street that somebody may drive or walk.
pub(super) fn of_network(
    network: &Network,
    names: &mut Names,
    convert: impl Fn(Spot) -> Spot,
) -> Lines {
    let edges = (0_u32..).zip(&network.edges);
    let pieces: Vec<Piece> = edges.filter_map(|(edge, facts)| piece(edge, facts)).collect();
    let mut meeting = Meeting::new();
    for (number, piece) in pieces.iter().enumerate() {
        for (end, at_begin) in piece.ends.iter().zip([true, false]) {
            meeting.entry((*end, piece.kind)).or_default().push((number, at_begin));
        }
    }
    let mut drawn = vec![false; pieces.len()];
    let mut lines = Vec::new();
    for number in 0..pieces.len() {
        if drawn[number] {
            continue;
        }
        let begin = begin_of(number, &pieces, &meeting, &drawn);
        let points = chain(begin, network, &pieces, &meeting, &mut drawn);
        let kind = pieces[number].kind;
        let name = &network.names[kind.name as usize];
        let line = Line {
            class: kind.class,
            one_way: kind.one_way,
            name: names.number(name.in_chinese()),
            name_en: names.number(&name.en),
            ..Line::default()
        };
        lines.push((line, points.into_iter().map(&convert).collect()));
    }
    Lines::build(lines.into_iter())
}

fn piece(edge: u32, facts: &Edge) -> Option<Piece> {
    let ways = (facts.has(DRIVE_ALONG), facts.has(DRIVE_AGAINST));
    if ways == (false, false) && !facts.has(WALK) {
        return None;
    }
    let turned = ways == (false, true);
    let ends = if turned { [facts.to, facts.from] } else { [facts.from, facts.to] };
    // Nobody drives there: drawn as a path, whatever it is on the map.
    let class = if ways == (false, false) { 7 } else { class(facts.class()) };
    Some(Piece {
        edge,
        turned,
        ends,
        kind: Kind { class, one_way: ways.0 != ways.1, name: facts.name },
    })
}

fn class(class: RoadClass) -> u8 {
    match class {
        RoadClass::Motorway | RoadClass::MotorwayLink => 0,
        RoadClass::Trunk | RoadClass::TrunkLink => 1,
        RoadClass::Primary | RoadClass::PrimaryLink => 2,
        RoadClass::Secondary | RoadClass::SecondaryLink => 3,
        RoadClass::Tertiary | RoadClass::TertiaryLink => 4,
        RoadClass::Unclassified | RoadClass::Residential | RoadClass::LivingStreet => 5,
        RoadClass::Service | RoadClass::Track => 6,
        RoadClass::Path => 7,
    }
}

/// The piece that follows, and whether it is gone along: only where no third one of its kind meets them.
fn next(
    (number, along): (usize, bool),
    pieces: &[Piece],
    meeting: &Meeting,
) -> Option<(usize, bool)> {
    let piece = &pieces[number];
    let here = (number, !along);
    let there = meeting.get(&(piece.ends[usize::from(along)], piece.kind))?;
    let [one, other] = there[..] else { return None };
    let (number, at_begin) = if one == here { other } else { one };
    (number != here.0 && (!piece.kind.one_way || at_begin == along)).then_some((number, at_begin))
}

/// Where a line begins that a piece belongs to, and whether its first piece is gone along.
fn begin_of(number: usize, pieces: &[Piece], meeting: &Meeting, drawn: &[bool]) -> (usize, bool) {
    let mut at = (number, false);
    while let Some(before) = next(at, pieces, meeting) {
        if before.0 == number || drawn[before.0] {
            break;
        }
        at = before;
    }
    (at.0, !at.1)
}

fn chain(
    begin: (usize, bool),
    network: &Network,
    pieces: &[Piece],
    meeting: &Meeting,
    drawn: &mut [bool],
) -> Vec<Spot> {
    let mut points: Vec<Spot> = Vec::new();
    let mut at = Some(begin);
    while let Some((number, along)) = at.filter(|(number, _)| !drawn[*number]) {
        drawn[number] = true;
        let piece = &pieces[number];
        let line = network.line(piece.edge * 2 + u32::from(piece.turned == along));
        points.extend(&line[usize::from(!points.is_empty())..]);
        at = next((number, along), pieces, meeting).filter(|_| points.len() < POINTS_LIMIT);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_roads::{drawn, spot};

    fn lines(points: &[(f64, f64)], streets: &[(&[u32], &str)]) -> (Lines, Names) {
        let network = Network::build(&drawn(points, streets));
        let mut names = Names::default();
        let lines = of_network(&network, &mut names, |spot| spot);
        (lines, names)
    }

    fn named<'a>(lines: &'a Lines, names: &Names, name: &str) -> Vec<&'a [Spot]> {
        let found = lines.lines.iter().filter(|line| names.text(line.name) == name);
        found.map(|line| lines.points(line)).collect()
    }

    #[test]
    fn a_street_over_junctions_is_one_line() {
        let points = [(0.0, 0.0), (100.0, 0.0), (200.0, 10.0), (100.0, 90.0), (100.0, -90.0)];
        let (lines, names) = lines(&points, &[(&[0, 1, 2], "=A"), (&[3, 1, 4], "=B")]);
        let a = named(&lines, &names, "A");
        assert_eq!(a.len(), 1);
        assert_eq!(a[0].len(), 3);
        assert!(a[0].contains(&spot(100.0, 0.0)), "{a:?}");
        assert_eq!(named(&lines, &names, "B").len(), 1);
    }

    #[test]
    fn a_fork_of_one_name_is_three_lines_and_a_ring_one() {
        let points = [(0.0, 0.0), (100.0, 0.0), (200.0, 50.0), (200.0, -50.0)];
        let fork: &[(&[u32], &str)] = &[(&[0, 1], "=A"), (&[1, 2], "=A"), (&[1, 3], "=A")];
        let (lines_, names) = lines(&points, fork);
        assert_eq!(named(&lines_, &names, "A").len(), 3);
        let ring: &[(&[u32], &str)] = &[(&[0, 1], "=R"), (&[1, 2], "=R"), (&[2, 0], "=R")];
        let (lines_, names) = lines(&points, ring);
        let found = named(&lines_, &names, "R");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].len(), found[0].first()), (4, found[0].last()));
    }

    #[test]
    fn a_one_way_street_is_drawn_the_way_it_is_driven() {
        let points = [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)];
        // The second piece was mapped from the far end.
        let (lines, names) = lines(&points, &[(&[0, 1], "one-way =A"), (&[2, 1], "back =A")]);
        let a = named(&lines, &names, "A");
        assert_eq!(a, [[spot(0.0, 0.0), spot(100.0, 0.0), spot(200.0, 0.0)]]);
        assert!(lines.lines.iter().all(|line| line.one_way));
    }

    #[test]
    fn longitudes_go_on_over_the_date_line() {
        let at = |lon| Spot { lon, lat: 0 };
        let line = [at(1_799_999_000), at(-1_799_999_000), at(-1_799_998_000)];
        let lons: Vec<i64> = unwrapped(&line).map(|(lon, _)| lon).collect();
        assert_eq!(lons, [1_799_999_000, 1_800_001_000, 1_800_002_000]);
        assert_eq!(area(&line).east, 1_800_002_000);
    }
}
