//! The bays of the register as the search takes them: each with what its sign says and when it is closed.
//!
//! **Invariant:** what is not permitted for certain is not permitted: a version of a bay that is followed by none, or by
//! one that says something else, ends the permission; so does a sign that cannot be read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use store::{BayFeatures, BayPlace, BayVersionFacts, ClosureRow, Tx};
use uuid::Uuid;
use vocabulary::{
    BayCode, BayId, BlockId, Interval, Point, Timestamp, VehicleClass, WeeklyHours, ZoneId,
};
use wayfinding::State;
use wayfinding::search::{BayFacts, BayGrid, Block, Known, Permit};

/// The bays, and when the next version of one begins or ends: then they are to be read again.
#[derive(Debug)]
pub(super) struct Register {
    pub(super) grid: BayGrid,
    pub(super) next_at: Option<Timestamp>,
}

/// Reads every bay as it holds now.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn read_bays(tx: &mut Tx, now: Timestamp) -> store::Result<Register> {
    let mut reader = Reader::new(
        now,
        tx.coming_bay_versions(now.ms()).await?,
        tx.closures_after(now.ms()).await?,
    );
    let mut bays = Vec::new();
    tx.each_bay_place(now.ms(), |place| match reader.bay_of(place) {
        Ok(bay) => bays.push(bay),
        Err(code) => {
            tracing::error!(bay = code, "a stored bay has no valid code or place; it is not shown");
        }
    })
    .await?;
    Ok(Register { grid: BayGrid::build(bays), next_at: reader.next_at })
}

/// A state of a newer gateway that this one has no name for is shown as `unknown`, never as free.
pub(super) fn state_of(name: &str) -> State {
    State::from_name(name).unwrap_or(State::Unknown)
}

/// What holds of many bays; those that say the same share one permit.
type Sign = (Uuid, Option<String>, Option<String>, BayFeatures, u16);

/// What bays have in common, and what is still to come.
struct Reader {
    now: Timestamp,
    coming: HashMap<Uuid, Vec<BayVersionFacts>>,
    closures: HashMap<Uuid, Vec<ClosureRow>>,
    permits: HashMap<Sign, (Arc<Permit>, Readable)>,
    blocks: HashMap<Uuid, Arc<Block>>,
    streets: HashSet<Arc<str>>,
    next_at: Option<Timestamp>,
}

/// Whether a sign could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readable {
    Yes,
    No,
}

impl Reader {
    fn new(now: Timestamp, coming: Vec<BayVersionFacts>, closures: Vec<ClosureRow>) -> Reader {
        let mut reader = Reader {
            now,
            coming: HashMap::new(),
            closures: HashMap::new(),
            permits: HashMap::new(),
            blocks: HashMap::new(),
            streets: HashSet::new(),
            next_at: None,
        };
        for version in coming {
            reader.look_again(version.valid_from_at);
            reader.coming.entry(version.bay_id).or_default().push(version);
        }
        for closure in closures {
            reader.closures.entry(closure.bay_id).or_default().push(closure);
        }
        reader
    }

    /// The bay, or the code that is none.
    fn bay_of(&mut self, place: BayPlace) -> Result<BayFacts, String> {
        let Ok(code) = BayCode::parse(&place.code) else { return Err(place.code) };
        let Ok(at) = Point::new(place.lon, place.lat) else { return Err(place.code) };
        if let Some(ends_at) = place.valid_to_at {
            self.look_again(ends_at);
        }
        let mut closures = self.closures_of(&place);
        let block = self.block_of(&place);
        let (id, known) = (BayId(place.bay_id), known_of(&place));
        let (permit, readable) = self.permit_of(place);
        if readable == Readable::No {
            closures.push(from_on(self.now.ms()));
        }
        Ok(BayFacts { id, code, at, block, permit, closures, known })
    }

    fn look_again(&mut self, at: i64) {
        let at = Timestamp::from_ms(at);
        self.next_at = Some(self.next_at.map_or(at, |next| next.min(at)));
    }

