//! `billing explain` from outside.

use std::path::{Path, PathBuf};

use billing::explain::width;
use serde_json::Value;

use super::{Done, library, run, text};

const STAY: [&str; 4] = ["--from", "2022-09-19T06:45", "--to", "2022-09-20T07:20"];

/// Jingtai, class 1: by day 2.00 for two hours, then 1.00 an hour, 5.00 at most; the night is free.
fn jingtai(more: &[&str]) -> Done {
    let tariff = library().join("jingtai-2022.yaml");
    let what = ["explain", "--tariff", text(&tariff), "--vehicle", "small", "--street", "class-1"];
    run(&[&what, &STAY[..], more].concat())
}

#[test]
fn the_table_says_when_which_rule_how_many_and_how_much() {
    let done = jingtai(&["--lang", "en"]);
    assert_eq!(done.code, 0, "{}", done.err);
    // 14 hours of the first day: 2.00 and 12 × 1.00, less 9.00; 20 minutes of the second: 2.00.
    for expected in [
        "2022-09-19 07:00–09:00             日间, tier 1        1 × 2.00 per 120 min           2.00",
        "2022-09-19 09:00–21:00             日间, tier 2        12 × 1.00 per 60 min          12.00",
        "2022-09-19 07:00–21:00             cap for these hours 5.00                          -9.00",
    ] {
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = done.out.lines().any(|line| squeezed(line) == squeezed(expected));
        assert!(found, "{expected}\n{}", done.out);
    }
    let total = done.out.lines().find(|line| line.starts_with("total")).expect("a total");
    assert!(total.ends_with(" 7.00"), "{total}");
}

#[test]
fn amounts_are_flush_where_chinese_takes_two_places() {
    for language in ["zh", "en"] {
        let done = jingtai(&["--lang", language]);
        let rows = done.out.lines().filter(|line| line.starts_with("2022-") && line.contains('–'));
        let total =
            done.out.lines().filter(|line| line.starts_with("合计") || line.starts_with("total"));
        let mut ends: Vec<usize> = rows.chain(total).map(width).collect();
        assert_eq!(ends.len(), 8, "{}", done.out);
        ends.dedup();
        assert_eq!(ends.len(), 1, "{}", done.out);
    }
}

#[test]
fn the_strip_shows_windows_the_stay_and_where_the_cap_is_reached() {
    let done = jingtai(&["--lang", "en"]);
    // Half an hour a sign: paid from 07:00 to 21:00; 2.00 to 09:00 and three hours make 5.00 at 12:00.
    let day = "hours ..............1111111111111111111111111111......\n\
               stay               .##########==================......\n";
    assert!(done.out.contains(day), "{}", done.out);
    assert!(done.out.contains("stay  ..............#\n"), "{}", done.out);
    assert!(done.out.contains("= capped, nothing more"), "{}", done.out);
}

#[test]
fn a_program_reads_the_model_of_the_picture() {
    let done = jingtai(&["--json"]);
    let bill: Value = serde_json::from_str(&done.out).expect("it is JSON");
    assert_eq!(bill["total"], "7.00");
    let day = &bill["picture"]["days"][0];
    assert_eq!(day["on"], "2022-09-19");
    let states: Vec<_> = day["stay"].as_array().unwrap().iter().map(|s| &s["state"]).collect();
    assert_eq!(states, ["free_hours", "charged", "charged", "capped", "free_hours"]);
    assert_eq!(day["stay"][3]["interval"]["start_at"], "2022-09-19T04:00:00.000Z");
    assert_eq!(day["stay"][3]["capped_at_fen"], 500);
    assert_eq!(bill["picture"]["total_fen"], 700);
}

#[test]
fn a_stay_of_many_days_is_drawn_in_part_and_summed_up() {
    let tariff = library().join("jingtai-2022.yaml");
    let arguments =
        ["explain", "--tariff", text(&tariff), "--vehicle", "small", "--street", "class-1"];
    let stay = ["--from", "2022-10-01T07:00", "--to", "2022-10-31T07:00", "--days", "2"];
    let done = run(&[&arguments[..], &stay, &["--lang", "en"]].concat());
    assert!(done.out.contains("29 more days are not drawn"), "{}", done.out);
    // 30 days at 5.00, two of them listed line by line; the 31st ends before it costs anything.
    let later =
        done.out.lines().find(|line| line.starts_with("later")).expect("a row for the rest");
    assert!(later.ends_with(" 140.00"), "{later}");
    let total = done.out.lines().find(|line| line.starts_with("total")).expect("a total");
    assert!(total.ends_with(" 150.00"), "{total}");
}

#[test]
fn a_picture_is_well_formed_whatever_the_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let yaml = std::fs::read_to_string(library().join("hefei-2017.yaml")).expect("it is there");
    let named = yaml.replace("title: ", "title: \"<&'\\\" \\u0001 ]]>\" # ");
    std::fs::write(file("t.yaml"), named.replace("日间", "<day & \"night\">")).expect("writable");
    let (tariff, svg) = (file("t.yaml"), file("day.svg"));
    let stay = ["--from", "2017-09-15T05:00", "--to", "2017-09-17T23:00"];
    let what = ["explain", "--tariff", text(&tariff), "--vehicle", "small"];
    let done = run(&[&what, &stay[..], &["--svg", text(&svg)]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let drawn = std::fs::read_to_string(&svg).expect("it was written");
    let mut reader = quick_xml::Reader::from_str(&drawn);
    reader.config_mut().check_end_names = true;
    let (mut rectangles, mut texts) = (0, 0);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{drawn}")) {
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == "text" => texts += 1,
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == "rect" => {
                rectangles += 1;
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(rectangles >= 9 && texts >= 20, "{rectangles} {texts}");
    assert!(drawn.contains("&lt;day &amp; &quot;night&quot;&gt;"), "{drawn}");
}

#[test]
fn a_stored_case_is_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("case.json");
    let case = r#"{"vehicle":"small","street":"class-1","doubts":[],
        "intervals":[{"start_at":"2022-09-19T00:00:00Z","end_at":"2022-09-19T03:00:00Z"}]}"#;
    std::fs::write(&path, case).expect("writable");
    let tariff = library().join("jingtai-2022.yaml");
    let done = run(&["explain", "--tariff", text(&tariff), "--case", text(&path), "--json"]);
    let bill: Value = serde_json::from_str(&done.out).expect("it is JSON");
    // 08:00 to 11:00 in Jingtai: 2.00 and 1.00.
    assert_eq!((done.code, &bill["total"]), (0, &"3.00".into()));
}

#[test]
fn what_cannot_be_explained_is_2() {
    let tariff = library().join("jingtai-2022.yaml");
    let (tariff, nowhere) = (text(&tariff), Path::new("no-such-folder/a.svg"));
    let base = ["explain", "--tariff", tariff, "--vehicle", "small", "--street", "class-1"];
    for (more, told) in [
        (vec!["--from", "2022-09-19T08:00"], "--to"),
        (vec!["--from", "2022-09-19T08:00", "--to", "2022-09-19T07:00"], "before the arrival"),
        (vec!["--from", "2020-09-19T08:00", "--to", "2020-09-19T09:00"], "in force"),
        (vec!["--case", "no-such-case.json"], "cannot be used with"),
        ([&STAY[..], &["--svg", text(nowhere)]].concat(), "no-such-folder"),
        ([&STAY[..], &["--days", "0"]].concat(), "--days"),
    ] {
        let done = run(&[&base[..], &more].concat());
        assert_eq!(done.code, 2, "{more:?} {}", done.err);
        assert!(done.err.contains(told), "{more:?} {}", done.err);
    }
}
