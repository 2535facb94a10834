//! `billing invoice render` from outside.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::sign_and_lint::tool;
use super::{Done, run, text};

/// Net and tax of 9.00 at 9 % are those of a real invoice (Chongqing, 2026-09-16).
fn fapiao() -> Value {
    json!({
        "kind": "blue_fapiao",
        "number": "26622000000000000001",
        "issued_at": "2026-09-30T10:00:00+08:00",
        "seller": {
            "kind": "company",
            "name": "示例停车管理有限公司",
            "tax_id": "91620400MA00000000",
        },
        "buyer": { "kind": "person", "name": "王某" },
        "drawer": "景某",
        "lines": [{
            "order": "P202609160001",
            "tax_item": {
                "valid_from": "2026-01-01",
                "code": "3040502020200000000",
                "short_name": "生产生活服务",
                "name": "车辆停放服务",
                "rate_bp": 900,
            },
            "totals": { "net_fen": 826, "tax_fen": 74, "gross_fen": 900 },
        }],
        "totals": { "net_fen": 826, "tax_fen": 74, "gross_fen": 900 },
        "remark": "样张,非税务凭证；甘D12345 人民路 2026-09-16 08:00至2026-09-16 10:30 订单号P202609160001",
    })
}

fn receipt() -> Value {
    json!({
        "kind": "receipt",
        "number": "R1",
        "issuer": { "kind": "company", "name": "示例停车管理有限公司" },
        "method": "现金",
        "paid_at": "2026-09-30T10:00:00+08:00",
        "lines": [{ "order": "P1", "item": "停车费", "amount_fen": 900 }],
        "total_fen": 900,
    })
}

/// Renders a document into a folder of its own under `folder`.
fn render(folder: &Path, document: &Value, more: &[&str]) -> Done {
    let file = folder.join("invoice.json");
    std::fs::write(&file, document.to_string()).expect("the folder is writable");
    let out = folder.join("out");
    let arguments = ["invoice", "render", "--in", text(&file), "--out", text(&out)];
    run(&[&arguments[..], more].concat())
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("out")) else { return Vec::new() };
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("it can be read").file_name().into_string().expect("UTF-8")
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

#[test]
fn a_fapiao_is_four_files_that_others_can_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = render(folder.path(), &fapiao(), &[]);
    assert_eq!(done.code, 0, "{}", done.err);
    let stem = "26622000000000000001";
    let files = ["ofd", "pdf", "ubl.xml", "xml"].map(|ending| format!("{stem}.{ending}"));
    assert_eq!(names(folder.path()), files);
    for file in &files {
        let path = folder.path().join("out").join(file);
        let size = std::fs::metadata(&path).expect("it is there").len();
        assert!(done.out.contains(&format!("{}  {size} bytes\n", text(&path))), "{}", done.out);
        assert!(size < 100_000, "{file}: {size} bytes");
    }
    let pdf = folder.path().join("out").join(format!("{stem}.pdf"));
    let (sound, said) = tool("qpdf", &["--check", text(&pdf)]);
    assert!(sound, "{said}");
    let (_, words) = tool("pdftotext", &["-enc", "UTF-8", "-layout", text(&pdf), "-"]);
    let words: String = words.split_whitespace().collect();
    let mut from = 0;
    // In the order in which a reader reads them.
    for field in [
        "电子发票（普通发票）",
        "SAMPLE,NOTATAXDOCUMENT",
        "名称：王某",
        "*生产生活服务*车辆停放服务",
        "价税合计（大写）",
        "玖圆整",
        "开票人：景某",
    ] {
        let at = words[from..].find(field);
        from += at.unwrap_or_else(|| panic!("{field} in {words}"));
    }
    for field in ["发票号码：26622000000000000001", "2026年09月30日", "¥8.26", "¥0.74", "¥9.00"]
    {
        assert!(words.contains(field), "{field} in {words}");
    }
    let (_, attached) = tool("pdfdetach", &["-list", text(&pdf)]);
    assert!(attached.contains("26622000000000000001.xml"), "{attached}");
    let (_, fonts) = tool("pdffonts", &[text(&pdf)]);
    assert!(fonts.contains("yes yes yes"), "embedded, a subset, with Unicode: {fonts}");
}

