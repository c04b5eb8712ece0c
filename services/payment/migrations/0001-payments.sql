create table payments (
  id             uuid primary key, -- derived from the order id: known before the bank is called
  order_id       uuid not null unique,
  sale_id        uuid not null,
  buyer_id       text not null,
  amount_minor   bigint not null check (amount_minor > 0),
  currency       text not null check (currency ~ '^[A-Z]{3}$'),
  state          text not null
    check (state in ('created', 'in-progress', 'captured', 'declined', 'abandoned')),
  captured_minor bigint check (captured_minor > 0), -- what the bank has, asked for or not
  captured_at    timestamptz,
  checkout_url   text,
  next_check_at  timestamptz not null,
  next_expire_at timestamptz not null default now(),
  created_at     timestamptz not null default now(),
  changed_at     timestamptz not null default now(),
  check ((state = 'captured') = (captured_minor is not null)),
  check ((state = 'captured') = (captured_at is not null)),
  check (state <> 'in-progress' or checkout_url is not null)
);
-- Check-back and expiry read only what is not final yet (R12).
create index payments_open on payments (next_check_at) where state in ('created', 'in-progress');
create index payments_of_sale on payments (sale_id, id); -- the audit's pages

-- What the bank said, as it said it. Kept also when we can make nothing of it.
create table callbacks (
  id          uuid primary key,
  provider    text not null,
  fingerprint bytea not null, -- SHA-256 of the body: a copy is the same row
  payment_id  text,
  body        bytea not null check (length(body) <= 65536),
  signature   text not null,
  copies      int not null default 1 check (copies > 0),
  received_at timestamptz not null default now(),
  settled_at  timestamptz, -- null for an unknown payment: looked at again when it appears
  outcome     text check (outcome in ('captured', 'declined', 'expired', 'repeated', 'contradicts',
                                      'ignored', 'unknown-payment', 'malformed')),
  unique (provider, fingerprint),
  check (settled_at is null or outcome is not null)
);
create index callbacks_unsettled on callbacks (payment_id) where settled_at is null;

-- Cancelled orders: no new checkout for them, and an open one is ended later.
create table cancelled_orders (
  order_id     uuid primary key,
  cancelled_at timestamptz not null default now()
);

create table refunds (
  id           uuid primary key, -- derived from the payment id
  payment_id   uuid not null unique references payments (id), -- one refund a payment (R12)
  order_id     uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  state        text not null check (state in ('requested', 'sent', 'done', 'stuck')),
  attempts     int not null default 0,
  next_try_at  timestamptz not null default now(),
  created_at   timestamptz not null default now(),
  changed_at   timestamptz not null default now()
);
create index refunds_open on refunds (next_try_at) where state <> 'done';
