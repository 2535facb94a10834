//! Those who watch a part of the map, and what they are shown.
//!
//! One broadcast per cell of the map; a watcher that falls 256 changes behind in a cell is told so
//! and is shown the current states again. Knows no HTTP.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::{SelectAll, Stream};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use vocabulary::{BayCode, BayId, OperatorId, Point, Timestamp};
use wayfinding::State;
use wayfinding::search::Bay;

use super::{DeviceSeen, Live};

/// Edge of a cell in degrees: about 2 km.
const CELL_DEG: f64 = 0.02;
/// Cells that one watcher may watch.
pub const CELLS_LIMIT: usize = 64;
/// Changes of a cell that wait for a slow watcher.
const QUEUE: usize = 256;

/// A bay's state as watchers see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub bay_code: BayCode,
    pub at: Point,
    pub state: State,
    pub observed_at: Option<Timestamp>,
    pub version: i64,
}

/// What a watcher is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// The state of a bay. The same version may come twice.
    Bay(Arc<Seen>),
    /// A condition of a device, for those who may see devices. The same may come twice.
    Device(Arc<DeviceSeen>),
    /// Changes were missed; the current states follow.
    Resync,
}

/// Who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anybody: bays.
    Public,
    /// Staff who may see devices: bays, and the devices in those of one operator, or in all.
    Staff { operator: Option<OperatorId> },
}

/// A rectangle of the map that touches at most `CELLS_LIMIT` cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    south_west: Point,
    north_east: Point,
}

/// Why a rectangle cannot be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchReject {
    /// Not a rectangle: west of its east, south of its north.
    Malformed,
    /// Touches too many cells.
    TooLarge,
}

/// The broadcasts, by cell. `None` once the service stops.
#[derive(Debug)]
pub struct Cells {
    senders: Mutex<Option<Senders>>,
}

type Senders = HashMap<(i32, i32), broadcast::Sender<Shown>>;

impl Default for Cells {
    fn default() -> Self {
        Cells { senders: Mutex::new(Some(HashMap::new())) }
    }
}

impl Seen {
    /// What watchers see of a bay.
    #[must_use]
    pub fn of(bay: &Bay<'_>) -> Seen {
        Seen {
            bay_code: bay.code.clone(),
            at: bay.at,
            state: bay.state,
            observed_at: bay.observed_at,
            version: bay.version,
        }
    }
}

impl Watch {
    /// A rectangle by its corners.
    ///
    /// # Errors
    /// `Malformed` or `TooLarge`.
    pub fn new(south_west: Point, north_east: Point) -> Result<Watch, WatchReject> {
        if south_west.lon() >= north_east.lon() || south_west.lat() >= north_east.lat() {
            return Err(WatchReject::Malformed);
        }
        let ((west, south), (east, north)) = (cell(south_west), cell(north_east));
        let cells = i64::from(east - west + 1) * i64::from(north - south + 1);
        if usize::try_from(cells).is_ok_and(|cells| cells <= CELLS_LIMIT) {
            Ok(Watch { south_west, north_east })
        } else {
            Err(WatchReject::TooLarge)
        }
    }

    /// South-west and north-east.
    #[must_use]
    pub fn corners(&self) -> (Point, Point) {
        (self.south_west, self.north_east)
    }

    fn contains(&self, at: Point) -> bool {
        (self.south_west.lon()..=self.north_east.lon()).contains(&at.lon())
            && (self.south_west.lat()..=self.north_east.lat()).contains(&at.lat())
    }

    fn shows(&self, shown: &Shown, audience: Audience) -> bool {
        match (shown, audience) {
            (Shown::Bay(seen), _) => self.contains(seen.at),
            (Shown::Device(_), Audience::Public) => false,
            (Shown::Device(seen), Audience::Staff { operator }) => {
                self.contains(seen.place) && operator.is_none_or(|own| own == seen.operator_id)
            }
            (Shown::Resync, _) => true,
        }
    }

    fn cells(&self) -> impl Iterator<Item = (i32, i32)> + use<> {
        let ((west, south), (east, north)) = (cell(self.south_west), cell(self.north_east));
        (west..=east).flat_map(move |column| (south..=north).map(move |row| (column, row)))
    }
}

impl Cells {
    /// Offers a change to those who watch its cell.
    pub(super) fn show(&self, seen: Seen) {
        self.send(seen.at, || Shown::Bay(Arc::new(seen)));
    }

    /// Offers a condition of a device to those who watch the cell of its bay.
    pub(super) fn show_device(&self, seen: Arc<DeviceSeen>) {
        self.send(seen.place, || Shown::Device(seen));
    }

