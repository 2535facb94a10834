-- Ingest at the limit: what a batch of readings touches is small, and does not grow with what is stored.
-- Which numbers of a device were stored is kept with the bay (`fold`), not in a unique index over all
-- readings; the readings of a bay are chained backwards (`prev_seq`), not indexed. ADR 0008 has the figures.

-- What changes with every reading, apart from what hardly ever does, and under a short key.
drop index bay_silent;
alter table bay add column bay_no bigint not null default 0;
update bay set bay_no = numbered.bay_no from (
    select bay_id, row_number() over (order by bay_id) as bay_no from bay
) as numbered where numbered.bay_id = bay.bay_id;
create unique index bay_no_once on bay (bay_no);
-- Since when the bay exists, which devices watch it and when it was closed: sensing::Setup.
alter table bay add column setup_json text;
create table bay_live (
    bay_no bigint not null,
    version bigint not null,
    -- Raised with every change of bay.setup_json.
    setup_version bigint not null,
    state text not null,
    reason text not null,
    observed_at bigint,
    changed_at bigint,
    silent_at bigint,
    -- The newest reading of the bay, and when the newest checkpoint was made.
    last_seq bigint,
    checkpoint_at bigint,
    -- What the conditions of the bay's devices were when they were last told.
    conditions text not null,
    -- What is known after the readings so far (sensing::Fold), and the health of the bay's devices.
    fold bytea,
    health bytea,
    constraint bay_live_pk primary key (bay_no)
);
insert into bay_live (bay_no, version, setup_version, state, reason, observed_at, changed_at, silent_at, last_seq, conditions)
    select bay_no, version, 0, state, 'heard', observed_at, changed_at, silent_at,
        (select max(reading_seq) from reading where reading.bay_id = bay.bay_id), '' from bay;
alter table bay drop column version;
alter table bay drop column state;
alter table bay drop column observed_at;
alter table bay drop column changed_at;
alter table bay drop column silent_at;
alter table bay drop column fold_json;

alter table bay_change add column reason text not null default 'heard';

drop index reading_by_bay;
create index reading_pkey on reading (reading_seq);
-- Rows are written again and again in place.
alter table bay_live set (fillfactor = 50);
alter table reading add column prev_seq bigint;
alter table reading add column earliest_at bigint;
alter table reading add column payload_hash bytea;
update reading set payload_hash = k.payload_hash from reading_key as k where k.device_id = reading.device_id
    and k.epoch = reading.epoch and k.number = reading.number and k.part = reading.part;
drop table reading_key;
update reading set prev_seq = chained.prev_seq from (
    select reading_seq, lag(reading_seq) over (partition by bay_id order by reading_seq) as prev_seq from reading
) as chained where chained.reading_seq = reading.reading_seq;

-- The state of a bay's fold after every reading up to `reading_seq`: where a late reading starts from.
create table fold_checkpoint (
    bay_id uuid not null,
    reading_seq bigint not null,
    made_at bigint not null,
    fold_version bigint not null,
    policy_version bigint not null,
    fold bytea not null,
    constraint fold_checkpoint_pk primary key (bay_id, reading_seq),
    constraint fold_checkpoint_bay foreign key (bay_id) references bay (bay_id)
);

-- What networks say about devices beside their readings: joins, batteries, positions, downlinks.
create table device_notice (
    notice_seq bigint generated always as identity primary key,
    device_id uuid not null,
    noticed_at bigint not null,
    kind text not null,
    notice_json text not null,
    notice_hash bytea not null,
    constraint notice_once unique (device_id, notice_hash)
);
-- Append-only: when a device got into a condition (silent, stuck, low_battery, ...) and out of it.
create table device_event (
    event_seq bigint generated always as identity primary key,
    device_id uuid not null,
    bay_id uuid not null,
    condition text not null,
    turned text not null,
    at bigint not null,
    detail text not null
);
create index device_event_by_device on device_event (device_id, event_seq);

-- Revisions of stays that the hourly figures have not followed yet; taken and deleted in one transaction.
create table usage_due (
    stay_id uuid not null,
    revision bigint not null,
    constraint usage_due_pk primary key (stay_id, revision)
);
-- Use of a block by the hour (UTC). Stays count in the hour they arrive or leave.
create table usage_hour (
    block_id uuid not null,
    hour_at bigint not null,
    arrivals bigint not null,
    departures bigint not null,
    occupied_ms bigint not null,
    doubtful_ms bigint not null,
    constraint usage_hour_pk primary key (block_id, hour_at),
    constraint usage_hour_block foreign key (block_id) references block (block_id)
);
