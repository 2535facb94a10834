//! Bays from a CSV or GeoJSON file: read, compared with what there is, then stored.
//!
//! What is to be done is settled before anything is stored (`plan_bays`); a dry run ends there.
//! A bay that is new exists from its `valid_from` (now if left out); one that is different gets a
//! version from then on. The same file again changes nothing.

mod row;

use std::collections::{HashMap, HashSet};

use store::{BayFeatures, BayName, BayVersionFacts, BlockRow, Lane, NewBay, Store, Tx, ZoneRow};
use uuid::Uuid;
use vocabulary::Timestamp;

use super::actor::Actor;
use super::change_bay::{self, classes_text};
use super::import_sheet::{Place, Sheet, Wrong};
use super::refresh_setup::refresh_setups;
use super::{Outcome, Refusal, again};
pub use row::COLUMNS;
use row::{Spec, USUAL_LENGTH_M, read_spec};

/// Bays stored in one transaction: some 50 ms of the writer's time on SQLite.
const CHUNK: usize = 1_000;

/// What a file brings.
#[derive(Debug, Default)]
pub struct BayPlan {
    pub steps: Vec<BayStep>,
    /// Bays that are there as the file says.
    pub same: usize,
    pub wrong: Vec<Wrong>,
}

/// One bay to be stored.
#[derive(Debug)]
pub struct BayStep {
    at: Place,
    spec: Spec,
    known: bool,
    operator_id: Uuid,
}

/// What was stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaysStored {
    pub added: usize,
    pub changed: usize,
}

impl BayPlan {
    /// How many bays are new, and how many get a new version.
    #[must_use]
    pub fn counts(&self) -> BaysStored {
        let changed = self.steps.iter().filter(|step| step.known).count();
        BaysStored { added: self.steps.len() - changed, changed }
    }
}

/// Compares the rows of a file with what there is. `operator` decides between zones of one code.
///
/// # Errors
/// When the database fails.
pub async fn plan_bays(
    tx: &mut Tx,
    sheet: Sheet,
    operator: Option<Uuid>,
    now: Timestamp,
) -> Outcome<BayPlan> {
    let known = Known::load(tx).await?;
    let mut plan = BayPlan { wrong: sheet.wrong, ..BayPlan::default() };
    let (mut seen, mut blocks) = (HashSet::new(), known.blocks.clone());
    for row in &sheet.rows {
        let step = read_spec(row).and_then(|spec| {
            if !seen.insert(spec.code.clone()) {
                return Err(Wrong::new(row.at, "code", "code_twice", "keep one row for each bay"));
            }
            known.step(row.at, spec, operator, &mut blocks, now)
        });
        match step {
            Ok(Some(step)) => plan.steps.push(step),
            Ok(None) => plan.same += 1,
            Err(wrong) => plan.wrong.push(wrong),
        }
    }
    plan.wrong.sort_by_key(|wrong| wrong.at);
    Ok(plan)
}

/// Stores what was planned, some bays at a time; tells how many are done. What was stored stays if a
/// later one fails: the same file again goes on from there.
///
/// # Errors
/// Names the row that failed.
pub async fn store_bays(
    store: &Store,
    actor: &Actor,
    plan: &BayPlan,
    now: Timestamp,
    mut progress: impl FnMut(usize),
) -> Outcome<BaysStored> {
    let mut done = 0;
    for chunk in plan.steps.chunks(CHUNK) {
        again(|| store_chunk(store, actor, chunk, now)).await?;
        done += chunk.len();
        progress(done);
    }
    Ok(plan.counts())
}

async fn store_chunk(
    store: &Store,
    actor: &Actor,
    chunk: &[BayStep],
    now: Timestamp,
) -> Outcome<()> {
    let mut tx = store.begin(Lane::Command).await?;
    let fresh: Vec<&BayStep> = chunk.iter().filter(|step| !step.known).collect();
    add_bays(&mut tx, &fresh, now).await?;
    for step in chunk.iter().filter(|step| step.known) {
        let (change, code) = (step.spec.change(), &step.spec.code);
        let changed = change_bay::change_bay(&mut tx, actor, code, &change, now).await;
        changed.map_err(|refusal| named(step, refusal))?;
    }
    let detail = serde_json::json!({"bays": chunk.len()});
    actor.audit(&mut tx, now, "import_bays", ("import", "bays"), &detail).await?;
    tx.commit().await?;
    Ok(())
}