    fn send(&self, at: Point, shown: impl FnOnce() -> Shown) {
        let senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = senders.as_ref().and_then(|senders| senders.get(&cell(at))) {
            // Nobody may be left; the cell is cleared away at the next subscription.
            let _watchers = sender.send(shown()).unwrap_or(0);
        }
    }

    /// Ends every watch, now and from now on, so that the service can stop.
    pub fn close(&self) {
        *self.senders.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn subscribe(&self, watch: &Watch) -> SelectAll<BroadcastStream<Shown>> {
        let mut streams = SelectAll::new();
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(senders) = senders.as_mut() else { return streams };
        senders.retain(|_, sender| sender.receiver_count() > 0);
        for cell in watch.cells() {
            let sender = senders.entry(cell).or_insert_with(|| broadcast::channel(QUEUE).0);
            streams.push(BroadcastStream::new(sender.subscribe()));
        }
        streams
    }
}

impl Live {
    /// The current states within a rectangle, then every change, until the service stops.
    pub fn watch<L>(live: L, watch: Watch, audience: Audience) -> impl Stream<Item = Shown>
    where
        L: std::ops::Deref<Target = Live>,
    {
        // Subscribed before the states are read, so that no change falls between.
        let changes = live.cells.subscribe(&watch);
        let waiting = live.states(&watch, audience);
        futures_util::stream::unfold(
            (live, changes, waiting),
            move |(live, mut changes, mut waiting)| async move {
                loop {
                    if let Some(shown) = waiting.pop_front() {
                        return Some((shown, (live, changes, waiting)));
                    }
                    match changes.next().await? {
                        Ok(shown) if watch.shows(&shown, audience) => {
                            return Some((shown, (live, changes, waiting)));
                        }
                        Ok(_) => {}
                        Err(_lagged) => {
                            waiting = live.states(&watch, audience);
                            waiting.push_front(Shown::Resync);
                        }
                    }
                }
            },
        )
    }

