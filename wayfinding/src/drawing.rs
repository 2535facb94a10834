//! A route drawn as SVG, so that one can look at it: the streets around it, the way, its begin and end.

use std::fmt::Write;

use crate::network::{ROUNDABOUT, WALK, number};
use crate::roads::Roads;
use crate::route::Route;
use crate::spot::Spot;
use vocabulary::Point;

/// Longest side of the picture in pixels.
const PIXELS: f64 = 1_200.0;
/// Space around the route, metres, and at least so much of a town.
const AROUND_M: f64 = 120.0;

/// From metres on the ground to pixels.
struct Frame {
    centre: Spot,
    half_east_m: f64,
    half_north_m: f64,
    scale: f64,
}

impl Frame {
    fn around(points: &[Point]) -> Option<Frame> {
        let first = Spot::of(*points.first()?);
        let (mut west, mut east, mut south, mut north) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
        for point in points {
            let offset = first.to(Spot::of(*point));
            (west, east) = (west.min(offset.east), east.max(offset.east));
            (south, north) = (south.min(offset.north), north.max(offset.north));
        }
        let (half_east_m, half_north_m) =
            ((east - west) / 2.0 + AROUND_M, (north - south) / 2.0 + AROUND_M);
        let lat_m = 0.011_119_508;
        let lon_m = lat_m * first.point().lat().to_radians().cos();
        let units = |metres: f64, unit_m: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
            let units = (metres / unit_m) as i32;
            units
        };
        let centre = Spot {
            lon: first.lon.saturating_add(units(f64::midpoint(west, east), lon_m)),
            lat: first.lat.saturating_add(units(f64::midpoint(south, north), lat_m)),
        };
        let scale = PIXELS / (2.0 * half_east_m.max(half_north_m));
        Some(Frame { centre, half_east_m, half_north_m, scale })
    }

    fn size(&self) -> (f64, f64) {
        (2.0 * self.half_east_m * self.scale, 2.0 * self.half_north_m * self.scale)
    }

    fn place(&self, spot: Spot) -> (f64, f64) {
        let offset = self.centre.to(spot);
        (
            (offset.east + self.half_east_m) * self.scale,
            (self.half_north_m - offset.north) * self.scale,
        )
    }

    fn holds(&self, spot: Spot) -> bool {
        let offset = self.centre.to(spot);
        offset.east.abs() <= self.half_east_m * 1.2 && offset.north.abs() <= self.half_north_m * 1.2
    }

    fn path(&self, spots: impl Iterator<Item = Spot>) -> String {
        let mut path = String::new();
        for (number, spot) in spots.enumerate() {
            let (x, y) = self.place(spot);
            let letter = if number == 0 { 'M' } else { 'L' };
            write!(path, "{letter}{x:.1} {y:.1}").ok();
        }
        path
    }
}

impl Roads {
    /// The route, and the walk after it, over the streets around them.
    #[must_use]
    pub fn draw(&self, route: &Route, on_foot: &[Point]) -> String {
        let points: Vec<Point> = route.line.iter().chain(on_foot).copied().collect();
        let Some(frame) = Frame::around(&points) else { return String::new() };
        let (width, height) = frame.size();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             font-family=\"Noto Sans CJK SC, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#f3f1ec\"/>\n"
        );
        self.draw_streets(&frame, &mut svg);
        self.draw_names(&frame, &mut svg);
        draw_line(&frame, &route.line, "#1a6fe0", "", &mut svg);
        draw_line(&frame, on_foot, "#0a8f4f", " stroke-dasharray=\"2 10\"", &mut svg);
        draw_steps(&frame, route, &mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn draw_streets(&self, frame: &Frame, svg: &mut String) {
        for (edge, facts) in self.network.edges.iter().enumerate() {
            let arc = number(edge * 2);
            let line = self.network.line(arc);
            if !line.iter().any(|spot| frame.holds(*spot)) {
                continue;
            }
            let drives = self.network.drives(arc) || self.network.drives(arc + 1);
            let (colour, width) = match (drives, facts.class) {
                (true, 0..=5) => ("#f5c77e", 9.0),
                (true, 6..=9) => ("#ffffff", 8.0),
                (true, _) => ("#ffffff", 5.0),
                (false, _) if facts.has(WALK) => ("#d9b8a5", 2.0),
                _ => continue,
            };
            let one_way = self.network.drives(arc) != self.network.drives(arc + 1);
            let edge_colour = if facts.has(ROUNDABOUT) { "#b58bd6" } else { colour };
            let path = frame.path(line.iter().copied());
            writeln!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{edge_colour}\" stroke-width=\"{width}\" stroke-linecap=\"round\"/>"
            )
            .ok();
            if drives && one_way {
                draw_arrow(frame, &line, self.network.drives(arc), svg);
            }
        }
    }

