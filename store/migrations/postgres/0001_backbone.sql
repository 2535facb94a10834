-- The backbone: town, readings, stays, claims, orders, payments, ledger, invoices, people, jobs.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.
-- Instants (`_at`) are milliseconds since 1970 UTC; money (`_fen`) is whole fen; ids are uuid.

-- Town: who runs which bays under which rule, from when to when.
create table operator (
    operator_id uuid not null,
    name text not null,
    constraint operator_pk primary key (operator_id),
    constraint operator_name_once unique (name)
);
create table payee (
    payee_id uuid not null,
    operator_id uuid not null,
    name text not null,
    regime text not null,
    seller_json text not null,
    valid_from_at bigint not null,
    valid_to_at bigint,
    constraint payee_pk primary key (payee_id),
    constraint payee_name_once unique (operator_id, name, valid_from_at),
    constraint payee_operator foreign key (operator_id) references operator (operator_id)
);
create table tariff (
    tariff_id text not null,
    revision bigint not null,
    operator_id uuid not null,
    yaml text not null,
    imported_at bigint not null,
    constraint tariff_pk primary key (tariff_id, revision),
    constraint tariff_operator foreign key (operator_id) references operator (operator_id)
);
create table zone (
    zone_id uuid not null,
    operator_id uuid not null,
    code text not null,
    name text not null,
    constraint zone_pk primary key (zone_id),
    constraint zone_code_once unique (operator_id, code),
    constraint zone_operator foreign key (operator_id) references operator (operator_id)
);
create table zone_version (
    zone_id uuid not null,
    valid_from_at bigint not null,
    valid_to_at bigint,
    tariff_id text not null,
    payee_id uuid not null,
    constraint zone_version_pk primary key (zone_id, valid_from_at),
    constraint zone_version_zone foreign key (zone_id) references zone (zone_id),
    constraint zone_version_payee foreign key (payee_id) references payee (payee_id)
);
create table block (
    block_id uuid not null,
    code text not null,
    street text not null,
    side text not null,
    constraint block_pk primary key (block_id),
    constraint block_code_once unique (code)
);
create table bay (
    bay_id uuid not null,
    operator_id uuid not null,
    code text not null,
    version bigint not null default 0,
    state text not null default 'unknown',
    observed_at bigint,
    changed_at bigint,
    silent_at bigint,
    fold_json text,
    constraint bay_pk primary key (bay_id),
    constraint bay_code_once unique (code),
    constraint bay_operator foreign key (operator_id) references operator (operator_id)
);
create index bay_silent on bay (silent_at) where silent_at is not null;
create table bay_version (
    bay_id uuid not null,
    valid_from_at bigint not null,
    valid_to_at bigint,
    zone_id uuid not null,
    block_id uuid not null,
    lon double precision not null,
    lat double precision not null,
    heading_deg double precision not null,
    length_m double precision not null,
    vehicle_classes text,
    permitted_hours text,
    constraint bay_version_pk primary key (bay_id, valid_from_at),
    constraint bay_version_bay foreign key (bay_id) references bay (bay_id),
    constraint bay_version_zone foreign key (zone_id) references zone (zone_id),
    constraint bay_version_block foreign key (block_id) references block (block_id)
);
create table bay_closure (
    bay_id uuid not null,
    from_at bigint not null,
    to_at bigint not null,
    reason text not null,
    constraint bay_closure_pk primary key (bay_id, from_at),
    constraint bay_closure_bay foreign key (bay_id) references bay (bay_id)
);
-- Append-only history of what was published about each bay; gateways tail it by change_seq.
create table bay_change (
    change_seq bigint generated always as identity primary key,
    bay_id uuid not null,
    version bigint not null,
    state text not null,
    observed_at bigint,
    published_at bigint not null,
    source text not null,
    constraint bay_change_once unique (bay_id, version)
);
create table device (
    device_id uuid not null,
    network text not null,
    device_key text not null,
    device_type text not null,
    firmware text,
    bay_id uuid not null,
    installed_at bigint not null,
    removed_at bigint,
    constraint device_pk primary key (device_id),
    constraint device_key_once unique (network, device_key),
    constraint device_bay foreign key (bay_id) references bay (bay_id)
);
create index device_by_bay on device (bay_id);

