//! Writes files as the format's page says, for tests.

/// A field of a message: number and value.
pub(super) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

pub(super) fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

pub(super) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(u8::try_from(value & 127).unwrap() | 128);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

pub(super) fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

pub(super) fn packed(values: impl IntoIterator<Item = u64>) -> Vec<u8> {
    values.into_iter().flat_map(varint).collect()
}

pub(super) fn steps(values: &[i64]) -> Vec<u8> {
    let before = std::iter::once(0).chain(values.iter().copied());
    packed(before.zip(values).map(|(before, value)| zigzag(value - before)))
}

/// Id, longitude, latitude and tags.
type Node = (i64, i64, i64, Vec<u64>);

/// One block with its table of strings.
#[derive(Default)]
pub(super) struct Block {
    strings: Vec<String>,
    nodes: Vec<Node>,
    rest: Vec<Vec<u8>>,
}

impl Block {
    pub(super) fn string(&mut self, text: &str) -> u64 {
        if self.strings.is_empty() {
            self.strings.push(String::new());
        }
        let known = self.strings.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            self.strings.push(text.to_owned());
            self.strings.len() - 1
        }) as u64
    }

    pub(super) fn pairs(&mut self, tags: &str) -> Vec<(u64, u64)> {
        let pairs = tags.split(' ').filter_map(|tag| tag.split_once('='));
        pairs
            .map(|(key, value)| {
                let value = value.replace('_', " ").replace('~', "_");
                (self.string(&key.replace('~', "_")), self.string(&value))
            })
            .collect()
    }

    /// A node at units of 1e-7 degrees.
    pub(super) fn node(&mut self, id: i64, lon: i64, lat: i64, tags: &str) {
        let tags = self.pairs(tags).into_iter().flat_map(|(key, value)| [key, value]).chain([0]);
        self.nodes.push((id, lon, lat, tags.collect()));
    }

    pub(super) fn tagged(&mut self, tags: &str) -> Vec<u8> {
        let pairs = self.pairs(tags);
        let keys = packed(pairs.iter().map(|(key, _)| *key));
        [field(2, &keys), field(3, &packed(pairs.iter().map(|(_, value)| *value)))].concat()
    }

    pub(super) fn way(&mut self, id: u64, nodes: &[i64], tags: &str) {
        let way = [number(1, id), self.tagged(tags), field(8, &steps(nodes))].concat();
        self.rest.push(field(3, &way));
    }

    pub(super) fn relation(&mut self, members: &[(&str, i64, u64)], tags: &str) {
        let roles = packed(members.iter().map(|(role, ..)| self.string(role)).collect::<Vec<_>>());
        let ids: Vec<i64> = members.iter().map(|(_, id, _)| *id).collect();
        let kinds = packed(members.iter().map(|(.., kind)| *kind));
        let tags = self.tagged(tags);
        let relation =
            [number(1, 1), tags, field(8, &roles), field(9, &steps(&ids)), field(10, &kinds)];
        self.rest.push(field(4, &relation.concat()));
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let table: Vec<u8> =
            self.strings.iter().flat_map(|text| field(1, text.as_bytes())).collect();
        let list = |of: fn(&Node) -> i64| self.nodes.iter().map(of).collect::<Vec<_>>();
        let tags = packed(self.nodes.iter().flat_map(|(.., tags)| tags.clone()));
        let dense = [
            field(1, &steps(&list(|node| node.0))),
            field(8, &steps(&list(|node| node.2))),
            field(9, &steps(&list(|node| node.1))),
            field(10, &tags),
        ];
        let dense = field(2, &dense.concat());
        [field(1, &table), field(2, &dense), field(2, &self.rest.concat())].concat()
    }
}

pub(super) fn frame(kind: &str, blob: &[u8]) -> Vec<u8> {
    let header = [field(1, kind.as_bytes()), number(3, blob.len() as u64)].concat();
    let length = u32::try_from(header.len()).unwrap().to_be_bytes();
    [length.to_vec(), header, blob.to_vec()].concat()
}

pub(super) fn file(block: &Block) -> Vec<u8> {
    let header = [field(4, b"OsmSchema-V0.6"), field(4, b"DenseNodes")].concat();
    [frame("OSMHeader", &field(1, &header)), frame("OSMData", &zipped(&block.bytes()))].concat()
}

pub(super) fn zipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    [number(2, bytes.len() as u64), field(3, &packer.finish().unwrap())].concat()
}
