//! Reading a file in up to three passes, so that a city out of a country's extract takes a city's memory.
//!
//! With a rectangle first: which nodes lie in it. Then: ways with one of them, and restrictions. Then: where the
//! nodes of those ways are, and places with names. What is held is counted; the limit is a refusal with figures,
//! before memory is gone.

use super::block::{Element, Kinds, Tags, read_block};
use super::frame::{FrameKind, unpack};
use super::places::{self, Title};
use super::reject::OsmReject;
use super::rules::{self, RawRule};
use super::wire::{Message, Value};
use super::{parking, tags};
use crate::spot::Spot;
use crate::street::{Counts, NamedPlace, Street};

/// What is held for a street beside its points, for a restriction, for a place: bytes, rounded up.
const STREET_BYTES: u64 = 160;
const RULE_BYTES: u64 = 160;
/// A node while it is looked for: id, place, and its number in a line.
const NODE_BYTES: u64 = 8 + 8 + 8;
/// What becomes of a street's point later, graph, hierarchy and all.
const BUILD_BYTES: u64 = 120;
/// Nodes of an area whose bounds give its middle.
const AREA_NODES: usize = 64;
/// What this reader can do, of what a file may need.
const FEATURES: [&[u8]; 2] = [b"OsmSchema-V0.6", b"DenseNodes"];

/// West, south, east, north; west of the date line `west` is greater than `east`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub south_west: Spot,
    pub north_east: Spot,
}

/// What to read, and how much may be held.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub bounds: Option<Bounds>,
    pub limit_bytes: u64,
}

/// What is looked for while the file goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    Inside,
    Streets,
    Nodes,
}

/// A file being read.
#[derive(Debug)]
pub struct OsmImport {
    settings: Settings,
    pass: Pass,
    /// What each frame has, as far as it was looked at.
    frames: Vec<Option<Kinds>>,
    unpacked: Vec<u8>,
    held: u64,
    begun: bool,
    inside: Vec<i64>,
    pub(super) found: Found,
    pub(super) wanted: Vec<i64>,
    pub(super) spots: Vec<Option<Spot>>,
    pub(super) barriers: Vec<u32>,
    pub(super) points: Vec<NamedPlace>,
}

/// What the second pass found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// A street and the ids of its nodes.
    pub(super) streets: Vec<(Street, Vec<i64>)>,
    pub(super) rules: Vec<RawRule>,
    /// An area and some of its nodes.
    pub(super) areas: Vec<(String, Title, Vec<i64>)>,
    /// A street with parking beside it: its number in `streets`.
    pub(super) roadside: Vec<(usize, String)>,
    pub(super) counts: Counts,
}

impl Bounds {
    fn hold(self, at: Spot) -> bool {
        let (west, east) = (self.south_west.lon, self.north_east.lon);
        let across = if west <= east {
            (west..=east).contains(&at.lon)
        } else {
            at.lon >= west || at.lon <= east
        };
        across && (self.south_west.lat..=self.north_east.lat).contains(&at.lat)
    }
}

impl OsmImport {
    #[must_use]
    pub fn new(settings: Settings) -> OsmImport {
        let pass = if settings.bounds.is_some() { Pass::Inside } else { Pass::Streets };
        OsmImport {
            settings,
            pass,
            frames: Vec::new(),
            unpacked: Vec::new(),
            held: 0,
            begun: false,
            inside: Vec::new(),
            found: Found::default(),
            wanted: Vec::new(),
            spots: Vec::new(),
            barriers: Vec::new(),
            points: Vec::new(),
        }
    }

    /// Which pass is on.
    #[must_use]
    pub fn pass(&self) -> Pass {
        self.pass
    }

    /// Whether a frame has to be brought in this pass; the others may be skipped.
    #[must_use]
    pub fn wants(&self, frame: usize) -> bool {
        let Some(Some(has)) = self.frames.get(frame) else { return true };
        let asked = self.asked();
        asked.nodes && has.nodes || asked.ways && has.ways || asked.relations && has.relations
    }

    fn asked(&self) -> Kinds {
        let streets = self.pass == Pass::Streets;
        Kinds { nodes: !streets, ways: streets, relations: streets }
    }

    /// Takes the block of a frame, in order of the file.
    ///
    /// # Errors
    /// What is wrong with it, or `TooLarge`.
    pub fn take(&mut self, frame: usize, kind: FrameKind, blob: &[u8]) -> Result<(), OsmReject> {
        if !self.begun {
            if kind != FrameKind::Header {
                return Err(OsmReject::NotPbf);
            }
            self.begun = true;
        }
        let mut unpacked = std::mem::take(&mut self.unpacked);
        let has = match kind {
            FrameKind::Other => Ok(Kinds::default()),
            FrameKind::Header => unpack(blob, &mut unpacked)
                .and_then(|()| check_features(&unpacked))
                .map(|()| Kinds::default()),
            FrameKind::Data => unpack(blob, &mut unpacked).and_then(|()| {
                let asked = self.asked();
                read_block(&unpacked, asked, |element| self.look_at(&element))
            }),
        };
        self.unpacked = unpacked;
        if self.frames.len() <= frame {
            self.frames.resize(frame + 1, None);
        }
        self.frames[frame] = Some(has?);
        Ok(())
    }

