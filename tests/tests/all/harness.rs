//! What the tests stand on: private servers, a store on either database, the service in this
//! process or as a program, and those who talk to it: a sensor's radio, a driver's phone.

pub(crate) mod ahead;
pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod driver;
pub(crate) mod guided;
pub(crate) mod mosquitto;
pub(crate) mod osm;
pub(crate) mod postgres;
pub(crate) mod programs;
pub(crate) mod radio;
pub(crate) mod raw;
pub(crate) mod reconciled;
pub(crate) mod roads;
pub(crate) mod running;
pub(crate) mod sandbox;
pub(crate) mod seed;
pub(crate) mod served;
pub(crate) mod stream;
pub(crate) mod town;
pub(crate) mod town_clock;
pub(crate) mod wait;
