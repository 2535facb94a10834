//! `gateway route`

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use output::outln;
use serde_json::{Value, json};
use vocabulary::Point;
use wayfinding::route::{Manoeuvre, Route, RouteReject, Step, Stop};
use wayfinding::{Metric, Navigator, Roads};

use super::database::Database;
use crate::roads::in_force;
use crate::trip::{self, Basis, Trip, Walk, Wanted};

/// Find the way by vehicle over the roads that were imported, under the closures in force. A refusal exits with 1.
#[derive(Debug, Args)]
#[command(
    after_help = "Refusals: too_far_from_road, island_of_roads, no_way, dest_too_far, no_roads, malformed_line (docs/ROADS.md)"
)]
pub(super) struct FindRoute {
    /// Where it begins: longitude,latitude in degrees (WGS-84).
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true, required_unless_present = "pairs")]
    from: Option<Point>,
    /// Where it ends.
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true, required_unless_present = "pairs")]
    to: Option<Point>,
    /// The end is beside the street on one side of it, as a bay is: arrive with it on the right.
    #[arg(long)]
    kerb: bool,
    /// Drive as far as --to, then walk to this place.
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true)]
    walk: Option<Point>,
    /// The least distance instead of the least time.
    #[arg(long)]
    shortest: bool,
    /// Draw the way over the streets around it.
    #[arg(long, value_name = "FILE", conflicts_with = "pairs")]
    svg: Option<PathBuf>,
    /// Find many: lines of `lon,lat lon,lat` in this file (`-` for standard input); one line of JSON comes out for each.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "walk"])]
    pairs: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

impl FindRoute {
    pub(super) async fn run(self) -> Result<ExitCode> {
        let Some(roads) = self.roads().await? else {
            let detail = "no roads were imported: gateway import osm, or gateway import roads";
            return Ok(self.refuse("no_roads", detail));
        };
        if let Some(pairs) = &self.pairs {
            let input: Box<dyn BufRead> = if pairs.as_os_str() == "-" {
                Box::new(std::io::stdin().lock())
            } else {
                let file = std::fs::File::open(pairs);
                Box::new(BufReader::new(
                    file.with_context(|| format!("cannot read {}", pairs.display()))?,
                ))
            };
            return self.many(&roads, input);
        }
        let (Some(from), Some(to)) = (self.from, self.to) else {
            anyhow::bail!("name --from and --to");
        };
        match self.trip(&roads, &mut Navigator::default(), from, to) {
            Ok(trip) => {
                if let Some(path) = &self.svg {
                    let walk = trip.walk.as_ref().map(|walk| walk.line.as_slice());
                    std::fs::write(path, roads.draw(&trip.drive, walk.unwrap_or_default()))
                        .with_context(|| format!("cannot write {}", path.display()))?;
                }
                self.print(&trip, from, to);
                Ok(ExitCode::SUCCESS)
            }
            Err(reject) => Ok(self.refuse(reject.code(), &reject.to_string())),
        }
    }

    async fn roads(&self) -> Result<Option<Arc<Roads>>> {
        let (_, store) = self.database.open().await?;
        let now = Database::city_now(&store).await?;
        let roads = in_force(&store, now).await?;
        store.close().await;
        Ok(roads)
    }

    fn metric(&self) -> Metric {
        if self.shortest { Metric::Shortest } else { Metric::Fastest }
    }

    fn trip(
        &self,
        roads: &Roads,
        navigator: &mut Navigator,
        from: Point,
        to: Point,
    ) -> Result<Trip, RouteReject> {
        let (to, dest) = (Stop { at: to, kerb: self.kerb }, self.walk);
        trip::find(roads, navigator, &Wanted { from, to, dest, metric: self.metric() })
    }

