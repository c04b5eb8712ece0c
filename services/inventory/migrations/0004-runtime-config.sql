-- The runtime configuration: a row for each version, never changed and never taken away, so that the
-- history is the audit trail. A version is a time in ms, so that one made after a loss of rows is higher
-- than any that somebody still remembers. One change follows another: two that follow the same one meet
-- the unique key. See docs/runtime-config.md.
create table runtime_config (
  version        bigint primary key check (version > before_version),
  before_version bigint not null unique check (before_version >= 0), -- 0: nobody had set anything
  document       jsonb not null,
  differences    jsonb not null,
  who            text not null,
  why            text not null check (why <> ''),
  at             timestamptz not null default now()
);

create function refuse_config_rewrite() returns trigger language plpgsql as $$
begin
  raise exception 'the history of the configuration is never changed';
end $$;
create trigger runtime_config_is_history before update or delete or truncate on runtime_config
  for each statement execute function refuse_config_rewrite();
