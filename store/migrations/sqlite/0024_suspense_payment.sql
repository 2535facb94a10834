-- Money that two persons gave to an order out of suspense is a payment of the order. What was given before gets its row
-- here, at the time of the decision; its channel is that of the account on which it arrived.
insert into payment (payment_id, order_id, channel, method, state, amount_fen, out_trade_no, transaction_id, created_at,
    expires_at, succeeded_at)
    select randomblob(16), d.order_id,
        case when substr(p.account, 1, 17) = 'channel_clearing:' then substr(p.account, 18)
            when substr(p.account, 1, 5) = 'cash:' then 'cash' else p.account end,
        'suspense', 'succeeded', p.amount_fen, 'suspense-' || d.transaction_id, d.transaction_id, d.decided_at,
        d.decided_at, d.decided_at
    from suspense_decision d
    join entry r on r.entry_key = 'suspense:' || d.transaction_id
    join entry e on e.entry_key = 'pay:' || d.transaction_id
    join posting p on p.entry_id = e.entry_id and p.amount_fen > 0
    where d.order_id is not null and d.decided_at is not null
        and not exists (select 1 from payment k where k.transaction_id = d.transaction_id);