    /// Each name once, at the middle of its longest edge in the picture.
    fn draw_names(&self, frame: &Frame, svg: &mut String) {
        let longest = self.network.longest_edges(|edge| {
            let ends =
                [edge.from, edge.to].map(|junction| self.network.junctions[junction as usize]);
            ends.iter().all(|spot| frame.holds(*spot))
        });
        for (name, found) in
            self.network.names.iter().zip(longest).filter(|(name, _)| !name.is_empty())
        {
            let Some(edge) = found else { continue };
            let (x, y) = frame.place(self.network.middle(edge));
            let (text, x, y) = (escaped(name.in_chinese()), x, y - 6.0);
            writeln!(svg, "<text x=\"{x:.0}\" y=\"{y:.0}\" font-size=\"13\" fill=\"#555\" text-anchor=\"middle\">{text}</text>").ok();
        }
    }
}

fn draw_arrow(frame: &Frame, line: &[Spot], along: bool, svg: &mut String) {
    let middle = line.len() / 2;
    let (from, to) = (line[middle.saturating_sub(1)], line[middle]);
    let (from, to) = if along { (from, to) } else { (to, from) };
    let (x, y) = frame.place(from.towards(to, 0.5));
    let turn = from.to(to).bearing_deg();
    writeln!(
        svg,
        "<path d=\"M0 -5L4 4L0 2L-4 4Z\" fill=\"#888\" transform=\"translate({x:.1} {y:.1}) rotate({turn:.0})\"/>"
    )
    .ok();
}

fn draw_line(frame: &Frame, line: &[Point], colour: &str, more: &str, svg: &mut String) {
    if line.is_empty() {
        return;
    }
    let path = frame.path(line.iter().map(|point| Spot::of(*point)));
    writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"4\" stroke-linecap=\"round\" stroke-linejoin=\"round\" opacity=\"0.85\"{more}/>"
    )
    .ok();
}

fn draw_steps(frame: &Frame, route: &Route, svg: &mut String) {
    for (number, step) in route.steps.iter().enumerate() {
        let (x, y) = frame.place(Spot::of(step.at));
        let colour = match number {
            0 => "#0a8f4f",
            n if n + 1 == route.steps.len() => "#d0342c",
            _ => "#1a6fe0",
        };
        let label = number + 1;
        writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"9\" fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"2\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"11\" fill=\"#fff\" text-anchor=\"middle\">{label}</text>",
            y + 4.0
        )
        .ok();
    }
    for (number, step) in route.steps.iter().enumerate() {
        let mut text = format!("{} {}", number + 1, step.in_chinese());
        if step.distance_m > 0.0 {
            write!(text, " · {:.0} 米", step.distance_m).ok();
        }
        let y = 24.0 + 20.0 * f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        let text = escaped(&text);
        writeln!(
            svg,
            "<text x=\"12\" y=\"{y:.0}\" font-size=\"15\" fill=\"#222\" stroke=\"#f3f1ec\" stroke-width=\"4\" paint-order=\"stroke\">{text}</text>"
        )
        .ok();
    }
}

fn escaped(text: &str) -> String {
    let safe = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    safe.chars().filter(|c| !c.is_control()).collect()
}
