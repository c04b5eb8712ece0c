-- Who may do a piece of work until when. A row stays after a release, for its token must only rise.
create table leases (
  name       text        primary key,
  holder     text        not null, -- a service instance: its restarted process gets the lease at once
  token      bigint      not null check (token > 0),
  expires_at timestamptz not null
);

-- The highest token that wrote under a lease, whichever store grants it. Beside what is written.
create table fences (
  name  text   primary key,
  token bigint not null check (token > 0)
);
