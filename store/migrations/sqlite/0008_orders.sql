-- Orders: what is waived, written off and on its way back; what changed when and why. Claims: whose word it was,
-- how sure, and what became of it. Captures made offline and their photos.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.

-- due = total - waived - written_off - (paid - refunding - refunded); below 0 it is a credit, refunded by itself.
-- `waived_increase_fen` is the part of `waived_fen` that stems from increases after payment.
-- `total_fen` is that of the bill `holding_revision`; `bill_revision` is the newest, which may wait for a decision.
alter table parking_order add column zone_id blob;
alter table parking_order add column waived_fen integer not null default 0;
alter table parking_order add column waived_increase_fen integer not null default 0;
alter table parking_order add column written_off_fen integer not null default 0;
alter table parking_order add column refunding_fen integer not null default 0;
alter table parking_order add column holding_revision integer not null default 0;
alter table parking_order add column ended_at integer;
alter table parking_order add column final_at integer;
alter table parking_order add column owing_at integer;
update parking_order set holding_revision = bill_revision;
update parking_order set final_at = coalesce(due_at, (select min(b.made_at) from bill b
    where b.order_id = parking_order.order_id)) where state <> 'open';
create index parking_order_due on parking_order (due_at) where state = 'due';

-- Everything that ever happened to an order, append-only: its money afterwards, who did it and why.
-- `detail_json` of a re-rating holds the stay before and after, so that it can be explained to the driver.
create table order_event (
    order_id blob not null,
    line integer not null,
    made_at integer not null,
    kind text not null,
    actor text not null,
    reason text not null,
    state text not null,
    amount_fen integer not null,
    total_fen integer not null,
    waived_fen integer not null,
    written_off_fen integer not null,
    paid_fen integer not null,
    refunding_fen integer not null,
    refunded_fen integer not null,
    bill_revision integer not null,
    detail_json text not null,
    constraint order_event_pk primary key (order_id, line),
    constraint order_event_order foreign key (order_id) references parking_order (order_id)
);

-- What of an order was given up, by whose authority: `kind` increase (policy), decision (a person) or write_off.
-- `decision` names the ledger's entry; what is taken back is reversed there and marked here.
create table waiver (
    waiver_id blob not null,
    order_id blob not null,
    kind text not null,
    decision text not null,
    bill_revision integer not null,
    gross_fen integer not null,
    reduction_fen integer not null,
    reason text not null,
    authority text not null,
    document_number text not null,
    actor text not null,
    approved_by text,
    made_at integer not null,
    reversed_at integer,
    constraint waiver_pk primary key (waiver_id),
    constraint waiver_decision_once unique (kind, decision),
    constraint waiver_order foreign key (order_id) references parking_order (order_id)
);
create index waiver_by_order on waiver (order_id);

-- A refund is stored with the change that makes it due (state requested) and handed to the channel by a job.
alter table refund add column order_id blob;
alter table refund add column reason text not null default '';
update refund set order_id = (select p.order_id from payment p where p.payment_id = refund.payment_id);
create index refund_by_order on refund (order_id);
create index refund_by_payment on refund (payment_id);

-- A link is what one claim says of one stay: `role` occupies or straddles (free), `reason` why the link was made.
alter table stay_link add column role text not null default 'occupies';
alter table stay_link add column confidence_pct integer;
alter table stay_link add column reason text not null default 'claimed';
-- Where the claim came from (camera, handheld), and what the plate's characters were recognised as.
alter table claim add column source text;
alter table claim add column plate_form text;
-- The vehicle of a visit as it is known now; what it was before stands in visit_vehicle.
alter table visit add column plate_colour text;
create table visit_vehicle (
    visit_id blob not null,
    version integer not null,
    plate text not null,
    plate_colour text,
    vehicle_class text not null,
    method text not null,
    actor text not null,
    reason text not null,
    made_at integer not null,
    constraint visit_vehicle_pk primary key (visit_id, version),
    constraint visit_vehicle_visit foreign key (visit_id) references visit (visit_id)
);

-- An inspector's capture, made offline: what the handheld said of its clocks, and what was answered, so that a
-- repeated upload gets the same answer. `offset_ms` is server time minus device time as measured.
create table capture (
    capture_id blob not null,
    staff_id blob not null,
    device_uuid text not null,
    device_seq integer not null,
    content_hash blob not null,
    wall_at integer not null,
    monotonic_ms integer not null,
    boot_id text not null,
    offset_ms integer,
    made_at integer not null,
    time_source text not null,
    bay_id blob,
    claim_id blob,
    order_id blob,
    outcome text not null,
    answer_json text not null,
    uploaded_at integer not null,
    constraint capture_pk primary key (capture_id),
    constraint capture_number_once unique (device_uuid, device_seq),
    constraint capture_claim foreign key (claim_id) references claim (claim_id)
);
create table capture_photo (
    capture_id blob not null,
    media_type text not null,
    content_hash blob not null,
    width_px integer not null,
    height_px integer not null,
    content blob not null,
    stored_at integer not null,
    constraint capture_photo_pk primary key (capture_id),
    constraint capture_photo_capture foreign key (capture_id) references capture (capture_id)
);
create index capture_photo_by_time on capture_photo (stored_at);
