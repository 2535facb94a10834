//! Where to park and how to get there: the bays of a city with their live state, the best one for a driver, whether
//! it will still be free, its roads, and how to hand over to the driver's map.
//!
//! Values in, values out: states, instants and bytes are given by the caller; nothing here reads a clock or a file,
//! or decides what a sensor's message means. Coordinates are WGS-84.
#![forbid(unsafe_code)]

mod cell;
mod closure;
mod components;
mod datum;
mod drawing;
pub mod forecast;
mod geojson;
pub mod guidance;
mod hand_over;
mod hierarchy;
mod metric;
mod network;
pub mod osm;
pub mod places;
pub mod ranking;
mod road_class;
mod roads;
pub mod route;
pub mod search;
mod snap;
mod spot;
mod state;
mod street;
pub mod tiles;
mod turns;

#[cfg(test)]
mod test_roads;

pub use closure::{Stretch, StretchReject, Ways};
pub use datum::{Datum, Degrees, DegreesReject, OUTLINE};
pub use geojson::{RoadWrong, read_geojson_roads};
pub use hand_over::{HandOver, MapApp, hand_over};
pub use metric::{Conditions, Metric};
pub use network::{Network, Size};
pub use roads::{Navigator, Prepared, Roads, RoadsReject};
pub use spot::Spot;
pub use state::State;
pub use street::{
    Access, Counts, Name, NamedPlace, RoadClass, RuleKind, Street, Survey, Toward, TurnRule, Via,
};
