//! What a vehicle is entitled to: exemptions, passes and coupons, as the price of a visit sees them.
//!
//! Looked up from the database alone, so that `verify` finds the same.

use anyhow::{Context, Result};
use billing::coupon::Coupon;
use billing::exemption::{Duty, Exemption, Vehicle, Whose, exempt_parts};
use billing::tariff::Tariff;
use billing::{Case, HeldPass};
use store::{
    BillRow, CouponRow, CoverRow, CoveredPlate, ExemptVehicle, ExemptionRow, OrderRow,
    PlateSeenRow, Tx, VisitRow,
};
use uuid::Uuid;
use vocabulary::{Fen, Interval, Plate, PlateColour, PlateForm, Timestamp, VehicleClass, ZoneId};

/// How the name begins that stands for a plate that was deleted or is too old to be kept.
pub(crate) const HIDDEN: &str = "DELETED";

/// Everything that lowers the bill of one visit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entitled {
    exemptions: Vec<Exemption>,
    passes: Vec<HeldPass>,
    coupons: Vec<Coupon>,
    plate: Option<Plate>,
    /// The form of the plate as somebody saw it who has nothing of it.
    seen: Option<PlateForm>,
    zone: Option<ZoneId>,
}

/// Whose entitlements are asked for: from an instant on, since a visit that goes on may reach into any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whom<'a> {
    pub(crate) order: &'a OrderRow,
    pub(crate) visit: &'a VisitRow,
    pub(crate) from: Timestamp,
}

impl Entitled {
    /// Loads what holds for each of several visits, in few statements.
    ///
    /// # Errors
    /// When the database fails; of one visit alone, when something stored for it cannot be read.
    pub(crate) async fn load_each(tx: &mut Tx, of: &[Whom<'_>]) -> Result<Vec<Result<Entitled>>> {
        let visits: Vec<(Uuid, &str)> =
            of.iter().map(|whom| (whom.visit.visit_id, whom.visit.plate.as_str())).collect();
        let words = tx.plates_seen(&visits).await?;
        let plates: Vec<(Option<Plate>, Option<PlateForm>)> = of
            .iter()
            .map(|whom| {
                let plate = Plate::read(&whom.visit.plate).ok();
                let seen = plate.as_ref().and_then(|plate| seen_form(&words, whom.visit, plate));
                (plate, seen)
            })
            .collect();
        let vehicles: Vec<ExemptVehicle<'_>> =
            of.iter().zip(&plates).map(|(whom, (_, seen))| vehicle(whom, *seen)).collect();
        let exemptions = tx.exemptions_of_vehicles(&vehicles).await?;
        let nowhere = Uuid::nil();
        let covered: Vec<CoveredPlate<'_>> = of
            .iter()
            .map(|whom| CoveredPlate {
                zone_id: whom.order.zone_id.unwrap_or(nowhere),
                plate: &whom.visit.plate,
                from_at: whom.from.ms(),
            })
            .collect();
        let covers = tx.covers_of_plates(&covered).await?;
        let orders: Vec<Uuid> = of.iter().map(|whom| whom.order.order_id).collect();
        let mut coupons = tx.coupons_of_orders(&orders).await?;
        let mut each = Vec::with_capacity(of.len());
        let found = exemptions.into_iter().zip(covers).zip(plates);
        for (whom, ((exemptions, covers), plate)) in of.iter().zip(found) {
            let coupons = coupons.remove(&whom.order.order_id).unwrap_or_default();
            each.push(if whom.visit.plate.starts_with(HIDDEN) {
                let bill = tx.bill_revision(whom.order.order_id, whom.order.bill_revision).await?;
                Entitled::kept(bill.as_ref(), &coupons)
            } else {
                Entitled::of(whom.order, plate, (&exemptions, covers), &coupons)
            });
        }
        Ok(each)
    }

    fn of(
        order: &OrderRow,
        (plate, seen): (Option<Plate>, Option<PlateForm>),
        (exemptions, covers): (&[ExemptionRow], Vec<CoverRow>),
        coupons: &[CouponRow],
    ) -> Result<Entitled> {
        let held = covers.into_iter().filter_map(|cover| {
            let valid = between(cover.from_at, cover.to_at)?;
            Some(HeldPass { name: cover.tariff_pass, valid })
        });
        Ok(Entitled {
            exemptions: exemptions.iter().filter_map(exemption_of).collect(),
            passes: held.collect(),
            coupons: coupons.iter().map(coupon_of).collect::<Result<_>>()?,
            plate,
            seen,
            zone: order.zone_id.map(ZoneId),
        })
    }

    /// Of a visit whose plate is gone: what its bill says that it was entitled to.
    fn kept(bill: Option<&BillRow>, coupons: &[CouponRow]) -> Result<Entitled> {
        let coupons = coupons.iter().map(coupon_of).collect::<Result<_>>()?;
        let Some(bill) = bill else { return Ok(Entitled { coupons, ..Entitled::default() }) };
        let case: Case = serde_json::from_str(&bill.case_json).context("stored case")?;
        let exemptions = case.exempt.into_iter().map(|part| Exemption {
            basis: part.basis,
            duty: Duty::Other,
            whose: Whose::Everybody,
            zones: Vec::new(),
            valid: part.valid,
        });
        let exemptions = exemptions.collect();
        Ok(Entitled { exemptions, passes: case.passes, coupons, ..Entitled::default() })
    }

    /// Puts into a case what of it holds; of passes those that the tariff in force sells.
    pub(crate) fn put_into(&self, case: &mut Case, tariff: &Tariff, class: VehicleClass) {
        let vehicle = Vehicle { plate: self.plate.as_ref(), class, seen: self.seen };
        let nowhere = ZoneId(uuid::Uuid::nil());
        let zone = self.zone.unwrap_or(nowhere);
        case.exempt = exempt_parts(&self.exemptions, vehicle, zone, &case.intervals);
        let Some(arrived_at) = case.intervals.first().map(|i| i.start_at()) else { return };
        let left_at = case.intervals.last().map_or(arrived_at, |i| i.end_at());
        let sold = tariff.version_at(arrived_at).map(|v| v.passes.as_slice()).unwrap_or_default();
        let span = Interval::new(arrived_at, left_at);
        let holds = |held: &&HeldPass| {
            let touches = span.and_then(|s| held.valid.overlap(s)).is_some_and(|o| !o.is_empty());
            touches && sold.iter().any(|pass| pass.name == held.name)
        };
        case.passes = self.passes.iter().filter(holds).cloned().collect();
        case.coupons.clone_from(&self.coupons);
    }
}

/// The form of a visit's plate as an inspector, a camera or staff saw it; none on the driver's own word. The
/// word that says most of it counts, since one of them may have kept no colour.
fn seen_form(seen: &[PlateSeenRow], visit: &VisitRow, plate: &Plate) -> Option<PlateForm> {
    let of_visit = |word: &&PlateSeenRow| word.visit_id == visit.visit_id;
    let forms: Vec<PlateForm> = seen
        .iter()
        .filter(of_visit)
        .map(|word| plate.seen_as(word.plate_colour.as_deref().and_then(PlateColour::from_name)))
        .collect();
    forms.iter().find(|form| **form != PlateForm::Other).or(forms.first()).copied()
}

fn vehicle<'a>(whom: &Whom<'a>, seen: Option<PlateForm>) -> ExemptVehicle<'a> {
    ExemptVehicle {
        operator_id: whom.visit.operator_id,
        plate: &whom.visit.plate,
        form: seen.and_then(duty_name),
        class: &whom.visit.vehicle_class,
        from_at: whom.from.ms(),
        to_at: i64::MAX,
    }
}

