//! Getting sensors onto the street: installations and their test, bays from a date on, imports, and
//! who may speak to the broker.

mod broker;
mod distances;
mod emqx;
mod imports;
mod installations;
mod mosquitto;
mod street;
