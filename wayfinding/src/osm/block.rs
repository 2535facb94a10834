//! One unpacked block: nodes, ways and relations, read one at a time.
//!
//! Nothing of a block is kept; strings are looked up where they lie.

use super::reject::OsmReject;
use super::wire::{Message, Numbers, Value, signed};
use crate::spot::Spot;

/// A writer puts 8,000 elements into a block; this many different strings are in none of them.
const STRINGS_LIMIT: usize = 1_000_000;
const UNEVEN: OsmReject = OsmReject::Damaged("lists of different lengths");

/// Which elements are asked for, and which a block has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    pub(crate) nodes: bool,
    pub(crate) ways: bool,
    pub(crate) relations: bool,
}

/// A thing on the map.
#[derive(Debug)]
pub(crate) enum Element<'a> {
    /// `None`: a place that is not on earth.
    Node {
        id: i64,
        at: Option<Spot>,
        tags: Tags<'a>,
    },
    Way {
        id: i64,
        nodes: &'a [i64],
        tags: Tags<'a>,
    },
    Relation {
        members: &'a [Member<'a>],
        tags: Tags<'a>,
    },
}

/// A part of a relation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) role: &'a str,
    pub(crate) id: i64,
    /// 0 node, 1 way, 2 relation.
    pub(crate) kind: u64,
}

/// The tags of an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags<'a> {
    pairs: &'a [(u32, u32)],
    strings: &'a Strings<'a>,
}

#[derive(Debug)]
struct Strings<'a> {
    all: Vec<&'a [u8]>,
}

#[derive(Clone, Copy, Debug)]
struct Scale {
    granularity: i64,
    lat: i64,
    lon: i64,
}

impl<'a> Tags<'a> {
    /// The value of a key; none if it is not there or no text.
    pub(crate) fn get(self, key: &str) -> Option<&'a str> {
        self.pairs().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    pub(crate) fn is(self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    pub(crate) fn pairs(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let strings = self.strings;
        self.pairs
            .iter()
            .filter_map(move |(key, value)| strings.text(*key).zip(strings.text(*value)))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.pairs.is_empty()
    }
}

/// Tags that come from elsewhere than a block.
#[derive(Debug)]
pub(crate) struct TagList<'a> {
    strings: Strings<'a>,
    pairs: Vec<(u32, u32)>,
}

impl<'a> TagList<'a> {
    pub(crate) fn new(pairs: &[(&'a str, &'a str)]) -> TagList<'a> {
        let all = pairs.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]);
        let numbers = (0..).step_by(2).take(pairs.len());
        TagList {
            strings: Strings { all: all.collect() },
            pairs: numbers.map(|n: u32| (n, n + 1)).collect(),
        }
    }

    pub(crate) fn tags(&self) -> Tags<'_> {
        Tags { pairs: &self.pairs, strings: &self.strings }
    }
}

impl<'a> Strings<'a> {
    fn read(bytes: &'a [u8]) -> Result<Strings<'a>, OsmReject> {
        let (mut message, mut all) = (Message::new(bytes), Vec::new());
        while let Some((number, value)) = message.next()? {
            if let (1, Value::Bytes(text)) = (number, value) {
                if all.len() == STRINGS_LIMIT {
                    return Err(OsmReject::Damaged("a million strings in one block"));
                }
                all.push(text);
            }
        }
        Ok(Strings { all })
    }

    fn text(&self, number: u32) -> Option<&'a str> {
        let bytes = self.all.get(usize::try_from(number).ok()?)?;
        std::str::from_utf8(bytes).ok()
    }
}

impl Scale {
    /// Billionths of a degree to ten-millionths.
    fn spot(self, lat: i64, lon: i64) -> Option<Spot> {
        let unit = |offset: i64, step: i64| {
            Some(offset.checked_add(self.granularity.checked_mul(step)?)? / 100)
        };
        Spot::of_units(unit(self.lon, lon)?, unit(self.lat, lat)?)
    }
}