    /// Planned closures, and the end of what is known of the bay.
    fn closures_of(&self, place: &BayPlace) -> Vec<Interval> {
        let planned = self.closures.get(&place.bay_id).into_iter().flatten();
        let instant = Timestamp::from_ms;
        let planned = planned.filter_map(|c| Interval::new(instant(c.from_at), instant(c.to_at)));
        let coming = self.coming.get(&place.bay_id).map_or(&[][..], Vec::as_slice);
        planned.chain(known_to(place, coming).map(from_on)).collect()
    }

    fn block_of(&mut self, place: &BayPlace) -> Arc<Block> {
        if let Some(known) = self.blocks.get(&place.block_id) {
            return Arc::clone(known);
        }
        let street = match self.streets.get(place.street.as_str()) {
            Some(known) => Arc::clone(known),
            None => {
                let street: Arc<str> = place.street.as_str().into();
                self.streets.insert(Arc::clone(&street));
                street
            }
        };
        let id = BlockId(place.block_id);
        let block = Arc::new(Block { id, code: place.block.as_str().into(), street });
        self.blocks.insert(place.block_id, Arc::clone(&block));
        block
    }

    fn permit_of(&mut self, place: BayPlace) -> (Arc<Permit>, Readable) {
        let length_mm = length_limit_mm(&place);
        let sign = (
            place.zone_id,
            place.vehicle_classes,
            place.permitted_hours,
            place.features,
            length_mm,
        );
        let read = |sign: &Sign| {
            let (permit, readable) = permit_of(sign);
            if readable == Readable::No {
                tracing::error!(bay = place.code, "its sign cannot be read; nobody is sent there");
            }
            (Arc::new(permit), readable)
        };
        self.permits.entry(sign).or_insert_with_key(read).clone()
    }
}

/// The length that the sign permits, or else that of the bay.
fn length_limit_mm(place: &BayPlace) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    let own = (place.length_m * 1000.0).round() as u16;
    place.features.max_length_mm.map_or(own, within_limit)
}

fn within_limit(mm: i64) -> u16 {
    u16::try_from(mm.max(0)).unwrap_or(u16::MAX)
}

fn permit_of((zone, classes, hours, features, length_mm): &Sign) -> (Permit, Readable) {
    let names = classes.as_deref().unwrap_or_default().split_terminator(',');
    let classes: Option<Vec<VehicleClass>> = names.map(VehicleClass::from_name).collect();
    let hours = hours.as_deref().map(WeeklyHours::parse).transpose();
    let readable = if classes.is_some() && hours.is_ok() { Readable::Yes } else { Readable::No };
    let permit = Permit {
        zone: ZoneId(*zone),
        classes: classes.unwrap_or_default(),
        max_height_mm: features.max_height_mm.map(within_limit),
        max_length_mm: Some(*length_mm),
        charging: features.charging,
        accessible: features.accessible,
        hours: hours.unwrap_or_default(),
    };
    (permit, readable)
}

fn known_of(place: &BayPlace) -> Known {
    Known {
        state: state_of(&place.state),
        observed_at: place.observed_at.map(Timestamp::from_ms),
        version: place.version,
    }
}

/// From an instant on, for ever.
fn from_on(at: i64) -> Interval {
    let (from, end) = (Timestamp::from_ms(at), Timestamp::from_ms(i64::MAX));
    Interval::new(from, end).expect("nothing is later than the last instant")
}

/// Until when the bay stays as it is. `coming` are its versions that begin later, oldest first.
fn known_to(place: &BayPlace, coming: &[BayVersionFacts]) -> Option<i64> {
    coming.iter().fold(place.valid_to_at, |end, next| {
        let goes_on = end == Some(next.valid_from_at) && says_the_same(place, next);
        if goes_on { next.valid_to_at } else { end }
    })
}

