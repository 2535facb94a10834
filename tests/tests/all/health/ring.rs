//! Native devices whose memory is too small for an outage: what they lost is lost, and what they
//! kept is stored and then forgotten.

use std::time::Duration;

use serde_json::Value;

use crate::harness::database::Kind;
use crate::harness::programs::{command, run, text};
use crate::harness::running::{Running, Signal, free_port};
use crate::harness::served::{Served, Source, path};
use crate::harness::town_clock::TownClock;
use crate::harness::wait;

const SPEED: u32 = 600;
const WITHIN: Duration = Duration::from_secs(90);
const SCENARIO: &str = "format: bowei-scenario/1\ntitle: small memories\nflash_readings: 3\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_that_overflowed_during_an_outage_is_emptied_afterwards() {
    let source = Source::Embedded(free_port());
    let clock = TownClock::from_morning(SPEED);
    let town = run("firmware-sim", &["town", "--bays", "12", "--mix", "native", "--seed", "7"]);
    let mut served = Served::start(Kind::Sqlite, &source, clock, &text(&town.stdout)).await;
    let scenario = served.dir.path().join("scenario.yaml");
    std::fs::write(&scenario, SCENARIO).unwrap();
    let mut command = command(
        "firmware-sim",
        &[
            "run",
            "--town",
            path(&served.dir.path().join("town.json")),
            "--broker",
            &source.url(),
            "--scenario",
            path(&scenario),
            "--resend-after",
            "2s",
            "--wait-stored",
            "100s",
        ],
    );
    command.args(clock.switches());
    let log = served.dir.path().join("sim.log");
    let mut sim = Running::start("firmware-sim", command, &log, (Signal::Term, None)).unwrap();
    let stored = async |served: &Served, least: f64| {
        wait::until("readings to be stored", WITHIN, async || {
            let outcome = &["outcome=\"stored\""];
            (served.api().metric("bowei_messages_total", outcome).await >= least).then_some(())
        })
        .await;
    };
    stored(&served, 24.0).await;
    // Heartbeats come every two seconds of the machine's: in twelve, six of them for three places.
    served.gateways[0].kill();
    let since = clock.now();
    wait::until("two hours of the city without a gateway", WITHIN, async || {
        (clock.now() - since >= 2 * 3_600_000).then_some(())
    })
    .await;
    served.gateways[0].start();
    served.gateways[0].until_listening().await;
    stored(&served, 36.0).await;
    // A device is told at most once a minute.
    let ended = sim.stop(2 * WITHIN);
    assert!(ended.success(), "{ended}\n{}", sim.log());
    let log = sim.log();
    let summary: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert!(summary["dropped"].as_u64().unwrap() >= 12, "the rings did not overflow: {summary}");
    assert_eq!(summary["unstored"], 0, "{summary}");
    served.stop_gateways();
    let verified = served.gateway_says(&["verify", "--config"], &served.config_file());
    assert!(verified.contains(": clean ("), "{verified}");
}
