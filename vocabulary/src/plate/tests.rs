//! Forms, refusals, plates of no known form, and masking.

use super::*;

#[test]
fn every_form_of_plate_is_recognised() {
    for (typed, normal, form, class) in [
        ("甘D·12345", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        (" 甘d a1b2c ", "甘DA1B2C", PlateForm::Ordinary, VehicleClass::Small),
        ("甘Ｄ１２３４５", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        // Dots and dashes of other keyboards, marks without a width, a radical, a digit in a circle.
        ("甘D‧12345", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        ("甘D･12345", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        ("甘D–12—345", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        ("甘D\u{2212}12345", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        ("\u{200e}甘D\u{200b}12345\u{feff}", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        ("\u{2f62}D12345", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        ("甘D①2345", "甘D12345", PlateForm::Ordinary, VehicleClass::Small),
        ("甘DD12345", "甘DD12345", PlateForm::NewEnergySmall, VehicleClass::NewEnergySmall),
        ("甘DDA1234", "甘DDA1234", PlateForm::NewEnergySmall, VehicleClass::NewEnergySmall),
        ("甘DK12345", "甘DK12345", PlateForm::NewEnergySmall, VehicleClass::NewEnergySmall),
        ("甘D12345F", "甘D12345F", PlateForm::NewEnergyLarge, VehicleClass::NewEnergyLarge),
        ("甘D1234挂", "甘D1234挂", PlateForm::Trailer, VehicleClass::Large),
        ("甘D1234学", "甘D1234学", PlateForm::School, VehicleClass::Large),
        ("甘D1234警", "甘D1234警", PlateForm::Police, VehicleClass::Small),
        ("粤Z1234港", "粤Z1234港", PlateForm::CrossBorder, VehicleClass::Small),
        ("粤ZAB12澳", "粤ZAB12澳", PlateForm::CrossBorder, VehicleClass::Small),
        ("123456使", "123456使", PlateForm::Diplomatic, VehicleClass::Small),
        ("使123456", "使123456", PlateForm::Diplomatic, VehicleClass::Small),
        ("沪A1234领", "沪A1234领", PlateForm::Diplomatic, VehicleClass::Small),
        ("WJ甘12345", "WJ甘12345", PlateForm::Military, VehicleClass::Small),
        ("WJ甘1234X", "WJ甘1234X", PlateForm::Military, VehicleClass::Small),
        ("WJ甘123456", "WJ甘123456", PlateForm::Military, VehicleClass::Small),
        ("甘D54321K", "甘D54321K", PlateForm::NewEnergyLarge, VehicleClass::NewEnergyLarge),
    ] {
        let plate = Plate::parse(typed).unwrap_or_else(|e| panic!("{typed}: {e}"));
        assert_eq!((plate.as_str(), plate.form(), plate.class(None)), (normal, form, class));
    }
}

#[test]
fn what_is_no_plate_is_refused_with_a_reason() {
    for (typed, why) in [
        ("", PlateReject::Empty),
        (" · ", PlateReject::Empty),
        ("甘D1234", PlateReject::Length),
        ("甘D1234567", PlateReject::Length),
        ("甘DI2345", PlateReject::Character),
        ("甘D1234O", PlateReject::Character),
        ("猫D12345", PlateReject::Character),
        ("甘D1234?", PlateReject::Character),
        ("1234567", PlateReject::Form),
        ("甘DL12345", PlateReject::Form),
        ("甘1A2345", PlateReject::Form),
        // Two letters and five: the army's, or a foreign one. WJ without a province reads like it.
        ("VA12345", PlateReject::Form),
        ("WJ12345", PlateReject::Form),
        // Not among the forms that are known for sure.
        ("甘X1234应急", PlateReject::Character),
    ] {
        assert_eq!(Plate::parse(typed), Err(why), "{typed}");
    }
}

#[test]
fn a_plate_of_no_chinese_form_is_kept_and_its_colour_gives_the_class() {
    for (seen, expected) in [
        ("甘D·12345", Ok(("甘D12345", PlateForm::Ordinary))),
        ("M AB 12345", Ok(("MAB12345", PlateForm::Other))),
        ("А123ВС77", Ok(("А123ВС77", PlateForm::Other))),
        ("甘D12", Ok(("甘D12", PlateForm::Other))),
        ("甘DI2345", Ok(("甘DI2345", PlateForm::Other))),
        (" - ", Err(PlateReject::Empty)),
        ("12345678901234567", Err(PlateReject::Length)),
        ("甘D<12>", Err(PlateReject::Character)),
    ] {
        let read = Plate::read(seen);
        let read = read.as_ref().map(|p| (p.as_str(), p.form())).map_err(|e| *e);
        assert_eq!(read, expected, "{seen}");
    }
    for (seen, colour, form) in [
        ("VA12345", None, PlateForm::Other),
        ("VA12345", Some(PlateColour::Blue), PlateForm::Other),
        ("VA12345", Some(PlateColour::White), PlateForm::Military),
        ("WJ12345", Some(PlateColour::White), PlateForm::Military),
        ("VA1234", Some(PlateColour::White), PlateForm::Other),
        ("MAB12345", Some(PlateColour::White), PlateForm::Other),
        ("甘D12345", Some(PlateColour::White), PlateForm::Ordinary),
        ("WJ甘12345", None, PlateForm::Military),
    ] {
        assert_eq!(Plate::read(seen).unwrap().seen_as(colour), form, "{seen} {colour:?}");
    }
    let foreign = Plate::read("MAB12345").unwrap();
    assert_eq!(foreign.class(None), VehicleClass::Small);
    assert_eq!(foreign.class(Some(PlateColour::Yellow)), VehicleClass::Large);
    assert_eq!(Plate::read("AB1").unwrap().masked(), "***");
    assert_eq!(Plate::try_from("MAB12345".to_owned()).unwrap(), foreign);
}

#[test]
fn a_plate_is_masked_where_a_person_might_read_it() {
    let plate = Plate::parse("甘D12345").unwrap();
    assert_eq!(plate.masked(), "甘D·1***5");
    assert_eq!(format!("{plate:?}"), "Plate(甘D·1***5)");
    assert_eq!(plate.class(Some(PlateColour::Yellow)), VehicleClass::Large);
}
