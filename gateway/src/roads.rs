//! The roads in force, in memory: loaded at start, and swapped as a whole when somebody put others into force.
//!
//! Nothing is prepared here: `gateway import` does that beside the service. A question holds the roads it began with;
//! a swap takes a moment and makes nobody wait. **Invariant:** roads that cannot be read change nothing:
//! those before stay in force, and the log says why.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use store::{RoadGraphRow, Tx};
use uuid::Uuid;
use wayfinding::{Navigator, Roads};

/// Memories for questions that are kept for the next ones: as many are asked at a time at most.
const NAVIGATORS_KEPT: usize = 8;

/// The roads of a town, if it has any.
#[derive(Debug, Default)]
pub struct RoadMap {
    current: RwLock<Option<Current>>,
    navigators: Mutex<Vec<Navigator>>,
}

#[derive(Clone, Debug)]
struct Current {
    id: Uuid,
    roads: Arc<Roads>,
}

impl RoadMap {
    /// Loads the roads in force; none if none were imported, or if they cannot be read (then the log says so).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(tx: &mut Tx) -> Result<RoadMap> {
        let map = RoadMap::default();
        map.reload(tx).await?;
        Ok(map)
    }

    /// Takes other roads if there are; whether it did.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reload(&self, tx: &mut Tx) -> Result<bool> {
        let newest = tx.road_graph().await?;
        let known = self.lock().as_ref().map(|current| current.id);
        let Some(row) = newest.filter(|row| Some(row.road_graph_id) != known) else {
            return Ok(false);
        };
        let content = tx.road_graph_content(row.road_graph_id).await?;
        match read(row, content).await {
            Ok(current) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
                Ok(true)
            }
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the roads could not be read");
                Ok(false)
            }
        }
    }

    /// The roads in force.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Roads>> {
        self.lock().map(|current| current.roads)
    }

    /// Asks the roads in force; nothing if there are none. Microseconds to milliseconds of work: no other thread is needed.
    pub fn ask<T>(&self, question: impl FnOnce(&Roads, &mut Navigator) -> T) -> Option<T> {
        let roads = self.current()?;
        let kept = || self.navigators.lock().unwrap_or_else(PoisonError::into_inner);
        let mut navigator = kept().pop().unwrap_or_default();
        let answer = question(&roads, &mut navigator);
        let mut kept = kept();
        if kept.len() < NAVIGATORS_KEPT {
            kept.push(navigator);
        }
        Some(answer)
    }

    fn lock(&self) -> Option<Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads prepared roads beside the threads that answer requests.
async fn read(row: RoadGraphRow, content: Vec<u8>) -> Result<Current> {
    let roads =
        tokio::task::spawn_blocking(move || read_content(&row, &content).map(|roads| (row, roads)));
    let (row, roads) = roads.await.context("reading the roads")??;
    Ok(Current { id: row.road_graph_id, roads: Arc::new(roads) })
}

/// Roads from their stored content.
///
/// # Errors
/// When it is not what was stored, or of another form.
pub fn read_content(row: &RoadGraphRow, content: &[u8]) -> Result<Roads> {
    let hash = Sha256::digest(content);
    ensure!(
        hash.as_slice() == row.content_hash,
        "the stored roads are not whole: import them again"
    );
    Ok(Roads::from_bytes(content)?)
}
