create table orders (
  id           uuid primary key, -- made by the gateway; begins with the attempt's deadline
  sale_id      uuid,             -- these facts come with the hold: null while only a wish to cancel,
  buyer_id     text,             -- or money, is known
  quantity     int check (quantity > 0),
  amount_minor bigint check (amount_minor > 0),
  currency     text check (currency ~ '^[A-Z]{3}$'),
  state        text not null
    check (state in ('cancel-wanted', 'pending-payment', 'paid', 'cancelled', 'refunding', 'refunded')),
  reason       text check (reason in ('unpaid', 'by-buyer', 'payment-failed', 'not-recorded')),
  pay_by       timestamptz, -- counted from the creation of this row (R11)
  payment_id   uuid,        -- the payment whose money came
  created_at   timestamptz not null default now(),
  changed_at   timestamptz not null default now(),

  constraint orders_facts_together check (num_nulls(sale_id, quantity, amount_minor, currency) in (0, 4)),
  constraint orders_facts_known check (
    sale_id is not null
    or state in ('cancel-wanted', 'refunding', 'refunded')
    or (state = 'cancelled' and reason = 'not-recorded')
  ),
  constraint orders_buyer_known check (buyer_id is not null or state in ('refunding', 'refunded')),
  constraint orders_reason_of_end check (
    (reason is not null) = (state in ('cancelled', 'refunding', 'refunded'))
  ),
  constraint orders_pay_by_known check (pay_by is not null or state not in ('pending-payment', 'paid')),
  constraint orders_money_known check (
    payment_id is not null or state not in ('paid', 'refunding', 'refunded')
  )
);
create index orders_unpaid on orders (pay_by) where state = 'pending-payment'; -- the sweeper's only reader
create index orders_cancel_wanted on orders (id) where state = 'cancel-wanted'; -- its sweeper's too
create index orders_of_buyer on orders (buyer_id, id desc); -- history, newest first
create index orders_of_sale on orders (sale_id, id); -- audit and admin lists
