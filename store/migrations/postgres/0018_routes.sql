-- Streets that are closed or slow for a time.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

-- Where, as people say it: a street by name, the piece at a place, or the stretch between two places. What it means on the
-- map is found anew whenever the roads are. Never deleted: what held when stays knowable.
create table road_closure (
    road_closure_id uuid not null,
    street text,
    at_lon double precision,
    at_lat double precision,
    to_lon double precision,
    to_lat double precision,
    -- both, forward
    direction text not null,
    -- Of the usual pace; 0 is closed.
    pace_pct bigint not null,
    from_at bigint not null,
    until_at bigint,
    reason text not null,
    created_at bigint not null,
    -- When somebody ended it early.
    ended_at bigint,
    constraint road_closure_pk primary key (road_closure_id)
);
create index road_closure_from on road_closure (from_at);
