-- Buyers who are to be erased: their ids are replaced by hashed subjects, sale by sale, once a sale has
-- left Redis. The id itself stays here only until that is done.
create table erasures (
  subject  text primary key,
  buyer_id text,
  asked_at timestamptz not null default now(),
  ran_at   timestamptz, -- what had left Redis by then is done
  done_at  timestamptz,
  check ((buyer_id is null) = (done_at is not null))
);
create index erasures_open on erasures (asked_at) where done_at is null;

-- All buyers of a sale are replaced when they were kept for long enough.
alter table sales add column buyers_erased_at timestamptz;
create index sales_with_buyers on sales (settled_at)
  where left_redis_at is not null and buyers_erased_at is null;

-- A service that runs with few rights may not change who holds a unit: the owner does it for it, and into
-- nothing but a hashed subject, where the sale has left Redis. The key's text was the buyer's own.
create function erase_buyers(orders uuid[], subjects text[]) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if exists (select from unnest(subjects) as s where s is null or s not like 'erased:%') then
    raise exception 'a buyer is replaced by a hashed subject alone';
  end if;
  update holds t set buyer_id = n.subject, key = null
  from unnest(orders, subjects) as n(id, subject), sales s
  where t.order_id = n.id and t.buyer_id is not null and t.buyer_id <> n.subject
    and s.id = t.sale_id and s.left_redis_at is not null;
  update hold_units t set buyer_id = n.subject
  from unnest(orders, subjects) as n(id, subject), sales s
  where t.order_id = n.id and t.buyer_id is distinct from n.subject
    and s.id = t.sale_id and s.left_redis_at is not null;
  update returns t set buyer_id = n.subject
  from unnest(orders, subjects) as n(id, subject), sales s
  where t.order_id = n.id and t.buyer_id is distinct from n.subject
    and s.id = t.sale_id and s.left_redis_at is not null;
end $$;
