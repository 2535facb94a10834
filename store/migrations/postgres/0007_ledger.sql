-- The ledger as a chain of each payee's entries that the database itself keeps whole; reconciliation.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.
-- Days (`_on`, YYYY-MM-DD) and months (YYYY-MM) of the books are text, in +08:00.

-- Entries: whose books, what fact, which day, and the place in the payee's chain. `chain_number` and the hashes are
-- empty in rows from before this migration until `migrate` has put them into the chain, in the order they were made.
alter table entry
    add column payee_id uuid,
    add column fact text,
    add column zone_id uuid,
    add column regime text,
    add column rate_bp bigint,
    add column target_key text,
    add column fact_on text,
    add column booked_on text,
    add column particulars_json text,
    add column chain_number bigint,
    add column previous_hash bytea,
    add column chain_hash bytea;
-- What was known of an old row stands in its order; one without an order belongs to its operator's first payee.
update entry set
    payee_id = coalesce(
        (select o.payee_id from parking_order o where o.order_id = entry.order_id),
        (select p.payee_id from payee p where p.operator_id = entry.operator_id order by p.valid_from_at, p.payee_id limit 1),
        operator_id),
    regime = coalesce((select o.regime from parking_order o where o.order_id = entry.order_id), 'vat'),
    fact = case
        when entry_key like 'reversal:%' then 'reversal'
        when entry_key like 'pay:%' and exists (select 1 from posting p
            where p.entry_id = entry.entry_id and p.account = 'suspense') then 'suspense'
        when entry_key like 'pay:%' then 'payment'
        else 'fee' end,
    fact_on = to_char(to_timestamp((made_at + 28800000) / 1000) at time zone 'UTC', 'YYYY-MM-DD'),
    booked_on = to_char(to_timestamp((made_at + 28800000) / 1000) at time zone 'UTC', 'YYYY-MM-DD'),
    particulars_json = '{}';
alter table entry
    alter column payee_id set not null,
    alter column fact set not null,
    alter column regime set not null,
    alter column fact_on set not null,
    alter column booked_on set not null,
    alter column particulars_json set not null,
    add constraint entry_chain_once unique (payee_id, chain_number);
create index entry_unchained on entry (payee_id) where chain_hash is null;
create index entry_by_day on entry (payee_id, booked_on);
create index entry_in_suspense on entry (fact_on) where fact = 'suspense';
-- There was one channel; its clearing account has its name from now on.
update posting set account = 'channel_clearing:wechat' where account = 'channel_clearing';
alter table posting alter constraint posting_entry deferrable initially deferred;

-- The end of each payee's chain: whoever books locks it first. No entry is posted in a month up to `closed_month`.
create table ledger_chain (
    payee_id uuid not null,
    last_number bigint not null,
    last_hash bytea not null,
    closed_month text,
    constraint ledger_chain_pk primary key (payee_id)
);

-- Balances by payee, account and day: what stands on an account at the end of a day is the sum up to that day.
drop table balance;
create table balance (
    payee_id uuid not null,
    account text not null,
    booked_on text not null,
    debit_fen bigint not null,
    credit_fen bigint not null,
    constraint balance_pk primary key (payee_id, account, booked_on)
);
insert into balance (payee_id, account, booked_on, debit_fen, credit_fen)
    select e.payee_id, p.account, e.booked_on,
        sum(case when p.amount_fen > 0 then p.amount_fen else 0 end), sum(case when p.amount_fen < 0 then -p.amount_fen else 0 end)
    from posting p join entry e on e.entry_id = p.entry_id group by e.payee_id, p.account, e.booked_on;

-- Closing a month: one person proposes, another closes what is still the same (`digest`: trial balance and chain).
create table ledger_month (
    payee_id uuid not null,
    month text not null,
    state text not null,
    digest bytea not null,
    last_number bigint not null,
    last_hash bytea not null,
    proposed_by text not null,
    proposed_at bigint not null,
    closed_by text,
    closed_at bigint,
    constraint ledger_month_pk primary key (payee_id, month)
);

-- What the daily proof found: how far the chain went, its hash there, and the sums. Anchors against a chain that was cut.
create table ledger_proof (
    payee_id uuid not null,
    proved_on text not null,
    last_number bigint not null,
    last_hash bytea not null,
    debit_fen bigint not null,
    differences bigint not null,
    proved_at bigint not null,
    constraint ledger_proof_pk primary key (payee_id, proved_on)
);