-- Readings: the identity decides what is new, the log keeps what was said.
create table reading_key (
    device_id uuid not null,
    epoch text not null,
    number bigint not null,
    part bigint not null,
    payload_hash bytea not null,
    stored_at bigint not null,
    constraint reading_key_once unique (device_id, epoch, number, part)
);
create table reading (
    reading_seq bigint generated always as identity,
    stored_at bigint not null,
    bay_id uuid not null,
    device_id uuid not null,
    epoch text not null,
    number bigint not null,
    part bigint not null,
    observed_at bigint not null,
    time_source text not null,
    device_at bigint,
    network_at bigint,
    received_at bigint not null,
    kind text not null,
    occupied boolean,
    rssi_dbm bigint,
    snr_db double precision,
    report_json text not null
) partition by range (stored_at);
-- Months get a partition of their own ahead of time (store::partition); what fits none lands here.
create table reading_default partition of reading default;
create index reading_by_bay on reading (bay_id, observed_at);
create table rejected (
    rejected_seq bigint generated always as identity primary key,
    received_at bigint not null,
    topic text not null,
    payload bytea not null,
    payload_bytes bigint not null,
    reason text not null,
    detail text not null,
    network text,
    device_key text
);
create index rejected_by_time on rejected (received_at);

-- Stays: derived from readings; the revision grows when later readings change them.
create table stay (
    stay_id uuid not null,
    bay_id uuid not null,
    state text not null,
    revision bigint not null,
    arrived_at bigint not null,
    left_at bigint,
    span_json text not null,
    superseded_by uuid,
    fold_version bigint not null,
    policy_version bigint not null,
    constraint stay_pk primary key (stay_id),
    constraint stay_bay foreign key (bay_id) references bay (bay_id)
);
create index stay_by_bay on stay (bay_id, arrived_at);
create table stay_revision (
    stay_id uuid not null,
    revision bigint not null,
    state text not null,
    change text not null,
    span_json text not null,
    published_at bigint not null,
    constraint stay_revision_pk primary key (stay_id, revision),
    constraint stay_revision_stay foreign key (stay_id) references stay (stay_id)
);

-- People.
create table account (
    account_id uuid not null,
    openid text not null,
    created_at bigint not null,
    constraint account_pk primary key (account_id),
    constraint account_openid_once unique (openid)
);
create table consent (
    account_id uuid not null,
    purpose text not null,
    version text not null,
    given_at bigint not null,
    withdrawn_at bigint,
    constraint consent_pk primary key (account_id, purpose, version),
    constraint consent_account foreign key (account_id) references account (account_id)
);
create table staff (
    staff_id uuid not null,
    operator_id uuid,
    login text not null,
    password_hash text not null,
    role text not null,
    zone_id uuid,
    team text,
    created_at bigint not null,
    disabled_at bigint,
    constraint staff_pk primary key (staff_id),
    constraint staff_login_once unique (login)
);
create table session (
    token_hash bytea not null,
    subject_kind text not null,
    subject_id uuid not null,
    created_at bigint not null,
    expires_at bigint not null,
    constraint session_pk primary key (token_hash)
);
create table audit (
    audit_seq bigint generated always as identity primary key,
    made_at bigint not null,
    actor text not null,
    action text not null,
    object_kind text not null,
    object_id text not null,
    detail_json text not null
);
create table idempotency (
    scope text not null,
    idempotency_key text not null,
    request_hash bytea not null,
    status bigint not null,
    answer_json text not null,
    created_at bigint not null,
    constraint idempotency_pk primary key (scope, idempotency_key)
);

