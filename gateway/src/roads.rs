//! The roads in force, in memory: as they were imported, under today's closures and traffic; swapped as a whole
//! when either changes.
//!
//! Importing prepares them beside the service; closures are laid over them here, in the order that was saved,
//! beside the threads that answer requests. A question holds the roads it began with; a swap takes a moment and makes
//! nobody wait. **Invariant:** roads that cannot be read change nothing: those before stay in force, and the log
//! says why, once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use store::{RoadClosureRow, RoadGraphRow, Store};
use uuid::Uuid;
use vocabulary::Timestamp;
use wayfinding::{Conditions, Navigator, Roads};

use crate::app::App;
use crate::flow::close_road::{pieces_of, stretch_of};

/// Memories for questions that are kept for the next ones: as many are asked at a time at most.
const NAVIGATORS_KEPT: usize = 8;
/// How often the database is looked at (machine time).
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The roads of a town, if it has any.
#[derive(Debug, Default)]
pub struct RoadMap {
    current: RwLock<Option<Current>>,
    navigators: Mutex<Vec<Navigator>>,
    /// One preparing at a time; holds the roads that could not be read, so that nobody tries again and again.
    unreadable: tokio::sync::Mutex<Option<Uuid>>,
}

/// Roads, and what they are.
#[derive(Clone, Debug)]
pub struct Current {
    pub roads: Arc<Roads>,
    pub facts: Facts,
    /// What each closure in force means on this map.
    arcs: Arc<HashMap<Uuid, Vec<u32>>>,
    /// The closures in force, by id.
    closures: Arc<[Uuid]>,
}

/// Which roads are in force since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub road_graph_id: Uuid,
    /// City time of the import.
    pub imported_at: Timestamp,
    /// City time since which closures are as they are; none as long as there were none.
    pub conditions_at: Option<Timestamp>,
    pub closed_pieces: usize,
    pub slowed_pieces: usize,
    /// Grows with every swap of this gateway.
    pub edition: u64,
}

