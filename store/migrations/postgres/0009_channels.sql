-- Channels: how a payment is asked for, what became of refunds, and cash: number ranges, shifts, receipts, deposits.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

-- `method` is the provider's door: jsapi, native, h5, parking; or cash. `prepay_id` is its handle for the payer: a prepay id,
-- the text of a code, the address of a page, an entry. `scene_json` is what must be repeated in the same words.
alter table payment add column method text not null default 'jsapi';
alter table payment add column scene_json text;

-- `way` is channel, or hand for bank transfers and cash. `hand_reference` is the bank's or the slip's number.
alter table refund add column way text not null default 'channel';
alter table refund add column provider_refund_id text;
alter table refund add column asked_by text not null default 'system';
alter table refund add column changed_at bigint not null default 0;
alter table refund add column failure text;
alter table refund add column hand_reference text;
alter table refund add column hand_by text;
update refund set changed_at = created_at;
create index refund_open on refund (created_at) where state in ('requested', 'processing');

-- Whoever writes: refunds of a payment never exceed it. What is closed or failed gives nothing back. The payment's row is
-- locked first, so that two transactions cannot both believe in what is left.
create function bowei_refund_fits() returns trigger language plpgsql as $$
declare
    paid bigint;
    taken bigint;
begin
    if tg_op = 'UPDATE' then
        if new.payment_id is distinct from old.payment_id or new.amount_fen is distinct from old.amount_fen
            or (old.state in ('closed', 'failed') and new.state not in ('closed', 'failed')) then
            raise exception 'refund_fits_payment: what was asked for is not changed' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if new.state in ('closed', 'failed') then
        return new;
    end if;
    select p.amount_fen into paid from payment p where p.payment_id = new.payment_id and p.state = 'succeeded' for update;
    if paid is null then
        raise exception 'refund_fits_payment: the payment did not succeed' using errcode = 'check_violation';
    end if;
    select coalesce(sum(r.amount_fen), 0) into taken from refund r
        where r.payment_id = new.payment_id and r.state not in ('closed', 'failed');
    if new.amount_fen <= 0 or taken + new.amount_fen > paid then
        raise exception 'refund_fits_payment: more than was paid' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger refund_fits before insert or update on refund for each row execute function bowei_refund_fits();

-- Receipt numbers handed to a collector, both ends included.
create table cash_range (
    range_id uuid not null,
    operator_id uuid not null,
    collector_id uuid not null,
    series text not null,
    first_number bigint not null,
    last_number bigint not null,
    handed_at bigint not null,
    handed_by text not null,
    returned_at bigint,
    constraint cash_range_pk primary key (range_id),
    constraint cash_range_once unique (operator_id, series, first_number),
    constraint cash_range_collector foreign key (collector_id) references staff (staff_id)
);
create index cash_range_by_collector on cash_range (collector_id);

-- A collector's shift: one bag, of one payee's money. Expected = float + taken - paid out.
create table cash_shift (
    shift_id uuid not null,
    operator_id uuid not null,
    payee_id uuid not null,
    collector_id uuid not null,
    state text not null,
    float_fen bigint not null,
    taken_fen bigint not null,
    paid_out_fen bigint not null,
    counted_fen bigint not null,
    float_from uuid,
    opened_at bigint not null,
    counted_at bigint,
    handed_in_at bigint,
    cashier_id uuid,
    constraint cash_shift_pk primary key (shift_id),
    constraint cash_shift_collector foreign key (collector_id) references staff (staff_id),
    constraint cash_shift_payee foreign key (payee_id) references payee (payee_id)
);
create unique index cash_shift_one_open on cash_shift (collector_id) where state = 'open';
create index cash_shift_by_time on cash_shift (operator_id, opened_at);

-- Every receipt that was uploaded, with what was answered. `outcome` is paid, suspense, spoiled.
create table cash_receipt (
    operator_id uuid not null,
    receipt_no text not null,
    shift_id uuid not null,
    collector_id uuid not null,
    content_hash bytea not null,
    amount_fen bigint not null,
    taken_at bigint not null,
    uploaded_at bigint not null,
    order_id uuid,
    payment_id uuid,
    outcome text not null,
    constraint cash_receipt_pk primary key (operator_id, receipt_no),
    constraint cash_receipt_shift foreign key (shift_id) references cash_shift (shift_id)
);
create index cash_receipt_by_shift on cash_receipt (shift_id, receipt_no);

-- Cash that a cashier brought to the bank, by the number of the bank's slip.
create table cash_deposit (
    deposit_id uuid not null,
    operator_id uuid not null,
    payee_id uuid not null,
    cashier_id uuid not null,
    amount_fen bigint not null,
    bank_slip text not null,
    deposited_on text not null,
    made_at bigint not null,
    made_by text not null,
    constraint cash_deposit_pk primary key (deposit_id),
    constraint cash_deposit_slip_once unique (operator_id, bank_slip)
);

-- Pay after parking: the entry that WeChat Pay was told of, and whether it serves the plate.
create table parking_entry (
    order_id uuid not null,
    out_parking_no text not null,
    state text not null,
    parking_id text,
    block_reason text,
    told_at bigint not null,
    constraint parking_entry_pk primary key (order_id),
    constraint parking_entry_no_once unique (out_parking_no),
    constraint parking_entry_order foreign key (order_id) references parking_order (order_id)
);
