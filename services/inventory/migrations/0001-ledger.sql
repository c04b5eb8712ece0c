-- The ledger: the line that is never crossed. Redis is a fast "no" in front of it.

create table sales (
  id                     uuid primary key,
  title                  text not null check (length(title) between 1 and 200),
  sku                    text not null,
  price_minor            bigint not null check (price_minor > 0),
  currency               text not null check (currency ~ '^[A-Z]{3}$'),
  per_buyer_limit        int not null check (per_buyer_limit between 1 and 10),
  opens_at               timestamptz not null,
  closes_at              timestamptz not null check (closes_at > opens_at),
  payment_window_seconds int not null check (payment_window_seconds between 5 and 3600),
  admission_mode         text not null check (admission_mode in ('direct')),
  phase                  text not null check (phase in ('draft', 'ready', 'paused', 'closed')),
  phase_version          bigint not null default 1, -- Redis takes over a higher one only
  settled_at             timestamptz, -- closed, every unit sold or withdrawn: nothing moves any more
  created_at             timestamptz not null default now()
);
create index sales_unsettled on sales (id) where settled_at is null;

create table segments (
  sale_id       uuid not null references sales,
  segment       int not null,
  epoch         bigint not null default 1 check (epoch > 0), -- the fence (R2)
  stock         int not null check (stock between 1 and 10000000), -- units 1 … stock
  stock_version bigint not null default 1, -- raised with each restock (R19)
  held_back     text, -- why this segment sells nothing until it is rebuilt (R5d)
  primary key (sale_id, segment)
);

create table holds (
  order_id    uuid primary key, -- guard 1: one hold an order, whatever is delivered twice
  sale_id     uuid not null references sales,
  segment     int not null,
  buyer_id    text, -- null only where an order ended before its hold was seen
  key         text,
  fingerprint text,
  units       int[] not null, -- as the entry named them: the same order, units and epoch is a repeat
  epoch       bigint not null,
  state       text not null check (state in ('held', 'sold', 'released', 'refused')),
  cause       text check (cause in ('old-epoch', 'unit-taken', 'slot-taken', 'order-ended')),
  held_at     timestamptz not null, -- Redis' time
  ended_at    timestamptz,
  check ((state = 'refused') = (cause is not null)),
  check (buyer_id is not null or state = 'refused')
);
create index holds_of_sale on holds (sale_id);

create table hold_units (
  order_id uuid not null references holds,
  line     smallint not null,
  sale_id  uuid not null,
  segment  int not null,
  unit     int not null check (unit > 0),
  buyer_id text not null,
  slot     smallint not null check (slot between 1 and 10),
  live     boolean not null default true, -- held or sold
  primary key (order_id, line)
);
create unique index hold_units_unit on hold_units (sale_id, unit) where live; -- guard 2: P1
create unique index hold_units_slot on hold_units (sale_id, buyer_id, slot) where live; -- guard 3: P3

create table returns ( -- units that Redis has still to be given (R6)
  order_id   uuid not null references holds,
  unit       int not null,
  sale_id    uuid not null,
  segment    int not null,
  buyer_id   text not null,
  slot       smallint not null,
  created_at timestamptz not null default now(),
  done_at    timestamptz,
  primary key (order_id, unit)
);
create index returns_open on returns (sale_id, segment, created_at) where done_at is null;

create table withdrawals (
  sale_id    uuid not null,
  segment    int not null,
  first_unit int not null,
  last_unit  int not null check (last_unit >= first_unit),
  operation  uuid not null,
  at         timestamptz not null,
  primary key (sale_id, segment, first_unit)
);
create index withdrawals_operation on withdrawals (operation);
