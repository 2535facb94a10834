-- Issuing: documents and the red ones that take them back, who waits for what, links to hand documents out, mails, titles.
-- Same tables, names and meaning as in migrations/sqlite; a test compares the two.

-- `colour` is blue or red; a red one has amounts below 0 and names the blue one. `held` says what a document that is not
-- at its end waits for: login, buyer, differs. `reason` is why a red one was wanted. `reissue_json` is the title of the
-- invoice that follows a red one; personal data, as `draft_json` is. `content_hash` is taken when it is issued.
alter table invoice add column colour text not null default 'blue';
alter table invoice add column original_id uuid;
alter table invoice add column form_no text;
alter table invoice add column confirmation_no text;
alter table invoice add column check_code text;
alter table invoice add column reason text not null default '';
alter table invoice add column reissue_json text;
alter table invoice add column asked_by text not null default 'driver';
alter table invoice add column approved_by text;
alter table invoice add column held text;
alter table invoice add column held_since_at bigint;
alter table invoice add column content_hash bytea;
alter table invoice add column documents_at bigint;
alter table invoice add column changed_at bigint not null default 0;
update invoice set changed_at = coalesce(issued_at, requested_at);
update invoice set documents_at = issued_at where state = 'issued';
create index invoice_pending on invoice (requested_at) where state in ('requested', 'applied', 'confirmed', 'submitted');
create index invoice_undocumented on invoice (issued_at) where state = 'issued' and documents_at is null;
create index invoice_by_account on invoice (account_id, requested_at);
create index invoice_by_time on invoice (requested_at, invoice_id);
create index invoice_by_original on invoice (original_id) where original_id is not null;

-- `source` is platform for what the office delivered, rendered for what was drawn from what it issued.
alter table invoice_document add column source text not null default 'rendered';

-- A link that hands documents out to whoever has its token, of which only the hash is here. Machine time.
create table invoice_link (
    link_id uuid not null,
    invoice_id uuid not null,
    token_hash bytea not null,
    made_by text not null,
    made_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    constraint invoice_link_pk primary key (link_id),
    constraint invoice_link_token_once unique (token_hash),
    constraint invoice_link_invoice foreign key (invoice_id) references invoice (invoice_id)
);
create index invoice_link_by_invoice on invoice_link (invoice_id);
create index invoice_link_by_time on invoice_link (expires_at);

-- A mail with the documents of an invoice: waiting, sent, failed. The address is deleted some time after it was sent.
create table invoice_mail (
    mail_id uuid not null,
    invoice_id uuid not null,
    address text not null,
    state text not null,
    asked_at bigint not null,
    sent_at bigint,
    failure text,
    constraint invoice_mail_pk primary key (mail_id),
    constraint invoice_mail_invoice foreign key (invoice_id) references invoice (invoice_id)
);
create unique index invoice_mail_once on invoice_mail (invoice_id, address) where state in ('waiting', 'sent');
create index invoice_mail_waiting on invoice_mail (asked_at) where state = 'waiting';

-- Titles that a driver keeps, by their own consent; personal data, deleted with the account.
create table invoice_title (
    title_id uuid not null,
    account_id uuid not null,
    kind text not null,
    name text not null,
    tax_id text,
    email text,
    is_default boolean not null,
    made_at bigint not null,
    changed_at bigint not null,
    constraint invoice_title_pk primary key (title_id)
);
create unique index invoice_title_one_default on invoice_title (account_id) where is_default;
create index invoice_title_by_account on invoice_title (account_id, made_at);

-- Whoever writes: what is issued never changes and never goes, and never more is invoiced than was paid and kept. Only a
-- blue one that could not be signed may be void after all.
create function bowei_invoice_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.issued_at is not null then
            raise exception 'invoice_immutable: what is issued is kept' using errcode = 'check_violation';
        end if;
        return old;
    end if;
    if old.issued_at is null then
        return new;
    end if;
    if (new.draft_json, new.gross_fen, new.invoice_number, new.issued_at, new.colour, new.original_id, new.payee_id,
            new.request_no, new.confirmation_no, new.content_hash)
        is distinct from (old.draft_json, old.gross_fen, old.invoice_number, old.issued_at, old.colour, old.original_id,
            old.payee_id, old.request_no, old.confirmation_no, old.content_hash) then
        raise exception 'invoice_immutable: what is issued does not change' using errcode = 'check_violation';
    end if;
    if new.state not in ('issued', 'unsigned', 'void') or (old.state = 'issued' and new.state <> 'issued')
        or (old.state = 'void' and new.state <> 'void') or (old.colour = 'red' and new.state = 'void') then
        raise exception 'invoice_immutable: what is issued stays issued' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger invoice_changed before update or delete on invoice for each row execute function bowei_invoice_changed();
create function bowei_document_kept() returns trigger language plpgsql as $$
begin
    raise exception 'invoice_immutable: documents are kept as they are' using errcode = 'check_violation';
end $$;
create trigger invoice_document_kept before update or delete on invoice_document
    for each row execute function bowei_document_kept();
create function bowei_order_invoiced_fits() returns trigger language plpgsql as $$
begin
    raise exception 'order_invoiced_fits: more invoiced than was paid and kept' using errcode = 'check_violation';
end $$;
create trigger order_invoiced_changed before update of invoiced_fen, paid_fen, refunding_fen, refunded_fen on parking_order
    for each row when (new.invoiced_fen > new.paid_fen - new.refunding_fen - new.refunded_fen or new.invoiced_fen < 0)
    execute function bowei_order_invoiced_fits();
