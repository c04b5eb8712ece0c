-- What operators did. Each stage of an action is a row of its own, and no row is ever changed or removed.
create table admin_actions (
  id          uuid not null, -- of the request, and its answer's Request-Id
  stage       text not null check (stage in ('wanted', 'changed', 'answered')),
  at          timestamptz not null,                -- by the clock of whoever tells
  recorded_at timestamptz not null default now(),  -- later where it had to wait for this table
  who         text not null, -- the subject of the token
  address     text not null,
  action      text not null,
  target      text not null, -- a buyer stands here as a hashed subject: nothing has to be erased
  asked       jsonb,
  before      jsonb,
  after       jsonb,
  outcome     text,
  primary key (id, stage),
  check ((stage = 'answered') = (outcome is not null))
);
create index admin_actions_newest on admin_actions (at desc, id desc) where stage = 'wanted';

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the record of % is only ever added to', tg_table_name;
end $$;
create trigger admin_actions_stay before update or delete or truncate on admin_actions
  for each statement execute function refuse_change();
