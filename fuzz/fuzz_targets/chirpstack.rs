#![no_main]

const TOPICS: [&str; 7] = [
    "application/a/device/0101010101010101/event/up",
    "application/a/device/0101010101010101/event/join",
    "application/a/device/0101010101010101/event/status",
    "application/a/device/0101010101010101/event/ack",
    "application/a/device/0101010101010101/event/txack",
    "application/a/device/0101010101010101/event/log",
    "application/a/device/0101010101010101/event/location",
];

bowei_fuzz::message_target!(TOPICS, "bosch-tps110");
