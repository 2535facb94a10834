-- Vehicles that a driver keeps, so that plates need not be typed again on each device.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.
create table saved_vehicle (
    vehicle_id uuid not null,
    account_id uuid not null,
    plate text not null,
    -- As seen on the plate; by its form if nothing is said.
    plate_colour text,
    name text,
    -- Comes first in the list; without one the oldest does.
    is_usual boolean not null,
    made_at bigint not null,
    changed_at bigint not null,
    constraint saved_vehicle_pk primary key (vehicle_id),
    constraint saved_vehicle_plate_once unique (account_id, plate)
);
create unique index saved_vehicle_one_usual on saved_vehicle (account_id) where is_usual;
create index saved_vehicle_by_change on saved_vehicle (changed_at);

-- For who looks back at what they paid, also for others.
create index payment_by_payer on payment (payer) where payer is not null;
