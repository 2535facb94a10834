-- Prepaid balances with their moves, one payment over several orders, who saw a plate, days of a channel's bills that
-- are reconciled by themselves.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.

-- What an account has prepaid at a payee. Without an account: the person was deleted, and nothing is left on it.
create table prepaid_balance (
    balance_id blob not null,
    account_id blob,
    payee_id blob not null,
    operator_id blob not null,
    balance_fen integer not null,
    last_line integer not null,
    opened_at integer not null,
    constraint prepaid_balance_pk primary key (balance_id),
    constraint prepaid_balance_once unique (account_id, payee_id),
    constraint prepaid_balance_not_negative check (balance_fen >= 0),
    constraint prepaid_balance_payee foreign key (payee_id) references payee (payee_id)
);
-- Every change of a balance, append-only: top_up, used, returned (a refund of what was paid from it) or given_back (by the
-- channels that it came from). `reference` is the payment's, the refund's, or order and revision.
create table prepaid_move (
    balance_id blob not null,
    line integer not null,
    kind text not null,
    amount_fen integer not null,
    balance_fen integer not null,
    order_id blob not null,
    reference text not null,
    made_at integer not null,
    constraint prepaid_move_pk primary key (balance_id, line),
    constraint prepaid_move_once unique (kind, reference),
    constraint prepaid_move_balance foreign key (balance_id) references prepaid_balance (balance_id)
);
-- The subject of an order `top_up`.
create table prepaid_top_up (
    top_up_id blob not null,
    balance_id blob not null,
    amount_fen integer not null,
    asked_at integer not null,
    constraint prepaid_top_up_pk primary key (top_up_id),
    constraint prepaid_top_up_balance foreign key (balance_id) references prepaid_balance (balance_id)
);
create index prepaid_top_up_by_balance on prepaid_top_up (balance_id, asked_at);
create index parking_order_top_up_open on parking_order (opened_at) where subject_kind = 'top_up' and state = 'open';

-- A balance changes by a move only, whoever writes, and is never below 0.
create trigger prepaid_moved before insert on prepaid_move
begin
    select raise(abort, 'prepaid_adds_up: it does not follow the last move')
        where not exists (select 1 from prepaid_balance b where b.balance_id = new.balance_id
            and new.line = b.last_line + 1 and new.amount_fen <> 0 and new.balance_fen = b.balance_fen + new.amount_fen);
    select raise(abort, 'prepaid_balance_not_negative: more than there is') where new.balance_fen < 0;
end;
create trigger prepaid_move_kept after insert on prepaid_move
begin
    update prepaid_balance set balance_fen = new.balance_fen, last_line = new.line where balance_id = new.balance_id;
end;
create trigger prepaid_move_changed before update on prepaid_move
begin
    select raise(abort, 'prepaid_append_only: correct by another move');
end;
create trigger prepaid_move_append_only before delete on prepaid_move
begin
    select raise(abort, 'prepaid_append_only: correct by another move');
end;
create trigger prepaid_balance_begins before insert on prepaid_balance
when new.balance_fen <> 0 or new.last_line <> 0
begin
    select raise(abort, 'prepaid_adds_up: a balance begins with nothing');
end;
create trigger prepaid_balance_changed before update on prepaid_balance
when new.balance_fen <> old.balance_fen or new.last_line <> old.last_line
begin
    select raise(abort, 'prepaid_adds_up: a balance changes by a move')
        where not exists (select 1 from prepaid_move m where m.balance_id = new.balance_id
            and m.line = new.last_line and m.balance_fen = new.balance_fen);
end;

-- A top-up is no service: no invoice is of one, whoever writes.
create trigger invoice_not_of_top_up before insert on invoice_order
when exists (select 1 from parking_order o where o.order_id = new.order_id and o.subject_kind = 'top_up')
begin
    select raise(abort, 'invoice_not_of_top_up: it is invoiced when it is used');
end;

