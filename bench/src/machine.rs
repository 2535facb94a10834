//! What was measured on: processors, memory, versions of the programs. And one clock for all processes.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// Ticks of processor time in a second, as Linux counts them for every program.
const TICKS_PER_S: f64 = 100.0;

/// The machine and the programs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processors: usize,
    pub(crate) memory_gib: u64,
    pub(crate) system: String,
    pub(crate) rust: String,
    pub(crate) mosquitto: String,
    pub(crate) postgres: String,
}

impl Machine {
    /// Asks the machine.
    pub(crate) fn here() -> Machine {
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Machine {
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: (kib(&memory, "MemTotal:") + (1 << 19)) >> 20,
            system: first_line("uname", &["-sr"]),
            rust: first_line("rustc", &["--version"]),
            mosquitto: first_line(&crate::mosquitto::program(), &["-h"]),
            postgres: crate::postgres::version(),
        }
    }
}

/// Nanoseconds since 1970, the same clock in every process.
pub(crate) fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Seconds between two readings of the clock.
pub(crate) fn seconds(from_ns: i64, to_ns: i64) -> f64 {
    (to_ns - from_ns) as f64 / 1e9
}

/// Processor time that a process has used so far, in seconds; 0 once it is gone.
pub(crate) fn cpu_s(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name of the program may hold blanks; what follows its bracket does not.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |at: usize| rest.split_whitespace().nth(at).and_then(|t| t.parse::<f64>().ok());
    (ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / TICKS_PER_S
}

/// Processor time of a process and its children, in seconds.
pub(crate) fn family_cpu_s(process: u32) -> f64 {
    let children = format!("/proc/{process}/task/{process}/children");
    let children = std::fs::read_to_string(children).unwrap_or_default();
    let of = children.split_whitespace().filter_map(|c| c.parse().ok()).map(cpu_s);
    cpu_s(process) + of.sum::<f64>()
}

/// Resident memory of a process now and at most so far, in MiB.
pub(crate) fn resident_mib(process: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mib = |name| kib(&status, name) as f64 / 1024.0;
    (mib("VmRSS:"), mib("VmHWM:"))
}

/// `2026-11-24`, in UTC.
pub(crate) fn today() -> String {
    vocabulary::Timestamp::from_ms(now_ns() / 1_000_000).utc().format("%Y-%m-%d").to_string()
}

fn kib(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Some programs say their version and end with an error.
pub(crate) fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").trim().to_owned()
}