/// Reads the elements of a block that are asked for; says which it has.
pub(crate) fn read_block(
    bytes: &[u8],
    asked: Kinds,
    mut tell: impl FnMut(Element<'_>) -> Result<(), OsmReject>,
) -> Result<Kinds, OsmReject> {
    let mut message = Message::new(bytes);
    let (mut strings, mut groups) = (Strings { all: Vec::new() }, Vec::new());
    let mut scale = Scale { granularity: 100, lat: 0, lon: 0 };
    while let Some(field) = message.next()? {
        match field {
            (1, Value::Bytes(table)) => strings = Strings::read(table)?,
            (2, Value::Bytes(group)) => groups.push(group),
            (17, Value::Number(granularity)) => scale.granularity = granularity.cast_signed(),
            (19, Value::Number(offset)) => scale.lat = offset.cast_signed(),
            (20, Value::Number(offset)) => scale.lon = offset.cast_signed(),
            _ => {}
        }
    }
    let mut reader = Reader { strings: &strings, scale, has: Kinds::default() };
    for group in groups {
        reader.group(group, asked, &mut tell)?;
    }
    Ok(reader.has)
}

struct Reader<'a> {
    strings: &'a Strings<'a>,
    scale: Scale,
    has: Kinds,
}

impl<'a> Reader<'a> {
    fn group(
        &mut self,
        group: &'a [u8],
        asked: Kinds,
        tell: &mut impl FnMut(Element<'_>) -> Result<(), OsmReject>,
    ) -> Result<(), OsmReject> {
        let mut message = Message::new(group);
        while let Some((number, value)) = message.next()? {
            let Value::Bytes(bytes) = value else { continue };
            match number {
                1 | 2 => self.has.nodes = true,
                3 => self.has.ways = true,
                4 => self.has.relations = true,
                _ => {}
            }
            match number {
                1 if asked.nodes => self.node(bytes, tell)?,
                2 if asked.nodes => self.dense(bytes, tell)?,
                3 if asked.ways => self.way(bytes, tell)?,
                4 if asked.relations => self.relation(bytes, tell)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn node(
        &self,
        bytes: &'a [u8],
        tell: &mut impl FnMut(Element<'_>) -> Result<(), OsmReject>,
    ) -> Result<(), OsmReject> {
        let mut message = Message::new(bytes);
        let (mut id, mut lat, mut lon) = (0, 0, 0);
        let (mut keys, mut values) = (Numbers::default(), Numbers::default());
        while let Some(field) = message.next()? {
            match field {
                (1, Value::Number(n)) => id = signed(n),
                (2, Value::Bytes(b)) => keys = Numbers::new(b),
                (3, Value::Bytes(b)) => values = Numbers::new(b),
                (8, Value::Number(n)) => lat = signed(n),
                (9, Value::Number(n)) => lon = signed(n),
                _ => {}
            }
        }
        let pairs = pairs(keys, values)?;
        let tags = Tags { pairs: &pairs, strings: self.strings };
        tell(Element::Node { id, at: self.scale.spot(lat, lon), tags })
    }

    fn dense(
        &self,
        bytes: &'a [u8],
        tell: &mut impl FnMut(Element<'_>) -> Result<(), OsmReject>,
    ) -> Result<(), OsmReject> {
        let mut message = Message::new(bytes);
        let (mut ids, mut lats, mut lons) =
            (Numbers::default(), Numbers::default(), Numbers::default());
        let mut tags = Numbers::default();
        while let Some(field) = message.next()? {
            match field {
                (1, Value::Bytes(b)) => ids = Numbers::new(b),
                (8, Value::Bytes(b)) => lats = Numbers::new(b),
                (9, Value::Bytes(b)) => lons = Numbers::new(b),
                (10, Value::Bytes(b)) => tags = Numbers::new(b),
                _ => {}
            }
        }
        let (mut id, mut lat, mut lon) = (0_i64, 0_i64, 0_i64);
        let mut pairs = Vec::new();
        while let Some(step) = ids.next_step()? {
            let (Some(lat_step), Some(lon_step)) = (lats.next_step()?, lons.next_step()?) else {
                return Err(UNEVEN);
            };
            (id, lat, lon) =
                (id.wrapping_add(step), lat.wrapping_add(lat_step), lon.wrapping_add(lon_step));
            pairs.clear();
            // Key and value in turn, until a 0 ends those of this node.
            while let Some(key) = tags.next()?.filter(|key| *key != 0) {
                let value = tags.next()?.ok_or(UNEVEN)?;
                pairs.push((string_number(key), string_number(value)));
            }
            let tags = Tags { pairs: &pairs, strings: self.strings };
            tell(Element::Node { id, at: self.scale.spot(lat, lon), tags })?;
        }
        Ok(())
    }

    fn way(
        &self,
        bytes: &'a [u8],
        tell: &mut impl FnMut(Element<'_>) -> Result<(), OsmReject>,
    ) -> Result<(), OsmReject> {
        let mut message = Message::new(bytes);
        let (mut id, mut steps) = (0, Numbers::default());
        let (mut keys, mut values) = (Numbers::default(), Numbers::default());
        while let Some(field) = message.next()? {
            match field {
                (1, Value::Number(n)) => id = n.cast_signed(),
                (2, Value::Bytes(b)) => keys = Numbers::new(b),
                (3, Value::Bytes(b)) => values = Numbers::new(b),
                (8, Value::Bytes(b)) => steps = Numbers::new(b),
                _ => {}
            }
        }
        let pairs = pairs(keys, values)?;
        let (mut nodes, mut node) = (Vec::new(), 0_i64);
        while let Some(step) = steps.next_step()? {
            node = node.wrapping_add(step);
            nodes.push(node);
        }
        let tags = Tags { pairs: &pairs, strings: self.strings };
        tell(Element::Way { id, nodes: &nodes, tags })
    }

    fn relation(
        &self,
        bytes: &'a [u8],
        tell: &mut impl FnMut(Element<'_>) -> Result<(), OsmReject>,
    ) -> Result<(), OsmReject> {
        let mut message = Message::new(bytes);
        let (mut keys, mut values) = (Numbers::default(), Numbers::default());
        let (mut roles, mut ids, mut kinds) =
            (Numbers::default(), Numbers::default(), Numbers::default());
        while let Some(field) = message.next()? {
            match field {
                (2, Value::Bytes(b)) => keys = Numbers::new(b),
                (3, Value::Bytes(b)) => values = Numbers::new(b),
                (8, Value::Bytes(b)) => roles = Numbers::new(b),
                (9, Value::Bytes(b)) => ids = Numbers::new(b),
                (10, Value::Bytes(b)) => kinds = Numbers::new(b),
                _ => {}
            }
        }
        let pairs = pairs(keys, values)?;
        let tags = Tags { pairs: &pairs, strings: self.strings };
        // Only restrictions are read of relations; boundaries have thousands of members.
        if !tags.get("type").is_some_and(|kind| kind.starts_with("restriction")) {
            return Ok(());
        }
        let (mut members, mut id) = (Vec::new(), 0_i64);
        while let Some(step) = ids.next_step()? {
            let (Some(role), Some(kind)) = (roles.next()?, kinds.next()?) else {
                return Err(UNEVEN);
            };
            id = id.wrapping_add(step);
            let role = self.strings.text(string_number(role)).unwrap_or_default();
            members.push(Member { role, id, kind });
        }
        tell(Element::Relation { members: &members, tags })
    }
}

fn pairs(mut keys: Numbers<'_>, mut values: Numbers<'_>) -> Result<Vec<(u32, u32)>, OsmReject> {
    let mut pairs = Vec::new();
    while let Some(key) = keys.next()? {
        let value = values.next()?.ok_or(UNEVEN)?;
        pairs.push((string_number(key), string_number(value)));
    }
    Ok(pairs)
}

/// A number beyond every table is no string.
fn string_number(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
