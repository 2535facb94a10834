-- The roads that ways are found on, and the places with names that came with them.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

-- Prepared roads; the newest are in force. Gateways keep them in memory and read them here: one database, one map.
create table road_graph (
    road_graph_id uuid not null,
    made_at bigint not null,
    source text not null,
    counts_json text not null,
    content_bytes bigint not null,
    content_hash bytea not null,
    constraint road_graph_pk primary key (road_graph_id)
);
create index road_graph_newest on road_graph (made_at);

-- Their content in parts, so that no statement carries all of it.
create table road_graph_part (
    road_graph_id uuid not null,
    part bigint not null,
    content bytea not null,
    constraint road_graph_part_pk primary key (road_graph_id, part),
    constraint road_graph_part_graph foreign key (road_graph_id) references road_graph (road_graph_id)
);

-- Places that people look for by name, and car parks. Each import of a map replaces all of them.
create table named_place (
    place_key text not null,
    kind text not null,
    name text not null,
    name_zh text,
    name_en text,
    lon double precision not null,
    lat double precision not null,
    detail text not null,
    constraint named_place_pk primary key (place_key, kind)
);
