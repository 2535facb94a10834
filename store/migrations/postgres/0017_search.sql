-- What a driver chooses a bay by. No limit where there is no number; a sign's limit, in millimetres.
alter table bay_version add column max_height_mm bigint;
alter table bay_version add column max_length_mm bigint;
alter table bay_version add column charging boolean not null default false;
alter table bay_version add column accessible boolean not null default false;

-- Searches that found no free bay, by the block nearest to where the driver wanted to go and the hour (city time). Counts
-- only: nothing of who searched, nor where from.
create table unmet_demand (
    block_id uuid not null,
    hour_at bigint not null,
    searches bigint not null,
    constraint unmet_demand_pk primary key (block_id, hour_at),
    constraint unmet_demand_block foreign key (block_id) references block (block_id)
);
create index unmet_demand_by_time on unmet_demand (hour_at);
