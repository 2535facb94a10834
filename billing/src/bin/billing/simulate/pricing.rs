//! Lines in, sums out: what one thread does.

use std::collections::BTreeMap;

use billing::compare::{Comparison, Fees, Keys, LooksBack, looks_back};
use billing::tariff::Tariff;
use billing::{Calendars, Case, price};
use vocabulary::Fen;

use super::chunks::{Chunk, Form};
use super::columns::Columns;
use super::history::{History, Known};
use super::local::LocalTimes;
use super::stay::{Bad, Defaults, Stay};

/// Line numbers kept of each reason.
const LINES: usize = 5;

/// What all threads know.
pub(super) struct Job<'a> {
    pub(super) tariff: &'a Tariff,
    pub(super) against: &'a Tariff,
    pub(super) calendars: &'a Calendars,
    pub(super) form: Form,
    pub(super) columns: Columns,
    pub(super) defaults: Defaults,
    /// Whether fees of each stay are written out.
    pub(super) writes: bool,
}

/// What came out of some lines.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) comparison: Comparison,
    /// Lines that were read, the left out ones among them.
    pub(super) lines: u64,
    /// By reason.
    pub(super) left_out: BTreeMap<&'static str, LeftOut>,
    /// Stays whose tariffs count earlier visits, and that say no vehicle.
    pub(super) alone: u64,
    /// Stays that came out of order, or over another of the same vehicle.
    pub(super) out_of_order: u64,
}

/// Lines that are not in the sums.
#[derive(Clone, Debug, Default)]
pub(super) struct LeftOut {
    pub(super) count: u64,
    /// The first few.
    pub(super) lines: Vec<u64>,
    /// What is wrong with the first.
    pub(super) says: String,
}

impl Outcome {
    pub(super) fn merge(&mut self, other: &Outcome) {
        self.comparison.merge(&other.comparison);
        self.lines += other.lines;
        self.alone += other.alone;
        self.out_of_order += other.out_of_order;
        for (code, more) in &other.left_out {
            let known = self.left_out.entry(code).or_default();
            known.count += more.count;
            if known.lines.is_empty() || more.lines.first() < known.lines.first() {
                known.says.clone_from(&more.says);
            }
            known.lines.extend(&more.lines);
            known.lines.sort_unstable();
            known.lines.truncate(LINES);
        }
    }

    fn leave_out(&mut self, line: u64, bad: Bad) {
        let known = self.left_out.entry(bad.code).or_default();
        known.count += 1;
        if known.lines.len() < LINES {
            known.lines.push(line);
        }
        if known.says.is_empty() {
            known.says = bad.says;
        }
    }

    /// Lines that are wrong; stays that were withdrawn are not.
    pub(super) fn bad(&self) -> u64 {
        let bad = self.left_out.iter().filter(|(code, _)| **code != "not_a_stay");
        bad.map(|(_, left_out)| left_out.count).sum()
    }

    /// The first line that is wrong.
    pub(super) fn first_bad(&self) -> Option<(u64, &LeftOut)> {
        let bad = self.left_out.iter().filter(|(code, _)| **code != "not_a_stay");
        bad.filter_map(|(_, left_out)| Some((*left_out.lines.first()?, left_out)))
            .min_by_key(|b| b.0)
    }
}

/// How far back the two tariffs look.
pub(super) fn looks_back_of(job: &Job<'_>) -> LooksBack {
    looks_back(job.tariff).max(looks_back(job.against))
}

/// One thread's hand.
pub(super) struct Pricer<'a> {
    job: &'a Job<'a>,
    times: LocalTimes,
    history: History,
    stay: Stay,
    outcome: Outcome,
    written: Vec<u8>,
}

impl<'a> Pricer<'a> {
    pub(super) fn new(job: &'a Job<'a>) -> Self {
        Pricer {
            job,
            times: LocalTimes::new(job.tariff.time_zone),
            history: History::new(looks_back_of(job)),
            stay: Stay::empty(),
            outcome: Outcome::default(),
            written: Vec::new(),
        }
    }

