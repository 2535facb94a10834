//! `firmware-sim score`: the gateway's stays beside what truly happened.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use vocabulary::{Fen, Timestamp};

use firmware_sim::score::{
    Above, Comparison, Expectation, Percentiles, Score, Truth, USUAL_MINIMUM_MS, score, stays,
};

/// Compare the stays of a gateway with what truly happened: detection, timing, money, doubt.
///
/// The truth is written by `firmware-sim generate` or `run`, the stays by `gateway export stays`.
/// A true stay is taken as a sound device on a sound network would have reported it. Exits with 1
/// if the score is not as expected.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What truly happened, a JSON object a line.
    #[arg(long, value_name = "FILE.jsonl")]
    truth: PathBuf,
    /// The published stays, a JSON object a line.
    #[arg(long, value_name = "FILE.jsonl")]
    stays: PathBuf,
    /// The tariff that prices both, YAML; without it the demo's example tariff.
    #[arg(long, value_name = "FILE")]
    tariff: Option<PathBuf>,
    /// Presences shorter than this are pass-bys that nobody has to see.
    #[arg(long, default_value_t = USUAL_MINIMUM_MS / 1_000, value_name = "SECONDS")]
    minimum_s: i64,
    /// The end of the time looked at; without it, that of the truth.
    #[arg(long, value_name = "RFC3339")]
    until: Option<String>,
    /// What must hold: no bill above the true one and no more doubt than faults and one percentage
    /// point; or, where nothing goes wrong, every stay found and not a fen of difference.
    #[arg(long, value_enum, default_value_t = Expect::Fair, value_name = "EXPECTATION")]
    expect: Expect,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Expect {
    Fair,
    Exact,
}

pub(crate) fn tell(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let read = |path: &Path| {
        File::open(path).map(BufReader::new).with_context(|| format!("opening {}", path.display()))
    };
    let truth = Truth::read(read(&arguments.truth)?)
        .with_context(|| format!("reading the truth {}", arguments.truth.display()))?;
    let published = stays(read(&arguments.stays)?)
        .with_context(|| format!("reading the stays {}", arguments.stays.display()))?;
    let tariff = tariff(arguments.tariff.as_deref())?;
    let until = match &arguments.until {
        Some(text) => Timestamp::parse(text).context("--until")?,
        None => truth.until,
    };
    let minimum_ms = arguments.minimum_s.saturating_mul(1_000);
    let comparison =
        Comparison { truth: &truth, stays: &published, tariff: &tariff, minimum_ms, until };
    let score = score(&comparison)?;
    if arguments.json {
        println!("{}", serde_json::to_string(&score)?);
    } else {
        print(&score);
    }
    let breaches = score.breaches(match arguments.expect {
        Expect::Fair => Expectation::Fair,
        Expect::Exact => Expectation::Exact,
    });
    for breach in &breaches {
        eprintln!("not as expected: {breach}");
    }
    Ok(if breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tariff(path: Option<&Path>) -> anyhow::Result<billing::tariff::Tariff> {
    let text = match path {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("reading the tariff {}", path.display()))?,
        None => billing::DEMO_TARIFF.to_owned(),
    };
    billing::tariff::parse(&text).or_else(|problems| {
        let lines: Vec<_> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        bail!("the tariff is not to be read:{}", lines.concat())
    })
}

fn print(score: &Score) {
    let yuan = |fen| Fen(fen).yuan();
    println!("detection");
    println!("  true stays         {} ({} found)", score.true_stays, score.found);
    println!("  published stays    {} ({} right)", score.published_stays, score.right);
    println!("  precision, recall  {:.5}, {:.5}", score.precision, score.recall);
    println!("timing, seconds     p50 / p90 / p99 / max");
    println!("  arrival            {}", percentiles(score.arrival_error_s));
    println!("  departure          {}", percentiles(score.departure_error_s));
    println!("money");
    println!("  true, billed       ¥{}, ¥{}", yuan(score.true_fen), yuan(score.billed_fen));
    println!("  error              {} fen", score.error_fen);
    println!("  above the true     {} bills, {} fen", score.bills_above, score.above_fen);
    let below: i64 = score.below_fen.values().sum();
    println!("  below the true     {} bills, {below} fen", score.bills_below);
    for (cause, fen) in &score.below_fen {
        println!("    {cause:18} {fen} fen");
    }
    println!("doubt, % of the time of all bays");
    println!(
        "  doubtful, faulty   {:.3}, {:.3}   (doubtful {:.3} % of published stays)",
        score.doubtful_permille / 10.0,
        score.faulty_permille / 10.0,
        score.doubtful_of_stays_permille / 10.0
    );
    for (reason, hours) in &score.doubt_h {
        println!("    doubt {reason:20} {hours:.1} h");
    }
    for (kind, hours) in &score.fault_h {
        println!("    fault {kind:20} {hours:.1} h");
    }
    score.above.iter().for_each(print_above);
}

fn print_above(above: &Above) {
    let Above { bay_code, stays, billed_fen, true_fen, billed, reported, faults } = above;
    let reported = reported.map_or("nobody was there".into(), |reported| {
        format!("true {} to {}", reported.start_at(), reported.end_at())
    });
    println!(
        "too much: bay {bay_code}, {billed_fen} fen instead of {true_fen}: {} to {}, {reported}; \
         faults: {}; stays: {}",
        billed.start_at(),
        billed.end_at(),
        faults.join(" "),
        stays.join(" ")
    );
}

fn percentiles(of: Percentiles) -> String {
    format!("{:.1} / {:.1} / {:.1} / {:.1}", of.p50, of.p90, of.p99, of.max)
}
