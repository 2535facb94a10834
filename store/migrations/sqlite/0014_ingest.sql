-- What a change of a bay writes is as little as it can be: nothing that grows with what is stored, no look-up
-- that the lock of the bay answers already. ADR 0018 has the figures.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.

-- Versions of a bay are unique because only who holds the bay's row publishes, and the row has the version. The index
-- that said so again was a page of its own for every change.
create table bay_change_next (
    change_seq integer primary key autoincrement,
    bay_id blob not null,
    version integer not null,
    state text not null,
    observed_at integer,
    published_at integer not null,
    source text not null,
    reason text not null default 'heard'
);
insert into bay_change_next (change_seq, bay_id, version, state, observed_at, published_at, source, reason)
    select change_seq, bay_id, version, state, observed_at, published_at, source, reason from bay_change order by change_seq;
drop table bay_change;
alter table bay_change_next rename to bay_change;

-- A revision is stored with its stay, by one function, in one transaction; `gateway verify` looks for one without.
create table stay_revision_next (
    stay_id blob not null,
    revision integer not null,
    state text not null,
    change text not null,
    span_json text not null,
    published_at integer not null,
    constraint stay_revision_pk primary key (stay_id, revision)
);
insert into stay_revision_next (stay_id, revision, state, change, span_json, published_at)
    select stay_id, revision, state, change, span_json, published_at from stay_revision order by rowid;
drop table stay_revision;
alter table stay_revision_next rename to stay_revision;

-- Commands of which nothing more is waited for are forgotten by their age.
create index device_command_settled on device_command (settled_at) where settled_at is not null;
