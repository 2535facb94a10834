-- After payment: cases with deadlines and evidence, appeals, dunning and its notices, decisions about money by two
-- persons, exemptions, passes, coupons, and what may be done to reach a driver.
-- Same tables, names and meaning as in migrations/postgres; a test compares the two.

-- A case: deadlines in working time, who filed it, what was done in the end. `policy` names the version that set them.
alter table case_file add column account_id blob;
alter table case_file add column zone_id blob;
alter table case_file add column take_by_at integer;
alter table case_file add column taken_at integer;
alter table case_file add column handled_at integer;
alter table case_file add column reopened integer not null default 0;
alter table case_file add column outcome text;
alter table case_file add column policy text;
create index case_file_by_due on case_file (due_at) where state <> 'closed';
create index case_file_by_age on case_file (opened_at, case_id);
create index case_file_by_subject on case_file (subject_kind, subject_id);
create index case_file_unplanned on case_file (opened_at) where due_at is null;

-- Evidence. The content goes when the policy says so; its hash and who brought it stay.
create table case_attachment (
    attachment_id blob not null,
    case_id blob not null,
    media_type text not null,
    content_hash blob not null,
    content_bytes integer not null,
    content blob,
    note text not null,
    added_by text not null,
    added_at integer not null,
    deleted_at integer,
    constraint case_attachment_pk primary key (attachment_id),
    constraint case_attachment_once unique (case_id, content_hash),
    constraint case_attachment_case foreign key (case_id) references case_file (case_id)
);
create index case_attachment_by_time on case_attachment (added_at) where deleted_at is null;

-- A driver's appeal against the bill of an order; `said` is the driver's own words.
create table appeal (
    appeal_id blob not null,
    case_id blob not null,
    order_id blob not null,
    operator_id blob not null,
    account_id blob,
    ground text not null,
    said text not null,
    state text not null,
    asked_fen integer not null,
    proposed_fen integer not null,
    given_fen integer not null,
    reviewer blob,
    reason text,
    confirmed_by blob,
    filed_at integer not null,
    decided_at integer,
    policy text not null,
    constraint appeal_pk primary key (appeal_id),
    constraint appeal_case_once unique (case_id),
    constraint appeal_case foreign key (case_id) references case_file (case_id),
    constraint appeal_order foreign key (order_id) references parking_order (order_id)
);
create unique index appeal_one_open on appeal (order_id) where state in ('filed', 'in_review', 'proposed');
create index appeal_by_order on appeal (order_id);
create index appeal_by_account on appeal (account_id, filed_at);

-- Dunning of an order that is owing. `next_at` is when it is to be looked at again.
create table arrears (
    order_id blob not null,
    operator_id blob not null,
    account_id blob,
    state text not null,
    since_at integer not null,
    limitation_at integer not null,
    steps_taken integer not null,
    step_taken_at integer,
    next_at integer,
    policy text not null,
    changed_at integer not null,
    constraint arrears_pk primary key (order_id),
    constraint arrears_order foreign key (order_id) references parking_order (order_id)
);
create index arrears_due on arrears (next_at) where state = 'running';
create index arrears_open on arrears (order_id) where state in ('running', 'paused', 'listed', 'lapsed');
create index parking_order_owing on parking_order (owing_at) where state = 'owing';
create index arrears_by_account on arrears (account_id);

-- A notice and what became of it: queued (in the outbox), handed (to who delivers it), delivered, failed, cancelled.
-- No address is stored with it.
create table arrears_notice (
    notice_id blob not null,
    order_id blob not null,
    operator_id blob not null,
    account_id blob,
    step integer not null,
    step_name text not null,
    channel text not null,
    text_zh text not null,
    text_en text not null,
    state text not null,
    made_at integer not null,
    handed_at integer,
    handed_to text,
    delivered_at integer,
    proof text,
    recorded_by text,
    constraint arrears_notice_pk primary key (notice_id),
    constraint arrears_notice_order foreign key (order_id) references arrears (order_id)
);
create unique index arrears_notice_once on arrears_notice (order_id, step) where state in ('queued', 'handed', 'delivered');
create index arrears_notice_open on arrears_notice (made_at) where state in ('queued', 'handed');
create index arrears_notice_by_account on arrears_notice (account_id, made_at);

-- How a driver may be reached, by their own leave: a phone number, or the grant of one subscription message.
create table driver_contact (
    contact_id blob not null,
    account_id blob not null,
    channel text not null,
    address text not null,
    granted_at integer not null,
    used_by blob,
    withdrawn_at integer,
    constraint driver_contact_pk primary key (contact_id),
    constraint driver_contact_account foreign key (account_id) references account (account_id)
);
create index driver_contact_by_account on driver_contact (account_id) where withdrawn_at is null;

-- A decision about money or about whose arrears they are: proposed by one person, taken by another.
create table money_decision (
    decision_id blob not null,
    order_id blob not null,
    operator_id blob not null,
    case_id blob not null,
    kind text not null,
    amount_fen integer not null,
    reason text not null,
    authority text not null,
    document_number text not null,
    state text not null,
    proposed_by blob not null,
    proposed_at integer not null,
    decided_by blob,
    decided_at integer,
    constraint money_decision_pk primary key (decision_id),
    constraint money_decision_order foreign key (order_id) references parking_order (order_id),
    constraint money_decision_case foreign key (case_id) references case_file (case_id)
);
create unique index money_decision_one_open on money_decision (order_id, kind) where state = 'proposed';
create index money_decision_by_order on money_decision (order_id);

