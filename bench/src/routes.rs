//! Ways with geometry and steps over a city by chance, found by us and by Valhalla on the same file.
//!
//! Ours come from `gateway route --pairs`, a line of JSON each; Valhalla's from its Python bindings, the text of its JSON each.
//! Both are measured from their first answer to their last, so that neither start nor loading counts. With the least
//! distance asked for, both should find the same ways. Beside that, what a closure costs against an import (`closures`).

mod closures;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::chance::chance;
use crate::child::command;
use crate::command::Common;
use crate::figures::percentile;
use crate::machine::{now_ns, seconds};
use crate::pbf;
use crate::report::{Report, progress};
use crate::road_town::City;

const PEER: &str = include_str!("../peer/valhalla_routes.py");
/// Ways that differ by no more than this count as the same.
const AGREE: f64 = 0.01;

/// Ways with geometry and steps: ours, and Valhalla's on the same file. And what a closure costs.
#[derive(Debug, Args)]
pub(crate) struct Routes {
    #[command(flatten)]
    common: Common,
    /// Junctions of the city.
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u64).range(100..=2_000_000))]
    junctions: u64,
    /// Junctions of a hundred at which a restriction is tried.
    #[arg(long, default_value_t = 30, value_name = "PCT", value_parser = clap::value_parser!(u64).range(0..=100))]
    restricted_pct: u64,
    /// Ways to find.
    #[arg(long, default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pairs: u64,
    /// A Python that has pyvalhalla; by default the one named python3.
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: PathBuf,
}

/// What one of the two did.
struct Found {
    /// Metres, in order of the pairs; none where there is no way.
    distances_m: Vec<Option<f64>>,
    seconds: f64,
}

impl Routes {
    pub(crate) fn usual(common: &Common) -> Routes {
        Routes {
            common: common.clone(),
            junctions: 100_000,
            restricted_pct: 30,
            pairs: 2_000,
            python: PathBuf::from("python3"),
        }
    }

    pub(crate) async fn run(self) -> Result<()> {
        let place = self.common.place()?;
        let city = City::of(self.common.seed, self.junctions, self.restricted_pct);
        let map = place.dir().join("city.osm.pbf");
        let mut out = BufWriter::new(std::fs::File::create(&map)?);
        pbf::write(&mut out, &city.nodes, &city.ways, &city.relations)?;
        out.flush()?;
        progress(&format!(
            "{} junctions, {} pieces of street, {} restrictions",
            city.nodes.len(),
            city.ways.len(),
            city.relations.len()
        ));
        let pairs = place.dir().join("pairs.txt");
        self.write_pairs(&city, &pairs)?;
        let (import_s, prepared) = self.import(place.gateway(), place.dir(), &map).await?;
        let ours = self.ours(place.gateway(), place.dir(), &pairs).await?;
        let theirs = self.theirs(place.dir(), &map, &pairs).await?;
        let report = self.report(&city, import_s, &prepared, &ours, theirs.as_ref());
        let seed = self.common.seed;
        let again = tokio::task::spawn_blocking(move || closures::measure(&map, &city, seed));
        let again = again.await.context("measuring closures")??;
        place.close().await?;
        self.common.sink().show(&report)?;
        self.common.sink().show(&closures::report(&again))
    }

    fn write_pairs(&self, city: &City, path: &Path) -> Result<()> {
        let mut out = BufWriter::new(std::fs::File::create(path)?);
        for pair in 0..self.pairs {
            let end = |turn: u64| city.middle(chance(self.common.seed, pair, turn) >> 8);
            let ((a, b), (c, d)) = (end(11), end(12));
            writeln!(out, "{a:.7},{b:.7} {c:.7},{d:.7}")?;
        }
        Ok(out.flush()?)
    }

    async fn import(&self, gateway: &Path, dir: &Path, map: &Path) -> Result<(f64, Value)> {
        let database = format!("sqlite:{}", dir.join("roads.db").display());
        let migrated =
            command(gateway, &[]).args(["migrate", "--database", &database]).output().await?;
        ensure!(migrated.status.success(), "migrating failed");
        let began_ns = now_ns();
        let mut import = command(gateway, &[]);
        import.args(["import", "osm", "--json", "--database", &database]).arg(map);
        let imported = import.output().await?;
        let text = String::from_utf8_lossy(&imported.stderr).into_owned();
        ensure!(imported.status.success(), "importing failed: {text}");
        progress(text.trim());
        let answer: Value =
            serde_json::from_slice(&imported.stdout).context("the import's answer")?;
        Ok((seconds(began_ns, now_ns()), answer))
    }

