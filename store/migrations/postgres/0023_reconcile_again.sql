-- Days that were taken for done before they were over, with no or half a bill: they wait for theirs.
update reconcile_day set state = 'waiting', done_at = null
    where state = 'done' and done_at < (cast(bill_on as date) + 1 - date '1970-01-01') * bigint '86400000' - 28800000;