-- One payment at the channel over several orders. Each order has its part: a row of `payment` with an amount of its own, so
-- that it is booked, refunded and shown as any other. `transaction_id` of a part is the channel's, a dot, and its number.
create table joint_payment (
    joint_id blob not null,
    account_id blob,
    payee_id blob not null,
    channel text not null,
    method text not null,
    state text not null,
    amount_fen integer not null,
    payer text,
    scene_json text,
    out_trade_no text not null,
    prepay_id text,
    transaction_id text,
    created_at integer not null,
    expires_at integer not null,
    succeeded_at integer,
    constraint joint_payment_pk primary key (joint_id),
    constraint joint_payment_out_trade_no_once unique (out_trade_no),
    constraint joint_payment_transaction_once unique (transaction_id)
);
create index joint_payment_pending on joint_payment (created_at) where state in ('created', 'ready');
create index joint_payment_by_success on joint_payment (succeeded_at) where succeeded_at is not null;
create index joint_payment_by_account on joint_payment (account_id);
alter table payment add column joint_id blob;
create index payment_by_joint on payment (joint_id) where joint_id is not null;

-- Whoever writes: what succeeded as a whole is the sum of its parts, and no part stands outside.
create trigger joint_payment_adds_up before update on joint_payment
when new.state = 'succeeded' or new.amount_fen <> old.amount_fen
begin
    select raise(abort, 'joint_payment_adds_up: the parts are not the whole')
        where new.amount_fen <> old.amount_fen
            or new.amount_fen <> (select coalesce(sum(p.amount_fen), 0) from payment p where p.joint_id = new.joint_id);
end;
create trigger joint_payment_part before insert on payment
when new.joint_id is not null
begin
    select raise(abort, 'joint_payment_adds_up: the parts are more than the whole')
        where not exists (select 1 from joint_payment j where j.joint_id = new.joint_id and j.state = 'created'
            and new.amount_fen + (select coalesce(sum(p.amount_fen), 0) from payment p where p.joint_id = new.joint_id)
                <= j.amount_fen);
end;

-- Who saw the plate on the vehicle of a visit: an inspector, a sure camera, or staff who set it right. Without a stay it
-- holds for all of the visit. Only such a word makes a vehicle exempt by its looks.
create table plate_seen (
    seen_id blob not null,
    visit_id blob not null,
    stay_id blob,
    plate text not null,
    plate_colour text,
    method text not null,
    seen_at integer not null,
    constraint plate_seen_pk primary key (seen_id),
    constraint plate_seen_visit foreign key (visit_id) references visit (visit_id)
);
create index plate_seen_by_visit on plate_seen (visit_id);
-- What was decided by the older rule stays as it was decided.
insert into plate_seen (seen_id, visit_id, stay_id, plate, plate_colour, method, seen_at)
    select v.visit_id, v.visit_id, null, v.plate, 'white', 'before', v.opened_at from visit v
    join parking_order o on o.subject_kind = 'visit' and o.subject_id = v.visit_id where o.final_at is not null;

-- A day whose bill is to be reconciled, and how often that failed. `state` is waiting or done.
create table reconcile_day (
    channel text not null,
    merchant text not null,
    bill_on text not null,
    state text not null,
    tries integer not null,
    failure text,
    asked_at integer,
    done_at integer,
    constraint reconcile_day_pk primary key (channel, merchant, bill_on)
);
-- What was reconciled by hand before is done.
insert into reconcile_day (channel, merchant, bill_on, state, tries, failure, asked_at, done_at)
    select channel, merchant, bill_on, 'done', 0, null, reconciled_at, reconciled_at from channel_bill;
create index reconcile_day_waiting on reconcile_day (bill_on) where state = 'waiting';
create index channel_bill_line_by_day on channel_bill_line (bill_on, outcome);

-- Answers that showed codes of coupons are forgotten; a code is shown once.
update idempotency set answer_json = '{"coupons":[]}' where answer_json like '{"coupons":[{"coupon_id":"%","code":"%';

-- The payer's address is needed until an attempt ends.
update payment set scene_json = null where state not in ('created', 'ready');
