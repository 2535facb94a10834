//! Which device lies in which bay of an invented town.

use rand::Rng;
use rand::seq::SliceRandom;

use super::{Bay, Device, Mix, Network, Wish};
use crate::dice::{Purpose, dice};
use crate::frame::Family;

/// Of the streams of chance for a town: 0 shuffles the devices, 1 places second sensors.
const SECOND_SENSORS: u64 = 1;

/// One device for each bay, in the order of the bays, then the second sensors.
pub(super) fn place(bays: &[Bay], wish: &Wish) -> Vec<Device> {
    let mut kinds: Vec<_> = (0..bays.len()).map(|number| wish.mix.kind(number)).collect();
    kinds.shuffle(&mut dice(wish.seed, Purpose::Town, 0));
    let first = bays.iter().zip(kinds).map(|(bay, (network, family))| device(bay, network, family));
    let mut chance = dice(wish.seed, Purpose::Town, SECOND_SENSORS);
    let second = bays.iter().filter(|_| chance.random::<f64>() < wish.second_sensors);
    let second: Vec<_> = second.map(second_sensor).collect();
    first.chain(second).collect()
}

impl Mix {
    /// Network and family of the device with this number, from 0.
    fn kind(self, number: usize) -> (Network, Family) {
        match (self, number % 10) {
            (Mix::Native, _) | (Mix::Usual, 0..7) => (Network::Native, Family::Native),
            (Mix::Usual, 7..9) => (Network::ChirpStack, Family::BoschTps110),
            (Mix::Usual, _) => (Network::TheThingsStack, Family::MilesightVs34x),
            (Mix::Families, _) if number.is_multiple_of(2) => (Network::Native, Family::Native),
            (Mix::Families, _) => {
                let place = number / 2;
                let family = Family::LORAWAN[place % Family::LORAWAN.len()];
                match place / Family::LORAWAN.len() % 2 {
                    0 => (Network::ChirpStack, family),
                    _ => (Network::TheThingsStack, family),
                }
            }
        }
    }
}

/// EUIs are locally administered (second-lowest bit of the first byte), so nobody owns them.
fn device(bay: &Bay, network: Network, family: Family) -> Device {
    let code = &bay.code;
    let key = match network {
        Network::Native => format!("bw-{code}"),
        Network::ChirpStack => format!("02b0e1c500{code}"),
        Network::TheThingsStack => format!("02b0e17700{code}"),
    };
    Device {
        key,
        network,
        device_type: family.device_type().into(),
        firmware: Some(family.firmware().into()),
        bay_code: code.clone(),
    }
}

fn second_sensor(bay: &Bay) -> Device {
    let mut device = device(bay, Network::Native, Family::Native);
    device.key = format!("bw-{}-2", bay.code);
    device
}