-- Who says which vehicle is in the bay, and what that adds up to.
create table claim (
    claim_id uuid not null,
    bay_id uuid not null,
    plate text not null,
    plate_colour text,
    vehicle_class text not null,
    method text not null,
    account_id uuid,
    staff_id uuid,
    made_at bigint not null,
    confidence_pct bigint,
    state text not null,
    constraint claim_pk primary key (claim_id),
    constraint claim_bay foreign key (bay_id) references bay (bay_id)
);
create index claim_waiting on claim (bay_id, made_at) where state = 'waiting';
create table visit (
    visit_id uuid not null,
    operator_id uuid not null,
    plate text not null,
    vehicle_class text not null,
    account_id uuid,
    opened_at bigint not null,
    constraint visit_pk primary key (visit_id)
);
create index visit_by_account on visit (account_id, opened_at);
create table stay_link (
    stay_id uuid not null,
    version bigint not null,
    claim_id uuid not null,
    visit_id uuid not null,
    method text not null,
    actor text not null,
    bound_at bigint not null,
    ended_at bigint,
    constraint stay_link_pk primary key (stay_id, version),
    constraint stay_link_stay foreign key (stay_id) references stay (stay_id),
    constraint stay_link_claim foreign key (claim_id) references claim (claim_id),
    constraint stay_link_visit foreign key (visit_id) references visit (visit_id)
);
create unique index stay_link_one_current on stay_link (stay_id) where ended_at is null;
create index stay_link_by_visit on stay_link (visit_id);

-- Money.
create table parking_order (
    order_id uuid not null,
    operator_id uuid not null,
    payee_id uuid not null,
    regime text not null,
    subject_kind text not null,
    subject_id uuid not null,
    account_id uuid,
    tariff_id text not null,
    state text not null,
    total_fen bigint not null,
    paid_fen bigint not null,
    refunded_fen bigint not null,
    invoiced_fen bigint not null,
    bill_revision bigint not null,
    opened_at bigint not null,
    due_at bigint,
    paid_at bigint,
    constraint parking_order_pk primary key (order_id),
    constraint parking_order_subject_once unique (subject_kind, subject_id),
    constraint parking_order_payee foreign key (payee_id) references payee (payee_id)
);
create index parking_order_by_account on parking_order (account_id, opened_at);
create table bill (
    order_id uuid not null,
    revision bigint not null,
    tariff_id text not null,
    tariff_revision bigint not null,
    tariff_version bigint not null,
    engine_version bigint not null,
    case_json text not null,
    bill_json text not null,
    evidence_json text not null,
    total_fen bigint not null,
    made_at bigint not null,
    constraint bill_pk primary key (order_id, revision),
    constraint bill_order foreign key (order_id) references parking_order (order_id)
);
create table payment (
    payment_id uuid not null,
    order_id uuid not null,
    channel text not null,
    state text not null,
    amount_fen bigint not null,
    payer text,
    out_trade_no text not null,
    prepay_id text,
    transaction_id text,
    created_at bigint not null,
    expires_at bigint not null,
    succeeded_at bigint,
    constraint payment_pk primary key (payment_id),
    constraint payment_out_trade_no_once unique (out_trade_no),
    constraint payment_transaction_once unique (transaction_id),
    constraint payment_order foreign key (order_id) references parking_order (order_id)
);
create unique index payment_one_pending on payment (order_id) where state in ('created', 'ready');
create table refund (
    refund_id uuid not null,
    payment_id uuid not null,
    out_refund_no text not null,
    amount_fen bigint not null,
    state text not null,
    created_at bigint not null,
    constraint refund_pk primary key (refund_id),
    constraint refund_out_refund_no_once unique (out_refund_no),
    constraint refund_payment foreign key (payment_id) references payment (payment_id)
);
create table entry (
    entry_id uuid not null,
    entry_key text not null,
    operator_id uuid not null,
    order_id uuid,
    made_at bigint not null,
    reverses uuid,
    constraint entry_pk primary key (entry_id),
    constraint entry_key_once unique (entry_key),
    constraint entry_reversed_once unique (reverses)
);
create index entry_by_order on entry (order_id);
create table posting (
    entry_id uuid not null,
    line bigint not null,
    account text not null,
    amount_fen bigint not null,
    constraint posting_pk primary key (entry_id, line),
    constraint posting_entry foreign key (entry_id) references entry (entry_id)
);
create table balance (
    operator_id uuid not null,
    account text not null,
    amount_fen bigint not null,
    constraint balance_pk primary key (operator_id, account)
);

