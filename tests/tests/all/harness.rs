//! What the tests stand on: private servers, a store on either database, rows to begin with.

pub(crate) mod database;
pub(crate) mod postgres;
pub(crate) mod running;
pub(crate) mod seed;
pub(crate) mod wait;
