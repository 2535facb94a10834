//! What is counted, under which names.

use super::*;

fn text(metrics: &Metrics) -> String {
    TextEncoder::new().encode_to_string(&metrics.registry.gather()).unwrap()
}

#[test]
fn messages_are_counted_by_outcome_and_reason() {
    let metrics = Metrics::new().unwrap();
    let stored = Stored { readings: 5, repeats: 2, rejected: 3, receipts: Vec::new() };
    metrics.count_messages(&stored, ["unknown_device", "unknown_device", "bad_frame"].into_iter());
    assert_eq!(metrics.readings_stored(), 5);
    let text = text(&metrics);
    for line in [
        "bowei_messages_total{outcome=\"stored\"} 5",
        "bowei_messages_total{outcome=\"repeat\"} 2",
        "bowei_messages_total{outcome=\"rejected\"} 3",
        "bowei_rejected_total{reason=\"unknown_device\"} 2",
        "bowei_rejected_total{reason=\"bad_frame\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
}

#[test]
fn requests_and_jobs_are_counted_under_names_of_the_code() {
    let metrics = Metrics::new().unwrap();
    metrics.count_request("/api/v1/orders/{order_id}", "GET", 404, Duration::from_millis(3));
    metrics.count_job("settle_visit", "done");
    metrics.count_job("a_kind_of_tomorrow", "failed");
    let text = text(&metrics);
    for line in [
        "bowei_http_requests_total{method=\"GET\",route=\"/api/v1/orders/{order_id}\",status_class=\"4xx\"} 1",
        "bowei_http_seconds_count{route=\"/api/v1/orders/{order_id}\"} 1",
        "bowei_jobs_total{kind=\"settle_visit\",outcome=\"done\"} 1",
        "bowei_jobs_total{kind=\"other\",outcome=\"failed\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
}

#[test]
fn a_label_never_takes_more_values_than_its_limit() {
    let values = Values::default();
    for number in 0..VALUES_LIMIT {
        let name = format!("reason_{number}");
        assert_eq!(values.bounded(&name), name);
    }
    assert_eq!(values.bounded("one_more"), "other");
    assert_eq!(values.bounded("reason_0"), "reason_0");
}
