-- Codes sent to phones to sign in with, one a number; machine time. Only the code's hash is stored.
create table phone_code (
    phone text not null,
    code_hash blob not null,
    asked_at integer not null,
    expires_at integer not null,
    tries integer not null,
    constraint phone_code_pk primary key (phone)
);