/// The duty that a form of plates shows.
fn duty_name(form: PlateForm) -> Option<&'static str> {
    Duty::ALL.into_iter().find(|duty| duty.plate_form() == Some(form)).map(Duty::name)
}

fn exemption_of(row: &ExemptionRow) -> Option<Exemption> {
    let duty = Duty::from_name(&row.duty)?;
    let value = row.whose_value.as_deref();
    let whose = match row.whose.as_str() {
        "form" => Whose::Form(Duty::from_name(value?)?.plate_form()?),
        "plate" => Whose::Plate(Plate::read(value?).ok()?),
        "class" => Whose::Class(VehicleClass::from_name(value?)?),
        "everybody" => Whose::Everybody,
        _ => return None,
    };
    Some(Exemption {
        basis: row.basis.clone(),
        duty,
        whose,
        zones: row.zone_id.map(ZoneId).into_iter().collect(),
        valid: between(row.valid_from_at, row.valid_to_at)?,
    })
}

pub(crate) fn coupon_of(row: &CouponRow) -> Result<Coupon> {
    match row.kind.as_str() {
        "amount" => Ok(Coupon::Amount { amount: Fen(row.amount_fen) }),
        "minutes" => {
            let minutes = u32::try_from(row.minutes).context("the minutes of a coupon")?;
            Ok(Coupon::Minutes { minutes })
        }
        "free_once" => Ok(Coupon::FreeOnce),
        other => anyhow::bail!("unknown kind of coupon: {other}"),
    }
}

fn between(from_at: i64, to_at: i64) -> Option<Interval> {
    Interval::new(Timestamp::from_ms(from_at), Timestamp::from_ms(to_at))
}
