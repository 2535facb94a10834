-- Codes sent to phones to sign in with, one a number; machine time. Only the code's hash is stored.
create table phone_code (
    phone text not null,
    code_hash bytea not null,
    asked_at bigint not null,
    expires_at bigint not null,
    tries bigint not null,
    constraint phone_code_pk primary key (phone)
);
