//! Scores for people, and in a document between two marks.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wayfinding::forecast::{HorizonScore, Measure};

const BEGIN: &str = "<!-- gateway forecast weeks: begin -->";
const END: &str = "<!-- gateway forecast weeks: end -->";

const HEAD: &str =
    "minutes | forecasts | MAE model | last | hour of week | Brier model | last | hour of week";

/// The scores of one test.
pub(super) fn of_one(scores: &[HorizonScore]) -> String {
    let mut table = String::new();
    if let Some(first) = scores.first() {
        let HorizonScore { car_parks, scarce, .. } = first;
        let _ = writeln!(
            table,
            "{car_parks} car parks; 'less than a tenth is free' is judged at {scarce} of them\n"
        );
    }
    let _ = writeln!(table, "| {HEAD} |\n|{}", " ---: |".repeat(8));
    for score in scores {
        let _ = writeln!(table, "| {} |", row(score));
    }
    table
}

/// Each week judged after learning from the others, at 5, 15, 30 and 60 minutes.
pub(super) fn of_weeks(judged: &[(i64, Vec<HorizonScore>)]) -> String {
    let mut table = format!("| test week | {HEAD} |\n|{}\n", " ---: |".repeat(9));
    for (week, scores) in judged {
        for score in scores.iter().filter(|score| matches!(score.minutes, 5 | 15 | 30 | 60)) {
            let _ = writeln!(table, "| {} | {} |", week + 1, row(score));
        }
    }
    table
}

fn row(score: &HorizonScore) -> String {
    let HorizonScore { minutes, n, mae, brier, .. } = score;
    let of = |Measure { model, last, how }: Measure| {
        let part = if last > 0.0 {
            format!(" ({:+.0} %)", (model / last - 1.0) * 100.0)
        } else {
            String::new()
        };
        format!("{model:.5}{part} | {last:.5} | {how:.5}")
    };
    let brier = brier.map_or_else(|| "- | - | -".to_owned(), of);
    format!("{minutes} | {n} | {} | {brier}", of(*mae))
}

/// Replaces what stands between the marks of a document.
pub(super) fn put_into(document: &Path, table: &str) -> Result<()> {
    let name = document.display();
    let text = std::fs::read_to_string(document).with_context(|| format!("cannot read {name}"))?;
    let parts =
        text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    ensure!(parts.is_some(), "{name} has no two marks {BEGIN} and {END}");
    let (before, after) = parts.unwrap_or_default();
    std::fs::write(document, format!("{before}{BEGIN}\n{table}{END}{after}"))
        .with_context(|| format!("cannot write {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("doc.md");
        std::fs::write(&document, format!("# A\n{BEGIN}\nold\n{END}\nend\n")).unwrap();
        put_into(&document, "new\n").unwrap();
        let text = std::fs::read_to_string(&document).unwrap();
        assert_eq!(text, format!("# A\n{BEGIN}\nnew\n{END}\nend\n"));
        std::fs::write(&document, "nothing").unwrap();
        assert!(put_into(&document, "new\n").is_err());
    }

    #[test]
    fn a_row_says_how_much_better_the_model_is() {
        let mae = Measure { model: 0.009, last: 0.01, how: 0.1 };
        let score = HorizonScore { minutes: 15, n: 7, car_parks: 1, scarce: 0, mae, brier: None };
        let table = of_one(&[score]);
        assert!(
            table.contains("| 15 | 7 | 0.00900 (-10 %) | 0.01000 | 0.10000 | - | - | - |"),
            "{table}"
        );
    }
}
