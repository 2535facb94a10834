-- What a change of a bay writes is as little as it can be: nothing that grows with what is stored, no look-up
-- that the lock of the bay answers already. ADR 0018 has the figures.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

-- Versions of a bay are unique because only who holds the bay's row publishes, and the row has the version. The index
-- that said so again was a page of its own for every change.
alter table bay_change drop constraint bay_change_once;

-- A revision is stored with its stay, by one function, in one transaction; `gateway verify` looks for one without.
alter table stay_revision drop constraint stay_revision_stay;
-- A stay is written over once, when the vehicle leaves: there is room for that in its page.
alter table stay set (fillfactor = 50);

-- Commands of which nothing more is waited for are forgotten by their age.
create index device_command_settled on device_command (settled_at) where settled_at is not null;
