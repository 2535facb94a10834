//! Prepared roads, in parts, and the places with names that came with a map.

use sqlx::FromRow;
use uuid::Uuid;

use crate::ask::{row, rows, run};
use crate::bulk::bulk;
use crate::tx::both;
use crate::{Result, Tx};

/// Bytes of one part.
const PART_BYTES: usize = 1 << 20;

/// Prepared roads without their content.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RoadGraphRow {
    pub road_graph_id: Uuid,
    pub made_at: i64,
    /// The file they were read from.
    pub source: String,
    pub counts_json: String,
    pub content_bytes: i64,
    pub content_hash: Vec<u8>,
}

/// A place that people look for by name.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct NamedPlaceRow {
    pub place_key: String,
    pub kind: String,
    pub name: String,
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
    pub lon: f64,
    pub lat: f64,
    pub detail: String,
}

impl Tx {
    /// Puts prepared roads into force and forgets those before; every gateway hears of it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn replace_road_graph(&mut self, graph: &RoadGraphRow, content: &[u8]) -> Result<()> {
        self.note_register_change().await?;
        run!(self, "delete from road_graph_part");
        run!(self, "delete from road_graph");
        run!(
            self,
            "insert into road_graph (road_graph_id, made_at, source, counts_json, content_bytes, content_hash) \
             values ($1, $2, $3, $4, $5, $6)",
            graph.road_graph_id,
            graph.made_at,
            &graph.source,
            &graph.counts_json,
            graph.content_bytes,
            &graph.content_hash
        );
        for (part, bytes) in (0_i64..).zip(content.chunks(PART_BYTES)) {
            run!(
                self,
                "insert into road_graph_part (road_graph_id, part, content) values ($1, $2, $3)",
                graph.road_graph_id,
                part,
                bytes
            );
        }
        Ok(())
    }

    /// The roads in force, without their content.
    ///
    /// # Errors
    /// `Database`.
    pub async fn road_graph(&mut self) -> Result<Option<RoadGraphRow>> {
        Ok(row!(
            self,
            "select road_graph_id, made_at, source, counts_json, content_bytes, content_hash from road_graph \
             order by made_at desc, road_graph_id desc limit 1"
        ))
    }

    /// The content of prepared roads; shorter than it should be if they were replaced meanwhile.
    ///
    /// # Errors
    /// `Database`.
    pub async fn road_graph_content(&mut self, road_graph_id: Uuid) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        for part in 0_i64.. {
            let found: Option<(Vec<u8>,)> = row!(
                self,
                "select content from road_graph_part where road_graph_id = $1 and part = $2",
                road_graph_id,
                part
            );
            let Some((bytes,)) = found else { break };
            content.extend_from_slice(&bytes);
        }
        Ok(content)
    }

    /// Puts these places in the place of all there are. A key and kind that is there twice counts once.
    ///
    /// # Errors
    /// `Database`.
    pub async fn replace_named_places(&mut self, places: &[NamedPlaceRow]) -> Result<()> {
        self.note_register_change().await?;
        run!(self, "delete from named_place");
        bulk!(
            self,
            places,
            "place_key, kind, name, name_zh, name_en, lon, lat, detail",
            |p| [
                "text": &p.place_key,
                "text": &p.kind,
                "text": &p.name,
                "text": p.name_zh.as_deref(),
                "text": p.name_en.as_deref(),
                "double precision": p.lon,
                "double precision": p.lat,
                "text": &p.detail,
            ],
            "insert into named_place (place_key, kind, name, name_zh, name_en, lon, lat, detail) \
             select place_key, kind, name, name_zh, name_en, lon, lat, detail from v where true \
             on conflict (place_key, kind) do nothing"
        );
        Ok(())
    }

    /// Every place with a name, and car parks without one, by key.
    ///
    /// # Errors
    /// `Database`.
    pub async fn named_places(&mut self) -> Result<Vec<NamedPlaceRow>> {
        Ok(rows!(
            self,
            "select place_key, kind, name, name_zh, name_en, lon, lat, detail from named_place \
             order by place_key, kind"
        ))
    }

    /// How many there are.
    ///
    /// # Errors
    /// `Database`.
    pub async fn count_named_places(&mut self) -> Result<i64> {
        both!(self, |c| Ok(sqlx::query_scalar("select count(*) from named_place")
            .fetch_one(c)
            .await?))
    }
}
