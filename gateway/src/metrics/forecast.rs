//! How good the forecasts of free bays were so far.

use prometheus::{GaugeVec, IntGaugeVec, Opts, Registry, TextEncoder};
use wayfinding::forecast::{Bin, Kept};

use super::added;

/// The figures in Prometheus' text format.
pub(super) fn text(kept: &[Kept]) -> anyhow::Result<String> {
    let registry = Registry::new();
    let gauges = |name: &str, help: &str, labels: &[&str]| {
        added(&registry, GaugeVec::new(Opts::new(name, help), labels)?)
    };
    let brier = gauges(
        "bowei_forecast_brier",
        "Mean squared error of 'a bay of the block is free' by minutes ahead: model, last value, hour of the week.",
        &["minutes", "of"],
    )?;
    let hits = gauges(
        "bowei_forecast_hit_rate",
        "How often a bay was free where one was promised.",
        &["minutes"],
    )?;
    let judged = added(
        &registry,
        IntGaugeVec::new(
            Opts::new("bowei_forecast_judged", "Forecasts judged since the start."),
            &["minutes"],
        )?,
    )?;
    let reliability = gauges(
        "bowei_forecast_reliability",
        "Chances of one tenth of the scale (0 to 9): told on average, and how often it came.",
        &["minutes", "tenth", "of"],
    )?;
    for Kept { minutes, score } in kept {
        let minutes = minutes.to_string();
        for (tenth, Bin { forecasts, told, came }) in score.reliability.iter().enumerate() {
            let tenth = tenth.to_string();
            let sums = [("told", *told), ("came", *came as f64)];
            for (of, sum) in sums.into_iter().filter(|_| *forecasts > 0) {
                let part = sum / *forecasts as f64;
                reliability.with_label_values(&[minutes.as_str(), &tenth, of]).set(part);
            }
        }
        judged
            .with_label_values(&[&minutes])
            .set(i64::try_from(score.forecasts).unwrap_or(i64::MAX));
        for (of, figure) in
            ["model", "last", "how"].into_iter().zip(score.brier().into_iter().flatten())
        {
            brier.with_label_values(&[minutes.as_str(), of]).set(figure);
        }
        if let Some(rate) = score.hit_rate() {
            hits.with_label_values(&[&minutes]).set(rate);
        }
    }
    Ok(TextEncoder::new().encode_to_string(&registry.gather())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfinding::forecast::Score;

    #[test]
    fn scores_are_told_by_horizon() {
        let mut score = Score::default();
        score.add(0.5, 1.0, 0.0, true);
        let text = text(&[Kept { minutes: 15, score }]).unwrap();
        for line in [
            "bowei_forecast_brier{minutes=\"15\",of=\"model\"} 0.25",
            "bowei_forecast_brier{minutes=\"15\",of=\"last\"} 0",
            "bowei_forecast_brier{minutes=\"15\",of=\"how\"} 1",
            "bowei_forecast_hit_rate{minutes=\"15\"} 1",
            "bowei_forecast_judged{minutes=\"15\"} 1",
            // A chance of one half was told once, and it came.
            "bowei_forecast_reliability{minutes=\"15\",of=\"told\",tenth=\"5\"} 0.5",
            "bowei_forecast_reliability{minutes=\"15\",of=\"came\",tenth=\"5\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
    }
}
