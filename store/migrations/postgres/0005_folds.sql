-- What changes with every reading is a few numbers; what is known of a bay after its readings (the fold) is
-- written now and then, and may lag behind them. ADR 0011 has the figures.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

create table bay_fold (
    bay_no bigint not null,
    -- The last reading that fold and health hold; what was stored since hangs in the bay's chain.
    folded_seq bigint,
    -- When the newest checkpoint was made.
    checkpoint_at bigint,
    -- What is known after the readings up to there (sensing::Fold), and the health of the bay's devices.
    fold bytea,
    health bytea,
    constraint bay_fold_pk primary key (bay_no)
);
insert into bay_fold (bay_no, folded_seq, checkpoint_at, fold, health)
    select bay_no, last_seq, checkpoint_at, fold, health from bay_live where last_seq is not null or health is not null;
alter table bay_live drop column checkpoint_at;
alter table bay_live drop column fold;
alter table bay_live drop column health;
-- Raised by every transaction that changes anything about the bay: who finds the same stamp finds the same bay.
alter table bay_live add column stamp bigint not null default 0;

-- What revisions of stays change of the use of blocks: appended with the revision, added up into usage_hour and
-- deleted in one transaction. Revisions that older programs left in usage_due are followed as before.
create table usage_delta (
    delta_seq bigint generated always as identity primary key,
    block_id uuid not null,
    hour_at bigint not null,
    arrivals bigint not null,
    departures bigint not null,
    occupied_ms bigint not null,
    doubtful_ms bigint not null
);
