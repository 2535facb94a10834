//! What a visit is priced from: the stays it occupies, put together, and when it was paid.
//!
//! The same stays and payments give the same case: `verify` makes it again.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result};
use billing::tariff::Tariff;
use billing::visit::occupied;
use billing::{Calendars, Case, EarlierVisit};
use sensing::Span;
use store::{OrderRow, PaymentRow, SamePlate, StayRow, TariffRow, Tx, VisitRow};
use uuid::Uuid;
use vocabulary::{BayId, Fen, Interval, Timestamp, VehicleClass};

use super::earlier_visits::{before, counted};
use super::entitled::{Entitled, Whom};

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
    /// All payments of the order, oldest first.
    pub(crate) payments: Vec<PaymentRow>,
    /// Those that succeeded, by time: when, and how much.
    paid: Vec<(Timestamp, Fen)>,
}

/// Visits and tariffs of some orders, each read once.
#[derive(Debug, Default)]
pub(crate) struct Known {
    visits: BTreeMap<Uuid, VisitRow>,
    /// Text and revision; none if it is not stored.
    tariffs: BTreeMap<String, Option<TariffRow>>,
}

impl Known {
    /// # Errors
    /// When the database fails.
    pub(crate) async fn load(tx: &mut Tx, orders: &[OrderRow]) -> Result<Known> {
        let ids: Vec<Uuid> = orders.iter().map(|order| order.subject_id).collect();
        let mut known = Known { visits: tx.visits(&ids).await?, tariffs: BTreeMap::new() };
        for order in orders {
            if let Entry::Vacant(unknown) = known.tariffs.entry(order.tariff_id.clone()) {
                unknown.insert(tx.tariff(&order.tariff_id).await?);
            }
        }
        Ok(known)
    }

    /// The plate of an order's visit, if its tariff counts visits of one vehicle together.
    pub(crate) fn counted_plate(&self, order: &OrderRow) -> Option<&str> {
        let (tariff, _) = self.tariff(order).ok()?;
        tariff.earlier_visits_within_ms()?;
        Some(&self.visits.get(&order.subject_id)?.plate)
    }

    fn visit(&self, order: &OrderRow) -> Result<&VisitRow> {
        self.visits.get(&order.subject_id).context("order without visit")
    }

    fn tariff(&self, order: &OrderRow) -> Result<(Arc<Tariff>, i64)> {
        let row = self.tariffs.get(&order.tariff_id).and_then(Option::as_ref);
        let row = row.context("the order's tariff is not stored")?;
        Ok((read_tariff(&row.yaml)?, row.revision))
    }
}

/// What can be said of a visit by itself.
struct Begun<'a> {
    order: &'a OrderRow,
    visit: &'a VisitRow,
    stays: Vec<StayRow>,
    spans: Vec<Span>,
    tariff: Arc<Tariff>,
    tariff_revision: i64,
    from: Timestamp,
}

impl<'a> Begun<'a> {
    fn of(order: &'a OrderRow, known: &'a Known, stays: Vec<StayRow>) -> Result<Begun<'a>> {
        let visit = known.visit(order)?;
        let spans = spans_of(&stays)?;
        let (tariff, tariff_revision) = known.tariff(order)?;
        let from = spans.iter().map(Span::arrived_at).min();
        let from = from.unwrap_or(Timestamp::from_ms(order.opened_at));
        Ok(Begun { order, visit, stays, spans, tariff, tariff_revision, from })
    }
}

impl VisitFacts {
    /// Loads the visit of an order.
    ///
    /// # Errors
    /// When the database fails or a stored value cannot be read.
    pub(crate) async fn load(tx: &mut Tx, order: &OrderRow) -> Result<VisitFacts> {
        let orders = std::slice::from_ref(order);
        let known = Known::load(tx, orders).await?;
        let mut each = VisitFacts::load_each(tx, &known, orders).await?;
        each.pop().context("one order, one visit")?
    }

    /// Loads the visits of several orders, each kind of fact in one statement for all of them.
    ///
    /// # Errors
    /// When the database fails; of one visit alone, when something stored for it is missing or cannot be
    /// read.
    pub(crate) async fn load_each(
        tx: &mut Tx,
        known: &Known,
        orders: &[OrderRow],
    ) -> Result<Vec<Result<VisitFacts>>> {
        let visits: Vec<Uuid> = orders.iter().map(|order| order.subject_id).collect();
        let ids: Vec<Uuid> = orders.iter().map(|order| order.order_id).collect();
        let mut stays = tx.stays_of_visits(&visits).await?;
        let begun =
            |order| Begun::of(order, known, stays.remove(&order.subject_id).unwrap_or_default());
        let begun: Vec<Result<Begun<'_>>> = orders.iter().map(begun).collect();
        let sound: Vec<&Begun<'_>> = begun.iter().filter_map(|b| b.as_ref().ok()).collect();
        let whom: Vec<Whom<'_>> =
            sound.iter().map(|b| Whom { order: b.order, visit: b.visit, from: b.from }).collect();
        let mut entitled = Entitled::load_each(tx, &whom).await?.into_iter();
        let mut earlier = earlier_of(tx, &sound).await?.into_iter();
        let mut payments = tx.payments_of_orders(&ids).await?;
        let mut each = Vec::with_capacity(orders.len());
        for begun in begun {
            each.push(match begun {
                Err(error) => Err(error),
                Ok(begun) => {
                    let entitled = entitled.next().context("entitlements of each")?;
                    let earlier = earlier.next().context("earlier visits of each")?;
                    let payments = payments.remove(&begun.order.order_id).unwrap_or_default();
                    VisitFacts::of(begun, entitled, earlier, payments)
                }
            });
        }
        Ok(each)
    }

    fn of(
        begun: Begun<'_>,
        entitled: Result<Entitled>,
        earlier: Result<Vec<EarlierVisit>>,
        payments: Vec<PaymentRow>,
    ) -> Result<VisitFacts> {
        let mut paid: Vec<(Timestamp, Fen)> = payments.iter().filter_map(succeeded).collect();
        paid.sort_unstable_by_key(|(at, _)| *at);
        Ok(VisitFacts {
            visit: begun.visit.clone(),
            stays: begun.stays,
            spans: begun.spans,
            tariff: begun.tariff,
            tariff_revision: begun.tariff_revision,
            earlier: earlier?,
            entitled: entitled?,
            payments,
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

/// The visits that each tariff counts with each visit.
async fn earlier_of(tx: &mut Tx, of: &[&Begun<'_>]) -> Result<Vec<Result<Vec<EarlierVisit>>>> {
    let asked: Vec<Option<SamePlate<'_>>> =
        of.iter().map(|b| before(b.order, &b.visit.plate, &b.tariff, b.from)).collect();
    let asking: Vec<SamePlate<'_>> = asked.iter().flatten().copied().collect();
    let mut found = tx.visits_before_each(&asking).await?.into_iter();
    let each = asked.iter().map(|asked| match asked {
        None => Ok(Vec::new()),
        Some(asked) => counted(&found.next().unwrap_or_default(), asked),
    });
    Ok(each.collect())
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