-- Invoices.
create table invoice (
    invoice_id uuid not null,
    operator_id uuid not null,
    payee_id uuid not null,
    account_id uuid not null,
    regime text not null,
    state text not null,
    request_no text not null,
    draft_json text not null,
    gross_fen bigint not null,
    serial_no text,
    invoice_number text,
    reject_reason text,
    requested_at bigint not null,
    issued_at bigint,
    constraint invoice_pk primary key (invoice_id),
    constraint invoice_request_once unique (request_no),
    constraint invoice_number_once unique (invoice_number)
);
create table invoice_order (
    invoice_id uuid not null,
    order_id uuid not null,
    gross_fen bigint not null,
    constraint invoice_order_pk primary key (invoice_id, order_id),
    constraint invoice_order_invoice foreign key (invoice_id) references invoice (invoice_id),
    constraint invoice_order_order foreign key (order_id) references parking_order (order_id)
);
create index invoice_order_by_order on invoice_order (order_id);
create table invoice_document (
    invoice_id uuid not null,
    format text not null,
    content bytea not null,
    made_at bigint not null,
    constraint invoice_document_pk primary key (invoice_id, format),
    constraint invoice_document_invoice foreign key (invoice_id) references invoice (invoice_id)
);

-- Work.
create table case_file (
    case_id uuid not null,
    case_key text not null,
    operator_id uuid,
    kind text not null,
    source text not null,
    external_number text,
    subject_kind text not null,
    subject_id text not null,
    state text not null,
    opened_at bigint not null,
    due_at bigint,
    owner text,
    handler text,
    closer text,
    closed_at bigint,
    constraint case_file_pk primary key (case_id),
    constraint case_key_once unique (case_key)
);
create table case_event (
    case_id uuid not null,
    line bigint not null,
    made_at bigint not null,
    actor text not null,
    kind text not null,
    detail text not null,
    constraint case_event_pk primary key (case_id, line),
    constraint case_event_case foreign key (case_id) references case_file (case_id)
);
create table job (
    job_seq bigint generated always as identity primary key,
    kind text not null,
    job_key text not null,
    subject_id uuid not null,
    run_at bigint not null,
    attempts bigint not null default 0,
    leased_until bigint,
    last_error text,
    failed_at bigint,
    constraint job_once unique (kind, job_key)
);
create index job_ready on job (run_at) where failed_at is null;
create index job_by_subject on job (subject_id);
create table city_clock (
    clock_id bigint not null,
    machine_origin_ms bigint not null,
    city_origin_ms bigint not null,
    speed bigint not null,
    last_city_at bigint not null,
    constraint city_clock_pk primary key (clock_id)
);
-- Makes the partition of one month of readings, unless it is there or the month already has rows in the default.
create function bowei_reading_partition(day date) returns void language plpgsql as $$
declare
    from_ms bigint := (extract(epoch from date_trunc('month', day::timestamp)) * 1000)::bigint;
    to_ms bigint := (extract(epoch from date_trunc('month', day::timestamp) + interval '1 month') * 1000)::bigint;
    partition_name text := 'reading_' || to_char(day, 'YYYYMM');
begin
    perform pg_advisory_xact_lock(hashtext('bowei_reading_partition'));
    if to_regclass(partition_name) is not null
        or exists (select 1 from reading_default where stored_at >= from_ms and stored_at < to_ms) then
        return;
    end if;
    execute format('create table %I partition of reading for values from (%s) to (%s)', partition_name, from_ms, to_ms);
end $$;