    fn many(&self, roads: &Roads, input: Box<dyn BufRead>) -> Result<ExitCode> {
        let mut navigator = Navigator::default();
        let mut out = output::Stream;
        let mut refused = false;
        for line in input.lines() {
            let line = line.context("reading the pairs")?;
            if line.trim().is_empty() {
                continue;
            }
            let answer = match pair(&line) {
                Ok((from, to)) => match self.trip(roads, &mut navigator, from, to) {
                    Ok(trip) => self.as_json(&trip, from, to),
                    Err(reject) => error_json(reject.code(), &reject.to_string()),
                },
                Err(detail) => error_json("malformed_line", &detail),
            };
            refused |= answer.get("error").is_some();
            // A line at a time: whoever asks over a pipe waits for it.
            writeln!(out, "{answer}").context("writing the ways")?;
        }
        Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn refuse(&self, code: &str, detail: &str) -> ExitCode {
        if self.json {
            outln!("{}", error_json(code, detail));
        } else {
            eprintln!("refused: {code}: {detail}");
        }
        ExitCode::from(1)
    }

    fn as_json(&self, trip: &Trip, from: Point, to: Point) -> Value {
        let mut answer = route_json(&trip.drive);
        answer["metric"] = json!(self.metric().name());
        answer["already_there"] = json!(trip::is_there(from, to, trip.drive.distance_m));
        answer["total_s"] = json!(tenth(trip.duration_s()));
        if let Some(walk) = &trip.walk {
            answer["walk"] = walk_json(walk);
        }
        answer
    }

    fn print(&self, trip: &Trip, from: Point, to: Point) {
        if self.json {
            outln!("{}", self.as_json(trip, from, to));
            return;
        }
        print_way(trip.drive.distance_m, trip.drive.duration_s, &trip.drive.steps);
        if let Some(walk) = &trip.walk {
            let how = match walk.basis {
                Basis::Streets => "then on foot",
                Basis::StraightLine => "then on foot, an estimate: no way on foot is known",
            };
            outln!("\n{how}");
            print_way(walk.distance_m, walk.duration_s, &walk.steps);
        }
    }
}

/// A way as JSON; numbers of metres and seconds to a tenth.
pub(crate) fn route_json(route: &Route) -> Value {
    json!({
        "distance_m": tenth(route.distance_m),
        "duration_s": tenth(route.duration_s),
        "arrival_side": route.arrival_side.name(),
        "from_road_m": tenth(route.from_road_m),
        "to_road_m": tenth(route.to_road_m),
        "steps": route.steps.iter().map(step_json).collect::<Vec<_>>(),
        "geometry": {"type": "LineString", "coordinates": coordinates(&route.line)},
    })
}

/// The walk at its end, as the API has it.
fn walk_json(walk: &Walk) -> Value {
    json!({
        "basis": walk.basis.name(),
        "distance_m": tenth(walk.distance_m),
        "duration_s": tenth(walk.duration_s),
        "steps": walk.steps.iter().map(step_json).collect::<Vec<_>>(),
        "geometry": {"type": "LineString", "coordinates": coordinates(&walk.line)},
    })
}

/// A line needs two points.
fn coordinates(line: &[Point]) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = line.iter().map(|point| [point.lon(), point.lat()]).collect();
    if let [only] = points[..] {
        points.push(only);
    }
    points
}

fn step_json(step: &Step) -> Value {
    let mut answer = json!({
        "kind": step.manoeuvre.name(),
        "zh": step.in_chinese(),
        "en": step.in_english(),
        "at": [step.at.lon(), step.at.lat()],
        "street": {"zh": step.street.zh, "en": step.street.en},
        "bearing_deg": step.bearing_deg.round(),
        "distance_m": tenth(step.distance_m),
        "duration_s": tenth(step.duration_s),
        "point": step.begin,
    });
    match step.manoeuvre {
        Manoeuvre::Roundabout { exit } => answer["exit"] = json!(exit),
        Manoeuvre::Arrive { side } => answer["side"] = json!(side.name()),
        _ => {}
    }
    answer
}

fn error_json(code: &str, detail: &str) -> Value {
    json!({"error": {"code": code, "detail": detail}})
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn print_way(distance_m: f64, duration_s: f64, steps: &[Step]) {
    outln!("{distance_m:.0} m, {:.0} min", (duration_s / 60.0).ceil());
    for (number, step) in steps.iter().enumerate() {
        let far =
            if step.distance_m > 0.0 { format!("{:.0} m", step.distance_m) } else { String::new() };
        outln!("{:3}  {far:>8}  {}  {}", number + 1, step.in_chinese(), step.in_english());
    }
}

fn pair(line: &str) -> Result<(Point, Point), String> {
    let mut places = line.split_whitespace();
    match (places.next(), places.next(), places.next()) {
        (Some(from), Some(to), None) => Ok((place(from)?, place(to)?)),
        _ => Err("two places: lon,lat lon,lat".to_owned()),
    }
}

/// `lon,lat`.
pub(super) fn place(text: &str) -> Result<Point, String> {
    let number =
        |part: &str| part.trim().parse::<f64>().map_err(|_| format!("{part:?} is no number"));
    let (lon, lat) = text.split_once(',').ok_or("two numbers: longitude,latitude")?;
    let (lon, lat) = (number(lon)?, number(lat)?);
    Point::new(lon, lat).map_err(|_| {
        format!(
            "{lon},{lat} is no place on earth: longitude (-180 to 180) comes first, then latitude"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_longitude_and_latitude() {
        assert_eq!(place("104.17,36.55"), Ok(Point::new(104.17, 36.55).unwrap()));
        assert_eq!(place("-76.6, 39.3"), Ok(Point::new(-76.6, 39.3).unwrap()));
        for wrong in ["", "104.17", "36.55,104.17", "a,b", "1,2,3", "nan,0", "181,0"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
        assert!(pair("1,2 3,4").is_ok());
        for wrong in ["1,2", "1,2 3,4 5,6", "1,2 3", ""] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