    async fn ours(&self, gateway: &Path, dir: &Path, pairs: &Path) -> Result<Found> {
        let database = format!("sqlite:{}", dir.join("roads.db").display());
        let mut program = command(gateway, &[]);
        program
            .args(["route", "--shortest", "--json", "--database", &database, "--pairs"])
            .arg(pairs);
        let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().context("its output is a pipe")?;
        let mut lines = BufReader::with_capacity(1 << 20, out).lines();
        let mut texts = Vec::new();
        let mut began_ns = 0;
        while let Some(line) = lines.next_line().await? {
            if texts.is_empty() {
                began_ns = now_ns();
            }
            texts.push(line);
        }
        let seconds = seconds(began_ns, now_ns());
        child.wait().await?;
        ensure!(texts.len() as u64 == self.pairs, "{} answers of {}", texts.len(), self.pairs);
        let distance = |text: &String| -> Option<f64> {
            let answer: Value = serde_json::from_str(text).ok()?;
            answer["distance_m"].as_f64()
        };
        Ok(Found { distances_m: texts.iter().map(distance).collect(), seconds })
    }

    /// Nothing, and one line that says why, where there is no Valhalla.
    async fn theirs(&self, dir: &Path, map: &Path, pairs: &Path) -> Result<Option<Found>> {
        let script = dir.join("valhalla_routes.py");
        std::fs::write(&script, PEER)?;
        let mut program = command(&self.python, &[]);
        program.arg(&script).args([map, pairs]).arg(dir.join("valhalla"));
        let child =
            program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let Ok(mut child) = child else {
            progress("Valhalla not measured: there is no python3");
            return Ok(None);
        };
        let (mut out, mut errors) = (String::new(), String::new());
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (mut stdout, mut stderr) =
            (stdout.context("its output is a pipe")?, stderr.context("its errors are a pipe")?);
        tokio::try_join!(stdout.read_to_string(&mut out), stderr.read_to_string(&mut errors))?;
        child.wait().await?;
        let last = out.lines().last().unwrap_or_default();
        let answer: Value = serde_json::from_str(last).unwrap_or_default();
        if let Some(why) = answer["unavailable"].as_str() {
            progress(&format!("Valhalla not measured: {why}"));
            return Ok(None);
        }
        let list = answer["distances_m"].as_array();
        let list = list.with_context(|| format!("Valhalla said: {last}\n{errors}"))?;
        let distances_m = list.iter().map(Value::as_f64).collect();
        let seconds = answer["seconds"].as_f64().context("how long it took")?;
        progress(&format!("Valhalla {}", answer["version"].as_str().unwrap_or_default()));
        Ok(Some(Found { distances_m, seconds }))
    }

    fn report(
        &self,
        city: &City,
        import_s: f64,
        prepared: &Value,
        ours: &Found,
        theirs: Option<&Found>,
    ) -> Report {
        let mut report = Report::new(
            "routes",
            &[
                "router",
                "ways/s",
                "mean µs a way",
                "× Valhalla",
                "ways whose lengths agree within 1 %",
                "median difference",
            ],
        );
        // The first one began the clock.
        let rate = |found: &Found| (self.pairs - 1) as f64 / found.seconds.max(1e-9);
        let row = |name: &str, found: &Found, more: [String; 3]| {
            let [ratio, agree, difference] = more;
            vec![
                name.to_owned(),
                format!("{:.0}", rate(found)),
                format!("{:.0}", 1e6 / rate(found)),
                ratio,
                agree,
                difference,
            ]
        };
        let dash = || "–".to_owned();
        let Some(theirs) = theirs else {
            report.rows.push(row("Bowei", ours, [dash(), dash(), dash()]));
            report.figures = json!({"junctions": city.nodes.len(), "restrictions": city.relations.len(),
                "import_s": import_s, "prepared": prepared, "ours_per_s": rate(ours)});
            return report;
        };
        let both = ours.distances_m.iter().zip(&theirs.distances_m);
        let mut differences: Vec<f64> =
            both.filter_map(|(a, b)| Some((a.as_ref()? - b.as_ref()?) / b.as_ref()?)).collect();
        differences.sort_by(f64::total_cmp);
        let agree = differences.iter().filter(|d| d.abs() <= AGREE).count() as f64
            / differences.len().max(1) as f64;
        let ratio = rate(ours) / rate(theirs);
        let more = [
            format!("{ratio:.1}"),
            format!("{:.1} % of {}", agree * 100.0, differences.len()),
            format!("{:+.3} %", percentile(&differences, 50.0) * 100.0),
        ];
        report.rows.push(row("Bowei", ours, more));
        report.rows.push(row("Valhalla", theirs, ["1.0".to_owned(), dash(), dash()]));
        report.figures = json!({"junctions": city.nodes.len(), "restrictions": city.relations.len(),
            "import_s": import_s, "prepared": prepared, "ours_per_s": rate(ours), "theirs_per_s": rate(theirs),
            "ratio": ratio, "agree": agree, "compared": differences.len(),
            "difference_p1": percentile(&differences, 1.0), "difference_p50": percentile(&differences, 50.0),
            "difference_p99": percentile(&differences, 99.0)});
        report
    }
}
