-- What devices are told, and the way to each over its network.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.

-- Where a LoRaWAN device's last uplink came from: written only when that changes.
create table device_route (
    device_id blob not null,
    route text not null,
    learned_at integer not null,
    constraint device_route_pk primary key (device_id),
    constraint device_route_device foreign key (device_id) references device (device_id)
);

-- A command and how far it is. `proof` is what would show that it arrived; `network_id` its name in the notices of
-- the network; `tried_at` when it may have gone out first, `boot_before` the boot id heard before that. Nothing more is
-- waited for from `settled_at` on.
create table device_command (
    command_id blob not null,
    device_id blob not null,
    command_json text not null,
    proof text not null,
    state text not null,
    network_id text,
    created_at integer not null,
    created_by text not null,
    expires_at integer not null,
    tried_at integer,
    boot_before text,
    sent_at integer,
    changed_at integer not null,
    settled_at integer,
    last_error text,
    constraint device_command_pk primary key (command_id),
    constraint device_command_device foreign key (device_id) references device (device_id)
);
create index device_command_by_device on device_command (device_id, command_id);
create index device_command_open on device_command (expires_at) where settled_at is null;

-- A distance below this one is a vehicle to the sensor that measures it.
alter table device add column occupied_below_mm integer;
