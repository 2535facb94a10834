//! Where in the text a path such as `versions[0].windows[1].to` stands.
//!
//! The text is read a second time, and only when something is wrong with it. A path that names
//! what is missing is placed at the nearest thing around it that is there.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::{Place, Problem};

/// A YAML node, with nothing of its scalars but that they are there.
enum Node {
    Scalar,
    List(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

pub(crate) fn fill_in(yaml: &str, problems: &mut [Problem]) {
    let Ok(root) = serde_saphyr::from_str::<Spanned<Node>>(yaml) else { return };
    for problem in problems {
        problem.place = problem.place.or_else(|| place(&root, &problem.path));
    }
}

fn place(root: &Spanned<Node>, path: &str) -> Option<Place> {
    let mut at = root;
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        let step = step.trim_end_matches(']');
        let inner = match &at.value {
            Node::Scalar => None,
            Node::List(nodes) => step.parse::<usize>().ok().and_then(|i| nodes.get(i)),
            Node::Map(entries) => entries.iter().find(|(key, _)| key == step).map(|(_, node)| node),
        };
        let Some(inner) = inner else { break };
        at = inner;
    }
    let (line, column) = (at.referenced.line(), at.referenced.column());
    (line > 0).then_some(Place { line, column })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}
