-- Provisioning: which device sat in which bay from when to when, who may speak to the broker as whom.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

-- A device may lie in stock: then it has no bay, and `installed_at` says since when it lies there.
alter table device alter column bay_id drop not null;
alter table device add column mac_key bytea;

-- A device in a bay from `installed_at` on; it counts from `in_service_at` (the passed test) to `removed_at`.
create table installation (
    installation_id uuid not null,
    device_id uuid not null,
    bay_id uuid not null,
    installed_at bigint not null,
    in_service_at bigint,
    removed_at bigint,
    installed_by uuid,
    lon double precision,
    lat double precision,
    firmware text,
    note text,
    drive_on_at bigint,
    drive_off_at bigint,
    removal_note text,
    constraint installation_pk primary key (installation_id),
    constraint installation_device foreign key (device_id) references device (device_id),
    constraint installation_bay foreign key (bay_id) references bay (bay_id)
);
create unique index installation_one_current on installation (device_id) where removed_at is null;
create index installation_by_device on installation (device_id, installed_at);
create index installation_by_bay on installation (bay_id);
create table installation_photo (
    installation_id uuid not null,
    media_type text not null,
    content_hash bytea not null,
    content bytea not null,
    stored_at bigint not null,
    constraint installation_photo_pk primary key (installation_id),
    constraint installation_photo_installation foreign key (installation_id) references installation (installation_id)
);
-- Devices that were there before: in service without a test, since their bay or they themselves exist,
-- so that no stay that is stored already loses its sensor.
insert into installation (installation_id, device_id, bay_id, installed_at, in_service_at, firmware)
    select d.device_id, d.device_id, d.bay_id, d.since_at, d.since_at, d.firmware from (
        select device_id, bay_id, firmware, least(installed_at, coalesce(
            (select min(v.valid_from_at) from bay_version v where v.bay_id = device.bay_id), installed_at)) as since_at
        from device where removed_at is null) d;

-- Who may sign in to the broker; the hash is in Mosquitto's form ($7$, PBKDF2 with SHA-512).
create table credential (
    credential_id uuid not null,
    username text not null,
    kind text not null,
    device_id uuid,
    operator_id uuid,
    password_hash text not null,
    created_at bigint not null,
    revoked_at bigint,
    constraint credential_pk primary key (credential_id),
    constraint credential_username_once unique (username),
    constraint credential_device foreign key (device_id) references device (device_id),
    constraint credential_operator foreign key (operator_id) references operator (operator_id)
);
create index credential_by_device on credential (device_id);
