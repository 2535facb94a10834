-- The ledger as a chain of each payee's entries that the database itself keeps whole; reconciliation.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.
-- Days (`_on`, YYYY-MM-DD) and months (YYYY-MM) of the books are text, in +08:00.

-- Entries: whose books, what fact, which day, and the place in the payee's chain. `chain_number` and the hashes are
-- empty in rows from before this migration until `migrate` has put them into the chain, in the order they were made.
-- SQLite adds no constraint to a table, so both tables are made anew.
create table entry_anew (
    entry_id blob not null,
    entry_key text not null,
    operator_id blob not null,
    order_id blob,
    made_at integer not null,
    reverses blob,
    payee_id blob not null,
    fact text not null,
    zone_id blob,
    regime text not null,
    rate_bp integer,
    target_key text,
    fact_on text not null,
    booked_on text not null,
    particulars_json text not null,
    chain_number integer,
    previous_hash blob,
    chain_hash blob,
    constraint entry_pk primary key (entry_id),
    constraint entry_key_once unique (entry_key),
    constraint entry_reversed_once unique (reverses),
    constraint entry_chain_once unique (payee_id, chain_number)
);
-- What was known of an old row stands in its order; one without an order belongs to its operator's first payee.
insert into entry_anew (entry_id, entry_key, operator_id, order_id, made_at, reverses, payee_id, regime, fact, fact_on,
    booked_on, particulars_json)
    select entry_id, entry_key, operator_id, order_id, made_at, reverses,
        coalesce(
            (select o.payee_id from parking_order o where o.order_id = entry.order_id),
            (select p.payee_id from payee p where p.operator_id = entry.operator_id order by p.valid_from_at, p.payee_id limit 1),
            operator_id),
        coalesce((select o.regime from parking_order o where o.order_id = entry.order_id), 'vat'),
        case
            when entry_key like 'reversal:%' then 'reversal'
            when entry_key like 'pay:%' and exists (select 1 from posting p
                where p.entry_id = entry.entry_id and p.account = 'suspense') then 'suspense'
            when entry_key like 'pay:%' then 'payment'
            else 'fee' end,
        date((made_at + 28800000) / 1000, 'unixepoch'),
        date((made_at + 28800000) / 1000, 'unixepoch'),
        '{}'
    from entry;
create table posting_anew (
    entry_id blob not null,
    line integer not null,
    account text not null,
    amount_fen integer not null,
    constraint posting_pk primary key (entry_id, line),
    constraint posting_entry foreign key (entry_id) references entry_anew (entry_id) deferrable initially deferred
);
-- There was one channel; its clearing account has its name from now on.
insert into posting_anew (entry_id, line, account, amount_fen)
    select entry_id, line, case when account = 'channel_clearing' then 'channel_clearing:wechat' else account end, amount_fen
    from posting;
drop table posting;
drop table entry;
alter table entry_anew rename to entry;
alter table posting_anew rename to posting;
create index entry_by_order on entry (order_id);
create index entry_unchained on entry (payee_id) where chain_hash is null;
create index entry_by_day on entry (payee_id, booked_on);
create index entry_in_suspense on entry (fact_on) where fact = 'suspense';

-- The end of each payee's chain: whoever books locks it first. No entry is posted in a month up to `closed_month`.
create table ledger_chain (
    payee_id blob not null,
    last_number integer not null,
    last_hash blob not null,
    closed_month text,
    constraint ledger_chain_pk primary key (payee_id)
);

-- Balances by payee, account and day: what stands on an account at the end of a day is the sum up to that day.
drop table balance;
create table balance (
    payee_id blob not null,
    account text not null,
    booked_on text not null,
    debit_fen integer not null,
    credit_fen integer not null,
    constraint balance_pk primary key (payee_id, account, booked_on)
);
insert into balance (payee_id, account, booked_on, debit_fen, credit_fen)
    select e.payee_id, p.account, e.booked_on,
        sum(case when p.amount_fen > 0 then p.amount_fen else 0 end), sum(case when p.amount_fen < 0 then -p.amount_fen else 0 end)
    from posting p join entry e on e.entry_id = p.entry_id group by e.payee_id, p.account, e.booked_on;

-- Closing a month: one person proposes, another closes what is still the same (`digest`: trial balance and chain).
create table ledger_month (
    payee_id blob not null,
    month text not null,
    state text not null,
    digest blob not null,
    last_number integer not null,
    last_hash blob not null,
    proposed_by text not null,
    proposed_at integer not null,
    closed_by text,
    closed_at integer,
    constraint ledger_month_pk primary key (payee_id, month)
);

-- What the daily proof found: how far the chain went, its hash there, and the sums. Anchors against a chain that was cut.
create table ledger_proof (
    payee_id blob not null,
    proved_on text not null,
    last_number integer not null,
    last_hash blob not null,
    debit_fen integer not null,
    differences integer not null,
    proved_at integer not null,
    constraint ledger_proof_pk primary key (payee_id, proved_on)
);

