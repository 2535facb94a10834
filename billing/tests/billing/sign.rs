//! The sign: what must be on it is on it, and nothing lies over anything else or beside the sheet.
#![allow(clippy::disallowed_methods, reason = "a test reads the files that it is about")]

use billing::sheet::{Mark, Sheet, svg, text_width};
use billing::sign::{Languages, sheet, sign, text};
use billing::tariff::{Tariff, parse};

const JINGTAI: &str = include_str!("../../tariffs/jingtai-2022.yaml");

/// Every tariff of the library, and one with every key.
fn tariffs() -> Vec<Tariff> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder.join("tariffs"))
        .expect("the library is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.push(folder.join("tests/billing/all_keys.yaml"));
    let read = |path| std::fs::read_to_string(path).expect("it can be read");
    paths.into_iter().map(|path| parse(&read(path)).expect("it is a tariff")).collect()
}

/// All sheets of a tariff: versions, streets, languages.
fn sheets(tariff: &Tariff) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    for version in &tariff.versions {
        let streets: Vec<Option<&str>> = match version.streets.as_slice() {
            [] => vec![None],
            streets => streets.iter().map(|street| Some(street.as_str())).collect(),
        };
        for street in streets {
            let operator =
                "某市城市停车场建设运营管理有限责任公司第一分公司道路停车管理中心".repeat(2);
            let sign = sign(tariff, version, street, Some(&operator)).expect("it has a sign");
            for languages in [Languages::Both, Languages::Chinese, Languages::English] {
                sheets.push(sheet(&sign, languages));
            }
        }
    }
    sheets
}

/// Left, top, right, bottom of a line of text, as the layout reckons it.
fn bounds(mark: &Mark) -> Option<(i32, i32, i32, i32)> {
    let Mark::Text { x, y, size, text, .. } = mark else { return None };
    let (x, y, height) = (i32::from(*x), i32::from(*y), i32::from(*size));
    // From the top of a Chinese letter to the bottom of a comma.
    Some((x, y - height * 88 / 100, x + text_width(text, *size), y + height * 12 / 100))
}

#[test]
fn no_line_lies_over_another_or_beside_the_sheet() {
    for tariff in tariffs() {
        for sheet in sheets(&tariff) {
            let lines: Vec<_> = sheet.marks.iter().filter_map(bounds).collect();
            assert!(lines.len() > 8, "{}", tariff.id);
            for (i, (left, top, right, bottom)) in lines.iter().enumerate() {
                let inside = *left >= 0 && *top >= 0;
                let inside = inside && *right <= i32::from(sheet.width) - 100;
                assert!(inside && *bottom <= i32::from(sheet.height), "{}: line {i}", tariff.id);
                let over = lines[..i]
                    .iter()
                    .find(|(l, t, r, b)| l < right && left < r && t < bottom && top < b);
                assert_eq!(over, None, "{}: line {i} {:?}", tariff.id, sheet.marks);
            }
        }
    }
}

#[test]
fn the_text_says_what_the_law_wants_shown() {
    let tariff = parse(JINGTAI).expect("it is a tariff");
    let sign =
        sign(&tariff, &tariff.versions[0], Some("class-1"), Some("景泰某公司")).expect("a sign");
    let chinese = text(&sign, Languages::Chinese);
    for field in [
        "道路停车收费公示\n景泰县城区道路停车收费（试行）\n路段：class-1\n",
        "日间（每天07:00至21:00）：首2小时2元，之后每小时1元；不足一个计费单位按一个计费单位计。\n",
        "其他时间：免费。\n",
        "小型车、新能源小型车\n  每个时段最高收费5元。\n",
        "大型车、新能源大型车\n  每个时段最高收费8元。\n",
        "停车不超过30分钟（含）免费，超过的从停车开始起计费；只计收费时段内的时间；每次停车一次。\n",
        "收费单位：景泰某公司\n批准机关：景泰县有关部门（未核实）\n批准文号：未核实\n",
        "有效期：2022年9月18日至2023年9月17日\n公示牌版本：jingtai-1\n",
        "投诉电话：12315（市场监管） 12345（政务服务）\n",
    ] {
        assert!(chinese.contains(field), "{field}\nin\n{chinese}");
    }
    assert!(!chinese.contains("Daily"));
    let both = text(&sign, Languages::Both);
    assert!(both.starts_with(&chinese) && both.contains("Daily 07:00–21:00: first 2 hours 2 yuan"));
}

#[test]
fn what_nobody_said_stays_blank() {
    let tariff = parse(JINGTAI).expect("it is a tariff");
    let blank = sign(&tariff, &tariff.versions[0], Some("class-2"), None).expect("a sign");
    assert!(text(&blank, Languages::Chinese).contains("收费单位：__________\n"));
    assert_eq!(sign(&tariff, &tariff.versions[0], Some("class-3"), None), None);
    let abroad = tariffs().into_iter().find(|t| t.currency != "CNY").expect("there is one");
    let street = abroad.versions[0].streets.first().map(String::as_str);
    let abroad = sign(&abroad, &abroad.versions[0], street, None).expect("a sign");
    assert!(!text(&abroad, Languages::Both).contains("12345"), "the telephones are China's");
}

#[test]
fn hostile_names_stay_text_in_the_svg() {
    let hostile = JINGTAI.replace("景泰县城区道路停车收费（试行）", "'</text><script>&'");
    let tariff = parse(&hostile).expect("it is a tariff");
    let sign = sign(&tariff, &tariff.versions[0], Some("class-1"), None).expect("a sign");
    let svg = svg(&sheet(&sign, Languages::Both));
    assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;&amp;"), "{svg}");
    let mut reader = quick_xml::Reader::from_str(&svg);
    while reader.read_event().expect("it is well-formed XML") != quick_xml::events::Event::Eof {}
}
