-- Debezium's column names, so that its outbox router could take the relay's place.
create table outbox (
  position      bigint generated always as identity primary key,
  id            uuid        not null, -- the event's, the same in every copy of it
  aggregatetype text        not null, -- topic
  aggregateid   text        not null, -- key: events of one key are published in the order of position
  type          text        not null,
  payload       jsonb       not null,
  headers       jsonb       not null,
  xid           xid8        not null default pg_current_xact_id(), -- the relay's fence looks at it
  created_at    timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- What was handled here. An event that is in it never reaches a handler again.
create table inbox (
  event_id    uuid        primary key,
  type        text        not null,
  occurred_at timestamptz not null,
  seen_at     timestamptz not null default now()
);

-- Keys with an event that could not be handled: what comes later under the key waits behind it.
create table dead_keys (
  topic   text        not null,
  key     text        not null,
  died_at timestamptz not null default now(),
  primary key (topic, key)
);
