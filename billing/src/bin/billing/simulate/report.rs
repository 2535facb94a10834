//! What a simulation found, as tables in the terminal and as JSON.

use std::time::Duration;

use billing::compare::Sums;
use billing::explain::{Align, columns};
use serde_json::{Value, json};
use vocabulary::Fen;

use super::pricing::{Job, LeftOut, Outcome};
use super::progress::per_second;
use crate::Language;

/// Lower ends of the bands of differences, in fen; the first band is below them all.
const BANDS: [i64; 14] =
    [-5_000, -2_000, -1_000, -500, -200, -100, 0, 1, 101, 201, 501, 1_001, 2_001, 5_001];
const PERCENTILES: [u8; 11] = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100];
/// Most streets listed in the terminal.
const STREETS_SHOWN: usize = 20;
/// Characters of the longest bar.
const BAR: u64 = 30;

pub(super) struct Report<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) outcome: &'a Outcome,
    pub(super) elapsed: Duration,
}

impl Report<'_> {
    /// How fast it was.
    pub(super) fn rate(&self) -> String {
        let lines = self.outcome.lines;
        let rate = per_second(lines, self.elapsed);
        let bills = per_second(self.outcome.comparison.all.stays.saturating_mul(2), self.elapsed);
        let millis = self.elapsed.as_millis();
        format!(
            "{lines} stays in {}.{:03} s: {rate} stays/s, {bills} bills/s",
            millis / 1_000,
            millis % 1_000
        )
    }

    pub(super) fn text(&self, language: Language) -> String {
        let said = |chinese, english| either(language, chinese, english);
        let comparison = &self.outcome.comparison;
        let all = &comparison.all;
        let mut text = format!(
            "{}: {} ({})\n{}: {} ({})\n\n",
            said("现行", "tariff"),
            self.job.tariff.title,
            self.job.tariff.id,
            said("对比", "against"),
            self.job.against.title,
            self.job.against.id
        );
        text.push_str(&totals(all, &self.job.tariff.currency, language));
        text.push_str(&self.spread(language));
        let streets = most_changed(comparison.by_street.iter(), STREETS_SHOWN);
        let more = comparison.by_street.len() - streets.len();
        let unnamed = said("（未注明）", "(not said)");
        let named = |name: &str| if name.is_empty() { unnamed.into() } else { name.to_owned() };
        let streets = streets.iter().map(|(name, sums)| (named(name), **sums));
        text.push_str(&groups(said("路段", "street"), streets, language));
        if more > 0 {
            text.push_str(&match language {
                Language::Zh => format!("另有 {more} 个路段，见 --json\n"),
                Language::En => format!("{more} more streets are in --json\n"),
            });
        }
        let hours = comparison.by_hour.iter().enumerate();
        let hours = hours.filter(|(_, sums)| sums.stays > 0);
        let hours = hours.map(|(hour, sums)| (format!("{hour:02}"), *sums));
        text.push_str(&groups(said("到达时刻", "hour"), hours, language));
        let vehicles = comparison.by_vehicle.iter().map(|(name, sums)| (name.clone(), *sums));
        text.push_str(&groups(said("车型", "vehicle"), vehicles, language));
        text.push_str(&self.remarks(language));
        text
    }

    /// Bands of differences with bars, and percentiles.
    fn spread(&self, language: Language) -> String {
        let spread = &self.outcome.comparison.spread;
        let bands = spread.bands(&BANDS);
        let most = bands.iter().copied().max().unwrap_or(0).max(1);
        let mut rows = vec![vec![
            either(language, "每次差额", "difference").to_owned(),
            either(language, "次数", "stays").to_owned(),
        ]];
        for (place, count) in bands.iter().enumerate().filter(|(_, count)| **count > 0) {
            let bar = usize::try_from((count * BAR).div_ceil(most)).unwrap_or(0);
            rows.push(vec![band(place), count.to_string(), "#".repeat(bar)]);
        }
        let mut text = columns(&rows, &[Align::Right, Align::Right, Align::Left]);
        let percentiles: Vec<String> = PERCENTILES
            .iter()
            .map(|percent| format!("P{percent} {}", signed(spread.percentile(*percent))))
            .collect();
        text.push_str(&format!("{}\n\n", percentiles.join("  ")));
        text
    }

    fn remarks(&self, language: Language) -> String {
        let mut text = String::new();
        let outcome = self.outcome;
        for (code, left_out) in &outcome.left_out {
            text.push_str(&left_out_text(code, left_out, language));
        }
        let remarks = [
            (
                outcome.alone,
                "次停车未注明车辆（vehicle_id），多次停车的限额按单次计算",
                "stays say no vehicle (vehicle_id): limits over several visits were not applied",
            ),
            (
                outcome.out_of_order,
                "次停车未按时间排序或与前次重叠，按单次计算",
                "stays are out of order or lie over the one before: each was priced alone",
            ),
        ];
        for (count, chinese, english) in remarks.into_iter().filter(|(count, ..)| *count > 0) {
            text.push_str(&format!("{count} {}\n", either(language, chinese, english)));
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let comparison = &self.outcome.comparison;
        let named = |groups: &std::collections::BTreeMap<String, Sums>| -> Vec<Value> {
            groups.iter().map(|(name, sums)| with_name(name, sums)).collect()
        };
        let hours: Vec<Value> = (0..)
            .zip(&comparison.by_hour)
            .map(|(hour, sums)| with(json!({ "hour": hour }), sums))
            .collect();
        let percentile = |percent: &u8| json!({ "percent": percent, "difference": yuan(comparison.spread.percentile(*percent)) });
        let bands: Vec<Value> = comparison
            .spread
            .bands(&BANDS)
            .iter()
            .enumerate()
            .map(|(place, stays)| {
                let (from, to) = ends(place);
                json!({ "from": from.map(yuan), "to": to.map(yuan), "stays": stays })
            })
            .collect();
        let left_out: Vec<Value> = self
            .outcome
            .left_out
            .iter()
            .map(|(code, left_out)| {
                json!({
                    "code": code,
                    "rows": left_out.count,
                    "first_lines": left_out.lines,
                    "message": left_out.says,
                })
            })
            .collect();
        json!({
            "tariff": self.job.tariff.id,
            "against": self.job.against.id,
            "currency": self.job.tariff.currency,
            "rows": self.outcome.lines,
            "all": sums_json(&comparison.all),
            "difference": {
                "step": yuan(comparison.spread.step_fen()),
                "percentiles": PERCENTILES.iter().map(percentile).collect::<Vec<_>>(),
                "bands": bands,
            },
            "by_street": named(&comparison.by_street),
            "by_hour": hours,
            "by_vehicle": named(&comparison.by_vehicle),
            "left_out": left_out,
            "priced_alone": self.outcome.alone,
            "out_of_order": self.outcome.out_of_order,
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn either(language: Language, chinese: &'static str, english: &'static str) -> &'static str {
    match language {
        Language::Zh => chinese,
        Language::En => english,
    }
}

fn yuan(fen: i64) -> String {
    Fen(fen).yuan()
}

fn signed(fen: i64) -> String {
    if fen > 0 { format!("+{}", yuan(fen)) } else { yuan(fen) }
}

/// A share in tenths of a percent.
fn percent(part: u64, whole: u64) -> String {
    let tenths = (u128::from(part) * 1_000 + u128::from(whole / 2)) / u128::from(whole.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn totals(all: &Sums, currency: &str, language: Language) -> String {
    let said = |chinese, english| either(language, chinese, english).to_owned();
    let change = all.change_fen();
    let base = all.tariff_fen.unsigned_abs();
    let of_base = match (change < 0, base) {
        (_, 0) => String::new(),
        (true, _) => format!("-{}", percent(change.unsigned_abs(), base)),
        (false, _) => format!("+{}", percent(change.unsigned_abs(), base)),
    };
    let part = |count: u64| percent(count, all.stays);
    let rows = [
        vec![said("停车次数", "stays"), all.stays.to_string()],
        vec![said("现行收入", "revenue, tariff"), yuan(all.tariff_fen), currency.to_owned()],
        vec![said("对比收入", "revenue, against"), yuan(all.against_fen), currency.to_owned()],
        vec![said("差额", "difference"), signed(change), of_base],
        vec![said("多付", "pay more"), all.more.to_string(), part(all.more), signed(all.more_fen)],
        vec![said("少付", "pay less"), all.less.to_string(), part(all.less), signed(-all.less_fen)],
        vec![said("不变", "pay the same"), all.same().to_string(), part(all.same())],
    ];
    let aligns = [Align::Left, Align::Right, Align::Right, Align::Right];
    format!("{}\n", columns(&rows, &aligns))
}

/// The groups whose revenue changes most.
fn most_changed<'a>(
    groups: impl Iterator<Item = (&'a String, &'a Sums)>,
    most: usize,
) -> Vec<(&'a String, &'a Sums)> {
    let mut groups: Vec<_> = groups.collect();
    groups.sort_by_key(|(name, sums)| (std::cmp::Reverse(sums.change_fen().abs()), *name));
    groups.truncate(most);
    groups
}

fn groups(what: &str, groups: impl Iterator<Item = (String, Sums)>, language: Language) -> String {
    let head = match language {
        Language::Zh => [what, "次数", "现行", "对比", "差额", "多付", "少付"],
        Language::En => [what, "stays", "tariff", "against", "difference", "more", "less"],
    };
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(groups.map(|(name, sums)| {
        vec![
            name,
            sums.stays.to_string(),
            yuan(sums.tariff_fen),
            yuan(sums.against_fen),
            signed(sums.change_fen()),
            sums.more.to_string(),
            sums.less.to_string(),
        ]
    }));
    let aligns = [Align::Left].into_iter().chain([Align::Right; 6]).collect::<Vec<_>>();
    format!("{}\n", columns(&rows, &aligns))
}

/// The lowest and the highest difference of a band, both in it.
fn ends(place: usize) -> (Option<i64>, Option<i64>) {
    let from = place.checked_sub(1).and_then(|before| BANDS.get(before)).copied();
    (from, BANDS.get(place).map(|edge| edge - 1))
}

fn band(place: usize) -> String {
    match ends(place) {
        (Some(from), Some(to)) if from == to => yuan(from),
        (Some(from), Some(to)) => format!("{} .. {}", signed(from), signed(to)),
        (None, Some(to)) => format!(".. {}", signed(to)),
        (Some(from), None) => format!("{} ..", signed(from)),
        (None, None) => String::new(),
    }
}

fn left_out_text(code: &str, left_out: &LeftOut, language: Language) -> String {
    let lines: Vec<String> = left_out.lines.iter().map(u64::to_string).collect();
    let (count, lines, says) = (left_out.count, lines.join(", "), &left_out.says);
    match language {
        Language::Zh => format!("未计入 {count} 行 {code}：{says}（首见于第 {lines} 行）\n"),
        Language::En => format!("{count} rows left out, {code}: {says} (first lines {lines})\n"),
    }
}

fn with_name(name: &str, sums: &Sums) -> Value {
    with(json!({ "name": name }), sums)
}

fn with(mut named: Value, sums: &Sums) -> Value {
    if let (Some(fields), Value::Object(more)) = (named.as_object_mut(), sums_json(sums)) {
        fields.extend(more);
    }
    named
}

fn sums_json(sums: &Sums) -> Value {
    json!({
        "stays": sums.stays,
        "tariff": yuan(sums.tariff_fen),
        "against": yuan(sums.against_fen),
        "difference": yuan(sums.change_fen()),
        "more": sums.more,
        "less": sums.less,
        "same": sums.same(),
        "more_by": yuan(sums.more_fen),
        "less_by": yuan(sums.less_fen),
    })
}
