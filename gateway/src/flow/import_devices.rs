//! Devices from a CSV file: registered, and put into the bay that the file names.
//!
//! As with bays, what is to be done is settled before anything is stored. A device that the file
//! puts into a bay is `testing` there, unless the row says `in_service`: a street that runs already.
//! One that sat elsewhere is taken out there. The same file again changes nothing.

use std::collections::{HashMap, HashSet};

use serde_json::json;
use store::{BayName, DeviceFacts, Lane, NewDevice, Store, Tx};
use uuid::Uuid;
use vocabulary::{BayCode, Timestamp};

use super::actor::Actor;
use super::import_sheet::{Column, Place, Row, Sheet, Wrong};
use super::install_device::{Service, place_device};
use super::install_new::{NewInBay, install_new};
use super::register_device::{NameReject, Named};
use super::{Outcome, Refusal, again};

/// The columns of a file of devices.
pub const COLUMNS: [Column; 8] = [
    Column { name: "network", must: true, example: "chirpstack" },
    Column { name: "key", must: true, example: "02b0e1c500620002" },
    Column { name: "device_type", must: true, example: "bosch-tps110" },
    Column { name: "firmware", must: false, example: "0.39.2" },
    Column { name: "bay_code", must: false, example: "620001" },
    Column { name: "state", must: false, example: "testing" },
    Column { name: "installed_at", must: false, example: "" },
    Column { name: "occupied_below_mm", must: false, example: "" },
];
/// Devices stored in one transaction: some 100 ms of the writer's time on SQLite.
const CHUNK: usize = 1_000;

/// What a file brings.
#[derive(Debug, Default)]
pub struct DevicePlan {
    pub steps: Vec<DeviceStep>,
    /// Devices that are there as the file says.
    pub same: usize,
    pub wrong: Vec<Wrong>,
}

/// One device to be stored.
#[derive(Debug)]
pub struct DeviceStep {
    spec: Spec,
    known: Option<Uuid>,
    bay_id: Option<Uuid>,
    moves: bool,
}

/// What was stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DevicesStored {
    pub added: usize,
    pub changed: usize,
    /// Of all these, put into a bay.
    pub installed: usize,
}

#[derive(Debug)]
struct Spec {
    named: Named,
    bay_code: Option<BayCode>,
    service: Service,
    installed_at: Option<Timestamp>,
}

impl DevicePlan {
    /// How many devices are new, changed and put into a bay.
    #[must_use]
    pub fn counts(&self) -> DevicesStored {
        DevicesStored {
            added: self.steps.iter().filter(|s| s.known.is_none()).count(),
            changed: self.steps.iter().filter(|s| s.known.is_some()).count(),
            installed: self.steps.iter().filter(|s| s.moves).count(),
        }
    }
}

