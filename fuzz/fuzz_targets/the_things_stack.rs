#![no_main]

const TOPICS: [&str; 11] = [
    "v3/app1@tenant/devices/dev1/up",
    "v3/app1@tenant/devices/dev1/join",
    "v3/app1@tenant/devices/dev1/down/ack",
    "v3/app1@tenant/devices/dev1/down/nack",
    "v3/app1@tenant/devices/dev1/down/sent",
    "v3/app1@tenant/devices/dev1/down/queued",
    "v3/app1@tenant/devices/dev1/down/failed",
    "v3/app1@tenant/devices/dev1/down/push",
    "v3/app1@tenant/devices/dev1/down/replace",
    "v3/app1@tenant/devices/dev1/location/solved",
    "v3/app1@tenant/devices/dev1/service/data",
];

bowei_fuzz::message_target!(TOPICS, "milesight-vs34x");
