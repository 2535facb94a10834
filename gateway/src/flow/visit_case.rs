//! What a visit is priced from: the stays it occupies, put together, and when it was paid.
//!
//! The same stays and payments give the same case: `verify` makes it again.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result};
use billing::tariff::Tariff;
use billing::visit::occupied;
use billing::{Calendars, Case, EarlierVisit};
use sensing::Span;
use store::{OrderRow, PaymentRow, StayRow, Tx, VisitRow};
use vocabulary::{BayId, Fen, Interval, Timestamp, VehicleClass};

use super::earlier_visits::earlier_visits;
use super::entitled::Entitled;

/// A visit with everything that its price rests on.
#[derive(Clone, Debug)]
pub(crate) struct VisitFacts {
    pub(crate) visit: VisitRow,
    /// Those that it occupies, in any state; one that it merely straddles is not among them.
    pub(crate) stays: Vec<StayRow>,
    pub(crate) spans: Vec<Span>,
    pub(crate) tariff: Arc<Tariff>,
    pub(crate) tariff_revision: i64,
    /// Those that the tariff counts with it.
    earlier: Vec<EarlierVisit>,
    /// Exemptions, passes and coupons.
    entitled: Entitled,
    /// Payments that succeeded, by time: when, and how much.
    paid: Vec<(Timestamp, Fen)>,
}

impl VisitFacts {
    /// Loads the visit of an order.
    ///
    /// # Errors
    /// When the database fails or a stored value cannot be read.
    pub(crate) async fn load(tx: &mut Tx, order: &OrderRow) -> Result<VisitFacts> {
        let visit = tx.visit(order.subject_id).await?.context("order without visit")?;
        let stays = tx.stays_of_visit(visit.visit_id).await?;
        let spans = spans_of(&stays)?;
        let row = tx.tariff(&order.tariff_id).await?.context("the order's tariff is not stored")?;
        let payments = tx.payments_of_order(order.order_id).await?;
        let mut paid: Vec<(Timestamp, Fen)> = payments.iter().filter_map(succeeded).collect();
        paid.sort_unstable_by_key(|(at, _)| *at);
        let tariff = read_tariff(&row.yaml)?;
        let from = spans.iter().map(Span::arrived_at).min();
        let from = from.unwrap_or(Timestamp::from_ms(order.opened_at));
        let entitled = Entitled::load(tx, order, &visit, from).await?;
        let earlier = earlier_visits(tx, order, &visit.plate, &tariff, from).await?;
        Ok(VisitFacts {
            visit,
            stays,
            spans,
            earlier,
            entitled,
            tariff,
            tariff_revision: row.revision,
            paid,
        })
    }

    /// Whether a vehicle is still there.
    pub(crate) fn is_parked(&self) -> bool {
        self.stays.iter().any(|stay| stay.state == "present")
    }

    /// The latest departure, as late as it can have been.
    pub(crate) fn left_at(&self) -> Option<Timestamp> {
        self.spans.iter().filter_map(|span| span.left).map(|left| left.latest_at).max()
    }

    /// When it was paid last.
    pub(crate) fn paid_at(&self) -> Option<Timestamp> {
        self.paid.last().map(|(at, _)| *at)
    }

    /// The case of a visit that is over: of stays that are neither void nor superseded.
    pub(crate) fn case(&self) -> Result<Case> {
        let parked = self.parked("left", |span| span.billable());
        self.case_of(&parked)
    }

    /// The case as if whatever is still there left at `at`.
    pub(crate) fn case_until(&self, at: Timestamp) -> Result<Case> {
        let mut parked = self.parked("left", |span| span.billable());
        parked.extend(self.parked("present", |span| {
            let arrived_at = span.arrived_at();
            Interval::new(arrived_at, span.left_at().unwrap_or(at).max(arrived_at))
        }));
        self.case_of(&parked)
    }

    fn parked(
        &self,
        state: &str,
        interval: impl Fn(&Span) -> Option<Interval>,
    ) -> Vec<(BayId, Interval, &Span)> {
        let of_state = self.stays.iter().zip(&self.spans).filter(|(stay, _)| stay.state == state);
        of_state
            .filter_map(|(stay, span)| Some((BayId(stay.bay_id), interval(span)?, span)))
            .collect()
    }

    fn case_of(&self, parked: &[(BayId, Interval, &Span)]) -> Result<Case> {
        let class = &self.visit.vehicle_class;
        let vehicle = VehicleClass::from_name(class).context("unknown vehicle class")?;
        let bays: Vec<(BayId, Interval)> = parked.iter().map(|(b, i, _)| (*b, *i)).collect();
        let together = occupied(&bays);
        let doubts =
            parked.iter().flat_map(|(.., s)| s.doubts.iter().map(|d| d.interval)).collect();
        let case = Case::new(vehicle.name(), together.intervals, doubts);
        let earlier = self.earlier.clone();
        let mut case = Case { bays: together.bays, earlier, ..case };
        self.entitled.put_into(&mut case, &self.tariff, vehicle);
        let paid = Case { paid_at: self.paid_up_at(&case), ..case.clone() };
        // It stands in the case only where the tariff asks for it.
        Ok(if self.cost(&paid) == self.cost(&case) { case } else { paid })
    }

    fn cost(&self, case: &Case) -> Option<Fen> {
        billing::price(&self.tariff, Calendars::built_in(), case).ok().map(|bill| bill.total)
    }

    /// The last payment while parked that covered the fee up to then: the time to leave runs from it.
    fn paid_up_at(&self, case: &Case) -> Option<Timestamp> {
        let left_at = case.intervals.last()?.end_at();
        let mut sum = 0_i64;
        let mut paid_up_at = None;
        for (at, amount) in self.paid.iter().filter(|(at, _)| *at < left_at) {
            sum = sum.saturating_add(amount.0);
            let cut = |i: &Interval| Interval::new(i.start_at(), i.end_at().min(*at));
            let intervals = case.intervals.iter().filter_map(cut).collect();
            let then = Case { intervals, paid_at: None, ..case.clone() };
            if self.cost(&then).is_some_and(|cost| cost.0 <= sum) {
                paid_up_at = Some(*at);
            }
        }
        paid_up_at
    }
}

fn succeeded(payment: &PaymentRow) -> Option<(Timestamp, Fen)> {
    let at = payment.succeeded_at.filter(|_| payment.state == "succeeded")?;
    Some((Timestamp::from_ms(at), Fen(payment.amount_fen)))
}

/// Texts of tariffs kept as they were read: a town has few.
const KEPT: usize = 64;

/// Reads a stored tariff, which was checked when it was imported. The same text is read once: a visit
/// is priced several times, and its tariff would be read each time.
pub(crate) fn read_tariff(yaml: &str) -> Result<Arc<Tariff>> {
    static READ: LazyLock<Mutex<HashMap<String, Arc<Tariff>>>> = LazyLock::new(Mutex::default);
    let known = || READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(tariff) = known().get(yaml) {
        return Ok(Arc::clone(tariff));
    }
    let tariff = billing::tariff::parse(yaml)
        .map_err(|problems| anyhow::anyhow!("stored tariff does not parse: {problems:?}"))?;
    let tariff = Arc::new(tariff);
    let mut read = known();
    if read.len() >= KEPT {
        read.clear();
    }
    read.insert(yaml.to_owned(), Arc::clone(&tariff));
    Ok(tariff)
}

pub(crate) fn spans_of(stays: &[StayRow]) -> Result<Vec<Span>> {
    stays.iter().map(|s| serde_json::from_str(&s.span_json).context("stored span")).collect()
}
