-- How many events were buried under a dead key: whoever revives it must have found as many.
alter table dead_keys add column letters int not null default 1 check (letters > 0);