#[test]
fn only_what_was_asked_for_is_written_and_a_program_reads_what() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = render(folder.path(), &fapiao(), &["--format", "xml,pdf", "--json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(names(folder.path()), ["26622000000000000001.pdf", "26622000000000000001.xml"]);
    let told: Value = serde_json::from_str(&done.out).expect("it is JSON");
    assert_eq!(told["kind"], "blue_fapiao");
    assert_eq!(told["number"], "26622000000000000001");
    let formats: Vec<&Value> =
        told["files"].as_array().expect("a list").iter().map(|file| &file["format"]).collect();
    assert_eq!(formats, ["xml", "pdf"]);
    for file in told["files"].as_array().expect("a list") {
        let path = file["path"].as_str().expect("a path");
        assert_eq!(file["bytes"], std::fs::metadata(path).expect("it is there").len());
    }
    // Again over the same files.
    assert_eq!(render(folder.path(), &fapiao(), &["--format", "xml"]).code, 0);
    assert_eq!(names(folder.path()).len(), 2);
}

#[test]
fn a_receipt_has_no_xml() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(render(folder.path(), &receipt(), &[]).code, 0);
    assert_eq!(names(folder.path()), ["R1.ofd", "R1.pdf"]);
    let done = render(folder.path(), &receipt(), &["--format", "xml"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("it has ofd, pdf [format_not_available]"), "{}", done.err);
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_written() {
    let wrong = |path: &[&str], value: Value| {
        let mut document = fapiao();
        let mut at = &mut document;
        for key in path {
            at = match key.parse::<usize>() {
                Ok(number) => &mut at[number],
                Err(_) => &mut at[*key],
            };
        }
        *at = value;
        document
    };
    let off_by_one = wrong(&["lines", "0", "totals", "tax_fen"], json!(75));
    let float = wrong(&["lines", "0", "totals", "tax_fen"], json!(0.74));
    let no_number = wrong(&["number"], json!("123"));
    let unknown = wrong(&["kind"], json!("pink_fapiao"));
    for (document, told) in [
        (off_by_one, "lines[0].totals"),
        (float, "[malformed]"),
        (no_number, "[bad_invoice_number]"),
        (unknown, "[unknown_kind]"),
        (json!([]), "[malformed]"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let done = render(folder.path(), &document, &[]);
        assert_eq!(done.code, 2, "{document}\n{}", done.out);
        assert!(done.err.contains(told), "{told}\n{}", done.err);
        assert!(names(folder.path()).is_empty());
        let done = render(folder.path(), &document, &["--json"]);
        let errors: Value = serde_json::from_str(&done.out).expect("it is JSON");
        assert!(errors["errors"][0]["code"].is_string(), "{}", done.out);
    }
    let done = run(&["invoice", "render", "--in", "no-such.json", "--out", "x"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("no-such.json") && done.err.contains("[unreadable]"), "{}", done.err);
}

#[test]
fn what_cannot_be_written_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("out"), "a file").expect("it is writable");
    let done = render(folder.path(), &fapiao(), &["--format", "xml"]);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.err.contains("[not_written]"), "{}", done.err);
    let done = render(folder.path(), &fapiao(), &["--format", "pdf", "--font", "no-such.ttf"]);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.err.contains("no-such.ttf") && done.err.contains("[no_font]"), "{}", done.err);
    let no_font = folder.path().join("text.ttf");
    std::fs::write(&no_font, "no font").expect("it is writable");
    let done = render(folder.path(), &fapiao(), &["--format", "pdf", "--font", text(&no_font)]);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.err.contains("text.ttf#0") && done.err.contains("[not_a_font]"), "{}", done.err);
    let folder = tempfile::tempdir().expect("a folder");
    let taken = folder.path().join("out/26622000000000000001.xml/x");
    std::fs::create_dir_all(taken).expect("it is writable");
    let done = render(folder.path(), &fapiao(), &["--format", "xml"]);
    assert_eq!(done.code, 1);
    assert_eq!(names(folder.path()), ["26622000000000000001.xml"], "no part is left");
}

#[test]
fn a_document_may_come_through_the_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Command::new(env!("CARGO_BIN_EXE_billing"))
        .args(["invoice", "render", "--in", "-", "--format", "xml", "--out", text(folder.path())])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program was built with the tests");
    let input = program.stdin.take().expect("it is open");
    serde_json::to_writer(input, &fapiao()).expect("it reads");
    assert!(program.wait().expect("it ends").success());
    assert!(folder.path().join("26622000000000000001.xml").is_file());
}

#[test]
fn help_says_what_the_command_needs() {
    let done = run(&["invoice", "render", "--help"]);
    assert_eq!(done.code, 0);
    for word in ["--in <FILE>", "--out <DIR>", "--format", "xml", "ofd", "pdf", "ubl", "Exit code"]
    {
        assert!(done.out.contains(word), "{word}\n{}", done.out);
    }
}
