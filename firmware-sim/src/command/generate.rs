//! `firmware-sim generate`: a town's messages and its truth, without clock and network.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use vocabulary::Timestamp;

use firmware_sim::scenario::Scenario;
use firmware_sim::simulation::{Received, Setting, Simulation};

const STATUS_EVERY: Duration = Duration::from_secs(10);
/// A Tuesday, 08:00 in Baiyin, as the demo begins.
const USUAL_START: &str = "2026-09-15T00:00:00Z";

/// Write what a broker would receive in a simulated time, in the order of arrival, and what truly
/// happened meanwhile.
///
/// Needs neither clock nor network: a month of 2,000 bays takes about a minute. The same arguments
/// write the same files. A line of messages is {"at":"…","topic":"…","payload":{…}}: `at` is when
/// the broker receives it, and `firmware-sim replay` publishes such a file. The truth is read by
/// `firmware-sim score`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The town, as `firmware-sim town` prints it.
    #[arg(long, value_name = "FILE")]
    town: PathBuf,
    /// What goes wrong, a YAML file; without it nothing does.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// How many days.
    #[arg(long, default_value_t = 1, value_name = "N")]
    days: u32,
    /// Of demand, devices and faults.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// When the devices are switched on.
    #[arg(long, default_value = USUAL_START, value_name = "RFC3339", value_parser = instant)]
    from: Timestamp,
    /// Where to write the messages; `-` for standard output; without it they are only counted.
    #[arg(long, value_name = "FILE.jsonl")]
    out: Option<PathBuf>,
    /// Where to write the truth.
    #[arg(long, value_name = "FILE.jsonl")]
    truth: Option<PathBuf>,
}

pub(crate) fn write(arguments: &Arguments) -> anyhow::Result<()> {
    let town = super::read_town(&arguments.town)?;
    let scenario = match &arguments.scenario {
        Some(path) => super::read_scenario(path)?,
        None => Scenario::calm(),
    };
    let setting = Setting::offline(arguments.seed, arguments.from, arguments.days);
    let mut city = Simulation::new(&town, &scenario, &setting)?;
    let mut out = sink(arguments.out.as_deref())?;
    let mut truth = sink(arguments.truth.as_deref())?;
    let mut progress = Progress::new(&setting);
    loop {
        // Messages in portions, so that the truth does not pile up.
        let mut portion = 0;
        for message in city.messages().take(10_000) {
            portion += 1;
            progress.tell(message.received_at);
            write_message(&mut out, &message)?;
        }
        for fact in city.take_truth() {
            serde_json::to_writer(&mut truth, &fact).context("writing the truth")?;
            truth.write_all(b"\n").context("writing the truth")?;
        }
        if portion == 0 {
            break;
        }
    }
    out.flush().context("writing the messages")?;
    truth.flush().context("writing the truth")?;
    progress.sum_up(&city, town.devices.len(), arguments.days);
    Ok(())
}

fn sink(path: Option<&Path>) -> anyhow::Result<Box<dyn Write>> {
    Ok(match path {
        None => Box::new(io::sink()),
        Some(path) if path == Path::new("-") => Box::new(BufWriter::new(io::stdout().lock())),
        Some(path) => {
            let file =
                File::create(path).with_context(|| format!("creating {}", path.display()))?;
            Box::new(BufWriter::new(file))
        }
    })
}

fn write_message(out: &mut dyn Write, message: &Received) -> anyhow::Result<()> {
    let (at, topic) = (message.received_at, serde_json::to_string(&message.topic)?);
    write!(out, r#"{{"at":"{at}","topic":{topic},"#)
        .and_then(|()| match std::str::from_utf8(&message.payload) {
            Ok(json) => writeln!(out, r#""payload":{json}}}"#),
            Err(_) => {
                writeln!(out, r#""payload_base64":"{}"}}"#, STANDARD.encode(&message.payload))
            }
        })
        .context("writing the messages")
}

/// Tells on standard error how far it is.
struct Progress {
    from: Timestamp,
    until: Timestamp,
    begun: Instant,
    told: Instant,
    messages: u64,
}

impl Progress {
    fn new(setting: &Setting) -> Self {
        let now = Instant::now();
        Progress { from: setting.from, until: setting.until, begun: now, told: now, messages: 0 }
    }

    fn tell(&mut self, at: Timestamp) {
        self.messages += 1;
        if self.messages.is_multiple_of(1_024) && self.told.elapsed() >= STATUS_EVERY {
            self.told = Instant::now();
            let length_ms = self.until.since_ms(self.from).max(1);
            let done = (at.since_ms(self.from) * 100 / length_ms).clamp(0, 100);
            eprintln!("{done:3} % · {at} · {} messages", self.messages);
        }
    }

    fn sum_up(&self, city: &Simulation, devices: usize, days: u32) {
        let (counts, seconds) = (city.counts(), self.begun.elapsed().as_secs_f64().max(0.001));
        let devices = u32::try_from(devices).unwrap_or(u32::MAX);
        let speed = f64::from(days) * 86_400.0 / seconds;
        eprintln!(
            "{} messages, {} stays, {} samples in {seconds:.1} s: {devices} devices at {speed:.0} \
             times real time, which is {:.0} devices in real time",
            counts.messages,
            counts.arrivals,
            counts.samples,
            speed * f64::from(devices)
        );
    }
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|refused| refused.to_string())
}
