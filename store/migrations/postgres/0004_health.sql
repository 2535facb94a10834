-- Bays turn by themselves, every gateway hears of changes of the register, and what is old is found by its age.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

-- When a bay is to be looked at again although nothing more is heard of it: not only when it falls silent.
alter table bay_live rename column silent_at to again_at;
update bay_live set again_at = 0;

-- A row for each transaction that changed bays, devices or accounts; only that there is a new one counts.
create table register_change (
    change_seq bigint generated always as identity primary key
);

create index idempotency_by_time on idempotency (created_at);
create index notice_by_time on device_notice (noticed_at);
