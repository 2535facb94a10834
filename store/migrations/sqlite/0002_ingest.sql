alter table bay add column setup_json text;