fn named(step: &BayStep, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Refused { code, detail } | Refusal::Conflict { code, detail } => {
            Refusal::Refused {
                code,
                detail: format!("bay {} ({:?}): {detail}", step.spec.code, step.at),
            }
        }
        other => other,
    }
}

/// Adds bays with their blocks, all of them with the same statements.
async fn add_bays(tx: &mut Tx, steps: &[&BayStep], now: Timestamp) -> Outcome<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let blocks = tx.put_blocks(&blocks_of(steps)).await?;
    let bays: Vec<NewBay> = steps.iter().map(|step| new_bay(step)).collect();
    let ids = tx.put_bays(&bays).await?;
    let zones = tx.zones().await?;
    let (mut versions, mut changed) = (Vec::with_capacity(steps.len()), Vec::new());
    for (step, new) in steps.iter().zip(&bays) {
        let gone = |what: &str| Refusal::refused("import_disturbed", format!("the {what} is gone"));
        let at_zone = |z: &&ZoneRow| z.operator_id == step.operator_id && z.code == step.spec.zone;
        let zone = zones.iter().find(at_zone).ok_or_else(|| named(step, gone("zone")))?;
        let block = blocks.get(&step.spec.block).ok_or_else(|| named(step, gone("block")))?;
        let bay_id = *ids.get(&new.code).ok_or_else(|| named(step, gone("bay")))?;
        let version = version_of(step, (bay_id, zone.zone_id, *block), now);
        changed.push(bay_id);
        match bay_id == new.bay_id {
            true => versions.push(version),
            // It was there without a version, or somebody else added it meanwhile.
            false => tx.date_bay(&version).await?,
        }
    }
    tx.put_bay_versions(&versions).await?;
    refresh_setups(tx, &changed).await?;
    Ok(())
}

fn blocks_of(steps: &[&BayStep]) -> Vec<BlockRow> {
    let mut seen = HashSet::new();
    // One of the rows of a new block says where it is.
    let telling = steps.iter().filter(|step| step.spec.street.is_some()).chain(steps);
    let fresh = telling.filter(|step| seen.insert(step.spec.block.as_str()));
    let row = |step: &&BayStep| {
        let (street, side) = step.spec.street.clone().unwrap_or_default();
        BlockRow { block_id: Uuid::now_v7(), code: step.spec.block.clone(), street, side }
    };
    fresh.map(row).collect()
}

fn new_bay(step: &BayStep) -> NewBay {
    NewBay {
        bay_id: Uuid::now_v7(),
        operator_id: step.operator_id,
        code: step.spec.code.to_string(),
    }
}

fn version_of(
    step: &BayStep,
    (bay_id, zone_id, block_id): (Uuid, Uuid, Uuid),
    now: Timestamp,
) -> BayVersionFacts {
    let spec = &step.spec;
    BayVersionFacts {
        bay_id,
        valid_from_at: spec.valid_from.unwrap_or(now).ms(),
        valid_to_at: None,
        zone_id,
        block_id,
        lon: spec.place.lon(),
        lat: spec.place.lat(),
        heading_deg: spec.heading_deg.unwrap_or(0.0),
        length_m: spec.length_m.unwrap_or(USUAL_LENGTH_M),
        vehicle_classes: spec.vehicle_classes.as_deref().and_then(classes_text),
        permitted_hours: spec.permitted_hours.clone().flatten().map(|h| h.to_string()),
        features: spec.features.applied_to(BayFeatures::default()).unwrap_or_default(),
    }
}

/// What there is, by the names that a file uses.
struct Known {
    zones: Vec<ZoneRow>,
    zone_codes: HashMap<Uuid, String>,
    blocks: HashMap<String, (String, String)>,
    block_codes: HashMap<Uuid, String>,
    bays: HashMap<String, (BayName, Option<BayVersionFacts>)>,
}

