//! Devices do what they are told: the operator's restart, calibration, interval of heartbeats.

use vocabulary::Timestamp;

use super::Simulation;
use super::agenda::Due;
use super::bay;
use crate::device::Power;
use crate::instruction::Instruction;

/// Why a device says that it started, if it was told to.
const TOLD_TO: &str = "system_request";

impl Simulation {
    /// The device at this place of the town is told something. One without power does not hear it.
    pub fn obey(&mut self, device: usize, instruction: Instruction, at: Timestamp) {
        if self.devices.get(device).is_none_or(|sensor| sensor.power != Power::On) {
            return;
        }
        match instruction {
            Instruction::Restart => self.restart_for(device, TOLD_TO, at),
            Instruction::Recalibrate => self.recalibrate(device, at),
            Instruction::Heartbeat { every_ms } => {
                let sensor = &mut self.devices[device];
                sensor.heartbeat_ms = every_ms;
                self.next_heartbeat(device, at);
            }
        }
    }

    /// What it measures now is an empty bay to it from now on.
    fn recalibrate(&mut self, device: usize, at: Timestamp) {
        let sensor = &mut self.devices[device];
        let near = bay::surroundings(&self.bays, &self.blocks, sensor.bay);
        sensor.calibrate(&near, at);
        self.refresh(device, at);
    }

    /// Plans the next heartbeat; one that was planned before is not sent any more.
    pub(super) fn next_heartbeat(&mut self, device: usize, at: Timestamp) {
        let sensor = &mut self.devices[device];
        let next_at = sensor.next_heartbeat(at);
        sensor.heartbeat_at = next_at;
        self.agenda.add(next_at, Due::Heartbeat(device));
    }
}