fn says_the_same(place: &BayPlace, next: &BayVersionFacts) -> bool {
    place.zone_id == next.zone_id
        && (place.lon, place.lat, place.length_m) == (next.lon, next.lat, next.length_m)
        && place.vehicle_classes == next.vehicle_classes
        && place.permitted_hours == next.permitted_hours
        && place.features == next.features
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Bays of 人民路: number, place and block of each.
    pub(in crate::live) fn grid<'a>(
        state: State,
        version: i64,
        bays: impl IntoIterator<Item = (u32, Point, &'a str)>,
    ) -> BayGrid {
        let permit = Arc::new(Permit {
            zone: ZoneId(Uuid::from_u128(1)),
            classes: vec![],
            max_height_mm: None,
            max_length_mm: None,
            charging: false,
            accessible: false,
            hours: None,
        });
        BayGrid::build(bays.into_iter().map(|(number, at, block)| BayFacts {
            id: BayId(Uuid::from_u128(number.into())),
            code: BayCode::parse(&format!("B{number:05}")).unwrap(),
            at,
            block: Arc::new(Block {
                id: BlockId(Uuid::from_u128(block.bytes().map(u128::from).sum())),
                code: block.into(),
                street: "人民路".into(),
            }),
            permit: Arc::clone(&permit),
            closures: vec![],
            known: Known { state, observed_at: None, version },
        }))
    }

    fn place(valid_to_at: Option<i64>) -> BayPlace {
        BayPlace {
            bay_id: Uuid::from_u128(1),
            code: "620001".into(),
            version: 3,
            state: "free".into(),
            reason: "heard".into(),
            observed_at: Some(5),
            lon: 104.1389,
            lat: 36.5447,
            length_m: 6.0,
            vehicle_classes: Some("small,motorcycle".into()),
            permitted_hours: Some("08:00-20:00".into()),
            features: BayFeatures::default(),
            valid_to_at,
            zone_id: Uuid::from_u128(2),
            block_id: Uuid::from_u128(3),
            block: "RM-1".into(),
            street: "人民路".into(),
        }
    }

    fn version(valid_from_at: i64, valid_to_at: Option<i64>, length_m: f64) -> BayVersionFacts {
        let now = place(None);
        BayVersionFacts {
            bay_id: now.bay_id,
            valid_from_at,
            valid_to_at,
            zone_id: now.zone_id,
            block_id: now.block_id,
            lon: now.lon,
            lat: now.lat,
            heading_deg: 0.0,
            length_m,
            vehicle_classes: now.vehicle_classes,
            permitted_hours: now.permitted_hours,
            features: now.features,
        }
    }

    #[test]
    fn a_bay_is_known_as_long_as_its_versions_say_the_same_without_gap() {
        let same = |from, to| version(from, to, 6.0);
        for (ends, coming, expected) in [
            (None, vec![], None),
            (Some(20), vec![], Some(20)),
            (Some(20), vec![same(20, None)], None),
            (Some(20), vec![same(20, Some(30)), same(30, Some(40))], Some(40)),
            (Some(20), vec![same(21, None)], Some(20)),
            (Some(20), vec![version(20, None, 5.0)], Some(20)),
        ] {
            assert_eq!(known_to(&place(ends), &coming), expected, "{coming:?}");
        }
    }

    #[test]
    fn what_the_register_says_of_a_bay_is_what_the_search_knows() {
        let closure =
            ClosureRow { bay_id: Uuid::from_u128(1), from_at: 7, to_at: 9, reason: "works".into() };
        let now = Timestamp::from_ms(6);
        let mut reader = Reader::new(now, vec![version(30, None, 5.0)], vec![closure]);
        let bay = reader.bay_of(place(Some(20))).unwrap();
        assert_eq!(bay.permit.classes, [VehicleClass::Small, VehicleClass::Motorcycle]);
        // Nothing is said of the length: it is that of the bay.
        assert_eq!((bay.permit.max_height_mm, bay.permit.max_length_mm), (None, Some(6000)));
        let closed: Vec<i64> = bay.closures.iter().map(|c| c.start_at().ms()).collect();
        assert_eq!(closed, [7, 20]);
        assert_eq!(reader.next_at, Some(Timestamp::from_ms(20)));
        assert_eq!(bay.known.state, State::Free);
    }

    #[test]
    fn nobody_is_sent_where_the_sign_cannot_be_read() {
        let mut reader = Reader::new(Timestamp::from_ms(6), vec![], vec![]);
        let strange = BayPlace { permitted_hours: Some("by moonlight".into()), ..place(None) };
        let bay = reader.bay_of(strange).unwrap();
        assert_eq!(bay.closures, [from_on(6)]);
        let nowhere = BayPlace { lat: 91.0, ..place(None) };
        assert_eq!(reader.bay_of(nowhere), Err("620001".to_owned()));
    }
}
