//! What is deployed beside the programs: compose file, alert rules, board, metrics.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::harness::app::{BrokerKind, TestApp};
use crate::harness::database::Kind;
use crate::harness::programs::{repository, succeed, text};
use crate::harness::town;

#[test]
fn the_compose_file_is_valid() {
    let compose = Command::new("docker-compose").arg("version").output().is_ok();
    assert!(compose, "docker-compose is missing: run `deploy/setup.sh test`");
    let mut command = Command::new("docker-compose");
    let printed = succeed(command.arg("config").current_dir(repository()));
    for service in ["mosquitto", "postgres", "gateway", "prometheus", "grafana"] {
        assert!(printed.contains(&format!("  {service}:\n")), "no {service} in\n{printed}");
    }
}

#[test]
fn prometheus_accepts_its_configuration_and_the_alerts_fire_when_they_should() {
    succeed(promtool().args(["check", "config", "prometheus.yml"]));
    succeed(promtool().args(["check", "rules", "alerts.yml"]));
    succeed(promtool().args(["test", "rules", "alerts_test.yml"]));
}

#[test]
fn the_gateways_configuration_for_compose_is_accepted() {
    let path = repository().join("deploy/gateway.toml");
    let config = gateway::config::Config::load(&path, std::iter::empty()).unwrap();
    assert_eq!(config.http.listen.port(), 8080);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_prometheus_reads_is_well_formed_and_holds_all_that_board_and_alerts_name() {
    let mut town = TestApp::start(Kind::Sqlite, BrokerKind::Embedded).await;
    let now = town.api.now().await;
    town.hear("ts-1", &town::parked_for_two_hours_and_five_minutes(now)).await;
    town.radio.send("bowei/v1/nobody/up", "{}").await;
    town.rejected(1).await;
    let driver = town.driver("lin").await;
    let claim = driver.claim("TS01", "甘D12345").await.expect(201).json();
    town.hear("ts-1", &town::leaves(town.api.now().await)).await;
    driver.order_when(claim["order_id"].as_str().unwrap(), "due").await;
    let metrics = town.api.metrics().await;
    check_format(&metrics);
    for file in ["deploy/alerts.yml", "deploy/grafana/bowei.json"] {
        let named = std::fs::read_to_string(repository().join(file)).unwrap();
        let named = metric_names(&named);
        assert!(!named.is_empty(), "{file} names no metric");
        let missing: Vec<&String> = named.iter().filter(|name| !has(&metrics, name)).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}, which the gateway does not have");
    }
    for private in ["甘", "D12345", "ts-1", "TS01"] {
        assert!(!metrics.contains(private), "{private} is in the metrics");
    }
    town.finish().await;
}

fn promtool() -> Command {
    let mut command = Command::new("promtool");
    let there = Command::new("promtool").arg("--version").output().is_ok();
    assert!(there, "promtool is missing: run `deploy/setup.sh test`");
    command.current_dir(repository().join("deploy"));
    command
}

fn check_format(metrics: &str) {
    let mut command = promtool();
    command.args(["check", "metrics"]);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}\n{metrics}", text(&said));
}

/// Every word that begins with `bowei_`.
fn metric_names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("bowei_")).map(str::to_owned).collect()
}

/// A histogram is known by its parts.
fn has(metrics: &str, name: &str) -> bool {
    metrics
        .lines()
        .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))
}
