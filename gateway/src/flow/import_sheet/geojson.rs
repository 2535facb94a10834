//! Features of a GeoJSON file as rows (RFC 7946): properties named as columns, and where they lie, if that is asked for.

use std::collections::HashMap;

use serde_json::Value;

use super::{Column, Place, Row, Sheet, Wrong};

/// Reads the features of a file.
pub(super) fn read(text: &str, columns: &[Column]) -> Result<Sheet, Wrong> {
    let whole = |code, advice: &str| Wrong::new(Place::WholeFile, None, code, advice);
    let file: Value = serde_json::from_str(text).map_err(|error| {
        let at = u64::try_from(error.line()).map_or(Place::WholeFile, Place::Line);
        Wrong::new(at, None, "json_malformed", error.to_string())
    })?;
    let features = file["features"].as_array();
    let features = features.filter(|_| file["type"] == "FeatureCollection");
    let features = features
        .ok_or_else(|| whole("not_geojson", "a FeatureCollection with features is expected"))?;
    let mut sheet = Sheet::default();
    for (number, feature) in (1_u64..).zip(features) {
        match feature_row(Place::Feature(number), feature, columns) {
            Ok(row) => sheet.rows.push(row),
            Err(wrong) => sheet.wrong.push(wrong),
        }
    }
    Ok(sheet)
}

fn feature_row(at: Place, feature: &Value, columns: &[Column]) -> Result<Row, Wrong> {
    let mut cells = HashMap::new();
    for (name, value) in feature["properties"].as_object().into_iter().flatten() {
        let known = columns.iter().find(|c| c.name.eq_ignore_ascii_case(name));
        // Maps carry properties of their own; only those named as columns are ours.
        let Some(column) = known else { continue };
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        if !text.is_empty() {
            cells.insert(column.name, text);
        }
    }
    // Where a device is, its bay says.
    if !columns.iter().any(|column| column.name == "lon") {
        return Ok(Row { at, cells });
    }
    let (lon, lat) = middle(&feature["geometry"]).ok_or_else(|| {
        let advice = "a bay is a Point, or a Polygon whose middle is taken";
        Wrong::new(at, "geometry", "geometry_unknown", advice)
    })?;
    cells.insert("lon", lon.to_string());
    cells.insert("lat", lat.to_string());
    Ok(Row { at, cells })
}

/// A point, or the middle of the corners of a polygon (the last corner repeats the first).
fn middle(geometry: &Value) -> Option<(f64, f64)> {
    let place = |p: &Value| Some((p[0].as_f64()?, p[1].as_f64()?));
    match geometry["type"].as_str()? {
        "Point" => place(&geometry["coordinates"]),
        "Polygon" => {
            let ring = geometry["coordinates"][0].as_array()?;
            let corners: Vec<(f64, f64)> = ring.iter().map(place).collect::<Option<_>>()?;
            let corners = corners.get(1..).filter(|corners| corners.len() >= 3)?;
            let count = corners.len() as f64;
            let sum = corners.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
            Some((sum.0 / count, sum.1 / count))
        }
        _ => None,
    }
}