create index payment_by_success on payment (succeeded_at) where succeeded_at is not null;
-- A channel's daily bill as it was read, and how each of its lines and of ours ended.
create table channel_bill (
    channel text not null,
    merchant text not null,
    bill_on text not null,
    content_hash blob not null,
    lines integer not null,
    paid_fen integer not null,
    refunded_fen integer not null,
    fee_millifen integer not null,
    reconciled_at integer not null,
    reconciled_by text not null,
    constraint channel_bill_pk primary key (channel, merchant, bill_on)
);
create table channel_bill_line (
    channel text not null,
    merchant text not null,
    bill_on text not null,
    line_key text not null,
    kind text not null,
    outcome text not null,
    transaction_id text,
    out_trade_no text not null,
    out_refund_no text,
    theirs_fen integer,
    settled_fen integer,
    ours_fen integer,
    fee_millifen integer not null,
    at integer not null,
    payee_id blob,
    constraint channel_bill_line_pk primary key (channel, merchant, bill_on, line_key)
);
create index channel_bill_line_open on channel_bill_line (outcome, bill_on) where outcome <> 'matched';

-- What the channel paid out, by the receipt of bank or treasury.
create table settlement (
    channel text not null,
    settlement_no text not null,
    payee_id blob not null,
    paid_on text not null,
    from_on text not null,
    to_on text not null,
    gross_fen integer not null,
    fee_fen integer not null,
    net_fen integer not null,
    received_in text not null,
    receipt text not null,
    outcome text not null,
    loaded_at integer not null,
    constraint settlement_pk primary key (channel, settlement_no)
);
create index settlement_by_payee on settlement (payee_id, from_on);

-- What is to become of money in suspense: proposed by one person, carried out when another says the same.
create table suspense_decision (
    transaction_id text not null,
    order_id blob,
    receipt text,
    reason text not null,
    proposed_by text not null,
    proposed_at integer not null,
    decided_by text,
    decided_at integer,
    constraint suspense_decision_pk primary key (transaction_id)
);

-- Append-only and balanced, whoever writes. SQLite checks what "insert or replace" would overwrite, too.
create trigger entry_changed before update on entry
when not (old.chain_hash is null and new.chain_hash is not null
    and new.entry_id is old.entry_id and new.entry_key is old.entry_key and new.operator_id is old.operator_id
    and new.order_id is old.order_id and new.made_at is old.made_at and new.reverses is old.reverses
    and new.payee_id is old.payee_id and new.fact is old.fact and new.zone_id is old.zone_id
    and new.regime is old.regime and new.rate_bp is old.rate_bp and new.target_key is old.target_key
    and new.fact_on is old.fact_on and new.booked_on is old.booked_on
    and new.particulars_json is old.particulars_json)
begin
    -- The one change that is allowed: an old entry gets its place in the chain, once.
    select raise(abort, 'entry_append_only: correct by another entry');
end;
create trigger entry_append_only before delete on entry
begin
    select raise(abort, 'entry_append_only: correct by another entry');
end;
create trigger posting_changed before update on posting
begin
    select raise(abort, 'posting_append_only: correct by another entry');
end;
create trigger posting_append_only before delete on posting
begin
    select raise(abort, 'posting_append_only: correct by another entry');
end;
-- Postings come first, the entry seals them: none can be added to it, and it is not taken unless they add up to
-- nothing. An entry follows the end of its payee's chain and lies in no closed month.
create trigger posting_added before insert on posting
when exists (select 1 from entry where entry_id = new.entry_id)
    or exists (select 1 from posting where entry_id = new.entry_id and line = new.line)
begin
    select raise(abort, 'posting_append_only: its entry is complete');
end;
create trigger entry_added before insert on entry
begin
    select raise(abort, 'entry_append_only: there is such an entry')
        where exists (select 1 from entry where entry_id = new.entry_id or entry_key = new.entry_key);
    select raise(abort, 'entry_balanced: its postings do not add up to nothing')
        from (select count(*) as lines, coalesce(sum(amount_fen), 0) as total from posting where entry_id = new.entry_id)
        where lines < 2 or total <> 0;
    select raise(abort, 'entry_chained: it does not follow the end of its chain')
        where not exists (select 1 from ledger_chain where payee_id = new.payee_id
            and new.chain_number = last_number + 1 and new.previous_hash = last_hash and new.chain_hash is not null);
    select raise(abort, 'entry_month_open: its month is closed')
        from ledger_chain where payee_id = new.payee_id and substr(new.booked_on, 1, 7) <= closed_month;
end;
create trigger entry_chained after insert on entry
begin
    update ledger_chain set last_number = new.chain_number, last_hash = new.chain_hash where payee_id = new.payee_id;
end;