impl Known {
    async fn load(tx: &mut Tx) -> Outcome<Known> {
        let (zones, blocks) = (tx.zones().await?, tx.blocks().await?);
        let newest = tx.newest_bay_versions().await?;
        let mut newest: HashMap<Uuid, BayVersionFacts> =
            newest.into_iter().map(|v| (v.bay_id, v)).collect();
        let bays = tx.bay_names().await?.into_iter().map(|bay| {
            let version = newest.remove(&bay.bay_id);
            (bay.code.clone(), (bay, version))
        });
        let bays = bays.collect();
        let text = |b: &BlockRow| (b.code.clone(), (b.street.clone(), b.side.clone()));
        Ok(Known {
            zone_codes: zones.iter().map(|z| (z.zone_id, z.code.clone())).collect(),
            zones,
            block_codes: blocks.iter().map(|b| (b.block_id, b.code.clone())).collect(),
            blocks: blocks.iter().map(text).collect(),
            bays,
        })
    }

    /// What is to be done for a row; nothing if the bay is so already.
    fn step(
        &self,
        at: Place,
        spec: Spec,
        operator: Option<Uuid>,
        blocks: &mut HashMap<String, (String, String)>,
        now: Timestamp,
    ) -> Result<Option<BayStep>, Wrong> {
        let operator_id = self.operator_of(at, &spec, operator)?;
        let found = self.bays.get(spec.code.as_str());
        let (bay, version) = found.map_or((None, None), |(bay, v)| (Some(bay), v.as_ref()));
        if bay.is_some_and(|bay| bay.operator_id != operator_id) {
            let advice = "this code is painted on a bay of another operator";
            return Err(Wrong::new(at, "code", "bay_of_other_operator", advice));
        }
        settle_block(at, &spec, blocks)?;
        if version.is_some_and(|version| self.is_so(version, &spec)) {
            return Ok(None);
        }
        if version.is_some() && spec.valid_from.is_some_and(|from| from < now) {
            let advice =
                "what held in the past stays as it was: leave it blank, or name a date from now on";
            return Err(Wrong::new(at, "valid_from", "date_in_past", advice));
        }
        Ok(Some(BayStep { at, spec, known: version.is_some(), operator_id }))
    }

    fn operator_of(&self, at: Place, spec: &Spec, wanted: Option<Uuid>) -> Result<Uuid, Wrong> {
        let fits = |z: &&ZoneRow| z.code == spec.zone && wanted.is_none_or(|w| w == z.operator_id);
        let mut zones = self.zones.iter().filter(fits);
        match (zones.next(), zones.next()) {
            (Some(zone), None) => Ok(zone.operator_id),
            (None, _) => {
                let advice = "no zone has this code: import a town file with it first";
                Err(Wrong::new(at, "zone", "zone_unknown", advice))
            }
            (Some(_), Some(_)) => {
                let advice = "several operators have a zone of this code: name one with --operator";
                Err(Wrong::new(at, "zone", "zone_ambiguous", advice))
            }
        }
    }

    fn is_so(&self, version: &BayVersionFacts, spec: &Spec) -> bool {
        let same = |stored: f64, said: f64| (stored - said).abs() < 1e-9;
        let classes = spec.vehicle_classes.as_deref().map(classes_text);
        let hours = spec.permitted_hours.as_ref().map(|h| h.as_ref().map(ToString::to_string));
        version.valid_to_at.is_none()
            && self.zone_codes.get(&version.zone_id) == Some(&spec.zone)
            && self.block_codes.get(&version.block_id) == Some(&spec.block)
            && same(version.lon, spec.place.lon())
            && same(version.lat, spec.place.lat())
            && spec.heading_deg.is_none_or(|heading| same(version.heading_deg, heading))
            && spec.length_m.is_none_or(|length| same(version.length_m, length))
            && classes.is_none_or(|classes| classes == version.vehicle_classes)
            && hours.is_none_or(|hours| hours == version.permitted_hours)
            && spec.features.applied_to(version.features).is_ok_and(|f| f == version.features)
    }
}

/// A block is known, or the file says where it is, each time the same.
fn settle_block(
    at: Place,
    spec: &Spec,
    blocks: &mut HashMap<String, (String, String)>,
) -> Result<(), Wrong> {
    match (blocks.get(&spec.block), &spec.street) {
        (Some(known), Some(said)) if known != said => {
            let advice = format!("this block is at {}, {}: use another code", known.0, known.1);
            Err(Wrong::new(at, "block", "block_differs", advice))
        }
        (Some(_), _) => Ok(()),
        (None, Some(said)) => {
            blocks.insert(spec.block.clone(), said.clone());
            Ok(())
        }
        (None, None) => {
            let advice = "this block is new: fill in street and side";
            Err(Wrong::new(at, "street", "missing", advice))
        }
    }
}
