//! The YAML form of a scenario, and what must hold of it. Every problem names its line.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::kind::Parameter;
use super::moment::length_ms;
use super::{Backlog, Fault, Kind, Scenario, Whom};
use crate::demand::Curve;

const TEXT_LIMIT: usize = 1 << 20;
const TIMES_LIMIT: u32 = 10_000;

/// What is wrong with a scenario's text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1; 0 where it is not known.
    pub line: u64,
    /// For the author.
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioForm {
    format: Spanned<String>,
    title: String,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    curve: Curve,
    busy: Option<Spanned<f64>>,
    devices_per_gateway: Option<Spanned<usize>>,
    flash_readings: Option<Spanned<usize>>,
    #[serde(default)]
    faults: Vec<FaultForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultForm {
    kind: Spanned<Kind>,
    share: Option<Spanned<f64>>,
    bays: Option<Spanned<Vec<String>>>,
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
    lasting: Option<Spanned<String>>,
    times: Option<Spanned<u32>>,
    probability: Option<Spanned<f64>>,
    up_to: Option<Spanned<String>>,
    offset: Option<Spanned<String>>,
    backlog: Option<Spanned<Backlog>>,
}

/// Collects problems while the parts are read.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
}

pub(super) fn read(yaml: &str) -> Result<Scenario, Vec<Problem>> {
    if yaml.len() > TEXT_LIMIT {
        return Err(vec![Problem { line: 0, message: "longer than 1 MiB".into() }]);
    }
    let form: ScenarioForm = serde_saphyr::from_str(yaml).map_err(|error| {
        let line = error.location().map_or(0, |place| place.line());
        vec![Problem { line, message: error.without_snippet().to_string() }]
    })?;
    let mut reader = Reader::default();
    let scenario = reader.scenario(form);
    if reader.problems.is_empty() { Ok(scenario) } else { Err(reader.problems) }
}

impl Reader {
    fn refuse<T>(&mut self, at: &Spanned<T>, message: impl Into<String>) {
        let message = message.into();
        self.problems.push(Problem { line: at.referenced.line(), message });
    }

    fn scenario(&mut self, form: ScenarioForm) -> Scenario {
        if form.format.value != "bowei-scenario/1" {
            self.refuse(&form.format, "the format must be bowei-scenario/1");
        }
        let usual = Scenario::calm();
        let busy = self.number(form.busy.as_ref(), "busy", 0.01, 100.0);
        let per_gateway = self.count(form.devices_per_gateway.as_ref(), "devices_per_gateway");
        let flash = self.count(form.flash_readings.as_ref(), "flash_readings");
        Scenario {
            title: form.title,
            seed: form.seed,
            curve: form.curve,
            busy: busy.unwrap_or(usual.busy),
            devices_per_gateway: per_gateway.unwrap_or(usual.devices_per_gateway),
            flash_readings: flash.unwrap_or(usual.flash_readings),
            faults: form.faults.into_iter().map(|fault| self.fault(fault)).collect(),
        }
    }

    fn fault(&mut self, form: FaultForm) -> Fault {
        let kind = form.kind.value;
        if kind == Kind::RingOverflow {
            self.refuse(&form.kind, "ring_overflow follows from other faults and `flash_readings`");
        }
        self.check_parameters(&form);
        let whom = match (&form.share, form.bays) {
            (Some(share), Some(_)) => {
                self.refuse(share, "a fault has a share or bays, not both");
                Whom::Share(0.0)
            }
            (None, Some(bays)) => Whom::Bays(bays.value),
            (share, None) => {
                let share = self.number(share.as_ref(), "share", 0.0, 1.0);
                Whom::Share(share.unwrap_or(1.0))
            }
        };
        let from_ms = self.positive_ms(form.from.as_ref()).unwrap_or(0);
        let to_ms = self.positive_ms(form.to.as_ref());
        let lasting_ms = self.positive_ms(form.lasting.as_ref());
        let place = form.to.as_ref().or(form.from.as_ref());
        if let Some((place, to_ms)) = place.zip(to_ms) {
            if to_ms <= from_ms {
                self.refuse(place, "`to` must be later than `from`");
            } else if lasting_ms.is_some_and(|ms| ms > to_ms - from_ms) {
                self.refuse(place, "`lasting` does not fit between `from` and `to`");
            }
        }
        let times = self.times(form.times.as_ref());
        if times > 1 && lasting_ms.is_none() && !kind.is_momentary() {
            let message = format!("{} more than once needs `lasting`", kind.name());
            self.refuse(&form.kind, message);
        }
        Fault {
            kind,
            whom,
            from_ms,
            to_ms,
            lasting_ms,
            times,
            probability: self
                .number(form.probability.as_ref(), "probability", 0.0, 1.0)
                .unwrap_or_default(),
            up_to_ms: self.positive_ms(form.up_to.as_ref()).unwrap_or_default(),
            offset_ms: self.length(form.offset.as_ref()).unwrap_or_default(),
            backlog: form.backlog.map_or(Backlog::Lost, |backlog| backlog.value),
        }
    }

    fn check_parameters(&mut self, form: &FaultForm) {
        let kind = form.kind.value;
        let given = [
            (Parameter::Probability, form.probability.as_ref().map(|p| p.referenced)),
            (Parameter::UpTo, form.up_to.as_ref().map(|p| p.referenced)),
            (Parameter::Offset, form.offset.as_ref().map(|p| p.referenced)),
            (Parameter::Backlog, form.backlog.as_ref().map(|p| p.referenced)),
            (Parameter::Lasting, form.lasting.as_ref().map(|p| p.referenced)),
        ];
        for (parameter, place) in given {
            let (name, fault) = (parameter.name(), kind.name());
            let needed = kind.needs().contains(&parameter);
            match place {
                None if needed => self.refuse(&form.kind, format!("{fault} needs `{name}`")),
                Some(place) if !needed && !kind.allows().contains(&parameter) => {
                    let message = format!("{fault} has no `{name}`");
                    self.problems.push(Problem { line: place.line(), message });
                }
                _ => {}
            }
        }
    }

    fn number(
        &mut self,
        given: Option<&Spanned<f64>>,
        name: &str,
        least: f64,
        most: f64,
    ) -> Option<f64> {
        let given = given?;
        if !(least..=most).contains(&given.value) {
            self.refuse(given, format!("`{name}` must be between {least} and {most}"));
        }
        Some(given.value)
    }

    fn count(&mut self, given: Option<&Spanned<usize>>, name: &str) -> Option<usize> {
        let given = given?;
        if !(1..=1_000_000).contains(&given.value) {
            self.refuse(given, format!("`{name}` must be between 1 and 1000000"));
        }
        Some(given.value)
    }

    fn times(&mut self, given: Option<&Spanned<u32>>) -> u32 {
        let Some(given) = given else { return 1 };
        if !(1..=TIMES_LIMIT).contains(&given.value) {
            self.refuse(given, format!("`times` must be between 1 and {TIMES_LIMIT}"));
        }
        given.value.max(1)
    }

    fn length(&mut self, given: Option<&Spanned<String>>) -> Option<i64> {
        let given = given?;
        let length = length_ms(&given.value);
        if length.is_none() {
            self.refuse(given, format!("{:?} is no length like 90s, 20m, 6h or 2d", given.value));
        }
        length
    }

    fn positive_ms(&mut self, given: Option<&Spanned<String>>) -> Option<i64> {
        let length = self.length(given)?;
        if let Some(given) = given.filter(|_| length < 0) {
            self.refuse(given, "this length cannot be negative");
        }
        Some(length)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}
