//! What devices suffer from now, in memory: for staff who watch a part of the map.
//!
//! Fed only from the history of device events in the database, whichever gateway stored them.
//! **Invariant:** of a device and a condition the newest event counts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use store::{ConditionRow, Tx};
use tokio::time::Instant;
use vocabulary::{BayCode, BayId, DeviceId, OperatorId, Point, Timestamp};
use wayfinding::search::Bay;

use super::Live;
use super::position::Position;
use crate::app::App;

/// Events read at once.
const BATCH: i64 = 2_000;

/// A device got into a condition, or out of it, as watchers see it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceSeen {
    pub device_id: DeviceId,
    pub network: String,
    pub key: String,
    pub operator_id: OperatorId,
    pub bay_code: BayCode,
    pub place: Point,
    pub condition: String,
    pub turned: Turned,
    /// Since when it is so, or when it ended.
    pub at: Timestamp,
    pub detail: String,
}

/// Which way a condition turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    On,
    Off,
}

/// The conditions that devices are in.
#[derive(Debug, Default)]
pub struct Conditions {
    on: RwLock<ByKey>,
    loaded_at: AtomicI64,
}

/// Events by device and condition.
type ByKey = HashMap<(DeviceId, String), ConditionRow>;

impl Conditions {
    /// Reads all of them. The newest number is read first, so that no event is missed.
    pub(super) async fn load(tx: &mut Tx) -> store::Result<Conditions> {
        let newest = tx.last_device_event().await?;
        let on = by_key(tx.conditions_now().await?);
        Ok(Conditions { on: RwLock::new(on), loaded_at: AtomicI64::new(newest) })
    }

    pub(super) fn loaded_at(&self) -> i64 {
        self.loaded_at.load(Ordering::Relaxed)
    }

    /// The conditions that last, in no order.
    pub(super) fn rows(&self) -> Vec<ConditionRow> {
        self.on.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Takes an event; false if a newer one of the same device and condition was taken already.
    fn take(&self, row: &ConditionRow) -> bool {
        let mut on = self.on.write().unwrap_or_else(PoisonError::into_inner);
        let known = on.get(&key(row)).map(|known| known.event.event_seq);
        if known.is_some_and(|known| known >= row.event.event_seq) {
            return false;
        }
        match turned(row) {
            Turned::On => on.insert(key(row), row.clone()),
            Turned::Off => on.remove(&key(row)),
        };
        true
    }
}

impl DeviceSeen {
    /// What watchers see of an event at a bay of the index.
    pub(super) fn of(row: ConditionRow, bay: &Bay<'_>) -> DeviceSeen {
        DeviceSeen {
            turned: turned(&row),
            device_id: DeviceId(row.event.device_id),
            network: row.network,
            key: row.device_key,
            operator_id: OperatorId(row.operator_id),
            bay_code: bay.code.clone(),
            place: bay.at,
            condition: row.event.condition,
            at: Timestamp::from_ms(row.event.at),
            detail: row.event.detail,
        }
    }
}

fn by_key(rows: Vec<ConditionRow>) -> ByKey {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

fn key(row: &ConditionRow) -> (DeviceId, String) {
    (DeviceId(row.event.device_id), row.event.condition.clone())
}

fn turned(row: &ConditionRow) -> Turned {
    if row.event.turned == "on" { Turned::On } else { Turned::Off }
}

impl Live {
    /// Reads all conditions again: a device may have been put elsewhere, or its bay have got a place.
    pub(super) async fn reload_conditions(&self, tx: &mut Tx) -> store::Result<()> {
        let mut rows = tx.conditions_now().await?;
        // What the tail has not read yet is told now, since it will be known then.
        rows.sort_by_key(|row| row.event.event_seq);
        self.take_events(&rows);
        *self.conditions.on.write().unwrap_or_else(PoisonError::into_inner) = by_key(rows);
        Ok(())
    }

    /// Takes events, and offers them to those who watch the place of the bay.
    pub(super) fn take_events(&self, rows: &[ConditionRow]) {
        for row in rows.iter().filter(|row| self.conditions.take(row)) {
            let bay = BayId(row.event.bay_id);
            let seen =
                self.look(|index| index.bay(bay).map(|bay| DeviceSeen::of(row.clone(), &bay)));
            if let Some(seen) = seen {
                self.cells.show_device(Arc::new(seen));
            }
        }
    }
}

/// Reads the history of events on.
pub(super) async fn catch_up(app: &App, position: &mut Position) -> store::Result<()> {
    let mut tx = app.store.read().await?;
    let asked = position.missing(Instant::now());
    if !asked.is_empty() {
        let late = tx.device_events_named(&asked).await?;
        app.live.take_events(&late);
        position.found(late.iter().map(|row| row.event.event_seq));
    }
    loop {
        let events = tx.device_events_after(position.newest(), BATCH).await?;
        app.live.take_events(&events);
        position.read(events.iter().map(|row| row.event.event_seq), Instant::now());
        if events.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(());
        }
    }
}
