//! Puts prepared roads into force, with the places that came with them.
//!
//! Everything is replaced in one transaction; gateways that run notice by themselves. Roads without places (GeoJSON)
//! leave the places of the last map.

use serde_json::json;
use sha2::{Digest, Sha256};
use store::{Lane, NamedPlaceRow, RoadGraphRow, Store};
use uuid::Uuid;
use vocabulary::Timestamp;
use wayfinding::{Counts, NamedPlace, Roads};

use super::actor::Actor;
use super::{Outcome, again};

/// What is put into force.
#[derive(Debug)]
pub struct NewRoads<'a> {
    pub roads: &'a Roads,
    /// Name of the file.
    pub source: &'a str,
    pub counts: Counts,
    /// Of a map; none if the file is not one.
    pub places: Option<&'a [NamedPlace]>,
}

/// Puts roads into force; how many bytes they take.
///
/// # Errors
/// When the database fails.
pub async fn store_roads(
    store: &Store,
    actor: &Actor,
    new: &NewRoads<'_>,
    now: Timestamp,
) -> Outcome<usize> {
    let content = new.roads.to_bytes();
    let counts = json!({"read": new.counts, "prepared": new.roads.prepared()});
    let row = RoadGraphRow {
        road_graph_id: Uuid::now_v7(),
        made_at: now.ms(),
        source: new.source.to_owned(),
        counts_json: counts.to_string(),
        content_bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
        content_hash: Sha256::digest(&content).to_vec(),
    };
    let places = new.places.map(|places| rows(places, &new.roads.network().named_streets()));
    again(async || {
        let mut tx = store.begin(Lane::Command).await?;
        tx.replace_road_graph(&row, &content).await?;
        if let Some(places) = &places {
            tx.replace_named_places(places).await?;
        }
        let detail = json!({"source": row.source, "bytes": content.len()});
        actor.audit(&mut tx, now, "import_roads", ("import", "roads"), &detail).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    Ok(content.len())
}

fn rows(places: &[NamedPlace], streets: &[NamedPlace]) -> Vec<NamedPlaceRow> {
    let row = |place: &NamedPlace| NamedPlaceRow {
        place_key: place.key.clone(),
        kind: place.kind.clone(),
        name: place.name.clone(),
        name_zh: place.name_zh.clone(),
        name_en: place.name_en.clone(),
        lon: place.at.lon(),
        lat: place.at.lat(),
        detail: place.detail.clone(),
    };
    places.iter().chain(streets).map(row).collect()
}