    /// Prices every line of a chunk; returns what is to be written.
    pub(super) fn price(&mut self, chunk: &Chunk) -> Vec<u8> {
        match self.job.form {
            Form::Csv => self.rows(chunk),
            Form::JsonLines => self.objects(chunk),
        }
        std::mem::take(&mut self.written)
    }

    pub(super) fn outcome(self) -> Outcome {
        self.outcome
    }

    pub(super) fn lines(&self) -> u64 {
        self.outcome.lines
    }

    pub(super) fn bad(&self) -> u64 {
        self.outcome.bad()
    }

    fn rows(&mut self, chunk: &Chunk) {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(chunk.bytes.as_slice());
        let mut row = csv::ByteRecord::new();
        while reader.read_byte_record(&mut row).unwrap_or(false) {
            let line = chunk.line + row.position().map_or(1, csv::Position::line) - 1;
            let job = self.job;
            let read = self.stay.read_row(&row, &job.columns, &job.defaults, &mut self.times);
            self.line(line, read);
        }
    }

    fn objects(&mut self, chunk: &Chunk) {
        for (line, text) in (chunk.line..).zip(chunk.bytes.split(|byte| *byte == b'\n')) {
            if !text.trim_ascii().is_empty() {
                let read = self.stay.read_json(text, &self.job.defaults);
                self.line(line, read);
            }
        }
    }

    fn line(&mut self, line: u64, read: Result<(), Bad>) {
        self.outcome.lines += 1;
        let done = read.and_then(|()| self.fees());
        match done {
            Ok(fees) => self.count(line, fees),
            Err(bad) => self.outcome.leave_out(line, bad),
        }
    }

    fn fees(&mut self) -> Result<Fees, Bad> {
        match self.history.complete(&mut self.stay) {
            Known::Yes => {}
            Known::NoVehicle => self.outcome.alone += 1,
            Known::OutOfOrder => self.outcome.out_of_order += 1,
        }
        let against = self.fee(self.job.against)?;
        // The class by the tariff that holds is the one that stays in the case.
        Ok(Fees { tariff: self.fee(self.job.tariff)?, against })
    }

    fn fee(&mut self, tariff: &Tariff) -> Result<Fen, Bad> {
        if let Some(described) = self.stay.described {
            let arrived_at = self.stay.case.intervals.first().map(|interval| interval.start_at());
            if let Some(version) = arrived_at.and_then(|at| tariff.version_at(at)) {
                version.class_of(described).clone_into(&mut self.stay.case.vehicle);
            }
        }
        let bill = price(tariff, self.job.calendars, &self.stay.case);
        bill.map(|bill| bill.total).map_err(|reject| Bad::rejected(reject, tariff))
    }

    fn count(&mut self, line: u64, fees: Fees) {
        let Case { vehicle, intervals, .. } = &self.stay.case;
        let hour = intervals.first().map_or(0, |interval| self.times.hour(interval.start_at()));
        let keys = Keys { street: self.stay.street_name(), hour, vehicle };
        self.outcome.comparison.add(fees, keys);
        if self.job.writes {
            self.write(line, fees);
        }
    }

    fn write(&mut self, line: u64, fees: Fees) {
        let Case { vehicle, intervals, street, .. } = &self.stay.case;
        let (Some(first), Some(last)) = (intervals.first(), intervals.last()) else { return };
        let change = Fen(fees.against.0 - fees.tariff.0);
        let row = [
            &line.to_string(),
            &self.stay.id,
            &self.stay.vehicle_id,
            vehicle,
            &first.start_at().to_string(),
            &last.end_at().to_string(),
            street.as_deref().unwrap_or_default(),
            &self.stay.road,
            &fees.tariff.yuan(),
            &fees.against.yuan(),
            &change.yuan(),
        ];
        let mut writer = csv::Writer::from_writer(&mut self.written);
        writer.write_record(row).expect("a vector takes every row");
    }
}

/// The header of what is written.
pub(super) const WRITTEN: &str =
    "line,id,vehicle_id,vehicle,start,end,street,road,fee,fee_against,difference\n";
