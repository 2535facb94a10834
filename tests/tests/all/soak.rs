//! Three days of a town, from messages to bills, through the programs as a user runs them: what is
//! charged is compared with what truly happened. The long form is `make soak`.
//!
//! Without faults there is not a fen of difference; with nearly all of them nobody pays too much.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::database::{Database, Kind};
use crate::harness::programs::{command, repository, run, succeed, text};

const DAYS: &str = "3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_faults_every_bill_is_the_true_one() {
    let town = Town { bays: "200", scenario: "calm", second_sensors: "0", expect: "exact" };
    let imported = town.live_through(Kind::Sqlite).await;
    assert_eq!((imported["repeats"].as_u64(), imported["rejected"].as_u64()), (Some(0), Some(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_no_bill_is_above_the_true_one() {
    let town = Town { bays: "200", scenario: "hard", second_sensors: "0.05", expect: "fair" };
    let imported = town.live_through(Kind::Sqlite).await;
    assert!(imported["repeats"].as_u64() > Some(0), "{imported}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_no_bill_is_above_the_true_one_either() {
    let town = Town { bays: "60", scenario: "hard", second_sensors: "0.05", expect: "fair" };
    town.live_through(Kind::Postgres).await;
}

struct Town {
    bays: &'static str,
    scenario: &'static str,
    second_sensors: &'static str,
    /// Of `firmware-sim score`.
    expect: &'static str,
}

impl Town {
    /// From its invention to its score and the proof; what the import of its messages said.
    async fn live_through(&self, kind: Kind) -> Value {
        let seed = std::env::var("BOWEI_SEED").unwrap_or_else(|_| "1".to_owned());
        println!("BOWEI_SEED={seed}");
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (town, messages) = (file("town.json"), file("messages.jsonl"));
        let (truth, stays) = (file("truth.jsonl"), file("stays.jsonl"));
        self.generate(&seed, &town, &messages, &truth);

        let database = Database::fresh(kind).await;
        let on = ["--database", database.url.as_str()];
        let gateway = |arguments: &[&str]| succeed(command("gateway", arguments).args(on));
        gateway(&["import", "town", &town]);
        let take_in = ["import", "messages", &messages, "--simulated", "--json"];
        let imported: Value = serde_json::from_str(&gateway(&take_in)).unwrap();
        assert_eq!(imported["wrong"], Value::Null, "{imported}");
        let again: Value = serde_json::from_str(&gateway(&take_in)).unwrap();
        assert_eq!(again["readings"], 0, "a second import brings nothing new: {again}");
        std::fs::write(&stays, gateway(&["export", "stays"])).unwrap();
        let verified = gateway(&["verify"]);
        assert!(verified.contains(": clean ("), "{verified}");
        let score = ["score", "--truth", &truth, "--stays", &stays, "--expect", self.expect];
        println!("{}", succeed(&mut command("firmware-sim", &score)));
        imported
    }

    fn generate(&self, seed: &str, town: &str, messages: &str, truth: &str) {
        let wish = ["town", "--bays", self.bays, "--seed", seed, "--mix", "families"];
        let mut invent = command("firmware-sim", &wish);
        std::fs::write(town, succeed(invent.args(["--second-sensors", self.second_sensors])))
            .unwrap();
        let scenario = scenario(self.scenario);
        succeed(command("firmware-sim", &["generate", "--town", town, "--days", DAYS]).args([
            "--seed",
            seed,
            "--scenario",
            &scenario,
            "--out",
            messages,
            "--truth",
            truth,
        ]));
    }
}

fn scenario(name: &str) -> String {
    let path = repository().join("firmware-sim/scenarios").join(name).with_extension("yaml");
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_recording_that_makes_no_sense_is_refused_by_line_and_code() {
    let database = Database::fresh(Kind::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.jsonl");
    let line =
        |at: &str| format!("{{\"at\":\"{at}\",\"topic\":\"bowei/v1/x/up\",\"payload\":1}}\n");
    let first = line("2026-09-15T08:00:00Z");
    for (text_of_file, messages, wrong) in [
        (format!("{first}{}", line("2026-09-15T07:59:59Z")), "1 messages", "line 2: runs_back"),
        (format!("{first}\n{first}noon\n"), "2 messages", "line 4: not_a_message"),
        (line("2999-01-01T00:00:00Z"), "0 messages", "line 1: in_the_future"),
    ] {
        std::fs::write(&path, text_of_file).unwrap();
        let output = import(&path, &database.url).output().unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{out}\n{err}");
        assert!(out.starts_with(messages), "{out}");
        assert!(err.contains(wrong), "{err}");
    }
    let missing = run("gateway", &["import", "messages", "nowhere.jsonl", "--data", "nowhere"]);
    assert_eq!(missing.status.code(), Some(2));
}

fn import(path: &Path, database: &str) -> Command {
    command("gateway", &["import", "messages", path.to_str().unwrap(), "--database", database])
}
