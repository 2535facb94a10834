//! Who is exempt, where and when.

use std::sync::LazyLock;

use vocabulary::{Interval, Plate, PlateForm, Timestamp, VehicleClass, ZoneId};

use super::*;

static HERE: LazyLock<ZoneId> = LazyLock::new(|| zone(1));
static THERE: LazyLock<ZoneId> = LazyLock::new(|| zone(2));

fn zone(number: u32) -> ZoneId {
    format!("00000000-0000-7000-8000-{number:012}").parse().unwrap()
}

/// Minutes since 1970, from and to.
fn span(from: i64, to: i64) -> Interval {
    let at = |minute: i64| Timestamp::from_ms(minute * 60_000);
    Interval::new(at(from), at(to)).unwrap()
}

fn exemption(basis: &str, whose: Whose, valid: Interval) -> Exemption {
    Exemption { basis: basis.into(), duty: Duty::Other, whose, zones: vec![], valid }
}

fn vehicle(plate: Option<&Plate>, seen: Option<PlateForm>) -> Vehicle<'_> {
    Vehicle { plate, class: VehicleClass::Small, seen }
}

fn check(list: &[Exemption], plate: Option<&str>, zone: ZoneId, expected: &[(&str, i64, i64)]) {
    let plate = plate.map(|text| Plate::parse(text).unwrap());
    let vehicle = vehicle(plate.as_ref(), plate.as_ref().map(Plate::form));
    // Two stretches of one stay: 100 to 200 and 220 to 300.
    let stay = [span(100, 200), span(220, 300)];
    let parts = exempt_parts(list, vehicle, zone, &stay);
    let found: Vec<_> = parts.iter().map(|part| (part.basis.as_str(), part.valid)).collect();
    let expected: Vec<_> = expected.iter().map(|(b, from, to)| (*b, span(*from, *to))).collect();
    assert_eq!(found, expected, "{plate:?}");
    let covered: i64 = parts.iter().map(|p| p.valid.length_ms()).sum();
    assert_eq!(is_whole(&parts, &stay), covered == 180 * 60_000);
}

#[test]
fn an_exemption_holds_for_whom_where_and_when_it_says() {
    let always = span(0, 10_000);
    let army = [exemption("army", Whose::Form(PlateForm::Military), always)];
    check(&army, Some("WJ甘12345"), *HERE, &[("army", 100, 200), ("army", 220, 300)]);
    check(&army, Some("甘D12345"), *HERE, &[]);
    check(&army, None, *HERE, &[]);

    let ambulance = Whose::Plate(Plate::parse("甘D12345").unwrap());
    let duty = [exemption("ambulance", ambulance, span(150, 250))];
    check(&duty, Some("甘D·12345"), *HERE, &[("ambulance", 150, 200), ("ambulance", 220, 250)]);
    check(&duty, Some("甘D12346"), *HERE, &[]);

    let fair =
        Exemption { zones: vec![*HERE], ..exemption("fair", Whose::Everybody, span(0, 230)) };
    let fair = [fair];
    check(&fair, None, *HERE, &[("fair", 100, 200), ("fair", 220, 230)]);
    check(&fair, None, *THERE, &[]);

    let class = [exemption("class", Whose::Class(VehicleClass::Large), always)];
    check(&class, Some("甘D12345"), *HERE, &[]);
    check(&[exemption("over", Whose::Everybody, span(0, 100))], None, *HERE, &[]);
}

#[test]
fn a_drivers_own_word_about_looks_makes_nothing_exempt() {
    let always = span(0, 10_000);
    let plate = Plate::parse("WJ甘12345").unwrap();
    let by_looks = [Whose::Form(PlateForm::Military), Whose::Class(VehicleClass::Small)];
    for (whose, seen, parts) in [
        (by_looks[0].clone(), None, 0),
        (by_looks[0].clone(), Some(PlateForm::Other), 0),
        (by_looks[0].clone(), Some(PlateForm::Military), 1),
        (by_looks[1].clone(), None, 0),
        (by_looks[1].clone(), Some(PlateForm::Other), 1),
        (Whose::Plate(plate.clone()), None, 1),
        (Whose::Everybody, None, 1),
    ] {
        let list = [exemption("x", whose, always)];
        let found = exempt_parts(&list, vehicle(Some(&plate), seen), *HERE, &[span(100, 200)]);
        assert_eq!(found.len(), parts, "{:?} {seen:?}", list[0].whose);
    }
}

#[test]
fn where_two_hold_the_first_is_named_and_nothing_is_counted_twice() {
    let list = [
        exemption("a", Whose::Everybody, span(120, 180)),
        exemption("b", Whose::Everybody, span(0, 10_000)),
        exemption("c", Whose::Everybody, span(0, 10_000)),
    ];
    check(
        &list,
        None,
        *HERE,
        &[("b", 100, 120), ("a", 120, 180), ("b", 180, 200), ("b", 220, 300)],
    );
}

#[test]
fn names_are_read_back() {
    for duty in Duty::ALL {
        assert_eq!(Duty::from_name(duty.name()), Some(duty));
    }
}
