-- Channels: how a payment is asked for, what became of refunds, and cash: number ranges, shifts, receipts, deposits.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.

-- `method` is the provider's door: jsapi, native, h5, parking; or cash. `prepay_id` is its handle for the payer: a prepay id,
-- the text of a code, the address of a page, an entry. `scene_json` is what must be repeated in the same words.
alter table payment add column method text not null default 'jsapi';
alter table payment add column scene_json text;

-- `way` is channel, or hand for bank transfers and cash. `hand_reference` is the bank's or the slip's number.
alter table refund add column way text not null default 'channel';
alter table refund add column provider_refund_id text;
alter table refund add column asked_by text not null default 'system';
alter table refund add column changed_at integer not null default 0;
alter table refund add column failure text;
alter table refund add column hand_reference text;
alter table refund add column hand_by text;
update refund set changed_at = created_at;
create index refund_open on refund (created_at) where state in ('requested', 'processing');

-- Whoever writes: refunds of a payment never exceed it. What is closed or failed gives nothing back.
create trigger refund_added before insert on refund
when new.state not in ('closed', 'failed')
begin
    select raise(abort, 'refund_fits_payment: more than was paid')
        where new.amount_fen <= 0 or new.amount_fen
            + (select coalesce(sum(r.amount_fen), 0) from refund r
                where r.payment_id = new.payment_id and r.state not in ('closed', 'failed'))
            > (select p.amount_fen from payment p where p.payment_id = new.payment_id and p.state = 'succeeded');
    select raise(abort, 'refund_fits_payment: the payment did not succeed')
        where not exists (select 1 from payment p where p.payment_id = new.payment_id and p.state = 'succeeded');
end;
create trigger refund_changed before update on refund
when new.payment_id is not old.payment_id or new.amount_fen is not old.amount_fen
    or (old.state in ('closed', 'failed') and new.state not in ('closed', 'failed'))
begin
    select raise(abort, 'refund_fits_payment: what was asked for is not changed');
end;

-- Receipt numbers handed to a collector, both ends included.
create table cash_range (
    range_id blob not null,
    operator_id blob not null,
    collector_id blob not null,
    series text not null,
    first_number integer not null,
    last_number integer not null,
    handed_at integer not null,
    handed_by text not null,
    returned_at integer,
    constraint cash_range_pk primary key (range_id),
    constraint cash_range_once unique (operator_id, series, first_number),
    constraint cash_range_collector foreign key (collector_id) references staff (staff_id)
);
create index cash_range_by_collector on cash_range (collector_id);

-- A collector's shift: one bag, of one payee's money. Expected = float + taken - paid out.
create table cash_shift (
    shift_id blob not null,
    operator_id blob not null,
    payee_id blob not null,
    collector_id blob not null,
    state text not null,
    float_fen integer not null,
    taken_fen integer not null,
    paid_out_fen integer not null,
    counted_fen integer not null,
    float_from blob,
    opened_at integer not null,
    counted_at integer,
    handed_in_at integer,
    cashier_id blob,
    constraint cash_shift_pk primary key (shift_id),
    constraint cash_shift_collector foreign key (collector_id) references staff (staff_id),
    constraint cash_shift_payee foreign key (payee_id) references payee (payee_id)
);
create unique index cash_shift_one_open on cash_shift (collector_id) where state = 'open';
create index cash_shift_by_time on cash_shift (operator_id, opened_at);

-- Every receipt that was uploaded, with what was answered. `outcome` is paid, suspense, spoiled.
create table cash_receipt (
    operator_id blob not null,
    receipt_no text not null,
    shift_id blob not null,
    collector_id blob not null,
    content_hash blob not null,
    amount_fen integer not null,
    taken_at integer not null,
    uploaded_at integer not null,
    order_id blob,
    payment_id blob,
    outcome text not null,
    constraint cash_receipt_pk primary key (operator_id, receipt_no),
    constraint cash_receipt_shift foreign key (shift_id) references cash_shift (shift_id)
);
create index cash_receipt_by_shift on cash_receipt (shift_id, receipt_no);

-- Cash that a cashier brought to the bank, by the number of the bank's slip.
create table cash_deposit (
    deposit_id blob not null,
    operator_id blob not null,
    payee_id blob not null,
    cashier_id blob not null,
    amount_fen integer not null,
    bank_slip text not null,
    deposited_on text not null,
    made_at integer not null,
    made_by text not null,
    constraint cash_deposit_pk primary key (deposit_id),
    constraint cash_deposit_slip_once unique (operator_id, bank_slip)
);

-- Pay after parking: the entry that WeChat Pay was told of, and whether it serves the plate.
create table parking_entry (
    order_id blob not null,
    out_parking_no text not null,
    state text not null,
    parking_id text,
    block_reason text,
    told_at integer not null,
    constraint parking_entry_pk primary key (order_id),
    constraint parking_entry_no_once unique (out_parking_no),
    constraint parking_entry_order foreign key (order_id) references parking_order (order_id)
);
