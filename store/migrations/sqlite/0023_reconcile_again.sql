-- Days that were taken for done before they were over, with no or half a bill: they wait for theirs.
update reconcile_day set state = 'waiting', done_at = null
    where state = 'done' and done_at < cast(strftime('%s', bill_on, '+1 day') as integer) * 1000 - 28800000;
