-- Plates of claims that no visit tells of: found by age, by plate, and by what a claim made; lines of bills by their
-- key, on whatever day. Same tables, names and meaning in both folders; a test compares the two.

create index claim_with_plate on claim (made_at) where substr(plate, 1, 7) <> 'DELETED';
create index claim_by_plate on claim (plate, made_at);
create index capture_by_claim on capture (claim_id);
-- Of every link, not of those alone that hold.
drop index stay_link_by_claim;
create index stay_link_by_claim on stay_link (claim_id);
create index channel_bill_line_by_key on channel_bill_line (line_key, bill_on);
