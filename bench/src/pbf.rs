//! Writes OpenStreetMap's binary format, as its page says (<https://wiki.openstreetmap.org/wiki/PBF_Format>): nodes packed
//! densely, ways, relations, 8,000 to a block, blocks packed with zlib. Knows no roads.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Result;
use flate2::Compression;
use flate2::write::ZlibEncoder;

/// How many elements writers put into a block.
const PER_BLOCK: usize = 8_000;

/// Tags as pairs.
pub(crate) type Tags = Vec<(&'static str, String)>;

/// A place: id, longitude and latitude in 1e-7 degrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) id: i64,
    pub(crate) lon: i64,
    pub(crate) lat: i64,
}

/// A line over nodes.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) id: i64,
    pub(crate) nodes: Vec<i64>,
    pub(crate) tags: Tags,
}

/// Members are: role, id, 0 for a node or 1 for a way.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) id: i64,
    pub(crate) members: Vec<(&'static str, i64, u64)>,
    pub(crate) tags: Tags,
}

/// Writes a whole file; each list in order of ids.
pub(crate) fn write(
    out: &mut impl Write,
    nodes: &[Node],
    ways: &[Way],
    relations: &[Relation],
) -> Result<()> {
    let features = [bytes(4, b"OsmSchema-V0.6"), bytes(4, b"DenseNodes")].concat();
    frame(out, "OSMHeader", &features)?;
    for chunk in nodes.chunks(PER_BLOCK) {
        let list = |of: fn(&Node) -> i64| steps(chunk.iter().map(of));
        let dense =
            [bytes(1, &list(|n| n.id)), bytes(8, &list(|n| n.lat)), bytes(9, &list(|n| n.lon))];
        block(out, &Strings::default(), &bytes(2, &dense.concat()))?;
    }
    for chunk in ways.chunks(PER_BLOCK) {
        let mut strings = Strings::default();
        let way = |way: &Way| {
            let lines = [number(1, way.id.cast_unsigned()), strings.tags(&way.tags)];
            bytes(3, &[lines.concat(), bytes(8, &steps(way.nodes.iter().copied()))].concat())
        };
        let group: Vec<u8> = chunk.iter().flat_map(way).collect();
        block(out, &strings, &group)?;
    }
    for chunk in relations.chunks(PER_BLOCK) {
        let mut strings = Strings::default();
        let group: Vec<u8> = chunk.iter().flat_map(|r| relation(r, &mut strings)).collect();
        block(out, &strings, &group)?;
    }
    Ok(())
}

fn relation(relation: &Relation, strings: &mut Strings) -> Vec<u8> {
    let members = &relation.members;
    let roles: Vec<u8> =
        members.iter().flat_map(|(role, ..)| varint(strings.number(role))).collect();
    let kinds: Vec<u8> = members.iter().flat_map(|(.., kind)| varint(*kind)).collect();
    let ids = steps(members.iter().map(|(_, id, _)| *id));
    let tags = strings.tags(&relation.tags);
    let fields = [
        number(1, relation.id.cast_unsigned()),
        tags,
        bytes(8, &roles),
        bytes(9, &ids),
        bytes(10, &kinds),
    ];
    bytes(4, &fields.concat())
}

/// The strings of a block; number 0 is none.
#[derive(Default)]
struct Strings {
    numbers: HashMap<String, u64>,
    all: Vec<String>,
}

impl Strings {
    fn number(&mut self, text: &str) -> u64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        self.all.push(text.to_owned());
        let number = self.all.len() as u64;
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn tags(&mut self, tags: &Tags) -> Vec<u8> {
        let keys: Vec<u8> = tags.iter().flat_map(|(key, _)| varint(self.number(key))).collect();
        let values: Vec<u8> =
            tags.iter().flat_map(|(_, value)| varint(self.number(value))).collect();
        [bytes(2, &keys), bytes(3, &values)].concat()
    }
}

fn block(out: &mut impl Write, strings: &Strings, group: &[u8]) -> Result<()> {
    let table: Vec<u8> = std::iter::once("")
        .chain(strings.all.iter().map(String::as_str))
        .flat_map(|text| bytes(1, text.as_bytes()))
        .collect();
    frame(out, "OSMData", &[bytes(1, &table), bytes(2, group)].concat())
}

fn frame(out: &mut impl Write, kind: &str, content: &[u8]) -> Result<()> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    packer.write_all(content)?;
    let blob = [number(2, content.len() as u64), bytes(3, &packer.finish()?)].concat();
    let header = [bytes(1, kind.as_bytes()), number(3, blob.len() as u64)].concat();
    out.write_all(&u32::try_from(header.len())?.to_be_bytes())?;
    out.write_all(&header)?;
    Ok(out.write_all(&blob)?)
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// Each as a step from the one before.
fn steps(values: impl Iterator<Item = i64>) -> Vec<u8> {
    let mut before = 0;
    let step = |value: i64| {
        let step = value - before;
        before = value;
        varint(((step << 1) ^ (step >> 63)).cast_unsigned())
    };
    values.flat_map(step).collect()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(2);
    while value > 127 {
        out.push(u8::try_from(value & 127).unwrap_or_default() | 128);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_format_says() {
        // From the encoding guide: 150 is 96 01; zigzag of -1 is 1, of 1 is 2.
        assert_eq!(number(1, 150), [0x08, 0x96, 0x01]);
        assert_eq!(steps([-1, 0].into_iter()), [1, 2]);
    }
}
