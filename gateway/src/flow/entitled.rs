//! What a vehicle is entitled to: exemptions, passes and coupons, as the price of a visit sees them.
//!
//! Looked up from the database alone, so that `verify` finds the same.

use anyhow::{Context, Result};
use billing::coupon::Coupon;
use billing::exemption::{Duty, Exemption, Vehicle, Whose, exempt_parts};
use billing::tariff::Tariff;
use billing::{Case, HeldPass};
use store::{CouponRow, ExemptVehicle, ExemptionRow, OrderRow, Tx, VisitRow};
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

impl Entitled {
    /// Loads what holds for a visit from `from` on.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn load(
        tx: &mut Tx,
        order: &OrderRow,
        visit: &VisitRow,
        from: Timestamp,
    ) -> Result<Entitled> {
        if visit.plate.starts_with(HIDDEN) {
            return Entitled::kept(tx, order).await;
        }
        let plate = Plate::read(&visit.plate).ok();
        let seen = match &plate {
            Some(plate) => seen_form(tx, visit, plate).await?,
            None => None,
        };
        // A visit that goes on may reach into any of them.
        let (from_at, to_at) = (from.ms(), i64::MAX);
        let vehicle = ExemptVehicle {
            operator_id: visit.operator_id,
            plate: &visit.plate,
            form: seen.and_then(duty_name),
            class: &visit.vehicle_class,
            from_at,
            to_at,
        };
        let exemptions = tx.exemptions_of(&vehicle).await?;
        let passes = match order.zone_id {
            Some(zone) => tx.covers_of_plate(zone, &visit.plate, from_at, to_at).await?,
            None => Vec::new(),
        };
        let held = passes.into_iter().filter_map(|cover| {
            let valid = between(cover.from_at, cover.to_at)?;
            Some(HeldPass { name: cover.tariff_pass, valid })
        });
        let coupons = tx.coupons_of_order(order.order_id).await?;
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
    async fn kept(tx: &mut Tx, order: &OrderRow) -> Result<Entitled> {
        let coupons = tx.coupons_of_order(order.order_id).await?;
        let coupons = coupons.iter().map(coupon_of).collect::<Result<_>>()?;
        let bill = tx.bill_revision(order.order_id, order.bill_revision).await?;
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
async fn seen_form(tx: &mut Tx, visit: &VisitRow, plate: &Plate) -> Result<Option<PlateForm>> {
    let seen = tx.plates_seen(visit.visit_id, &visit.plate).await?;
    let forms: Vec<PlateForm> = seen
        .iter()
        .map(|word| plate.seen_as(word.plate_colour.as_deref().and_then(PlateColour::from_name)))
        .collect();
    let telling = forms.iter().find(|form| **form != PlateForm::Other).or(forms.first());
    Ok(telling.copied())
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
