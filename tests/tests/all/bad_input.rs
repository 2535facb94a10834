//! What is wrong is refused by name; nothing is lost, nothing is counted twice.

mod from_clients;
mod from_devices;
mod from_the_provider;