impl RoadMap {
    /// Loads the roads in force; none if none were imported, or if they cannot be read (then the log says so).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(store: &Store, now: Timestamp) -> Result<RoadMap> {
        let map = RoadMap::default();
        map.reload(store, now).await?;
        Ok(map)
    }

    /// Takes other roads or closures if there are; whether it did.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reload(&self, store: &Store, now: Timestamp) -> Result<bool> {
        let mut unreadable = self.unreadable.lock().await;
        let mut tx = store.snapshot().await?;
        let Some(graph) = tx.road_graph().await? else { return Ok(false) };
        let closures = tx.road_closures_in_force(now.ms()).await?;
        let known = self.lock().filter(|known| known.facts.road_graph_id == graph.road_graph_id);
        let ids: Vec<Uuid> = closures.iter().map(|row| row.road_closure_id).collect();
        let is_known = known.as_ref().is_some_and(|known| *known.closures == *ids);
        if is_known || *unreadable == Some(graph.road_graph_id) {
            return Ok(false);
        }
        let content = match known {
            Some(_) => Vec::new(),
            None => tx.road_graph_content(graph.road_graph_id).await?,
        };
        drop(tx);
        let edition = self.lock().map_or(0, |current| current.facts.edition) + 1;
        match prepare(known, graph.clone(), content, closures, (now, edition)).await {
            Ok(current) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
                Ok(true)
            }
            Err(error) => {
                *unreadable = Some(graph.road_graph_id);
                tracing::warn!(error = format!("{error:#}"), "the roads could not be read");
                Ok(false)
            }
        }
    }

    /// The roads in force.
    #[must_use]
    pub fn current(&self) -> Option<Current> {
        self.lock()
    }

    /// Asks the roads in force; nothing if there are none. Microseconds to milliseconds of work: no other thread is needed.
    pub fn ask<T>(&self, question: impl FnOnce(&Current, &mut Navigator) -> T) -> Option<T> {
        let current = self.lock()?;
        let kept = || self.navigators.lock().unwrap_or_else(PoisonError::into_inner);
        let mut navigator = kept().pop().unwrap_or_default();
        let answer = question(&current, &mut navigator);
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

impl Current {
    /// How many pieces of street a closure in force is about, 0 if it means nothing on this map; none if it is not in
    /// force here.
    #[must_use]
    pub fn pieces(&self, closure: Uuid) -> Option<usize> {
        self.arcs.get(&closure).map(|arcs| pieces_of(arcs))
    }
}

/// Keeps the roads up to the database until `shutdown`.
///
/// # Errors
/// None today: a database that does not answer is asked again.
pub async fn follow(app: Arc<App>, shutdown: impl Future<Output = ()>) -> Result<()> {
    tokio::pin!(shutdown);
    loop {
        if let Err(error) = app.roads.reload(&app.store, app.clock.city_now()).await {
            tracing::warn!(error = format!("{error:#}"), "closures of streets could not be read");
        }
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Reads roads and lays closures over them, beside the threads that answer requests.
async fn prepare(
    known: Option<Current>,
    graph: RoadGraphRow,
    content: Vec<u8>,
    closures: Vec<RoadClosureRow>,
    (now, edition): (Timestamp, u64),
) -> Result<Current> {
    let prepared = tokio::task::spawn_blocking(move || {
        let (roads, arcs, before) = match known {
            Some(known) => (known.roads, known.arcs, known.facts.conditions_at),
            None => (Arc::new(read_content(&graph, &content)?), Arc::default(), None),
        };
        let arcs = meant(&roads, &arcs, &closures);
        let roads = under(roads, &arcs, &closures);
        let (closed_pieces, slowed_pieces) = roads.conditions().pieces();
        let facts = Facts {
            road_graph_id: graph.road_graph_id,
            imported_at: Timestamp::from_ms(graph.made_at),
            conditions_at: (!closures.is_empty() || before.is_some()).then_some(now),
            closed_pieces,
            slowed_pieces,
            edition,
        };
        let closures = closures.iter().map(|row| row.road_closure_id).collect();
        anyhow::Ok(Current { roads, facts, arcs: Arc::new(arcs), closures })
    });
    prepared.await.context("preparing the roads")?
}

/// What each closure means; what is known already is not looked for again.
fn meant(
    roads: &Roads,
    known: &HashMap<Uuid, Vec<u32>>,
    closures: &[RoadClosureRow],
) -> HashMap<Uuid, Vec<u32>> {
    let arcs = |row: &RoadClosureRow| {
        if let Some(arcs) = known.get(&row.road_closure_id) {
            return arcs.clone();
        }
        let arcs = stretch_of(row)
            .and_then(|(stretch, ways)| roads.arcs_of(&stretch, ways).ok())
            .unwrap_or_default();
        if arcs.is_empty() {
            let closure = row.road_closure_id.to_string();
            tracing::warn!(closure, "a closure of a street means nothing on the map in force");
        }
        arcs
    };
    closures.iter().map(|row| (row.road_closure_id, arcs(row))).collect()
}

fn under(
    roads: Arc<Roads>,
    arcs: &HashMap<Uuid, Vec<u32>>,
    closures: &[RoadClosureRow],
) -> Arc<Roads> {
    let lots = closures.iter().filter_map(|row| {
        let pace = u32::try_from(row.pace_pct).ok()?;
        Some((arcs.get(&row.road_closure_id)?.as_slice(), pace))
    });
    let conditions = Conditions::of(lots);
    if *roads.conditions() == conditions { roads } else { Arc::new(roads.under(conditions)) }
}

/// Roads under the closures that hold at `now`, without a service.
///
/// # Errors
/// When the database does not answer, or the roads cannot be read.
pub async fn in_force(store: &Store, now: Timestamp) -> Result<Option<Arc<Roads>>> {
    let mut tx = store.snapshot().await?;
    let Some(graph) = tx.road_graph().await? else { return Ok(None) };
    let content = tx.road_graph_content(graph.road_graph_id).await?;
    let closures = tx.road_closures_in_force(now.ms()).await?;
    drop(tx);
    let current = prepare(None, graph, content, closures, (now, 1)).await?;
    Ok(Some(current.roads))
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