-- Who does not pay, by which law. `whose_value` is a form, a plate or a class; empty for everybody. Without an
-- operator it holds at every one.
create table exemption (
    exemption_id blob not null,
    operator_id blob,
    duty text not null,
    whose text not null,
    whose_value text,
    zone_id blob,
    basis text not null,
    legal_basis text not null,
    document_number text not null,
    valid_from_at integer not null,
    valid_to_at integer not null,
    entered_by text not null,
    entered_at integer not null,
    ended_at integer,
    constraint exemption_pk primary key (exemption_id),
    constraint exemption_operator foreign key (operator_id) references operator (operator_id)
);
-- Plates that show by their form what the vehicle is for. Which rule says so is the city's to enter.
insert into exemption (exemption_id, operator_id, duty, whose, whose_value, zone_id, basis, legal_basis, document_number,
    valid_from_at, valid_to_at, entered_by, entered_at) values
    (x'000000000000000000000000000000e1', null, 'military', 'form', 'military', null, '军队、武警号牌', '按号牌种类；本地依据待补', '', 0, 4102444800000, 'system', 0),
    (x'000000000000000000000000000000e2', null, 'police', 'form', 'police', null, '警用号牌', '按号牌种类；本地依据待补', '', 0, 4102444800000, 'system', 0);
create index exemption_by_value on exemption (whose_value) where ended_at is null;

-- A pass that is sold for a zone, and those who have or want one. It promises no bay.
create table pass_product (
    product_id blob not null,
    operator_id blob not null,
    zone_id blob not null,
    name text not null,
    tariff_pass text not null,
    price_fen integer not null,
    months integer not null,
    quota integer,
    evidence_needed boolean not null,
    eligibility text not null,
    offer_hours integer not null,
    made_at integer not null,
    ended_at integer,
    constraint pass_product_pk primary key (product_id),
    constraint pass_product_name_once unique (operator_id, name),
    constraint pass_product_zone foreign key (zone_id) references zone (zone_id)
);
create table pass (
    pass_id blob not null,
    product_id blob not null,
    operator_id blob not null,
    account_id blob,
    state text not null,
    applied_at integer not null,
    decided_at integer,
    decided_by text,
    reason text,
    offered_until_at integer,
    valid_from_at integer,
    valid_to_at integer,
    price_fen integer not null,
    given_back_fen integer not null default 0,
    changed_at integer not null,
    constraint pass_pk primary key (pass_id),
    constraint pass_product foreign key (product_id) references pass_product (product_id)
);
create index pass_by_product on pass (product_id, state, applied_at);
create index pass_by_account on pass (account_id, applied_at);
-- Which plate it holds for, from when to when.
create table pass_plate (
    pass_id blob not null,
    version integer not null,
    plate text not null,
    from_at integer not null,
    to_at integer,
    constraint pass_plate_pk primary key (pass_id, version),
    constraint pass_plate_pass foreign key (pass_id) references pass (pass_id)
);
create index pass_plate_by_plate on pass_plate (plate);
-- What shows that the applicant is entitled; the content goes with the decision.
create table pass_evidence (
    evidence_id blob not null,
    pass_id blob not null,
    media_type text not null,
    content_hash blob not null,
    content blob,
    stored_at integer not null,
    deleted_at integer,
    constraint pass_evidence_pk primary key (evidence_id),
    constraint pass_evidence_once unique (pass_id, content_hash),
    constraint pass_evidence_pass foreign key (pass_id) references pass (pass_id)
);
-- What of its price is earned in which month, and when that was booked.
create table pass_month (
    pass_id blob not null,
    month text not null,
    amount_fen integer not null,
    release_at integer not null,
    released_at integer,
    constraint pass_month_pk primary key (pass_id, month),
    constraint pass_month_pass foreign key (pass_id) references pass (pass_id)
);
create index pass_month_due on pass_month (release_at) where released_at is null;

-- A voucher: an amount, minutes, or one free stay; used once, on one order. Its code is stored as a hash.
create table coupon (
    coupon_id blob not null,
    operator_id blob not null,
    code_hash blob not null,
    kind text not null,
    amount_fen integer not null,
    minutes integer not null,
    zone_id blob,
    account_id blob,
    valid_from_at integer not null,
    valid_to_at integer not null,
    purpose text not null,
    issued_by text not null,
    issued_at integer not null,
    order_id blob,
    place integer,
    used_at integer,
    voided_at integer,
    constraint coupon_pk primary key (coupon_id),
    constraint coupon_code_once unique (code_hash)
);
create index coupon_by_order on coupon (order_id);
create index coupon_by_account on coupon (account_id);

-- A person who was deleted: since when, and nothing else of them. The books stay for the legal term.
create table account_deletion (
    account_id blob not null,
    deleted_at integer not null,
    asked_by text not null,
    constraint account_deletion_pk primary key (account_id)
);
-- Plates that are not hidden yet, by age; and the visits of a plate.
create index visit_with_plate on visit (opened_at) where substr(plate, 1, 7) <> 'DELETED';
create index visit_by_plate on visit (plate);
