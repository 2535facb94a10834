-- Settling and looking up without walking through whole tables: payments of an order, those that are
-- pending by age, links that a claim made. Same tables, names and meaning in both folders; a test compares the two.

create index payment_by_order on payment (order_id, created_at);
create index payment_pending on payment (created_at) where state in ('created', 'ready');
create index stay_link_by_claim on stay_link (claim_id) where ended_at is null;
