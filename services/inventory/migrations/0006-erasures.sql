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
