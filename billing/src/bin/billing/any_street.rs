//! One stay by one tariff, as the commands ask for it.

use billing::tariff::Tariff;
use billing::{Bill, Calendars, Case, Reject, price};

use crate::told::Told;

/// The bill of a case. Where the tariff distinguishes streets and none is named, all of them must
/// come to the same.
pub(crate) fn bill(tariff: &Tariff, calendars: &Calendars, case: &Case) -> Result<Bill, Told> {
    let told = |reject, case: &Case| Told::of(reject, tariff, calendars, case);
    let arrived_at = case.intervals.first().map(|interval| interval.start_at());
    let version = arrived_at.and_then(|at| tariff.version_at(at));
    if let (Some(street), Some(version)) = (&case.street, version)
        && version.streets.is_empty()
    {
        let message = format!("the tariff has no classes of street, so not {street} either");
        return Err(Told::new(Reject::StreetNotInTariff.code(), message));
    }
    match price(tariff, calendars, case) {
        Err(Reject::StreetNotInTariff) if case.street.is_none() => {}
        priced => return priced.map_err(|reject| told(reject, case)),
    }
    let mut bills: Vec<(String, Bill)> = Vec::new();
    for street in version.map(|version| version.streets.as_slice()).unwrap_or_default() {
        let case = Case { street: Some(street.clone()), ..case.clone() };
        let bill = price(tariff, calendars, &case).map_err(|reject| told(reject, &case))?;
        bills.push((street.clone(), bill));
    }
    let agree = bills.windows(2).all(|pair| pair[0].1.total == pair[1].1.total);
    if !agree {
        let fees: Vec<String> =
            bills.iter().map(|(street, bill)| format!("{street}: {}", bill.total.yuan())).collect();
        let message = format!("the classes of street differ, say which ({})", fees.join(", "));
        return Err(Told::new(Reject::StreetNotInTariff.code(), message));
    }
    let first = bills.into_iter().next().map(|(_, bill)| bill);
    first.ok_or_else(|| told(Reject::StreetNotInTariff, case))
}
