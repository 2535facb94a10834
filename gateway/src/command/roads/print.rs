//! Closures of streets as they are printed.

use output::outln;
use serde_json::{Value, json};
use store::RoadClosureRow;
use vocabulary::Timestamp;
use wayfinding::Ways;

pub(super) fn closure_json(row: &RoadClosureRow, pieces: Option<usize>) -> Value {
    let place = |lon: Option<f64>, lat: Option<f64>| Some(json!({"lon": lon?, "lat": lat?}));
    json!({
        "closure_id": row.road_closure_id,
        "street": row.street,
        "at": place(row.at_lon, row.at_lat),
        "to": place(row.to_lon, row.to_lat),
        "direction": row.direction,
        "pace_pct": row.pace_pct,
        "from": Timestamp::from_ms(row.from_at),
        "until": row.until_at.map(Timestamp::from_ms),
        "reason": row.reason,
        "pieces": pieces,
        "ended_at": row.ended_at.map(Timestamp::from_ms),
    })
}

pub(super) fn print_closure(row: &RoadClosureRow, pieces: Option<usize>) {
    let place = |lon: Option<f64>, lat: Option<f64>| Some(format!("{},{}", lon?, lat?));
    let (at, to) = (place(row.at_lon, row.at_lat), place(row.to_lon, row.to_lat));
    let place = match (&row.street, at, to) {
        (Some(street), _, _) => street.clone(),
        (None, at, Some(to)) => format!("{} to {to}", at.unwrap_or_default()),
        (None, at, None) => at.unwrap_or_default(),
    };
    let what = match row.pace_pct {
        0 => "closed".to_owned(),
        pace => format!("at {pace} % of the usual pace"),
    };
    let one_way = if row.direction == Ways::Forward.name() { " (one direction)" } else { "" };
    let until = row.ended_at.or(row.until_at);
    let until =
        until.map_or_else(|| "reopened".to_owned(), |at| Timestamp::from_ms(at).to_string());
    let pieces = pieces.map_or_else(String::new, |pieces| format!(", {pieces} pieces"));
    outln!(
        "{}  {place}{one_way} {what}{pieces}, from {} until {until}: {}",
        row.road_closure_id,
        Timestamp::from_ms(row.from_at),
        row.reason
    );
}
