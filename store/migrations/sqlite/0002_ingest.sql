-- Ingest at the limit: what a batch of readings touches is small, and does not grow with what is stored.
-- Which numbers of a device were stored is kept with the bay (`fold`), not in a unique index over all
-- readings; the readings of a bay are chained backwards (`prev_seq`), not indexed. ADR 0008 has the figures.

drop index bay_silent;
alter table bay add column reason text not null default 'never_heard';
-- What is known after the readings so far: sensing::Fold, binary, and the health of the bay's devices.
alter table bay add column fold blob;
alter table bay add column health blob;
-- The newest reading of the bay, and the day of the newest checkpoint.
alter table bay add column last_seq integer;
alter table bay add column checkpoint_at integer;
-- What the devices' conditions were when they were last told (sensing::Condition names by device).
alter table bay add column conditions text not null default '';
-- Since when the bay exists, which devices watch it and when it was closed: sensing::Setup.
alter table bay add column setup_json text;
alter table bay drop column fold_json;

alter table bay_change add column reason text not null default 'heard';

drop index reading_by_bay;
alter table reading add column prev_seq integer;
alter table reading add column earliest_at integer;
alter table reading add column payload_hash blob;
update reading set payload_hash = k.payload_hash from reading_key as k where k.device_id = reading.device_id
    and k.epoch = reading.epoch and k.number = reading.number and k.part = reading.part;
drop table reading_key;
update reading set prev_seq = chained.prev_seq from (
    select reading_seq, lag(reading_seq) over (partition by bay_id order by reading_seq) as prev_seq from reading
) as chained where chained.reading_seq = reading.reading_seq;
update bay set last_seq = newest.reading_seq from (
    select bay_id, max(reading_seq) as reading_seq from reading group by bay_id
) as newest where newest.bay_id = bay.bay_id;

-- The state of a bay's fold after every reading up to `reading_seq`: where a late reading starts from.
create table fold_checkpoint (
    bay_id blob not null,
    reading_seq integer not null,
    made_at integer not null,
    fold_version integer not null,
    policy_version integer not null,
    fold blob not null,
    constraint fold_checkpoint_pk primary key (bay_id, reading_seq),
    constraint fold_checkpoint_bay foreign key (bay_id) references bay (bay_id)
);

-- What networks say about devices beside their readings: joins, batteries, positions, downlinks.
create table device_notice (
    notice_seq integer primary key autoincrement,
    device_id blob not null,
    noticed_at integer not null,
    kind text not null,
    notice_json text not null,
    notice_hash blob not null,
    constraint notice_once unique (device_id, notice_hash)
);
-- Append-only: when a device got into a condition (silent, stuck, low_battery, ...) and out of it.
create table device_event (
    event_seq integer primary key autoincrement,
    device_id blob not null,
    bay_id blob not null,
    condition text not null,
    turned text not null,
    at integer not null,
    detail text not null
);
create index device_event_by_device on device_event (device_id, event_seq);

-- Revisions of stays that the hourly figures have not followed yet; taken and deleted in one transaction.
create table usage_due (
    stay_id blob not null,
    revision integer not null,
    constraint usage_due_pk primary key (stay_id, revision)
);
-- Use of a block by the hour (UTC). Stays count in the hour they arrive or leave.
create table usage_hour (
    block_id blob not null,
    hour_at integer not null,
    arrivals integer not null,
    departures integer not null,
    occupied_ms integer not null,
    doubtful_ms integer not null,
    constraint usage_hour_pk primary key (block_id, hour_at),
    constraint usage_hour_block foreign key (block_id) references block (block_id)
);
