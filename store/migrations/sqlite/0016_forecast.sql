-- What the forecast has learned: 'rules' over all blocks, 'block/<code>' of one. Content as wayfinding writes it.
create table forecast_state (
    part text not null,
    content blob not null,
    learned_at integer not null,
    constraint forecast_state_pk primary key (part)
);