/// Compares the rows of a file with what there is.
///
/// # Errors
/// When the database fails.
pub async fn plan_devices(tx: &mut Tx, sheet: Sheet, now: Timestamp) -> Outcome<DevicePlan> {
    let devices = tx.all_devices().await?.into_iter();
    let devices: HashMap<(String, String), DeviceFacts> =
        devices.map(|d| ((d.network.clone(), d.device_key.clone()), d)).collect();
    let bays: HashMap<String, BayName> =
        tx.bay_names().await?.into_iter().map(|bay| (bay.code.clone(), bay)).collect();
    let testing: HashSet<Uuid> = tx.devices_testing().await?.into_iter().collect();
    let mut plan = DevicePlan { wrong: sheet.wrong, ..DevicePlan::default() };
    let mut seen = HashSet::new();
    for row in &sheet.rows {
        let step = read_spec(row, now).and_then(|spec| {
            let name = (spec.named.network.name().to_owned(), spec.named.key.clone());
            if !seen.insert(name.clone()) {
                let advice = "keep one row for each device";
                return Err(Wrong::new(row.at, "key", "device_twice", advice));
            }
            step(row.at, spec, devices.get(&name), &bays, &testing)
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

/// Stores what was planned, some devices at a time; tells how many are done.
///
/// # Errors
/// When a row does not fit any more, or the database fails; what was stored stays.
pub async fn store_devices(
    store: &Store,
    actor: &Actor,
    plan: &DevicePlan,
    now: Timestamp,
    mut progress: impl FnMut(usize),
) -> Outcome<DevicesStored> {
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
    chunk: &[DeviceStep],
    now: Timestamp,
) -> Outcome<()> {
    let mut tx = store.begin(Lane::Command).await?;
    let fresh: Vec<NewInBay<'_>> = chunk.iter().filter_map(|step| new_in_bay(step, now)).collect();
    let added = install_new(&mut tx, &fresh).await?;
    for step in chunk {
        if !added.contains(&(step.spec.named.network.name(), step.spec.named.key.as_str())) {
            store_step(&mut tx, step, now).await?;
        }
    }
    let detail = json!({"devices": chunk.len()});
    actor.audit(&mut tx, now, "import_devices", ("import", "devices"), &detail).await?;
    tx.commit().await?;
    Ok(())
}

async fn store_step(tx: &mut Tx, step: &DeviceStep, now: Timestamp) -> Outcome<()> {
    let named = &step.spec.named;
    let device_id = match step.known {
        Some(id) => {
            tx.update_device(id, &named.device_type, named.firmware.as_deref()).await?;
            id
        }
        None => register(tx, named, now).await?,
    };
    if named.occupied_below_mm.is_some() {
        tx.set_occupied_below(device_id, named.occupied_below_mm).await?;
    }
    let Some(bay_id) = step.bay_id else { return Ok(()) };
    let at = step.spec.installed_at.unwrap_or(now);
    place_device(tx, device_id, bay_id, at, step.spec.service).await
}

/// A device that is new, for the statements that take many.
fn new_in_bay(step: &DeviceStep, now: Timestamp) -> Option<NewInBay<'_>> {
    let named = &step.spec.named;
    step.known.is_none().then(|| NewInBay {
        network: named.network.name(),
        key: &named.key,
        device_type: &named.device_type,
        firmware: named.firmware.as_deref(),
        occupied_below_mm: named.occupied_below_mm,
        bay_id: step.bay_id,
        at: step.spec.installed_at.filter(|_| step.bay_id.is_some()).unwrap_or(now),
        service: step.spec.service,
    })
}

/// Another import may have been at it: then the device is there.
async fn register(tx: &mut Tx, named: &Named, now: Timestamp) -> Outcome<Uuid> {
    let row = NewDevice {
        device_id: Uuid::now_v7(),
        network: named.network.name().to_owned(),
        device_key: named.key.clone(),
        device_type: named.device_type.clone(),
        firmware: named.firmware.clone(),
    };
    tx.register_device(&row, now.ms()).await?;
    let device = tx.device_by_key(&row.network, &row.device_key).await?;
    let gone = || Refusal::missing("device_unknown", "the device is gone");
    Ok(device.ok_or_else(gone)?.device_id)
}

fn step(
    at: Place,
    spec: Spec,
    known: Option<&DeviceFacts>,
    bays: &HashMap<String, BayName>,
    testing: &HashSet<Uuid>,
) -> Result<Option<DeviceStep>, Wrong> {
    let bay = match &spec.bay_code {
        None => None,
        Some(code) => Some(bays.get(code.as_str()).ok_or_else(|| {
            Wrong::new(at, "bay_code", "bay_unknown", "no bay has this code: import the bays first")
        })?),
    };
    let bay_id = bay.map(|bay| bay.bay_id);
    let Some(device) = known else {
        return Ok(Some(DeviceStep { spec, known: None, moves: bay_id.is_some(), bay_id }));
    };
    // Without a bay code a device stays where it is: taking it out is somebody's decision.
    let moves = bay_id.is_some() && device.bay_id != bay_id;
    let starts =
        bay_id.is_some() && spec.service == Service::AtOnce && testing.contains(&device.device_id);
    let firmware = spec.named.firmware.as_ref();
    let same_text = device.device_type == spec.named.device_type
        && firmware.is_none_or(|said| device.firmware.as_ref() == Some(said))
        && spec.named.occupied_below_mm.is_none_or(|mm| device.occupied_below_mm == Some(mm));
    if !moves && !starts && same_text {
        return Ok(None);
    }
    let named = Named {
        firmware: spec.named.firmware.clone().or_else(|| device.firmware.clone()),
        occupied_below_mm: spec.named.occupied_below_mm.or(device.occupied_below_mm),
        ..spec.named
    };
    let spec = Spec { named, ..spec };
    Ok(Some(DeviceStep { spec, known: Some(device.device_id), bay_id, moves }))
}

fn read_spec(row: &Row, now: Timestamp) -> Result<Spec, Wrong> {
    let named = Named::read(
        row.must("network")?,
        row.must("key")?,
        row.must("device_type")?,
        row.cell("firmware"),
    )
    // What is no whole number is out of every range.
    .and_then(|named| named.seeing(row.cell("occupied_below_mm").map(|mm| mm.parse().unwrap_or(0))))
    .map_err(|why| Wrong::new(row.at, column_of(why), why.code(), why.advice()))?;
    let bay_code = match row.cell("bay_code") {
        None => None,
        Some(text) => Some(BayCode::parse(text).map_err(|why| {
            Wrong::new(row.at, "bay_code", "bay_code_malformed", why.to_string())
        })?),
    };
    let service = match row.cell("state") {
        None | Some("testing") => Service::Testing,
        Some("in_service") => Service::AtOnce,
        Some(_) => {
            let advice = "testing, or in_service if the street runs already";
            return Err(Wrong::new(row.at, "state", "state_unknown", advice));
        }
    };
    let installed_at = row.instant("installed_at")?;
    if installed_at.is_some_and(|at| at > now) {
        let advice = "a device is in its bay before it is imported";
        return Err(Wrong::new(row.at, "installed_at", "date_in_future", advice));
    }
    Ok(Spec { named, bay_code, service, installed_at })
}

fn column_of(why: NameReject) -> &'static str {
    match why {
        NameReject::Network => "network",
        NameReject::Key => "key",
        NameReject::DeviceType => "device_type",
        NameReject::Firmware => "firmware",
        NameReject::NoDistance | NameReject::OccupiedBelow => "occupied_below_mm",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sensing::Network;

    use super::super::import_sheet::read;
    use super::*;

    fn check(line: &str, expected: Result<(Network, Service), &str>) {
        let header =
            "network,key,device_type,firmware,bay_code,state,installed_at,occupied_below_mm";
        let text = format!("{header}\n{line}\n");
        let sheet = read(Path::new("d.csv"), text.as_bytes(), &COLUMNS).unwrap();
        let now = Timestamp::from_ms(1_789_430_400_000);
        let spec = read_spec(&sheet.rows[0], now);
        let spec = spec.map(|s| (s.named.network, s.service)).map_err(|wrong| wrong.code);
        assert_eq!(spec, expected, "{line}");
    }

    #[test]
    fn each_cell_of_a_device_is_checked() {
        check("native,bw-1,native,,620001,,,", Ok((Network::Native, Service::Testing)));
        check(
            "chirpstack,02B0E1C500620002,bosch-tps110,0.39.2,620001,in_service,2026-09-01T08:00:00+08:00,",
            Ok((Network::ChirpStack, Service::AtOnce)),
        );
        check(",bw-1,native,,,,,", Err("missing"));
        check("radio,bw-1,native,,,,,", Err("network_unknown"));
        check("chirpstack,bw-1,bosch-tps110,,,,,", Err("device_key_malformed"));
        check("native,bw-1,abacus,,,,,", Err("device_type_unknown"));
        // A network and a type that cannot go together: nothing of it could ever be read.
        check("native,ok-2,bosch-tps110,,,,,", Err("device_type_unknown"));
        check("chirpstack,02b0e1c5006200ad,native,,,,,", Err("device_type_unknown"));
        check("native,bw-1,native,,62,,,", Err("bay_code_malformed"));
        let em400 = "chirpstack,02B0E1C500620003,milesight-em400-mud,,,,";
        check(&format!("{em400},1500"), Ok((Network::ChirpStack, Service::Testing)));
        check(&format!("{em400},1.5 m"), Err("occupied_below_out_of_range"));
        check("native,bw-1,native,,,,,1500", Err("distance_not_measured"));
        check("native,bw-1,native,,620001,broken,,", Err("state_unknown"));
        check("native,bw-1,native,,620001,,yesterday,", Err("date_malformed"));
        check("native,bw-1,native,,620001,,2027-01-01T00:00:00Z,", Err("date_in_future"));
    }
}
