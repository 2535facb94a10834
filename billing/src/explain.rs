//! A bill for the one who doubts it: a table of its lines, and a picture of its days.
//!
//! Values in, text out; whole numbers only. `Picture` is the model that every drawing is made of:
//! the strip of characters for a terminal, the SVG, and what an app draws by itself from its JSON.
//! Nothing here prices anything: what is drawn was priced before.

mod capped;
mod columns;
mod grid;
mod picture;
mod rows;
mod strip;
mod svg;
mod words;

pub use columns::{Align, columns, width};
pub use picture::{Day, Picture, State, Stretch, Tick, WindowHours, picture};
pub use rows::{Row, rows, table};
pub use strip::strip;
pub use svg::svg;
