//! The invented town: whole, repeatable, and plainly invented.

use std::collections::BTreeMap;

use vocabulary::{BayCode, Point};

use super::*;

const TARIFF: &str = "id: sample\ntitle: 样例\n";

fn sample(bays: usize, seed: u64) -> Town {
    town(bays, seed, TARIFF).unwrap()
}

#[test]
fn the_same_arguments_make_the_same_town() {
    assert_eq!(sample(120, 1), sample(120, 1));
    assert_ne!(sample(120, 1).devices, sample(120, 2).devices);
}

#[test]
fn a_town_has_the_bays_asked_for_each_with_one_device() {
    for bays in [1, 7, 120, 1_000, 5_000] {
        let town = sample(bays, 3);
        assert_eq!(town.bays.len(), bays);
        let mut devices: BTreeMap<&str, usize> = BTreeMap::new();
        for device in &town.devices {
            *devices.entry(&device.bay_code).or_default() += 1;
        }
        assert!(town.bays.iter().all(|bay| devices.get(bay.code.as_str()) == Some(&1)));
        assert_eq!(devices.len(), bays);
        assert!(town.bays.iter().all(|bay| BayCode::parse(&bay.code).is_ok()));
        let keys: BTreeSet<&str> = town.devices.iter().map(|d| d.key.as_str()).collect();
        assert_eq!(keys.len(), bays, "device keys are unique");
        assert_eq!(town.check(), Ok(()));
    }
}

#[test]
fn no_two_bays_lie_in_the_same_place() {
    let town = sample(1_200, 1);
    let places: Vec<Point> =
        town.bays.iter().map(|bay| Point::new(bay.lon, bay.lat).unwrap()).collect();
    for (number, place) in places.iter().enumerate() {
        for other in &places[..number] {
            let apart_m = place.distance_m(*other);
            // Bays are 6 m long; the rounding of coordinates may take a centimetre or two.
            assert!(apart_m > 5.97, "{apart_m} m at bay {number}");
        }
    }
    let centre = Point::new(104.17, 36.55).unwrap();
    assert!(places.iter().all(|place| place.distance_m(centre) < 1_500.0));
}

#[test]
fn seven_in_ten_devices_are_native_two_bosch_one_milesight() {
    let town = sample(120, 1);
    let count = |network| town.devices.iter().filter(|d| d.network == network).count();
    assert_eq!(count(Network::Native), 84);
    assert_eq!(count(Network::ChirpStack), 24);
    assert_eq!(count(Network::TheThingsStack), 12);
}

#[test]
fn the_other_mixes_have_every_family_and_second_sensors_where_wished_for() {
    let wish = |mix, second_sensors| Wish { bays: 400, seed: 1, mix, second_sensors };
    let families = town_of(&wish(Mix::Families, 0.0), TARIFF).unwrap();
    assert_eq!(families.check(), Ok(()));
    for network in [Network::ChirpStack, Network::TheThingsStack] {
        let types: BTreeSet<&str> = (families.devices.iter())
            .filter(|device| device.network == network)
            .map(|device| device.device_type.as_str())
            .collect();
        assert_eq!(types.len(), Family::LORAWAN.len());
    }
    let native = town_of(&wish(Mix::Native, 0.1), TARIFF).unwrap();
    assert!(native.devices.iter().all(|device| device.network == Network::Native));
    // Binomial(400, 0.1): mean 40, five standard deviations are 30.
    assert!((410..=470).contains(&native.devices.len()), "{}", native.devices.len());
    let keys: BTreeSet<&str> = native.devices.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(keys.len(), native.devices.len());
}

#[test]
fn every_name_in_the_file_leads_somewhere() {
    let town = sample(500, 1);
    let zones: BTreeSet<&str> = town.zones.iter().map(|z| z.code.as_str()).collect();
    let blocks: BTreeSet<&str> = town.blocks.iter().map(|b| b.code.as_str()).collect();
    assert_eq!(blocks.len(), town.blocks.len());
    assert!(town.blocks.iter().all(|block| zones.contains(block.zone.as_str())));
    assert!(town.bays.iter().all(|bay| blocks.contains(bay.block.as_str())));
    assert!(town.zones.iter().all(|zone| zone.tariff == "sample"));
    assert!(town.note.contains("虚构") && town.note.contains("invented"));
    assert!(town.payee.name.contains("示例") && town.payee.name.contains("演示"));
}

#[test]
fn an_impossible_town_is_refused() {
    assert_eq!(town(0, 1, TARIFF), Err(TownReject::BayCount));
    assert_eq!(town(380_000, 1, TARIFF), Err(TownReject::BayCount));
    for yaml in ["", "title: no id", "id: [1", "- id: x"] {
        assert!(matches!(town(1, 1, yaml), Err(TownReject::Tariff(_))), "{yaml:?}");
    }
}

#[test]
fn a_file_with_a_device_in_no_bay_or_of_no_known_type_is_refused() {
    let mut lost = sample(3, 1);
    lost.devices[0].bay_code = "999999".into();
    assert!(matches!(lost.check(), Err(TownReject::UnknownBay { .. })));
    let mut odd = sample(3, 1);
    odd.devices[0].device_type = "toaster".into();
    assert!(matches!(odd.check(), Err(TownReject::UnknownDeviceType { .. })));
}

#[test]
fn the_file_is_written_as_the_gateway_reads_it() {
    let json = serde_json::to_value(sample(10, 1)).unwrap();
    assert_eq!(json["format"], "bowei-town/1");
    let devices = json["devices"].as_array().unwrap();
    let networks: BTreeSet<&str> = devices.iter().map(|d| d["network"].as_str().unwrap()).collect();
    assert_eq!(networks, BTreeSet::from(["chirpstack", "native", "the_things_stack"]));
    assert_eq!(serde_json::from_value::<Town>(json).unwrap(), sample(10, 1));
}

#[test]
fn some_bays_of_a_town_differ_in_what_drivers_choose_them_by() {
    let town = sample(400, 1);
    let count = |is: fn(&&Bay) -> bool| town.bays.iter().filter(is).count();
    let kerbs = |side: &str| town.blocks.iter().filter(|block| block.side == side).count();
    // Every kerb has more than three bays: one of the third kind for each east kerb, and so on.
    assert_eq!(count(|bay| bay.max_height_mm == Some(2_200)), kerbs("east"));
    assert_eq!(count(|bay| bay.max_length_mm == Some(4_500)), kerbs("west"));
    assert_eq!(count(|bay| bay.charging), kerbs("north"));
    assert_eq!(count(|bay| bay.accessible), kerbs("south"));
    let plain = serde_json::to_value(&town.bays[5]).unwrap();
    assert!(plain.get("charging").is_none() && plain.get("max_height_mm").is_none());
}