    fn states(&self, watch: &Watch, audience: Audience) -> VecDeque<Shown> {
        let conditions = match audience {
            Audience::Public => Vec::new(),
            Audience::Staff { .. } => self.conditions.rows(),
        };
        self.look(|index| {
            let bays = index.within(watch.south_west, watch.north_east).into_iter();
            let bays = bays.map(|bay| Shown::Bay(Arc::new(Seen::of(&bay))));
            let devices = conditions.into_iter().filter_map(|row| {
                let bay = index.bay(BayId(row.event.bay_id))?;
                Some(Shown::Device(Arc::new(DeviceSeen::of(row, &bay))))
            });
            bays.chain(devices).filter(|shown| watch.shows(shown, audience)).collect()
        })
    }
}

/// 0.02° steps from Greenwich and the equator: at most 9,000.
#[expect(clippy::cast_possible_truncation, reason = "degrees of a Point lie within ±180")]
fn cell(at: Point) -> (i32, i32) {
    ((at.lon() / CELL_DEG).floor() as i32, (at.lat() / CELL_DEG).floor() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::bays::tests::grid;

    fn point(lon: f64, lat: f64) -> Point {
        Point::new(lon, lat).unwrap()
    }

    #[test]
    fn a_watched_rectangle_has_a_written_limit() {
        for (west, south, east, north, expected) in [
            // 0.01 + 7 × 0.02 = 0.15: eight cells a side.
            (0.01, 0.01, 0.15, 0.15, Ok(64)),
            (0.01, 0.01, 0.17, 0.15, Err(WatchReject::TooLarge)),
            (-180.0, -90.0, 180.0, 90.0, Err(WatchReject::TooLarge)),
            (104.13, 36.54, 104.13, 36.55, Err(WatchReject::Malformed)),
            (104.14, 36.54, 104.13, 36.55, Err(WatchReject::Malformed)),
            (104.13, 36.55, 104.14, 36.54, Err(WatchReject::Malformed)),
        ] {
            let watch = Watch::new(point(west, south), point(east, north));
            assert_eq!(watch.map(|w| w.cells().count()), expected, "{west},{south},{east},{north}");
        }
    }

    fn live(bays: u32) -> Arc<Live> {
        let of = |number: u32| (number, point(104.139, 36.545), "RM-1");
        let index = grid(State::Unknown, 0, (0..bays).map(of));
        Arc::new(Live {
            index: std::sync::RwLock::new(index),
            places: Default::default(),
            prices: Default::default(),
            cells: Cells::default(),
            conditions: super::super::Conditions::default(),
            loaded_at: Default::default(),
            next_at: Default::default(),
            register: Default::default(),
        })
    }

    fn change(number: u32, version: i64) -> store::ChangeRow {
        store::ChangeRow {
            change_seq: version,
            bay_id: format!("{number:032x}").parse().unwrap(),
            version,
            state: "free".into(),
            reason: "heard".into(),
            observed_at: Some(1_789_430_400_000),
            published_at: 1_789_430_400_000,
            source: "sensor".into(),
        }
    }

    fn seen(shown: Option<Shown>) -> (String, i64) {
        match shown {
            Some(Shown::Bay(seen)) => (seen.bay_code.to_string(), seen.version),
            other => panic!("expected a bay: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_watcher_sees_the_states_then_the_changes_then_the_end() {
        let live = live(2);
        let watch = Watch::new(point(104.13, 36.54), point(104.14, 36.55)).unwrap();
        let mut shown = Box::pin(Live::watch(Arc::clone(&live), watch, Audience::Public));
        assert_eq!(seen(shown.next().await), ("B00000".into(), 0));
        assert_eq!(seen(shown.next().await), ("B00001".into(), 0));
        assert!(live.take(&[change(1, 3), change(1, 2)]).is_empty());
        assert_eq!(seen(shown.next().await), ("B00001".into(), 3));
        live.cells().close();
        assert_eq!(shown.next().await, None);
    }

    #[tokio::test]
    async fn a_watcher_that_falls_behind_is_told_and_sees_the_states_again() {
        let live = live(1);
        let watch = Watch::new(point(104.13, 36.54), point(104.14, 36.55)).unwrap();
        let mut shown = Box::pin(Live::watch(Arc::clone(&live), watch, Audience::Public));
        assert_eq!(seen(shown.next().await), ("B00000".into(), 0));
        let changes: Vec<_> = (1..=300).map(|version| change(0, version)).collect();
        live.take(&changes);
        assert_eq!(shown.next().await, Some(Shown::Resync));
        assert_eq!(seen(shown.next().await), ("B00000".into(), 300));
    }

    fn event(event_seq: i64, bay: u128, turned: &str, operator: u128) -> store::ConditionRow {
        store::ConditionRow {
            event: store::DeviceEventRow {
                event_seq,
                device_id: uuid::Uuid::from_u128(7),
                bay_id: uuid::Uuid::from_u128(bay),
                condition: "silent".into(),
                turned: turned.into(),
                at: 1_789_430_400_000,
                detail: "last heard an hour ago".into(),
            },
            network: "native".into(),
            device_key: "bw-7".into(),
            operator_id: uuid::Uuid::from_u128(operator),
        }
    }

    fn condition(shown: Option<Shown>) -> (String, crate::live::Turned) {
        match shown {
            Some(Shown::Device(seen)) => (seen.bay_code.to_string(), seen.turned),
            other => panic!("expected a device: {other:?}"),
        }
    }

    #[tokio::test]
    async fn staff_see_conditions_of_devices_of_their_operator_and_drivers_see_none() {
        use crate::live::Turned::{Off, On};
        let live = live(2);
        live.take_events(&[event(5, 0, "on", 1)]);
        let watch = Watch::new(point(104.13, 36.54), point(104.14, 36.55)).unwrap();
        let by = |operator| Audience::Staff { operator };
        let own = by(Some(OperatorId(uuid::Uuid::from_u128(1))));
        let other = by(Some(OperatorId(uuid::Uuid::from_u128(2))));
        let mut streams = [by(None), own, other, Audience::Public]
            .map(|audience| Box::pin(Live::watch(Arc::clone(&live), watch, audience)));
        for stream in &mut streams {
            assert_eq!(seen(stream.next().await), ("B00000".into(), 0));
            assert_eq!(seen(stream.next().await), ("B00001".into(), 0));
        }
        // The older event of the same condition comes late, and tells nothing.
        live.take_events(&[event(4, 0, "off", 1), event(6, 0, "off", 1)]);
        live.cells().close();
        for stream in &mut streams[..2] {
            assert_eq!(condition(stream.next().await), ("B00000".into(), On));
            assert_eq!(condition(stream.next().await), ("B00000".into(), Off));
        }
        for stream in &mut streams {
            assert_eq!(stream.next().await, None);
        }
    }

    #[test]
    fn a_change_of_a_bay_that_is_not_known_is_reported() {
        let unknown = live(1).take(&[change(0, 1), change(9, 1)]);
        assert_eq!(unknown, [format!("{:032x}", 9).parse().unwrap()]);
    }
}
