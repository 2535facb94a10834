//! `billing sign` and `billing lint` from outside.

use std::path::Path;
use std::process::Command;

use super::{library, run, text};

/// What a tool of the system says of a file; the tests need poppler-utils and qpdf.
pub(super) fn tool(program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; deploy/setup.sh test"));
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_sign_is_a_text_a_picture_and_a_pdf_that_can_be_searched() {
    let folder = tempfile::tempdir().expect("a folder");
    let tariff = library().join("jingtai-2022.yaml");
    let arguments = ["sign", "--tariff", text(&tariff), "--operator", "景泰某停车管理公司"];
    let done = run(&[&arguments[..], &["--out", text(folder.path())]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    for street in ["class-1", "class-2"] {
        let file = |ending: &str| folder.path().join(format!("jingtai-2022-{street}-v1.{ending}"));
        let pdf = file("pdf");
        let (sound, said) = tool("qpdf", &["--check", text(&pdf)]);
        assert!(sound, "{said}");
        let (read, words) = tool("pdftotext", &["-enc", "UTF-8", "-raw", text(&pdf), "-"]);
        assert!(read);
        let plain = std::fs::read_to_string(file("txt")).expect("it was written");
        // Lines are broken on the sheet: compare without blanks.
        let dense = |text: &str| text.split_whitespace().collect::<String>();
        let words = dense(&words);
        for field in [
            "景泰县城区道路停车收费（试行）",
            "首2小时2元，之后每小时1元",
            "每个时段最高收费5元。",
            "景泰某停车管理公司",
            "景泰县有关部门（未核实）",
            "2022年9月18日至2023年9月17日",
            "jingtai-1",
            "12315",
            "12345",
            "Roadsideparkingcharges",
        ] {
            assert!(words.contains(field), "{field} in {words}");
            assert!(dense(&plain).contains(field), "{field} in {plain}");
        }
        let (_, fonts) = tool("pdffonts", &[text(&pdf)]);
        assert!(fonts.contains("yes yes yes"), "embedded, a subset, with Unicode: {fonts}");
        let svg = std::fs::read_to_string(file("svg")).expect("it was written");
        assert!(svg.starts_with("<svg ") && svg.contains("12345"));
        let size = std::fs::metadata(&pdf).expect("it was written").len();
        assert!(size < 200_000, "only the letters used are inside: {size} bytes");
    }
}

#[test]
fn the_same_sign_is_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let tariff = library().join("hefei-2017.yaml");
    let bytes = |name: &str| {
        let file = folder.path().join(name);
        let done = run(&["sign", "--tariff", text(&tariff), "--pdf", text(&file)]);
        assert_eq!(done.code, 0, "{}", done.err);
        std::fs::read(file).expect("it was written")
    };
    assert!(bytes("a.pdf") == bytes("b.pdf"));
}

#[test]
fn a_sign_says_what_is_missing() {
    let (jingtai, hefei) = (library().join("jingtai-2022.yaml"), library().join("hefei-2017.yaml"));
    let (jingtai, hefei) = (text(&jingtai), text(&hefei));
    for (arguments, told) in [
        (vec!["--tariff", jingtai, "--pdf", "x.pdf"], "--street: class-1, class-2"),
        (vec!["--tariff", jingtai, "--street", "class-9"], "class-1, class-2"),
        (vec!["--tariff", hefei, "--street", "class-1"], "no classes of street"),
        (vec!["--tariff", hefei, "--version", "7"], "the tariff has 1"),
        (vec!["--tariff", hefei, "--on", "2016-01-01"], "no version holds on 2016-01-01"),
        (vec!["--tariff", hefei, "--pdf", "x.pdf", "--font", "no-such.ttf"], "no-such.ttf"),
        (vec!["--tariff", hefei, "--pdf", "x.pdf", "--font", "a.ttf#b"], "number of a font"),
        (vec!["--tariff", hefei, "--pdf", "x.pdf", "--font", hefei], "not a TrueType"),
    ] {
        let done = run(&[&["sign"], &arguments[..]].concat());
        assert_eq!(done.code, 2, "{arguments:?}\n{}", done.out);
        assert!(done.err.contains(told), "{arguments:?}\n{}", done.err);
    }
    let done = run(&["sign", "--tariff", hefei, "--lang", "en"]);
    assert_eq!(done.code, 0);
    assert!(done.out.starts_with("Roadside parking charges\n"), "{}", done.out);
    assert!(done.err.contains("--operator"));
}

fn seeded(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/billing/lint");
    text(&folder.join(name)).to_owned()
}

#[test]
fn lint_is_0_without_errors_1_with_them_and_2_where_nothing_can_be_read() {
    let today = ["--today", "2026-11-30"];
    for (file, more, code, told) in [
        ("clean.yaml", &[][..], 0, "1 files: 0 errors, 0 warnings, 0 notes"),
        ("cap_never_binds.yaml", &[], 0, ":16:9: 警告 cap_never_binds"),
        ("cap_never_binds.yaml", &["--deny-warnings"], 1, "1 warnings"),
        ("cap_never_binds.yaml", &["--lang", "en"], 0, ":16:9: warning cap_never_binds"),
        ("free_minutes_again.yaml", &["--no-notes"], 0, "0 notes"),
        ("windows_gap.yaml", &[], 1, ":16:7: 错误 windows_gap"),
        ("no-such.yaml", &[], 2, "no-such.yaml"),
    ] {
        let file = seeded(file);
        let done = run(&[&["lint", &file], &today[..], more].concat());
        assert_eq!(done.code, code, "{file} {more:?}\n{}{}", done.out, done.err);
        assert!(format!("{}{}", done.out, done.err).contains(told), "{told}\n{}", done.out);
    }
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(run(&["lint", text(empty.path())]).code, 2);
}

#[test]
fn a_program_reads_what_lint_finds() {
    let files = [seeded("superior_minima.yaml"), seeded("clean.yaml")];
    let done = run(&["lint", &files[0], &files[1], "--json", "--today", "2026-11-30"]);
    assert_eq!(done.code, 1, "{}", done.err);
    let report: serde_json::Value = serde_json::from_str(&done.out).expect("it is JSON");
    let finding = &report["findings"][0];
    assert_eq!((&report["files"], &finding["line"]), (&2.into(), &17.into()));
    assert_eq!(finding["code"], "superior_minima");
    assert_eq!(finding["path"], "versions[0].free_minutes[0].minutes");
    assert!(finding["text"]["zh"].as_str().is_some_and(|zh| zh.contains("30分钟")));
}
