-- Whether the signed-in driver of the order started an attempt, or took up one of the bay's.
alter table payment add column by_driver boolean not null default false;
-- What was due for the order when a decision about it was proposed; not known of older ones.
alter table money_decision add column due_fen integer;