    fn look_at(&mut self, element: &Element<'_>) -> Result<(), OsmReject> {
        match (self.pass, element) {
            (Pass::Inside, Element::Node { id, at: Some(at), .. }) => {
                if self.settings.bounds.is_none_or(|bounds| bounds.hold(*at)) {
                    self.hold(8)?;
                    self.inside.push(*id);
                }
                Ok(())
            }
            (Pass::Streets, Element::Way { id, nodes, tags }) => self.way(*id, nodes, *tags),
            (Pass::Streets, Element::Relation { members, tags }) => {
                if let Some(rule) = rules::rule(*tags, members, &mut self.found.counts) {
                    self.hold(RULE_BYTES)?;
                    self.found.rules.push(rule);
                }
                Ok(())
            }
            (Pass::Nodes, Element::Node { id, at: Some(at), tags }) => self.node(*id, *at, *tags),
            _ => Ok(()),
        }
    }

    /// Counts what is held from now on.
    fn hold(&mut self, bytes: u64) -> Result<(), OsmReject> {
        self.held = self.held.saturating_add(bytes);
        let limit = self.settings.limit_bytes;
        if self.held > limit {
            return Err(OsmReject::TooLarge { needs: self.held, limit });
        }
        Ok(())
    }

    fn is_inside(&self, node: i64) -> bool {
        self.settings.bounds.is_none() || self.inside.binary_search(&node).is_ok()
    }

    fn way(&mut self, id: i64, nodes: &[i64], tags: Tags<'_>) -> Result<(), OsmReject> {
        if nodes.len() < 2 || tags.is_empty() || !nodes.iter().any(|node| self.is_inside(*node)) {
            return Ok(());
        }
        if let Some(street) = tags::street(id, tags, &mut self.found.counts) {
            let points = nodes.len() as u64;
            self.hold(STREET_BYTES + points * (NODE_BYTES + BUILD_BYTES))?;
            if let Some(detail) = parking::roadside(tags) {
                self.hold(detail.len() as u64 + 64)?;
                self.found.roadside.push((self.found.streets.len(), detail));
            }
            self.found.streets.push((street, nodes.to_vec()));
        } else if let Some(title) = places::title(tags) {
            let step = nodes.len().div_ceil(AREA_NODES);
            let some: Vec<i64> = nodes.iter().step_by(step).copied().collect();
            self.hold(title.weight() + some.len() as u64 * NODE_BYTES)?;
            self.found.areas.push((format!("w{id}"), title, some));
        }
        Ok(())
    }

    fn node(&mut self, id: i64, at: Spot, tags: Tags<'_>) -> Result<(), OsmReject> {
        if let Ok(place) = self.wanted.binary_search(&id) {
            self.spots[place] = Some(at);
            if !tags.is_empty() && tags::is_barrier(tags) {
                self.hold(4)?;
                self.barriers.push(u32::try_from(place).unwrap_or(u32::MAX));
            }
        }
        if tags.is_empty() || self.settings.bounds.is_some_and(|bounds| !bounds.hold(at)) {
            return Ok(());
        }
        if let Some(title) = places::title(tags) {
            self.hold(title.weight())?;
            self.points.push(title.at(format!("n{id}"), at));
        }
        Ok(())
    }

    /// Ends a pass; gives the next one, if the file has to go by again.
    ///
    /// # Errors
    /// `NotPbf` if there was nothing, `NothingInBox`, `NoRoads`, `TooLarge`.
    pub fn end_pass(&mut self) -> Result<Option<Pass>, OsmReject> {
        if !self.begun {
            return Err(OsmReject::NotPbf);
        }
        match self.pass {
            Pass::Inside => {
                if self.inside.is_empty() {
                    return Err(OsmReject::NothingInBox);
                }
                self.inside.sort_unstable();
                self.pass = Pass::Streets;
            }
            Pass::Streets => {
                if !self
                    .found
                    .streets
                    .iter()
                    .any(|(street, _)| !street.along.is_closed() || !street.against.is_closed())
                {
                    return Err(OsmReject::NoRoads);
                }
                self.inside = Vec::new();
                self.list_wanted();
                self.pass = Pass::Nodes;
            }
            Pass::Nodes => return Ok(None),
        }
        Ok(Some(self.pass))
    }

    /// The nodes whose places are needed, each once, in order. Counted already with their ways.
    fn list_wanted(&mut self) {
        let of_streets = self.found.streets.iter().flat_map(|(_, nodes)| nodes);
        let of_areas = self.found.areas.iter().flat_map(|(_, _, nodes)| nodes);
        let mut wanted: Vec<i64> = of_streets.chain(of_areas).copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.shrink_to_fit();
        self.spots = vec![None; wanted.len()];
        self.wanted = wanted;
    }
}

/// Refuses a file that says it needs more than is known here.
fn check_features(header: &[u8]) -> Result<(), OsmReject> {
    let mut message = Message::new(header);
    while let Some(field) = message.next()? {
        if let (4, Value::Bytes(feature)) = field
            && !FEATURES.contains(&feature)
        {
            let name: String = String::from_utf8_lossy(feature).chars().take(64).collect();
            return Err(OsmReject::Feature(name.escape_default().to_string()));
        }
    }
    Ok(())
}