create index payment_by_success on payment (succeeded_at) where succeeded_at is not null;
-- A channel's daily bill as it was read, and how each of its lines and of ours ended.
create table channel_bill (
    channel text not null,
    merchant text not null,
    bill_on text not null,
    content_hash bytea not null,
    lines bigint not null,
    paid_fen bigint not null,
    refunded_fen bigint not null,
    fee_millifen bigint not null,
    reconciled_at bigint not null,
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
    theirs_fen bigint,
    settled_fen bigint,
    ours_fen bigint,
    fee_millifen bigint not null,
    at bigint not null,
    payee_id uuid,
    constraint channel_bill_line_pk primary key (channel, merchant, bill_on, line_key)
);
create index channel_bill_line_open on channel_bill_line (outcome, bill_on) where outcome <> 'matched';

-- What the channel paid out, by the receipt of bank or treasury.
create table settlement (
    channel text not null,
    settlement_no text not null,
    payee_id uuid not null,
    paid_on text not null,
    from_on text not null,
    to_on text not null,
    gross_fen bigint not null,
    fee_fen bigint not null,
    net_fen bigint not null,
    received_in text not null,
    receipt text not null,
    outcome text not null,
    loaded_at bigint not null,
    constraint settlement_pk primary key (channel, settlement_no)
);
create index settlement_by_payee on settlement (payee_id, from_on);

-- What is to become of money in suspense: proposed by one person, carried out when another says the same.
create table suspense_decision (
    transaction_id text not null,
    order_id uuid,
    receipt text,
    reason text not null,
    proposed_by text not null,
    proposed_at bigint not null,
    decided_by text,
    decided_at bigint,
    constraint suspense_decision_pk primary key (transaction_id)
);

-- Append-only and balanced, whoever writes.
create function bowei_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: correct by another entry', tg_table_name
        using errcode = 'integrity_constraint_violation', constraint = tg_table_name || '_append_only';
end $$;

-- The one change that is allowed: an old entry gets its place in the chain, once.
create function bowei_entry_changed() returns trigger language plpgsql as $$
declare unchained entry;
begin
    unchained := new;
    unchained.chain_number := null;
    unchained.previous_hash := null;
    unchained.chain_hash := null;
    if old.chain_hash is null and new.chain_hash is not null and unchained is not distinct from old then
        return new;
    end if;
    raise exception 'entry is append-only: correct by another entry'
        using errcode = 'integrity_constraint_violation', constraint = 'entry_append_only';
end $$;

-- Postings come first, the entry seals them: none can be added to it, and it is not taken unless they add up to
-- nothing. An entry follows the end of its payee's chain and lies in no closed month.
create function bowei_posting_added() returns trigger language plpgsql as $$
begin
    if exists (select 1 from entry where entry_id = new.entry_id) then
        raise exception 'posting is append-only: its entry is complete'
            using errcode = 'integrity_constraint_violation', constraint = 'posting_append_only';
    end if;
    return new;
end $$;
create function bowei_entry_added() returns trigger language plpgsql as $$
declare
    lines bigint;
    total numeric;
    chain ledger_chain;
begin
    select count(*), coalesce(sum(amount_fen), 0) into lines, total from posting where entry_id = new.entry_id;
    if lines < 2 or total <> 0 then
        raise exception 'entry does not balance: % postings make %', lines, total
            using errcode = 'check_violation', constraint = 'entry_balanced';
    end if;
    select * into chain from ledger_chain where payee_id = new.payee_id;
    if new.chain_hash is null or new.previous_hash is null or new.chain_number is distinct from chain.last_number + 1
        or new.previous_hash <> chain.last_hash then
        raise exception 'entry does not follow the end of its chain'
            using errcode = 'check_violation', constraint = 'entry_chained';
    end if;
    if chain.closed_month is not null and substr(new.booked_on, 1, 7) <= chain.closed_month then
        raise exception 'entry lies in a month that is closed'
            using errcode = 'check_violation', constraint = 'entry_month_open';
    end if;
    update ledger_chain set last_number = new.chain_number, last_hash = new.chain_hash where payee_id = new.payee_id;
    return new;
end $$;
create constraint trigger entry_balanced after insert on entry
    not deferrable for each row execute function bowei_entry_added();
create trigger entry_changed before update on entry for each row execute function bowei_entry_changed();
create trigger entry_append_only before delete on entry for each row execute function bowei_append_only();
create trigger entry_kept before truncate on entry for each statement execute function bowei_append_only();
create trigger posting_added before insert on posting for each row execute function bowei_posting_added();
create trigger posting_append_only before update or delete on posting for each row execute function bowei_append_only();
create trigger posting_kept before truncate on posting for each statement execute function bowei_append_only();
