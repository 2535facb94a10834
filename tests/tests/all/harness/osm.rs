//! A map in OpenStreetMap's format, as small as it can be: one block, not packed, each node by itself
//! (<https://wiki.openstreetmap.org/wiki/PBF_Format>).

/// A map that grows.
#[derive(Debug, Default)]
pub(crate) struct OsmMap {
    strings: Vec<String>,
    nodes: Vec<u8>,
    ways: Vec<u8>,
}

type Tags<'a> = &'a [(&'a str, &'a str)];

impl OsmMap {
    /// A node at ten-millionths of a degree.
    pub(crate) fn node(&mut self, id: i64, (lon, lat): (i64, i64), tags: Tags<'_>) -> &mut OsmMap {
        let place = [number(1, zigzag(id)), number(8, zigzag(lat)), number(9, zigzag(lon))];
        let node = [place.concat(), self.tags(tags)].concat();
        self.nodes.extend(bytes(1, &node));
        self
    }

    /// A way over nodes.
    pub(crate) fn way(&mut self, id: u64, nodes: &[i64], tags: Tags<'_>) -> &mut OsmMap {
        let before = std::iter::once(&0).chain(nodes);
        let steps: Vec<u8> = nodes
            .iter()
            .zip(before)
            .flat_map(|(node, before)| varint(zigzag(node - before)))
            .collect();
        let way = [number(1, id), self.tags(tags), bytes(8, &steps)].concat();
        self.ways.extend(bytes(3, &way));
        self
    }

    /// The whole file.
    pub(crate) fn file(&self) -> Vec<u8> {
        // String 0 is none.
        let strings = std::iter::once("").chain(self.strings.iter().map(String::as_str));
        let table: Vec<u8> = strings.flat_map(|text| bytes(1, text.as_bytes())).collect();
        let block = [bytes(1, &table), bytes(2, &self.nodes), bytes(2, &self.ways)].concat();
        [frame("OSMHeader", &bytes(4, b"OsmSchema-V0.6")), frame("OSMData", &block)].concat()
    }

    fn tags(&mut self, tags: Tags<'_>) -> Vec<u8> {
        let mut numbers = |of: fn(&(&str, &str)) -> String| -> Vec<u8> {
            tags.iter()
                .flat_map(|tag| {
                    self.strings.push(of(tag));
                    varint(self.strings.len() as u64)
                })
                .collect()
        };
        let keys = numbers(|tag| tag.0.to_owned());
        [bytes(2, &keys), bytes(3, &numbers(|tag| tag.1.to_owned()))].concat()
    }
}

fn frame(kind: &str, content: &[u8]) -> Vec<u8> {
    let blob = bytes(1, content);
    let header = [bytes(1, kind.as_bytes()), number(3, blob.len() as u64)].concat();
    let length = u32::try_from(header.len()).expect("a header is short").to_be_bytes();
    [&length[..], &header, &blob].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 127 {
        out.push(u8::try_from(value & 127).expect("seven bits") | 128);
        value >>= 7;
    }
    out.push(u8::try_from(value).expect("seven bits"));
    out
}
