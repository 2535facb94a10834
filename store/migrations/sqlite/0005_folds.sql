-- What changes with every reading is a few numbers; what is known of a bay after its readings (the fold) is
-- written now and then, and may lag behind them. ADR 0011 has the figures.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.

create table bay_fold (
    bay_no integer not null,
    -- The last reading that fold and health hold; what was stored since hangs in the bay's chain.
    folded_seq integer,
    -- When the newest checkpoint was made.
    checkpoint_at integer,
    -- What is known after the readings up to there (sensing::Fold), and the health of the bay's devices.
    fold blob,
    health blob,
    constraint bay_fold_pk primary key (bay_no)
);
insert into bay_fold (bay_no, folded_seq, checkpoint_at, fold, health)
    select bay_no, last_seq, checkpoint_at, fold, health from bay_live where last_seq is not null or health is not null;
alter table bay_live drop column checkpoint_at;
alter table bay_live drop column fold;
alter table bay_live drop column health;
-- Raised by every transaction that changes anything about the bay: who finds the same stamp finds the same bay.
alter table bay_live add column stamp integer not null default 0;

-- What revisions of stays change of the use of blocks: appended with the revision, added up into usage_hour and
-- deleted in one transaction. Revisions that older programs left in usage_due are followed as before.
create table usage_delta (
    delta_seq integer primary key autoincrement,
    block_id blob not null,
    hour_at integer not null,
    arrivals integer not null,
    departures integer not null,
    occupied_ms integer not null,
    doubtful_ms integer not null
);
