//! How native devices speak: with clocks of their own, and memories that outlive a bad network.
//!
//! Where the simulation keeps the memories, what reaches the broker counts as stored; else every
//! reading is handed over, heard or not.

use rand::Rng;
use vocabulary::Timestamp;

use super::agenda::Due;
use super::{Heard, Keeping, NativeReading, Simulation};
use crate::device::Power;
use crate::envelope::native::{self, Native};
use crate::flash::Reading;
use crate::frame::Signal;
use crate::scenario::Kind;

/// From the device to the broker.
const NATIVE_MS: std::ops::Range<i64> = 150..1_500;
/// A native device that hears nothing for so long sends again.
const RESEND_MS: i64 = 120_000;
/// After an outage not all speak at once.
const SPREAD_MS: i64 = 120_000;

impl Simulation {
    /// The stamp of what is said.
    pub(super) fn tell_natively(
        &mut self,
        device: usize,
        signal: &Signal,
        at: Timestamp,
    ) -> Timestamp {
        let clock = self.device_clock(device, at);
        let sensor = &mut self.devices[device];
        let boot_id = sensor.session.boot_id.clone();
        let seq = sensor.take_number();
        let told = Native {
            boot_id: &boot_id,
            seq,
            at: clock,
            firmware: sensor.facts.firmware.as_deref().unwrap_or(sensor.family.firmware()),
            reset_cause: sensor.reset_cause,
            rssi_dbm: sensor.dice.random_range(-95..=-60),
        };
        let json = native::reading(&told, signal);
        let arrives_at = at.plus_ms(self.carriage.lines[device].dice.random_range(NATIVE_MS));
        let lost = self.native_loss(device);
        let stamp = if clock.is_none() { arrives_at } else { at };
        let reading = Reading { boot_id, seq, json: json.into() };
        if self.setting.keeping == Keeping::Outside {
            self.hand_over(device, &reading, arrives_at, lost);
            return stamp;
        }
        self.keep(device, reading, at);
        match lost {
            Some(kind) => self.resend_later(device, kind, at),
            None => self.send_newest(device, at, arrives_at),
        }
        stamp
    }

    /// What the device's clock shows, if it has one.
    fn device_clock(&self, device: usize, at: Timestamp) -> Option<Timestamp> {
        if self.fault_of(device, Kind::NoClock).is_some() {
            return None;
        }
        let off_ms: i64 = [Kind::DeviceClockWrong, Kind::ClockJump]
            .into_iter()
            .filter_map(|kind| self.fault_of(device, kind))
            .map(|fault| fault.offset_ms)
            .sum();
        Some(at.plus_ms(off_ms))
    }

    fn native_loss(&mut self, device: usize) -> Option<Kind> {
        if self.outage(device).is_some() {
            return Some(Kind::Outage);
        }
        self.strikes(device, Kind::Loss).then_some(Kind::Loss)
    }

    fn hand_over(
        &mut self,
        device: usize,
        kept: &Reading,
        arrives_at: Timestamp,
        lost: Option<Kind>,
    ) {
        let heard = if lost.is_none() { Heard::Yes } else { Heard::No };
        let fate = self.fate(device);
        let arrives_at = arrives_at.plus_ms(fate.delay_ms);
        let sensor = &self.devices[device];
        let device_id = sensor.facts.key.clone();
        let topic = native::topic(&device_id);
        let (boot_id, seq) = (kept.boot_id.clone(), kept.seq);
        let reading = NativeReading { device_id, boot_id, seq, heard };
        let payload = kept.json.as_bytes().to_vec();
        if let Some(after_ms) = fate.repeat_ms.filter(|_| heard == Heard::Yes) {
            let (topic, payload) = (topic.clone(), payload.clone());
            self.post.send(sensor, arrives_at.plus_ms(after_ms), topic, payload);
        }
        self.post.send_reading(sensor, arrives_at, topic, payload, Some(reading));
    }

    fn keep(&mut self, device: usize, reading: Reading, at: Timestamp) {
        let flash = self.carriage.lines[device].flash.as_mut();
        let lost = flash.and_then(|flash| flash.keep(reading));
        if lost.is_some() {
            let since = self.carriage.lines[device].heard_at;
            self.fault(device, Kind::RingOverflow, since, at);
        }
    }

    /// Sends what was said last; older readings that are still kept go with the next repetition.
    fn send_newest(&mut self, device: usize, at: Timestamp, arrives_at: Timestamp) {
        let fate = self.fate(device);
        let line = &mut self.carriage.lines[device];
        let Some(flash) = line.flash.as_mut() else { return };
        let Some(reading) = flash.newest().cloned() else { return };
        // `stored up to` does not reach the device: it will send again.
        let unheard = fate.repeat_ms.is_some();
        if !unheard {
            flash.forget_newest();
        }
        if !line.resends {
            line.heard_at = at;
        }
        let arrives_at = arrives_at.plus_ms(fate.delay_ms);
        self.note_delay(device, &fate, at, arrives_at);
        let sensor = &self.devices[device];
        let topic = native::topic(&sensor.facts.key);
        self.post.send(sensor, arrives_at, topic, reading.json.as_bytes().to_vec());
        if unheard {
            self.resend_later(device, Kind::Repeats, at);
        }
    }

    fn resend_later(&mut self, device: usize, why: Kind, at: Timestamp) {
        if why != Kind::Repeats {
            self.carriage.lines[device].lost.get_or_insert(why);
        }
        if std::mem::replace(&mut self.carriage.lines[device].resends, true) {
            return;
        }
        let back_at = self.outage(device).map_or(at, |(until, _)| until);
        let spread_ms = self.carriage.lines[device].dice.random_range(0..SPREAD_MS);
        let again_at = at.plus_ms(RESEND_MS).max(back_at.plus_ms(spread_ms));
        self.agenda.add(again_at, Due::Resend(device));
    }

    pub(super) fn resend(&mut self, device: usize, at: Timestamp) {
        self.carriage.lines[device].resends = false;
        if self.devices[device].power != Power::On {
            // A dead device says what it kept when it has a battery again.
            self.carriage.lines[device].resends = true;
            self.agenda.add(at.plus_ms(30 * RESEND_MS), Due::Resend(device));
            return;
        }
        match self.native_loss(device) {
            Some(kind) => self.resend_later(device, kind, at),
            None => self.send_all(device, at),
        }
    }

    fn send_all(&mut self, device: usize, at: Timestamp) {
        let line = &mut self.carriage.lines[device];
        let Some(flash) = line.flash.as_mut() else { return };
        let batches = flash.batches();
        flash.clear();
        let since = std::mem::replace(&mut line.heard_at, at);
        if let Some(kind) = line.lost.take().filter(|kind| *kind != Kind::Outage) {
            self.fault(device, kind, since, at);
        }
        let arrives_at = at.plus_ms(self.carriage.lines[device].dice.random_range(NATIVE_MS));
        let sensor = &self.devices[device];
        for batch in batches {
            let topic = native::topic(&sensor.facts.key);
            self.post.send(sensor, arrives_at, topic, batch.into_bytes());
        }
    }

    /// At the end all networks work, and devices say what they kept.
    pub(super) fn deliver_all(&mut self) {
        for device in 0..self.devices.len() {
            let keeps = self.carriage.lines[device].flash.as_ref().is_some_and(|f| !f.is_empty());
            if keeps {
                self.send_all(device, self.setting.until);
            }
        }
    }
}
